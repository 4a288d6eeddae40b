"""Which assets a contract covers. No two contracts cover one asset on any day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from contracts.actions.terms import Change, split_terms
from contracts.actions.transition import finish, lock_assets, locked, refuse_double_cover, require_not_ended
from contracts.enums import ContractState
from contracts.models import Asset, CalendarVersion, Contract, CoveredAsset, PlanVersion
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

_DAY = timedelta(days=1)


@transaction.atomic
def cover_asset(
    *, contract: Contract, asset: Asset, from_on: date, until_on: date | None = None, by: User | None, now: datetime
) -> CoveredAsset:
    """Put an asset on the contract's list from a day until a day, both inclusive; None = as long as the terms."""
    contract = locked(contract)
    require_not_ended(contract)
    cover = _cover(contract, asset, from_on, until_on)
    finish(contract, "asset_covered", by=by, now=now, asset=asset, from_on=from_on, until_on=until_on)
    return cover


@transaction.atomic
def uncover_asset(*, cover: CoveredAsset, until_on: date, by: User | None, now: datetime) -> CoveredAsset | None:
    """Make `until_on` the last covered day. A day before the first one takes the asset off altogether: None."""
    contract = locked(cover.contract)
    require_not_ended(contract)
    cover = CoveredAsset.objects.select_related("asset").get(pk=cover.pk)
    if cover.until_on is not None and until_on > cover.until_on:
        raise DomainError(_("The asset is not covered that long."), attr="until_on")
    kept = _uncover(cover, until_on)
    finish(contract, "asset_uncovered", by=by, now=now, asset=cover.asset, until_on=until_on)
    return kept


@transaction.atomic
def amend_contract(
    *,
    contract: Contract,
    from_on: date,
    add_assets: Iterable[Asset] = (),
    remove_assets: Iterable[Asset] = (),
    plan_version: PlanVersion | None = None,
    calendar_version: CalendarVersion | None = None,
    price: Decimal | None = None,
    currency: str | None = None,
    by: User | None,
    now: datetime,
) -> Contract:
    """Change a contract from a day on: assets on or off the list, another plan, calendar or price; all or nothing.

    None = as before. One event, one signal.
    """
    added, removed = list(add_assets), list(remove_assets)
    change = Change(plan_version, calendar_version, price, currency)
    contract = locked(contract)
    require_not_ended(contract)
    if change == Change() and not added and not removed:
        raise DomainError(_("Nothing is to be changed."))
    if change != Change():
        split_terms(contract, from_on, change)
    for asset in removed:
        _uncover_from(contract, asset, from_on)
    for asset in added:
        _cover(contract, asset, from_on, None)
    return finish(
        contract, "amended", by=by, now=now, from_on=from_on, added=added, removed=removed, **change.as_data()
    )


def _cover(contract: Contract, asset: Asset, from_on: date, until_on: date | None) -> CoveredAsset:
    asset = lock_assets([asset.pk])[asset.pk]
    if until_on is not None and until_on < from_on:
        raise DomainError(_("The last day lies before the first."), attr="until_on")
    _check_asset(contract, asset)
    if _overlapping(contract, asset, from_on, until_on):
        message = _("%(asset)s is already on this contract's list on some of these days.") % {"asset": asset.tag}
        raise Conflict(message, attr="asset", code="already_covered")
    cover = CoveredAsset.objects.create(contract=contract, asset=asset, from_on=from_on, until_on=until_on)
    if contract.state != ContractState.DRAFT:
        refuse_double_cover(contract, [asset.pk])
    return cover


def _check_asset(contract: Contract, asset: Asset) -> None:
    if asset.site.customer_id != contract.customer_id:
        message = _("%(asset)s belongs to another customer.") % {"asset": asset.tag}
        raise DomainError(message, attr="asset", code="other_customer")
    if asset.archived_at:
        raise Conflict(_("%(asset)s is archived.") % {"asset": asset.tag}, attr="asset", code="archived")


def _overlapping(contract: Contract, asset: Asset, from_on: date, until_on: date | None) -> bool:
    rows = contract.covered_assets.filter(Q(until_on=None) | Q(until_on__gte=from_on), asset=asset)
    if until_on is not None:
        rows = rows.filter(from_on__lte=until_on)
    return rows.exists()


def _uncover_from(contract: Contract, asset: Asset, from_on: date) -> None:
    covers = contract.covered_assets.filter(Q(until_on=None) | Q(until_on__gte=from_on), asset=asset)
    if not covers:
        message = _("%(asset)s is not on this contract's list.") % {"asset": asset.tag}
        raise DomainError(message, attr="remove_assets", code="not_covered")
    for cover in covers:
        _uncover(cover, from_on - _DAY)


def _uncover(cover: CoveredAsset, until_on: date) -> CoveredAsset | None:
    if until_on < cover.from_on:
        cover.delete()
        return None
    cover.until_on = until_on
    cover.save(update_fields=["until_on"])
    return cover
