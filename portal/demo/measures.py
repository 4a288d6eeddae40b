"""The figures of the demo's sites: where they stand, where they drift, and how the seasons move them."""

from __future__ import annotations

import math
from datetime import datetime
from random import Random

from schedules.enums import Metric

# Where a site's figures stand on the first day, and where they drift until the last.
DRIFTS: dict[tuple[str, str], tuple[float, float]] = {
    ("HLM-PBX-1", Metric.VOICEMAIL_MINUTES): (420, 890),  # filling up
    ("BAL-PBX-1", Metric.CALL_QUALITY_MOS): (4.35, 3.7),  # getting worse
    ("BAL-PBX-1", Metric.NETWORK_UTILISATION): (38, 57),
    ("BAL-PBX-1", Metric.JITTER_MS): (8, 18),
}
USUAL: dict[str, tuple[float, float]] = {
    Metric.VOICEMAIL_MINUTES: (260, 340),
    Metric.CALL_QUALITY_MOS: (4.28, 4.24),
    Metric.NETWORK_UTILISATION: (31, 36),
    Metric.JITTER_MS: (8, 9),
    Metric.PACKET_LOSS: (0.2, 0.3),
    Metric.LATENCY_MS: (42, 45),
    Metric.LOG_ERRORS: (0, 0),
    Metric.LOG_WARNINGS: (12, 16),
    Metric.LOG_ACTIONS: (0, 0),
}
# How much more in the busiest weeks: voicemail fills in the summer holidays, networks before the end of the year.
SEASONS: dict[str, tuple[float, int]] = {  # share, day of the year
    Metric.VOICEMAIL_MINUTES: (0.12, 205),
    Metric.NETWORK_UTILISATION: (0.15, 340),
    Metric.LOG_WARNINGS: (0.2, 205),
}
NOISE: dict[str, float] = {Metric.CALL_QUALITY_MOS: 0.01}  # share, where it is not NOISE_ELSEWHERE
NOISE_ELSEWHERE = 0.03


def figure(tag: str, metric: str, *, users: int | None, at: datetime, passed: float, rng: Random) -> float:
    """A plausible figure; `passed` is how much of the demo's time lies behind, from 0 to 1."""
    if metric == Metric.USERS:
        return float(users or 20)
    start, end = DRIFTS.get((tag, metric)) or USUAL[metric]
    share, peak = SEASONS.get(metric, (0.0, 0))
    season = 1 + share * math.cos(2 * math.pi * (at.timetuple().tm_yday - peak) / 365)
    noise = NOISE.get(metric, NOISE_ELSEWHERE)
    value = (start + (end - start) * passed) * season * rng.uniform(1 - noise, 1 + noise)
    return round(value, 2 if value < 10 else 0)
