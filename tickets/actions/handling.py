"""What happens to a ticket between its opening and its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from tickets import mails
from tickets.actions.transition import (
    finish,
    instant_for,
    locked,
    mark_acknowledged,
    record,
    require_state,
    require_text,
    working_state,
)
from tickets.enums import OPEN_STATES, WAITING_STATES, EventKind, TicketState
from tickets.models import Ticket, TicketEvent
from tickets.severity import SeverityError, severity

REOPEN_DAYS: Final = 14  # how long after resolving the customer may say that it was not solved


@transaction.atomic
def acknowledge(*, ticket: Ticket, by: User, now: datetime) -> Ticket:
    """A person of the VAR has seen it: the response clock stops."""
    ticket = locked(ticket)
    require_state(ticket, OPEN_STATES)
    if ticket.acknowledged_at:
        raise Conflict(_("%(ticket)s was acknowledged before.") % {"ticket": ticket.number})
    at = instant_for(ticket, now)
    mark_acknowledged(ticket, at=at, by=by, now=now)
    return finish(ticket, "state", "acknowledged_at", at=at, now=now)


@transaction.atomic
def assign(*, ticket: Ticket, assignee: User | None, by: User | None, now: datetime) -> Ticket:
    """Give it to a person of the VAR, or to nobody; this is no acknowledgement. Safe to repeat."""
    ticket = locked(ticket)
    require_state(ticket, OPEN_STATES)
    if assignee is not None and not assignee.is_var:
        raise DomainError(_("Choose an active person of our staff."), attr="assignee")
    if ticket.assignee_id == (assignee.pk if assignee else None):
        return ticket
    at = instant_for(ticket, now)
    ticket.assignee = assignee
    record(ticket, EventKind.ASSIGNED, at=at, by=by, now=now, assignee=assignee.pk if assignee else None)
    finish(ticket, "assignee", at=at, now=now)
    mails.tell_assigned(ticket, by=by, now=now)
    return ticket


@transaction.atomic
def comment(*, ticket: Ticket, body: str, is_public: bool = True, by: User | None, now: datetime) -> TicketEvent:
    """Say something on it; `is_public` = the customer sees it, too. Returns the event.

    The first public comment by the VAR acknowledges. A customer's comment ends the wait for the
    customer.
    """
    ticket = locked(ticket)
    if ticket.state == TicketState.CLOSED:
        raise Conflict(_("%(ticket)s is closed. Open a new ticket.") % {"ticket": ticket.number})
    body = require_text(body, "body", _("Write something first."))
    by_staff = by is not None and by.is_var
    if not is_public and not by_staff:
        raise DomainError(_("Only our staff writes internal notes."), attr="is_public", code="not_allowed")
    at = instant_for(ticket, now)
    event = record(ticket, EventKind.COMMENTED, at=at, by=by, now=now, is_public=is_public, body=body)
    if by_staff and is_public and ticket.is_open and not ticket.acknowledged_at:
        mark_acknowledged(ticket, at=at, by=by, now=now)
    if by is not None and not by_staff and ticket.state == TicketState.WAITING_CUSTOMER:
        _go_on(ticket, at=at, by=by, now=now)
    finish(ticket, "state", "acknowledged_at", at=at, now=now)
    mails.tell_comment(ticket, event, body=body, now=now)
    return event


@transaction.atomic
def wait(*, ticket: Ticket, reason: str, note: str = "", by: User | None, now: datetime) -> Ticket:
    """Say what it waits for: waiting_customer, waiting_vendor or monitoring. The customer sees the note.

    Whether the resolution clock pauses is the policy's matter; the response clock never does.
    """
    ticket = locked(ticket)
    require_state(ticket, OPEN_STATES)
    if reason not in WAITING_STATES:
        raise DomainError(_("Say what it waits for."), attr="reason", code="invalid_choice")
    if ticket.state == reason:
        raise Conflict(_("%(ticket)s waits for this already.") % {"ticket": ticket.number})
    at = instant_for(ticket, now)
    event = record(ticket, reason, at=at, by=by, now=now, body=note.strip())
    ticket.state = reason
    finish(ticket, "state", at=at, now=now)
    if reason == TicketState.WAITING_CUSTOMER:
        mails.tell_waiting(ticket, event, note=note.strip(), now=now)
    return ticket


@transaction.atomic
def resume(*, ticket: Ticket, by: User | None, now: datetime) -> Ticket:
    """What it waited for has come: the clock goes on."""
    ticket = locked(ticket)
    require_state(ticket, WAITING_STATES)
    at = instant_for(ticket, now)
    _go_on(ticket, at=at, by=by, now=now)
    return finish(ticket, "state", at=at, now=now)


def _go_on(ticket: Ticket, *, at: datetime, by: User | None, now: datetime) -> None:
    record(ticket, EventKind.RESUMED, at=at, by=by, now=now)
    ticket.state = working_state(ticket)


@transaction.atomic
def change_severity(
    *, ticket: Ticket, impact: str, urgency: str, reason: str, by: User | None, now: datetime
) -> Ticket:
    """Judge impact and urgency anew; the deadlines are derived again from the opening. The customer sees why."""
    ticket = locked(ticket)
    require_state(ticket, (*OPEN_STATES, TicketState.RESOLVED))
    reason = require_text(reason, "reason", _("Say why it is judged otherwise."))
    before = ticket.severity
    _set_severity(ticket, impact, urgency)
    at = instant_for(ticket, now)
    data: dict[str, Any] = {"severity": ticket.severity, "from": before, "impact": impact, "urgency": urgency}
    record(ticket, EventKind.SEVERITY_CHANGED, at=at, by=by, now=now, body=reason, **data)
    ticket.cycle += 1
    finish(ticket, "impact", "urgency", "severity", "cycle", at=at, now=now)
    if ticket.severity < before:  # S1 is worse than S2
        mails.tell_urgent(ticket, now=now)
    return ticket


def _set_severity(ticket: Ticket, impact: str, urgency: str) -> None:
    if (ticket.impact, ticket.urgency) == (impact, urgency):
        raise DomainError(_("This is what it was judged before."), attr="impact", code="unchanged")
    try:
        ticket.severity = severity(impact, urgency)
    except SeverityError as error:
        raise DomainError(str(error.message), attr=error.attr, code=error.code) from error
    ticket.impact, ticket.urgency = impact, urgency


@transaction.atomic
def resolve(*, ticket: Ticket, solution: str = "", by: User, now: datetime) -> Ticket:
    """It is solved, and how: both clocks stop. The customer is told, so it also acknowledges."""
    ticket = locked(ticket)
    require_state(ticket, OPEN_STATES)
    solution = solution.strip()
    at = instant_for(ticket, now)
    if not ticket.acknowledged_at:
        mark_acknowledged(ticket, at=at, by=by, now=now)
    event = record(ticket, EventKind.RESOLVED, at=at, by=by, now=now, body=solution)
    ticket.state, ticket.resolved_at = TicketState.RESOLVED, at
    finish(ticket, "state", "acknowledged_at", "resolved_at", at=at, now=now)
    mails.tell_resolved(ticket, event, solution=solution, now=now)
    return ticket


@transaction.atomic
def reopen(*, ticket: Ticket, reason: str = "", by: User, now: datetime) -> Ticket:
    """It was not solved: the unspent time goes on. Customers have REOPEN_DAYS for this, staff until it is closed."""
    ticket = locked(ticket)
    require_state(ticket, [TicketState.RESOLVED])
    reason = reason.strip()
    if not by.is_var and not may_customer_reopen(ticket, now):
        message = _("%(ticket)s was resolved more than %(days)d days ago. Open a new ticket.")
        raise Conflict(message % {"ticket": ticket.number, "days": REOPEN_DAYS}, code="too_late")
    at = instant_for(ticket, now)
    event = record(ticket, EventKind.REOPENED, at=at, by=by, now=now, body=reason)
    ticket.state, ticket.resolved_at = TicketState.OPEN, None
    ticket.cycle += 1
    finish(ticket, "state", "resolved_at", "cycle", at=at, now=now)
    mails.tell_reopened(ticket, event, reason=reason, now=now)
    return ticket


def may_customer_reopen(ticket: Ticket, now: datetime) -> bool:
    return ticket.resolved_at is not None and now <= ticket.resolved_at + timedelta(days=REOPEN_DAYS)


@transaction.atomic
def close(*, ticket: Ticket, by: User | None, now: datetime) -> Ticket:
    """Put a resolved ticket away for good."""
    ticket = locked(ticket)
    require_state(ticket, [TicketState.RESOLVED])
    at = instant_for(ticket, now)
    record(ticket, EventKind.CLOSED, at=at, by=by, now=now)
    ticket.state, ticket.closed_at = TicketState.CLOSED, at
    return finish(ticket, "state", "closed_at", at=at, now=now)
