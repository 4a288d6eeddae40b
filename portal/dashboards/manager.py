"""What will go wrong before it has: the first screen of managers and dispatchers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from contracts.enums import CapacityMetric, Performer, Severity
from contracts.models import Asset, AssetCapacity, Contract, CoveredAsset
from portal.accounts.models import User
from schedules.compliance import Compliance, pm_compliance
from schedules.enums import Metric, ScheduleState
from schedules.models import GenerationRun, Reading, Schedule, WorkOrder
from tickets.attainment import Attainment, MeanTimes, attainment, mean_times
from tickets.enums import Clock
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet

ENDING_WITHIN = timedelta(days=90)
FILLING_FROM = 0.8  # of the capacity for voicemail
SHOWN = 8  # rows per list; the rest is one click away
ROW = ("site__customer", "procedure_version__procedure", "assignee", "asset")


@dataclass(frozen=True)
class Ending:
    """A running contract whose last terms end soon."""

    contract: Contract
    until_on: date
    days: int


@dataclass(frozen=True)
class AttainmentRow:
    """How both clocks of one severity were kept."""

    severity: str
    response: Attainment
    resolution: Attainment


@dataclass(frozen=True)
class MissingCustomer:
    """A customer that has missed its own checks so often that we were told."""

    pk: int
    name: str
    checks: int  # at how many sites and procedures


@dataclass(frozen=True)
class ManagerHome:
    """Each count has a page that shows its rows under the same filter."""

    period_from: datetime
    at_risk: int
    missed_open: int
    unassigned: int
    overdue: int
    unassigned_work: int
    urgent: list[Ticket]
    late_work: list[WorkOrder]
    compliance: dict[str, Compliance]
    attainment: list[AttainmentRow]
    mean_times: MeanTimes
    ending: list[Ending]
    filling: list[Any]  # assets with `used`, `room` and `read_at`
    missing: list[MissingCustomer]
    uncovered: int
    set_aside: int
    last_run: GenerationRun | None


def load_manager_home(user: User, *, now: datetime) -> ManagerHome:
    """Twelve queries, whatever the size of the database."""
    tickets = Ticket.objects.visible_to(user)
    work = WorkOrder.objects.visible_to(user)
    overdue = work.overdue(now).filter(performer=Performer.VAR)
    period_from = start_of_month(now)
    today = timezone.localdate(now)
    return ManagerHome(
        period_from=period_from,
        **_counts(
            tickets.open(),
            at_risk=tickets.at_risk(now),
            missed_open=tickets.open().missed(),
            unassigned=tickets.unassigned(),
        ),
        **_counts(
            work.actionable(now).filter(performer=Performer.VAR),
            overdue=overdue,
            unassigned_work=work.filter(assignee=None),
        ),
        urgent=_urgent(tickets),
        late_work=list(overdue.select_related(*ROW).order_by("due_at")[:SHOWN]),
        compliance=pm_compliance(work, from_at=period_from, until_at=now, now=now),
        attainment=_attainment(tickets, period_from, now),
        mean_times=mean_times(from_at=period_from, until_at=now, tickets=tickets),
        ending=_ending(user, today),
        filling=list(_filling(user, today)[:SHOWN]),
        **_tally(
            uncovered=_uncovered(user, today),
            set_aside=Schedule.objects.visible_to(user).filter(state=ScheduleState.SET_ASIDE),
            missing=Schedule.objects.visible_to(user).told_and_still_missed(),
        ),
        last_run=GenerationRun.objects.first(),
    )


def _counts(rows: QuerySet[Any], **parts: QuerySet[Any]) -> dict[str, Any]:
    """How many of the rows are in each part; one query."""
    counts = {name: Count("pk", filter=Q(pk__in=part.order_by().values("pk"))) for name, part in parts.items()}
    return rows.order_by().aggregate(**counts)


def _tally(*, missing: QuerySet[Schedule], **parts: QuerySet[Any]) -> dict[str, Any]:
    """How many rows each of several queries finds, of different tables, and the customers that miss checks,
    those with the most first; one query."""
    nobody, unnamed = Value(0), Value("")
    named: list[tuple[QuerySet[Any], str, Any, Any]] = [
        (missing, "missing", F("site__customer"), F("site__customer__name"))
    ]
    named += [(rows, name, nobody, unnamed) for name, rows in parts.items()]
    counts = [
        rows.order_by()
        .annotate(part=Value(part), whose=whose, called=called)
        .values("part", "whose", "called")
        .annotate(n=Count("pk"))
        .values_list("part", "whose", "called", "n")
        for rows, part, whose, called in named
    ]
    found = list(counts[0].union(*counts[1:], all=True))
    tally: dict[str, Any] = dict.fromkeys(parts, 0) | {part: n for part, _pk, _name, n in found if part in parts}
    customers = [MissingCustomer(pk, name, n) for part, pk, name, n in found if part == "missing"]
    return tally | {"missing": sorted(customers, key=lambda row: (-row.checks, row.name))[:SHOWN]}


def start_of_month(now: datetime) -> datetime:
    """The first instant of the month in the reader's zone."""
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _attainment(tickets: TicketQuerySet, from_at: datetime, until_at: datetime) -> list[AttainmentRow]:
    figures = {
        (row.clock, row.severity): row for row in attainment(from_at=from_at, until_at=until_at, tickets=tickets)
    }
    return [
        AttainmentRow(severity, figures[Clock.RESPONSE, severity], figures[Clock.RESOLUTION, severity])
        for severity in Severity
    ]


def _urgent(tickets: TicketQuerySet) -> list[Ticket]:
    """Open tickets, the next deadline first; those that missed their last one come after."""
    rows = tickets.open().with_zone().select_related("customer", "assignee")
    return list(rows.order_by(F("next_alert_at").asc(nulls_last=True), "opened_at")[:SHOWN])


def _ending(user: User, today: date) -> list[Ending]:
    """Running contracts whose last day comes within ninety days."""
    rows = Contract.objects.visible_to(user).running().annotate(last_on=Max("terms__until_on"))
    ending = rows.filter(last_on__lte=today + ENDING_WITHIN).select_related("customer").order_by("last_on")
    return [Ending(row, row.last_on, (row.last_on - today).days) for row in ending[:SHOWN]]


def _filling(user: User, today: date) -> QuerySet[Any]:
    """Assets whose newest reading of voicemail fills most of the figure that holds today, the fullest first."""
    figures = AssetCapacity.objects.filter(
        asset=OuterRef("pk"), metric=CapacityMetric.VOICEMAIL_MINUTES, from_on__lte=today
    ).order_by("-from_on")
    readings = Reading.objects.filter(asset=OuterRef("pk"), metric=Metric.VOICEMAIL_MINUTES)
    newest = readings.order_by("-taken_at", "-pk")  # by reading_series_idx
    room = Coalesce(Subquery(figures.values("value")[:1]), "product__voicemail_capacity_minutes")
    rows = Asset.objects.visible_to(user).current().select_related("site__customer")
    rows = rows.annotate(room=room).filter(room__gt=0)
    rows = rows.annotate(used=Subquery(newest.values("value")[:1]), read_at=Subquery(newest.values("taken_at")[:1]))
    fullest: QuerySet[Any] = rows.annotate(share=F("used") * 1.0 / F("room")).filter(share__gte=FILLING_FROM)
    return fullest.order_by("-share", "pk")


def _uncovered(user: User, today: date) -> QuerySet[Any]:
    """Assets in use that no running contract lists today."""
    covered = CoveredAsset.objects.on(today).filter(contract__in=Contract.objects.running())
    assets: QuerySet[Any] = Asset.objects.visible_to(user).current()
    return assets.exclude(pk__in=covered.values("asset"))
