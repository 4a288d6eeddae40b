"""What the contracts say about an asset, a site or a ticket on a day: loads the rows, then decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from contracts.bounds import ContractBounds
from contracts.coverage import Clause, CoverageDecision, contains, decide
from contracts.enums import WorkKind
from contracts.models import (
    Asset,
    BusinessCalendar,
    CalendarVersion,
    Contract,
    ContractTerms,
    CoveredAsset,
    Customer,
    PlanCoverage,
    Site,
    SlaPolicy,
    SlaPolicyVersion,
)
from portal.web.errors import Conflict


class TicketTerms(NamedTuple):
    """What a ticket's clock runs on; contract None = nothing covers it and the defaults answer."""

    contract: Contract | None
    policy_version: SlaPolicyVersion
    calendar_version: CalendarVersion


@dataclass(frozen=True)
class Cover:
    """The contract that answers for an asset on a day, and the terms of that day."""

    contract: Contract
    terms: ContractTerms


def cover_of(asset: Asset, on: date) -> Cover | None:
    """The one contract that answers for the asset on that day; none while it is suspended."""
    for bounds in ContractBounds.load_covering([asset.pk]):
        cover = _cover(bounds, [asset.pk], on)
        if cover:
            return cover
    return None


def coverage_of(*, asset: Asset, work_kind: str, on: date) -> CoverageDecision:
    """Whether work of that kind on the asset is paid for by a contract on that day, with its sentence."""
    found = ContractBounds.load_covering([asset.pk])
    for bounds in found:
        cover = _cover(bounds, [asset.pk], on)
        if cover:
            return coverage_under(cover=cover, work_kind=work_kind)
    reason = _why_uncovered(asset, found, on)
    return decide(work_kind=work_kind, contract_number=None, clause=None, uncovered_reason=reason)


def coverage_under(*, cover: Cover, work_kind: str) -> CoverageDecision:
    """What the plan of that contract's terms says about a kind of work."""
    row = PlanCoverage.objects.filter(version=cover.terms.plan_version_id, work_kind=work_kind).first()
    clause = Clause(row.decision, row.clause, row.amount, cover.terms.currency) if row else None
    return decide(work_kind=work_kind, contract_number=cover.contract.number, clause=clause)


@dataclass(frozen=True)
class CoverageSheet:
    """What the contracts say about an asset on a day for every kind of work, and where it is or was listed."""

    decisions: list[tuple[WorkKind, CoverageDecision]]
    uncovered_reason: str  # why no contract answers for it at all; empty where one does
    covers: list[CoveredAsset]  # with their contracts, the newest first; drafts too


def coverage_sheet(*, asset: Asset, on: date) -> CoverageSheet:
    """As `coverage_of`, for every kind of work at once; four queries."""
    found = ContractBounds.load_covering([asset.pk])
    listed = sorted((row for bounds in found for row in bounds.covers), key=lambda row: row.from_on, reverse=True)
    cover = next((cover for bounds in found if (cover := _cover(bounds, [asset.pk], on))), None)
    if cover is None:
        reason = _why_uncovered(asset, found, on)
        return CoverageSheet([(kind, _uncovered(kind, reason)) for kind in WorkKind], reason, listed)
    return CoverageSheet(_decisions(cover), "", listed)


def _decisions(cover: Cover) -> list[tuple[WorkKind, CoverageDecision]]:
    clauses = {
        row.work_kind: Clause(row.decision, row.clause, row.amount, cover.terms.currency)
        for row in PlanCoverage.objects.filter(version=cover.terms.plan_version_id)
    }
    number = cover.contract.number
    return [(kind, decide(work_kind=kind, contract_number=number, clause=clauses.get(kind))) for kind in WorkKind]


def _uncovered(work_kind: str, reason: str) -> CoverageDecision:
    return decide(work_kind=work_kind, contract_number=None, clause=None, uncovered_reason=reason)


def coverage_without_asset(*, customer: Customer, site: Site | None, work_kind: str, on: date) -> CoverageDecision:
    """As `coverage_of`, for work that names no asset: under the contract that a ticket there would have."""
    cover = _cover_at(customer, site, on)
    if cover:
        return coverage_under(cover=cover, work_kind=work_kind)
    return decide(work_kind=work_kind, contract_number=None, clause=None)


class Entitlement(NamedTuple):
    """The contract that answers for work, if any, and what it says about it."""

    contract: Contract | None
    decision: CoverageDecision


def entitlement_of(*, site: Site, asset: Asset | None, work_kind: str, on: date) -> Entitlement:
    """What a contract says about that kind of work on the asset, or anywhere at the site, on that day."""
    cover = cover_of(asset, on) if asset else _cover_at(site.customer, site, on)
    if cover is not None:
        return Entitlement(cover.contract, coverage_under(cover=cover, work_kind=work_kind))
    if asset is not None:
        return Entitlement(None, coverage_of(asset=asset, work_kind=work_kind, on=on))
    return Entitlement(None, decide(work_kind=work_kind, contract_number=None, clause=None))


def terms_for_ticket(*, customer: Customer, site: Site | None, asset: Asset | None, on: date) -> TicketTerms:
    """The contract, policy and calendar that a ticket opened on that day runs on.

    With an asset: those of the contract that covers it. Without one: of the contract that covers
    anything at the site, the oldest of several; without a site, of the customer's only contract.
    Otherwise the default policy and the site's, else the default calendar, in their newest versions.
    Raises Conflict where those defaults were never set.
    """
    cover = cover_of(asset, on) if asset else _cover_at(customer, site, on)
    if cover is None:
        return TicketTerms(None, _default_policy(), _calendar_of(asset.site if asset else site))
    version = cover.terms.plan_version.policy_version
    return TicketTerms(cover.contract, version, cover.terms.calendar_version)


def _cover(bounds: ContractBounds, asset_ids: Collection[int], on: date) -> Cover | None:
    terms = bounds.terms_on(on)
    if terms and contains(bounds.in_force(asset_ids), on):
        return Cover(bounds.contract, terms)
    return None


def _cover_at(customer: Customer, site: Site | None, on: date) -> Cover | None:
    wanted = Asset.objects.filter(site__customer=customer)
    if site:
        wanted = wanted.filter(site=site)
    asset_ids = list(wanted.values_list("pk", flat=True))
    covers = [cover for bounds in ContractBounds.load_covering(asset_ids) if (cover := _cover(bounds, asset_ids, on))]
    if not covers or (site is None and len(covers) > 1):
        return None
    return covers[0]


def _why_uncovered(asset: Asset, found: list[ContractBounds], on: date) -> str:
    """The sentence of the contract that comes nearest: a suspended one says more than one that ran out."""
    reason = _("No contract lists %(asset)s, so the work is billable.") % {"asset": asset.tag}
    if not found:
        return reason
    nearest = next((bounds for bounds in found if contains(bounds.claimed([asset.pk]), on)), found[-1])
    said = nearest.reason_not_in_force(on, [asset.pk])
    return _("%(reason)s So the work is billable.") % {"reason": said}


def _default_policy() -> SlaPolicyVersion:
    policy: SlaPolicy | None = SlaPolicy.objects.filter(is_default=True).first()
    if policy is None:
        raise Conflict(_("A manager has to choose the default service level first."), code="no_default_policy")
    return policy.current()


def _calendar_of(site: Site | None) -> CalendarVersion:
    calendar: BusinessCalendar | None = (
        site.calendar if site else BusinessCalendar.objects.filter(is_default=True).first()
    )
    if calendar is None:
        raise Conflict(_("A manager has to choose the default calendar first."), code="no_default_calendar")
    return calendar.current()
