"""A contract begins, rests, goes on and ends."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions.transition import (
    finish,
    lock_assets,
    locked,
    record,
    refuse_double_cover,
    require_running,
    take_state,
)
from contracts.bounds import ContractBounds
from contracts.coverage import Span
from contracts.enums import ContractState
from contracts.models import Contract, Suspension
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

logger = logging.getLogger(__name__)
_DAY = timedelta(days=1)


@transaction.atomic
def activate_contract(*, contract: Contract, by: User | None, now: datetime) -> Contract:
    """Put a draft in force: from here on it claims its assets and makes work.

    `work_from_on`, where the draft left it empty, becomes today in the contract's zone, so that an
    old contract entered late brings no flood; it never lies before the first day of the terms, from
    which recurring dates count.
    """
    contract = locked(contract)
    if contract.state != ContractState.DRAFT:
        raise Conflict(_("%(contract)s was activated before.") % {"contract": contract.number})
    assets = lock_assets(contract.covered_assets.values_list("asset", flat=True))
    bounds = ContractBounds.load(contract)
    today = bounds.local_date(now)
    _require_complete(bounds, today)
    for asset in assets.values():
        if asset.archived_at:
            raise Conflict(_("%(asset)s is archived; take it off the list first.") % {"asset": asset.tag}, attr="asset")
    refuse_double_cover(contract, assets)
    contract.state = ContractState.ACTIVE
    contract.activated_at = now
    contract.work_from_on = bounds.work_from_on(today)
    contract.anchor_on = contract.anchor_on or bounds.terms[0].from_on
    contract.save(update_fields=["state", "activated_at", "work_from_on", "anchor_on"])
    return finish(contract, "activated", by=by, now=now, work_from_on=contract.work_from_on)


def _require_complete(bounds: ContractBounds, today: date) -> None:
    contract, last = bounds.contract, bounds.last_on()
    if contract.customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    if last is None:
        raise Conflict(_("Add terms before you activate the contract."), attr="terms", code="no_terms")
    if last < today:
        raise Conflict(_("All terms lie in the past; add terms that hold today or later."), attr="terms")
    if not bounds.agreed(bounds.asset_ids()):
        message = _("List at least one asset that is covered during the terms.")
        raise Conflict(message, attr="covered_assets", code="no_assets")


@transaction.atomic
def suspend_contract(
    *, contract: Contract, from_on: date, until_on: date | None, reason: str, by: User | None, now: datetime
) -> Contract:
    """Let the contract rest on these days, both inclusive; until None = until it is resumed.

    The state follows the dates: a suspension that lies ahead leaves the contract active until then.
    """
    contract = locked(contract)
    require_running(contract)
    bounds = ContractBounds.load(contract)
    _check_suspension(bounds, Span(from_on, until_on), reason)
    Suspension.objects.create(contract=contract, from_on=from_on, until_on=until_on, reason=reason.strip())
    return finish(contract, "suspended", by=by, now=now, from_on=from_on, until_on=until_on, reason=reason.strip())


def _check_suspension(bounds: ContractBounds, span: Span, reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why the contract is suspended."), attr="reason", code="required")
    if span.until_on is not None and span.until_on < span.from_on:
        raise DomainError(_("The last day lies before the first."), attr="until_on")
    last = bounds.last_on()
    if last is not None and span.from_on > last:
        raise DomainError(_("The contract has ended by then."), attr="from_on")
    for other in bounds.suspensions:
        if _overlap(span, Span(other.from_on, other.until_on)):
            raise Conflict(_("The contract is already suspended on some of these days."), attr="from_on")


def _overlap(one: Span, other: Span) -> bool:
    return one.from_on <= (other.until_on or date.max) and other.from_on <= (one.until_on or date.max)


@transaction.atomic
def resume_contract(*, contract: Contract, on: date, by: User | None, now: datetime) -> Contract:
    """Let the contract go on: `on` is the first day on which it holds again.

    Resumed on the first day of a suspension, that suspension is taken back as if it had never been
    entered. Raises Conflict where no suspension holds on that day.
    """
    contract = locked(contract)
    require_running(contract)
    suspension = ContractBounds.load(contract).suspension_on(on)
    if suspension is None:
        raise Conflict(_("The contract is not suspended on that day."), attr="on", code="not_suspended")
    if on == suspension.from_on:
        suspension.delete()
    else:
        suspension.until_on = on - _DAY
        suspension.save(update_fields=["until_on"])
    return finish(contract, "resumed", by=by, now=now, on=on, reason=suspension.reason)


@transaction.atomic
def terminate_contract(*, contract: Contract, ended_on: date, reason: str, by: User | None, now: datetime) -> Contract:
    """End a contract before its terms run out: `ended_on` is the last day it holds.

    With a day that lies ahead, the notice is recorded and the contract runs until then. A contract
    that never begins is given the day before its first.
    """
    contract = locked(contract)
    require_running(contract)
    bounds = ContractBounds.load(contract)
    _check_termination(bounds, ended_on, reason)
    contract.ended_on = ended_on
    contract.save(update_fields=["ended_on"])
    return finish(contract, "terminated", by=by, now=now, ended_on=ended_on, reason=reason.strip())


def _check_termination(bounds: ContractBounds, ended_on: date, reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why the contract is terminated."), attr="reason", code="required")
    last = bounds.last_on()
    if last is not None and ended_on >= last:
        raise DomainError(_("The contract ends by then anyway."), attr="ended_on")
    if bounds.terms and ended_on < bounds.terms[0].from_on - _DAY:
        raise DomainError(_("The contract had not begun by then."), attr="ended_on")


def settle_contracts(*, now: datetime) -> dict[str, int]:
    """Give every running contract the state of its dates: ends what has run out, starts and lifts suspensions.

    Safe to repeat and to run twice at once: each contract is locked and judged again in a
    transaction of its own, so that one that fails (counted, logged) stops no other.
    """
    counts = {"ended": 0, "suspended": 0, "resumed": 0, "failed": 0}
    for pk in Contract.objects.unsettled(now).values_list("pk", flat=True):
        try:
            outcome = _settle(pk, now)
        except Exception:  # one contract must not hold up the rest; it is tried again by the next run
            logger.exception("Contract %s could not be settled", pk)
            outcome = "failed"
        if outcome:
            counts[outcome] += 1
    return counts


@transaction.atomic
def _settle(pk: int, now: datetime) -> str:
    contract = Contract.objects.select_for_update(no_key=True).running().filter(pk=pk).first()
    if contract is None:
        return ""
    before = contract.state
    state = take_state(contract, now)
    if state == before:
        return ""
    kinds = {ContractState.ENDED: "ended", ContractState.SUSPENDED: "suspended", ContractState.ACTIVE: "resumed"}
    record(contract, kinds[state], by=None, now=now, settled=True)
    return kinds[state]
