"""The frame of every action on a contract: lock it first, write the event and tell the apps above last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from contracts.bounds import ContractBounds
from contracts.coverage import Span, intersect
from contracts.enums import ContractState
from contracts.models import Asset, Contract, ContractEvent, CoveredAsset
from contracts.signals import contract_changed
from portal.accounts.models import User
from portal.web.errors import Conflict

RUNNING = (ContractState.ACTIVE, ContractState.SUSPENDED)


def locked(contract: Contract) -> Contract:
    """The contract as it stands now, locked until the transaction ends.

    Without its key: work orders that point at it may be inserted meanwhile. With it, the generator
    (which holds schedules and inserts work) and an action (which holds the contract and wants the
    schedules) would wait for each other.
    """
    row: Contract = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    return row


def require_running(contract: Contract) -> None:
    """Raise Conflict unless the contract is active or suspended."""
    if contract.state == ContractState.DRAFT:
        raise Conflict(_("%(contract)s is not active yet.") % {"contract": contract.number})
    if contract.state == ContractState.ENDED:
        raise Conflict(_("%(contract)s has ended.") % {"contract": contract.number})


def require_not_ended(contract: Contract) -> None:
    """Raise Conflict for a contract that has ended; a draft may be changed."""
    if contract.state == ContractState.ENDED:
        raise Conflict(_("%(contract)s has ended.") % {"contract": contract.number})


def finish(contract: Contract, kind: str, *, by: User | None, now: datetime, **data: object) -> Contract:
    """Give the contract the state of its dates, write the event, send `contract_changed`; return the contract."""
    if contract.state != ContractState.DRAFT:
        take_state(contract, now)
    record(contract, kind, by=by, now=now, **data)
    return contract


def take_state(contract: Contract, now: datetime) -> ContractState:
    """Write the state that the dates give today, where it differs; the contract is locked."""
    bounds = ContractBounds.load(contract)
    state = bounds.state_on(bounds.local_date(now))
    if state != contract.state:
        contract.state = state
        contract.save(update_fields=["state"])
    return state


def record(contract: Contract, kind: str, *, by: User | None, now: datetime, **data: object) -> None:
    """Append the event and send the signal. Values are stored as JSON: dates and amounts as text, rows by key."""
    plain = {key: _plain(value) for key, value in data.items() if value is not None}
    ContractEvent.objects.create(contract=contract, kind=kind, at=now, by=by, data=plain)
    contract_changed.send(sender=Contract, contract=contract, now=now, by=by)


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal) or hasattr(value, "isoformat"):
        return str(value)
    return getattr(value, "pk", value)


# -- one contract per asset and day -----------------------------------------------------------


def lock_assets(asset_ids: Iterable[int]) -> dict[int, Asset]:
    """Lock the assets, always in the order of their keys: two actions that want the same ones take turns."""
    rows = Asset.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(asset_ids)).order_by("pk")
    return {asset.pk: asset for asset in rows.select_related("site")}


def refuse_double_cover(contract: Contract, asset_ids: Iterable[int]) -> None:
    """Raise Conflict where another contract covers one of these assets on a day that this one claims.

    The assets must be locked. Drafts claim nothing until they are activated.
    """
    wanted = set(asset_ids)
    mine = ContractBounds.load(contract)
    others = ContractBounds.load_many(_rivals(contract, wanted))
    for asset_id in sorted(wanted):
        for other in others.values():
            shared = intersect(mine.agreed([asset_id]), other.claimed([asset_id]))
            if shared:
                raise _double_cover(asset_id, other.contract, shared[0])


def _rivals(contract: Contract, asset_ids: set[int]) -> Iterable[Contract]:
    covers = CoveredAsset.objects.filter(asset__in=asset_ids)
    return (
        Contract.objects.filter(pk__in=covers.values("contract"))
        .exclude(pk=contract.pk)
        .exclude(state=ContractState.DRAFT)
    )


def _double_cover(asset_id: int, other: Contract, span: Span) -> Conflict:
    message = _("%(asset)s is already covered by %(contract)s on %(date)s.")
    values = {"asset": Asset.objects.get(pk=asset_id).tag, "contract": other.number, "date": span.from_on.isoformat()}
    return Conflict(message % values, attr="asset", code="already_covered")
