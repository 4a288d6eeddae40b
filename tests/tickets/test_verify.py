from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from tests.conftest import NOW
from tickets import actions
from tickets.models import Alert, Ticket, TicketEvent
from tickets.verify import faults

HOUR = timedelta(hours=1)


@pytest.fixture
def missed(opened: Callable[..., Ticket], customer: User) -> Ticket:
    ticket = opened(by=customer)
    actions.raise_alerts(now=NOW + HOUR)
    ticket.refresh_from_db()
    return ticket


def test_faults_of_a_sound_database_are_none(missed: Ticket, technician: User) -> None:
    actions.wait(ticket=missed, reason="monitoring", by=technician, now=NOW + 2 * HOUR)

    assert list(faults()) == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"response_due_at": NOW}, "response_due_at is"),
        ({"response_breached_at": None}, "response_breached_at is None"),
        ({"response_met": None}, "response_met is None"),
        ({"resolution_due_at": NOW + HOUR}, "resolution_due_at is"),
        ({"next_alert_at": None}, "next_alert_at is None"),
        ({"next_alert_at": NOW + 2 * HOUR}, "next_alert_at is"),
        ({"next_alert_at": NOW + timedelta(days=9)}, "resolution_breached_at is None"),
        ({"resolution_breached_at": NOW}, "the missed resolution was never told"),
        ({"acknowledged_at": NOW}, "acknowledged_at is not the first acknowledgement"),
        ({"cycle": 3}, "the cycle is not the number"),
        ({"state": "resolved"}, "the state contradicts its instants"),
    ],
)
def test_faults_name_a_column_that_is_not_its_derivation(missed: Ticket, values: dict[str, Any], fault: str) -> None:
    Ticket.objects.filter(pk=missed.pk).update(**values)

    assert any(line.startswith(f"{missed.number}: {fault}") for line in faults()), list(faults())


def test_faults_name_a_breach_that_nobody_was_told(missed: Ticket) -> None:
    Alert.objects.all().delete()

    assert f"{missed.number}: the missed response was never told" in list(faults())
    assert f"{missed.number}: alerts and their events differ" in list(faults())


def test_faults_name_events_that_do_not_begin_with_the_opening(missed: Ticket) -> None:
    TicketEvent.objects.filter(kind="opened").delete()

    assert list(faults()) == [f"{missed.number}: the events do not begin with the opening"]


def test_faults_name_events_that_make_no_clock(missed: Ticket) -> None:
    TicketEvent.objects.create(ticket=missed, kind="resumed", at=NOW + 2 * HOUR, recorded_at=NOW)

    assert any("its clocks cannot be derived" in line for line in faults())
