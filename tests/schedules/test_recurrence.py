"""The dates, due instants and windows of recurring work.

Tables are literal, worked out by hand or taken from a printed calendar. python-dateutil serves as a
second opinion where its rules mean the same by definition.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from dateutil.relativedelta import relativedelta
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from contracts.worktime import WorkCalendar
from schedules.recurrence import (
    LAST_DATE,
    REASONS,
    MonthRule,
    Occurrence,
    Rule,
    RuleError,
    Window,
    next_floating,
    nominal_dates,
    occurrence,
    occurrences,
    window,
)


class OfficeWeek:
    """Monday to Friday, 09:00 to 17:00 in Amsterdam, without the holidays given."""

    def __init__(self, *holidays: str, closes: time = time(17)) -> None:
        self.holidays = {date.fromisoformat(on) for on in holidays}
        self.closes = closes
        self.asked = 0

    def is_working_day(self, on: date, /) -> bool:
        self.asked += 1
        return on.weekday() < 5 and on not in self.holidays

    def closing_of(self, on: date, /) -> datetime | None:
        if not self.is_working_day(on):
            return None
        return datetime.combine(on, self.closes, ZoneInfo("Europe/Amsterdam"))


class AlwaysClosed:
    def is_working_day(self, on: date, /) -> bool:
        return False

    def closing_of(self, on: date, /) -> datetime | None:
        return None


def rule(frequency: str = "monthly", anchor_on: str = "2026-01-31", **fields: Any) -> Rule:
    """A rule at 09:00 in Amsterdam; dates as text."""
    for name in ("from_on", "until_on"):
        if isinstance(fields.get(name), str):
            fields[name] = date.fromisoformat(fields[name])
    values: dict[str, Any] = {"due_time": time(9), "timezone": "Europe/Amsterdam"} | fields
    return Rule(frequency=frequency, anchor_on=date.fromisoformat(anchor_on), **values)


def days(dates: Iterator[date], count: int) -> list[str]:
    return [on.isoformat() for on in islice(dates, count)]


def first(count: int, of: Rule, calendar: OfficeWeek | None = None) -> list[str]:
    return days(nominal_dates(of, calendar), count)


def on(text: str) -> date:
    return date.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


# Months and years: the n-th date is anchor + n x period


@pytest.mark.parametrize(
    ("frequency", "anchor_on", "interval", "expected"),
    [
        ("monthly", "2026-01-31", 1, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("monthly", "2024-01-31", 1, ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("monthly", "2026-01-30", 1, ["2026-01-30", "2026-02-28", "2026-03-30"]),
        ("monthly", "2026-01-29", 1, ["2026-01-29", "2026-02-28", "2026-03-29"]),
        ("monthly", "2026-02-28", 1, ["2026-02-28", "2026-03-28", "2026-04-28"]),
        ("monthly", "2026-11-30", 1, ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28", "2027-03-30"]),
        ("monthly", "2026-08-31", 2, ["2026-08-31", "2026-10-31", "2026-12-31", "2027-02-28", "2027-04-30"]),
        ("monthly", "2026-01-31", 13, ["2026-01-31", "2027-02-28", "2028-03-31"]),
        ("quarterly", "2025-11-30", 1, ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]),
        ("quarterly", "2026-01-31", 2, ["2026-01-31", "2026-07-31", "2027-01-31"]),
        ("semiannual", "2026-08-31", 1, ["2026-08-31", "2027-02-28", "2027-08-31", "2028-02-29"]),
        ("annual", "2024-02-29", 1, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("annual", "2024-02-29", 4, ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("annual", "2096-02-29", 4, ["2096-02-29", "2100-02-28", "2104-02-29"]),
    ],
)
def test_months_clamp_and_recover(frequency: str, anchor_on: str, interval: int, expected: list[str]) -> None:
    assert first(len(expected), rule(frequency, anchor_on, interval=interval)) == expected


def test_month_end_never_walks_off_over_ten_years() -> None:
    dates = list(islice(nominal_dates(rule("monthly", "2026-01-31"), None), 120))
    assert all((day + timedelta(days=1)).day == 1 for day in dates)
    assert [day.month for day in dates] == list(range(1, 13)) * 10


@pytest.mark.parametrize(
    ("frequency", "weekdays", "expected"),
    [
        ("daily", frozenset(), {1}),
        ("weekly", frozenset(), {7}),
        ("daily", frozenset({MON, THU}), {3, 4}),
        ("weekly", frozenset({MON, THU}), {3, 4}),
    ],
)
def test_days_and_weeks_cross_month_ends_untouched(
    frequency: str, weekdays: frozenset[int], expected: set[int]
) -> None:
    made = rule(frequency, "2026-01-29", weekdays=weekdays)
    dates = islice(nominal_dates(made, None), 400)
    assert {(later - earlier).days for earlier, later in pairwise(dates)} == expected


# Other month rules


@pytest.mark.parametrize(
    ("frequency", "anchor_on", "month_rule", "expected"),
    [
        ("monthly", "2026-01-31", MonthRule("last_day"), ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("monthly", "2026-02-10", MonthRule("last_day"), ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("quarterly", "2027-11-05", MonthRule("last_day"), ["2027-11-30", "2028-02-29", "2028-05-31"]),
        ("annual", "2026-02-01", MonthRule("last_day"), ["2026-02-28", "2027-02-28", "2028-02-29"]),
        (
            "monthly",
            "2026-01-01",
            MonthRule("nth_weekday", 1, MON),
            ["2026-01-05", "2026-02-02", "2026-03-02"],
        ),
        (
            "monthly",
            "2026-06-01",
            MonthRule("nth_weekday", 1, MON),
            ["2026-06-01", "2026-07-06", "2026-08-03"],
        ),
        (
            "monthly",
            "2026-01-01",
            MonthRule("nth_weekday", 2, TUE),
            ["2026-01-13", "2026-02-10", "2026-03-10"],
        ),
        (
            "monthly",
            "2026-01-01",
            MonthRule("nth_weekday", -1, FRI),
            ["2026-01-30", "2026-02-27", "2026-03-27"],
        ),
        (
            "quarterly",
            "2026-01-01",
            MonthRule("nth_weekday", 1, MON),
            ["2026-01-05", "2026-04-06", "2026-07-06"],
        ),
        (
            "annual",
            "2026-11-01",
            MonthRule("nth_weekday", 4, THU),
            ["2026-11-26", "2027-11-25", "2028-11-23"],
        ),
    ],
)
def test_month_rules_by_table(frequency: str, anchor_on: str, month_rule: MonthRule, expected: list[str]) -> None:
    assert first(3, rule(frequency, anchor_on, month_rule=month_rule)) == expected


def test_fifth_weekday_leaves_out_months_without_one() -> None:
    fifth = rule("monthly", "2026-01-01", month_rule=MonthRule("nth_weekday", 5, FRI))
    assert first(4, fifth) == ["2026-01-30", "2026-05-29", "2026-07-31", "2026-10-30"]


def test_fifth_weekday_of_february_waits_for_its_leap_year() -> None:
    fifth = rule("annual", "2026-02-01", month_rule=MonthRule("nth_weekday", 5, TUE))
    assert first(2, fifth) == ["2028-02-29", "2056-02-29"]


def test_month_rule_before_the_anchor_in_its_month_is_no_date() -> None:
    """The anchor is past January's first Monday; periods still count from January."""
    later = rule("quarterly", "2026-01-20", month_rule=MonthRule("nth_weekday", 1, MON))
    assert first(2, later) == ["2026-04-06", "2026-07-06"]


def test_last_working_day_goes_by_the_calendar() -> None:
    last = rule("monthly", "2026-01-01", month_rule=MonthRule("last_working_day"))
    calendar = OfficeWeek("2026-04-30", "2026-12-31")
    expected = ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-29", "2026-05-29", "2026-06-30"]
    assert first(6, last, calendar) == expected
    december = days(nominal_dates(last, calendar, after=on("2026-11-30")), 1)
    assert december == ["2026-12-30"]


def test_last_working_day_of_a_month_without_any_is_left_out() -> None:
    august = [(date(2026, 8, 1) + timedelta(days=n)).isoformat() for n in range(31)]
    last = rule("monthly", "2026-07-01", month_rule=MonthRule("last_working_day"))
    assert first(2, last, OfficeWeek(*august)) == ["2026-07-31", "2026-09-30"]
    assert list(nominal_dates(last, AlwaysClosed())) == []


def test_last_working_day_needs_a_calendar_at_once() -> None:
    last = rule("monthly", "2026-01-01", month_rule=MonthRule("last_working_day"))
    for ask in (lambda: nominal_dates(last, None), lambda: occurrences(last, None)):
        with pytest.raises(RuleError) as refused:
            ask()
        assert (refused.value.attr, refused.value.code) == ("calendar", "required")


# Days and weeks


@pytest.mark.parametrize(
    ("frequency", "anchor_on", "interval", "weekdays", "expected"),
    [
        ("daily", "2026-02-27", 1, set(), ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
        ("daily", "2024-02-28", 1, set(), ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("daily", "2025-12-30", 3, set(), ["2025-12-30", "2026-01-02", "2026-01-05"]),
        ("daily", "2026-01-02", 1, {MON, WED, FRI}, ["2026-01-02", "2026-01-05", "2026-01-07", "2026-01-09"]),
        # Every second day from Thursday: 1, 3, 5, 7 ... of which the Mondays and Fridays.
        ("daily", "2026-01-01", 2, {MON, FRI}, ["2026-01-05", "2026-01-09", "2026-01-19", "2026-01-23"]),
        ("weekly", "2026-01-01", 1, set(), ["2026-01-01", "2026-01-08", "2026-01-15"]),
        ("weekly", "2025-12-25", 2, set(), ["2025-12-25", "2026-01-08", "2026-01-22"]),
        ("weekly", "2026-01-05", 2, {MON, THU}, ["2026-01-05", "2026-01-08", "2026-01-19", "2026-01-22"]),
        # The anchor's week counts from its Monday, also where the anchor is a Sunday.
        ("weekly", "2026-01-04", 2, {MON, SUN}, ["2026-01-04", "2026-01-12", "2026-01-18", "2026-01-26"]),
    ],
)
def test_days_and_weeks_by_table(
    frequency: str, anchor_on: str, interval: int, weekdays: set[int], expected: list[str]
) -> None:
    made = rule(frequency, anchor_on, interval=interval, weekdays=frozenset(weekdays))
    assert first(len(expected), made) == expected


# Anchors


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly", "quarterly", "semiannual", "annual"])
def test_first_date_is_the_anchor_where_the_rule_matches_it(frequency: str) -> None:
    assert first(1, rule(frequency, "2026-03-31")) == ["2026-03-31"]


def test_first_date_is_on_the_rule_where_the_anchor_is_not() -> None:
    """Anchored on a Wednesday, due on Mondays and Thursdays: the Wednesday is no date."""
    made = rule("weekly", "2026-01-07", weekdays=frozenset({MON, THU}))
    assert first(3, made) == ["2026-01-08", "2026-01-12", "2026-01-15"]


def test_moved_due_date_leaves_the_series_where_it_was() -> None:
    """New Year's Day moves to the 2nd; February is still due on the 1st's next working day."""
    made = rule("monthly", "2026-01-01", nonworking_day="next")
    calendar = OfficeWeek("2026-01-01")
    found = occurrences(made, calendar, limit=4)
    assert [str(each.nominal_on) for each in found] == [
        "2026-01-01",
        "2026-02-01",
        "2026-03-01",
        "2026-04-01",
    ]
    assert [each.due_at for each in found] == [
        utc("2026-01-02 08:00"),
        utc("2026-02-02 08:00"),
        utc("2026-03-02 08:00"),
        utc("2026-04-01 07:00"),
    ]


def test_bounds_are_inclusive_and_do_not_shift_the_count() -> None:
    made = rule("weekly", "2026-01-05", interval=2, from_on="2026-01-19", until_on="2026-02-16")
    assert first(9, made) == ["2026-01-19", "2026-02-02", "2026-02-16"]
    between = rule("weekly", "2026-01-05", interval=2, from_on="2026-01-06", until_on="2026-02-15")
    assert first(9, between) == ["2026-01-19", "2026-02-02"]


def test_bounds_before_the_anchor_give_nothing_earlier() -> None:
    assert first(1, rule("monthly", "2026-01-31", from_on="2020-01-01")) == ["2026-01-31"]
    assert first(1, rule("monthly", "2026-01-31", until_on="2026-01-30")) == []


def test_after_excludes_the_day_itself() -> None:
    made = rule("monthly", "2026-01-31")
    assert days(nominal_dates(made, None, after=on("2026-02-27")), 1) == ["2026-02-28"]
    assert days(nominal_dates(made, None, after=on("2026-02-28")), 1) == ["2026-03-31"]


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly"])
def test_after_the_last_date_gives_nothing(frequency: str) -> None:
    for after in (LAST_DATE, date.max):
        assert list(nominal_dates(rule(frequency), None, after=after)) == []


def test_dates_end_with_the_last_date() -> None:
    *_, last = nominal_dates(rule("daily", "2200-12-01"), None)
    assert last == LAST_DATE
    assert list(nominal_dates(rule("annual", "2026-01-31", interval=1000), None)) == [on("2026-01-31")]


def steps_of(work: Callable[[], object]) -> int:
    """How many calls, of Python and of C, the work makes."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    "old",
    [
        rule("daily", "1950-01-01"),
        rule("daily", "1950-01-01", weekdays=frozenset({MON})),
        rule("weekly", "1950-01-01", interval=2, weekdays=frozenset({MON, THU})),
        rule("monthly", "1950-01-31"),
        rule("monthly", "1950-01-31", month_rule=MonthRule("nth_weekday", 5, MON)),
        rule("annual", "1950-02-28"),
        rule("daily", "1950-01-01", cadence="floating", from_on="2026-01-01"),
    ],
    ids=lambda old: f"{old.frequency}-{old.month_rule.kind}-{len(old.weekdays)}-{old.cadence}",
)
def test_old_anchor_costs_no_walk(old: Rule) -> None:
    """Walking from 1950 would be 27,000 days or 900 months; the next date takes a few calls."""
    after = on("2026-01-01") - timedelta(days=1)
    assert steps_of(lambda: next(nominal_dates(old, None, after=after))) < 120


def test_old_anchor_asks_the_calendar_for_one_month_only() -> None:
    calendar = OfficeWeek()
    last = rule("monthly", "1950-01-31", month_rule=MonthRule("last_working_day"))
    found = next(nominal_dates(last, calendar, after=on("2026-01-30")))
    assert str(found) == "2026-02-27"
    assert calendar.asked < 10


# Floating cadence


def test_floating_gives_its_first_date_only() -> None:
    made = rule("monthly", "2026-01-31", cadence="floating")
    assert list(nominal_dates(made, None)) == [on("2026-01-31")]
    assert list(nominal_dates(made, None, after=on("2026-01-31"))) == []


def test_floating_starts_at_its_bound_where_the_anchor_lies_before() -> None:
    made = rule("monthly", "2020-01-31", cadence="floating", from_on="2026-02-01")
    assert list(nominal_dates(made, None)) == [on("2026-02-28")]


def test_floating_passes_over_a_skipped_start() -> None:
    """Saturday and Sunday are skipped and shown; Monday is the first row there will be."""
    made = rule("daily", "2026-01-03", cadence="floating")
    found = occurrences(made, OfficeWeek())
    assert [(str(each.nominal_on), each.code) for each in found] == [
        ("2026-01-03", "skipped"),
        ("2026-01-04", "skipped"),
        ("2026-01-05", "on_rule"),
    ]


@pytest.mark.parametrize(
    ("frequency", "interval", "completed_on", "expected"),
    [
        ("daily", 1, "2026-02-28", "2026-03-01"),
        ("daily", 10, "2026-02-25", "2026-03-07"),
        ("weekly", 1, "2026-01-07", "2026-01-14"),
        ("weekly", 3, "2026-01-07", "2026-01-28"),
        ("monthly", 1, "2026-01-31", "2026-02-28"),
        ("monthly", 1, "2026-02-28", "2026-03-28"),
        ("quarterly", 1, "2025-11-30", "2026-02-28"),
        ("semiannual", 1, "2026-08-31", "2027-02-28"),
        ("annual", 1, "2024-02-29", "2025-02-28"),
    ],
)
def test_floating_next_is_completion_and_period(
    frequency: str, interval: int, completed_on: str, expected: str
) -> None:
    made = rule(frequency, "2020-01-01", interval=interval, cadence="floating")
    assert next_floating(made, on(completed_on)) == on(expected)


def test_floating_next_passes_over_what_the_calendar_skips() -> None:
    made = rule("daily", "2026-01-01", cadence="floating")
    assert next_floating(made, on("2026-01-02"), OfficeWeek()) == on("2026-01-05")
    moved = rule("weekly", "2026-01-01", cadence="floating", nonworking_day="next")
    assert next_floating(moved, on("2026-01-03"), OfficeWeek()) == on("2026-01-10")


def test_floating_next_ignores_the_bounds_of_the_rule() -> None:
    made = rule("weekly", "2026-01-01", cadence="floating", until_on="2026-01-08")
    assert next_floating(made, on("2026-01-07")) == on("2026-01-14")


def test_floating_next_with_no_date_left_is_refused() -> None:
    made = rule("weekly", "2026-01-01", cadence="floating", nonworking_day="skip")
    for completed_on, calendar in ((on("2200-12-31"), None), (on("2026-01-07"), AlwaysClosed())):
        with pytest.raises(RuleError) as refused:
            next_floating(made, completed_on, calendar)
        assert refused.value.code == "no_date"
    with pytest.raises(RuleError) as refused:
        next_floating(made, date.max)
    assert refused.value.attr == "completed_on"


# Days that are not worked


@pytest.mark.parametrize(
    ("nonworking_day", "due_at", "code"),
    [
        (None, utc("2026-01-31 08:00"), "on_rule"),
        ("as_is", utc("2026-01-31 08:00"), "on_rule"),
        ("next", utc("2026-02-02 08:00"), "moved_next"),
        ("previous", utc("2026-01-30 08:00"), "moved_previous"),
        ("skip", None, "skipped"),
    ],
)
def test_nonworking_day_moves_only_the_due_instant(
    nonworking_day: str | None, due_at: datetime | None, code: str
) -> None:
    made = rule("monthly", "2026-01-31", nonworking_day=nonworking_day)
    found = occurrence(made, on("2026-01-31"), OfficeWeek())
    assert found == Occurrence(on("2026-01-31"), due_at, (code,))


def test_nonworking_day_passes_over_holidays_too() -> None:
    """Christmas on Friday, Boxing Day on Saturday, and a closed Monday after."""
    calendar = OfficeWeek("2026-12-25", "2026-12-28")
    later = occurrence(rule("annual", "2026-12-25", nonworking_day="next"), on("2026-12-25"), calendar)
    sooner = occurrence(rule("annual", "2026-12-25", nonworking_day="previous"), on("2026-12-25"), calendar)
    assert (later.due_at, sooner.due_at) == (utc("2026-12-29 08:00"), utc("2026-12-24 08:00"))


def test_daily_work_skips_and_never_piles_up_on_monday() -> None:
    found = occurrences(rule("daily", "2026-01-02"), OfficeWeek(), limit=4)
    assert [each.code for each in found] == ["on_rule", "skipped", "skipped", "on_rule"]
    assert [each.due_at for each in found if each.due_at] == [
        utc("2026-01-02 08:00"),
        utc("2026-01-05 08:00"),
    ]


def test_daily_work_without_a_calendar_is_due_every_day() -> None:
    found = occurrences(rule("daily", "2026-01-02"), None, limit=4)
    assert [each.code for each in found] == ["on_rule"] * 4


def test_daily_work_may_stay_on_its_day() -> None:
    made = rule("daily", "2026-01-03", nonworking_day="as_is")
    assert occurrence(made, on("2026-01-03"), OfficeWeek()).due_at == utc("2026-01-03 08:00")


def test_every_ten_days_may_move_since_its_period_is_over_a_week() -> None:
    made = rule("daily", "2026-01-03", interval=10, nonworking_day="next")
    assert occurrence(made, on("2026-01-03"), OfficeWeek()).due_at == utc("2026-01-05 08:00")


@pytest.mark.parametrize("nonworking_day", ["next", "previous"])
def test_calendar_without_any_working_day_skips(nonworking_day: str) -> None:
    made = rule("weekly", "2026-01-03", nonworking_day=nonworking_day)
    found = occurrence(made, on("2026-01-03"), AlwaysClosed())
    assert found == Occurrence(on("2026-01-03"), None, ("no_working_day",))
    assert window(made, on("2026-01-03"), AlwaysClosed()) is None


def test_move_looks_a_year_ahead_and_no_further() -> None:
    closed = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(366)]
    made = rule("annual", "2026-01-01", nonworking_day="next")
    assert occurrence(made, on("2025-12-31"), OfficeWeek("2025-12-31", *closed[:-1])).due_at == utc("2027-01-01 08:00")
    assert occurrence(made, on("2025-12-31"), OfficeWeek("2025-12-31", *closed)).code == "no_working_day"


def test_move_ends_where_calendars_begin() -> None:
    made = rule("annual", "1900-01-01", nonworking_day="previous")
    calendar = WorkCalendar.parse(hours={"tue": [["09:00", "17:00"]]}, timezone="Europe/Amsterdam")
    assert occurrence(made, on("1900-01-01"), calendar).code == "no_working_day"


@pytest.mark.parametrize(("nonworking_day", "due_at"), [("next", "2026-02-02 08:00"), ("previous", "2026-01-30 08:00")])
def test_contract_calendars_serve_as_they_are(nonworking_day: str, due_at: str) -> None:
    """A calendar of `contracts.worktime`: open on Mondays, and on Fridays until 12:00."""
    hours = {"mon": [["09:00", "17:00"]], "fri": [["09:00", "12:00"]]}
    calendar = WorkCalendar.parse(hours=hours, timezone="Europe/Amsterdam")
    moved = rule("monthly", "2026-01-31", nonworking_day=nonworking_day)
    assert occurrence(moved, on("2026-01-31"), calendar).due_at == utc(due_at)
    daily = window(rule("daily", "2026-01-30"), on("2026-01-30"), calendar)
    assert daily is not None
    assert daily.closes_at == utc("2026-01-30 11:00")
    assert window(rule("daily", "2026-01-30"), on("2026-01-31"), calendar) is None


# Zones and clock changes


@pytest.mark.parametrize(
    ("zone", "day", "at", "due_at", "code"),
    [
        # Spring forward: 02:00 becomes 03:00.
        ("Europe/Amsterdam", "2026-03-29", time(2, 30), "2026-03-29 01:00", "time_moved"),
        ("Europe/Amsterdam", "2026-03-29", time(2, 0), "2026-03-29 01:00", "time_moved"),
        ("Europe/Amsterdam", "2026-03-29", time(1, 59), "2026-03-29 00:59", "on_rule"),
        ("Europe/Amsterdam", "2026-03-29", time(3, 0), "2026-03-29 01:00", "on_rule"),
        ("America/New_York", "2026-03-08", time(2, 30), "2026-03-08 07:00", "time_moved"),
        # Fall back: 02:00 to 03:00 (New York 01:00 to 02:00) comes twice.
        ("Europe/Amsterdam", "2026-10-25", time(2, 30), "2026-10-25 00:30", "time_doubled"),
        ("Europe/Amsterdam", "2026-10-25", time(3, 0), "2026-10-25 02:00", "on_rule"),
        ("America/New_York", "2026-11-01", time(1, 30), "2026-11-01 05:30", "time_doubled"),
        ("America/New_York", "2026-11-01", time(2, 0), "2026-11-01 07:00", "on_rule"),
        # Half an hour on Lord Howe Island, at midnight in Tehran, a whole day in Samoa.
        ("Australia/Lord_Howe", "2026-10-04", time(2, 10), "2026-10-03 15:30", "time_moved"),
        ("Asia/Tehran", "2022-03-22", time(0, 30), "2022-03-21 20:30", "time_moved"),
        ("Pacific/Apia", "2011-12-30", time(9, 0), "2011-12-30 10:00", "time_moved"),
        # East and west of the date line; Tehran has kept +03:30 since 2023.
        ("Pacific/Auckland", "2026-01-15", time(9, 0), "2026-01-14 20:00", "on_rule"),
        ("Pacific/Auckland", "2026-07-15", time(9, 0), "2026-07-14 21:00", "on_rule"),
        ("Asia/Tehran", "2026-07-15", time(9, 0), "2026-07-15 05:30", "on_rule"),
        ("Asia/Tehran", "2026-01-15", time(2, 0), "2026-01-14 22:30", "on_rule"),
        ("Pacific/Honolulu", "2026-01-15", time(20, 0), "2026-01-16 06:00", "on_rule"),
    ],
)
def test_wall_time_becomes_the_right_instant(zone: str, day: str, at: time, due_at: str, code: str) -> None:
    found = occurrence(rule("annual", day, timezone=zone, due_time=at), on(day), None)
    assert found == Occurrence(on(day), utc(due_at), (code,))


def test_daily_keeps_its_wall_time_over_both_clock_changes() -> None:
    """Daily does not mean 24 hours: 23 in March, 25 in October."""
    for day, hours in (("2026-03-28", 23), ("2026-10-24", 25)):
        one, other = occurrences(rule("daily", day), None, limit=2)
        assert one.due_at is not None
        assert other.due_at is not None
        assert other.due_at - one.due_at == timedelta(hours=hours)


def test_first_fold_counts_whatever_the_given_time_says() -> None:
    second = rule("annual", "2026-10-25", due_time=time(2, 30, fold=1))
    assert occurrence(second, on("2026-10-25"), None).due_at == utc("2026-10-25 00:30")


def test_weekday_is_the_sites_not_that_of_utc() -> None:
    """Monday 08:00 in Auckland is Sunday in UTC."""
    made = rule("weekly", "2026-01-12", timezone="Pacific/Auckland", due_time=time(8), weekdays=frozenset({MON}))
    found = occurrences(made, None, limit=2)
    assert [str(each.nominal_on) for each in found] == ["2026-01-12", "2026-01-19"]
    assert [each.due_at for each in found] == [utc("2026-01-11 19:00"), utc("2026-01-18 19:00")]


def test_month_belongs_to_the_site_not_to_utc() -> None:
    made = rule("monthly", "2026-01-01", timezone="Asia/Tehran", due_time=time(1))
    assert occurrence(made, on("2026-02-01"), None).due_at == utc("2026-01-31 21:30")


# Reasons


def test_reasons_add_up() -> None:
    """28 February stands in for the 31st, and is a Saturday."""
    made = rule("monthly", "2026-01-31", nonworking_day="next")
    assert occurrence(made, on("2026-02-28"), OfficeWeek()).codes == ("moved_next", "clamped")
    assert occurrence(made, on("2026-04-30"), OfficeWeek()).codes == ("clamped",)


def test_clamped_is_said_of_the_anchors_day_alone() -> None:
    last = rule("monthly", "2026-01-31", month_rule=MonthRule("last_day"))
    floating = rule("monthly", "2026-01-31", cadence="floating")
    weekly = rule("weekly", "2026-01-31")
    for made, day in ((last, "2026-02-28"), (floating, "2026-02-28"), (weekly, "2026-02-07")):
        assert occurrence(made, on(day), None).code == "on_rule"


def test_reason_is_a_sentence_for_every_code() -> None:
    with override("en"):
        for code, sentence in REASONS.items():
            assert Occurrence(on("2026-01-31"), None, (code,)).reason == str(sentence)
            assert str(sentence).endswith(".")
        both = Occurrence(on("2026-01-31"), None, ("moved_next", "clamped")).reason
    assert both == "Not a working day: moved to the next one. This month is shorter: its last day counts."


# Lists


def test_occurrences_narrow_the_bounds_and_stop_at_the_limit() -> None:
    made = rule("weekly", "2026-01-05", until_on="2026-02-09")
    found = occurrences(made, None, on("2026-01-12"), on("2026-03-30"))
    assert [str(each.nominal_on) for each in found] == [
        "2026-01-12",
        "2026-01-19",
        "2026-01-26",
        "2026-02-02",
        "2026-02-09",
    ]
    assert occurrences(made, None, on("2026-01-12"), on("2026-01-19")) == found[:2]
    assert occurrences(made, None, on("2026-01-12"), limit=3) == found[:3]


@pytest.mark.parametrize(
    ("attr", "arguments"),
    [
        ("until_on", {"from_on": date(2026, 2, 1), "until_on": date(2026, 1, 1)}),
        ("from_on", {"from_on": date(1, 1, 1)}),
        ("until_on", {"until_on": date.max}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": True}),
    ],
)
def test_occurrences_refuse_bad_bounds(attr: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as refused:
        occurrences(rule(), None, **arguments)
    assert refused.value.attr == attr


# Windows


@pytest.mark.parametrize(
    ("frequency", "interval", "tolerance"),
    [
        ("daily", 1, 0),
        ("daily", 4, 0),
        ("daily", 5, 1),
        ("daily", 14, 1),
        ("daily", 15, 2),
        ("weekly", 1, 1),
        ("weekly", 2, 1),
        ("weekly", 4, 3),
        ("monthly", 1, 3),
        ("monthly", 2, 6),
        ("quarterly", 1, 9),
        ("semiannual", 1, 18),
        ("annual", 1, 37),
    ],
)
def test_tolerance_is_a_tenth_rounded_half_up(frequency: str, interval: int, tolerance: int) -> None:
    assert rule(frequency, interval=interval).tolerance_days == tolerance


def test_window_of_monthly_work() -> None:
    assert window(rule("monthly", "2026-01-15"), on("2026-01-15"), OfficeWeek()) == Window(
        opens_at=utc("2026-01-11 23:00"), due_at=utc("2026-01-15 08:00"), closes_at=utc("2026-01-18 23:00")
    )


def test_window_goes_with_the_moved_date() -> None:
    made = rule("monthly", "2026-01-31", nonworking_day="next")
    assert window(made, on("2026-01-31"), OfficeWeek()) == Window(
        opens_at=utc("2026-01-29 23:00"), due_at=utc("2026-02-02 08:00"), closes_at=utc("2026-02-05 23:00")
    )


def test_window_days_are_local_over_a_clock_change() -> None:
    assert window(rule("weekly", "2026-03-29"), on("2026-03-29"), None) == Window(
        opens_at=utc("2026-03-27 23:00"), due_at=utc("2026-03-29 07:00"), closes_at=utc("2026-03-30 22:00")
    )


def test_window_of_daily_work_closes_with_the_working_day() -> None:
    made = rule("daily", "2026-01-15")
    expected = Window(utc("2026-01-14 23:00"), utc("2026-01-15 08:00"), utc("2026-01-15 16:00"))
    found = window(made, on("2026-01-15"), OfficeWeek())
    assert found == expected
    assert found is not None
    assert found.release_at == utc("2026-01-14 23:00")


@pytest.mark.parametrize("calendar", [None, OfficeWeek(closes=time(8)), OfficeWeek(closes=time(9))])
def test_window_of_daily_work_closes_at_midnight_without_a_later_closing(calendar: OfficeWeek | None) -> None:
    found = window(rule("daily", "2026-01-15"), on("2026-01-15"), calendar)
    assert found == Window(utc("2026-01-14 23:00"), utc("2026-01-15 08:00"), utc("2026-01-15 23:00"))


def test_window_of_daily_work_on_a_closed_day_that_stays_closes_at_midnight() -> None:
    made = rule("daily", "2026-01-17", nonworking_day="as_is")
    found = window(made, on("2026-01-17"), OfficeWeek())
    assert found == Window(utc("2026-01-16 23:00"), utc("2026-01-17 08:00"), utc("2026-01-17 23:00"))


def test_window_of_skipped_work_is_none() -> None:
    assert window(rule("daily", "2026-01-17"), on("2026-01-17"), OfficeWeek()) is None


def test_window_where_midnight_does_not_exist_opens_with_the_day() -> None:
    """Cairo's clocks go from 00:00 to 01:00 on 24 April 2026."""
    made = rule("daily", "2026-04-24", timezone="Africa/Cairo", due_time=time(0, 30))
    found = window(made, on("2026-04-24"), None)
    assert found == Window(utc("2026-04-23 22:00"), utc("2026-04-23 22:00"), utc("2026-04-24 21:00"))


def test_window_where_the_whole_day_is_missing_takes_the_next() -> None:
    made = rule("daily", "2011-12-30", timezone="Pacific/Apia")
    found = window(made, on("2011-12-30"), None)
    assert found == Window(utc("2011-12-30 10:00"), utc("2011-12-30 10:00"), utc("2011-12-31 10:00"))


# A second opinion, and laws


SMALL = st.integers(1, 40)
ANCHORS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
WEEKDAY_SETS = st.frozensets(st.integers(0, 6), min_size=1)


def at_midnight(day: date) -> datetime:
    return datetime.combine(day, time(0))


def by_dateutil(frequency: int, anchor_on: date, **fields: Any) -> list[date]:
    recurrence = rrule.rrule(frequency, dtstart=at_midnight(anchor_on), wkst=rrule.MO, count=25, **fields)
    return [found.date() for found in recurrence if found.date() <= LAST_DATE]


def by_us(made: Rule) -> list[date]:
    return list(islice(nominal_dates(made, None), 25))


def plain(frequency: str, anchor_on: date, **fields: Any) -> Rule:
    return Rule(frequency=frequency, anchor_on=anchor_on, due_time=time(9), timezone="UTC", **fields)


@given(ANCHORS, SMALL)
def test_daily_agrees_with_dateutil(anchor_on: date, interval: int) -> None:
    assert by_us(plain("daily", anchor_on, interval=interval)) == by_dateutil(rrule.DAILY, anchor_on, interval=interval)


@given(ANCHORS, st.integers(1, 6), WEEKDAY_SETS)
def test_daily_on_weekdays_agrees_with_dateutil(anchor_on: date, interval: int, weekdays: frozenset[int]) -> None:
    assert by_us(plain("daily", anchor_on, interval=interval, weekdays=weekdays)) == by_dateutil(
        rrule.DAILY, anchor_on, interval=interval, byweekday=sorted(weekdays)
    )


@given(ANCHORS, SMALL, WEEKDAY_SETS)
def test_weekly_agrees_with_dateutil(anchor_on: date, interval: int, weekdays: frozenset[int]) -> None:
    assert by_us(plain("weekly", anchor_on, interval=interval, weekdays=weekdays)) == by_dateutil(
        rrule.WEEKLY, anchor_on, interval=interval, byweekday=sorted(weekdays)
    )


@given(ANCHORS, st.sampled_from([("monthly", 1), ("quarterly", 3), ("semiannual", 6), ("annual", 12)]), SMALL)
def test_months_agree_with_relativedelta(anchor_on: date, period: tuple[str, int], interval: int) -> None:
    frequency, months = period
    steps = (anchor_on + relativedelta(months=months * interval * n) for n in range(25))
    assert by_us(plain(frequency, anchor_on, interval=interval)) == [on for on in steps if on <= LAST_DATE]


@given(ANCHORS, st.integers(1, 7), st.sampled_from([-1, 1, 2, 3, 4, 5]), st.integers(0, 6))
def test_nth_weekday_agrees_with_dateutil(anchor_on: date, interval: int, nth: int, weekday: int) -> None:
    made = plain("monthly", anchor_on, interval=interval, month_rule=MonthRule("nth_weekday", nth, weekday))
    byweekday = rrule.weekday(weekday, nth)
    assert by_us(made) == by_dateutil(rrule.MONTHLY, anchor_on, interval=interval, byweekday=byweekday)


@given(ANCHORS, st.integers(1, 12))
def test_last_day_agrees_with_dateutil(anchor_on: date, interval: int) -> None:
    made = plain("monthly", anchor_on, interval=interval, month_rule=MonthRule("last_day"))
    assert by_us(made) == by_dateutil(rrule.MONTHLY, anchor_on, interval=interval, bymonthday=-1)


RULES = st.one_of(
    st.builds(plain, st.just("daily"), ANCHORS, interval=SMALL),
    st.builds(plain, st.just("weekly"), ANCHORS, interval=SMALL, weekdays=WEEKDAY_SETS),
    st.builds(plain, st.sampled_from(["monthly", "quarterly", "annual"]), ANCHORS, interval=st.integers(1, 5)),
    st.builds(
        plain,
        st.sampled_from(["monthly", "semiannual"]),
        ANCHORS,
        month_rule=st.builds(MonthRule, st.just("nth_weekday"), st.integers(1, 5), st.integers(0, 6)),
    ),
)


@given(RULES, st.integers(-400, 4000))
def test_dates_after_a_day_are_the_tail_of_all_dates(made: Rule, offset: int) -> None:
    """Jumping to a day finds what walking from the anchor finds."""
    after = made.anchor_on + timedelta(days=offset)
    walked = (on for on in nominal_dates(made, None) if on > after)
    assert list(islice(nominal_dates(made, None, after=after), 5)) == list(islice(walked, 5))


@given(
    st.dates(date(1990, 1, 1), date(2037, 12, 31)),
    st.times().map(lambda at: at.replace(microsecond=0)),
    st.sampled_from(["Europe/Amsterdam", "America/New_York", "Pacific/Apia", "Asia/Tehran", "America/Sao_Paulo"]),
    st.sampled_from(["daily", "weekly", "monthly"]),
)
def test_window_holds_its_due_instant(day: date, at: time, zone: str, frequency: str) -> None:
    made = Rule(frequency=frequency, anchor_on=day, due_time=at, timezone=zone)
    found = window(made, day, None)
    assert found is not None
    assert found.opens_at <= found.due_at < found.closes_at
    local = found.due_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert local >= datetime.combine(day, at)
