"""A draft given as a whole: its header, all its terms and all its covered assets at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions.covers import cover_asset
from contracts.actions.terms import add_terms
from contracts.actions.transition import locked, record
from contracts.enums import ContractState
from contracts.models import Asset, CalendarVersion, Contract, Customer, PlanVersion
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError


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
def write_draft(
    *,
    contract: Contract | None,
    customer: Customer,
    header: dict[str, Any],
    terms: Sequence[TermsGiven] | None,
    covers: Sequence[CoverGiven] | None,
    by: User | None,
    now: datetime,
) -> Contract:
    """Make (contract None) a draft, or replace what one says; terms or covers None = as they are.

    `header` holds fields of Contract. Raises DomainError at the dotted field (`terms.1.from_on`), and
    Conflict for a contract that is no draft.
    """
    row = _draft(contract, customer, now)
    _write_header(row, customer, header)
    if terms is not None:
        row.terms.all().delete()
        for index, given in enumerate(terms):
            with _named(f"terms.{index}"):
                add_terms(contract=row, **given, by=by, now=now)
    if covers is not None:
        row.covered_assets.all().delete()
        for index, cover in enumerate(covers):
            with _named(f"covered_assets.{index}"):
                _cover(row, cover, by, now)
    record(row, "edited" if contract else "drafted", by=by, now=now, **header)
    return locked(row)


def _draft(contract: Contract | None, customer: Customer, now: datetime) -> Contract:
    if contract is None:
        if customer.archived_at:
            raise Conflict(_("The customer is archived."), attr="customer")
        return Contract(customer=customer, created_at=now)
    row = locked(contract)
    if row.state != ContractState.DRAFT:
        raise Conflict(_("%(contract)s was activated before; amend or renew it.") % {"contract": row.number})
    return row


def _write_header(row: Contract, customer: Customer, header: dict[str, Any]) -> None:
    if row.customer_id != customer.pk and row.covered_assets.exists():
        message = _("This draft lists equipment of its customer; make another one instead.")
        raise Conflict(message, attr="customer")
    row.customer = customer
    for name, value in header.items():
        setattr(row, name, value)
    row.save()


def _cover(row: Contract, cover: CoverGiven, by: User | None, now: datetime) -> None:
    first = row.terms.first()
    from_on = cover["from_on"] or (first.from_on if first else None)
    if from_on is None:
        raise DomainError(_("Without terms, say from which day on."), attr="from_on", code="required")
    cover_asset(contract=row, asset=cover["asset"], from_on=from_on, until_on=cover["until_on"], by=by, now=now)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Name the place of a fault in what was given; what is not a field of the row is its own fault."""
    try:
        yield
    except DomainError as error:
        error.attr = f"{where}.{error.attr}" if error.attr else where
        raise
