"""The rules of tickets that no constraint can keep, proved over the whole database by `manage.py verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tickets.clock import ClockError
from tickets.derivation import CLOCK_COLUMNS, clocks_of, columns_of
from tickets.enums import AlertKind, Clock, EventKind, TicketState
from tickets.models import Ticket, TicketEvent

_BATCH = 500
_NEW_TERMS = (EventKind.REOPENED, EventKind.SEVERITY_CHANGED)


def faults() -> Iterator[str]:
    """A line for each fault; nothing where all is well. Tickets are read in batches."""
    rows = Ticket.objects.select_related("policy_version", "calendar_version").order_by("pk")
    related = rows.prefetch_related("events", "alerts", "policy_version__targets")
    for ticket in related.iterator(chunk_size=_BATCH):
        for fault in _faults_of(ticket):
            yield f"{ticket.number}: {fault}"


def _faults_of(ticket: Ticket) -> Iterator[str]:
    events = list(ticket.events.all())
    if not events or events[0].kind != EventKind.OPENED:
        yield "the events do not begin with the opening"
        return
    yield from _faults_of_events(ticket, events)
    yield from _faults_of_alerts(ticket, events)
    yield from _faults_of_clocks(ticket, events)


def _faults_of_events(ticket: Ticket, events: list[TicketEvent]) -> Iterator[str]:
    kinds = Counter(event.kind for event in events)
    if kinds[EventKind.OPENED] != 1:
        yield "opened more than once"
    if ticket.cycle != sum(kinds[kind] for kind in _NEW_TERMS):
        yield "the cycle is not the number of reopenings and changes of severity"
    first = next((event.at for event in events if event.kind == EventKind.ACKNOWLEDGED), None)
    if ticket.acknowledged_at != first:
        yield "acknowledged_at is not the first acknowledgement"
    is_solved = ticket.state in (TicketState.RESOLVED, TicketState.CLOSED)
    if is_solved != (ticket.resolved_at is not None) or (ticket.state == TicketState.CLOSED) != bool(ticket.closed_at):
        yield "the state contradicts its instants"


def _faults_of_alerts(ticket: Ticket, events: list[TicketEvent]) -> Iterator[str]:
    alerts = list(ticket.alerts.all())
    told = Counter((alert.clock, alert.kind) for alert in alerts)
    written = Counter(
        (event.data.get("clock"), event.kind)
        for event in events
        if event.kind in (EventKind.AT_RISK, EventKind.BREACHED)
    )
    if told != written:
        yield "alerts and their events differ"
    for clock in Clock.values:
        if getattr(ticket, f"{clock}_breached_at") and not told[clock, AlertKind.BREACHED]:
            yield f"the missed {clock} was never told"


def _faults_of_clocks(ticket: Ticket, events: list[TicketEvent]) -> Iterator[str]:
    """Until its next alert no column changes, whenever it was derived; from then on the minute task is due."""
    as_of = max(ticket.next_alert_at or events[-1].at, events[-1].at)
    try:
        clocks = clocks_of(ticket, as_of=as_of, events=events)
    except ClockError as error:
        yield f"its clocks cannot be derived: {error}"
        return
    derived = columns_of(clocks)
    if clocks.resolution.state == "paused":  # its deadline moves until the wait ends
        derived.pop("resolution_due_at")
    for column in CLOCK_COLUMNS:
        if column in derived and derived[column] != getattr(ticket, column):
            yield f"{column} is {getattr(ticket, column)}, derived {derived[column]}"
