"""When a visit is, in words: always on the site's clock, always with the place named."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.web.instants import place_of
from schedules.models import Visit

DAY = "l j F Y"
CLOCK = "H:i"


def time_in_words(visit: Visit) -> str:
    """Such as "Monday 2 March 2026, 14:00 to 16:00 (Amsterdam time)"."""
    return span_in_words(visit.planned_start_at, visit.planned_end_at, visit.site.timezone)


def span_in_words(start: datetime, end: datetime, zone: str) -> str:
    begins, ends = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    until = date_format(ends, CLOCK if begins.date() == ends.date() else f"{DAY}, {CLOCK}")
    values = {"day": date_format(begins, DAY), "from": date_format(begins, CLOCK), "until": until}
    return _("%(day)s, %(from)s to %(until)s (%(place)s time)") % (values | {"place": place_of(zone)})


def day_in_words(visit: Visit) -> str:
    """Its first day at the site, such as "Monday 2 March"."""
    return date_format(visit.planned_start_at.astimezone(ZoneInfo(visit.site.timezone)), "l j F")
