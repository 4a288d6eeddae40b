"""The dates on which a contract holds: what keeps work inside its terms, suspensions and covered assets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.coverage import Span, contains, intersect, normalise, subtract
from contracts.enums import ContractState
from contracts.models import Contract, ContractTerms, CoveredAsset, Suspension
from portal.accounts.models import Organisation

Row = TypeVar("Row", ContractTerms, Suspension, CoveredAsset)


@dataclass(frozen=True)
class ContractBounds:
    """One contract with its dated rows, as loaded; asks the database nothing more.

    Days are those of the place where the work is due. `terms` and `suspensions` are in order.
    """

    contract: Contract
    terms: tuple[ContractTerms, ...]
    suspensions: tuple[Suspension, ...]
    covers: tuple[CoveredAsset, ...]

    @classmethod
    def load(cls, contract: Contract) -> Self:
        """Three queries."""
        return cls.load_many([contract])[contract.pk]

    @classmethod
    def load_many(cls, contracts: Iterable[Contract]) -> dict[int, Self]:
        """Three queries for any number of contracts; by their primary key."""
        by_pk = {contract.pk: contract for contract in contracts}
        covers = CoveredAsset.objects.filter(contract__in=by_pk).order_by("from_on", "pk")
        return cls._with_dates(by_pk, covers)

    @classmethod
    def load_covering(cls, asset_ids: Collection[int]) -> list[Self]:
        """The contracts that ever listed any of these assets, oldest first, with their covers alone; three queries."""
        rows = CoveredAsset.objects.filter(asset__in=asset_ids).select_related("contract").order_by("from_on", "pk")
        covers = list(rows)
        by_pk = {cover.contract_id: cover.contract for cover in covers}
        found = cls._with_dates(by_pk, covers)
        return [found[pk] for pk in sorted(found)]

    @classmethod
    def _with_dates(cls, by_pk: dict[int, Contract], covers: Iterable[CoveredAsset]) -> dict[int, Self]:
        listed = _by_contract(covers)
        terms = _by_contract(
            ContractTerms.objects.filter(contract__in=by_pk)
            .select_related("plan_version__policy_version", "calendar_version")
            .order_by("from_on")
        )
        suspensions = _by_contract(Suspension.objects.filter(contract__in=by_pk).order_by("from_on"))
        return {
            pk: cls(contract, tuple(terms.get(pk, ())), tuple(suspensions.get(pk, ())), tuple(listed.get(pk, ())))
            for pk, contract in by_pk.items()
        }

    # -- days -------------------------------------------------------------------------------------

    def spans_for(self, asset_ids: Collection[int]) -> list[Span]:
        """The days on which recurring work for any of these assets is in bounds; none for a draft."""
        if self.contract.state == ContractState.DRAFT or self.contract.work_from_on is None:
            return []
        return intersect(self.in_force(asset_ids), [Span(self.contract.work_from_on, None)])

    def in_force(self, asset_ids: Collection[int]) -> list[Span]:
        """The days on which the contract answers for any of these assets; none for a draft."""
        return subtract(self.claimed(asset_ids), _spans(self.suspensions))

    def claimed(self, asset_ids: Collection[int]) -> list[Span]:
        """The days on which no other contract may cover them: as `in_force`, but with the suspended days."""
        if self.contract.state == ContractState.DRAFT:
            return []
        return self.agreed(asset_ids)

    def agreed(self, asset_ids: Collection[int]) -> list[Span]:
        """The days that terms and cover share, whatever the state: for a draft, what it would claim."""
        wanted = set(asset_ids)
        return intersect(self.held(), _spans(cover for cover in self.covers if cover.asset_id in wanted))

    def held(self) -> list[Span]:
        """The days of the terms, up to an early end."""
        terms = _spans(self.terms)
        if self.contract.ended_on is None:
            return normalise(terms)
        return intersect(terms, [Span(date.min, self.contract.ended_on)])

    def asset_ids(self) -> set[int]:
        """All assets that were ever on its list."""
        return {cover.asset_id for cover in self.covers}

    def last_on(self) -> date | None:
        """The last day it holds, by its terms or an early end; None without terms."""
        ends = [terms.until_on for terms in self.terms]
        if not ends:
            return None
        return min(max(ends), self.contract.ended_on or date.max)

    def work_from_on(self, today: date) -> date:
        """The first day for which work is made, or would be if it were activated today: never before its terms."""
        wanted = self.contract.work_from_on or today
        return max(wanted, self.terms[0].from_on) if self.terms else wanted

    def terms_on(self, on: date) -> ContractTerms | None:
        """The terms that hold on that day, whatever the state."""
        return next((terms for terms in self.terms if terms.from_on <= on <= terms.until_on), None)

    # -- state and sentences ----------------------------------------------------------------------

    def state_on(self, on: date) -> ContractState:
        """The state that the dates give a contract which was activated."""
        last = self.last_on()
        if last is None or on > last:
            return ContractState.ENDED
        return ContractState.SUSPENDED if self.suspension_on(on) else ContractState.ACTIVE

    def suspension_on(self, on: date) -> Suspension | None:
        return next((rest for rest in self.suspensions if Span(rest.from_on, rest.until_on).holds(on)), None)

    def local_date(self, now: datetime) -> date:
        """Today where the contract is served: in its calendar's zone, else the organisation's, else UTC."""
        return now.astimezone(ZoneInfo(self._zone(now.astimezone(UTC).date()))).date()

    def _zone(self, near: date) -> str:
        if not self.terms:
            return organisation_zone()
        begun = [terms for terms in self.terms if terms.from_on <= near]
        return (begun[-1] if begun else self.terms[0]).calendar_version.timezone

    def reason_outside(self, on: date, asset_ids: Collection[int]) -> str:
        """Why work for these assets is out of bounds on that day, as a sentence; empty where it is not."""
        if contains(self.spans_for(asset_ids), on):
            return ""
        reason = self.reason_not_in_force(on, asset_ids)
        if reason:
            return reason
        values = {"contract": self.contract.number, "date": _day(self.contract.work_from_on or on)}
        return _("Work under %(contract)s begins on %(date)s.") % values

    def reason_not_in_force(self, on: date, asset_ids: Collection[int]) -> str:
        """Why the contract does not answer for these assets on that day; empty where it does."""
        if contains(self.in_force(asset_ids), on):
            return ""
        if self.contract.state == ContractState.DRAFT:
            return _("%(contract)s is not active yet.") % {"contract": self.contract.number}
        if not contains(self.held(), on):
            return self._outside_terms(on)
        suspension = self.suspension_on(on)
        if suspension:
            return self._suspended(suspension)
        values = {"contract": self.contract.number, "date": _day(on)}
        return _("%(contract)s does not list this equipment on %(date)s.") % values

    def _outside_terms(self, on: date) -> str:
        last = self.last_on()
        values = {"contract": self.contract.number, "date": _day(on)}
        if last is not None and on > last:
            return _("%(contract)s ended on %(date)s.") % {**values, "date": _day(last)}
        if self.terms and on < self.terms[0].from_on:
            return _("%(contract)s starts on %(date)s.") % {**values, "date": _day(self.terms[0].from_on)}
        return _("%(contract)s has no terms for %(date)s.") % values

    def _suspended(self, suspension: Suspension) -> str:
        values = {"contract": self.contract.number, "from": _day(suspension.from_on), "reason": suspension.reason}
        if suspension.until_on is None:
            return _("%(contract)s is suspended since %(from)s (%(reason)s).") % values
        values["until"] = _day(suspension.until_on)
        return _("%(contract)s is suspended from %(from)s until %(until)s (%(reason)s).") % values


def organisation_zone() -> str:
    """The VAR's own zone; UTC before the first start."""
    return Organisation.objects.values_list("timezone", flat=True).first() or "UTC"


def _by_contract(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.contract_id, []).append(row)
    return grouped


def _spans(rows: Iterable[ContractTerms | Suspension | CoveredAsset]) -> list[Span]:
    return [Span(row.from_on, row.until_on) for row in rows]


def _day(on: date) -> str:
    return date_format(on, "DATE_FORMAT")
