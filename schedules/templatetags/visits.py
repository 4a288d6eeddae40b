"""How visits look on a page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.web.instants import is_elsewhere, place_of
from portal.web.templatetags.web import badge
from schedules.enums import VisitStatus
from schedules.held import visit_holding, visit_of
from schedules.models import Visit, WorkOrder
from schedules.visit_words import time_in_words
from tickets.models import Ticket

register = template.Library()


@register.simple_tag
def visit_badge(visit: Visit) -> SafeString:
    """Its status; where the customer cannot then, that it asks for another time."""
    if visit.status == VisitStatus.PLANNED and visit.other_time_wanted:
        return badge("other_time", _("Another time asked for"))
    return badge(visit.status, visit.get_status_display())


@register.filter
def visit_time(visit: Visit) -> str:
    """Such as "Monday 2 March 2026, 14:00 to 16:00 (Amsterdam time)"."""
    return time_in_words(visit)


@register.filter
def visit_day(visit: Visit) -> str:
    """Its first day at the site, such as "Mon 2 Mar 2026"."""
    return date_format(_there(visit.planned_start_at, visit), "D j M Y")


@register.filter
def visit_clock(visit: Visit) -> str:
    """From when until when on the site's clock, without the day; the place is named where clocks differ."""
    begins, ends = _there(visit.planned_start_at, visit), _there(visit.planned_end_at, visit)
    until = date_format(ends, "H:i" if begins.date() == ends.date() else "D H:i")
    elsewhere = is_elsewhere(visit.planned_start_at, visit.site.timezone)
    place = f" ({place_of(visit.site.timezone)})" if elsewhere else ""
    return f"{date_format(begins, 'H:i')}–{until}{place}"


@register.filter
def in_visit(visit: Visit) -> str:
    """Where held work is, beside the visit's number: "Mon 2 Mar 2026, Tara"."""
    return f"{visit_day(visit)}, {visit.technician.name}"


@register.filter
def held_by(row: WorkOrder | Ticket) -> Visit | None:
    """The visit that holds a row of a list which was brought with it; asks nothing."""
    return visit_of(row)


@register.simple_tag
def holding_visit(row: WorkOrder | Ticket) -> Visit | None:
    """The visit that holds the row of a page; one query."""
    return visit_holding(row)


def _there(at: datetime, visit: Visit) -> datetime:
    return at.astimezone(ZoneInfo(visit.site.timezone))
