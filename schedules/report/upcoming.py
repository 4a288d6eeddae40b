"""What comes next at a site: the visits that are planned, and the day on which each recurring work falls due."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, Q
from django.utils.formats import date_format

from schedules.enums import OPEN_STATUSES, ScheduleState
from schedules.models import Schedule, Visit
from schedules.visit_words import DAY, time_in_words

MOST = 10  # of each; the page shows all


def upcoming(visit: Visit, *, now: datetime) -> dict[str, Any]:
    return {"visits": _visits(visit, now), "work": _work(visit, now)}


def _visits(visit: Visit, now: datetime) -> list[dict[str, Any]]:
    rows = Visit.objects.open().filter(site=visit.site, planned_start_at__gt=now).exclude(pk=visit.pk)
    rows = rows.select_related("site", "technician").order_by("planned_start_at")
    return [{"number": one.number, "time": time_in_words(one), "who": one.technician.name} for one in rows[:MOST]]


def _work(visit: Visit, now: datetime) -> list[dict[str, Any]]:
    """Each schedule of the site by its next open work, or else by its next date; the earliest first."""
    ahead = Q(work_orders__status__in=OPEN_STATUSES, work_orders__due_at__gt=now)
    rows = Schedule.objects.filter(site=visit.site).exclude(state=ScheduleState.ENDED)
    rows = rows.select_related("procedure").annotate(next_due_at=Min("work_orders__due_at", filter=ahead))
    dated = [(on, row.procedure.name) for row in rows if (on := _next_on(row, visit)) is not None]
    return [{"name": name, "on": on.isoformat(), "day": date_format(on, DAY)} for on, name in sorted(dated)[:MOST]]


def _next_on(row: Any, visit: Visit) -> date | None:
    """`row` is a schedule with `next_due_at`. None where nothing lies ahead."""
    if row.next_due_at is not None:
        due: datetime = row.next_due_at
        return due.astimezone(ZoneInfo(visit.site.timezone)).date()
    nominal: date | None = row.next_nominal_on
    return nominal
