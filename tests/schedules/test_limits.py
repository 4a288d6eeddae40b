import math

import pytest

from schedules.enums import Outcome
from schedules.limits import ImpossibleError, Limits
from schedules.models import Step

VOICEMAIL = Step(minimum=0, maximum=1_000_000, warn_above_share=0.8, fail_above_share=0.95)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(800, Outcome.PASS), (800.5, Outcome.WARN), (950, Outcome.WARN), (951, Outcome.FAIL), (0, Outcome.PASS)],
)
def test_share_of_capacity_is_judged(value: float, outcome: Outcome) -> None:
    assert Limits.of_step(VOICEMAIL, 1000).judge(value) == outcome


def test_share_does_not_count_without_a_known_capacity() -> None:
    assert Limits.of_step(VOICEMAIL, None).judge(999_999) == Outcome.PASS


def test_stricter_of_limit_and_share_counts() -> None:
    step = Step(warn_above=500, warn_above_share=0.8)
    assert Limits.of_step(step, 1000).judge(600) == Outcome.WARN
    assert Limits.of_step(step, 100).judge(90) == Outcome.WARN


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(4.0, Outcome.PASS), (3.9, Outcome.WARN), (3.6, Outcome.WARN), (3.5, Outcome.FAIL)],
)
def test_low_values_are_judged(value: float, outcome: Outcome) -> None:
    assert Limits(minimum=1, maximum=5, warn_below=4.0, fail_below=3.6).judge(value) == outcome


@pytest.mark.parametrize("value", [0.9, 5.1, math.nan, math.inf, -math.inf])
def test_impossible_value_is_refused(value: float) -> None:
    with pytest.raises(ImpossibleError):
        Limits(minimum=1, maximum=5).judge(value)
