"""What is usual is the median of the first three readings; the metric says which way is worse."""

import pytest

from schedules.limits import Limits
from schedules.quality import baseline_of, is_worse, usual_bounds


@pytest.mark.parametrize(
    ("first", "baseline"),
    [
        ([], None),
        ([4.2], None),
        ([4.2, 4.4], None),
        ([4.2, 4.4, 3.9], 4.2),
        ([1, 2, 9], 2),
        ([4.2, 4.4, 3.9, 1.0, 1.0], 4.2),  # later ones do not move it
    ],
)
def test_baseline_is_the_median_of_the_first_three(first: list[float], baseline: float | None) -> None:
    assert baseline_of(first) == baseline


@pytest.mark.parametrize(
    ("metric", "baseline", "by", "value", "worse"),
    [
        ("call_quality_mos", 4.3, 0.2, 4.1, False),  # as much as allowed
        ("call_quality_mos", 4.3, 0.2, 4.09, True),
        ("call_quality_mos", 4.3, 0.2, 4.9, False),
        ("network_utilisation", 30, 15, 45, False),
        ("network_utilisation", 30, 15, 45.1, True),
        ("network_utilisation", 30, 15, 1, False),
        ("packet_loss", 0.1, 0.2, 0.3, False),
        ("jitter_ms", None, 5, 900, False),
        ("jitter_ms", 8, None, 900, False),
    ],
)
def test_worse_is_by_more_than_so_much(
    metric: str, baseline: float | None, by: float | None, value: float, worse: bool
) -> None:
    assert is_worse(metric, value, baseline, by) is worse


def test_bounds_lie_on_the_bad_side_alone() -> None:
    assert usual_bounds("call_quality_mos", 4.3, 0.2) == (4.1, None)
    assert usual_bounds("latency_ms", 40, 20) == (None, 60)
    assert usual_bounds("latency_ms", None, 20) == (None, None)


def test_limits_take_the_stricter_of_two() -> None:
    limits = Limits(warn_below=4.0, fail_below=3.6)
    assert limits.near((4.1, None)).warn_below == 4.1
    assert limits.near((3.8, None)).warn_below == 4.0
    assert Limits(warn_above=60).near((None, 45)).warn_above == 45
    assert limits.near((None, None)) == limits


def test_less_than_expected_fails() -> None:
    limits = Limits(minimum=0).reaching(20)
    assert [limits.judge(value) for value in (19, 20, 25)] == ["fail", "pass", "pass"]
    assert Limits().reaching(None) == Limits()
