"""A visit as its page shows it: what it begins with, the rest of the work, tickets, what was used, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.enums import TimeKind
from contracts.models import Contact, PartUsed, TimeEntry
from portal.accounts.models import User
from schedules.enums import ItemOutcome, WorkStatus
from schedules.models import Visit, VisitEvent, VisitTicket, VisitWork, WorkOrder
from schedules.progress import Progress, progress_of
from schedules.visit_gaps import is_workable
from schedules.visit_words import span_in_words
from tickets.models import Ticket

EVENT_WORDS = {
    "planned": gettext_lazy("Planned"),
    "confirmed": gettext_lazy("Confirmed"),
    "other_time": gettext_lazy("Another time asked for"),
    "rescheduled": gettext_lazy("Moved"),
    "started": gettext_lazy("Arrived"),
    "work_added": gettext_lazy("Added"),
    "ticket_added": gettext_lazy("Added"),
    "work_removed": gettext_lazy("Taken out"),
    "ticket_removed": gettext_lazy("Taken out"),
    "signed": gettext_lazy("Signed off"),
    "cancelled": gettext_lazy("Cancelled"),
    "corrected": gettext_lazy("Report corrected"),
    "entry_removed": gettext_lazy("Time or a part taken back"),
}


@dataclass(frozen=True)
class WorkItem:
    """A work order in the visit, and how far its checklist is."""

    row: VisitWork
    progress: Progress
    is_workable: bool = True  # not about to be missed because a later date took its place

    @property
    def key(self) -> int:
        return self.row.work_order_id

    @property
    def name(self) -> str:
        return self.order.procedure_version.procedure.name

    @property
    def is_opening(self) -> bool:
        return self.row.is_opening

    @property
    def order(self) -> WorkOrder:
        return self.row.work_order

    @property
    def anchor(self) -> str:
        return f"work-{self.order.pk}"

    @property
    def state(self) -> str:
        """carried_over, how the work was closed, or ready, begun, untouched."""
        if self.row.outcome == ItemOutcome.CARRIED_OVER:
            return ItemOutcome.CARRIED_OVER.value
        if not self.order.is_open:
            return self.order.status
        if self.order.status == WorkStatus.DUE:
            return "untouched"
        return "ready" if self.progress.is_complete else "begun"

    @property
    def state_words(self) -> str:
        words = {"ready": _("All answered"), "begun": _("Not finished"), "untouched": _("Open")}
        if self.state == ItemOutcome.CARRIED_OVER:
            return str(ItemOutcome.CARRIED_OVER.label)
        return words.get(self.state) or self.order.get_status_display()

    @property
    def is_gap(self) -> bool:
        """Whether it keeps the visit from being signed unless it is carried over."""
        is_open = self.row.outcome == ItemOutcome.PENDING and self.state in ("begun", "untouched")
        return is_open and self.is_workable


@dataclass(frozen=True)
class TicketItem:
    row: VisitTicket
    is_opening = False

    @property
    def key(self) -> int:
        return self.row.ticket_id

    @property
    def name(self) -> str:
        return self.ticket.summary

    @property
    def ticket(self) -> Ticket:
        return self.row.ticket

    @property
    def anchor(self) -> str:
        return f"ticket-{self.ticket.pk}"

    @property
    def is_gap(self) -> bool:
        return self.row.outcome == ItemOutcome.PENDING and self.ticket.is_open


@dataclass(frozen=True)
class Section:
    """Work that belongs together, under its heading."""

    key: str
    label: str
    items: list[WorkItem]


@dataclass(frozen=True)
class VisitPage:
    visit: Visit
    sections: list[Section]
    tickets: list[TicketItem]
    contacts: list[Contact]
    times: list[TimeEntry]
    parts: list[PartUsed]

    @property
    def items(self) -> list[WorkItem]:
        return [item for section in self.sections for item in section.items]

    @property
    def progress(self) -> Progress:
        """Over all that the visit holds, done or not; what became pointless meanwhile does not count."""
        counted = (item for item in self.items if item.state not in POINTLESS)
        return Progress.sum(item.progress for item in counted)

    @property
    def gaps(self) -> list[WorkItem | TicketItem]:
        """What keeps the visit from being signed unless it is carried over, in the order of the page."""
        everything: list[WorkItem | TicketItem] = [*self.items, *self.tickets]
        return [item for item in everything if item.is_gap]

    @property
    def opening_gaps(self) -> list[WorkItem | TicketItem]:
        """What cannot be carried over."""
        return [item for item in self.gaps if item.is_opening]

    @property
    def next_gap(self) -> WorkItem | TicketItem | None:
        """What to go on with."""
        return next(iter(self.gaps), None)

    @property
    def has_begun(self) -> bool:
        """Whether anything was answered yet."""
        return any(item.progress.answered for item in self.items)

    @property
    def minutes(self) -> list[tuple[str, int]]:
        """What was recorded, added up by kind: label and minutes."""
        totals = {kind: sum(row.minutes for row in self.times if row.kind == kind) for kind in TimeKind}
        return [(str(kind.label), minutes) for kind, minutes in totals.items() if minutes]


POINTLESS = (WorkStatus.MISSED, WorkStatus.SKIPPED, WorkStatus.CANCELLED)


def load_visit_page(visit: Visit, *, now: datetime) -> VisitPage:
    """Ten queries at most, however much the visit holds."""
    related = ("work_order__site", "work_order__asset", "work_order__procedure_version__procedure")
    rows = list(visit.work.exclude(outcome=ItemOutcome.REMOVED).select_related(*related))
    progress = progress_of([row.work_order for row in rows], now=now)
    tickets = visit.ticket_items.exclude(outcome=ItemOutcome.REMOVED).select_related("ticket__asset")
    return VisitPage(
        visit=visit,
        sections=_sections([_item(row, progress, now) for row in rows]),
        tickets=[TicketItem(row) for row in tickets.order_by("ticket__severity", "pk")],
        contacts=_contacts(visit),
        times=list(TimeEntry.objects.filter(source=visit.number).select_related("asset", "by")),
        parts=list(PartUsed.objects.filter(source=visit.number).select_related("asset", "by")),
    )


def _item(row: VisitWork, progress: dict[int, Progress], now: datetime) -> WorkItem:
    return WorkItem(row, progress[row.work_order_id], is_workable(row.work_order, now))


def _sections(items: Iterable[WorkItem]) -> list[Section]:
    """What the visit begins with, what recurs, what a change asks for; empty ones left out."""
    found: dict[str, list[WorkItem]] = {"opening": [], "work": [], "change": []}
    for item in items:
        recurs = item.order.schedule_id is not None
        found["opening" if item.row.is_opening else "work" if recurs else "change"].append(item)
    labels = {"opening": _("First"), "work": _("Work"), "change": _("After a change")}
    return [Section(key, labels[key], rows) for key, rows in found.items() if rows]


def _contacts(visit: Visit) -> list[Contact]:
    """Who lets the technician in: those of the site first, then the customer's."""
    rows = Contact.objects.current().filter(Q(site=visit.site_id) | Q(site=None), customer=visit.site.customer_id)
    return sorted(rows, key=lambda row: (row.site_id is None, row.name))


@dataclass(frozen=True)
class HistoryLine:
    at: datetime
    words: str
    by: str


def history_of(visit: Visit) -> list[HistoryLine]:
    """What happened, oldest first; one query, and one more where the technician changed."""
    events = list(VisitEvent.objects.filter(visit=visit.pk).select_related("by"))
    names = _technicians(events)
    return [HistoryLine(event.at, _event_words(event, visit, names), _who(event)) for event in events]


def _technicians(events: Iterable[VisitEvent]) -> dict[int, str]:
    moved = [event.data for event in events if event.kind == "rescheduled"]
    keys = {data["technician"] for data in moved if data["technician"] != data["before"]["technician"]}
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def _who(event: VisitEvent) -> str:
    return str(event.by or event.data.get("guest") or _("The portal"))


def _event_words(event: VisitEvent, visit: Visit, names: dict[int, str]) -> str:
    data: dict[str, Any] = event.data
    parts = [str(EVENT_WORDS.get(event.kind, event.kind))]
    if event.kind in ("planned", "rescheduled"):
        parts.append(_span(data, visit))
    if event.kind == "rescheduled" and data["technician"] in names:
        parts.append(names[data["technician"]])
    parts += [f"WO-{key}" for key in data.get("work_orders", ())]
    parts += [f"TK-{key}" for key in data.get("tickets", ())]
    parts += [data[key] for key in ("wish", "reason") if data.get(key)]
    return f"{parts[0]}: {', '.join(parts[1:])}" if len(parts) > 1 else parts[0]


def _span(data: dict[str, Any], visit: Visit) -> str:
    start, end = parse_datetime(data["starts_at"]), parse_datetime(data["ends_at"])
    return span_in_words(start, end, visit.site.timezone) if start and end else ""
