"""What a visit holds: work and tickets join it, are taken out, and go back to whoever plans next.

Held = pending in a visit; a constraint lets one visit alone hold a row. Locks are taken in this
order, everywhere: the visit, its technician, items by the key of the work, work orders by key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.enums import OPEN_STATUSES, ItemOutcome, VisitStatus, WorkStatus
from schedules.models import Visit, VisitEvent, VisitTicket, VisitWork, WorkOrder, WorkOrderEvent
from tickets.models import Ticket

REASON_LENGTH = 300


@transaction.atomic
def add_work(*, visit: Visit, work_order: WorkOrder, by: User | None, now: datetime) -> VisitWork:
    """Let an open work order of the site join; one that is in it already stays. Raises Conflict where
    another visit holds it."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
    known = row.work.filter(work_order=work_order, outcome=ItemOutcome.PENDING).first()
    if known is not None:
        return known
    check_work(row, [work_order], attr="work_order")
    hold_work(row, [work_order], attr="work_order")
    assign_held(row, by=by, now=now)
    write_event(row, "work_added", by=by, now=now, work_orders=[work_order.pk])
    return row.work.select_related("work_order").get(work_order=work_order)


@transaction.atomic
def remove_work(*, visit: Visit, work_order: WorkOrder, reason: str, by: User | None, now: datetime) -> VisitWork:
    """Take a work order out again, with a reason; what a visit begins with stays in it."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
    item = row.work.filter(work_order=work_order, outcome=ItemOutcome.PENDING).first()
    if item is None:
        raise Conflict(_("%(work)s is not in this visit.") % {"work": work_order.number}, attr="work_order")
    if item.is_opening:
        raise Conflict(_("Every visit begins with this; it cannot be taken out."), attr="work_order", code="opening")
    item.outcome, item.reason = ItemOutcome.REMOVED, given(reason)
    item.save(update_fields=["outcome", "reason"])
    give_back(row, [work_order.pk], by=by, now=now)
    write_event(row, "work_removed", by=by, now=now, work_orders=[work_order.pk], reason=item.reason)
    return item


@transaction.atomic
def add_ticket(*, visit: Visit, ticket: Ticket, by: User | None, now: datetime) -> VisitTicket:
    """Let an open ticket of the site join; one that is in it already stays."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
    known = row.ticket_items.filter(ticket=ticket, outcome=ItemOutcome.PENDING).first()
    if known is not None:
        return known
    check_tickets(row, [ticket], attr="ticket")
    hold_tickets(row, [ticket], attr="ticket")
    write_event(row, "ticket_added", by=by, now=now, tickets=[ticket.pk])
    return row.ticket_items.select_related("ticket").get(ticket=ticket)


@transaction.atomic
def remove_ticket(*, visit: Visit, ticket: Ticket, reason: str, by: User | None, now: datetime) -> VisitTicket:
    """Take a ticket out again, with a reason."""
    row = lock_visit(visit)
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
    item = row.ticket_items.filter(ticket=ticket, outcome=ItemOutcome.PENDING).first()
    if item is None:
        raise Conflict(_("%(ticket)s is not in this visit.") % {"ticket": ticket.number}, attr="ticket")
    item.outcome, item.reason = ItemOutcome.REMOVED, given(reason)
    item.save(update_fields=["outcome", "reason"])
    write_event(row, "ticket_removed", by=by, now=now, tickets=[ticket.pk], reason=item.reason)
    return item


# -- shared with the other actions on visits ----------------------------------------------------


def lock_visit(visit: Visit) -> Visit:
    """The row as it stands now, locked until the transaction ends."""
    rows = Visit.objects.select_for_update(of=("self",), no_key=True)
    row: Visit = rows.select_related("site__customer", "technician").get(pk=visit.pk)
    return row


def require_status(row: Visit, *statuses: VisitStatus) -> None:
    if row.status not in statuses:
        message = _("%(number)s is %(status)s; that is not possible any more.")
        if row.status in (VisitStatus.PLANNED, VisitStatus.CONFIRMED):
            message = _("%(number)s is only %(status)s; arrive first.")
        raise Conflict(message % {"number": row.number, "status": row.get_status_display().lower()}, code="state")


def write_event(row: Visit, kind: str, *, by: User | None, now: datetime, **data: object) -> None:
    VisitEvent.objects.create(visit=row, kind=kind, at=now, by=by, data=data)


def given(reason: str, attr: str = "reason") -> str:
    """The reason, trimmed. Raises DomainError where there is none, or it is too long."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Give a reason."), attr=attr, code="required")
    return fitting(reason, REASON_LENGTH, attr)


def fitting(text: str, length: int, attr: str) -> str:
    text = text.strip()
    if len(text) > length:
        raise DomainError(_("At most %(length)s characters fit.") % {"length": length}, attr=attr)
    return text


def check_work(visit: Visit, work_orders: Iterable[WorkOrder], *, attr: str = "work_orders") -> None:
    """Open, and of the visit's site. Raises DomainError or Conflict."""
    for row in work_orders:
        if row.site_id != visit.site_id:
            raise DomainError(_("%(work)s is at another site.") % {"work": row.number}, attr=attr)
        if row.status not in OPEN_STATUSES:
            values = {"work": row.number, "status": row.get_status_display().lower()}
            raise Conflict(_("%(work)s is %(status)s already.") % values, attr=attr, code="state")


def check_tickets(visit: Visit, tickets: Iterable[Ticket], *, attr: str = "tickets") -> None:
    """Open, and of the visit's site, or of its customer where a ticket names no site."""
    for ticket in tickets:
        elsewhere = ticket.site_id not in (None, visit.site_id)
        if elsewhere or ticket.customer_id != visit.site.customer_id:
            raise DomainError(_("%(ticket)s is about another site.") % {"ticket": ticket.number}, attr=attr)
        if not ticket.is_open:
            values = {"ticket": ticket.number, "state": ticket.get_state_display().lower()}
            raise Conflict(_("%(ticket)s is %(state)s already.") % values, attr=attr, code="state")


def hold_work(visit: Visit, work_orders: Collection[WorkOrder], *, attr: str = "work_orders") -> None:
    """Make them pending in this visit. Raises Conflict that names the visit which holds one."""
    join_work(visit, work_orders)
    wanted = [row.pk for row in work_orders]
    held = VisitWork.objects.filter(work_order__in=wanted, outcome=ItemOutcome.PENDING).exclude(visit=visit)
    other = held.select_related("work_order", "visit__technician").order_by("work_order").first()
    if other is not None:
        raise _is_held(other.work_order.number, other.visit, attr)


def join_work(visit: Visit, work_orders: Collection[WorkOrder], *, opening: Collection[int] = ()) -> None:
    """As `hold_work`, but what another visit holds is left to it.

    In the order of the keys, so that two visits that want the same rows never wait in a circle.
    """
    known = dict(visit.work.filter(work_order__in=work_orders).values_list("work_order", "outcome"))
    by_date = sorted(work_orders, key=lambda row: (row.due_at, row.pk))
    places = {row.pk: place for place, row in enumerate(by_date, start=visit.work.count())}
    rows = sorted(work_orders, key=lambda row: row.pk)
    items = [
        VisitWork(visit=visit, work_order=row, position=places[row.pk], is_opening=row.pk in opening)
        for row in rows
        if row.pk not in known
    ]
    VisitWork.objects.bulk_create(items, ignore_conflicts=True)
    for row in rows:
        if known.get(row.pk) == ItemOutcome.REMOVED:
            _take_up_again(visit, row)


def _take_up_again(visit: Visit, work_order: WorkOrder) -> None:
    """What was taken out of this visit before comes back in, unless another visit has it now."""
    removed = visit.work.filter(work_order=work_order, outcome=ItemOutcome.REMOVED)
    try:
        with transaction.atomic():
            removed.update(outcome=ItemOutcome.PENDING, reason="")
    except IntegrityError:
        return  # whoever wants it for certain looks who holds it


def hold_tickets(visit: Visit, tickets: Collection[Ticket], *, attr: str = "tickets") -> None:
    """Make them pending in this visit. Raises Conflict that names the visit which holds one."""
    for ticket in sorted(tickets, key=lambda row: row.pk):
        try:
            with transaction.atomic():
                VisitTicket.objects.update_or_create(
                    visit=visit, ticket=ticket, defaults={"outcome": ItemOutcome.PENDING, "reason": ""}
                )
        except IntegrityError:
            held = VisitTicket.objects.filter(ticket=ticket, outcome=ItemOutcome.PENDING)
            other = held.select_related("visit__technician").first()
            raise _is_held(ticket.number, other.visit if other else visit, attr) from None


def _is_held(number: str, visit: Visit, attr: str) -> Conflict:
    values = {"number": number, "visit": visit.number, "technician": visit.technician}
    return Conflict(_("%(number)s is in %(visit)s of %(technician)s.") % values, attr=attr, code="held")


def assign_held(visit: Visit, *, by: User | None, now: datetime) -> None:
    """Give the open work that the visit holds to its technician."""
    pending = visit.work.filter(outcome=ItemOutcome.PENDING).values("work_order")
    rows = WorkOrder.objects.open().filter(pk__in=pending).exclude(assignee=visit.technician)
    _assign(rows.values_list("pk", flat=True), visit.technician, by, now)


def give_back(visit: Visit, keys: Sequence[int], *, by: User | None, now: datetime) -> None:
    """Untouched work that goes back into the pile belongs to nobody, so that a dispatcher sees it."""
    rows = WorkOrder.objects.filter(pk__in=keys, status=WorkStatus.DUE, assignee=visit.technician)
    _assign(rows.values_list("pk", flat=True), None, by, now)


def release(visit: Visit, *, by: User | None, now: datetime) -> None:
    """Let go of all that is pending: other visits can hold it from now on."""
    pending = visit.work.filter(outcome=ItemOutcome.PENDING)
    keys = list(pending.values_list("work_order", flat=True))
    pending.update(outcome=ItemOutcome.REMOVED)
    visit.ticket_items.filter(outcome=ItemOutcome.PENDING).update(outcome=ItemOutcome.REMOVED)
    give_back(visit, keys, by=by, now=now)


def _assign(wanted: Iterable[int], assignee: User | None, by: User | None, now: datetime) -> None:
    """As `assign_work`, for many rows: locked in the order of their keys, in four statements."""
    rows = WorkOrder.objects.filter(pk__in=list(wanted), status__in=OPEN_STATUSES).order_by("pk")
    keys = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    WorkOrder.objects.filter(pk__in=keys).update(assignee=assignee)
    data = {"assignee": assignee.pk if assignee else None}
    WorkOrderEvent.objects.bulk_create(
        WorkOrderEvent(work_order_id=key, kind="assigned", at=now, by=by, data=data) for key in keys
    )
