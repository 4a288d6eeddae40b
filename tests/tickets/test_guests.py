"""A fault is reported by a link, without an account."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from contracts.actions import create_guest_link, revoke_guest_link
from contracts.enums import GuestPurpose
from contracts.models import Customer, GuestLink, Site
from portal.accounts.models import User
from portal.demo import builder
from tickets.enums import TicketSource
from tickets.models import Ticket

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_clock")]


@pytest.fixture
def fixed_clock() -> Any:
    cache.clear()  # links that lead nowhere are counted by address
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def site(customer_a: Customer) -> Site:
    calendar = builder.calendar(now=NOW, is_default=True)
    builder.policy(now=NOW, is_default=True)
    return builder.site(customer=customer_a, calendar=calendar, name="Alder Street")


def link_to(customer: Customer, **values: Any) -> tuple[GuestLink, str]:
    given: dict[str, Any] = {"purpose": GuestPurpose.REPORT_FAULT, "name": "Front desk"}
    given |= {"expires_at": NOW + timedelta(days=365), "by": None, "now": NOW}
    link, token = create_guest_link(customer=customer, **given | values)
    return link, f"/g/{token}/fault/"


def filled(**values: Any) -> dict[str, Any]:
    return {
        "summary": "No dial tone",
        "description": "Since nine",
        "urgency": "high",
        "impact": "individual",
        "guest_name": "Ina at the desk",
        "client_uuid": str(uuid.uuid4()),
    } | values


def test_guest_opens_a_ticket_that_keeps_the_name(site: Site, client: Client, dispatcher: User) -> None:
    _link, address = link_to(site.customer)
    assert client.get(address).status_code == 200
    answer = client.post(address, filled(site=site.pk), follow=True)
    ticket = Ticket.objects.get()
    assert f"{ticket.number} is open" in answer.content.decode()
    assert (ticket.customer, ticket.site, ticket.source) == (site.customer, site, TicketSource.PORTAL)
    assert (ticket.guest_name, ticket.opened_by, ticket.acknowledged_at) == ("Ina at the desk", None, None)
    assert ticket.events.get(kind="opened").data["guest"] == "Ina at the desk"


def test_same_form_sent_twice_is_one_ticket(site: Site, client: Client) -> None:
    _link, address = link_to(site.customer)
    sent = filled()
    assert [client.post(address, sent).status_code for _ in range(2)] == [302, 302]
    assert Ticket.objects.count() == 1
    client.post(address, sent | {"summary": "No sound either"})  # back in the browser, and something else typed
    client.post(address, filled())
    assert Ticket.objects.count() == 3


def test_link_to_one_site_takes_no_other(site: Site, client: Client) -> None:
    other = builder.site(customer=site.customer, calendar=site.calendar.current(), name="Other")
    _link, address = link_to(site.customer, site=site)
    assert "site" not in client.get(address).context["form"].fields
    client.post(address, filled(site=other.pk))
    assert Ticket.objects.get().site == site


def test_site_of_another_customer_is_no_choice(site: Site, client: Client, customer_b: Customer) -> None:
    theirs = builder.site(customer=customer_b, calendar=site.calendar.current(), name="Secret depot")
    _link, address = link_to(site.customer)
    assert "Secret depot" not in client.get(address).content.decode()
    answer = client.post(address, filled(site=theirs.pk))
    assert answer.context["form"].errors.keys() == {"site"}
    assert "Secret depot" not in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"summary": "  "}, "summary"),
        ({"summary": "x" * 201}, "summary"),
        ({"urgency": "dire"}, "urgency"),
        ({"impact": ""}, "impact"),
        ({"guest_name": ""}, "guest_name"),
        ({"client_uuid": "no"}, "client_uuid"),
        ({"description": "x" * 10_001}, "description"),
        ({"description": "a\0b"}, "description"),
    ],
)
def test_bad_input_is_named_at_its_field_and_kept(
    site: Site, client: Client, values: dict[str, Any], field: str
) -> None:
    _link, address = link_to(site.customer)
    answer = client.post(address, filled(**values))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "Ina at the desk" in answer.content.decode() or field == "guest_name"
    assert not Ticket.objects.exists()


def test_expired_and_revoked_links_are_gone(site: Site, client: Client) -> None:
    link, address = link_to(site.customer, expires_at=NOW + timedelta(hours=1))
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert client.get(address).status_code == 410
        assert client.post(address, filled()).status_code == 410
    revoke_guest_link(link=link, now=NOW)
    assert client.get(address).status_code == 410
    assert not Ticket.objects.exists()


def test_link_of_another_purpose_and_guessed_ones_lead_nowhere(site: Site, client: Client) -> None:
    _link, address = link_to(site.customer, purpose=GuestPurpose.ANNOUNCE_CHANGE)
    assert client.post(address, filled()).status_code == 404
    answers = [client.get(f"/g/guess-{n}/fault/").status_code for n in range(25)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_page_speaks_the_customers_language(site: Site, client: Client) -> None:
    Customer.objects.filter(pk=site.customer_id).update(language="fa")
    _link, address = link_to(site.customer)
    assert 'lang="fa"' in client.get(address).content.decode()


def test_staff_see_who_reported_it(site: Site, client: Client, manager: User, sign_in: Any) -> None:
    _link, address = link_to(site.customer)
    client.post(address, filled())
    page = sign_in(manager).get(f"/tickets/{Ticket.objects.get().number}/").content.decode()
    assert page.count("Ina at the desk") == 2  # beside the opening, and in the story
