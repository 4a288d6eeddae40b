"""Working time: what a calendar's opening hours make of instants and durations.

Hours are half-open intervals of wall time in the calendar's zone. Each is turned into a pair of
instants; between them real time counts, so a day that is open for 24 h has 23 or 25 of them where
the clocks change. The part of an interval past midnight belongs to the day on which it starts.

Every wall time, opening or closing, stands for the *first instant at which the zone's clock shows
it or a later one*: one that is skipped moves forward to the next that exists, of a double one the
first counts. That one rule keeps the order of wall times, so intervals that do not overlap on paper
do not overlap in reality, two that touch still touch, and one that is skipped whole is empty.

Instants go in with any offset and come out in UTC. No search looks further than `HORIZON`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=36525)  # a hundred years: past any contract, and bounded in cost
# A target beyond is a slip of the keyboard; any within can be counted in a usual week before HORIZON.
MAX_TARGET_MINUTES = 5_256_000  # ten years
MAX_TARGET_DAYS = 2_600  # business days
YEARS = range(1900, 3000)  # instants and dates outside are refused: a slip of the keyboard

_HORIZON_MONTHS = 1200
_ZERO = timedelta(0)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_NOTHING: Mapping[str, object] = MappingProxyType({})
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class CalendarError(ValueError):
    """A definition that makes no calendar.

    `attr` is the dotted path of the fault (`hours.mon.0`, `holidays.3`), `message` the translatable
    text for a person, `code` the word for a program.
    """

    def __init__(self, attr: str, message: "str | _StrPromise", code: str) -> None:
        super().__init__(f"{attr}: {code}")
        self.attr = attr
        self.message = message
        self.code = code


class NeverOpen(ValueError):
    """The calendar does not offer the working time asked for within `HORIZON`."""


class Hours(NamedTuple):
    """One interval in wall time since the midnight at which its day starts, in whole minutes.

    `closes` is above `opens`, and above 24 h where the interval ends on the next day.
    """

    opens: timedelta
    closes: timedelta


_FULL_WEEK = ((Hours(_ZERO, _DAY),),) * len(DAYS)


class Span(NamedTuple):
    """An interval as it happens: two instants in UTC, the second one outside."""

    opens_at: datetime
    closes_at: datetime


class _Month:
    """The working time of one month of UTC, summed up for binary search."""

    def __init__(self, spans: Iterable[Span]) -> None:
        kept = list(spans)
        self.opens = [span.opens_at for span in kept]
        self.closes = [span.closes_at for span in kept]
        lengths = (span.closes_at - span.opens_at for span in kept)
        # Working time before each span; the last entry is that of the whole month.
        self.before = list(accumulate(lengths, initial=_ZERO))

    @property
    def total(self) -> timedelta:
        return self.before[-1]

    def worked_until(self, at: datetime) -> timedelta:
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return _ZERO
        return self.before[index] + min(at, self.closes[index]) - self.opens[index]

    def instant_of(self, worked: timedelta) -> datetime:
        """The earliest instant with so much working time behind it; above zero, up to `total`."""
        index = bisect_left(self.before, worked) - 1
        return self.opens[index] + (worked - self.before[index])

    def open_from(self, at: datetime) -> datetime | None:
        index = bisect_right(self.closes, at)
        return max(at, self.opens[index]) if index < len(self.opens) else None


@dataclass(frozen=True)
class WorkCalendar:
    """Opening hours in a zone. Immutable; equal and hashed by its definition.

    Made by `parse`, which checks; the constructor takes what was checked. An exception wins over
    a holiday, a holiday over the week.
    """

    timezone: str
    week: tuple[tuple[Hours, ...], ...]
    holidays: frozenset[date] = frozenset()
    exceptions: tuple[tuple[date, tuple[Hours, ...]], ...] = ()

    @classmethod
    def parse(
        cls,
        timezone: object,
        hours: object,
        holidays: object = (),
        exceptions: object = _NOTHING,
    ) -> Self:
        """The calendar of a definition in the API's form, which may be any untrusted JSON.

        `hours` maps mon to sun to lists of ["HH:MM", "HH:MM"] (a missing day is closed); an end of
        24:00, or one not after its start, lies on the next midnight or day. `holidays` are dates,
        `exceptions` map dates to lists of intervals, an empty one for closed. Raises CalendarError.
        """
        calendar = cls(
            timezone=_parse_zone(timezone),
            week=_parse_week(hours),
            holidays=_parse_holidays(holidays),
            exceptions=_parse_exceptions(exceptions),
        )
        calendar._check_exceptions()
        return calendar

    def to_definition(self) -> dict[str, object]:
        """The arguments of `parse` as JSON; days that are closed are left out of `hours`."""
        week = zip(DAYS, self.week, strict=True)
        return {
            "timezone": self.timezone,
            "hours": {name: _as_json(day) for name, day in week if day},
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "exceptions": {day.isoformat(): _as_json(hours) for day, hours in self.exceptions},
        }

    # -- instants and durations ---------------------------------------------------------------

    @cached_property
    def is_around_the_clock(self) -> bool:
        """True where not a minute is closed: a full week, without holidays and exceptions."""
        lengths = (hours.closes - hours.opens for day in self.week for hours in day)
        return sum(lengths, _ZERO) == 7 * _DAY and not self.holidays and not self.exceptions

    @property
    def opens_weekly(self) -> bool:
        """Whether some weekday has hours: without, it is closed for good, at the latest after its last exception."""
        return any(self.week)

    def deadline(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant by which `duration` of working time has passed since `start`.

        Zero is `start` itself, or the next opening where `start` lies outside the hours. Raises
        ValueError for a naive start or a negative duration, NeverOpen beyond `HORIZON`.
        """
        at = _in_utc(start)
        if duration < _ZERO:
            raise ValueError("A duration cannot be negative.")
        if duration > HORIZON:
            raise NeverOpen("No working time runs for more than a hundred years.")
        if self.is_around_the_clock:
            return at + duration
        if not duration:
            return self.next_opening(at)
        return self._instant_after(at, duration)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Real time elapsed inside the hours from `start` to `end`, at most `HORIZON` apart.

        Raises ValueError for a naive instant, an end before its start, and a longer span.
        """
        first, last = _in_utc(start), _in_utc(end)
        if not _ZERO <= last - first <= HORIZON:
            raise ValueError("The end must follow the start within a hundred years.")
        if self.is_around_the_clock:
            return last - first
        indexes = range(_month_index(first), _month_index(last))
        whole = sum((self._month(index).total for index in indexes), _ZERO)
        return whole + self._worked_in_month(last) - self._worked_in_month(first)

    def is_open(self, at: datetime) -> bool:
        moment = _in_utc(at)
        return self._month(_month_index(moment)).open_from(moment) == moment

    def next_opening(self, at: datetime) -> datetime:
        """The earliest open instant from `at` on: `at` itself while open. Raises NeverOpen."""
        moment = _in_utc(at)
        for month in self._months_from(moment):
            opening = month.open_from(moment)
            if opening is not None:
                return opening
        raise NeverOpen("The calendar does not open within a hundred years.")

    # -- business days ------------------------------------------------------------------------

    def business_days_deadline(self, start: datetime, days: int) -> datetime:
        """`days` business days after `start`, or after the next opening where that is later.

        The same wall time on the N-th next working day, cut to its closing; in a gap or before
        its first opening, the next opening of that day. Raises ValueError, NeverOpen.
        """
        if days < 0:
            raise ValueError("A number of business days cannot be negative.")
        opening = self.next_opening(start)
        if days == 0:
            return opening
        owner, wall = self._working_day_of(opening)
        return self._due_on(self._working_day_after(owner, days), wall)

    def business_days_duration(self, start: datetime, days: int) -> timedelta:
        """Working time from `start` to its `business_days_deadline`: what a target amounts to."""
        return self.working_time(start, self.business_days_deadline(start, days))

    def is_working_day(self, on: date) -> bool:
        """Whether an interval starts on that local date (one that the clocks skip does not)."""
        return bool(self._spans_on(_plain_date(on)))

    def closing_of(self, on: date) -> datetime | None:
        """The last closing of that local working day, maybe past midnight; None where closed."""
        spans = self._spans_on(_plain_date(on))
        return spans[-1].closes_at if spans else None

    def _working_day_of(self, opening: datetime) -> tuple[date, timedelta]:
        """The day to which an open instant belongs, and its wall time since that midnight."""
        wall = opening.astimezone(self._zone).replace(tzinfo=None)
        # The day before for hours past midnight; the day after because clocks that go back just
        # after midnight show the old date again.
        candidates = (wall.date() + shift * _DAY for shift in (-1, 0, 1))
        owner = next(day for day in candidates if self._holds(day, opening))
        return owner, wall - _midnight(owner)

    def _holds(self, day: date, at: datetime) -> bool:
        return any(span.opens_at <= at < span.closes_at for span in self._spans_on(day))

    def _due_on(self, day: date, wall: timedelta) -> datetime:
        due = self._first_instant(_midnight(day) + wall)
        spans = self._spans_on(day)
        for span in spans:
            if due < span.closes_at:
                return max(due, span.opens_at)
        return spans[-1].closes_at

    def _working_day_after(self, on: date, days: int) -> date:
        last, day = on + HORIZON, on
        for _number in range(days):
            day = self._next_working_day(day)
            if day > last:
                raise NeverOpen("So many business days do not fit into a hundred years.")
        return day

    def _next_working_day(self, on: date) -> date:
        for distance in range(1, HORIZON.days + 1):
            day = on + distance * _DAY
            if self._spans_on(day):
                return day
        raise NeverOpen("The calendar has no working day within a hundred years.")

    # -- from wall time to instants -----------------------------------------------------------

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def _exceptions_by_day(self) -> dict[date, tuple[Hours, ...]]:
        return dict(self.exceptions)

    @cached_property
    def _days(self) -> dict[date, tuple[Span, ...]]:
        return {}

    @cached_property
    def _months(self) -> dict[int, _Month]:
        return {}

    def _hours_on(self, day: date) -> tuple[Hours, ...]:
        exception = self._exceptions_by_day.get(day)
        if exception is not None:
            return exception
        return () if day in self.holidays else self.week[day.weekday()]

    def _spans_on(self, day: date) -> tuple[Span, ...]:
        spans = self._days.get(day)
        if spans is None:
            spans = self._days[day] = self._measure(day)
        return spans

    def _measure(self, day: date) -> tuple[Span, ...]:
        hours_of_day = self._hours_on(day)
        offset = self._steady_offset(day) if hours_of_day else _ZERO
        if offset is None:
            return self._measure_by_the_clock(day)
        midnight = datetime.combine(day, _MIDNIGHT, tzinfo=UTC) - offset
        return tuple(Span(midnight + opens, midnight + closes) for opens, closes in hours_of_day)

    def _steady_offset(self, day: date) -> timedelta | None:
        """The zone's offset where it stays the same for two days, as long as hours can run.

        Most days do, and then plain addition is exact. Two changes within two days that cancel
        out would be missed; the closest on record are four days apart (Freetown in 1939).
        """
        edges = (day, day + 2 * _DAY)
        first, last = (datetime.combine(edge, _MIDNIGHT, tzinfo=self._zone).utcoffset() for edge in edges)
        return first if first == last else None

    def _measure_by_the_clock(self, day: date) -> tuple[Span, ...]:
        midnight = _midnight(day)
        spans = (
            Span(self._first_instant(midnight + opens), self._first_instant(midnight + closes))
            for opens, closes in self._hours_on(day)
        )
        return tuple(span for span in spans if span.opens_at < span.closes_at)

    def _first_instant(self, wall: datetime) -> datetime:
        """The first instant at which the zone's clock shows the naive `wall` or a later time."""
        local = wall.replace(tzinfo=self._zone)
        instant = local.astimezone(UTC)
        # Read with the other fold, a wall time that is skipped lands before the jump, and a
        # double one on its second turn; any other stays where it is.
        other = local.replace(fold=1).astimezone(UTC)
        return self._end_of_gap(wall, other, instant) if other < instant else instant

    def _end_of_gap(self, wall: datetime, before: datetime, after: datetime) -> datetime:
        start = before.replace(microsecond=0)

        def has_jumped(seconds: int) -> bool:
            local = (start + timedelta(seconds=seconds)).astimezone(self._zone)
            return local.replace(tzinfo=None) >= wall

        seconds = range(int((after - start).total_seconds()) + 1)
        return start + timedelta(seconds=bisect_left(seconds, True, key=has_jumped))

    # -- sums by month ------------------------------------------------------------------------

    def _instant_after(self, at: datetime, duration: timedelta) -> datetime:
        remaining = self._worked_in_month(at) + duration
        for month in self._months_from(at):
            if remaining <= month.total:
                return month.instant_of(remaining)
            remaining -= month.total
        raise NeverOpen("The calendar does not offer so much time within a hundred years.")

    def _worked_in_month(self, at: datetime) -> timedelta:
        return self._month(_month_index(at)).worked_until(at)

    def _months_from(self, at: datetime) -> Iterator[_Month]:
        first = _month_index(at)
        return (self._month(index) for index in range(first, first + _HORIZON_MONTHS + 1))

    def _month(self, index: int) -> _Month:
        month = self._months.get(index)
        if month is None:
            month = self._months[index] = _Month(self._spans_in_month(index))
        return month

    def _spans_in_month(self, index: int) -> Iterator[Span]:
        """The month's spans in order, those that cross its ends cut there.

        Months of UTC, because an instant has exactly one; a local date may come twice. A local day
        lies within 14 h of its UTC one and its hours end up to a day later, hence the margins.
        """
        first, end = _month_start(index), _month_start(index + 1)
        for shift in range(-2, (end - first).days + 1):
            for span in self._spans_on(first.date() + shift * _DAY):
                if span.opens_at < end and span.closes_at > first:
                    yield Span(max(span.opens_at, first), min(span.closes_at, end))

    def _check_exceptions(self) -> None:
        """Refuse an exception that overlaps the day before or after, as these turn out to be."""
        for day, hours_of_day in self.exceptions:
            yesterday = self._hours_on(day - _DAY)
            tomorrow = self._hours_on(day + _DAY)
            if _runs_into(yesterday, hours_of_day) or _runs_into(hours_of_day, tomorrow):
                raise _overlap(f"exceptions.{day}")


def _in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("An instant needs an offset from UTC.")
    if at.year not in YEARS:
        raise ValueError("The year is out of range.")
    return at.astimezone(UTC)


def _plain_date(on: date) -> date:
    # A datetime is a date to Python, but equals none in the lists of holidays and exceptions.
    if isinstance(on, datetime) or on.year not in YEARS:
        raise ValueError("Not a date, or its year is out of range.")
    return on


def _midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT)


def _month_index(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _month_start(index: int) -> datetime:
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)


def _as_json(hours_of_day: tuple[Hours, ...]) -> list[list[str]]:
    return [[_as_text(hours.opens), _as_text(hours.closes)] for hours in hours_of_day]


def _as_text(wall: timedelta) -> str:
    minute = (wall if wall <= _DAY else wall - _DAY) // _MINUTE
    return f"{minute // 60:02}:{minute % 60:02}"


# -- reading a definition ---------------------------------------------------------------------


@cache
def _zone_names() -> frozenset[str]:
    # Debian lists the machine's own setting as a zone; it means something else elsewhere.
    return frozenset(available_timezones() - {"localtime"})


def _parse_zone(name: object) -> str:
    if not isinstance(name, str) or name not in _zone_names():
        raise CalendarError("timezone", _("This time zone is not known."), "unknown_zone")
    return name


def _parse_week(hours: object) -> tuple[tuple[Hours, ...], ...]:
    if not isinstance(hours, Mapping):
        raise CalendarError("hours", _("Give the hours of each day of the week."), "invalid")
    for key in hours:
        if key not in DAYS:
            message = _("Days of the week are mon, tue, wed, thu, fri, sat and sun.")
            raise CalendarError(_path("hours", key), message, "unknown_day")
    week = tuple(_parse_day(hours.get(name, ()), f"hours.{name}") for name in DAYS)
    for index, name in enumerate(DAYS):
        if _runs_into(week[index - 1], week[index]):
            raise _overlap(f"hours.{name}")
    return week


def _parse_day(rows: object, attr: str) -> tuple[Hours, ...]:
    if not isinstance(rows, list | tuple):
        message = _("Give a list of openings and closings, such as 09:00 to 17:00.")
        raise CalendarError(attr, message, "invalid")
    paths = [f"{attr}.{index}" for index in range(len(rows))]
    ordered = sorted((_parse_hours(row, path), path) for row, path in zip(rows, paths, strict=True))
    for (earlier, _path_before), (later, path) in pairwise(ordered):
        if earlier.closes > later.opens:
            raise _overlap(path)
    return tuple(hours_of_day for hours_of_day, _unused in ordered)


def _parse_hours(row: object, attr: str) -> Hours:
    if not isinstance(row, list | tuple) or len(row) != 2:
        message = _("An opening and a closing are needed, such as 09:00 to 17:00.")
        raise CalendarError(attr, message, "invalid")
    opens, closes = (_parse_time(text, attr) for text in row)
    if opens == _DAY:
        raise _bad_time(attr)
    if opens == closes:
        raise CalendarError(attr, _("The closing equals the opening."), "empty_interval")
    return Hours(opens, closes if closes > opens else closes + _DAY)


def _parse_time(text: object, attr: str) -> timedelta:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise _bad_time(attr)
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def _parse_holidays(days: object) -> frozenset[date]:
    if not isinstance(days, Iterable) or isinstance(days, str | bytes | Mapping):
        raise CalendarError("holidays", _("Give a list of dates."), "invalid")
    found: set[date] = set()
    for index, value in enumerate(days):
        found.add(_parse_new_date(value, f"holidays.{index}", found))
    return frozenset(found)


def _parse_exceptions(rows: object) -> tuple[tuple[date, tuple[Hours, ...]], ...]:
    if not isinstance(rows, Mapping):
        raise CalendarError("exceptions", _("Give the hours of each exceptional date."), "invalid")
    found: dict[date, tuple[Hours, ...]] = {}
    for key, hours in rows.items():
        day = _parse_new_date(key, _path("exceptions", key), found)
        found[day] = _parse_day(hours, f"exceptions.{day}")
    return tuple(sorted(found.items()))


def _parse_new_date(value: object, attr: str, known: Iterable[date]) -> date:
    day = _parse_date(value, attr)
    if day in known:
        raise CalendarError(attr, _("This date is listed twice."), "duplicate")
    return day


def _parse_date(value: object, attr: str) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            value = date.fromisoformat(value)
        if isinstance(value, date):
            return _plain_date(value)
    except ValueError:
        pass
    raise CalendarError(attr, _("Give a date that exists, as YYYY-MM-DD."), "invalid_date")


def _path(parent: str, key: object) -> str:
    return f"{parent}.{key}" if isinstance(key, str | date) else parent


def _runs_into(day: tuple[Hours, ...], next_day: tuple[Hours, ...]) -> bool:
    return bool(day and next_day) and day[-1].closes - _DAY > next_day[0].opens


def _overlap(attr: str) -> CalendarError:
    return CalendarError(attr, _("These hours overlap others."), "overlap")


def _bad_time(attr: str) -> CalendarError:
    message = _("Write times as HH:MM, from 00:00 to 23:59; a closing may be 24:00.")
    return CalendarError(attr, message, "invalid_time")


# Made without `parse`: the list of zones is read from disk, which an import should not wait for.
AROUND_THE_CLOCK = WorkCalendar("UTC", _FULL_WEEK)
