"""A ticket's rows as the clock's values, and the clock's answer as the ticket's columns."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from contracts.models import SlaPolicyVersion, SlaTarget
from tickets.clock import PAUSES, Clocks, ClockState, ClockTarget, Event, Targets, evaluate
from tickets.enums import CLOCK_KINDS, Clock, EventKind
from tickets.models import Ticket, TicketEvent

CLOCK_COLUMNS: Final = (
    "response_due_at",
    "response_at_risk_at",
    "response_breached_at",
    "response_met",
    "resolution_due_at",
    "resolution_at_risk_at",
    "resolution_breached_at",
    "resolution_met",
    "resolution_seconds",
    "next_alert_at",
)


def derive_clocks(ticket: Ticket, now: datetime) -> Clocks:
    """Both clocks from all events, written into the ticket's columns; saves nothing. Raises ClockError."""
    clocks = clocks_of(ticket, as_of=now)
    for column, value in columns_of(clocks).items():
        setattr(ticket, column, value)
    return clocks


def clocks_of(ticket: Ticket, *, as_of: datetime, events: Iterable[TicketEvent] | None = None) -> Clocks:
    """Both clocks as of an instant, at least the opening's. `events` in their order, read where not given."""
    rows = ticket.events.filter(kind__in=CLOCK_KINDS) if events is None else events
    read = [_event(row) for row in rows if row.kind in CLOCK_KINDS]
    policy = ticket.policy_version
    return evaluate(
        calendar=ticket.calendar_version.work_calendar(),
        targets=targets_of(policy),
        pause_on=frozenset(policy.pause_on) & PAUSES,
        events=read,
        as_of=as_of,
        severity=next((event.severity for event in read if event.severity), None) or ticket.severity,
        at_risk_share=float(policy.at_risk_share),
    )


def columns_of(clocks: Clocks) -> dict[str, object]:
    """The values of CLOCK_COLUMNS."""
    columns: dict[str, object] = {"next_alert_at": clocks.next_alert_at()}
    for name in Clock.values:
        clock: ClockState = getattr(clocks, name)
        columns[f"{name}_due_at"] = clock.due_at
        columns[f"{name}_at_risk_at"] = clock.at_risk_at
        columns[f"{name}_breached_at"] = clock.breached_at
        columns[f"{name}_met"] = clock.met
    stopped = clocks.resolution.state == "stopped"
    columns["resolution_seconds"] = int(clocks.resolution.spent.total_seconds()) if stopped else None
    return columns


def targets_of(version: SlaPolicyVersion) -> Targets:
    """The policy's targets as the clock reads them: severity -> response, resolution."""
    return {row.severity: {"response": _response(row), "resolution": _resolution(row)} for row in version.targets.all()}


def _response(row: SlaTarget) -> ClockTarget:
    return _target(row.response_minutes, row.response_business_days, row.response_clock)


def _resolution(row: SlaTarget) -> ClockTarget | None:
    if row.resolution_minutes is None and row.resolution_business_days is None:
        return None
    return _target(row.resolution_minutes, row.resolution_business_days, row.resolution_clock)


def _target(minutes: int | None, business_days: int | None, clock: str) -> ClockTarget:
    return ClockTarget(minutes, business_days, "around_the_clock" if clock == "around_the_clock" else "calendar")


def _event(row: TicketEvent) -> Event:
    severity = row.data.get("severity") if row.kind in (EventKind.OPENED, EventKind.SEVERITY_CHANGED) else None
    return Event(row.at, row.kind, severity)
