"""What a recurrence rule is, which ones there can be, and how the API spells them.

Pure values; a plan agrees on them, and `schedules.recurrence` makes dates of them.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from contracts.enums import Cadence, Frequency, NonworkingDay
from contracts.worktime import DAYS as WEEKDAYS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

DAY_PERIODS = {"daily": 1, "weekly": 7}
MONTH_PERIODS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}
MONTH_KINDS = ("anchor", "last_day", "last_working_day", "nth_weekday")
NTHS = (1, 2, 3, 4, 5, -1)

MAX_INTERVAL = 1000
FIRST_DATE = date(1900, 1, 1)
LAST_DATE = date(2200, 12, 31)

# Days in a period, from which its tolerance is taken; a month counts 30 whatever its length.
PERIOD_DAYS = {
    "daily": 1,
    "weekly": 7,
    "monthly": 30,
    "quarterly": 91,
    "semiannual": 182,
    "annual": 365,
}


class RuleError(ValueError):
    """A rule that cannot be: `attr` names the field as the API spells it, `code` is stable."""

    def __init__(self, attr: str, message: "str | StrPromise", code: str = "invalid") -> None:
        super().__init__(attr, message, code)
        self.attr = attr
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return f"{self.attr}: {self.message}"


@dataclass(frozen=True)
class MonthRule:
    """Which day of the month counts, for rules of a month and longer.

    nth_weekday: `nth` 1 to 5 or -1 for the last, `weekday` 0 = Monday. A month without a fifth one
    has no date.
    """

    kind: str = "anchor"
    nth: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        _check_choice("month_rule.kind", self.kind, MONTH_KINDS)
        if self.kind == "nth_weekday":
            _check_nth(self.nth)
            _check_weekday("month_rule.weekday", self.weekday)
            return
        for attr in ("nth", "weekday"):
            if getattr(self, attr) is not None:
                message = _("Only a rule of the kind nth_weekday takes this.")
                raise RuleError(f"month_rule.{attr}", message, "not_allowed")


@dataclass(frozen=True)
class Rule:
    """A recurrence rule; raises RuleError for every value or pair of values that makes no sense.

    `interval` multiplies the period: quarterly with interval 2 is every six months. `weekdays`
    (0 = Monday) narrow a daily rule down and spread a weekly one over its week; weeks begin on
    Monday and are counted from the anchor's week. `from_on` and `until_on` (both inclusive) bound
    the nominal date. `nonworking_day` None: see `nonworking_rule`.
    """

    frequency: str
    anchor_on: date
    due_time: time
    timezone: str
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    month_rule: MonthRule = field(default_factory=MonthRule)
    cadence: str = "fixed"
    nonworking_day: str | None = None
    from_on: date | None = None
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check_values(self)
        check_bounds(self.from_on, self.until_on)
        _check_nonworking_day(self)
        _check_weekdays(self)
        _check_month_rule(self)
        _check_cadence(self)

    @property
    def nonworking_rule(self) -> str:
        """The rule for non-working days in force: by default daily work skips, other work stays."""
        return self.nonworking_day or ("skip" if self.frequency == "daily" else "as_is")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def tolerance_days(self) -> int:
        """Days before and after the due date within which work is on time.

        A tenth of the period, rounded half up: none for daily work, 1 for weekly, 3 for monthly,
        9 for quarterly, 18 for semiannual, 37 for annual work.
        """
        return (PERIOD_DAYS[self.frequency] * self.interval + 5) // 10


# What a rule may be


def _check_values(rule: Rule) -> None:
    _check_choice("frequency", rule.frequency, Frequency.values)
    _check_choice("cadence", rule.cadence, Cadence.values)
    if rule.nonworking_day is not None:
        _check_choice("nonworking_day", rule.nonworking_day, NonworkingDay.values)
    check_whole("interval", rule.interval, 1, MAX_INTERVAL)
    check_date("anchor_on", rule.anchor_on)
    _check_due_time(rule.due_time)
    _check_timezone(rule.timezone)


def _check_choice(attr: str, value: object, choices: Collection[str]) -> None:
    if not isinstance(value, str) or value not in choices:
        message = format_lazy(_("Choose one of {choices}."), choices=", ".join(choices))
        raise RuleError(attr, message, "invalid_choice")


def check_whole(attr: str, value: object, least: int, most: int) -> None:
    # True is an int to Python, but not to anyone who fills in a form.
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        message = _("Enter a whole number from {least} to {most}.")
        raise RuleError(attr, format_lazy(message, least=least, most=most))


def check_date(attr: str, value: object) -> None:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise RuleError(attr, _("Enter a date as YYYY-MM-DD."))
    if not FIRST_DATE <= value <= LAST_DATE:
        message = _("Enter a date from {first} to {last}.")
        first, last = FIRST_DATE.isoformat(), LAST_DATE.isoformat()
        raise RuleError(attr, format_lazy(message, first=first, last=last), "out_of_range")


def check_bounds(from_on: date | None, until_on: date | None) -> None:
    for attr, value in (("from_on", from_on), ("until_on", until_on)):
        if value is not None:
            check_date(attr, value)
    if from_on and until_on and from_on > until_on:
        raise RuleError("until_on", _("The end lies before the start."), "before_start")


def _check_due_time(value: object) -> None:
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond:
        raise RuleError("due_time", _("Enter a time of day as HH:MM."))


def _check_timezone(value: object) -> None:
    if not isinstance(value, str) or value not in _zone_names():
        message = _("Enter a time zone by its name, such as Europe/Amsterdam.")
        raise RuleError("timezone", message, "invalid_choice")


@cache
def _zone_names() -> frozenset[str]:
    """The zones that mean the same on every machine."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _check_nonworking_day(rule: Rule) -> None:
    days = PERIOD_DAYS[rule.frequency] * rule.interval
    if rule.nonworking_day in ("next", "previous") and days < 7:
        message = _("Work more often than weekly cannot be moved: several would meet on one day.")
        raise RuleError("nonworking_day", message, "not_allowed")


def _check_weekdays(rule: Rule) -> None:
    _check_weekday_set(rule.weekdays)
    if rule.weekdays and rule.frequency not in DAY_PERIODS:
        message = _("Only daily and weekly work takes weekdays.")
        raise RuleError("weekdays", message, "not_allowed")
    if rule.weekdays and rule.frequency == "daily" and not _meets_weekdays(rule):
        message = _("With this start and interval no date falls on these weekdays.")
        raise RuleError("weekdays", message, "no_date")


def _check_weekday_set(value: object) -> None:
    if not isinstance(value, frozenset):
        raise RuleError("weekdays", _("Enter a list of weekdays."))
    for weekday in value:
        _check_weekday("weekdays", weekday)


def _check_weekday(attr: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 6:
        message = format_lazy(_("Choose from {choices}."), choices=", ".join(WEEKDAYS))
        raise RuleError(attr, message, "invalid_choice")


def _meets_weekdays(rule: Rule) -> bool:
    """Weekdays repeat after seven steps at the latest, so seven steps show them all."""
    first = rule.anchor_on.weekday()
    return any((first + step * rule.interval) % 7 in rule.weekdays for step in range(7))


def _check_nth(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value not in NTHS:
        message = _("Enter 1 to 5, or -1 for the last one of the month.")
        raise RuleError("month_rule.nth", message)


def _check_month_rule(rule: Rule) -> None:
    _check_month_rule_type(rule.month_rule)
    if rule.month_rule.kind != "anchor" and rule.frequency not in MONTH_PERIODS:
        message = _("Only work of a month and longer takes a rule for the month.")
        raise RuleError("month_rule", message, "not_allowed")


def _check_month_rule_type(value: object) -> None:
    if not isinstance(value, MonthRule):
        raise RuleError("month_rule", _("Enter a rule for the month."))


def _check_cadence(rule: Rule) -> None:
    """A floating date is completion + period, which leaves nothing for a weekday to decide."""
    if rule.cadence != "floating":
        return
    message = _("Work that counts from its completion cannot fall on a fixed day.")
    if rule.weekdays:
        raise RuleError("weekdays", message, "not_allowed")
    if rule.month_rule.kind != "anchor":
        raise RuleError("month_rule", message, "not_allowed")


# From the API's JSON


def parse_rule(data: object) -> Rule:
    """A rule from the JSON object of the API; raises RuleError that names the field at fault.

    Null counts as left out. `calendar` may be there and is the caller's to look up; every other
    unknown field is refused.
    """
    fields = _mapping("non_field_errors", data)
    _refuse_unknown(fields, (*_PARSERS, "calendar"))
    for attr in ("frequency", "anchor_on", "due_time", "timezone"):
        if fields.get(attr) is None:
            raise RuleError(attr, _("This field is required."), "required")
    given = {attr: fields[attr] for attr in _PARSERS if fields.get(attr) is not None}
    return Rule(**{attr: _PARSERS[attr](attr, value) for attr, value in given.items()})


def _mapping(attr: str, value: object) -> Mapping[Any, object]:
    if not isinstance(value, Mapping):
        raise RuleError(attr, _("Enter an object with named fields."))
    return value


def _refuse_unknown(fields: Mapping[Any, object], known: tuple[str, ...], prefix: str = "") -> None:
    for name in fields:
        if name not in known:
            raise RuleError(f"{prefix}{name}", _("There is no such field."), "unknown_field")


def _as_given(attr: str, value: object) -> object:
    """For fields that Rule itself tests."""
    return value


def _parse_date(attr: str, value: object) -> date:
    # fromisoformat alone takes 20260131 and 2026-W05-6 as well.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise RuleError(attr, _("Enter a date as YYYY-MM-DD."))


def _parse_time(attr: str, value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise RuleError(attr, _("Enter a time of day as HH:MM."))


def _parse_weekdays(attr: str, value: object) -> frozenset[int]:
    if not isinstance(value, list | tuple):
        raise RuleError(attr, _("Enter a list of weekdays."))
    return frozenset(_parse_weekday(attr, name) for name in value)


def _parse_weekday(attr: str, value: object) -> int:
    if not isinstance(value, str) or value not in WEEKDAYS:
        message = format_lazy(_("Choose from {choices}."), choices=", ".join(WEEKDAYS))
        raise RuleError(attr, message, "invalid_choice")
    return WEEKDAYS.index(value)


def _parse_month_rule(attr: str, value: object) -> MonthRule:
    fields = _mapping(attr, value)
    _refuse_unknown(fields, ("kind", "nth", "weekday"), prefix=f"{attr}.")
    given: dict[str, Any] = {name: part for name, part in fields.items() if part is not None}
    if "weekday" in given:
        given["weekday"] = _parse_weekday(f"{attr}.weekday", given["weekday"])
    return MonthRule(**given)


_PARSERS: dict[str, Callable[[str, object], Any]] = {
    "frequency": _as_given,
    "interval": _as_given,
    "anchor_on": _parse_date,
    "due_time": _parse_time,
    "timezone": _as_given,
    "weekdays": _parse_weekdays,
    "month_rule": _parse_month_rule,
    "cadence": _as_given,
    "nonworking_day": _as_given,
    "from_on": _parse_date,
    "until_on": _parse_date,
}
