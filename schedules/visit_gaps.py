"""What keeps a visit from being signed: work with open steps, tickets without a word. Few queries, however much."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from schedules.checklist import Missing
from schedules.enums import ItemOutcome, WorkStatus
from schedules.models import Answer, Visit, VisitTicket, VisitWork, WorkOrder
from schedules.progress import progress_of
from tickets.models import Ticket


@dataclass(frozen=True)
class Gap:
    """Work or a ticket that is neither done nor carried over.

    `missing` are the open steps of begun work; empty for work that nobody began and for tickets.
    """

    work_order: WorkOrder | None = None
    ticket: Ticket | None = None
    missing: list[Missing] = field(default_factory=list)
    is_opening: bool = False

    @property
    def number(self) -> str:
        row = self.work_order or self.ticket
        return row.number if row else ""


def gaps_of(visit: Visit, *, now: datetime) -> list[Gap]:
    """What is pending in the visit and not finished, in the visit's order; eight queries at most."""
    items = pending_work(visit)
    open_work = [item.work_order for item in items if is_workable(item.work_order, now)]
    progress = progress_of([row for row in open_work if row.status == WorkStatus.IN_PROGRESS], now=now)
    missing = {key: list(one.missing) for key, one in progress.items()}
    gaps = [
        Gap(work_order=item.work_order, missing=missing.get(item.work_order_id, []), is_opening=item.is_opening)
        for item in items
        if item.work_order in open_work
        and (item.work_order.status == WorkStatus.DUE or missing.get(item.work_order_id))
    ]
    return gaps + [Gap(ticket=item.ticket) for item in pending_tickets(visit) if item.ticket.is_open]


def pending_work(visit: Visit) -> list[VisitWork]:
    rows = visit.work.filter(outcome=ItemOutcome.PENDING)
    related = ("work_order__site__customer", "work_order__procedure_version__procedure", "work_order__schedule")
    return list(rows.select_related(*related))


def pending_tickets(visit: Visit) -> list[VisitTicket]:
    rows = visit.ticket_items.filter(outcome=ItemOutcome.PENDING)
    return list(rows.select_related("ticket__customer", "ticket__site"))


def is_workable(work_order: WorkOrder, now: datetime) -> bool:
    """Open, and not about to be missed because a later date took its place."""
    lapsed = work_order.lapses_at is not None and work_order.lapses_at <= now
    return work_order.is_open and not (work_order.status == WorkStatus.DUE and lapsed)


def has_answers(visit: Visit, *, since: datetime) -> bool:
    """Whether anything was answered since then in work that the visit holds."""
    held = visit.work.exclude(outcome=ItemOutcome.REMOVED).values("work_order")
    return Answer.objects.filter(target__work_order__in=held, made_at__gte=since).exists()
