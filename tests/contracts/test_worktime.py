"""Working time, from tables written by hand, from properties, and against a slow oracle."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.worktime import (
    AROUND_THE_CLOCK,
    DAYS,
    HORIZON,
    CalendarError,
    NeverOpen,
    WorkCalendar,
)

OFFICE = [["09:00", "17:00"]]
LUNCH = [["09:00", "12:00"], ["13:00", "17:00"]]
NIGHT = [["22:00", "06:00"]]
WHOLE = [["00:00", "24:00"]]
MON_FRI = ("mon", "tue", "wed", "thu", "fri")

AMSTERDAM = WorkCalendar.parse(
    "Europe/Amsterdam",
    dict.fromkeys(MON_FRI, OFFICE),
    holidays=["2026-04-06", "2026-04-27", "2026-12-25"],
    exceptions={"2026-12-24": [["09:00", "12:00"]], "2026-12-31": [], "2026-04-27": [["10:00", "11:00"]]},
)
NEW_YORK = WorkCalendar.parse("America/New_York", dict.fromkeys(MON_FRI, OFFICE))
TEHRAN = WorkCalendar.parse(
    "Asia/Tehran",
    {day: [["08:00", "16:00"]] for day in ("sat", "sun", "mon", "tue", "wed")},
    holidays=["2026-03-21", "2026-03-22", "2026-03-23", "2026-03-24"],
)
LUNCHING = WorkCalendar.parse("Europe/Amsterdam", dict.fromkeys(MON_FRI, LUNCH))
NIGHTS = WorkCalendar.parse("Europe/Amsterdam", dict.fromkeys(MON_FRI, NIGHT))
DAILY = WorkCalendar.parse("Europe/Amsterdam", dict.fromkeys(DAYS, WHOLE))


def at(text: str) -> datetime:
    """A local time and its zone as an instant: `2026-03-02 09:00 Europe/Amsterdam`."""
    wall, _space, zone = text.rpartition(" ")
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(zone: str, *hours: list[str]) -> WorkCalendar:
    return WorkCalendar.parse(zone, {day: list(hours) for day in DAYS})


# -- deadlines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due"),
    [
        # Amsterdam, Monday to Friday 09:00-17:00, UTC+1 in winter and +2 in summer
        (AMSTERDAM, "2026-03-02 08:00", 30, "2026-03-02 08:30"),
        (AMSTERDAM, "2026-03-02 05:00", 30, "2026-03-02 08:30"),
        (AMSTERDAM, "2026-03-02 15:45", 30, "2026-03-03 08:15"),
        (AMSTERDAM, "2026-03-02 08:00", 480, "2026-03-02 16:00"),
        (AMSTERDAM, "2026-03-02 08:00", 481, "2026-03-03 08:01"),
        (AMSTERDAM, "2026-03-06 15:30", 60, "2026-03-09 08:30"),
        (AMSTERDAM, "2026-03-07 12:00", 60, "2026-03-09 09:00"),
        (AMSTERDAM, "2026-03-27 15:00", 120, "2026-03-30 08:00"),  # over the start of summer time
        (AMSTERDAM, "2026-10-23 14:00", 120, "2026-10-26 09:00"),  # over its end
        # zero minutes
        (AMSTERDAM, "2026-03-02 10:00", 0, "2026-03-02 10:00"),
        (AMSTERDAM, "2026-03-02 08:00", 0, "2026-03-02 08:00"),
        (AMSTERDAM, "2026-03-02 16:00", 0, "2026-03-03 08:00"),
        (AMSTERDAM, "2026-03-07 10:00", 0, "2026-03-09 08:00"),
        # Easter Monday is a holiday; the King's day is one too, but an exception wins over it
        (AMSTERDAM, "2026-04-03 14:00", 120, "2026-04-07 08:00"),
        (AMSTERDAM, "2026-04-24 14:00", 120, "2026-04-27 09:00"),
        # Christmas Eve until noon, Christmas closed, then a weekend
        (AMSTERDAM, "2026-12-24 10:00", 120, "2026-12-28 09:00"),
        (AMSTERDAM, "2026-12-30 15:00", 120, "2027-01-01 09:00"),
        # New York, UTC-5 and -4
        (NEW_YORK, "2026-03-06 21:00", 120, "2026-03-09 14:00"),
        (NEW_YORK, "2026-10-30 20:00", 120, "2026-11-02 15:00"),
        # Tehran, Saturday to Wednesday 08:00-16:00 at UTC+3:30, closed for Nowruz
        (TEHRAN, "2026-03-11 12:00", 60, "2026-03-14 05:00"),
        (TEHRAN, "2026-03-12 06:00", 0, "2026-03-14 04:30"),
        (TEHRAN, "2026-03-18 12:00", 60, "2026-03-25 05:00"),
        # nights belong to the day on which they start: Friday's runs into Saturday
        (NIGHTS, "2026-03-06 22:00", 480, "2026-03-09 22:00"),
        (NIGHTS, "2026-03-02 20:00", 480, "2026-03-03 05:00"),
        (NIGHTS, "2026-03-02 02:00", 0, "2026-03-02 21:00"),
        # lunch is a gap
        (LUNCHING, "2026-03-02 10:30", 60, "2026-03-02 12:30"),
        (LUNCHING, "2026-03-02 10:30", 30, "2026-03-02 11:00"),
        (LUNCHING, "2026-03-02 11:00", 0, "2026-03-02 12:00"),
        (LUNCHING, "2026-03-02 11:30", 15, "2026-03-02 12:15"),
        # the leap day is a day like any other
        (AMSTERDAM, "2028-02-28 15:00", 120, "2028-02-29 09:00"),
        (AMSTERDAM, "2028-02-29 15:00", 120, "2028-03-01 09:00"),
        # over years: 417 weeks from Friday 1 January 2016, and the Friday after them
        (NEW_YORK, "2016-01-01 14:00", 2086 * 480, "2023-12-29 22:00"),
        (AROUND_THE_CLOCK, "2026-02-28 23:50", 15, "2026-03-01 00:05"),
        (DAILY, "2026-02-28 23:50", 15, "2026-03-01 00:05"),
    ],
)
def test_deadline_falls_where_the_table_says(calendar: WorkCalendar, start: str, minutes: int, due: str) -> None:
    assert calendar.deadline(utc(start), timedelta(minutes=minutes)) == utc(due)


def test_deadline_answers_in_utc_and_reads_any_offset() -> None:
    start = datetime(2026, 3, 2, 13, 30, tzinfo=timezone(timedelta(hours=4, minutes=30)))
    due = AMSTERDAM.deadline(start, timedelta(minutes=1.5))
    assert due == datetime(2026, 3, 2, 9, 1, 30, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_deadline_refuses_naive_starts_and_negative_durations() -> None:
    with pytest.raises(ValueError, match="offset"):
        AMSTERDAM.deadline(datetime(2026, 3, 2, 9, 0), timedelta(hours=1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="negative"):
        AMSTERDAM.deadline(utc("2026-03-02 09:00"), timedelta(microseconds=-1))


@pytest.mark.parametrize(
    "instant", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), utc("1899-12-31")]
)
def test_instants_far_out_are_refused(instant: datetime) -> None:
    with pytest.raises(ValueError, match="range"):
        AMSTERDAM.deadline(instant, timedelta(hours=1))


# -- never open -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "calendar",
    [
        WorkCalendar.parse("UTC", {}),
        WorkCalendar.parse("UTC", {"mon": []}),
        WorkCalendar.parse("UTC", {}, exceptions={"2025-12-31": OFFICE}),
    ],
)
def test_deadline_of_a_calendar_that_never_opens_again_is_refused(calendar: WorkCalendar) -> None:
    start = utc("2026-01-01 00:00")
    for duration in (timedelta(0), timedelta(minutes=1)):
        with pytest.raises(NeverOpen):
            calendar.deadline(start, duration)
    with pytest.raises(NeverOpen):
        calendar.business_days_deadline(start, 1)
    assert calendar.working_time(start, utc("2027-01-01 00:00")) == timedelta(0)


def test_deadline_uses_up_the_last_exception_and_no_more() -> None:
    calendar = WorkCalendar.parse("UTC", {}, exceptions={"2030-12-31": OFFICE})
    start = utc("2026-01-01 00:00")
    assert calendar.deadline(start, timedelta(hours=8)) == utc("2030-12-31 17:00")
    with pytest.raises(NeverOpen):
        calendar.deadline(start, timedelta(hours=8, microseconds=1))


def test_deadline_beyond_the_horizon_is_refused() -> None:
    start = utc("2026-01-01 00:00")
    for calendar in (AMSTERDAM, AROUND_THE_CLOCK):
        with pytest.raises(NeverOpen):
            calendar.deadline(start, HORIZON + timedelta(microseconds=1))
    assert AROUND_THE_CLOCK.deadline(start, HORIZON) == start + HORIZON
    with pytest.raises(NeverOpen):
        AMSTERDAM.business_days_deadline(start, 10**12)


# -- working time and the clocks' changes -----------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Europe/Amsterdam", "2026-03-29", 23),  # spring forward
        ("Europe/Amsterdam", "2026-10-25", 25),  # fall back
        ("Europe/Amsterdam", "2026-06-01", 24),
        ("America/New_York", "2026-03-08", 23),  # spring forward
        ("America/New_York", "2026-11-01", 25),  # fall back
        ("Australia/Lord_Howe", "2026-10-04", 23.5),  # spring forward by half an hour
        ("Australia/Lord_Howe", "2026-04-05", 24.5),  # fall back by half an hour
        ("America/Havana", "2026-03-08", 23),  # midnight is skipped
        ("America/Havana", "2026-11-01", 25),  # midnight comes twice
        ("America/St_Johns", "2009-11-01", 25),  # 00:01 becomes 23:01 of the day before
        ("Africa/Casablanca", "2026-02-15", 25),  # Ramadan
        ("Asia/Tehran", "2026-03-21", 24),  # no summer time since 2022
        ("Asia/Tehran", "2022-03-22", 23),
        ("Pacific/Apia", "2011-12-30", 0),  # a date left out
    ],
)
def test_working_time_of_a_whole_local_day(zone: str, on: str, hours: float) -> None:
    start, end = utc(on) - timedelta(days=3), utc(on) + timedelta(days=3)
    alone = WorkCalendar.parse(zone, {}, exceptions={on: WHOLE})
    assert alone.working_time(start, end) == timedelta(hours=hours)
    # With its neighbours nothing is lost or doubled; the holiday long ago forbids the short cut.
    all_days = WorkCalendar.parse(zone, dict.fromkeys(DAYS, WHOLE), ["2000-01-01"])
    assert all_days.working_time(start, end) == timedelta(days=6)


AMSTERDAM_SPRING = "2026-03-29"  # 02:00 becomes 03:00 at 01:00 UTC
AMSTERDAM_AUTUMN = "2026-10-25"  # 03:00 becomes 02:00 at 01:00 UTC
LORD_HOWE_SPRING = "2026-10-04"  # 02:00 becomes 02:30 at 15:30 UTC of the 3rd
LORD_HOWE_AUTUMN = "2026-04-05"  # 02:00 becomes 01:30 at 15:00 UTC of the 4th


@pytest.mark.parametrize(
    ("zone", "on", "hours", "opens", "closes"),
    [
        # Spring forward: a skipped opening or closing moves to the next time that exists
        ("Europe/Amsterdam", AMSTERDAM_SPRING, ["02:30", "05:00"], "2026-03-29 01:00", "2026-03-29 03:00"),
        ("Europe/Amsterdam", AMSTERDAM_SPRING, ["01:00", "02:30"], "2026-03-29 00:00", "2026-03-29 01:00"),
        ("Europe/Amsterdam", AMSTERDAM_SPRING, ["01:30", "03:30"], "2026-03-29 00:30", "2026-03-29 01:30"),
        ("Europe/Amsterdam", "2026-03-28", ["22:00", "02:15"], "2026-03-28 21:00", "2026-03-29 01:00"),
        ("Europe/Amsterdam", "2026-03-28", ["22:00", "06:00"], "2026-03-28 21:00", "2026-03-29 04:00"),
        # Fall back: of a double time the first counts
        ("Europe/Amsterdam", AMSTERDAM_AUTUMN, ["02:30", "05:00"], "2026-10-25 00:30", "2026-10-25 04:00"),
        ("Europe/Amsterdam", AMSTERDAM_AUTUMN, ["01:00", "02:30"], "2026-10-24 23:00", "2026-10-25 00:30"),
        ("Europe/Amsterdam", AMSTERDAM_AUTUMN, ["02:00", "03:00"], "2026-10-25 00:00", "2026-10-25 02:00"),
        ("Europe/Amsterdam", "2026-10-24", ["22:00", "06:00"], "2026-10-24 20:00", "2026-10-25 05:00"),
        # Lord Howe changes by half an hour
        ("Australia/Lord_Howe", LORD_HOWE_SPRING, ["02:15", "05:00"], "2026-10-03 15:30", "2026-10-03 18:00"),
        ("Australia/Lord_Howe", LORD_HOWE_SPRING, ["01:00", "03:00"], "2026-10-03 14:30", "2026-10-03 16:00"),
        ("Australia/Lord_Howe", LORD_HOWE_AUTUMN, ["01:45", "05:00"], "2026-04-04 14:45", "2026-04-04 18:30"),
        ("Australia/Lord_Howe", LORD_HOWE_AUTUMN, ["01:00", "02:00"], "2026-04-04 14:00", "2026-04-04 15:30"),
        # New York
        ("America/New_York", "2026-03-08", ["02:30", "05:00"], "2026-03-08 07:00", "2026-03-08 09:00"),
        ("America/New_York", "2026-11-01", ["01:30", "05:00"], "2026-11-01 05:30", "2026-11-01 10:00"),
    ],
)
def test_hours_where_the_clocks_change(zone: str, on: str, hours: list[str], opens: str, closes: str) -> None:
    calendar = WorkCalendar.parse(zone, {}, exceptions={on: [hours]})
    start, end = utc(opens) - timedelta(days=2), utc(opens) + timedelta(days=2)
    assert calendar.next_opening(start) == utc(opens)
    assert calendar.closing_of(date.fromisoformat(on)) == utc(closes)
    assert calendar.working_time(start, end) == utc(closes) - utc(opens)


def test_hours_skipped_whole_in_spring_make_no_working_day() -> None:
    calendar = every_day("Europe/Amsterdam", ["02:00", "03:00"])
    skipped = date(2026, 3, 29)
    assert not calendar.is_working_day(skipped)
    assert calendar.closing_of(skipped) is None
    due = calendar.business_days_deadline(at("2026-03-28 02:30 Europe/Amsterdam"), 1)
    assert due == at("2026-03-30 02:30 Europe/Amsterdam")


def test_hours_that_touch_inside_a_double_hour_count_it_once() -> None:
    calendar = every_day("Europe/Amsterdam", ["00:00", "02:30"], ["02:30", "24:00"])
    assert calendar.working_time(utc("2026-10-24 22:00"), utc("2026-10-25 23:00")) == timedelta(hours=25)
    assert calendar.is_around_the_clock


@pytest.mark.parametrize(
    ("calendar", "start", "end", "minutes"),
    [
        (AMSTERDAM, "2026-03-02 08:30", "2026-03-02 09:00", 30),
        (AMSTERDAM, "2026-03-06 15:00", "2026-03-09 09:00", 120),
        (AMSTERDAM, "2026-03-07 00:00", "2026-03-08 23:00", 0),
        (AMSTERDAM, "2026-12-24 00:00", "2026-12-26 00:00", 180),
        (AMSTERDAM, "2026-04-27 00:00", "2026-04-28 00:00", 60),
        (AMSTERDAM, "2026-12-31 00:00", "2027-01-01 00:00", 0),
        (AMSTERDAM, "2026-03-02 09:00", "2026-03-02 09:00", 0),
        (LUNCHING, "2026-03-02 00:00", "2026-03-07 00:00", 35 * 60),
        (NIGHTS, "2026-03-31 20:00", "2026-04-01 04:00", 480),  # over the end of a month
        (NEW_YORK, "2016-01-01 00:00", "2024-01-01 00:00", 2086 * 480),
    ],
)
def test_working_time_is_what_the_table_says(calendar: WorkCalendar, start: str, end: str, minutes: int) -> None:
    assert calendar.working_time(utc(start), utc(end)) == timedelta(minutes=minutes)


def test_working_time_counts_hours_begun_two_dates_before_in_utc() -> None:
    """At UTC-11, hours that start on 30 May still run on 1 June in UTC."""
    calendar = WorkCalendar.parse("Pacific/Pago_Pago", {}, exceptions={"2026-05-30": [["20:00", "19:00"]]})
    assert calendar.working_time(utc("2026-06-01 00:00"), utc("2026-06-02 00:00")) == timedelta(hours=6)
    assert calendar.working_time(utc("2026-05-30 00:00"), utc("2026-06-02 00:00")) == timedelta(hours=23)


def test_working_time_refuses_what_has_no_answer() -> None:
    start = utc("2026-03-02 09:00")
    with pytest.raises(ValueError, match="follow"):
        AMSTERDAM.working_time(start, start - timedelta(microseconds=1))
    with pytest.raises(ValueError, match="follow"):
        AMSTERDAM.working_time(start, start + HORIZON + timedelta(days=1))
    with pytest.raises(ValueError, match="offset"):
        AMSTERDAM.working_time(start, datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001


# -- questions --------------------------------------------------------------------------------


def test_is_open_from_the_opening_until_before_the_closing() -> None:
    assert not AMSTERDAM.is_open(utc("2026-03-02 07:59:59.999999"))
    assert AMSTERDAM.is_open(utc("2026-03-02 08:00"))
    assert AMSTERDAM.is_open(utc("2026-03-02 15:59:59.999999"))
    assert not AMSTERDAM.is_open(utc("2026-03-02 16:00"))


def test_next_opening_is_now_while_open() -> None:
    assert AMSTERDAM.next_opening(utc("2026-03-02 10:00")) == utc("2026-03-02 10:00")
    assert AMSTERDAM.next_opening(utc("2026-03-06 16:00")) == utc("2026-03-09 08:00")


def test_working_days_skip_weekends_holidays_and_closed_exceptions() -> None:
    assert AMSTERDAM.is_working_day(date(2026, 4, 27))  # a holiday, but the exception opens it
    assert not AMSTERDAM.is_working_day(date(2026, 4, 6))
    assert not AMSTERDAM.is_working_day(date(2026, 12, 31))
    assert AMSTERDAM.is_working_day(date(2026, 4, 7))
    assert not TEHRAN.is_working_day(date(2026, 3, 24))
    assert TEHRAN.is_working_day(date(2026, 3, 25))


def test_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    saturday = date(2026, 3, 7)
    assert not NIGHTS.is_working_day(saturday)
    assert NIGHTS.is_open(at("2026-03-07 05:59 Europe/Amsterdam"))
    assert NIGHTS.closing_of(date(2026, 3, 6)) == at("2026-03-07 06:00 Europe/Amsterdam")
    assert NIGHTS.closing_of(saturday) is None


def test_a_night_before_a_holiday_runs_into_it_and_none_starts_there() -> None:
    calendar = WorkCalendar.parse("UTC", dict.fromkeys(DAYS, NIGHT), holidays=["2026-12-25"])
    assert calendar.is_open(utc("2026-12-25 05:00"))
    assert not calendar.is_open(utc("2026-12-25 23:00"))
    assert not calendar.is_open(utc("2026-12-26 05:00"))


def test_a_datetime_is_no_date() -> None:
    with pytest.raises(ValueError, match="date"):
        AMSTERDAM.is_working_day(utc("2026-12-25 00:00"))


# -- business days ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "start", "days", "due"),
    [
        (AMSTERDAM, "2026-03-02 10:15", 1, "2026-03-03 10:15"),
        (AMSTERDAM, "2026-03-02 10:15", 3, "2026-03-05 10:15"),
        (AMSTERDAM, "2026-03-02 10:15", 0, "2026-03-02 10:15"),
        (AMSTERDAM, "2026-03-02 18:00", 0, "2026-03-03 09:00"),
        # over a weekend; after closing it starts at the next opening
        (AMSTERDAM, "2026-03-06 10:15", 1, "2026-03-09 10:15"),
        (AMSTERDAM, "2026-03-06 18:00", 1, "2026-03-10 09:00"),
        (AMSTERDAM, "2026-03-06 17:00", 1, "2026-03-10 09:00"),
        (AMSTERDAM, "2026-03-07 10:15", 1, "2026-03-10 09:00"),
        # over Good Friday's weekend with Easter Monday closed
        (AMSTERDAM, "2026-04-02 16:00", 2, "2026-04-07 16:00"),
        (AMSTERDAM, "2026-04-03 18:30", 1, "2026-04-08 09:00"),
        # cut to the closing of Christmas Eve; next opening where the day opens later
        (AMSTERDAM, "2026-12-23 15:00", 1, "2026-12-24 12:00"),
        (AMSTERDAM, "2026-12-23 15:00", 2, "2026-12-28 15:00"),
        (AMSTERDAM, "2026-04-24 09:30", 1, "2026-04-27 10:00"),
        # the same wall time where the clocks change in between
        (AMSTERDAM, "2026-03-27 10:15", 1, "2026-03-30 10:15"),
        (AMSTERDAM, "2026-10-23 10:15", 1, "2026-10-26 10:15"),
        (DAILY, "2026-03-28 02:30", 1, "2026-03-29 03:00"),
        (DAILY, "2026-10-24 02:30", 1, "2026-10-25 02:30"),
        # a night's small hours are compared with those of the next night
        (NIGHTS, "2026-03-03 02:00", 1, "2026-03-04 02:00"),
        (NIGHTS, "2026-03-07 02:00", 1, "2026-03-10 02:00"),
        (NIGHTS, "2026-03-07 12:00", 1, "2026-03-10 22:00"),
        (LUNCHING, "2026-03-02 12:30", 1, "2026-03-03 13:00"),
        (AMSTERDAM, "2028-02-28 10:00", 1, "2028-02-29 10:00"),
    ],
)
def test_business_days_end_at_the_same_wall_time(calendar: WorkCalendar, start: str, days: int, due: str) -> None:
    zone = f" {calendar.timezone}"
    assert calendar.business_days_deadline(at(start + zone), days) == at(due + zone)


def test_business_days_of_tehran_skip_thursday_and_friday() -> None:
    due = TEHRAN.business_days_deadline(at("2026-03-11 10:00 Asia/Tehran"), 1)
    assert due == at("2026-03-14 10:00 Asia/Tehran")


@pytest.mark.parametrize(
    ("noon", "due"), [("12:00", "13:00"), ("12:30", "13:00"), ("11:59", "11:59"), ("13:00", "13:00")]
)
def test_business_days_that_end_in_a_gap_wait_for_the_opening(noon: str, due: str) -> None:
    hours = {"mon": OFFICE, "tue": LUNCH}
    calendar = WorkCalendar.parse("UTC", hours)
    assert calendar.business_days_deadline(utc(f"2026-03-02 {noon}"), 1) == utc(f"2026-03-03 {due}")


def test_business_days_around_the_clock_are_calendar_days() -> None:
    start = utc("2026-03-06 18:30")
    assert AROUND_THE_CLOCK.business_days_deadline(start, 3) == utc("2026-03-09 18:30")


def test_business_days_from_the_second_turn_of_a_double_midnight() -> None:
    calendar = every_day("America/St_Johns", ["00:00", "24:00"])
    start = datetime(2009, 11, 1, 2, 35, tzinfo=UTC)  # 23:05 of the 31st again, after 00:00
    assert calendar.business_days_deadline(start, 1) == utc("2009-11-02 03:30")


def test_business_days_duration_is_their_working_time() -> None:
    friday = at("2026-03-06 16:00 Europe/Amsterdam")
    assert AMSTERDAM.business_days_duration(friday, 1) == timedelta(hours=8)
    assert AMSTERDAM.business_days_duration(friday, 3) == timedelta(hours=24)
    saturday = at("2026-03-07 16:00 Europe/Amsterdam")
    assert AMSTERDAM.business_days_duration(saturday, 1) == timedelta(hours=8)
    eve = at("2026-12-23 15:00 Europe/Amsterdam")
    assert AMSTERDAM.business_days_duration(eve, 1) == timedelta(hours=5)


def test_business_days_refuse_a_negative_number() -> None:
    with pytest.raises(ValueError, match="negative"):
        AMSTERDAM.business_days_deadline(utc("2026-03-02 09:00"), -1)


# -- definitions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "attr", "code"),
    [
        ({"timezone": "Europe/Atlantis"}, "timezone", "unknown_zone"),
        ({"timezone": "Europe"}, "timezone", "unknown_zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "unknown_zone"),
        ({"timezone": "europe/amsterdam"}, "timezone", "unknown_zone"),
        ({"timezone": "localtime"}, "timezone", "unknown_zone"),
        ({"timezone": "UTC\0"}, "timezone", "unknown_zone"),
        ({"timezone": ""}, "timezone", "unknown_zone"),
        ({"timezone": None}, "timezone", "unknown_zone"),
        ({"hours": None}, "hours", "invalid"),
        ({"hours": ["mon"]}, "hours", "invalid"),
        ({"hours": {"monday": OFFICE}}, "hours.monday", "unknown_day"),
        ({"hours": {"Mon": OFFICE}}, "hours.Mon", "unknown_day"),
        ({"hours": {1: OFFICE}}, "hours", "unknown_day"),
        ({"hours": {"mon": None}}, "hours.mon", "invalid"),
        ({"hours": {"mon": "09:00-17:00"}}, "hours.mon", "invalid"),
        ({"hours": {"mon": {"09:00": "17:00"}}}, "hours.mon", "invalid"),
        ({"hours": {"mon": ["09:00", "17:00"]}}, "hours.mon.0", "invalid"),
        ({"hours": {"mon": [["09:00"]]}}, "hours.mon.0", "invalid"),
        ({"hours": {"mon": [["09:00", "17:00", "18:00"]]}}, "hours.mon.0", "invalid"),
        ({"hours": {"mon": [["09:00", None]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [[9, 17]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["9:00", "17:00"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["09:00", "24:01"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["09:00", "17:60"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["09:00", "17:00\n"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["\u0660\u0669:\u0660\u0660", "17:00"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["24:00", "06:00"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["24:00", "24:00"]]}}, "hours.mon.0", "invalid_time"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "hours.mon.0", "empty_interval"),
        ({"hours": {"mon": [["00:00", "00:00"]]}}, "hours.mon.0", "empty_interval"),
        ({"hours": {"mon": [["09:00", "13:00"], ["12:00", "17:00"]]}}, "hours.mon.1", "overlap"),
        ({"hours": {"mon": [["12:00", "17:00"], ["09:00", "13:00"]]}}, "hours.mon.0", "overlap"),
        ({"hours": {"mon": [["09:00", "17:00"], ["09:00", "17:00"]]}}, "hours.mon.1", "overlap"),
        ({"hours": {"mon": [["22:00", "06:00"], ["23:00", "23:30"]]}}, "hours.mon.1", "overlap"),
        ({"hours": {"mon": NIGHT, "tue": [["05:59", "12:00"]]}}, "hours.tue", "overlap"),
        ({"hours": {"sun": NIGHT, "mon": [["00:00", "12:00"]]}}, "hours.mon", "overlap"),
        ({"holidays": None}, "holidays", "invalid"),
        ({"holidays": "2026-12-25"}, "holidays", "invalid"),
        ({"holidays": {"2026-12-25": "Christmas"}}, "holidays", "invalid"),
        ({"holidays": ["2026-12-25", "2026-02-29"]}, "holidays.1", "invalid_date"),
        ({"holidays": ["20261225"]}, "holidays.0", "invalid_date"),
        ({"holidays": ["2026-W52-5"]}, "holidays.0", "invalid_date"),
        ({"holidays": ["0001-01-01"]}, "holidays.0", "invalid_date"),
        ({"holidays": ["9999-12-31"]}, "holidays.0", "invalid_date"),
        ({"holidays": [20261225]}, "holidays.0", "invalid_date"),
        ({"holidays": [datetime(2026, 12, 25, tzinfo=UTC)]}, "holidays.0", "invalid_date"),
        ({"holidays": ["2026-12-25", "2026-12-26", "2026-12-25"]}, "holidays.2", "duplicate"),
        ({"holidays": ["2026-12-25", date(2026, 12, 25)]}, "holidays.1", "duplicate"),
        ({"exceptions": None}, "exceptions", "invalid"),
        ({"exceptions": ["2026-12-24"]}, "exceptions", "invalid"),
        ({"exceptions": {"Christmas": OFFICE}}, "exceptions.Christmas", "invalid_date"),
        ({"exceptions": {7: OFFICE}}, "exceptions", "invalid_date"),
        ({"exceptions": {"2026-12-24": None}}, "exceptions.2026-12-24", "invalid"),
        ({"exceptions": {"2026-12-24": [["9", "12"]]}}, "exceptions.2026-12-24.0", "invalid_time"),
        (
            {"exceptions": {"2026-12-24": OFFICE, date(2026, 12, 24): []}},
            "exceptions.2026-12-24",
            "duplicate",
        ),
        # Thursday's exception runs into Friday, Friday's begins inside Thursday's night
        (
            {"hours": {"fri": [["05:00", "12:00"]]}, "exceptions": {"2026-12-24": NIGHT}},
            "exceptions.2026-12-24",
            "overlap",
        ),
        (
            {"hours": {"thu": NIGHT}, "exceptions": {"2026-12-25": [["05:00", "12:00"]]}},
            "exceptions.2026-12-25",
            "overlap",
        ),
    ],
)
def test_parse_names_the_fault(arguments: dict[str, object], attr: str, code: str) -> None:
    definition: dict[str, object] = {"timezone": "UTC", "hours": {}}
    with pytest.raises(CalendarError) as caught:
        WorkCalendar.parse(**{**definition, **arguments})
    assert (caught.value.attr, caught.value.code) == (attr, code)
    assert caught.value.message is not None


def test_parse_allows_hours_that_touch_across_midnight() -> None:
    calendar = WorkCalendar.parse("UTC", {"mon": NIGHT, "tue": [["06:00", "12:00"]]})
    assert calendar.working_time(utc("2026-03-02 00:00"), utc("2026-03-04 00:00")) == timedelta(hours=14)


def test_parse_allows_a_night_before_a_day_that_an_exception_closes() -> None:
    calendar = WorkCalendar.parse(
        "UTC", {"fri": OFFICE}, holidays=["2026-12-25"], exceptions={"2026-12-24": [["22:00", "10:00"]]}
    )
    assert calendar.closing_of(date(2026, 12, 24)) == utc("2026-12-25 10:00")


def test_definition_goes_there_and_back() -> None:
    definition = {
        "timezone": "Europe/Amsterdam",
        "hours": {"mon": LUNCH, "fri": NIGHT, "sat": [["18:00", "24:00"]]},
        "holidays": ["2026-04-06", "2026-12-25"],
        "exceptions": {"2026-12-24": [["09:00", "12:00"]], "2026-12-31": []},
    }
    calendar = WorkCalendar.parse(**definition)
    assert calendar.to_definition() == definition
    assert WorkCalendar.parse(**calendar.to_definition()) == calendar


def test_calendars_are_equal_and_hashed_by_what_they_mean() -> None:
    one = WorkCalendar.parse("UTC", {"mon": [["13:00", "00:00"], ["09:00", "12:00"]], "tue": []})
    two = WorkCalendar.parse("UTC", {"mon": [["09:00", "12:00"], ["13:00", "24:00"]]})
    one.deadline(utc("2026-03-02 09:00"), timedelta(hours=1))
    assert one == two
    assert hash(one) == hash(two)
    assert one != WorkCalendar.parse("Europe/London", {"mon": [["09:00", "12:00"], ["13:00", "24:00"]]})


def test_around_the_clock_knows_itself() -> None:
    assert AROUND_THE_CLOCK.is_around_the_clock
    assert every_day("UTC", ["18:00", "06:00"], ["06:00", "18:00"]).is_around_the_clock
    assert not every_day("UTC", ["00:00", "23:59"]).is_around_the_clock
    assert not WorkCalendar.parse("UTC", dict.fromkeys(DAYS, WHOLE), ["2026-12-25"]).is_around_the_clock
    assert AROUND_THE_CLOCK.to_definition()["hours"] == dict.fromkeys(DAYS, WHOLE)


# -- properties -------------------------------------------------------------------------------

ZONES = [
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
]
# Days around which some of these zones change their clocks, and the end of a leap February.
EDGES = [
    "2024-02-29",
    "2026-03-08",
    "2026-03-29",
    "2026-04-05",
    "2026-10-04",
    "2026-10-25",
    "2026-11-01",
    "2026-12-31",
]

# No time limit: the machine that runs the tests may be busy.
relaxed = settings(deadline=None)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("09:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from([*DAYS, "2026-12-24"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def _as_text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def days_of_hours(draw: st.DrawFn, first_quarter: int) -> list[list[str]]:
    """Up to three intervals of one day that do not overlap, written in any order."""
    minutes = sorted(draw(st.sets(st.integers(first_quarter, 96).map(lambda n: n * 15), max_size=6)))
    pairs = zip(minutes[::2], minutes[1::2], strict=False)
    return draw(st.permutations([[_as_text(opens), _as_text(closes)] for opens, closes in pairs]))


nights = st.tuples(st.sampled_from(["18:00", "22:15"]), st.sampled_from(["00:00", "02:30", "06:00"])).map(
    lambda night: [list(night)]
)
# Either any hours of the day, or such that leave the small hours to a night before.
weeks = st.one_of(
    st.dictionaries(st.sampled_from(DAYS), days_of_hours(first_quarter=0)),
    st.dictionaries(st.sampled_from(DAYS), nights | days_of_hours(first_quarter=24)),
)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    hours = draw(weeks) | {"wed": draw(st.sampled_from([OFFICE, LUNCH]))}
    on = st.sampled_from(EDGES).map(date.fromisoformat)
    exceptions = draw(st.dictionaries(on, st.sampled_from([[], [["06:00", "12:00"]]]), max_size=2))
    return WorkCalendar.parse(draw(st.sampled_from(ZONES)), hours, draw(st.sets(on, max_size=2)), exceptions)


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    edge = utc(draw(st.sampled_from(EDGES)))
    return edge + draw(st.integers(-3 * 24 * 60, 3 * 24 * 60)) * timedelta(minutes=1)


durations = st.integers(0, 90 * 24 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds))


@relaxed
@given(calendars(), instants(), durations)
def test_deadline_is_the_earliest_instant_with_that_much_work(
    calendar: WorkCalendar, start: datetime, duration: timedelta
) -> None:
    due = calendar.deadline(start, duration)
    assert calendar.working_time(start, due) == duration
    if duration:
        before = due - timedelta(microseconds=1)
        assert calendar.working_time(start, before) == duration - timedelta(microseconds=1)
    else:
        assert calendar.is_open(due)


@relaxed
@given(calendars(), st.lists(instants(), min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up(calendar: WorkCalendar, points: list[datetime]) -> None:
    first, middle, last = points
    parts = calendar.working_time(first, middle) + calendar.working_time(middle, last)
    assert parts == calendar.working_time(first, last) <= last - first


@relaxed
@given(calendars(), instants(), durations, durations)
def test_deadline_goes_on_where_the_first_part_ended(
    calendar: WorkCalendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    whole = calendar.deadline(start, one + two)
    assert calendar.deadline(calendar.deadline(start, one), two) in (whole, calendar.next_opening(whole))


@relaxed
@given(calendars(), instants(), instants(), durations, durations)
def test_deadline_never_goes_back(
    calendar: WorkCalendar, start: datetime, later: datetime, short: timedelta, long: timedelta
) -> None:
    start, later = sorted((start, later))
    short, long = sorted((short, long))
    assert calendar.deadline(start, short) <= calendar.deadline(start, long)
    assert calendar.deadline(start, short) <= calendar.deadline(later, short)


@relaxed
@given(calendars(), instants(), st.integers(0, 12))
def test_business_days_are_counted_by_working_days(calendar: WorkCalendar, start: datetime, days: int) -> None:
    due = calendar.business_days_deadline(start, days)
    next_due = calendar.business_days_deadline(start, days + 1)
    assert start <= due < next_due
    assert calendar.working_time(due, next_due) > timedelta(0) or not calendar.is_open(due)
    assert calendar.business_days_duration(start, days) == calendar.working_time(start, due)


@relaxed
@given(calendars())
def test_definition_of_any_calendar_makes_it_again(calendar: WorkCalendar) -> None:
    again = WorkCalendar.parse(**calendar.to_definition())
    assert again == calendar
    assert hash(again) == hash(calendar)


@relaxed
@given(json_values, json_values, json_values, json_values)
def test_parse_of_any_json_makes_a_calendar_or_a_calendar_error(
    zone: object, hours: object, holidays: object, exceptions: object
) -> None:
    drafts: list[tuple[object, ...]] = [
        (zone, hours, holidays, exceptions),
        ("UTC", hours),
        ("UTC", {"mon": hours}),
        ("UTC", {}, holidays),
        ("UTC", {}, [holidays], exceptions),
        ("UTC", {}, [], {"2026-12-24": exceptions}),
    ]
    for draft in drafts:
        with suppress(CalendarError):
            calendar = WorkCalendar.parse(*draft)
            assert WorkCalendar.parse(**calendar.to_definition()) == calendar


# -- the oracle -------------------------------------------------------------------------------


def open_minutes(calendar: WorkCalendar, start: datetime, end: datetime) -> Iterator[datetime]:
    """Each open minute, found by watching the wall clock go round, one minute at a time.

    A clock that is set back is read as standing still until it has caught up: that is what "the
    first of a double time counts" means for whoever watches it. It shares no code with the
    implementation but the definition; the watch begins two days early, to know what was shown.
    """
    definition = calendar.to_definition()
    latest = datetime.min  # noqa: DTZ901
    for step in range(-2 * 24 * 60, int((end - start).total_seconds()) // 60):
        minute = start + timedelta(minutes=step)
        latest = max(latest, minute.astimezone(ZoneInfo(calendar.timezone)).replace(tzinfo=None))
        if step >= 0 and shown_in_hours(definition, latest):
            yield minute


def shown_in_hours(definition: dict[str, object], wall: datetime) -> bool:
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    text = f"{wall:%H:%M}"
    running = any(opens <= text and (text < closes or closes <= opens) for opens, closes in rows_of(definition, today))
    return running or any(closes <= opens and text < closes for opens, closes in rows_of(definition, yesterday))


def rows_of(definition: dict[str, object], day: date) -> list[list[str]]:
    exceptions, hours, holidays = (definition[key] for key in ("exceptions", "hours", "holidays"))
    assert isinstance(exceptions, dict)
    assert isinstance(hours, dict)
    assert isinstance(holidays, list)
    if day.isoformat() in exceptions:
        rows: list[list[str]] = exceptions[day.isoformat()]
        return rows
    return [] if day.isoformat() in holidays else hours.get(DAYS[day.weekday()], [])


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(0, 3 * 24 * 60))
def test_working_time_equals_that_of_a_watcher(calendar: WorkCalendar, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    minutes = list(open_minutes(calendar, start, end))
    assert calendar.working_time(start, end) == timedelta(minutes=len(minutes))
    if minutes:
        assert calendar.next_opening(start) == minutes[0]
        assert calendar.deadline(start, timedelta(minutes=len(minutes))) == minutes[-1] + timedelta(minutes=1)
