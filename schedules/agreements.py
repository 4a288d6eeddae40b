"""What contracts agree about recurring work, loaded for many schedules in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Self

from contracts.bounds import ContractBounds
from contracts.coverage import Clause, CoverageDecision, Span, decide, intersect
from contracts.models import (
    Asset,
    CalendarVersion,
    Contract,
    ContractTerms,
    CoveredAsset,
    PlanCoverage,
    PlanProcedure,
    Site,
)
from contracts.worktime import WorkCalendar
from schedules.models import Procedure, Schedule
from schedules.series import Definition, Series, Stretch


class ListedAsset(NamedTuple):
    pk: int
    site_id: int
    kind: str


class Agreements:
    """Bounds, plans, covered assets and calendars of some contracts; asks the database nothing more."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.bounds = ContractBounds.load_many(contracts)
        versions = {terms.plan_version_id for bounds in self.bounds.values() for terms in bounds.terms}
        self._procedures: dict[int, dict[str, PlanProcedure]] = defaultdict(dict)
        for procedure in PlanProcedure.objects.filter(version__in=versions):
            self._procedures[procedure.version_id][procedure.procedure_slug] = procedure
        self._coverage: dict[tuple[int, str], PlanCoverage] = {
            (coverage.version_id, coverage.work_kind): coverage
            for coverage in PlanCoverage.objects.filter(version__in=versions)
        }
        self._assets = _listed_assets(self.bounds)
        self._calendars = _calendar_versions({asset.site_id for asset in self._assets.values()})
        self._parsed: dict[int, WorkCalendar] = {}
        self._decided: dict[tuple[int, str], CoverageDecision] = {}

    @classmethod
    def of_schedules(cls, schedules: Iterable[Schedule]) -> Self:
        """For schedules that were loaded with their contracts."""
        return cls({schedule.contract_id: schedule.contract for schedule in schedules}.values())

    # -- what is agreed -----------------------------------------------------------------------

    def slugs(self, contract_id: int) -> set[str]:
        """The procedures that any terms of the contract name."""
        terms = self.bounds[contract_id].terms
        return {slug for row in terms for slug in self._procedures[row.plan_version_id]}

    def site_ids(self, contract_id: int) -> set[int]:
        """The sites of everything that was ever on its list."""
        return {self._assets[pk].site_id for pk in self.bounds[contract_id].asset_ids()}

    def asset_ids(self, contract_id: int, site_id: int, procedure: Procedure) -> list[int]:
        """The listed assets at that site that the procedure applies to, whenever they are covered."""
        listed = (self._assets[pk] for pk in sorted(self.bounds[contract_id].asset_ids()))
        return [
            asset.pk
            for asset in listed
            if asset.site_id == site_id and (not procedure.applies_to or asset.kind in procedure.applies_to)
        ]

    def series(self, contract_id: int, site: Site, procedure: Procedure, *, as_of: datetime | None = None) -> Series:
        """The dates of a procedure at a site, by the calendar as it was at an instant (None: as it is).

        Its dates raise RuleError or CalendarError where plan or calendar make no sense.
        """
        bounds = self.bounds[contract_id]
        spans = bounds.spans_for(self.asset_ids(contract_id, site.pk, procedure))
        stretches = (self._stretch(bounds, terms, procedure.slug, site.timezone, spans) for terms in bounds.terms)
        calendar = self._calendar(site.calendar_id, as_of)
        return Series(tuple(stretch for stretch in stretches if stretch is not None), calendar)

    def series_of(self, schedule: Schedule, *, as_of: datetime | None = None) -> Series:
        return self.series(schedule.contract_id, schedule.site, schedule.procedure, as_of=as_of)

    def coverage(self, contract_id: int, terms_id: int, work_kind: str) -> CoverageDecision:
        """What the terms say about that kind of work."""
        if (terms_id, work_kind) not in self._decided:
            self._decided[terms_id, work_kind] = self._decide(self.bounds[contract_id], terms_id, work_kind)
        return self._decided[terms_id, work_kind]

    # -- parts --------------------------------------------------------------------------------

    def _decide(self, bounds: ContractBounds, terms_id: int, work_kind: str) -> CoverageDecision:
        terms = next(row for row in bounds.terms if row.pk == terms_id)
        row = self._coverage.get((terms.plan_version_id, work_kind))
        clause = Clause(row.decision, row.clause, row.amount, terms.currency) if row else None
        return decide(work_kind=work_kind, contract_number=bounds.contract.number, clause=clause)

    def _stretch(
        self, bounds: ContractBounds, terms: ContractTerms, slug: str, timezone: str, spans: list[Span]
    ) -> Stretch | None:
        agreed = self._procedures[terms.plan_version_id].get(slug)
        if agreed is None or bounds.contract.anchor_on is None:
            return None
        definition = Definition(
            frequency=agreed.frequency,
            interval=agreed.interval,
            anchor_on=bounds.contract.anchor_on,
            due_time=agreed.due_time,
            timezone=timezone,
            weekdays=agreed.weekdays,
            month_rule=agreed.month_rule,
            cadence=agreed.cadence,
            nonworking_day=agreed.nonworking_day,
            performer=agreed.performer,
        )
        inside = intersect(spans, [Span(terms.from_on, terms.until_on)])
        return Stretch(terms.pk, terms.from_on, terms.until_on, definition, tuple(inside))

    def calendar_version(self, calendar_id: int, as_of: datetime | None = None) -> CalendarVersion | None:
        """The version that was the newest at an instant (None: now)."""
        versions = self._calendars.get(calendar_id, [])
        known = [version for version in versions if as_of is None or version.created_at <= as_of]
        # An instant before the first version (a demo's past) is answered by the first.
        return known[-1] if known else next(iter(versions), None)

    def _calendar(self, calendar_id: int, as_of: datetime | None) -> WorkCalendar | None:
        version = self.calendar_version(calendar_id, as_of)
        if version is None:
            return None
        if version.pk not in self._parsed:
            self._parsed[version.pk] = version.work_calendar()
        return self._parsed[version.pk]


def _listed_assets(contract_ids: Iterable[int]) -> dict[int, ListedAsset]:
    listed = CoveredAsset.objects.filter(contract__in=contract_ids).values("asset")
    rows = Asset.objects.filter(pk__in=listed).values_list("pk", "site_id", "product__kind")
    return {row[0]: ListedAsset(*row) for row in rows}


def _calendar_versions(site_ids: set[int]) -> dict[int, list[CalendarVersion]]:
    """All versions of the sites' calendars, oldest first, by calendar."""
    found: dict[int, list[CalendarVersion]] = defaultdict(list)
    used = Site.objects.filter(pk__in=site_ids).values("calendar")
    rows = CalendarVersion.objects.filter(calendar__in=used).order_by("number")
    for version in rows:
        found[version.calendar_id].append(version)
    return found
