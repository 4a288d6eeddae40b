"""What is usual at an asset, and what is worse than that. Pure values, in the metric's unit."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from schedules.enums import Metric

FIRST_READINGS = 3  # so many make a baseline
# Less of it is worse; of all other metrics, more.
LESS_IS_WORSE = frozenset({Metric.CALL_QUALITY_MOS})
# What is compared with a baseline.
BASELINE_METRICS = (
    Metric.CALL_QUALITY_MOS,
    Metric.NETWORK_UTILISATION,
    Metric.JITTER_MS,
    Metric.PACKET_LOSS,
    Metric.LATENCY_MS,
)

Bounds = tuple[float | None, float | None]


def baseline_of(first: Sequence[float]) -> float | None:
    """The median of the first three readings, in any order; None while there are fewer."""
    return median(first[:FIRST_READINGS]) if len(first) >= FIRST_READINGS else None


def usual_bounds(metric: str, baseline: float | None, by: float | None) -> Bounds:
    """Below the first or above the second it is worse than usual by more than `by`; None = no such bound."""
    if baseline is None or by is None:
        return None, None
    below, above = round(baseline - by, 6), round(baseline + by, 6)  # 4.3 - 0.2 is 4.1 and no more
    return (below, None) if metric in LESS_IS_WORSE else (None, above)


def is_worse(metric: str, value: float, baseline: float | None, by: float | None) -> bool:
    """Whether the value lies on the bad side of the baseline, by more than `by`."""
    below, above = usual_bounds(metric, baseline, by)
    return (below is not None and value < below) or (above is not None and value > above)
