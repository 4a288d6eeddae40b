"""One instant on two clocks: the reader's and a place's own."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def place_of(zone: str) -> str:
    """The place that a zone is named after: "America/New_York" -> "New York"."""
    return zone.split("/")[-1].replace("_", " ")


def is_elsewhere(at: datetime, zone: str) -> bool:
    """Whether clocks in that zone show another time than the reader's at that instant."""
    return at.astimezone(ZoneInfo(zone)).utcoffset() != timezone.localtime(at).utcoffset()


def time_there(at: datetime, zone: str) -> str:
    """Such as "15:10 in Tokyo", with the weekday where it is another day there; empty where clocks agree."""
    if not is_elsewhere(at, zone):
        return ""
    there = at.astimezone(ZoneInfo(zone))
    pattern = "H:i" if there.date() == timezone.localtime(at).date() else "D H:i"
    return _("%(time)s in %(place)s") % {"time": date_format(there, pattern), "place": place_of(zone)}
