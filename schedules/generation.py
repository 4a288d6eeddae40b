"""Time makes work: due schedules become work orders, superseded ones become missed.

Safe to run twice, at once, late, or killed at any line: a batch is one transaction over schedules
that it holds alone, and one work order per schedule and nominal date is a constraint.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from schedules.actions.schedule import define, move_on
from schedules.agreements import Agreements
from schedules.enums import ScheduleState, VersionState, WorkStatus
from schedules.models import GenerationRun, ProcedureVersion, Schedule, WorkOrder, WorkOrderEvent
from schedules.series import Planned, Series
from schedules.shaping import due_of, is_superseded_work, lapse_of, place

logger = logging.getLogger(__name__)

# Dates of one schedule in one batch; what is left over is due in the next batch of the same run.
DATES_PER_SCHEDULE = 100
MISSED_PER_BATCH = 1000


class UnpublishedError(Exception):
    """The procedure has no published version to work by."""


def generate_work(*, now: datetime, batch_size: int = 500) -> dict[str, int]:
    """Insert all work whose release instant has passed, then mark what is superseded as missed.

    Returns how many schedules were claimed and failed, how many work orders created and missed.
    """
    totals = {"created": 0, "missed": 0, "claimed": 0, "failed": 0}
    while (run := _generate_batch(now, batch_size)) is not None:
        totals["created"] += run.created
        totals["claimed"] += run.claimed
        totals["failed"] += run.failed
    while missed := _miss_batch(now):
        totals["missed"] += missed
    return totals


# -- from schedules to work orders ------------------------------------------------------------


@dataclass
class _Batch:
    """What became of one batch of claimed schedules; nothing is written before all are expanded."""

    now: datetime
    agreements: Agreements
    versions: dict[int, int]  # published, by procedure
    existing: dict[int, list[WorkOrder]]  # by schedule: untouched rows, and those from its next date on
    created: list[WorkOrder] = field(default_factory=list)
    moved: list[Schedule] = field(default_factory=list)
    redefined: list[Schedule] = field(default_factory=list)
    failed: list[Schedule] = field(default_factory=list)
    relapsed: list[WorkOrder] = field(default_factory=list)

    def expand(self, schedule: Schedule) -> None:
        """Its due dates as work orders, and its next date."""
        series = self.agreements.series_of(schedule)
        due, ahead = self._due_dates(series, schedule)
        version = self.versions.get(schedule.procedure_id)
        if due and version is None:
            raise UnpublishedError(_("The procedure has no published version."))
        rows = self.existing[schedule.pk]
        instants = {row.nominal_on: row.due_at for row in rows if row.nominal_on}
        created = [
            self._work_order(planned, following, schedule, version or 0, instants)
            for planned, following in zip(due, [*due[1:], ahead], strict=True)
            if planned.nominal_on not in instants
        ]
        self._relapse(rows, series, schedule, instants)
        self.created += created
        if define(schedule, ahead or (due[-1] if due else None), self.now):
            self.redefined.append(schedule)
        move_on(schedule, ahead)
        self.moved.append(schedule)

    def set_aside(self, schedule: Schedule, error: Exception) -> None:
        schedule.state = ScheduleState.SET_ASIDE
        schedule.error = f"{error}"[:500] or type(error).__name__
        self.failed.append(schedule)

    def write(self) -> GenerationRun:
        WorkOrder.objects.bulk_create(self.created, ignore_conflicts=True)
        _lock(self.relapsed)
        WorkOrder.objects.bulk_update(self.relapsed, ["lapses_at"], batch_size=500)
        Schedule.objects.bulk_update(self.moved, ["next_nominal_on", "next_release_at"], batch_size=500)
        Schedule.objects.bulk_update(self.redefined, DEFINITION_FIELDS, batch_size=100)
        Schedule.objects.bulk_update(self.failed, ["state", "error"], batch_size=500)
        return GenerationRun.objects.create(
            at=self.now,
            claimed=len(self.moved) + len(self.failed),
            created=len(self.created),
            failed=len(self.failed),
        )

    def _due_dates(self, series: Series, schedule: Schedule) -> tuple[list[Planned], Planned | None]:
        """The dates released by now, at most so many, and the first one beyond."""
        due: list[Planned] = []
        for planned in series.planned(schedule.next_nominal_on or date.max):
            if planned.window.release_at > self.now or len(due) == DATES_PER_SCHEDULE:
                return due, planned
            due.append(planned)
        return due, None

    def _work_order(
        self,
        planned: Planned,
        following: Planned | None,
        schedule: Schedule,
        version: int,
        instants: dict[date, datetime],
    ) -> WorkOrder:
        superseded = is_superseded_work(planned.stretch, schedule.procedure)
        row = WorkOrder(
            schedule=schedule,
            nominal_on=planned.nominal_on,
            procedure_version_id=version,
            site_id=schedule.site_id,
            contract_id=schedule.contract_id,
            created_at=self.now,
            lapses_at=due_of(following, instants) if superseded else None,
        )
        place(row, planned, self.agreements, schedule)
        return row

    def _relapse(
        self, rows: list[WorkOrder], series: Series, schedule: Schedule, instants: dict[date, datetime]
    ) -> None:
        """Untouched rows of earlier dates lapse at the date that now follows: a holiday may have come between."""
        for row in rows:
            if row.status != WorkStatus.DUE or row.nominal_on is None:
                continue
            lapses_at = lapse_of(row.nominal_on, series, schedule.procedure, instants)
            if lapses_at != row.lapses_at:
                row.lapses_at = lapses_at
                self.relapsed.append(row)


DEFINITION_FIELDS = [
    "frequency",
    "interval",
    "anchor_on",
    "due_time",
    "timezone",
    "weekdays",
    "month_rule",
    "cadence",
    "nonworking_day",
    "performer",
    "defined_at",
]


def _generate_batch(now: datetime, batch_size: int) -> GenerationRun | None:
    """One batch in one transaction; None when nothing is due, or all that is due is in other hands."""
    if not Schedule.objects.due(now).exists():
        return None
    with transaction.atomic():
        schedules = _claim(now, batch_size)
        if not schedules:
            return None
        batch = _Batch(now, Agreements.of_schedules(schedules), _published(schedules), _existing(schedules))
        for schedule in schedules:
            try:
                batch.expand(schedule)
            except Exception as error:  # one schedule must not hold up the rest; a manager sees why
                logger.exception("Schedule %s is set aside", schedule.pk)
                batch.set_aside(schedule, error)
        return batch.write()


def _claim(now: datetime, batch_size: int) -> list[Schedule]:
    """Due schedules that nobody else works on. (SQLite has no row locks: there transactions take turns.)"""
    rows = Schedule.objects.due(now).select_related("contract", "site", "procedure")
    return list(rows.select_for_update(skip_locked=True, of=("self",), no_key=True)[:batch_size])


def _lock(rows: list[WorkOrder]) -> None:
    """In the order of their keys, as visits lock many at once: neither waits for the other in a circle."""
    if rows:
        keys = WorkOrder.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True)
        list(keys.values_list("pk", flat=True))


def _published(schedules: Iterable[Schedule]) -> dict[int, int]:
    wanted = {schedule.procedure_id for schedule in schedules}
    rows = ProcedureVersion.objects.filter(procedure__in=wanted, state=VersionState.PUBLISHED)
    return dict(rows.values_list("procedure", "pk"))


def _existing(schedules: list[Schedule]) -> dict[int, list[WorkOrder]]:
    next_on = {schedule.pk: schedule.next_nominal_on or date.max for schedule in schedules}
    rows = WorkOrder.objects.filter(schedule__in=next_on)
    ahead = rows.filter(nominal_on__gte=min(next_on.values()))
    wanted = (ahead | rows.filter(status=WorkStatus.DUE)).only(
        "schedule_id", "nominal_on", "status", "due_at", "lapses_at"
    )
    found: dict[int, list[WorkOrder]] = defaultdict(list)
    for row in wanted:
        found[row.schedule_id].append(row)
    return found


# -- from superseded to missed ----------------------------------------------------------------


def _miss_batch(now: datetime) -> int:
    """Untouched work that a later date superseded is missed as of that date's due instant."""
    if not WorkOrder.objects.lapsed(now).exists():
        return 0
    with transaction.atomic():
        rows = list(
            WorkOrder.objects.lapsed(now)
            .select_related("site")
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .order_by("lapses_at", "pk")[:MISSED_PER_BATCH]
        )
        by_reason: dict[str, list[int]] = defaultdict(list)
        events = []
        for row in rows:
            reason = superseded_sentence(row)
            by_reason[reason].append(row.pk)
            events.append(WorkOrderEvent(work_order=row, kind="missed", at=row.lapses_at, data={"reason": reason}))
        for reason, keys in by_reason.items():
            WorkOrder.objects.filter(pk__in=keys).update(
                status=WorkStatus.MISSED, closed_at=F("lapses_at"), status_reason=reason
            )
        WorkOrderEvent.objects.bulk_create(events)
        if rows:
            GenerationRun.objects.create(at=now, missed=len(rows))
    return len(rows)


def superseded_sentence(work_order: WorkOrder) -> str:
    """Which later work took its place, by its due date at the site."""
    assert work_order.lapses_at is not None
    on = work_order.lapses_at.astimezone(ZoneInfo(work_order.site.timezone))
    return _("Superseded by the work due on %(date)s.") % {"date": date_format(on.date(), "DATE_FORMAT")}
