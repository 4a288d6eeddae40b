"""The day on which a visit is, at its site."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.models import Site


class LocalDay(NamedTuple):
    """A day at a site, as half-open instants."""

    on: date
    begins_at: datetime
    ends_at: datetime


def local_day(site: Site, at: datetime) -> LocalDay:
    zone = ZoneInfo(site.timezone)
    on = at.astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in (on, on + timedelta(days=1)))
    return LocalDay(on, begins, ends)
