"""How well the promises of a period were kept; each figure is one or two aggregate queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q

from contracts.enums import Severity
from tickets.enums import Clock
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet


@dataclass(frozen=True, slots=True)
class Attainment:
    """Targets of one clock and severity that were kept and missed in a period."""

    clock: Clock
    severity: Severity
    met: int
    missed: int

    @property
    def total(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Met of all, 0 to 1; None where nothing was judged."""
        return self.met / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class MeanTimes:
    """None where the period has no such ticket."""

    to_acknowledge: timedelta | None  # MTTA: acknowledged - opened, in real time
    to_resolve: timedelta | None  # MTTR: in each ticket's own working time, without pauses


def attainment(*, from_at: datetime, until_at: datetime, tickets: TicketQuerySet | None = None) -> list[Attainment]:
    """Per clock and severity, all eight in order: met / (met + missed).

    A target counts in the period in which its clock stopped in time, or in which it was missed.
    The period is half-open; `tickets` narrows it down, such as to a contract.
    """
    rows = Ticket.objects.all() if tickets is None else tickets
    return [row for clock in Clock for row in _of_clock(rows, clock, from_at, until_at)]


def _of_clock(rows: TicketQuerySet, clock: Clock, from_at: datetime, until_at: datetime) -> list[Attainment]:
    stopped_at = {"response": "acknowledged_at", "resolution": "resolved_at"}[clock]
    met = Q(**{f"{clock}_met": True}) & _within(stopped_at, from_at, until_at)
    missed = _within(f"{clock}_breached_at", from_at, until_at)
    counts = {
        row["severity"]: row
        for row in rows.filter(met | missed)
        .order_by()
        .values("severity")
        .annotate(met=Count("pk", filter=met), missed=Count("pk", filter=missed))
    }
    none = {"met": 0, "missed": 0}
    return [Attainment(clock, severity, **_figures(counts.get(severity, none))) for severity in Severity]


def _figures(row: dict[str, int]) -> dict[str, int]:
    return {"met": row["met"], "missed": row["missed"]}


def mean_times(*, from_at: datetime, until_at: datetime, tickets: TicketQuerySet | None = None) -> MeanTimes:
    """MTTA over the tickets acknowledged in the half-open period, MTTR over those resolved in it."""
    rows = Ticket.objects.all() if tickets is None else tickets
    acknowledged = _within("acknowledged_at", from_at, until_at)
    resolved = _within("resolved_at", from_at, until_at)
    waited = ExpressionWrapper(F("acknowledged_at") - F("opened_at"), output_field=DurationField())
    means = rows.filter(acknowledged | resolved).aggregate(
        to_acknowledge=Avg(waited, filter=acknowledged), to_resolve=Avg("resolution_seconds", filter=resolved)
    )
    seconds = means["to_resolve"]
    return MeanTimes(means["to_acknowledge"], None if seconds is None else timedelta(seconds=float(seconds)))


def _within(field: str, from_at: datetime, until_at: datetime) -> Q:
    return Q(**{f"{field}__gte": from_at, f"{field}__lt": until_at})
