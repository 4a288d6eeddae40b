"""A queue of what happens when; while the portal is off, nothing does."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

OUTAGE_DAYS_AGO = 131
OUTAGE_LASTS = timedelta(days=2)
TUESDAY = 1


class Timeline:
    """Each entry is a function of its instant; they happen in their order, from `first` until `last`."""

    def __init__(self, *, first: datetime, last: datetime) -> None:
        self.first = first
        self.last = last
        self.off_from = _outage_before(last)
        self.on_again = self.off_from + OUTAGE_LASTS
        self._queue: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._order = count()

    def at(self, when: datetime, happen: Callable[[datetime], object]) -> None:
        """Let it happen then; what would lie outside the demo's days does not happen."""
        if self.off_from <= when < self.on_again:
            when = self.on_again + (when - self.off_from) / 60  # all within the hour after, in the same order
        if self.first <= when <= self.last:
            heapq.heappush(self._queue, (when, next(self._order), happen))

    def run(self) -> None:
        while self._queue:
            now, _, happen = heapq.heappop(self._queue)
            happen(now)


def _outage_before(last: datetime) -> datetime:
    """From a Tuesday on, so that working days are missed in every zone."""
    begins = (last - timedelta(days=OUTAGE_DAYS_AGO)).replace(hour=2, minute=0, second=0)
    return begins - timedelta(days=(begins.weekday() - TUESDAY) % 7)
