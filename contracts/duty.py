"""The duty roster as spans of time: where nobody is on duty. Pure: aware instants in, aware instants out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Hours(NamedTuple):
    """Half-open: from `starts_at` until `ends_at`."""

    starts_at: datetime
    ends_at: datetime


def holes(shifts: Iterable[tuple[datetime, datetime]], *, starts_at: datetime, ends_at: datetime) -> list[Hours]:
    """The spans inside [starts_at, ends_at) that no shift covers, in their order; shifts may come in any order."""
    found = []
    free_from = starts_at
    for begin, end in sorted(shifts):
        if begin >= ends_at:
            break
        if begin > free_from:
            found.append(Hours(free_from, begin))
        free_from = max(free_from, end)
    if free_from < ends_at:
        found.append(Hours(free_from, ends_at))
    return found
