"""One ticket as its reader sees it: what was promised and why, what happened, what may be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from contracts.models import SlaTarget
from portal.accounts.models import User
from tickets.actions import may_customer_reopen
from tickets.clock import ClockState
from tickets.derivation import clocks_of
from tickets.enums import OPEN_STATES, WAITING_STATES, Clock, EventKind, TicketState
from tickets.models import Ticket, TicketEvent
from tickets.permissions import (
    can_acknowledge,
    can_assign,
    can_change_severity,
    can_comment,
    can_edit_ticket,
    can_reopen,
    can_take,
    can_work_on_ticket,
    can_write_internal,
)
from tickets.promise import Promise, promise_on


@dataclass(frozen=True)
class Entry:
    """One line of the story."""

    event: TicketEvent
    title: str
    who: str
    body: str
    is_redacted: bool


@dataclass(frozen=True)
class Explained:
    """Why a deadline is what it is."""

    promise: Promise
    clock: ClockState
    severity: str  # by which the clock was judged: one that has stopped is not judged again
    target: str  # such as "30 minutes, around the clock"; empty without one


@dataclass(frozen=True)
class TicketPage:
    ticket: Ticket
    entries: list[Entry]
    explained: list[Explained]
    verbs: frozenset[str]

    @property
    def has_buttons(self) -> bool:
        """Whether anything but a comment may be done."""
        return bool(self.verbs - {"comment", "note"})


def load_ticket_page(ticket: Ticket, user: User, now: datetime) -> TicketPage:
    """Three queries for staff, some more for a customer's permissions, however long the story is."""
    events = list(ticket.events.select_related("by", "comment"))
    shown = events if user.is_var else [event for event in events if event.is_public]
    return TicketPage(
        ticket=ticket,
        entries=_entries(shown),
        explained=_explained(ticket, events, now),
        verbs=allowed_verbs(ticket, user, now),
    )


# -- what may be done -----------------------------------------------------------------------------

_VERBS: dict[str, tuple[Iterable[str], Callable[[User, Ticket], bool]]] = {
    "acknowledge": (OPEN_STATES, can_acknowledge),
    "take": (OPEN_STATES, can_take),
    "assign": (OPEN_STATES, can_assign),
    "comment": ([state for state in TicketState if state != TicketState.CLOSED], can_comment),
    "note": ([state for state in TicketState if state != TicketState.CLOSED], can_write_internal),
    "edit": ([state for state in TicketState if state != TicketState.CLOSED], can_edit_ticket),
    "wait": (OPEN_STATES, can_work_on_ticket),
    "resume": (WAITING_STATES, can_work_on_ticket),
    "resolve": (OPEN_STATES, can_work_on_ticket),
    "severity": ((*OPEN_STATES, TicketState.RESOLVED), can_change_severity),
    "reopen": ([TicketState.RESOLVED], can_reopen),
    "close": ([TicketState.RESOLVED], can_work_on_ticket),
}


def allowed_verbs(ticket: Ticket, user: User, now: datetime) -> frozenset[str]:
    """What this person may do with the ticket as it stands; the buttons of its page."""
    verbs = {verb for verb, (states, may) in _VERBS.items() if ticket.state in states and may(user, ticket)}
    if ticket.acknowledged_at:
        verbs.discard("acknowledge")
    if ticket.assignee_id == user.pk:
        verbs.discard("take")
    if not user.is_var:
        verbs -= _too_late_for_customers(ticket, now)
    return frozenset(verbs)


def _too_late_for_customers(ticket: Ticket, now: datetime) -> set[str]:
    late = set() if ticket.state == TicketState.NEW else {"edit"}
    return late if may_customer_reopen(ticket, now) else late | {"reopen"}


# -- what happened --------------------------------------------------------------------------------


def _entries(events: list[TicketEvent]) -> list[Entry]:
    names = _names(events)
    return [_entry(event, names) for event in events]


def _names(events: list[TicketEvent]) -> dict[int, str]:
    """The people whom tickets were given to; one query, none without them."""
    wanted = {event.data.get("assignee") for event in events if event.kind == EventKind.ASSIGNED} - {None}
    return {person.pk: str(person) for person in User.objects.filter(pk__in=wanted)} if wanted else {}


def _entry(event: TicketEvent, names: dict[int, str]) -> Entry:
    comment = getattr(event, "comment", None)
    return Entry(
        event=event,
        title=_title(event, names),
        who=str(event.by) if event.by else str(event.data.get("guest") or _("The portal")),
        body=comment.body if comment else _words_before(event),
        is_redacted=bool(comment and comment.redacted_at),
    )


def _words_before(event: TicketEvent) -> str:
    """What a correction replaced; empty for every other event."""
    before = event.data.get("before", {}) if event.kind == EventKind.EDITED else {}
    labels = {"summary": _("Summary before: %(text)s"), "description": _("Description before: %(text)s")}
    return "\n".join(labels[name] % {"text": text or "–"} for name, text in before.items())


def _title(event: TicketEvent, names: dict[int, str]) -> str:
    label = str(EventKind(event.kind).label)
    if event.kind == EventKind.ASSIGNED:
        name = names.get(event.data.get("assignee") or 0)
        return _("Assigned to %(name)s") % {"name": name} if name else _("Assigned to nobody")
    if event.kind == EventKind.SEVERITY_CHANGED:
        return str(_("Severity changed from %(from)s to %(severity)s") % event.data)
    if event.kind == EventKind.COMMENTED and not event.is_public:
        return _("Internal note")
    if event.kind in (EventKind.AT_RISK, EventKind.BREACHED):
        return f"{label}: {Clock(event.data['clock']).label}"
    return label


# -- why this deadline ----------------------------------------------------------------------------


def _explained(ticket: Ticket, events: list[TicketEvent], now: datetime) -> list[Explained]:
    clocks = clocks_of(ticket, as_of=max(now, events[-1].at), events=events)
    targets = {row.severity: row for row in ticket.policy_version.targets.all()}
    explained = []
    for clock in Clock:
        severity = _judged_by(events, _last_mark(ticket, events, clock))
        words = target_words(targets[severity], clock)
        explained.append(Explained(promise_on(ticket, clock, now), getattr(clocks, clock), severity, words))
    return explained


def _last_mark(ticket: Ticket, events: list[TicketEvent], clock: Clock) -> int:
    """How many events had happened when the clock stopped; all of them while it has not."""
    kinds = [event.kind for event in events]
    if clock == Clock.RESPONSE and ticket.acknowledged_at:
        return kinds.index(EventKind.ACKNOWLEDGED)
    if clock == Clock.RESOLUTION and ticket.resolved_at:
        return len(kinds) - kinds[::-1].index(EventKind.RESOLVED)
    return len(kinds)


def _judged_by(events: list[TicketEvent], count: int) -> str:
    """The severity in force after so many events."""
    setting = (EventKind.OPENED, EventKind.SEVERITY_CHANGED)
    return [str(event.data["severity"]) for event in events[:count] if event.kind in setting][-1]


def target_words(target: SlaTarget, clock: Clock) -> str:
    """Such as "30 minutes, around the clock"; empty where the policy sets none."""
    minutes = getattr(target, f"{clock}_minutes")
    days = getattr(target, f"{clock}_business_days")
    if minutes is None and days is None:
        return ""
    if days is not None:
        return _("1 business day") if days == 1 else _("%(n)d business days") % {"n": days}
    words = duration_words(minutes * 60)
    if getattr(target, f"{clock}_clock") == "around_the_clock":
        return _("%(time)s, around the clock") % {"time": words}
    return _("%(time)s of working time") % {"time": words}


def duration_words(seconds: float) -> str:
    """Hours and minutes, such as "2 h 5 min"; rounded down to the minute."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if not hours:
        return _("%(n)d min") % {"n": minutes}
    if not minutes:
        return _("%(n)d h") % {"n": hours}
    return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes}
