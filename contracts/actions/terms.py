"""What was agreed: terms are added, renewed, changed from a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions.transition import finish, lock_assets, locked, refuse_double_cover, require_not_ended
from contracts.enums import ContractState
from contracts.models import CalendarVersion, Contract, ContractTerms, PlanVersion
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """What new terms say otherwise; None = as before."""

    plan_version: PlanVersion | None = None
    calendar_version: CalendarVersion | None = None
    price: Decimal | None = None
    currency: str | None = None

    def apply(self, terms: ContractTerms) -> None:
        """Write the values into the unsaved terms."""
        terms.plan_version = self.plan_version or terms.plan_version
        terms.calendar_version = self.calendar_version or terms.calendar_version
        terms.price = terms.price if self.price is None else self.price
        terms.currency = self.currency or terms.currency

    def as_data(self) -> dict[str, object]:
        """For the event; the rows by their keys."""
        return {
            "plan_version": self.plan_version,
            "calendar_version": self.calendar_version,
            "price": self.price,
            "currency": self.currency,
        }


@transaction.atomic
def add_terms(
    *,
    contract: Contract,
    from_on: date,
    until_on: date,
    plan_version: PlanVersion,
    calendar_version: CalendarVersion,
    price: Decimal | None = None,
    currency: str = "EUR",
    by: User | None,
    now: datetime,
) -> Contract:
    """Agree on terms from a day until a day, both inclusive, that overlap no others of the contract."""
    contract = locked(contract)
    require_not_ended(contract)
    _insert(
        ContractTerms(
            contract=contract,
            from_on=from_on,
            until_on=until_on,
            plan_version=plan_version,
            calendar_version=calendar_version,
            price=price,
            currency=currency,
        )
    )
    return finish(
        contract, "terms_added", by=by, now=now, from_on=from_on, until_on=until_on, plan_version=plan_version
    )


@transaction.atomic
def renew_contract(
    *,
    contract: Contract,
    until_on: date,
    from_on: date | None = None,
    plan_version: PlanVersion | None = None,
    calendar_version: CalendarVersion | None = None,
    price: Decimal | None = None,
    currency: str | None = None,
    by: User | None,
    now: datetime,
) -> Contract:
    """Agree on the next terms; what is left out goes on as before, in the newest version of plan and calendar.

    From None = the day after the last terms. The anchor of recurring dates stays. A contract that
    ran out is opened again, because its assets and its history are the same; one that was terminated
    is not: that was a decision, and the next agreement is a new contract.
    """
    contract = locked(contract)
    last = contract.terms.select_related("plan_version__plan", "calendar_version__calendar").last()
    _require_renewable(contract, last)
    assert last is not None
    terms = ContractTerms(
        contract=contract,
        from_on=from_on or last.until_on + _DAY,
        until_on=until_on,
        plan_version=plan_version or last.plan_version.plan.current(),
        calendar_version=calendar_version or last.calendar_version.calendar.current(),
        price=last.price if price is None else price,
        currency=currency or last.currency,
    )
    if terms.from_on <= last.until_on:
        raise DomainError(_("A renewal starts after the last terms have ended."), attr="from_on", code="overlap")
    _insert(terms)
    return finish(
        contract,
        "renewed",
        by=by,
        now=now,
        from_on=terms.from_on,
        until_on=until_on,
        plan_version=terms.plan_version,
        price=terms.price,
    )


def _require_renewable(contract: Contract, last: ContractTerms | None) -> None:
    if contract.state == ContractState.DRAFT or last is None:
        raise Conflict(_("%(contract)s is not active yet.") % {"contract": contract.number})
    if contract.ended_on is not None:
        message = _("%(contract)s was terminated; make a new contract.") % {"contract": contract.number}
        raise Conflict(message, code="terminated")


@transaction.atomic
def change_terms(
    *,
    contract: Contract,
    from_on: date,
    plan_version: PlanVersion | None = None,
    calendar_version: CalendarVersion | None = None,
    price: Decimal | None = None,
    currency: str | None = None,
    by: User | None,
    now: datetime,
) -> Contract:
    """Change plan, calendar or price from a day on: the terms of that day are split there.

    None = as before. Later terms keep what was agreed for them.
    """
    contract = locked(contract)
    require_not_ended(contract)
    change = Change(plan_version, calendar_version, price, currency)
    split_terms(contract, from_on, change)
    return finish(contract, "terms_changed", by=by, now=now, from_on=from_on, **change.as_data())


def split_terms(contract: Contract, from_on: date, change: Change) -> ContractTerms:
    """The terms from that day on, saved; the contract is locked. Raises DomainError where none hold."""
    terms = contract.terms_on(from_on)
    if terms is None:
        raise DomainError(_("The contract has no terms on that day."), attr="from_on", code="no_terms")
    if terms.from_on < from_on:
        until_on, terms.until_on = terms.until_on, from_on - _DAY
        terms.save(update_fields=["until_on"])
        terms.pk, terms._state.adding = None, True
        terms.from_on, terms.until_on = from_on, until_on
    change.apply(terms)
    terms.save()
    return terms


@transaction.atomic
def remove_terms(*, terms: ContractTerms, by: User | None, now: datetime) -> Contract:
    """Take terms out of a draft; those of a contract that was activated are changed or ended instead."""
    contract = locked(terms.contract)
    if contract.state != ContractState.DRAFT:
        raise Conflict(_("Only the terms of a draft can be removed."))
    data = {"from_on": terms.from_on, "until_on": terms.until_on}
    ContractTerms.objects.filter(pk=terms.pk, contract=contract).delete()
    return finish(contract, "terms_removed", by=by, now=now, **data)


def _insert(terms: ContractTerms) -> None:
    if terms.until_on < terms.from_on:
        raise DomainError(_("The last day lies before the first."), attr="until_on")
    if terms.contract.ended_on is not None and terms.until_on > terms.contract.ended_on:
        raise Conflict(_("The contract was terminated before that day."), attr="until_on", code="terminated")
    overlap = terms.contract.terms.filter(from_on__lte=terms.until_on, until_on__gte=terms.from_on).first()
    if overlap:
        message = _("These days overlap the terms from %(from)s until %(until)s.")
        values = {"from": overlap.from_on.isoformat(), "until": overlap.until_on.isoformat()}
        raise DomainError(message % values, attr="from_on", code="overlap")
    assets = lock_assets(terms.contract.covered_assets.values_list("asset", flat=True))
    terms.save()
    if terms.contract.state != ContractState.DRAFT:
        refuse_double_cover(terms.contract, assets)
