"""Proves the rules of the register and the contracts over a whole database.

Constraints keep what one row can show; these rules span rows, and the locked actions keep them. Every
fault is one sentence for an engineer. A fixed number of queries, but for rows that are at fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from django.db.models import Exists, F, OuterRef

from contracts.bounds import ContractBounds
from contracts.coverage import Span, intersect
from contracts.enums import ContractState
from contracts.models import (
    Asset,
    BusinessCalendar,
    CalendarVersion,
    Contact,
    Contract,
    ContractEvent,
    CoveredAsset,
    Customer,
    Membership,
    Plan,
    Site,
    SlaPolicy,
    SlaPolicyVersion,
)
from contracts.worktime import CalendarError


def faults() -> Iterator[str]:
    """Every broken rule as a sentence; none in a sound database."""
    every = ContractBounds.load_many(Contract.objects.all())
    for bounds in every.values():
        yield from _overlaps(bounds)
        yield from _incomplete(bounds)
    yield from _covered_twice(list(every.values()))
    yield from _covers_of_strangers()
    yield from _missing_events()
    yield from _misplaced_assets()
    yield from _misplaced_people()
    yield from _headers()
    yield from _versions()
    yield from _forgotten()


def _overlaps(bounds: ContractBounds) -> Iterator[str]:
    number = bounds.contract.number
    for earlier, later in pairwise(bounds.terms):
        if later.from_on <= earlier.until_on:
            yield f"{number}: terms from {later.from_on} overlap those from {earlier.from_on}"
    for rest, after in pairwise(bounds.suspensions):
        if rest.until_on is None or after.from_on <= rest.until_on:
            yield f"{number}: the suspension from {after.from_on} overlaps that from {rest.from_on}"
    for one, other in combinations(bounds.covers, 2):
        if one.asset_id == other.asset_id and _meet(one, other):
            yield f"{number}: asset {one.asset_id} is listed twice from {other.from_on}"


def _meet(one: CoveredAsset, other: CoveredAsset) -> bool:
    return bool(intersect([Span(one.from_on, one.until_on)], [Span(other.from_on, other.until_on)]))


def _incomplete(bounds: ContractBounds) -> Iterator[str]:
    contract = bounds.contract
    if contract.state == ContractState.DRAFT:
        return
    if not bounds.terms:
        yield f"{contract.number}: {contract.state} without terms"
    elif contract.ended_on and contract.ended_on > max(terms.until_on for terms in bounds.terms):
        yield f"{contract.number}: ended on {contract.ended_on}, after its last terms"


def _covered_twice(every: list[ContractBounds]) -> Iterator[str]:
    by_asset: dict[int, list[ContractBounds]] = {}
    for bounds in every:
        for asset_id in bounds.asset_ids():
            by_asset.setdefault(asset_id, []).append(bounds)
    for asset_id, rivals in by_asset.items():
        for one, other in combinations(rivals, 2):
            for span in intersect(one.claimed([asset_id]), other.claimed([asset_id])):
                numbers = f"{one.contract.number} and {other.contract.number}"
                yield f"asset {asset_id} is covered by {numbers} on {span.from_on}"


def _covers_of_strangers() -> Iterator[str]:
    covers = CoveredAsset.objects.select_related("asset", "contract")
    for cover in covers.exclude(contract__customer=F("asset__site__customer")):
        yield f"{cover.contract.number}: {cover.asset.tag} belongs to another customer"
    archived = covers.filter(asset__archived_at__isnull=False, until_on=None)
    for cover in archived.filter(contract__in=Contract.objects.running()):
        yield f"{cover.contract.number}: covers {cover.asset.tag}, which is archived"


def _missing_events() -> Iterator[str]:
    activated = ContractEvent.objects.filter(contract=OuterRef("pk"), kind="activated")
    terminated = ContractEvent.objects.filter(contract=OuterRef("pk"), kind="terminated")
    for contract in Contract.objects.exclude(state=ContractState.DRAFT).exclude(Exists(activated)):
        yield f"{contract.number}: {contract.state} but never activated by an event"
    for contract in Contract.objects.filter(ended_on__isnull=False).exclude(Exists(terminated)):
        yield f"{contract.number}: ended early without an event"


def _misplaced_assets() -> Iterator[str]:
    assets = Asset.objects.all()
    for asset in assets.filter(installed_release__isnull=False).exclude(installed_release__product=F("product")):
        yield f"{asset.tag}: runs a release of another product"
    for asset in assets.filter(parent__isnull=False).exclude(parent__site__customer=F("site__customer")):
        yield f"{asset.tag}: part of another customer's asset"
    for asset in assets.filter(archived_at=None).exclude(site__archived_at=None):
        yield f"{asset.tag}: in use at a site that is archived"


def _misplaced_people() -> Iterator[str]:
    for membership in Membership.everyone.exclude(user__staff_role="").select_related("user", "customer"):
        yield f"{membership.user.email}: of the VAR and of {membership.customer} at once"
    for contact in Contact.objects.filter(site__isnull=False).exclude(site__customer=F("customer")):
        yield f"contact {contact.pk}: at another customer's site"


def _headers() -> Iterator[str]:
    for model in (BusinessCalendar, SlaPolicy, Plan):
        for header in model._default_manager.filter(versions=None):
            yield f"{model.__name__} {header.pk}: has no version"


def _forgotten() -> Iterator[str]:
    """Rows of the register that differ from the newest copy in their history, or have none."""
    for model in (Customer, Site, Contact, Asset):
        fields = [field.attname for field in model._meta.concrete_fields]
        oldest_first = model.history.order_by("history_id").values(*fields).iterator()
        copies = {copy["id"]: copy for copy in oldest_first}
        for row in model._default_manager.order_by("pk").values(*fields).iterator():
            copy = copies.get(row["id"])
            if row != copy:
                wrong = [name for name in fields if copy and row[name] != copy[name]]
                yield f"{model.__name__} {row['id']}: its history misses {', '.join(wrong) or 'it'}"


def _versions() -> Iterator[str]:
    for version in CalendarVersion.objects.select_related("calendar"):
        try:
            version.work_calendar()
        except CalendarError as error:
            yield f"{version}: {error}"
    for policy_version in SlaPolicyVersion.objects.select_related("policy").prefetch_related("targets"):
        if len(policy_version.targets.all()) != 4:
            yield f"{policy_version}: does not have a target for each severity"
