"""The frame of every action on a ticket: lock it first, write events, derive the clocks and claim alerts last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from tickets import mails
from tickets.clock import ClockError, Clocks
from tickets.derivation import CLOCK_COLUMNS, derive_clocks
from tickets.enums import AlertKind, Clock, EventKind, TicketState
from tickets.models import Alert, Comment, Ticket, TicketEvent

_RELATED = (
    "customer",
    "site",
    "asset",
    "assignee",
    "opened_by",
    "policy_version",
    "calendar_version",
)


def locked(ticket: Ticket) -> Ticket:
    """The ticket as it stands now, locked until the transaction ends."""
    row: Ticket = Ticket.objects.select_for_update(of=("self",)).select_related(*_RELATED).get(pk=ticket.pk)
    return row


def instant_for(ticket: Ticket, now: datetime) -> datetime:
    """When what happens now is entered: never before the last event, as two hosts' clocks differ a little."""
    last = ticket.events.order_by("-at").values_list("at", flat=True).first()
    return max(now, last) if last else now


def require_state(ticket: Ticket, states: Iterable[str]) -> None:
    """Raise Conflict unless the ticket is in one of the states."""
    if ticket.state not in states:
        values = {"ticket": ticket.number, "state": TicketState(ticket.state).label}
        raise Conflict(_("%(ticket)s is in the state “%(state)s”; this is not possible now.") % values)


def require_text(text: str, attr: str, message: str) -> str:
    """The text without white space around it. Raises DomainError where nothing is left."""
    text = text.strip()
    if not text:
        raise DomainError(message, attr=attr, code="required")
    return text


def record(
    ticket: Ticket,
    kind: str,
    *,
    at: datetime,
    by: User | None,
    now: datetime,
    is_public: bool = True,
    body: str = "",
    **data: Any,
) -> TicketEvent:
    """Append an event, with its words in a row of their own."""
    event = TicketEvent.objects.create(
        ticket=ticket, kind=kind, at=at, recorded_at=now, by=by, is_public=is_public, data=data
    )
    if body:
        Comment.objects.create(event=event, body=body)
    return event


def mark_acknowledged(ticket: Ticket, *, at: datetime, by: User | None, now: datetime) -> None:
    """A person of the VAR has answered; the ticket is locked and was not acknowledged before."""
    record(ticket, EventKind.ACKNOWLEDGED, at=at, by=by, now=now)
    ticket.acknowledged_at = at
    if ticket.state == TicketState.NEW:
        ticket.state = TicketState.OPEN


def working_state(ticket: Ticket) -> str:
    """The state of an open ticket that waits for nothing."""
    return TicketState.OPEN if ticket.acknowledged_at else TicketState.NEW


def finish(ticket: Ticket, *fields: str, at: datetime, now: datetime) -> Ticket:
    """Derive the clocks as of `at`, claim what they found, save them and the named fields; return the ticket."""
    settle_clocks(ticket, at=at, now=now)
    ticket.save(update_fields=[*fields, *CLOCK_COLUMNS])
    return ticket


# -- alerts ---------------------------------------------------------------------------------------


def settle_clocks(ticket: Ticket, *, at: datetime, now: datetime) -> list[AlertKind]:
    """Derive the clocks and tell, once each, what is at risk or missed since the last time.

    Done by every action as well as by the minute task: what an action finds first would else be
    passed over. The ticket is locked; its columns are not saved here.
    """
    before = {name: getattr(ticket, f"{name}_breached_at") for name in Clock.values}
    try:
        clocks = derive_clocks(ticket, at)
    except ClockError as error:
        raise Conflict(str(error.message), code=error.code) from error
    missed = [name for name in clocks.breached() if getattr(clocks, name).breached_at != before[name]]
    told = [AlertKind.BREACHED for name in missed if _claim(ticket, clocks, name, AlertKind.BREACHED, now)]
    risky = [name for name in clocks.at_risk() if _claim(ticket, clocks, name, AlertKind.AT_RISK, now)]
    return [*told, *(AlertKind.AT_RISK for _name in risky)]


def _claim(ticket: Ticket, clocks: Clocks, name: str, kind: AlertKind, now: datetime) -> bool:
    """Whether this alert is ours to tell; the unique constraint says no to everybody else."""
    alert, is_ours = Alert.objects.get_or_create(
        ticket=ticket, clock=name, cycle=ticket.cycle, kind=kind, defaults={"at": now}
    )
    if is_ours:
        _tell(alert, clocks, now)
    return is_ours


def _tell(alert: Alert, clocks: Clocks, now: datetime) -> None:
    clock = getattr(clocks, alert.clock)
    is_breach = alert.kind == AlertKind.BREACHED
    found_late = clock.derived_breach_at if is_breach else None
    data = {"clock": alert.clock, "due_at": clock.due_at.isoformat()}
    if found_late:
        data["derived_breach_at"] = found_late.isoformat()
    record(
        alert.ticket,
        EventKind.BREACHED if is_breach else EventKind.AT_RISK,
        at=clock.breached_at if is_breach else clock.at_risk_at,
        by=None,
        now=now,
        is_public=False,
        **data,
    )
    mails.tell_alert(alert, due_at=clock.due_at, now=now)
