"""Correcting what was written when a ticket was opened."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from tickets.actions.transition import finish, instant_for, locked, record, require_state, require_text
from tickets.enums import EventKind, TicketState
from tickets.models import Ticket

_NOT_CLOSED: Final = [state for state in TicketState if state != TicketState.CLOSED]


@transaction.atomic
def edit_ticket(
    *, ticket: Ticket, summary: str | None = None, description: str | None = None, by: User, now: datetime
) -> Ticket:
    """Correct its words (None = as they are); neither severity nor a deadline moves. Safe to repeat.

    Staff until it is closed, others while it is new: afterwards what was answered would be another question.
    """
    ticket = locked(ticket)
    require_state(ticket, _NOT_CLOSED if by.is_var else [TicketState.NEW])
    after = _changed(ticket, {"summary": summary, "description": description})
    if not after:
        return ticket
    before = {name: getattr(ticket, name) for name in after}
    for name, text in after.items():
        setattr(ticket, name, text)
    at = instant_for(ticket, now)
    record(ticket, EventKind.EDITED, at=at, by=by, now=now, before=before, after=after)
    return finish(ticket, *after, at=at, now=now)


def _changed(ticket: Ticket, given: dict[str, str | None]) -> dict[str, str]:
    """The words that differ from the ticket's own. Raises DomainError where no summary is left."""
    texts = {name: text.strip() for name, text in given.items() if text is not None}
    if "summary" in texts:
        require_text(texts["summary"], "summary", _("Say in a few words what is wrong."))
    return {name: text for name, text in texts.items() if text != getattr(ticket, name)}
