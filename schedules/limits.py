"""Judges a reading by the limits of its step. Pure; the figures are in the step's unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext as _

from schedules.enums import Outcome

if TYPE_CHECKING:
    from schedules.models import Step


class ImpossibleError(ValueError):
    """The figure cannot be: not finite, or outside what the step can measure. Its text is for people."""


@dataclass(frozen=True)
class Limits:
    """None = no such limit. A figure that equals a limit is still good."""

    minimum: float | None = None
    maximum: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None

    @classmethod
    def of_step(cls, step: Step, capacity: int | None) -> Self:
        """The step's limits; its shares count of the asset's capacity on the day, and not where that is unknown."""
        return cls(
            minimum=step.minimum,
            maximum=step.maximum,
            warn_below=step.warn_below,
            warn_above=_lower(step.warn_above, _share(step.warn_above_share, capacity)),
            fail_below=step.fail_below,
            fail_above=_lower(step.fail_above, _share(step.fail_above_share, capacity)),
        )

    def reaching(self, expected: float | None) -> Self:
        """With a figure that has to be reached: less of it fails."""
        return replace(self, fail_below=_higher(self.fail_below, expected))

    def near(self, bounds: tuple[float | None, float | None]) -> Self:
        """With attention below the first and above the second as well."""
        below, above = bounds
        return replace(self, warn_below=_higher(self.warn_below, below), warn_above=_lower(self.warn_above, above))

    def judge(self, value: float) -> Outcome:
        """Pass, warn or fail. Raises ImpossibleError."""
        self._check_possible(value)
        if _outside(value, self.fail_below, self.fail_above):
            return Outcome.FAIL
        return Outcome.WARN if _outside(value, self.warn_below, self.warn_above) else Outcome.PASS

    def _check_possible(self, value: float) -> None:
        if not math.isfinite(value):
            raise ImpossibleError(_("Enter a number."))
        if self.minimum is not None and value < self.minimum:
            raise ImpossibleError(_("It cannot be under %(minimum)g.") % {"minimum": self.minimum})
        if self.maximum is not None and value > self.maximum:
            raise ImpossibleError(_("It cannot be over %(maximum)g.") % {"maximum": self.maximum})


def _outside(value: float, below: float | None, above: float | None) -> bool:
    return (below is not None and value < below) or (above is not None and value > above)


def _share(share: float | None, capacity: int | None) -> float | None:
    return None if share is None or capacity is None else share * capacity


def _higher(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return max(known, default=None)


def _lower(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return min(known, default=None)
