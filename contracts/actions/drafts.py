"""A contract before it is in force: entered and reworked as often as needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions.covers import cover_asset, uncover_asset
from contracts.actions.terms import add_terms, remove_terms
from contracts.actions.transition import locked
from contracts.enums import ContractState
from contracts.models import Asset, Contract, Customer
from portal.accounts.models import User
from portal.web.errors import Conflict

_DAY = timedelta(days=1)


class Header(TypedDict):
    """The fields of a contract that hang on nothing agreed."""

    name: str
    reference: str
    work_from_on: date | None


@transaction.atomic
def draft_contract(
    *,
    customer: Customer,
    header: Header,
    terms: dict[str, Any],
    assets: Iterable[Asset],
    by: User | None,
    now: datetime,
) -> Contract:
    """A draft with its first terms (the arguments of `add_terms`) and its assets, covered from their first day."""
    if customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    contract = Contract.objects.create(customer=customer, created_at=now, **header)
    add_terms(contract=contract, **terms, by=by, now=now)
    for asset in assets:
        cover_asset(contract=contract, asset=asset, from_on=terms["from_on"], by=by, now=now)
    return contract


@transaction.atomic
def edit_draft(
    *,
    contract: Contract,
    header: Header,
    terms: dict[str, Any] | None,
    assets: Iterable[Asset],
    by: User | None,
    now: datetime,
) -> Contract:
    """Replace what a draft says. Terms None = they stay; given, they replace its only ones. Raises Conflict otherwise.

    Assets that were covered from the first day of the old terms are covered from that of the new ones.
    """
    contract = locked(contract)
    if contract.state != ContractState.DRAFT:
        raise Conflict(_("%(contract)s was activated before.") % {"contract": contract.number})
    Contract.objects.filter(pk=contract.pk).update(**header)
    before = contract.terms.first()
    if terms and before != contract.terms.last():
        raise Conflict(_("This draft has several terms; change them one by one."))
    if terms:
        if before:
            remove_terms(terms=before, by=by, now=now)
        add_terms(contract=contract, **terms, by=by, now=now)
    first = contract.terms.first()
    _list_assets(contract, set(assets), before.from_on if before else None, first.from_on if first else None, by, now)
    return locked(contract)


def _list_assets(
    contract: Contract, wanted: set[Asset], old_from: date | None, new_from: date | None, by: User | None, now: datetime
) -> None:
    """Make the list hold exactly the wanted assets."""
    covers = list(contract.covered_assets.select_related("contract", "asset"))
    moved = {cover.asset for cover in covers if cover.from_on == old_from and old_from != new_from}
    for cover in covers:
        if cover.asset not in wanted or cover.asset in moved:
            uncover_asset(cover=cover, until_on=cover.from_on - _DAY, by=by, now=now)
    listed = {cover.asset for cover in covers}
    for asset in sorted(wanted - (listed - moved), key=lambda row: row.pk):
        cover_asset(contract=contract, asset=asset, from_on=new_from or now.date(), by=by, now=now)
