"""What every page shows: icons, badges of states, instants in a named zone, navigation."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.web.badges import badge_of
from portal.web.instants import is_elsewhere, place_of, time_there
from portal.web.navigation import Section, sections_for

register = template.Library()


@cache
def _svg(name: str) -> SafeString:
    """The drawing of a Tabler icon, without its licence comment. Names come from templates, never from people."""
    text = (settings.NODE_MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg").read_text()
    return mark_safe(text[text.index("<svg") :].replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S308


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon; what it means stands beside it in words."""
    return format_html('<span class="icon-box">{}</span>', _svg(name))


@register.simple_tag
def badge(value: str, label: str = "") -> SafeString:
    """A state as icon, colour and word; colour alone never tells."""
    look = badge_of(value)
    return format_html(
        '<span class="badge state state-{}">{}<span>{}</span></span>', look.tone, _svg(look.icon), label or value
    )


@register.filter
def in_zone(at: datetime | None, zone: str) -> str:
    """An instant in a site's zone; the zone is named where it differs from the reader's at that instant."""
    if at is None:
        return ""
    text = format_date(at.astimezone(ZoneInfo(zone)), "D j M Y, H:i")
    return f"{text} ({place_of(zone)})" if is_elsewhere(at, zone) else text


@register.filter
def instant(at: datetime | None) -> str:
    """An instant in the reader's zone."""
    return format_date(timezone.localtime(at), "D j M Y, H:i") if at else ""


@register.simple_tag
def both_times(at: datetime, zone: str) -> SafeString:
    """An instant in the reader's zone, and in the named one where that differs; lines break between the two alone."""
    there = time_there(at, zone)
    text = format_html('<span class="text-nowrap">{}</span>', instant(at))
    return format_html('{} · <span class="text-nowrap">{}</span>', text, there) if there else text


@register.filter
def in_words(at: datetime | None, now: datetime) -> str:
    """How far off an instant is, in the two largest units that matter: "in 2 h 10 min", "3 days ago"."""
    if at is None:
        return ""
    ahead = at >= now
    span = _span(abs(int((at - now).total_seconds())) // 60)
    return _("in %(span)s") % {"span": span} if ahead else _("%(span)s ago") % {"span": span}


def _span(minutes: int) -> str:
    """Rounded down. Beside days hours matter while there are fewer than four, minutes never."""
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    words = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        _("%(n)d h") % {"n": hours} if hours and days < 4 else "",
        _("%(n)d min") % {"n": minutes} if not days and (minutes or not hours) else "",
    ]
    return " ".join(word for word in words if word)


@register.filter
def duration(span: timedelta | None) -> str:
    """A length of time in the two largest units that matter."""
    return _span(int(span.total_seconds()) // 60) if span else ""


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as whole per cent, rounded down so that 100 % means all; a dash for none."""
    return "–" if share is None else f"{int(share * 100 + 1e-9)} %"


@register.inclusion_tag("web/_navigation.html", takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, list[Section]]:
    request: HttpRequest = context["request"]
    return {"sections": sections_for(request.user, request.path)}
