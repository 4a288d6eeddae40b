"""Where a series of readings is heading: its slope, and when it reaches a capacity. Pure values.

The slope is the ordinary least-squares one (any text on statistics: covariance / variance of time).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
FARTHEST_DAYS = 36525  # a hundred years: what fills later does not fill


class Point(NamedTuple):
    at: datetime
    value: float


@dataclass(frozen=True)
class Trend:
    """`slope_per_day` in the reading's unit; None for fewer than two different instants."""

    last: Point
    slope_per_day: float | None
    count: int

    def reaches(self, capacity: float) -> datetime | None:
        """When the last value, moved on along the slope, arrives at the capacity.

        The instant of the last reading where it is there already; None where it does not grow, or
        arrives in more than a hundred years.
        """
        room = capacity - self.last.value
        if room <= 0:
            return self.last.at
        if self.slope_per_day is None or self.slope_per_day <= 0:
            return None
        days = room / self.slope_per_day
        return self.last.at + timedelta(days=days) if days <= FARTHEST_DAYS else None


def trend_of(points: Sequence[Point]) -> Trend | None:
    """The trend of some readings in any order; None without any."""
    if not points:
        return None
    last = max(points, key=lambda point: point.at)
    return Trend(last, _slope(points, last.at), len(points))


def _slope(points: Sequence[Point], origin: datetime) -> float | None:
    """Per day. Time is counted from a near instant and both means are taken off first, so little is rounded away."""
    days = [(point.at - origin) / ONE_DAY for point in points]
    mean_day = sum(days) / len(days)
    mean_value = sum(point.value / len(points) for point in points)
    spread = sum((day - mean_day) * (day - mean_day) for day in days)
    if not spread:
        return None
    together = sum((day - mean_day) * (point.value - mean_value) for day, point in zip(days, points, strict=True))
    slope = together / spread
    return slope if math.isfinite(slope) else None
