import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from portal.accounts.models import User
from portal.outbox.models import Message
from tests.conftest import NOW
from tickets import actions, tasks
from tickets.models import Alert, Ticket, TicketEvent
from tickets.verify import faults

Opened = Callable[..., Ticket]

MINUTE = timedelta(minutes=1)
NOTHING = {"at_risk": 0, "breached": 0, "failed": 0}


def told(ticket: Ticket) -> list[tuple[str, str]]:
    return list(ticket.alerts.order_by("pk").values_list("clock", "kind"))


def test_raise_alerts_warns_once_before_and_tells_once_after(opened: Opened, customer: User, dispatcher: User) -> None:
    ticket = opened(by=customer)  # S2: an answer within 30 minutes, at risk from 22.5 on
    Message.objects.all().delete()

    assert actions.raise_alerts(now=NOW + 22 * MINUTE) == NOTHING
    assert actions.raise_alerts(now=NOW + 23 * MINUTE) == NOTHING | {"at_risk": 1}
    assert actions.raise_alerts(now=NOW + 24 * MINUTE) == NOTHING
    assert actions.raise_alerts(now=NOW + 30 * MINUTE) == NOTHING  # at the deadline itself it is in time
    assert actions.raise_alerts(now=NOW + 31 * MINUTE) == NOTHING | {"breached": 1}
    assert actions.raise_alerts(now=NOW + 32 * MINUTE) == NOTHING

    ticket.refresh_from_db()
    assert told(ticket) == [("response", "at_risk"), ("response", "breached")]
    assert ticket.response_breached_at == NOW + 30 * MINUTE
    assert ticket.response_met is False
    assert list(ticket.events.values_list("kind", "at", "recorded_at", "is_public")) == [
        ("opened", NOW, NOW, True),
        ("at_risk", NOW + 22.5 * MINUTE, NOW + 23 * MINUTE, False),
        ("breached", NOW + 30 * MINUTE, NOW + 31 * MINUTE, False),
    ]
    assert list(Message.objects.order_by("pk").values_list("to", "subject")) == [
        (dispatcher.email, f"[{ticket.number}] Soon due: Nobody can call out"),
        (dispatcher.email, f"[{ticket.number}] Late: Nobody can call out"),
    ]
    assert list(faults()) == []


def test_raise_alerts_after_a_day_off_tells_the_breach_alone(opened: Opened, customer: User) -> None:
    ticket = opened(by=customer)

    assert actions.raise_alerts(now=NOW + timedelta(days=1)) == NOTHING | {"breached": 2}
    assert told(ticket) == [("response", "breached"), ("resolution", "breached")]


def test_raise_alerts_mails_the_assignee(opened: Opened, technician: User, dispatcher: User) -> None:
    ticket = opened(by=technician)
    actions.assign(ticket=ticket, assignee=technician, by=technician, now=NOW)
    Message.objects.all().delete()

    actions.raise_alerts(now=NOW + timedelta(hours=7))

    message = Message.objects.get()
    assert message.to == technician.email
    assert f"{ticket.number} should be solved by Mon 17:00 · 18:00 in Amsterdam." in message.text


def test_raise_alerts_is_silent_while_the_clock_is_paused(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician)
    actions.wait(ticket=ticket, reason="waiting_customer", by=technician, now=NOW + MINUTE)

    assert actions.raise_alerts(now=NOW + timedelta(days=9)) == NOTHING
    assert list(faults()) == []


def test_raise_alerts_does_not_wake_anybody_outside_the_hours(opened: Opened, customer: User) -> None:
    opened(by=customer, impact="individual", now=datetime(2026, 3, 6, 15, 30, tzinfo=UTC))  # Friday 16:30, S3

    assert actions.raise_alerts(now=datetime(2026, 3, 9, 7, 59, tzinfo=UTC)) == NOTHING  # Monday 8:59


def test_an_action_tells_what_the_task_has_not_yet_seen(opened: Opened, technician: User, customer: User) -> None:
    """A breach found first by the acknowledgement must not be passed over."""
    ticket = opened(by=customer)

    actions.acknowledge(ticket=ticket, by=technician, now=NOW + 40 * MINUTE)

    assert told(ticket) == [("response", "breached")]
    assert actions.raise_alerts(now=NOW + 41 * MINUTE) == NOTHING


def test_reopened_warns_anew_but_tells_no_breach_twice(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician)
    actions.raise_alerts(now=NOW + timedelta(hours=9))
    actions.resolve(ticket=ticket, by=technician, now=NOW + timedelta(hours=10))
    actions.reopen(ticket=ticket, by=technician, now=NOW + timedelta(hours=11))

    assert actions.raise_alerts(now=NOW + timedelta(days=3)) == NOTHING
    assert told(ticket) == [("resolution", "breached")]
    assert list(faults()) == []


def test_raise_alerts_goes_on_after_a_ticket_that_fails(opened: Opened, customer: User) -> None:
    broken, whole = opened(by=customer), opened(by=customer)
    TicketEvent.objects.filter(ticket=broken).delete()

    assert actions.raise_alerts(now=NOW + 31 * MINUTE) == NOTHING | {"breached": 1, "failed": 1}
    assert told(whole) == [("response", "breached")]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="the tests' SQLite lives in memory, where threads collide")
@pytest.mark.django_db(transaction=True)
def test_raise_alerts_by_two_workers_at_once_tells_each_once(
    request: pytest.FixtureRequest, transactional_db: None
) -> None:
    """Both find the same tickets; one that the other holds is skipped."""
    opened: Opened = request.getfixturevalue("opened")
    tickets = [opened() for _ in range(12)]
    results, barrier = [], threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        results.append(actions.raise_alerts(now=NOW + 31 * MINUTE))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(results) == 2
    assert sum(result["breached"] for result in results) == 12
    assert sum(result["failed"] for result in results) == 0
    assert Alert.objects.filter(kind="breached").count() == 12
    assert TicketEvent.objects.filter(kind="breached").count() == 12
    assert all(list(ticket.events.values_list("kind", flat=True)) == ["opened", "breached"] for ticket in tickets)
    assert list(faults()) == []


def test_task_raises_alerts(opened: Opened, time_machine: Any) -> None:
    opened()
    time_machine.move_to(NOW + 31 * MINUTE, tick=False)

    assert tasks.raise_alerts() == NOTHING | {"breached": 1}
    assert tasks.raise_alerts.name == "tickets.raise_alerts"
