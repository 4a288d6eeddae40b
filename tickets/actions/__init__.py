"""Every change of a ticket: one keyword-only function each.

They lock the ticket, check, append events, derive both clocks from all of them and claim the alerts
that this finds. They return the row as it stands now; the instance passed in is out of date.
"""

from tickets.actions.alerts import raise_alerts
from tickets.actions.editing import edit_ticket
from tickets.actions.handling import (
    REOPEN_DAYS,
    acknowledge,
    assign,
    change_severity,
    close,
    comment,
    may_customer_reopen,
    reopen,
    resolve,
    resume,
    wait,
)
from tickets.actions.opening import open_ticket, open_ticket_as_guest

__all__ = [
    "REOPEN_DAYS",
    "acknowledge",
    "assign",
    "change_severity",
    "close",
    "comment",
    "edit_ticket",
    "may_customer_reopen",
    "open_ticket",
    "open_ticket_as_guest",
    "raise_alerts",
    "reopen",
    "resolve",
    "resume",
    "wait",
]
