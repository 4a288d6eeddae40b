"""PM compliance: how much of the recurring work was finished on time, of that whose window closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from contracts.enums import Performer
from schedules.enums import OPEN_STATUSES, WorkStatus
from schedules.models import WorkOrder

ON_TIME = Q(
    status=WorkStatus.DONE,
    finished_at__gte=F("window_opens_at"),
    finished_at__lte=F("window_closes_at"),
)
EXCUSED = Q(status__in=[WorkStatus.MISSED, WorkStatus.SKIPPED], excused_at__isnull=False)


@dataclass(frozen=True)
class Compliance:
    """Numbers of work orders; `counted` are those that the figure is about, without the excused."""

    on_time: int = 0
    late: int = 0  # done, but outside the window
    missed: int = 0
    skipped: int = 0
    open: int = 0  # the window has closed over it
    excused: int = 0

    @property
    def counted(self) -> int:
        return self.on_time + self.late + self.missed + self.skipped + self.open

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing counts."""
        return self.on_time / self.counted if self.counted else None


def closed_in(rows: QuerySet[WorkOrder], *, from_at: datetime, until_at: datetime) -> QuerySet[WorkOrder]:
    """The recurring work whose window closed in the half-open period; cancelled work is out."""
    closed = rows.filter(window_closes_at__gte=from_at, window_closes_at__lt=until_at, schedule__isnull=False)
    return closed.exclude(status=WorkStatus.CANCELLED)


def pm_compliance(
    rows: QuerySet[WorkOrder], *, from_at: datetime, until_at: datetime, now: datetime
) -> dict[str, Compliance]:
    """The figures by performer, `var` and `customer`; one query over `rows` (start from `visible_to`).

    A period that reaches beyond `now` is counted up to now.
    """
    closed = closed_in(rows, from_at=from_at, until_at=min(until_at, now))
    found = closed.order_by().values_list("performer").annotate(**_counts())
    figures = {performer: Compliance(*counts) for performer, *counts in found}
    return {performer: figures.get(performer, Compliance()) for performer in Performer.values}


def _counts() -> dict[str, Any]:
    """In the order of the fields of Compliance."""
    counts = {
        "on_time": ON_TIME,
        "late": Q(status=WorkStatus.DONE) & ~ON_TIME,
        "missed": Q(status=WorkStatus.MISSED, excused_at__isnull=True),
        "skipped": Q(status=WorkStatus.SKIPPED, excused_at__isnull=True),
        "open": Q(status__in=OPEN_STATUSES),
        "excused": EXCUSED,
    }
    return {name: Count("pk", filter=condition) for name, condition in counts.items()}
