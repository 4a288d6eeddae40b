"""How often work is due, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.enums import Cadence, Frequency, NonworkingDay
from contracts.rule import MONTH_PERIODS, Agreed
from contracts.worktime import DAYS


def cadence_in_words(agreed: Agreed, anchor_on: date | None = None) -> str:
    """For example "Every 3 months on the last working day of the month by 09:00".

    `anchor_on` None: a plan, which any contract may take up on its own day.
    """
    floating = agreed.cadence == Cadence.FLOATING
    day = _("after the last completion") if floating else _day(agreed, anchor_on)
    values = {"period": _period(agreed), "day": day, "time": agreed.due_time.strftime("%H:%M")}
    if day:
        return _("%(period)s %(day)s by %(time)s") % values
    return _("%(period)s by %(time)s") % values


def _period(agreed: Agreed) -> str:
    n = agreed.interval
    if agreed.frequency == Frequency.DAILY:
        return ngettext("Every day", "Every %(n)d days", n) % {"n": n}
    if agreed.frequency == Frequency.WEEKLY:
        return ngettext("Every week", "Every %(n)d weeks", n) % {"n": n}
    months = MONTH_PERIODS[agreed.frequency] * n
    if months % 12 == 0:
        return ngettext("Every year", "Every %(n)d years", months // 12) % {"n": months // 12}
    return ngettext("Every month", "Every %(n)d months", months) % {"n": months}


def _day(agreed: Agreed, anchor_on: date | None) -> str:
    if agreed.weekdays:
        days = ", ".join(str(WEEKDAYS_ABBR[DAYS.index(day)]) for day in agreed.weekdays)
        return _("on %(days)s") % {"days": days}
    if agreed.frequency == Frequency.DAILY:
        return _("on working days") if agreed.nonworking_day == NonworkingDay.SKIP else ""
    if agreed.frequency == Frequency.WEEKLY:
        return _weekday_of(anchor_on)
    return _day_of_month(agreed.month_rule) or _day_of(anchor_on, agreed.frequency)


def _weekday_of(anchor_on: date | None) -> str:
    if anchor_on is None:
        return _("on the weekday on which the contract starts")
    return _("on %(days)s") % {"days": WEEKDAYS[anchor_on.weekday()]}


def _day_of(anchor_on: date | None, frequency: str) -> str:
    if anchor_on is None:
        return _("on the day on which the contract starts")
    if frequency == Frequency.ANNUAL:
        return _("on %(day)s") % {"day": date_format(anchor_on, "j F")}
    return _("on day %(day)s of the month") % {"day": anchor_on.day}


def _day_of_month(rule: Mapping[str, Any]) -> str:
    """Empty where the anchor decides."""
    kind = rule.get("kind", "anchor")
    if kind == "last_day":
        return _("on the last day of the month")
    if kind == "last_working_day":
        return _("on the last working day of the month")
    return _nth_weekday(rule) if kind == "nth_weekday" else ""


def _nth_weekday(rule: Mapping[str, Any]) -> str:
    sentences = {
        1: _("on the first %(day)s of the month"),
        2: _("on the second %(day)s of the month"),
        3: _("on the third %(day)s of the month"),
        4: _("on the fourth %(day)s of the month"),
        5: _("on the fifth %(day)s of the month"),
        -1: _("on the last %(day)s of the month"),
    }
    return sentences[rule["nth"]] % {"day": WEEKDAYS[DAYS.index(rule["weekday"])]}
