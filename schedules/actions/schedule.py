"""Schedules follow their contract: what is due next, and which work is still in bounds."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from contracts.enums import Cadence, ContractState
from contracts.models import Contract, Site
from contracts.rule import RuleError
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.agreements import Agreements
from schedules.enums import OPEN_STATUSES, ScheduleState, WorkStatus
from schedules.models import Procedure, Schedule, WorkOrder, WorkOrderEvent
from schedules.series import Planned, Series
from schedules.shaping import lapse_of, place

logger = logging.getLogger(__name__)

# How far back a schedule looks for dates that became valid again: wider than any window is open.
LOOK_BACK = timedelta(days=60)

OUT_OF_BOUNDS = "out_of_bounds"  # the kind of event that tells a cancellation by dates from one by a person
PLAN_FIELDS = [
    "window_opens_at",
    "due_at",
    "window_closes_at",
    "lapses_at",
    "performer",
    "coverage_decision",
    "coverage_sentence",
]


@transaction.atomic
def sync_schedules(*, contract: Contract, now: datetime, by: User | None = None) -> None:
    """Make the schedules of a contract what its terms say now; safe to repeat.

    Untouched work that fell out of bounds is cancelled, cancelled work whose date is valid again is
    reinstated, and every schedule gets its next date. Called inside the contract's own action.
    Raises DomainError where the plan asks for dates that cannot be.
    """
    contract = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    if contract.state == ContractState.DRAFT:
        return
    agreements = Agreements([contract])
    _add_missing(contract, agreements, now)
    schedules = _locked_schedules(contract)
    _lock_changing(schedules)
    rows = _rows_of(schedules, now)
    for schedule in schedules:
        try:
            _Sync(schedule, agreements, rows[schedule.pk], now, by).run()
        except RuleError as error:
            message = _("%(procedure)s: %(problem)s") % {"procedure": schedule.procedure, "problem": error.message}
            raise DomainError(message, attr="plan_version", code=error.code) from error


@transaction.atomic
def retry_schedule(*, schedule: Schedule, by: User | None, now: datetime) -> Schedule:
    """Give a schedule that was set aside another chance, once its cause is repaired."""
    if schedule.state != ScheduleState.SET_ASIDE:
        raise Conflict(_("This schedule was not set aside."))
    sync_schedules(contract=schedule.contract, now=now, by=by)
    schedule.refresh_from_db()
    return schedule


def define(schedule: Schedule, planned: Planned | None, now: datetime) -> bool:
    """Copy how often the next date's terms want it; whether that changed anything."""
    if planned is None:
        return False
    columns = planned.stretch.definition.columns()
    del columns["timezone"]  # a schedule follows its site by a sync alone
    if all(getattr(schedule, name) == value for name, value in columns.items()):
        return False
    for name, value in columns.items():
        setattr(schedule, name, value)
    schedule.defined_at = now
    return True


def move_on(schedule: Schedule, planned: Planned | None) -> None:
    """Set the next date; None = nothing lies ahead."""
    schedule.next_nominal_on = planned.nominal_on if planned else None
    schedule.next_release_at = planned.window.release_at if planned else None


def hold_floating(work_order: WorkOrder) -> bool:
    """Lock the row's schedule if it is a floating one, and say whether it is.

    It is locked before the work order, as everything else that takes both does. Other schedules are
    left alone: the generator may hold them, and closing their work changes nothing about them.
    """
    if work_order.schedule_id is None:
        return False
    rows = Schedule.objects.filter(pk=work_order.schedule_id, cadence=Cadence.FLOATING).order_by()
    return bool(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _floating_of(work_order: WorkOrder) -> Schedule | None:
    """The row's schedule, locked, if it is a floating one."""
    if not hold_floating(work_order):
        return None
    related = Schedule.objects.select_related("contract", "site", "procedure")
    return related.filter(pk=work_order.schedule_id).first()


def continue_floating(*, work_order: WorkOrder, now: datetime) -> None:
    """After the one open row of a floating schedule has closed: set the date that follows."""
    schedule = _floating_of(work_order)
    if schedule is None:
        return
    agreements = Agreements([schedule.contract])
    series = agreements.series_of(schedule)
    stretch = series.near(work_order.nominal_on or date.min)
    if stretch is None or not stretch.is_floating:
        return
    planned = _unused(series, series.floating_after(closed_on(work_order, schedule.site)), schedule)
    define(schedule, planned, now)
    move_on(schedule, planned)
    schedule.save()


def stop_floating(*, work_order: WorkOrder) -> None:
    """A floating schedule got its open row back: no other date lies ahead until it is done."""
    schedule = _floating_of(work_order)
    if schedule is not None:
        move_on(schedule, None)
        schedule.save(update_fields=["next_nominal_on", "next_release_at"])


def closed_on(work_order: WorkOrder, site: Site) -> date:
    """The local date on which work ended: finished by a person, or else closed."""
    at = work_order.finished_at or work_order.closed_at
    assert at is not None
    return at.astimezone(ZoneInfo(site.timezone)).date()


def _unused(series: Series, planned: Planned | None, schedule: Schedule) -> Planned | None:
    """The date, or the next one in bounds whose key no other row of the schedule holds."""
    while planned and schedule.work_orders.filter(nominal_on=planned.nominal_on).exists():
        planned = series.after(planned.nominal_on)
    return planned


# -- the schedules there should be ------------------------------------------------------------


def _add_missing(contract: Contract, agreements: Agreements, now: datetime) -> None:
    there = set(Schedule.objects.filter(contract=contract).values_list("site_id", "procedure_id"))
    procedures = Procedure.objects.filter(slug__in=agreements.slugs(contract.pk), archived_at=None)
    sites = list(Site.objects.filter(pk__in=agreements.site_ids(contract.pk)))
    pairs = ((site, procedure) for procedure in procedures for site in sites)
    missing = [(site, procedure) for site, procedure in pairs if (site.pk, procedure.pk) not in there]
    rows = (_new_schedule(contract, agreements, site, procedure, now) for site, procedure in missing)
    Schedule.objects.bulk_create([row for row in rows if row is not None], ignore_conflicts=True)


def _new_schedule(
    contract: Contract, agreements: Agreements, site: Site, procedure: Procedure, now: datetime
) -> Schedule | None:
    """None where no listed asset of the site is ever in bounds for the procedure, or nothing lies ahead."""
    series = agreements.series(contract.pk, site, procedure)
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    stretch = series.near(today)
    listed = agreements.asset_ids(contract.pk, site.pk, procedure)
    if stretch is None or not listed or stretch.until_on < today:
        return None
    columns = stretch.definition.columns()
    return Schedule(contract=contract, site=site, procedure=procedure, defined_at=now, **columns)


def _locked_schedules(contract: Contract) -> list[Schedule]:
    rows = Schedule.objects.filter(contract=contract).select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("contract", "site", "procedure").order_by("pk"))


def _lock_changing(schedules: Iterable[Schedule]) -> None:
    """What a sync may write, in the order in which visits lock: nobody begins work while it is called off."""
    changing = [WorkStatus.DUE, WorkStatus.CANCELLED]
    rows = WorkOrder.objects.filter(schedule__in=list(schedules), status__in=changing).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _rows_of(schedules: Iterable[Schedule], now: datetime) -> dict[int, list[WorkOrder]]:
    """What a sync looks at, oldest first: untouched and cancelled rows, and the dates taken lately."""
    last_kind = WorkOrderEvent.objects.filter(work_order=OuterRef("pk")).order_by("-at", "-pk").values("kind")[:1]
    recent = Q(nominal_on__gte=(now - 2 * LOOK_BACK).date()) | Q(status__in=OPEN_STATUSES)
    recent |= Q(schedule__cadence=Cadence.FLOATING)  # the last completion may lie a year back
    cancelled = Q(status=WorkStatus.CANCELLED, last_kind=OUT_OF_BOUNDS)
    rows = (
        WorkOrder.objects.filter(schedule__in=list(schedules))
        .annotate(last_kind=Subquery(last_kind))
        .filter(recent | cancelled)
        .order_by("nominal_on")
    )
    found: dict[int, list[WorkOrder]] = defaultdict(list)
    for row in rows:
        found[row.schedule_id].append(row)
    return found


def _fell_out(row: WorkOrder) -> bool:
    """Whether dates cancelled it, not a person; for rows of `_rows_of`."""
    return getattr(row, "last_kind", None) == OUT_OF_BOUNDS


# -- one schedule -----------------------------------------------------------------------------


@dataclass
class _Sync:
    schedule: Schedule
    agreements: Agreements
    rows: list[WorkOrder]
    now: datetime
    by: User | None
    series: Series = field(init=False)

    def __post_init__(self) -> None:
        self.series = self.agreements.series_of(self.schedule)

    def run(self) -> None:
        for row in self.rows:
            self._judge(row)
        planned = self._next()
        self._follow_site()
        define(self.schedule, planned or self._current(), self.now)
        move_on(self.schedule, planned)
        ended = self.schedule.contract.state == ContractState.ENDED
        self.schedule.state = ScheduleState.ENDED if ended else ScheduleState.ACTIVE
        self.schedule.error = ""
        self.schedule.save()

    def _follow_site(self) -> None:
        site = self.schedule.site
        self.schedule.calendar_version = self.agreements.calendar_version(site.calendar_id)
        if self.schedule.timezone != site.timezone:
            self.schedule.timezone = site.timezone
            self.schedule.defined_at = self.now

    @property
    def _today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.schedule.site.timezone)).date()

    def _current(self) -> Planned | None:
        """Any date of the terms that hold now, to define a schedule that has nothing ahead."""
        return self.series.after(self._today)

    # Rows

    def _judge(self, row: WorkOrder) -> None:
        if row.status == WorkStatus.DUE:
            planned = self._planned_of(row)
            if planned is None:
                self._cancel(row)
            else:
                self._replan(row, planned)
        elif row.status == WorkStatus.CANCELLED and _fell_out(row):
            planned = self._planned_of(row)
            if planned is not None and not self._has_open_row(planned):
                self._reinstate(row, planned)

    def _planned_of(self, row: WorkOrder) -> Planned | None:
        """Where the row's date stands now; the calendar stays that of its making, so no deadline moves by it."""
        assert row.nominal_on is not None
        then = self.agreements.series_of(self.schedule, as_of=row.created_at)
        return then.on(row.nominal_on)

    def _has_open_row(self, planned: Planned) -> bool:
        return planned.stretch.is_floating and any(row.is_open for row in self.rows)

    def _replan(self, row: WorkOrder, planned: Planned) -> None:
        before = [getattr(row, name) for name in PLAN_FIELDS]
        place(row, planned, self.agreements, self.schedule)
        row.lapses_at = self._lapse(row)
        if before != [getattr(row, name) for name in PLAN_FIELDS]:
            row.save(update_fields=PLAN_FIELDS)

    def _lapse(self, row: WorkOrder) -> datetime | None:
        due = {other.nominal_on: other.due_at for other in self.rows if other.nominal_on}
        assert row.nominal_on is not None
        return lapse_of(row.nominal_on, self.series, self.schedule.procedure, due)

    def _cancel(self, row: WorkOrder) -> None:
        row.status = WorkStatus.CANCELLED
        row.status_reason = self._reason_outside(row)[:300]
        row.closed_at = self.now
        row.save(update_fields=["status", "status_reason", "closed_at"])
        self._write_event(row, OUT_OF_BOUNDS, {"reason": row.status_reason})

    def _reason_outside(self, row: WorkOrder) -> str:
        assert row.nominal_on is not None
        bounds = self.agreements.bounds[self.schedule.contract_id]
        assets = self.agreements.asset_ids(self.schedule.contract_id, self.schedule.site_id, self.schedule.procedure)
        outside = bounds.reason_outside(row.nominal_on, assets)
        if outside:
            return outside
        if self.series.stretch_on(row.nominal_on) is None:
            return _("The plan does not include this work any more.")
        return _("The plan sets other dates now.")

    def _reinstate(self, row: WorkOrder, planned: Planned) -> None:
        row.status = WorkStatus.DUE
        row.status_reason = ""
        row.closed_at = None
        place(row, planned, self.agreements, self.schedule)
        row.lapses_at = self._lapse(row)
        row.save(update_fields=["status", "status_reason", "closed_at", *PLAN_FIELDS])
        self._write_event(row, "reinstated", {})

    def _write_event(self, row: WorkOrder, kind: str, data: dict[str, str]) -> None:
        WorkOrderEvent.objects.create(work_order=row, kind=kind, at=self.now, by=self.by, data=data)

    # The next date

    def _next(self) -> Planned | None:
        stretch = self.series.near(self.schedule.next_nominal_on or self._today)
        if stretch is not None and stretch.is_floating:
            return self._next_floating()
        taken = {row.nominal_on for row in self.rows}
        stood_on = self._stood_on()
        start = min(stood_on, self._today) - LOOK_BACK
        free = (planned for planned in self.series.planned(start) if planned.nominal_on not in taken)
        return next((planned for planned in free if self._is_wanted(planned, stood_on)), None)

    def _stood_on(self) -> date:
        """From here on nothing was generated yet; a new schedule of a running contract begins today."""
        if self.schedule.next_nominal_on is not None:
            return self.schedule.next_nominal_on
        contract = self.schedule.contract
        starts_now = contract.activated_at is not None and contract.activated_at >= self.now
        if starts_now and contract.work_from_on is not None:
            return min(contract.work_from_on, self._today)
        return date.max

    def _is_wanted(self, planned: Planned, stood_on: date) -> bool:
        """Not generated yet, or valid again while its window is still open."""
        return planned.nominal_on >= stood_on or planned.window.closes_at > self.now

    def _next_floating(self) -> Planned | None:
        if any(row.is_open for row in self.rows):
            return None
        closed = [row for row in self.rows if row.closed_at and not _fell_out(row)]
        if closed:
            last = max(closed, key=lambda row: closed_on(row, self.schedule.site))
            planned = self.series.floating_after(closed_on(last, self.schedule.site))
        else:
            start = min(self._stood_on(), self._today)
            planned = next(self.series.planned(self.series.first_floating_on(start)), None)
        return _unused(self.series, planned, self.schedule)


def resync_all(*, now: datetime) -> None:
    """Bring the schedules of all running contracts up to date, for the programme has changed."""
    _resync(Contract.objects.running(), now)


def follow_sites(*, now: datetime) -> int:
    """Bring schedules up to date whose site got another zone or calendar; returns how many contracts had some.

    Without it a day that became a working day would be passed over. Safe to repeat.
    """
    behind = Schedule.objects.behind_their_site().values("contract")
    return _resync(Contract.objects.filter(pk__in=behind), now)


def _resync(contracts: QuerySet[Contract], now: datetime) -> int:
    """Each in a transaction of its own; one whose plan asks for impossible dates is logged and stops no other."""
    found = list(contracts.order_by("pk"))
    for contract in found:
        try:
            sync_schedules(contract=contract, now=now)
        except DomainError:
            logger.exception("The schedules of %s could not be brought up to date", contract.number)
    return len(found)
