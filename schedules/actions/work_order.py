"""Work is assigned, begun, finished, skipped, cancelled, taken up again, excused.

Every action locks the row and returns it as it stands now; the instance passed in is out of date.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions.schedule import continue_floating, hold_floating, stop_floating
from schedules.agreements import Agreements
from schedules.checklist import Checklist, Missing, checklist_of
from schedules.enums import OPEN_STATUSES, ItemOutcome, Scope, WorkStatus
from schedules.models import Target, VisitWork, WorkOrder, WorkOrderEvent
from schedules.shaping import lapse_of

# How far a device's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=10)


class IncompleteError(Conflict):
    """The checklist has open steps; `missing` lists them."""

    code = "incomplete"

    def __init__(self, missing: list[Missing]) -> None:
        named = ", ".join(str(item) for item in missing[:3])
        more = _(" and %(count)s more") % {"count": len(missing) - 3} if len(missing) > 3 else ""
        super().__init__(_("Still missing: %(steps)s%(more)s.") % {"steps": named, "more": more})
        self.missing = missing


@transaction.atomic
def start_work(
    *, work_order: WorkOrder, by: User | None, now: datetime, started_at: datetime | None = None
) -> WorkOrder:
    """Begin: fixes the version of the procedure and what it applies to. Safe to repeat.

    `started_at` is the device's instant where it worked offline. Raises Conflict for closed or
    superseded work, or where there is nothing to work on.
    """
    row = lock(work_order)
    if row.status == WorkStatus.DUE:
        begin(row, checklist_of(row, now=now, with_previous=False), by=by, now=now, started_at=started_at or now)
    elif row.status != WorkStatus.IN_PROGRESS:
        _require(row, [WorkStatus.DUE])
    return row


@transaction.atomic
def complete_work(*, work_order: WorkOrder, finished_at: datetime, by: User | None, now: datetime) -> WorkOrder:
    """Finish, as of the device's instant. Raises IncompleteError while required steps are open."""
    row = lock_with_schedule(work_order)
    require_open(row)
    return finish(row, checklist_of(row, now=now, with_previous=False), finished_at, by=by, now=now)


@transaction.atomic
def skip_work(*, work_order: WorkOrder, reason: str, by: User | None, now: datetime) -> WorkOrder:
    """Leave it out this time; it counts against compliance unless a manager excuses it."""
    row = lock_with_schedule(work_order)
    _require(row, OPEN_STATUSES)
    _require_not_superseded(row, now)
    return _close(row, WorkStatus.SKIPPED, "skipped", by=by, now=now, reason=_given(reason))


@transaction.atomic
def cancel_work(*, work_order: WorkOrder, reason: str, by: User | None, now: datetime) -> WorkOrder:
    """Call it off: it was not needed at all, and does not count."""
    row = lock_with_schedule(work_order)
    _require(row, OPEN_STATUSES)
    _require_not_superseded(row, now)
    return _close(row, WorkStatus.CANCELLED, "cancelled", by=by, now=now, reason=_given(reason))


@transaction.atomic
def reinstate_work(*, work_order: WorkOrder, by: User | None, now: datetime) -> WorkOrder:
    """Take up again what was cancelled or skipped, if its date is in bounds and not superseded."""
    row = lock_with_schedule(work_order)
    _require(row, [WorkStatus.CANCELLED, WorkStatus.SKIPPED])
    if row.schedule_id:
        _require_current(row, now)
        stop_floating(work_order=row)
    row.status = WorkStatus.IN_PROGRESS if row.started_at else WorkStatus.DUE
    row.status_reason = ""
    row.closed_at = row.excused_at = None
    row.save(update_fields=["status", "status_reason", "closed_at", "excused_at", "lapses_at"])
    write_event(row, "reinstated", by=by, now=now)
    return row


@transaction.atomic
def assign_work(*, work_order: WorkOrder, assignee: User | None, by: User | None, now: datetime) -> WorkOrder:
    """Give it to a person of the VAR, or to nobody."""
    row = lock(work_order)
    _require(row, OPEN_STATUSES)
    if assignee is not None and not assignee.is_var:
        raise DomainError(_("Work is assigned to active people of our own staff."), attr="assignee")
    if row.assignee_id == (assignee.pk if assignee else None):
        return row
    _require_free(row, assignee)
    row.assignee = assignee
    row.save(update_fields=["assignee"])
    write_event(row, "assigned", by=by, now=now, assignee=row.assignee_id)
    return row


@transaction.atomic
def excuse_work(*, work_order: WorkOrder, reason: str, by: User | None, now: datetime) -> WorkOrder:
    """A manager's word that missed or skipped work does not count against compliance."""
    row = lock(work_order)
    _require(row, [WorkStatus.MISSED, WorkStatus.SKIPPED])
    if row.excused_at is not None:
        raise Conflict(_("It was excused before."))
    row.excused_at = now
    row.save(update_fields=["excused_at"])
    write_event(row, "excused", by=by, now=now, reason=_given(reason))
    return row


# -- shared with the other actions ------------------------------------------------------------


def lock(work_order: WorkOrder) -> WorkOrder:
    """The row as it stands now, locked until the transaction ends."""
    rows = WorkOrder.objects.select_for_update(of=("self",), no_key=True)
    related = ("site__customer", "schedule", "contract", "asset", "procedure_version__procedure")
    row: WorkOrder = rows.select_related(*related).get(pk=work_order.pk)
    return row


def lock_with_schedule(work_order: WorkOrder) -> WorkOrder:
    """For what ends or reopens work: a floating schedule is locked first and takes its next date from it."""
    hold_floating(work_order)
    return lock(work_order)


def begin(
    row: WorkOrder, checklist: Checklist, *, by: User | None, now: datetime, started_at: datetime
) -> list[Target]:
    """Begin locked work that is due, by the checklist as it would begin now; returns what it applies to."""
    _require_not_superseded(row, started_at)
    row.procedure_version = checklist.version
    targets = _fix_targets(row, checklist)
    row.status = WorkStatus.IN_PROGRESS
    row.started_at = started_at
    row.save(update_fields=["procedure_version", "status", "started_at"])
    write_event(row, "started", by=by, now=now)
    return targets


def finish(row: WorkOrder, checklist: Checklist, finished_at: datetime, *, by: User | None, now: datetime) -> WorkOrder:
    """Finish locked, open work whose checklist is this one."""
    if finished_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr="finished_at")
    if row.started_at and finished_at < row.started_at - CLOCK_SKEW:
        raise DomainError(_("The work began later than that."), attr="finished_at")
    missing = checklist.missing
    if missing:
        raise IncompleteError(missing)
    if row.status == WorkStatus.DUE:  # a checklist of optional steps alone
        begin(row, checklist, by=by, now=now, started_at=min(finished_at, now))
    row.finished_at = finished_at
    return _close(row, WorkStatus.DONE, "completed", by=by, now=now)


def require_open(row: WorkOrder) -> None:
    """Raise Conflict for work that is done, missed, skipped or cancelled."""
    _require(row, OPEN_STATUSES)


def write_event(row: WorkOrder, kind: str, *, by: User | None, now: datetime, **data: object) -> None:
    WorkOrderEvent.objects.create(work_order=row, kind=kind, at=now, by=by, data=data)


# -- parts ------------------------------------------------------------------------------------


def _require(row: WorkOrder, statuses: tuple[WorkStatus, ...] | list[WorkStatus]) -> None:
    if row.status not in statuses:
        message = _("%(number)s is %(status)s; that is not possible any more.")
        raise Conflict(message % {"number": row.number, "status": row.get_status_display().lower()}, code="state")


def _require_not_superseded(row: WorkOrder, at: datetime) -> None:
    """Raise Conflict for untouched work that a later date replaced by then, swept as missed already or not."""
    if row.status == WorkStatus.DUE and row.lapses_at is not None and row.lapses_at <= at:
        raise Conflict(_("A later date has taken the place of this work."), code="superseded")


def _require_free(row: WorkOrder, assignee: User | None) -> None:
    """Raise Conflict for work that a visit of somebody else holds."""
    held = VisitWork.objects.filter(work_order=row, outcome=ItemOutcome.PENDING)
    item = held.order_by("pk").first()
    if item is not None and item.visit.technician != assignee:
        values = {"number": row.number, "visit": item.visit.number, "technician": item.visit.technician}
        message = _("%(number)s is in %(visit)s of %(technician)s. Take it out there first, or move the visit.")
        raise Conflict(message % values, attr="assignee", code="held")


def _given(reason: str) -> str:
    """The reason, trimmed. Raises DomainError where there is none."""
    if not reason.strip():
        raise DomainError(_("Give a reason."), attr="reason", code="required")
    return reason.strip()[:300]


def _close(
    row: WorkOrder, status: WorkStatus, kind: str, *, by: User | None, now: datetime, reason: str = ""
) -> WorkOrder:
    row.status = status
    row.status_reason = reason
    row.closed_at = now
    row.save(update_fields=["status", "status_reason", "closed_at", "finished_at"])
    write_event(row, kind, by=by, now=now, **({"reason": reason} if reason else {}))
    if row.schedule_id:
        continue_floating(work_order=row, now=now)
    return row


def _fix_targets(row: WorkOrder, checklist: Checklist) -> list[Target]:
    if not checklist.assets:
        raise Conflict(_("No equipment at this site is covered for this work."), code="no_assets")
    targets = [Target(work_order=row, asset=asset) for asset in checklist.assets]
    if any(item.step.scope == Scope.ORDER for item in checklist.steps):
        targets.append(Target(work_order=row, asset=None))
    return Target.objects.bulk_create(targets)


def _require_current(row: WorkOrder, now: datetime) -> None:
    """Raise Conflict where the date is out of bounds, superseded, or another row of a floating schedule is open."""
    schedule, nominal_on = row.schedule, row.nominal_on
    assert schedule is not None
    assert nominal_on is not None
    agreements = Agreements([schedule.contract])
    assets = agreements.asset_ids(schedule.contract_id, schedule.site_id, schedule.procedure)
    outside = agreements.bounds[schedule.contract_id].reason_outside(nominal_on, assets)
    if outside:
        raise Conflict(outside, code="out_of_bounds")
    series = agreements.series_of(schedule)
    stretch = series.near(nominal_on)
    if stretch and stretch.is_floating and schedule.work_orders.open().exists():
        raise Conflict(_("The next work of this schedule is open already."), code="superseded")
    due = dict(schedule.work_orders.filter(nominal_on__gt=nominal_on).values_list("nominal_on", "due_at")[:10])
    row.lapses_at = lapse_of(nominal_on, series, schedule.procedure, due)
    if row.started_at is None and row.lapses_at is not None and row.lapses_at <= now:
        raise Conflict(_("A later date has taken the place of this work."), code="superseded")
