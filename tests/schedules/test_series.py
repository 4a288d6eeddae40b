"""Dates of a schedule over its terms, suspensions and covers; pure."""

from datetime import date, time
from typing import Any

from contracts.coverage import Span
from contracts.worktime import WorkCalendar
from schedules.series import Definition, Series, Stretch

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = WorkCalendar.parse("Europe/Amsterdam", WEEK, [], {})


def definition(**values: Any) -> Definition:
    defaults: dict[str, Any] = {
        "frequency": "weekly",
        "interval": 1,
        "anchor_on": date(2026, 3, 2),
        "due_time": time(9),
        "timezone": "Europe/Amsterdam",
        "weekdays": [],
        "month_rule": {},
        "cadence": "fixed",
        "nonworking_day": "as_is",
        "performer": "var",
    }
    return Definition(**defaults | values)


def stretch(from_on: date, until_on: date, *spans: Span, **values: Any) -> Stretch:
    return Stretch(1, from_on, until_on, definition(**values), spans or (Span(from_on, until_on),))


def series(*stretches: Stretch) -> Series:
    return Series(stretches, CALENDAR)


def dates(row: Series, from_on: date) -> list[str]:
    return [planned.nominal_on.isoformat() for planned in row.planned(from_on)]


MARCH = (date(2026, 3, 1), date(2026, 3, 31))
APRIL = (date(2026, 4, 1), date(2026, 4, 30))


def test_dates_stop_with_the_last_terms() -> None:
    assert dates(series(stretch(*MARCH)), date(2026, 3, 16)) == ["2026-03-16", "2026-03-23", "2026-03-30"]


def test_renewed_terms_go_on_from_the_same_anchor() -> None:
    row = series(stretch(*MARCH), stretch(*APRIL))
    assert dates(row, date(2026, 3, 30)) == ["2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"]


def test_terms_with_another_rule_take_over_on_their_first_day() -> None:
    row = series(stretch(*MARCH), stretch(*APRIL, frequency="monthly"))
    assert dates(row, date(2026, 3, 23)) == ["2026-03-23", "2026-03-30", "2026-04-02"]


def test_suspended_days_are_left_out() -> None:
    spans = (Span(date(2026, 3, 1), date(2026, 3, 8)), Span(date(2026, 3, 20), date(2026, 3, 31)))
    assert dates(series(stretch(*MARCH, *spans)), date(2026, 3, 1)) == ["2026-03-02", "2026-03-23", "2026-03-30"]


def test_date_on_and_off_the_rule() -> None:
    row = series(stretch(*MARCH, Span(date(2026, 3, 1), date(2026, 3, 20))))
    assert row.on(date(2026, 3, 9)) is not None
    assert row.on(date(2026, 3, 10)) is None
    assert row.on(date(2026, 3, 23)) is None
    assert row.on(date(2026, 4, 6)) is None


def test_skipped_dates_are_no_dates() -> None:
    row = series(stretch(*MARCH, frequency="daily", nonworking_day="skip"))
    assert dates(row, date(2026, 3, 27)) == ["2026-03-27", "2026-03-30", "2026-03-31"]
    assert row.on(date(2026, 3, 28)) is None


def test_floating_series_ends_behind_its_first_date() -> None:
    row = series(stretch(*MARCH, frequency="monthly", cadence="floating"), stretch(*APRIL))
    assert dates(row, date(2026, 3, 5)) == ["2026-03-05"]


def test_floating_date_moves_behind_days_out_of_bounds() -> None:
    spans = (Span(date(2026, 3, 1), date(2026, 3, 8)), Span(date(2026, 3, 21), date(2026, 3, 31)))
    row = series(stretch(*MARCH, *spans, cadence="floating", nonworking_day="skip", frequency="weekly"))
    planned = row.floating_after(date(2026, 3, 4))
    assert planned is not None
    assert planned.nominal_on == date(2026, 3, 23)  # the 21st and 22nd are a weekend


def test_floating_series_without_days_left_ends() -> None:
    row = series(stretch(*MARCH, cadence="floating", frequency="monthly"))
    assert row.floating_after(date(2026, 3, 10)) is None


def test_first_floating_date_counts_from_the_anchor() -> None:
    row = series(stretch(date(2026, 1, 1), date(2026, 12, 31), cadence="floating", frequency="monthly"))
    assert row.first_floating_on(date(2026, 5, 10)) == date(2026, 6, 2)


def test_series_without_terms_is_empty() -> None:
    row = series()
    assert dates(row, date(2026, 3, 1)) == []
    assert row.near(date(2026, 3, 1)) is None
    assert row.floating_after(date(2026, 3, 1)) is None
