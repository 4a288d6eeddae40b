"""The dates of one schedule: its rules, one after the other, cut to the days on which work is in bounds.

Pure calculation on values. Every set of terms gives a stretch of days under one rule; a renewal
keeps the anchor, so the dates go on as if nothing had ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from contracts.cadence import rule_of
from contracts.coverage import Span, contains, first_on_or_after
from schedules.recurrence import LAST_DATE, Rule, Window, WorkingDays, next_floating, nominal_dates, window

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Definition:
    """How often a procedure is due under a plan; the fields have the names of `Schedule`'s columns."""

    frequency: str
    interval: int
    anchor_on: date
    due_time: time  # wall time in `timezone`
    timezone: str
    weekdays: list[str]
    month_rule: dict[str, Any]
    cadence: str
    nonworking_day: str
    performer: str

    def columns(self) -> dict[str, Any]:
        return asdict(self)

    def rule(self, *, from_on: date, until_on: date) -> Rule:
        """Raises RuleError for a definition that makes no sense."""
        return rule_of(self, anchor_on=self.anchor_on, timezone=self.timezone, from_on=from_on, until_on=until_on)


@dataclass(frozen=True)
class Stretch:
    """The days of one set of terms; `spans` are those in bounds."""

    terms_id: int
    from_on: date
    until_on: date
    definition: Definition
    spans: tuple[Span, ...] = ()

    @cached_property
    def rule(self) -> Rule:
        """Raises RuleError."""
        return self.definition.rule(from_on=self.from_on, until_on=min(self.until_on, LAST_DATE))

    @property
    def is_floating(self) -> bool:
        return self.definition.cadence == "floating"

    def dates(self, from_on: date, calendar: WorkingDays | None) -> Iterator[date]:
        """Nominal dates in bounds from that day on; of a floating rule the days the next one may take."""
        if self.is_floating:
            yield from _days(self.spans, max(from_on, self.from_on))
            return
        for span in self.spans:
            yield from self._fixed(max(from_on, span.from_on), span.until_on or LAST_DATE, calendar)

    def _fixed(self, from_on: date, until_on: date, calendar: WorkingDays | None) -> Iterator[date]:
        if from_on > until_on:
            return
        for on in nominal_dates(self.rule, calendar, after=from_on - ONE_DAY):
            if on > until_on:
                return
            yield on


@dataclass(frozen=True)
class Planned:
    """One date of a series that has a due instant."""

    nominal_on: date
    window: Window
    stretch: Stretch


@dataclass(frozen=True)
class Series:
    stretches: tuple[Stretch, ...]
    calendar: WorkingDays | None = field(repr=False)

    def planned(self, from_on: date) -> Iterator[Planned]:
        """Dates in bounds from that day on, without the skipped ones, ascending and lazily.

        It ends behind the first date of a floating stretch: the one after hangs on the completion.
        """
        for stretch in self.stretches:
            for on in stretch.dates(from_on, self.calendar):
                planned = self._plan(on, stretch)
                if planned is not None:
                    yield planned
                    if stretch.is_floating:
                        return

    def on(self, nominal_on: date) -> Planned | None:
        """That date, if it is in bounds, on the rule and not skipped."""
        stretch = self.stretch_on(nominal_on)
        if stretch is None or not contains(stretch.spans, nominal_on):
            return None
        if next(stretch.dates(nominal_on, self.calendar), None) != nominal_on:
            return None
        return self._plan(nominal_on, stretch)

    def after(self, nominal_on: date) -> Planned | None:
        """The next date after that day."""
        return next(self.planned(nominal_on + ONE_DAY), None)

    def first_floating_on(self, from_on: date) -> date:
        """Where a floating series starts: the first anchor + n periods from that day on, else the day itself."""
        stretch = self.near(from_on)
        if stretch is None:
            return from_on
        start = max(from_on, stretch.from_on)
        rule = stretch.definition.rule(from_on=start, until_on=LAST_DATE)
        dates = nominal_dates(rule, self.calendar)
        return next((on for on in dates if window(rule, on, self.calendar)), start)

    def floating_after(self, completed_on: date) -> Planned | None:
        """The date that follows a completion, moved on to the next day in bounds."""
        stretch = self.near(completed_on)
        if stretch is None:
            return None
        return next(self.planned(next_floating(stretch.rule, completed_on, self.calendar)), None)

    def stretch_on(self, on: date) -> Stretch | None:
        """The stretch of the terms that hold on that day."""
        return next((stretch for stretch in self.stretches if stretch.from_on <= on <= stretch.until_on), None)

    def near(self, on: date) -> Stretch | None:
        """The stretch of that day, else the next one, else the last."""
        later = (stretch for stretch in self.stretches if stretch.until_on >= on)
        return next(later, self.stretches[-1] if self.stretches else None)

    def _plan(self, on: date, stretch: Stretch) -> Planned | None:
        found = window(stretch.rule, on, self.calendar)
        return Planned(on, found, stretch) if found else None


def _days(spans: tuple[Span, ...], from_on: date) -> Iterator[date]:
    day = first_on_or_after(spans, from_on)
    while day is not None and day <= LAST_DATE:
        yield day
        day = first_on_or_after(spans, day + ONE_DAY)
