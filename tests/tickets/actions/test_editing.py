from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError
from tests.conftest import NOW
from tickets import actions
from tickets.derivation import CLOCK_COLUMNS
from tickets.models import Ticket
from tickets.verify import faults

Opened = Callable[..., Ticket]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def new(opened: Opened, customer: User) -> Ticket:
    return opened(by=customer, summary="No calls", description="Since Monday", impact="individual")


@pytest.fixture(autouse=True)
def verified(db: None) -> Any:
    yield
    assert list(faults()) == []


def test_edit_keeps_what_was_written_before(new: Ticket, customer: User) -> None:
    ticket = actions.edit_ticket(
        ticket=new, summary=" No calls out ", description="Since Sunday", by=customer, now=NOW + MINUTE
    )

    ticket.refresh_from_db()
    assert (ticket.summary, ticket.description) == ("No calls out", "Since Sunday")
    event = ticket.events.last()
    assert (event.kind, event.at, event.by, event.is_public) == ("edited", NOW + MINUTE, customer, True)
    assert event.data == {
        "before": {"summary": "No calls", "description": "Since Monday"},
        "after": {"summary": "No calls out", "description": "Since Sunday"},
    }


def test_edit_names_only_what_it_changes(new: Ticket, technician: User) -> None:
    actions.edit_ticket(ticket=new, summary="No calls", description="", by=technician, now=NOW)

    assert new.events.last().data == {"before": {"description": "Since Monday"}, "after": {"description": ""}}


def test_edit_twice_is_one_event(new: Ticket, technician: User) -> None:
    for _again in range(2):
        actions.edit_ticket(ticket=new, summary="Echo", by=technician, now=NOW)
    actions.edit_ticket(ticket=new, by=technician, now=NOW)

    assert list(new.events.values_list("kind", flat=True)) == ["opened", "edited"]


def test_edit_moves_no_clock_and_tells_nobody(new: Ticket, technician: User) -> None:
    watched = [*CLOCK_COLUMNS, "severity", "impact", "urgency", "state", "cycle", "acknowledged_at"]
    before = {column: getattr(new, column) for column in watched}
    Message.objects.all().delete()

    ticket = actions.edit_ticket(ticket=new, summary="All is down!", by=technician, now=NOW + MINUTE)

    assert {column: getattr(ticket, column) for column in watched} == before
    assert not Message.objects.exists()


def test_edit_by_the_customer_ends_with_the_first_answer(new: Ticket, customer: User, technician: User) -> None:
    actions.acknowledge(ticket=new, by=technician, now=NOW)

    with pytest.raises(Conflict):
        actions.edit_ticket(ticket=new, summary="Echo", by=customer, now=NOW)
    assert actions.edit_ticket(ticket=new, summary="Echo", by=technician, now=NOW).summary == "Echo"


def test_edit_ends_with_the_ticket(new: Ticket, technician: User) -> None:
    actions.resolve(ticket=new, by=technician, now=NOW)
    actions.edit_ticket(ticket=new, summary="Echo", by=technician, now=NOW)
    actions.close(ticket=new, by=technician, now=NOW)

    with pytest.raises(Conflict):
        actions.edit_ticket(ticket=new, summary="Hum", by=technician, now=NOW)


def test_edit_leaves_a_summary(new: Ticket, technician: User) -> None:
    with pytest.raises(DomainError) as refused:
        actions.edit_ticket(ticket=new, summary="  ", by=technician, now=NOW)

    assert refused.value.attr == "summary"


def test_edit_tells_a_deadline_that_has_passed_unseen(new: Ticket, technician: User) -> None:
    late = new.response_due_at + HOUR
    ticket = actions.edit_ticket(ticket=new, summary="Echo", by=technician, now=late)

    assert ticket.response_breached_at == new.response_due_at
    assert [alert.kind for alert in ticket.alerts.all()] == ["breached"]
