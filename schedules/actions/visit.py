"""Visits are planned, confirmed, moved and called off.

Every action locks the row and returns it as it stands now; the instance passed in is out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Absence, Site
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions.visit_work import (
    assign_held,
    check_tickets,
    check_work,
    fitting,
    given,
    hold_tickets,
    hold_work,
    lock_visit,
    release,
    require_status,
    write_event,
)
from schedules.actions.work_order import CLOCK_SKEW, cancel_work
from schedules.enums import ItemOutcome, VisitStatus
from schedules.models import Answer, Visit, WorkOrder
from schedules.visit_mails import tell_cancelled, tell_confirmed, tell_other_time, tell_planned, tell_rescheduled
from schedules.visit_words import time_in_words
from tickets.models import Ticket

LONGEST = timedelta(hours=24)
NOTE_LENGTH = 2000
WISH_LENGTH = 300
REASON_LENGTH = 300


@transaction.atomic
def plan_visit(
    *,
    site: Site,
    technician: User,
    starts_at: datetime,
    ends_at: datetime,
    work_orders: Iterable[WorkOrder] = (),
    tickets: Iterable[Ticket] = (),
    note: str = "",
    by: User | None,
    now: datetime,
) -> Visit:
    """Plan a visit; the work in it becomes the technician's, and the customer is asked to confirm.

    Raises DomainError at the field at fault, Conflict where another visit holds a row or the
    technician has another visit then.
    """
    work_orders, tickets = list(work_orders), list(tickets)
    if site.archived_at is not None or site.customer.archived_at is not None:
        raise DomainError(_("This site is archived."), attr="site")
    _check_span(starts_at, ends_at, now)
    technician = _free_technician(technician, starts_at, ends_at)
    visit = Visit(
        site=site,
        technician=technician,
        planned_start_at=starts_at,
        planned_end_at=ends_at,
        note=fitting(note, NOTE_LENGTH, "note"),
        created_at=now,
        created_by=by,
    )
    check_work(visit, work_orders)
    check_tickets(visit, tickets)
    visit.save()
    hold_work(visit, work_orders)
    hold_tickets(visit, tickets)
    assign_held(visit, by=by, now=now)
    write_event(visit, "planned", by=by, now=now, **_times(visit))
    tell_planned(visit, by=by, now=now)
    return visit


@transaction.atomic
def reschedule_visit(
    *,
    visit: Visit,
    starts_at: datetime,
    ends_at: datetime,
    technician: User | None = None,
    reason: str = "",
    by: User | None,
    now: datetime,
) -> Visit:
    """Move it, or give it to somebody else (None = the same); the customer is asked to confirm anew."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED)
    _check_span(starts_at, ends_at, now)
    before, technician_before = _times(row), row.technician
    row.technician = _free_technician(technician or row.technician, starts_at, ends_at, moving=row)
    row.planned_start_at, row.planned_end_at = starts_at, ends_at
    row.status, row.confirmed_at, row.other_time_wanted = VisitStatus.PLANNED, None, ""
    row.save()
    assign_held(row, by=by, now=now)
    reason = fitting(reason, REASON_LENGTH, "reason")
    write_event(row, "rescheduled", by=by, now=now, before=before, **_times(row), reason=reason)
    tell_rescheduled(row, technician_before=technician_before, by=by, now=now)
    return row


@transaction.atomic
def cancel_visit(*, visit: Visit, reason: str, by: User | None, now: datetime) -> Visit:
    """Call it off; what it held can be planned again. Not once something was answered in it."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
    reason = given(reason)
    if row.status == VisitStatus.IN_PROGRESS:
        _drop_opening(row, reason, by=by, now=now)
    release(row, by=by, now=now)
    row.status, row.status_reason, row.closed_at = VisitStatus.CANCELLED, reason, now
    row.save(update_fields=["status", "status_reason", "closed_at"])
    write_event(row, "cancelled", by=by, now=now, reason=reason)
    tell_cancelled(row, by=by, now=now)
    return row


@transaction.atomic
def confirm_visit(
    *, visit: Visit, by: User | None, guest_name: str = "", seen_start_at: datetime | None = None, now: datetime
) -> Visit:
    """The customer agrees to the time; `guest_name` is who, where no account did. Safe to repeat.

    `seen_start_at` is the time that stood on the page: where it was moved since, nobody has agreed (Conflict).
    """
    row = lock_visit(visit)
    if seen_start_at is not None and row.planned_start_at != seen_start_at:
        raise Conflict(_("The time was changed just now. Look at it again."), code="moved")
    if row.status == VisitStatus.CONFIRMED:
        return row
    require_status(row, VisitStatus.PLANNED)
    row.status, row.confirmed_at, row.other_time_wanted = VisitStatus.CONFIRMED, now, ""
    row.save(update_fields=["status", "confirmed_at", "other_time_wanted"])
    write_event(row, "confirmed", by=by, now=now, **_guest(guest_name))
    tell_confirmed(row, by=by, guest_name=guest_name.strip(), now=now)
    return row


@transaction.atomic
def ask_other_time(*, visit: Visit, wish: str, by: User | None, guest_name: str = "", now: datetime) -> Visit:
    """The customer cannot then; who plans is told what would suit."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED)
    wish = fitting(wish, WISH_LENGTH, "wish")
    if not wish:
        raise DomainError(_("Say when it would suit you."), attr="wish", code="required")
    if row.status == VisitStatus.PLANNED and row.other_time_wanted == wish:  # told before
        return row
    row.status, row.confirmed_at, row.other_time_wanted = VisitStatus.PLANNED, None, wish
    row.save(update_fields=["status", "confirmed_at", "other_time_wanted"])
    write_event(row, "other_time", by=by, now=now, wish=wish, **_guest(guest_name))
    tell_other_time(row, wish=wish, by=by, guest_name=guest_name.strip(), now=now)
    return row


# -- parts ------------------------------------------------------------------------------------


def _check_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if starts_at < now - CLOCK_SKEW:
        raise DomainError(_("This lies in the past."), attr="starts_at")
    if ends_at <= starts_at:
        raise DomainError(_("It has to end after it begins."), attr="ends_at")
    if ends_at - starts_at > LONGEST:
        raise DomainError(_("A visit is at most 24 hours long."), attr="ends_at")


def _free_technician(technician: User, starts_at: datetime, ends_at: datetime, *, moving: Visit | None = None) -> User:
    """The person, locked so that two planners take turns, with neither visit nor absence then."""
    person = User.objects.select_for_update(no_key=True).get(pk=technician.pk)
    if not person.is_var:
        raise DomainError(_("Visits are made by active people of our own staff."), attr="technician")
    others = Visit.objects.overlapping(person, starts_at, ends_at).exclude(pk=moving.pk if moving else None)
    other = others.select_related("site__customer").order_by("planned_start_at").first()
    if other is not None:
        values = {"technician": person, "visit": other.number, "site": other.site, "span": time_in_words(other)}
        message = _("%(technician)s has %(visit)s at %(site)s then: %(span)s.")
        raise DomainError(message % values, attr="starts_at", code="overlap")
    if Absence.objects.filter(user=person).sharing(starts_at, ends_at).exists():
        raise DomainError(_("%(technician)s is absent then.") % {"technician": person}, attr="starts_at", code="absent")
    return person


def _times(visit: Visit) -> dict[str, object]:
    return {
        "starts_at": visit.planned_start_at.isoformat(),
        "ends_at": visit.planned_end_at.isoformat(),
        "technician": visit.technician_id,
    }


def _guest(name: str) -> dict[str, object]:
    return {"guest": name.strip()[:120]} if name.strip() else {}


def _drop_opening(row: Visit, reason: str, *, by: User | None, now: datetime) -> None:
    """The work that arriving opened is not needed. Raises Conflict once anything was answered."""
    pending = row.work.filter(outcome=ItemOutcome.PENDING)
    keys = pending.values("work_order")
    if Answer.objects.filter(target__work_order__in=keys, made_at__gte=row.started_at).exists():
        raise Conflict(_("Something was answered in this visit already: sign it off instead."), code="answered")
    opened = WorkOrder.objects.filter(pk__in=pending.filter(is_opening=True).values("work_order"), schedule=None)
    for work_order in opened.order_by("pk"):
        if work_order.is_open:
            cancel_work(work_order=work_order, reason=reason, by=by, now=now)
