"""How often in a row a customer has missed work that is its own to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schedules.enums import WorkStatus


@dataclass(frozen=True)
class Past:
    """One work order of a schedule: its nominal date, what became of it, and whether a manager excused it."""

    nominal_on: date
    status: str
    is_excused: bool = False


@dataclass(frozen=True)
class Streak:
    """Missed dates with none done between them; `first_on` and `last_on` are None where there is none."""

    length: int = 0
    first_on: date | None = None
    last_on: date | None = None

    def is_new(self, told_on: date | None) -> bool:
        """Whether nobody was told of it: the date told of last lies before it began."""
        return self.first_on is not None and (told_on is None or told_on < self.first_on)


def missed_streak(newest_first: Iterable[Past]) -> Streak:
    """The streak up to now of one schedule's work by the customer, given from the newest date on.

    What is done, or begun, ends it. What is still due, skipped, cancelled or excused neither adds nor ends.
    """
    missed: list[date] = []
    for past in newest_first:
        if past.status in (WorkStatus.DONE, WorkStatus.IN_PROGRESS):
            break
        if past.status == WorkStatus.MISSED and not past.is_excused:
            missed.append(past.nominal_on)
    return Streak(len(missed), missed[-1], missed[0]) if missed else Streak()
