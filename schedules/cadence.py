"""How often a schedule's work is due, in words."""

from __future__ import annotations

from datetime import date

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schedules.models import Schedule
from schedules.rule import MONTH_PERIODS
from schedules.rule import WEEKDAYS as WEEKDAY_KEYS


def cadence_in_words(schedule: Schedule) -> str:
    """For example "Every 2 weeks on Mon, Wed at 09:00"; a floating one says what it is counted from."""
    words = [_period(schedule), _day(schedule)]
    if schedule.cadence == "floating":
        words = [_period(schedule), _("after the last completion")]
    words.append(_("by %(time)s") % {"time": schedule.due_time.strftime("%H:%M")})
    return " ".join(word for word in words if word)


def _period(schedule: Schedule) -> str:
    n = schedule.interval
    if schedule.frequency == "daily":
        return ngettext("Every day", "Every %(n)d days", n) % {"n": n}
    if schedule.frequency == "weekly":
        return ngettext("Every week", "Every %(n)d weeks", n) % {"n": n}
    months = MONTH_PERIODS[schedule.frequency] * n
    if months % 12 == 0:
        return ngettext("Every year", "Every %(n)d years", months // 12) % {"n": months // 12}
    return ngettext("Every month", "Every %(n)d months", months) % {"n": months}


def _day(schedule: Schedule) -> str:
    if schedule.weekdays:
        days = ", ".join(str(WEEKDAYS_ABBR[WEEKDAY_KEYS.index(day)]) for day in schedule.weekdays)
        return _("on %(days)s") % {"days": days}
    if schedule.frequency == "daily":
        return _("on working days") if schedule.nonworking_day == "skip" else ""
    if schedule.frequency == "weekly":
        return _("on %(days)s") % {"days": WEEKDAYS[schedule.anchor_on.weekday()]}
    return _day_of_month(schedule.month_rule, schedule.anchor_on, yearly=schedule.frequency == "annual")


def _day_of_month(rule: dict[str, str | int], anchor_on: date, *, yearly: bool) -> str:
    kind = rule.get("kind", "anchor")
    if kind == "last_day":
        return _("on the last day of the month")
    if kind == "last_working_day":
        return _("on the last working day of the month")
    if kind == "nth_weekday":
        weekday = WEEKDAYS[WEEKDAY_KEYS.index(str(rule["weekday"]))]
        if rule["nth"] == -1:
            return _("on the last %(weekday)s of the month") % {"weekday": weekday}
        return _("on %(weekday)s number %(nth)s of the month") % {"weekday": weekday, "nth": rule["nth"]}
    if yearly:
        return _("on %(day)s") % {"day": date_format(anchor_on, "j F")}
    return _("on day %(day)s of the month") % {"day": anchor_on.day}
