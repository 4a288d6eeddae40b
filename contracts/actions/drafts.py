"""A contract before it is in force: entered and reworked as often as needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions.covers import cover_asset, uncover_asset
from contracts.actions.terms import add_terms, remove_terms
from contracts.actions.transition import locked, record
from contracts.enums import ContractState
from contracts.models import Asset, CalendarVersion, Contract, ContractTerms, CoveredAsset, Customer, PlanVersion
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

_DAY = timedelta(days=1)


class Header(TypedDict, total=False):
    """The fields of a contract that hang on nothing agreed; those left out stay as they are."""

    name: str
    reference: str
    work_from_on: date | None
    anchor_on: date | None


class TermsGiven(TypedDict):
    from_on: date
    until_on: date
    plan_version: PlanVersion
    calendar_version: CalendarVersion
    price: Decimal | None
    currency: str


class CoverGiven(TypedDict):
    asset: Asset
    from_on: date | None  # None = from the first day of the terms
    until_on: date | None


@transaction.atomic
def draft_contract(
    *,
    customer: Customer,
    header: Header,
    terms: Sequence[TermsGiven] = (),
    covers: Sequence[CoverGiven] = (),
    by: User | None,
    now: datetime,
) -> Contract:
    """A draft, with its terms and covered assets where they are known.

    Raises DomainError at the dotted place of a fault (`terms.1.from_on`, `covered_assets.0.asset`).
    """
    if customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    contract = Contract.objects.create(customer=customer, created_at=now, **header)
    record(contract, "drafted", by=by, now=now, **header)
    _write_terms(contract, terms, by, now)
    _write_covers(contract, covers, by, now)
    return locked(contract)


@transaction.atomic
def edit_draft(
    *,
    contract: Contract,
    customer: Customer | None = None,
    header: Header,
    terms: Sequence[TermsGiven] | None,
    covers: Sequence[CoverGiven] | None,
    by: User | None,
    now: datetime,
) -> Contract:
    """Let a draft say this instead; None = as before. What it says already stays untouched.

    Raises DomainError as `draft_contract`, and Conflict for a contract that is no draft.
    """
    contract = locked(contract)
    if contract.state != ContractState.DRAFT:
        raise Conflict(_("%(contract)s was activated before; amend or renew it.") % {"contract": contract.number})
    _hand_over(contract, customer or contract.customer)
    _write_header(contract, header, by, now)
    if terms is not None:
        _write_terms(contract, terms, by, now)
    if covers is not None:
        _write_covers(contract, covers, by, now)
    return locked(contract)


def covers_of(contract: Contract, assets: Iterable[Asset]) -> list[CoverGiven]:
    """The list of a draft when it holds exactly these assets.

    Those on it keep their days; covered from the first day of the terms, they follow when that day moves.
    """
    first = contract.terms.first()
    new = set(assets)
    found: list[CoverGiven] = []
    for cover in contract.covered_assets.filter(asset__in=new).select_related("asset"):
        from_start = first is not None and cover.from_on == first.from_on
        found.append(
            {"asset": cover.asset, "from_on": None if from_start else cover.from_on, "until_on": cover.until_on}
        )
        new.discard(cover.asset)
    return found + new_covers(new)


def new_covers(assets: Iterable[Asset]) -> list[CoverGiven]:
    """From the first day of the terms as long as they hold."""
    rows = sorted(assets, key=lambda asset: asset.pk)
    return [{"asset": asset, "from_on": None, "until_on": None} for asset in rows]


def _hand_over(contract: Contract, customer: Customer) -> None:
    if customer.pk == contract.customer_id:
        return
    if contract.covered_assets.exists():
        message = _("This draft lists equipment of its customer; make another one instead.")
        raise Conflict(message, attr="customer")
    contract.customer = customer
    contract.save(update_fields=["customer"])


def _write_header(contract: Contract, header: Header, by: User | None, now: datetime) -> None:
    changed = {name: value for name, value in header.items() if getattr(contract, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(contract, name, value)
    contract.save(update_fields=list(changed))
    record(contract, "edited", by=by, now=now, **changed)


def _write_terms(contract: Contract, given: Sequence[TermsGiven], by: User | None, now: datetime) -> None:
    kept = []
    for terms in contract.terms.select_related("plan_version", "calendar_version"):
        if _terms_of(terms) in given:
            kept.append(_terms_of(terms))
        else:
            remove_terms(terms=terms, by=by, now=now)
    for index, wanted in enumerate(given):
        if wanted in kept:
            kept.remove(wanted)  # a second one like it is refused below
            continue
        with _named(f"terms.{index}"):
            add_terms(contract=contract, **wanted, by=by, now=now)


def _terms_of(terms: ContractTerms) -> TermsGiven:
    return {
        "from_on": terms.from_on,
        "until_on": terms.until_on,
        "plan_version": terms.plan_version,
        "calendar_version": terms.calendar_version,
        "price": terms.price,
        "currency": terms.currency,
    }


def _write_covers(contract: Contract, given: Sequence[CoverGiven], by: User | None, now: datetime) -> None:
    first = contract.terms.first()
    wanted = [_from_start(cover, first) for cover in given]
    kept = []
    for cover in contract.covered_assets.select_related("asset", "contract"):
        if _cover_of(cover) in wanted:
            kept.append(_cover_of(cover))
        else:
            uncover_asset(cover=cover, until_on=cover.from_on - _DAY, by=by, now=now)
    for index, one in enumerate(wanted):
        if one in kept:
            kept.remove(one)
            continue
        with _named(f"covered_assets.{index}"):
            _cover(contract, one, by, now)


def _from_start(cover: CoverGiven, first: ContractTerms | None) -> CoverGiven:
    return {**cover, "from_on": cover["from_on"] or (first.from_on if first else None)}


def _cover_of(cover: CoveredAsset) -> CoverGiven:
    return {"asset": cover.asset, "from_on": cover.from_on, "until_on": cover.until_on}


def _cover(contract: Contract, cover: CoverGiven, by: User | None, now: datetime) -> None:
    from_on = cover["from_on"]
    if from_on is None:
        raise DomainError(_("Without terms, say from which day on."), attr="from_on", code="required")
    cover_asset(contract=contract, asset=cover["asset"], from_on=from_on, until_on=cover["until_on"], by=by, now=now)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Name the place of a fault in what was given; what is not a field of the row is its own fault."""
    try:
        yield
    except DomainError as error:
        error.attr = f"{where}.{error.attr}" if error.attr else where
        raise
