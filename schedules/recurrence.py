"""When recurring work falls due: rules, their dates, due instants and windows.

Pure calculation on values. A rule yields *nominal* dates, counted from its anchor and never from
the date before; each nominal date resolves to an occurrence (the due instant, or none where it is
skipped) and to a window around it. Dates are local to the rule's zone, instants are UTC.

Without a calendar every day counts as a working day.
"""

import calendar as month_lengths
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from contracts.rule import (
    FIRST_DATE,
    LAST_DATE,
    MONTH_PERIODS,
    MonthRule,
    Rule,
    RuleError,
    check_bounds,
    check_date,
    check_whole,
    parse_rule,
)

# The rule's own names come with the calculation: who asks for dates needs them too.
__all__ = [
    "FIRST_DATE",
    "LAST_DATE",
    "REASONS",
    "MonthRule",
    "Occurrence",
    "Rule",
    "RuleError",
    "Window",
    "WorkingDays",
    "next_floating",
    "nominal_dates",
    "occurrence",
    "occurrences",
    "parse_rule",
    "window",
]

FARTHEST_MOVE_DAYS = 366
ONE_DAY = timedelta(days=1)

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


class WorkingDays(Protocol):
    """What a business calendar tells about days; dates are local to the site."""

    def is_working_day(self, on: date, /) -> bool: ...

    def closing_of(self, on: date, /) -> datetime | None:
        """The closing of a working day as an aware instant, None where it is none."""


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
    """When work on an occurrence is on time: `opens_at` <= finished <= `closes_at`, all UTC."""

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
    check_date("completed_on", completed_on)
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
    check_bounds(from_on, until_on)
    _check_calendar(rule, calendar)
    check_whole("limit", limit, 1, 100_000)
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


def _check_calendar(rule: Rule, calendar: WorkingDays | None) -> None:
    if rule.month_rule.kind == "last_working_day" and calendar is None:
        message = _("The last working day of a month needs a calendar.")
        raise RuleError("calendar", message, "required")
