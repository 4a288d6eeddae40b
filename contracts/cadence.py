"""How often work is due, as it was agreed: made a rule, and told in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, Protocol

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.enums import Cadence, Frequency, NonworkingDay
from contracts.rule import MONTH_PERIODS, Rule, parse_rule
from contracts.worktime import DAYS


class Agreed(Protocol):
    """How often a procedure is due, in the API's spelling: a row of a plan, or what a schedule took over from it."""

    @property
    def frequency(self) -> str: ...
    @property
    def interval(self) -> int: ...
    @property
    def due_time(self) -> time: ...
    @property
    def weekdays(self) -> list[str]: ...
    @property
    def month_rule(self) -> dict[str, Any]: ...
    @property
    def cadence(self) -> str: ...
    @property
    def nonworking_day(self) -> str: ...


def rule_of(
    agreed: Agreed, *, anchor_on: date, timezone: str, from_on: date | None = None, until_on: date | None = None
) -> Rule:
    """What was agreed as a rule at a place; raises RuleError where it makes no sense."""
    return parse_rule(
        {
            "frequency": agreed.frequency,
            "interval": agreed.interval,
            "anchor_on": anchor_on.isoformat(),
            "due_time": agreed.due_time.isoformat("seconds"),
            "timezone": timezone,
            "weekdays": agreed.weekdays or None,
            "month_rule": agreed.month_rule or None,
            "cadence": agreed.cadence,
            "nonworking_day": agreed.nonworking_day or None,
            "from_on": from_on and from_on.isoformat(),
            "until_on": until_on and until_on.isoformat(),
        }
    )


def check_agreed(agreed: Agreed) -> None:
    """Raise RuleError for what makes no sense under any contract.

    The contract gives the anchor; a day on which the rule has a date stands in for it.
    """
    days = [DAYS.index(day) for day in agreed.weekdays if day in DAYS]
    monday = date(2024, 1, 1)
    rule_of(agreed, anchor_on=monday + timedelta(days=min(days, default=0)), timezone="UTC")


# -- in words ----------------------------------------------------------------------------------


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
    return _day_of_month(agreed.month_rule) or _day_of(anchor_on, agreed.frequency)


def _day_of(anchor_on: date | None, frequency: str) -> str:
    if anchor_on is None:
        return _("from the contract's first day")
    if frequency == Frequency.WEEKLY:
        return _("on %(days)s") % {"days": WEEKDAYS[anchor_on.weekday()]}
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
