"""The list of tickets as a file."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

from django.test import Client
from django.urls import reverse

from contracts.models import Customer
from portal.accounts.models import User
from tests.conftest import NOW
from tests.tickets.conftest import World
from tickets.actions import open_ticket
from tickets.models import Ticket


def exported(client: Client) -> list[dict[str, str]]:
    response = client.get(reverse("tickets:ticket_list"), {"show": "all", "export": "csv"})
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_customers_export_their_own_without_who_does_it(
    sign_in: Callable[[User], Client], customer: User, customer_b: Customer, opened: Callable[..., Ticket]
) -> None:
    ticket = opened()
    open_ticket(
        customer=customer_b,
        category="fault",
        summary="Not theirs",
        impact="localised",
        urgency="high",
        source="portal",
        by=None,
        now=NOW,
    )
    rows = exported(sign_in(customer))
    assert [row["Number"] for row in rows] == [ticket.number]
    assert "Assigned to" not in rows[0]


def test_instants_are_in_the_readers_zone(
    sign_in: Callable[[User], Client], manager: User, opened: Callable[..., Ticket], world: World
) -> None:
    opened(now=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    User.objects.filter(pk=manager.pk).update(timezone="Asia/Tokyo")
    (row,) = exported(sign_in(manager))
    assert row["Opened"] == "2026-07-02 07:30+09:00"
    assert row["Customer"] == world.customer.name
