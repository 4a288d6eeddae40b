"""Whether a deadline far away costs more than a near one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.timing import median_seconds
from contracts.worktime import WorkCalendar
from portal.demo.builder import NINE_TO_FIVE

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE_DAY = timedelta(hours=8)
ONE_YEAR = ONE_DAY * 260
CALLS = 1000


def deadline_speed(scale: float) -> dict[str, Any]:
    """A working year over a working day, each asked of one calendar again and again, and of a fresh one."""
    calls = round(CALLS * scale)
    day, year = (median_seconds(lambda span=span: ask_again(span, calls), times=5) for span in (ONE_DAY, ONE_YEAR))
    first_day, first_year = (median_seconds(lambda span=span: ask_once(span), times=51) for span in (ONE_DAY, ONE_YEAR))
    return {
        "ratio": round(year / day, 2),
        "of": "WorkCalendar.deadline over one working year, by one over one working day",
        "day_microseconds": round(day / calls * 1e6, 1),
        "year_microseconds": round(year / calls * 1e6, 1),
        "fresh_calendar_ratio": round(first_year / first_day, 2),
        "fresh_calendar_year_microseconds": round(first_year * 1e6, 1),
    }


def ask_again(span: timedelta, calls: int) -> None:
    calendar = office()
    for number in range(calls):
        calendar.deadline(START + timedelta(minutes=number), span)


def ask_once(span: timedelta) -> None:
    office().deadline(START, span)


def office() -> WorkCalendar:
    """Nine to five in a zone that changes its clocks."""
    return WorkCalendar.parse(timezone="Europe/Amsterdam", hours=NINE_TO_FIVE, holidays=["2026-12-25"], exceptions={})
