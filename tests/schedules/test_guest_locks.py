"""What happens at once on PostgreSQL: a streak is told by one worker, a form opens one ticket.

SQLite has no row locks: there a transaction that writes is alone, so there is nothing to be shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from schedules.actions import tell_missed_tasks
from schedules.generation import generate_work
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tests.schedules.test_locks import in_threads
from tickets.actions import open_ticket_as_guest
from tickets.models import Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no row locks"),
]
AT_ONCE = 4


def test_one_worker_of_several_tells(world: World, other_site: Callable[..., Any], manager: User) -> None:
    make_procedure(customer_may=True)
    assets = [world.asset] + [other_site(world, "Europe/Amsterdam")[1] for _number in range(3)]
    world.contract(agreed(performer="customer"), assets=assets)
    for day in range(4):
        generate_work(now=NOW + timedelta(days=day))
    now = NOW + timedelta(days=3)
    counts = in_threads(*[lambda: tell_missed_tasks(now=now)] * AT_ONCE)
    assert sum(count["failed"] for count in counts) == 0
    assert sum(count["told"] for count in counts) == len(assets)
    told = Message.objects.filter(to=manager.email)
    assert sum(message.text.count("times in a row") for message in told) == len(assets)


def test_form_that_arrives_several_times_at_once_is_one_ticket(world: World) -> None:
    builder.calendar(now=NOW, name="Default", is_default=True)
    builder.policy(now=NOW, name="Default", is_default=True)
    form = uuid.uuid4()

    def send() -> Ticket:
        return open_ticket_as_guest(
            customer=world.customer,
            client_uuid=form,
            summary="No sound",
            impact="individual",
            urgency="medium",
            guest_name="Gerda",
            now=NOW,
        )

    tickets = in_threads(*[send] * AT_ONCE)
    assert len({ticket.pk for ticket in tickets}) == Ticket.objects.count() == 1
