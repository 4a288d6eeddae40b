"""What a date of a schedule makes of a work order: window, coverage, and when it lapses. Writes no row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from schedules.agreements import Agreements
from schedules.models import Procedure, Schedule, WorkOrder
from schedules.series import Planned, Series, Stretch


def place(work_order: WorkOrder, planned: Planned, agreements: Agreements, schedule: Schedule) -> None:
    """Set what the date and its terms decide, all but `lapses_at`."""
    work_order.window_opens_at = planned.window.opens_at
    work_order.due_at = planned.window.due_at
    work_order.window_closes_at = planned.window.closes_at
    work_order.performer = planned.stretch.definition.performer
    decision = agreements.coverage(schedule.contract_id, planned.stretch.terms_id, schedule.procedure.work_kind)
    work_order.coverage_decision = decision.decision
    work_order.coverage_sentence = decision.reason[:400]


def lapse_of(nominal_on: date, series: Series, procedure: Procedure, due: Mapping[date, datetime]) -> datetime | None:
    """When the work of that date is superseded: the due instant of the series' next date.

    `due` has the instants of rows that exist already; theirs count. None for work that accumulates,
    for a floating date, and where no date follows.
    """
    stretch = series.stretch_on(nominal_on)
    if stretch is None or not is_superseded_work(stretch, procedure):
        return None
    return due_of(series.after(nominal_on), due)


def is_superseded_work(stretch: Stretch, procedure: Procedure) -> bool:
    """Whether a later date takes the place of such work."""
    return not procedure.accumulates and not stretch.is_floating


def due_of(planned: Planned | None, due: Mapping[date, datetime]) -> datetime | None:
    """The date's due instant: that of its row where there is one."""
    return due.get(planned.nominal_on, planned.window.due_at) if planned else None
