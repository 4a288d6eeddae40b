"""Links for guests are handed out on the customer's page, shown once, listed, taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.actions import archive, create_guest_link
from contracts.enums import GuestPurpose
from contracts.models import Customer, GuestLink
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_clock")]
LINK = {"purpose": "report_fault", "name": "Front desk", "email": "", "until_on": "2027-03-02"}


@pytest.fixture
def fixed_clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def make(client: Client, customer: Customer, **values: Any) -> Any:
    return client.post(f"/customers/{customer.pk}/links/new/", LINK | values)


def address_in(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/g/[\w-]+/\w+/)", text)
    assert found
    return found[1]


@pytest.mark.parametrize("who", ["manager", "dispatcher", "customer"])
def test_link_is_shown_once_and_opens(
    who: str, request: pytest.FixtureRequest, customer_a: Customer, sign_in: SignIn
) -> None:
    client = sign_in(request.getfixturevalue(who))
    answer = make(client, customer_a)
    address = address_in(answer.content.decode())
    assert 'data-copy="http' in answer.content.decode()
    assert Client().get(address).status_code == 200
    link = GuestLink.objects.get()
    assert (link.purpose, link.name, link.site) == (GuestPurpose.REPORT_FAULT, "Front desk", None)
    assert link.expires_at == datetime(2027, 3, 2, 23, 0, tzinfo=UTC)  # the end of the day in Amsterdam
    page = client.get(f"/customers/{customer_a.pk}/").content.decode()
    assert "Front desk" in page
    assert address not in page
    assert not Message.objects.exists()


def test_a_year_is_offered(customer_a: Customer, manager: User, sign_in: SignIn) -> None:
    form = sign_in(manager).get(f"/customers/{customer_a.pk}/links/new/").context["form"]
    assert form["until_on"].value().isoformat() == "2027-03-02"


def test_link_is_mailed_where_there_is_an_address(customer_a: Customer, manager: User, sign_in: SignIn) -> None:
    make(sign_in(manager), customer_a, purpose="announce_change", email="desk@alder.example")
    message = Message.objects.get()
    assert message.to == "desk@alder.example"
    assert "2 March 2027" in message.text or "3 March 2027" in message.text
    assert Client().get(address_in(message.text)).status_code == 200


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"purpose": "do_task"}, "purpose"),
        ({"purpose": "read_report"}, "purpose"),
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"until_on": "2026-03-01"}, "until_on"),
        ({"until_on": "2126-03-01"}, "until_on"),
        ({"until_on": "soon"}, "until_on"),
    ],
)
def test_bad_input_makes_no_link(
    customer_a: Customer, manager: User, sign_in: SignIn, values: dict[str, str], field: str
) -> None:
    answer = make(sign_in(manager), customer_a, **values)
    assert field in answer.context["form"].errors
    assert not GuestLink.objects.exists()


def test_site_of_another_customer_is_refused(
    customer_a: Customer, customer_b: Customer, manager: User, sign_in: SignIn
) -> None:
    theirs = builder.site(customer=customer_b, calendar=builder.calendar(now=NOW))
    assert "site" in make(sign_in(manager), customer_a, site=theirs.pk).context["form"].errors


def test_archived_customer_gets_none(customer_a: Customer, manager: User, sign_in: SignIn) -> None:
    archive(row=customer_a, now=NOW)
    answer = make(sign_in(manager), customer_a)
    assert "archived" in answer.content.decode()
    assert not GuestLink.objects.exists()


def test_revoked_link_opens_no_more_and_leaves_the_list(customer_a: Customer, customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    address = address_in(make(client, customer_a).content.decode())
    client.post(f"/guest-links/{GuestLink.objects.get().pk}/revoke/")
    assert Client().get(address).status_code == 410
    assert client.get(f"/customers/{customer_a.pk}/").context["guest_links"].count() == 0


@pytest.mark.parametrize(("who", "status"), [("technician", 403), ("outsider", 404)])
def test_others_neither_make_nor_revoke(
    who: str, status: int, request: pytest.FixtureRequest, customer_a: Customer, sign_in: SignIn
) -> None:
    link, _token = create_guest_link(
        customer=customer_a,
        purpose=GuestPurpose.REPORT_FAULT,
        expires_at=NOW + timedelta(days=1),
        by=None,
        now=NOW,
    )
    client = sign_in(request.getfixturevalue(who))
    assert make(client, customer_a).status_code == status
    assert client.post(f"/guest-links/{link.pk}/revoke/").status_code == status
    link.refresh_from_db()
    assert link.revoked_at is None


def test_list_takes_the_same_queries_with_one_and_three_links(
    customer_a: Customer, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/customers/{customer_a.pk}/")
        return len(captured.captured_queries)

    make(client, customer_a)
    before = asked()
    make(client, customer_a)
    make(client, customer_a)
    assert asked() == before


def test_link_names_the_last_day_it_works() -> None:
    link = GuestLink(expires_at=datetime(2027, 1, 1, 0, 0, tzinfo=ZoneInfo("Europe/Amsterdam")))
    assert link.works_until.date() == date(2026, 12, 31)
