"""The mails about tickets: who is told what, each in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from contracts.enums import Severity
from contracts.models import DutyShift
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.outbox.actions import queue_message
from tickets.enums import AlertKind, Clock
from tickets.models import Alert, Ticket, TicketEvent
from tickets.promise import promise_of, short_instant

_URGENT: Final = (Severity.S1, Severity.S2)
_Compose = Callable[[], tuple[str, list[str]]]  # subject, and the paragraphs


def tell_urgent(ticket: Ticket, *, now: datetime) -> None:
    """S1 and S2: who is on duty now, and every dispatcher and manager, at once."""
    if ticket.severity not in _URGENT:
        return

    def compose() -> tuple[str, list[str]]:
        subject = _("%(severity)s at %(customer)s: %(summary)s")
        promise = promise_of(ticket, now)
        return subject % _values(ticket), [ticket.description, _facts(ticket), promise.words if promise.due_at else ""]

    _send({*on_duty(now), *dispatchers()}, ticket, compose, now=now)


def tell_assigned(ticket: Ticket, *, by: User | None, now: datetime) -> None:
    """The assignee, unless that person took it."""
    assignee = ticket.assignee
    if assignee is None or assignee == by:
        return

    def compose() -> tuple[str, list[str]]:
        promise = promise_of(ticket, now)
        intro = _("%(ticket)s is yours now.") % _values(ticket)
        return _("Assigned to you: %(summary)s") % _values(ticket), [
            intro,
            ticket.description,
            _facts(ticket),
            promise.words if promise.due_at else "",
        ]

    _send([assignee], ticket, compose, now=now)


def tell_comment(ticket: Ticket, event: TicketEvent, *, body: str, now: datetime) -> None:
    """What the VAR says in public goes to who opened it, what the customer says to who works on it."""
    if not event.is_public:
        return

    def compose() -> tuple[str, list[str]]:
        intro = _("%(person)s wrote on %(ticket)s:") % (_values(ticket) | {"person": _name(event.by)})
        return _("New comment: %(summary)s") % _values(ticket), [intro, body]

    people = openers(ticket) if _is_staff(event.by) else responsible(ticket)
    _send((person for person in people if person != event.by), ticket, compose, now=now)


def tell_waiting(ticket: Ticket, event: TicketEvent, *, note: str, now: datetime) -> None:
    """Who opened it: we wait for an answer."""

    def compose() -> tuple[str, list[str]]:
        intro = _("We need something from you before we can go on with %(ticket)s.") % _values(ticket)
        return _("We wait for your answer: %(summary)s") % _values(ticket), [intro, note]

    _send((person for person in openers(ticket) if person != event.by), ticket, compose, now=now)


def tell_resolved(ticket: Ticket, event: TicketEvent, *, solution: str, now: datetime) -> None:
    """Who opened it: it is solved, and what to do if not."""

    def compose() -> tuple[str, list[str]]:
        intro = _("We have solved %(ticket)s:") % _values(ticket)
        outro = _("If it is not solved, open the ticket and say so; we go on with it.")
        return _("Solved: %(summary)s") % _values(ticket), [intro, solution, outro]

    _send((person for person in openers(ticket) if person != event.by), ticket, compose, now=now)


def tell_reopened(ticket: Ticket, event: TicketEvent, *, reason: str, now: datetime) -> None:
    """Who works on it: it was not solved after all."""

    def compose() -> tuple[str, list[str]]:
        intro = _("%(person)s reopened %(ticket)s:") % (_values(ticket) | {"person": _name(event.by)})
        return _("Reopened: %(summary)s") % _values(ticket), [intro, reason]

    _send((person for person in responsible(ticket) if person != event.by), ticket, compose, now=now)


def tell_alert(alert: Alert, *, due_at: datetime, now: datetime) -> None:
    """Who works on it: little time is left, or none."""
    ticket = alert.ticket

    def compose() -> tuple[str, list[str]]:
        values = _values(ticket) | {"time": short_instant(due_at, now, ticket.zone)}
        subject = _("Late: %(summary)s") if alert.kind == AlertKind.BREACHED else _("Soon due: %(summary)s")
        return subject % values, [_alert_sentence(alert) % values, _facts(ticket)]

    _send(responsible(ticket), ticket, compose, now=now, about=f"alert:{alert.pk}")


def _alert_sentence(alert: Alert) -> str:
    return {
        (Clock.RESPONSE, AlertKind.AT_RISK): _("%(ticket)s should be answered by %(time)s."),
        (Clock.RESPONSE, AlertKind.BREACHED): _("%(ticket)s should have been answered by %(time)s."),
        (Clock.RESOLUTION, AlertKind.AT_RISK): _("%(ticket)s should be solved by %(time)s."),
        (Clock.RESOLUTION, AlertKind.BREACHED): _("%(ticket)s should have been solved by %(time)s."),
    }[Clock(alert.clock), AlertKind(alert.kind)]


# -- who ------------------------------------------------------------------------------------------


def dispatchers() -> list[User]:
    """Active dispatchers and managers."""
    return list(User.objects.filter(is_active=True, staff_role__in=[StaffRole.DISPATCHER, StaffRole.MANAGER]))


def on_duty(now: datetime) -> list[User]:
    """Whoever answers urgent calls at that instant; nobody where the roster has a hole."""
    return [shift.user for shift in DutyShift.objects.at(now).select_related("user") if shift.user.is_var]


def responsible(ticket: Ticket) -> list[User]:
    """Who works on it; the dispatchers while nobody does."""
    if ticket.assignee and ticket.assignee.is_var:
        return [ticket.assignee]
    return dispatchers()


def openers(ticket: Ticket) -> list[User]:
    """The customer's person who opened it, as long as that person may still see it."""
    opener = ticket.opened_by
    if opener is None or opener.is_var:
        return []
    return [opener] if Ticket.objects.visible_to(opener).filter(pk=ticket.pk).exists() else []


def _is_staff(person: User | None) -> bool:
    return person is not None and person.is_var


# -- words ----------------------------------------------------------------------------------------


def _send(people: Iterable[User], ticket: Ticket, compose: _Compose, *, now: datetime, about: str = "") -> None:
    """One message each; safe to repeat where `about` names what it is about."""
    for person in people:
        with translation.override(person.language), timezone.override(ZoneInfo(person.timezone)):
            subject, paragraphs = compose()
            text = "\n\n".join([*(part for part in paragraphs if part), _link(ticket)])
            queue_message(
                to=person.email,
                recipient=person,
                subject=f"[{ticket.number}] {subject}",
                text=text,
                now=now,
                href=ticket.get_absolute_url(),
                dedupe_key=f"{about}:{person.pk}" if about else "",
            )


def _values(ticket: Ticket) -> dict[str, str]:
    return {
        "ticket": ticket.number,
        "summary": ticket.summary,
        "severity": ticket.severity,
        "customer": ticket.customer.name,
    }


def _facts(ticket: Ticket) -> str:
    lines = [
        (_("Customer"), ticket.customer.name),
        (_("Site"), ticket.site.name if ticket.site else ""),
        (_("Equipment"), str(ticket.asset) if ticket.asset else ""),
        (_("Severity"), ticket.severity),
        (_("Affected"), ticket.get_impact_display()),
        (_("How bad"), ticket.get_urgency_display()),
    ]
    return "\n".join(f"{label}: {value}" for label, value in lines if value)


def _name(person: User | None) -> str:
    return str(person) if person else _("Somebody")


def _link(ticket: Ticket) -> str:
    return f"{settings.PUBLIC_URL}{ticket.get_absolute_url()}"
