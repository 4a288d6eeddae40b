"""When recurring work falls due: rules, their dates, due instants and windows.

Pure calculation on values. A rule yields *nominal* dates, counted from its anchor and never from
the date before; each nominal date resolves to an occurrence (the due instant, or none where it is
skipped) and to a window around it. Dates are local to the rule's zone, instants are UTC.

Without a calendar every day counts as a working day.
"""

import calendar as month_lengths
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

DAY_PERIODS = {"daily": 1, "weekly": 7}
MONTH_PERIODS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}
FREQUENCIES = (*DAY_PERIODS, *MONTH_PERIODS)
CADENCES = ("fixed", "floating")
NONWORKING_DAYS = ("as_is", "next", "previous", "skip")
MONTH_KINDS = ("anchor", "last_day", "last_working_day", "nth_weekday")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAX_INTERVAL = 1000
FIRST_DATE = date(1900, 1, 1)
LAST_DATE = date(2200, 12, 31)
FARTHEST_MOVE_DAYS = 366
ONE_DAY = timedelta(days=1)

# Days in a period, from which its tolerance is taken; a month counts 30 whatever its length.
PERIOD_DAYS = {
    "daily": 1,
    "weekly": 7,
    "monthly": 30,
    "quarterly": 91,
    "semiannual": 182,
    "annual": 365,
}

# Most telling first: the first code that applies is the occurrence's `code`.
REASONS = {
    "skipped": _("Skipped: not a working day."),
    "no_working_day": _("Skipped: there is no working day within a year to move it to."),
    "moved_next": _("Not a working day: moved to the next one."),
    "moved_previous": _("Not a working day: moved to the one before."),
    "time_moved": _("The clocks go forward over this time: the next time that exists counts."),
    "time_doubled": _("The clocks go back over this time: the first of the two counts."),
    "clamped": _("This month is shorter: its last day counts."),
    "on_rule": _("On the rule's own date."),
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


class WorkingDays(Protocol):
    """What a business calendar tells about days; dates are local to the site."""

    def is_working_day(self, on: date, /) -> bool: ...

    def closing_of(self, on: date, /) -> datetime | None:
        """The closing of a working day as an aware instant, None where it is none."""


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
        _check_bounds(self.from_on, self.until_on)
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


@dataclass(frozen=True)
class Occurrence:
    """One date of a rule. `due_at` is UTC, and None where the date is skipped.

    `codes` say how the due instant came about, keys of REASONS, the most telling one first.
    """

    nominal_on: date
    due_at: datetime | None
    codes: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.codes[0]

    @property
    def reason(self) -> str:
        """The codes as sentences in the active language."""
        return " ".join(str(REASONS[code]) for code in self.codes)


@dataclass(frozen=True)
class Window:
    """When work on an occurrence is on time: `opens_at` <= finished < `closes_at`, all UTC."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime

    @property
    def release_at(self) -> datetime:
        """The instant at which the work order is inserted."""
        return self.opens_at


def nominal_dates(rule: Rule, calendar: WorkingDays | None, *, after: date | None = None) -> Iterator[date]:
    """The rule's dates within its bounds and later than `after`, ascending and lazily.

    The search starts at the period that holds the first wanted day, however old the anchor. It
    ends with LAST_DATE. The anchor itself counts only if the rule matches it.

    A floating rule gives only its first date (see `next_floating` for the others): the first
    anchor + n x period that is neither before `from_on` nor skipped, preceded by the skipped ones.

    Raises RuleError (attr `calendar`) for a last working day without a calendar.
    """
    _check_calendar(rule, calendar)
    return _nominal_dates(rule, calendar, after or date.min, rule.until_on or LAST_DATE)


def next_floating(rule: Rule, completed_on: date, calendar: WorkingDays | None = None) -> date:
    """The nominal date that follows a completion: one period later, month ends clamped.

    Where the rule skips non-working days, the first n x period after the completion that the
    calendar does not skip, so that the series never ends in a skipped date. The rule's bounds are
    the caller's to test. Raises RuleError where no such date exists up to LAST_DATE.
    """
    _check_date("completed_on", completed_on)
    counted = replace(rule, anchor_on=completed_on, from_on=None, until_on=None)
    for on in _candidates(counted, calendar, completed_on + ONE_DAY, LAST_DATE):
        if not _is_skipped(rule, on, calendar):
            return on
    raise RuleError("interval", _("No further date follows."), "no_date")


def occurrence(rule: Rule, nominal_on: date, calendar: WorkingDays | None) -> Occurrence:
    """Resolves a nominal date; whether it is one of the rule's dates is not tested."""
    due_on, day_code = _due_date(rule, nominal_on, calendar)
    if due_on is None:
        return Occurrence(nominal_on, None, (day_code,))
    due_at, time_code = _instant(due_on, rule.due_time, rule.zone)
    clamped = "clamped" if _is_clamped(rule, nominal_on) else ""
    codes = tuple(code for code in (day_code, time_code, clamped) if code)
    return Occurrence(nominal_on, due_at, codes or ("on_rule",))


def occurrences(
    rule: Rule,
    calendar: WorkingDays | None,
    from_on: date | None = None,
    until_on: date | None = None,
    limit: int = 500,
) -> list[Occurrence]:
    """The first `limit` occurrences with nominal dates from `from_on` to `until_on`, inclusive.

    They narrow the rule's own bounds; None leaves them as they are. Skipped dates are listed.
    """
    _check_bounds(from_on, until_on)
    _check_calendar(rule, calendar)
    _check_whole("limit", limit, 1, 100_000)
    after = from_on - ONE_DAY if from_on else date.min
    until = min(rule.until_on or LAST_DATE, until_on or LAST_DATE)
    dates = islice(_nominal_dates(rule, calendar, after, until), limit)
    return [occurrence(rule, on, calendar) for on in dates]


def window(rule: Rule, nominal_on: date, calendar: WorkingDays | None) -> Window | None:
    """The window of an occurrence, None where it is skipped.

    From the start of the day `tolerance_days` before the due date to the end of the day as many
    days after. Without tolerance (daily work) it closes with the working day: when the calendar
    closes, or at midnight where it has closed before the work is due.
    """
    due_at = occurrence(rule, nominal_on, calendar).due_at
    if due_at is None:
        return None
    # Not the moved date itself: where clocks skip midnight, the instant may lie on the next day.
    due_on = due_at.astimezone(rule.zone).date()
    tolerance = timedelta(days=rule.tolerance_days)
    opens_at = _start_of_day(due_on - tolerance, rule.zone)
    closes_at = _start_of_day(due_on + tolerance + ONE_DAY, rule.zone)
    if not tolerance and calendar is not None:
        closing = calendar.closing_of(due_on)
        closes_at = closing.astimezone(UTC) if closing and closing > due_at else closes_at
    return Window(opens_at, due_at, closes_at)


# Dates


def _nominal_dates(rule: Rule, calendar: WorkingDays | None, after: date, until: date) -> Iterator[date]:
    start = max(rule.anchor_on, rule.from_on or FIRST_DATE)
    if rule.cadence == "floating":
        dates = _through_first_kept(rule, calendar, _candidates(rule, calendar, start, until))
    else:
        # `after` may be the last date there is, so no day is added to it before it is capped.
        start = max(start, min(after, LAST_DATE) + ONE_DAY)
        dates = _candidates(rule, calendar, start, until)
    return (on for on in dates if on > after)


def _through_first_kept(rule: Rule, calendar: WorkingDays | None, dates: Iterator[date]) -> Iterator[date]:
    for on in dates:
        yield on
        if not _is_skipped(rule, on, calendar):
            return


def _candidates(rule: Rule, calendar: WorkingDays | None, start: date, until: date) -> Iterator[date]:
    """The dates the rule matches from `start` (not before the anchor) to `until`, inclusive."""
    if rule.frequency == "daily":
        dates = _daily(rule, start, until)
    elif rule.frequency == "weekly":
        dates = _weekly(rule, start, until)
    else:
        dates = _by_month(rule, calendar, start, until)
    return (on for on in dates if start <= on <= until)


def _daily(rule: Rule, start: date, until: date) -> Iterator[date]:
    missing = (rule.anchor_on - start).days % rule.interval
    for ordinal in range(start.toordinal() + missing, until.toordinal() + 1, rule.interval):
        on = date.fromordinal(ordinal)
        if not rule.weekdays or on.weekday() in rule.weekdays:
            yield on


def _weekly(rule: Rule, start: date, until: date) -> Iterator[date]:
    weekdays = sorted(rule.weekdays) or [rule.anchor_on.weekday()]
    period = 7 * rule.interval
    monday = rule.anchor_on.toordinal() - rule.anchor_on.weekday()
    first = start.toordinal() - (start.toordinal() - monday) % period
    for week in range(first, until.toordinal() + 1, period):
        for weekday in weekdays:
            yield date.fromordinal(week + weekday)


def _by_month(rule: Rule, calendar: WorkingDays | None, start: date, until: date) -> Iterator[date]:
    period = MONTH_PERIODS[rule.frequency] * rule.interval
    first = _month_number(start) - (_month_number(start) - _month_number(rule.anchor_on)) % period
    for number in range(first, _month_number(until) + 1, period):
        on = _date_in_month(rule, date(number // 12, number % 12 + 1, 1), calendar)
        if on is not None:
            yield on


def _month_number(on: date) -> int:
    return on.year * 12 + on.month - 1


def _date_in_month(rule: Rule, month: date, calendar: WorkingDays | None) -> date | None:
    """The rule's date in the month that begins with `month`, None where it has none."""
    length = month_lengths.monthrange(month.year, month.month)[1]
    kind = rule.month_rule.kind
    if kind == "anchor":
        return month.replace(day=min(rule.anchor_on.day, length))
    if kind == "nth_weekday":
        return _nth_weekday(rule.month_rule, month, length)
    if kind == "last_day" or calendar is None:
        return month.replace(day=length)
    days = (month.replace(day=day) for day in range(length, 0, -1))
    return next((on for on in days if calendar.is_working_day(on)), None)


def _nth_weekday(month_rule: MonthRule, month: date, length: int) -> date | None:
    assert month_rule.nth is not None
    assert month_rule.weekday is not None
    first = 1 + (month_rule.weekday - month.weekday()) % 7
    days = range(first, length + 1, 7)
    index = month_rule.nth - 1 if month_rule.nth > 0 else -1
    return month.replace(day=days[index]) if index < len(days) else None


# From a date to an instant


def _due_date(rule: Rule, nominal_on: date, calendar: WorkingDays | None) -> tuple[date | None, str]:
    """The date the work is due, and a code where that is not simply the nominal date."""
    how = rule.nonworking_rule
    if how == "as_is" or calendar is None or calendar.is_working_day(nominal_on):
        return nominal_on, ""
    if how == "skip":
        return None, "skipped"
    moved_on = _nearest_working_day(nominal_on, calendar, 1 if how == "next" else -1)
    return moved_on, f"moved_{how}" if moved_on else "no_working_day"


def _nearest_working_day(on: date, calendar: WorkingDays, step: int) -> date | None:
    # Bounded on our own account: work moved by more than a year would be no occurrence of its date.
    days = (on + timedelta(days=step * distance) for distance in range(1, FARTHEST_MOVE_DAYS + 1))
    return next((day for day in days if day >= FIRST_DATE and calendar.is_working_day(day)), None)


def _is_skipped(rule: Rule, on: date, calendar: WorkingDays | None) -> bool:
    return _due_date(rule, on, calendar)[0] is None


def _is_clamped(rule: Rule, nominal_on: date) -> bool:
    by_anchor_day = rule.frequency in MONTH_PERIODS and rule.month_rule.kind == "anchor"
    return by_anchor_day and rule.cadence == "fixed" and nominal_on.day < rule.anchor_on.day


def _instant(on: date, at: time, zone: ZoneInfo) -> tuple[datetime, str]:
    """A local wall time as UTC, and a code where the clocks change over it."""
    first = datetime.combine(on, at.replace(fold=0), zone)
    second = first.replace(fold=1)
    first_at, second_at = first.astimezone(UTC), second.astimezone(UTC)
    if first_at == second_at:
        return first_at, ""
    if first_at < second_at:
        return first_at, "time_doubled"
    # In a gap, fold 1 reads the time with the offset after it, which lies before the change.
    return _clock_change(second_at, first_at, zone), "time_moved"


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two, to the second, from which the zone's later offset holds."""
    later = after.astimezone(zone).utcoffset()
    seconds = int((after - before).total_seconds())
    low = 0
    while seconds - low > 1:
        middle = (low + seconds) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == later:
            seconds = middle
        else:
            low = middle
    return before + timedelta(seconds=seconds)


def _start_of_day(on: date, zone: ZoneInfo) -> datetime:
    return _instant(on, time(0), zone)[0]


# What a rule may be


def _check_values(rule: Rule) -> None:
    _check_choice("frequency", rule.frequency, FREQUENCIES)
    _check_choice("cadence", rule.cadence, CADENCES)
    if rule.nonworking_day is not None:
        _check_choice("nonworking_day", rule.nonworking_day, NONWORKING_DAYS)
    _check_whole("interval", rule.interval, 1, MAX_INTERVAL)
    _check_date("anchor_on", rule.anchor_on)
    _check_due_time(rule.due_time)
    _check_timezone(rule.timezone)


def _check_choice(attr: str, value: object, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        message = format_lazy(_("Choose one of {choices}."), choices=", ".join(choices))
        raise RuleError(attr, message, "invalid_choice")


def _check_whole(attr: str, value: object, least: int, most: int) -> None:
    # True is an int to Python, but not to anyone who fills in a form.
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        message = _("Enter a whole number from {least} to {most}.")
        raise RuleError(attr, format_lazy(message, least=least, most=most))


def _check_date(attr: str, value: object) -> None:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise RuleError(attr, _("Enter a date as YYYY-MM-DD."))
    if not FIRST_DATE <= value <= LAST_DATE:
        message = _("Enter a date from {first} to {last}.")
        first, last = FIRST_DATE.isoformat(), LAST_DATE.isoformat()
        raise RuleError(attr, format_lazy(message, first=first, last=last), "out_of_range")


def _check_bounds(from_on: date | None, until_on: date | None) -> None:
    for attr, value in (("from_on", from_on), ("until_on", until_on)):
        if value is not None:
            _check_date(attr, value)
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
    if isinstance(value, bool) or not isinstance(value, int) or value not in (-1, 1, 2, 3, 4, 5):
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


def _check_calendar(rule: Rule, calendar: WorkingDays | None) -> None:
    if rule.month_rule.kind == "last_working_day" and calendar is None:
        message = _("The last working day of a month needs a calendar.")
        raise RuleError("calendar", message, "required")


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
