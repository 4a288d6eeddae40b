"""What a visit to a site could hold, and what the technician does otherwise that day: the planner's view."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from contracts.enums import Performer
from contracts.models import Absence, Site
from portal.accounts.models import User
from schedules.actions.visit_start import BACKUP, REVIEW
from schedules.enums import ScheduleState, WorkStatus
from schedules.held import visit_of, with_ticket_visit, with_visit
from schedules.models import Procedure, Schedule, Visit, WorkOrder
from schedules.visit_times import LocalDay, local_day
from tickets.enums import TicketState
from tickets.models import Ticket

# Tickets that we work on; the others wait for somebody else.
OURS = (TicketState.NEW, TicketState.OPEN)


@dataclass(frozen=True)
class Need:
    """Work or a ticket that can join the visit, unless another visit holds it."""

    row: WorkOrder | Ticket
    is_wanted: bool  # due by the visit, or a ticket that we work on
    held_by: Visit | None
    is_ticked: bool = False

    @property
    def minutes(self) -> int:
        """The estimate; none for tickets."""
        return self.row.procedure_version.procedure.estimated_minutes if isinstance(self.row, WorkOrder) else 0


@dataclass(frozen=True)
class Group:
    key: str  # overdue, due, later, tickets
    needs: list[Need]


@dataclass(frozen=True)
class TechniciansDay:
    """What else is on that day, each with whether it is in the way."""

    visits: list[tuple[Visit, bool]]
    absences: list[tuple[Absence, bool]]


@dataclass(frozen=True)
class SiteNeeds:
    day: LocalDay
    groups: list[Group]
    ahead: list[Schedule]  # not work orders yet; what falls due by that day joins when the technician arrives
    opening: list[Procedure]  # what every visit begins with

    @property
    def needs(self) -> list[Need]:
        return [need for group in self.groups for need in group.needs]

    @property
    def opening_minutes(self) -> int:
        return sum(procedure.estimated_minutes for procedure in self.opening)

    @property
    def ahead_minutes(self) -> int:
        return sum(schedule.procedure.estimated_minutes for schedule in self.ahead)

    @property
    def minutes(self) -> int:
        """The estimate of all that is ticked, that begins the visit, or will join it."""
        ticked = sum(need.minutes for need in self.needs if need.is_ticked)
        return self.opening_minutes + self.ahead_minutes + ticked


class Ticks:
    """Which boxes are ticked: what is wanted on that day, but for those that somebody turned around.

    `sent` are the boxes ticked on the page that came back (None: it is shown for the first time),
    `looked_at` the day whose wishes it showed; `named` are those that a link asked for.
    """

    def __init__(
        self,
        *,
        sent: Collection[str] | None = None,
        looked_at: LocalDay | None = None,
        named: Collection[str] = (),
    ) -> None:
        self.sent, self.looked_at, self.named = sent, looked_at, named

    def of(self, row: WorkOrder | Ticket, *, is_wanted: bool) -> bool:
        if self.sent is None:
            return is_wanted or row.number in self.named
        is_sent = row.number in self.sent
        if self.looked_at is None:
            return is_sent
        was_offered = is_ticket_ours(row) if isinstance(row, Ticket) else is_due_by(row, self.looked_at)
        return is_wanted if is_sent == was_offered else is_sent


def load_needs(site: Site, *, starts_at: datetime, ticks: Ticks, now: datetime) -> SiteNeeds:
    """What the site needs by the day on which a visit begins; six queries."""
    day = local_day(site, starts_at)
    work = [_need(row, is_due_by(row, day), ticks) for row in _work(site, day)]
    tickets = [_need(row, is_ticket_ours(row), ticks) for row in _tickets(site)]
    wanted, later = ([need for need in work if need.is_wanted is which] for which in (True, False))
    overdue = [need for need in wanted if _is_overdue(need.row, now)]
    due = [need for need in wanted if need not in overdue]
    groups = {"overdue": overdue, "due": due, "later": later, "tickets": tickets}
    return SiteNeeds(
        day=day,
        groups=[Group(key, needs) for key, needs in groups.items() if needs],
        ahead=_ahead(site, day.on),
        opening=list(Procedure.objects.filter(slug__in=[REVIEW, BACKUP], archived_at=None).order_by("pk")),
    )


def load_technicians_day(
    technician: User, *, starts_at: datetime, ends_at: datetime, site: Site, moving: Visit | None = None
) -> TechniciansDay:
    """The other visits and the absences of that day at the site; two queries."""
    day = local_day(site, starts_at)
    until = max(day.ends_at, ends_at)
    visits = Visit.objects.overlapping(technician, day.begins_at, until).exclude(pk=moving.pk if moving else None)
    absences = Absence.objects.filter(user=technician).sharing(day.begins_at, until)
    return TechniciansDay(
        visits=[
            (row, row.planned_start_at < ends_at and row.planned_end_at > starts_at)
            for row in visits.select_related("site__customer").order_by("planned_start_at")
        ],
        absences=[(row, row.starts_at < ends_at and row.ends_at > starts_at) for row in absences],
    )


def is_due_by(order: WorkOrder, day: LocalDay) -> bool:
    return order.due_at < day.ends_at


def is_ticket_ours(ticket: Ticket) -> bool:
    return ticket.state in OURS


def addable(site: Site, *, visit: Visit, now: datetime) -> tuple[list[WorkOrder], list[Ticket]]:
    """What could join that visit as well: open at the site, and held by no visit; four queries."""
    day = local_day(site, max(now, visit.planned_start_at))
    work = [row for row in _work(site, day) if visit_of(row) is None]
    return work, [row for row in _tickets(site) if visit_of(row) is None]


def _need(row: WorkOrder | Ticket, is_wanted: bool, ticks: Ticks) -> Need:
    held_by = visit_of(row)
    return Need(row, is_wanted, held_by, is_ticked=held_by is None and ticks.of(row, is_wanted=is_wanted))


def _is_overdue(row: WorkOrder | Ticket, now: datetime) -> bool:
    return isinstance(row, WorkOrder) and row.due_at < now


def _work(site: Site, day: LocalDay) -> Iterable[WorkOrder]:
    """The VAR's open work, without what a later date replaces until the end of that day."""
    rows = WorkOrder.objects.open().filter(site=site, performer=Performer.VAR)
    replaced = Q(status=WorkStatus.DUE, lapses_at__lt=day.ends_at)
    related = rows.exclude(replaced).select_related("site", "asset", "assignee", "procedure_version__procedure")
    return with_visit(related.order_by("due_at", "pk"))


def _tickets(site: Site) -> Iterable[Ticket]:
    """Open ones of the site, and those of its customer that name none."""
    rows = Ticket.objects.open().filter(Q(site=site) | Q(site=None), customer=site.customer_id)
    return with_ticket_visit(rows.select_related("asset").order_by("severity", "opened_at"))


def _ahead(site: Site, on: date) -> list[Schedule]:
    """What recurs there and falls due by that day, apart from the daily review that every visit begins with."""
    rows = Schedule.objects.filter(
        site=site, state=ScheduleState.ACTIVE, performer=Performer.VAR, next_nominal_on__lte=on
    )
    return list(rows.exclude(procedure__slug=REVIEW).select_related("procedure").order_by("next_nominal_on", "pk"))
