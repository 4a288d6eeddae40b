"""Cadences as sentences: of a schedule, which has its anchor, and of a plan, which has none yet."""

from datetime import date, time

import pytest

from contracts.cadence import cadence_in_words
from contracts.models import PlanProcedure

ANCHOR = date(2026, 1, 31)  # a Saturday


def words_of(values: dict[str, object], anchor_on: date | None) -> str:
    return cadence_in_words(PlanProcedure(**{"due_time": time(9), "nonworking_day": "as_is"} | values), anchor_on)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frequency": "daily", "interval": 2, "nonworking_day": "as_is"}, "Every 2 days by 09:00"),
        ({"frequency": "weekly", "weekdays": ["mon", "wed"]}, "Every week on Mon, Wed by 09:00"),
        ({"frequency": "weekly", "interval": 2}, "Every 2 weeks on Saturday by 09:00"),
        ({"frequency": "monthly"}, "Every month on day 31 of the month by 09:00"),
        (
            {"frequency": "quarterly", "month_rule": {"kind": "last_working_day"}},
            "Every 3 months on the last working day of the month by 09:00",
        ),
        (
            {"frequency": "monthly", "month_rule": {"kind": "nth_weekday", "nth": -1, "weekday": "fri"}},
            "Every month on the last Friday of the month by 09:00",
        ),
        ({"frequency": "annual"}, "Every year on 31 January by 09:00"),
        ({"frequency": "monthly", "cadence": "floating"}, "Every month after the last completion by 09:00"),
    ],
)
def test_cadence_by_its_anchor(values: dict[str, object], words: str) -> None:
    assert words_of(values, ANCHOR) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frequency": "daily", "nonworking_day": "skip"}, "Every day on working days by 09:00"),
        ({"frequency": "weekly", "weekdays": ["mon", "wed"]}, "Every week on Mon, Wed by 09:00"),
        ({"frequency": "weekly"}, "Every week from the contract's first day by 09:00"),
        ({"frequency": "quarterly"}, "Every 3 months from the contract's first day by 09:00"),
        ({"frequency": "annual"}, "Every year from the contract's first day by 09:00"),
        (
            {"frequency": "monthly", "month_rule": {"kind": "nth_weekday", "nth": 2, "weekday": "tue"}},
            "Every month on the second Tuesday of the month by 09:00",
        ),
        ({"frequency": "monthly", "cadence": "floating"}, "Every month after the last completion by 09:00"),
    ],
)
def test_cadence_of_a_plan(values: dict[str, object], words: str) -> None:
    assert words_of(values, None) == words
