"""What a technician does today: the first screen after signing in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from contracts.enums import Performer
from contracts.models import Site
from portal.accounts.models import User
from schedules.enums import ItemOutcome, VisitStatus, WorkStatus
from schedules.held import with_item_counts, with_visit
from schedules.models import Visit, VisitWork, WorkOrder
from schedules.querysets import WorkOrderQuerySet
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet

SHOWN_AT_MOST = 100


@dataclass
class SiteWork:
    """The open work of one site, the soonest due first."""

    site: Site
    orders: list[WorkOrder] = field(default_factory=list)
    overdue: int = 0


@dataclass(frozen=True)
class Today:
    now: datetime
    everybodys: bool  # also what nobody or a colleague is assigned
    visits: list[Visit]  # of the day, in order; what they hold is not among the work of the sites
    next_visit: Visit | None  # the first after the day, where the day has none
    sites: list[SiteWork]
    shown: int
    left_out: int
    done_today: int
    tickets: list[Ticket]


def load_today(user: User, *, everybodys: bool, now: datetime) -> Today:
    """Open work whose window has opened and that is due by the end of the reader's day; mine and nobody's,
    or everybody's. The visits of the day come before it. Nine queries at most."""
    visits, next_visit = _visits(user, everybodys, now)
    open_work = _open_work(user, everybodys, now).exclude(pk__in=_held_by(visits))
    orders = list(with_visit(open_work)[: SHOWN_AT_MOST + 1])
    left_out = max(0, open_work.count() - SHOWN_AT_MOST) if len(orders) > SHOWN_AT_MOST else 0
    return Today(
        now=now,
        everybodys=everybodys,
        visits=visits,
        next_visit=next_visit,
        sites=_by_site(orders[:SHOWN_AT_MOST], now),
        shown=min(len(orders), SHOWN_AT_MOST),
        left_out=left_out,
        done_today=_done_since(user, start_of_day(now)),
        tickets=list(_my_tickets(user)),
    )


def start_of_day(now: datetime) -> datetime:
    """Midnight in the reader's zone."""
    local = timezone.localtime(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def end_of_day(now: datetime) -> datetime:
    """The next midnight in the reader's zone."""
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time()))


def _visits(user: User, everybodys: bool, now: datetime) -> tuple[list[Visit], Visit | None]:
    """What goes on, is planned for the day or was forgotten; else the next that is planned."""
    rows = Visit.objects.visible_to(user).open().select_related("site__customer", "technician")
    mine = rows if everybodys else rows.filter(technician=user)
    ahead = list(with_item_counts(mine).order_by("planned_start_at", "pk")[: SHOWN_AT_MOST + 1])
    until = end_of_day(now)
    today = [row for row in ahead if row.planned_start_at < until or row.status == VisitStatus.IN_PROGRESS]
    later = next((row for row in ahead if row not in today), None)
    today.sort(key=lambda row: (row.status != VisitStatus.IN_PROGRESS, row.planned_start_at))
    return today, None if today else later


def _held_by(visits: Iterable[Visit]) -> list[int]:
    rows = VisitWork.objects.filter(visit__in=[visit.pk for visit in visits], outcome=ItemOutcome.PENDING)
    return list(rows.values_list("work_order", flat=True))


def _open_work(user: User, everybodys: bool, now: datetime) -> WorkOrderQuerySet:
    whose = Q() if everybodys else Q(assignee=user) | Q(assignee=None)
    watched = Q(schedule=None, assignee__isnull=False)  # handed to the customer, while a technician watches over it
    return (
        WorkOrder.objects.visible_to(user)
        .actionable(now)
        .filter(whose, Q(performer=Performer.VAR) | watched, due_at__lt=end_of_day(now))
        .select_related("site__customer", "procedure_version__procedure", "assignee", "asset")
        .order_by("due_at", "pk")
    )


def _by_site(orders: Iterable[WorkOrder], now: datetime) -> list[SiteWork]:
    sites: dict[int, SiteWork] = {}
    for order in orders:
        work = sites.setdefault(order.site_id, SiteWork(order.site))
        work.orders.append(order)
        work.overdue += order.due_at < now
    return list(sites.values())


def _done_since(user: User, since: datetime) -> int:
    finished = WorkOrder.objects.visible_to(user).filter(status=WorkStatus.DONE, finished_at__gte=since)
    return finished.filter(Q(assignee=user) | Q(events__kind="completed", events__by=user)).distinct().count()


def _my_tickets(user: User) -> TicketQuerySet:
    return (
        Ticket.objects.visible_to(user)
        .open()
        .filter(assignee=user)
        .with_zone()
        .select_related("customer")
        .order_by("next_alert_at", "opened_at")[:20]
    )
