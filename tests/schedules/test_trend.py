"""Slopes, and the day on which a capacity is full."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from schedules.trend import Point, trend_of

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def series(*values: float, every: timedelta = timedelta(days=1)) -> list[Point]:
    return [Point(START + every * index, value) for index, value in enumerate(values)]


def test_trend_of_nothing_is_none() -> None:
    assert trend_of([]) is None


def test_trend_of_one_reading_has_no_slope() -> None:
    trend = trend_of(series(500))
    assert trend is not None
    assert (trend.last.value, trend.slope_per_day, trend.count) == (500, None, 1)
    assert trend.reaches(1000) is None


def test_trend_of_one_instant_has_no_slope() -> None:
    trend = trend_of([Point(START, 1), Point(START, 9)])
    assert trend is not None
    assert trend.slope_per_day is None


@pytest.mark.parametrize(
    ("values", "every", "slope"),
    [
        ((100, 110, 120), timedelta(days=1), 10),
        ((100, 110, 120), timedelta(days=7), 10 / 7),
        ((100, 110, 120), timedelta(hours=12), 20),
        ((5, 5, 5), timedelta(days=1), 0),
        ((30, 20, 10), timedelta(days=1), -10),
        ((1, 2, 1.3, 3.75, 2.25), timedelta(days=1), 0.425),  # the textbook's example
    ],
)
def test_slope_is_that_of_least_squares(values: tuple[float, ...], every: timedelta, slope: float) -> None:
    trend = trend_of(series(*values, every=every))
    assert trend is not None
    assert trend.slope_per_day == pytest.approx(slope)


def test_trend_does_not_ask_for_an_order() -> None:
    points = series(100, 130, 120, 160)
    assert trend_of(points[::-1]) == trend_of(points)


def test_slope_holds_for_small_changes_of_large_values() -> None:
    trend = trend_of(series(*(1e9 + 0.001 * day for day in range(30))))
    assert trend is not None
    assert trend.slope_per_day == pytest.approx(0.001, rel=1e-3)


def test_capacity_is_reached_from_the_last_value_along_the_slope() -> None:
    trend = trend_of(series(100, 110, 120))
    assert trend is not None
    assert trend.reaches(1000) == START + timedelta(days=2 + 88)


def test_capacity_is_reached_already_at_the_last_reading() -> None:
    trend = trend_of(series(990, 1000))
    assert trend is not None
    assert trend.reaches(1000) == START + timedelta(days=1)


@pytest.mark.parametrize("values", [(5, 5, 5), (30, 20, 10), (1, 1 + 1e-9)])
def test_capacity_that_is_never_reached_has_no_date(values: tuple[float, ...]) -> None:
    trend = trend_of(series(*values))
    assert trend is not None
    assert trend.reaches(1000) is None


def test_slope_of_figures_beyond_reason_is_none() -> None:
    trend = trend_of(series(-1e308, 1e308, -1e308, 1e308))
    assert trend is not None
    assert trend.slope_per_day is None or math.isfinite(trend.slope_per_day)
