"""What was promised on a ticket and how it stands, in the words that lists, pages and mails share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.web.instants import time_there
from tickets.enums import WAITING_STATES, Clock

if TYPE_CHECKING:
    from tickets.models import Ticket

Standing = Literal["on_time", "at_risk", "breached", "paused", "met", "missed", "none"]

_SOON: Final = timedelta(days=6)  # within it the name of the weekday says enough


@dataclass(frozen=True, slots=True)
class Promise:
    """One clock of a ticket as its reader needs it. `due_at` None = no time was promised.

    `zone` is the ticket's own: where its clocks differ from the reader's, the words name both times.
    Standings: none without a target; on_time, at_risk, breached while it runs; paused; met and
    missed once it has stopped.
    """

    clock: Clock
    due_at: datetime | None
    standing: Standing
    now: datetime
    zone: str

    @property
    def is_open(self) -> bool:
        return self.standing in ("on_time", "at_risk", "breached")

    @property
    def words(self) -> str:
        """Such as "Reply by Tue 14:00"; in the reader's zone. A paused clock moves its time, so none is named."""
        if self.due_at is None:
            return _("No fixed time")
        if self.standing == "paused":
            return _("The clock is stopped")
        values = {"time": short_instant(self.due_at, self.now, self.zone)}
        if self.standing in ("met", "missed"):
            return _("It was due %(time)s") % values
        if self.clock == Clock.RESPONSE:
            return _("Reply by %(time)s") % values
        return _("Solve by %(time)s") % values

    @property
    def standing_words(self) -> str:
        return {
            "on_time": _("On time"),
            "at_risk": _("At risk"),
            "breached": _("Late"),
            "paused": _("Paused"),
            "met": _("Kept"),
            "missed": _("Missed"),
            "none": _("No target"),
        }[self.standing]

    @property
    def look(self) -> str:
        """The word by which portal.web.badges knows it."""
        return {"on_time": "running", "missed": "breached", "none": "paused"}.get(self.standing, self.standing)


def promise_of(ticket: Ticket, now: datetime) -> Promise:
    """The clock that counts next: the reply until somebody answered, then the solution."""
    return promise_on(ticket, Clock.RESOLUTION if ticket.acknowledged_at else Clock.RESPONSE, now)


def promise_on(ticket: Ticket, clock: Clock, now: datetime) -> Promise:
    due_at: datetime | None = getattr(ticket, f"{clock}_due_at")
    return Promise(clock, due_at, _standing(ticket, clock, due_at, now), now, ticket.zone)


def _standing(ticket: Ticket, clock: Clock, due_at: datetime | None, now: datetime) -> Standing:
    at_risk_at = getattr(ticket, f"{clock}_at_risk_at")
    stopped = ticket.acknowledged_at or ticket.resolved_at if clock == Clock.RESPONSE else ticket.resolved_at
    if due_at is None:
        return "none"
    if stopped:
        return "missed" if getattr(ticket, f"{clock}_breached_at") else "met"
    if getattr(ticket, f"{clock}_breached_at") or (at_risk_at and due_at < now):
        return "breached"
    if at_risk_at is None and ticket.state in WAITING_STATES:
        return "paused"
    return "at_risk" if at_risk_at and at_risk_at < now else "on_time"


def short_instant(at: datetime, now: datetime, zone: str) -> str:
    """Weekday and time; with the date where it is not within the week. In the reader's zone, and in that one."""
    pattern = "D H:i" if abs(at - now) < _SOON else "D j M H:i"
    parts = (date_format(timezone.localtime(at), pattern), time_there(at, zone))
    return " · ".join(part for part in parts if part)
