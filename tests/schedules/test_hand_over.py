"""The customer may do some of what a change opens, while a technician watches over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from contracts.enums import Performer
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules.actions import add_work, assign_work, cancel_work, hand_over, load_programme
from schedules.generation import generate_work
from schedules.models import Procedure, WorkOrder
from schedules.permissions import can_work
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tests.schedules.walk import Walk, change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order(world: World) -> WorkOrder:
    event = change(world, "server_change", on_asset=False, details={"server": "mail.alder.example"})
    row: WorkOrder = event.firings.get().work_order
    return row


def test_customers_may_do_what_needs_no_technician() -> None:
    load_programme(now=NOW)
    may = Procedure.objects.filter(customer_may=True).order_by("slug").values_list("slug", flat=True)
    assert list(may) == [
        "administration-check",
        "event-logs",
        "firmware-review",
        "firmware-upgrade",
        "follow-up-voicemail",
        "ip-change",
        "server-change",
        "subnet-change",
        "user-change",
        "voicemail-usage",
    ]
    assert set(Procedure.objects.values_list("performer", flat=True)) == {"var"}  # ours, until we hand it over


def test_handed_over_work_is_the_customers_and_we_see_all_of_it(
    order: WorkOrder, customer: User, technician: User, sign_in: Callable[[User], Client]
) -> None:
    assert not can_work(customer, order)
    assign_work(work_order=order, assignee=technician, by=technician, now=NOW)
    row = hand_over(work_order=order, performer=Performer.CUSTOMER, by=technician, now=NOW)
    assert can_work(customer, row)
    assert can_work(technician, row)
    walk = Walk(row.firing.event, customer)
    walk.complete()
    page = sign_in(technician).get(f"/work-orders/{order.number}/").content.decode()
    assert "the customer; Tara Technician watches over it" in page
    assert "Done from now on by: The customer" in page
    assert page.count("Carla Customer") >= 7  # who gave each answer


def test_taken_back_work_is_ours(order: WorkOrder, customer: User, technician: User) -> None:
    hand_over(work_order=order, performer="customer", by=technician, now=NOW)
    hand_over(work_order=order, performer="customer", by=technician, now=NOW)
    row = hand_over(work_order=order, performer="var", by=technician, now=NOW)
    assert not can_work(customer, row)
    told = row.events.filter(kind="handed_over").values_list("data__performer", flat=True)
    assert list(told) == ["customer", "var"]


def test_what_asks_for_a_technician_is_not_handed_over(world: World, technician: User) -> None:
    event = change(world, "provider_change", on_asset=False)
    with pytest.raises(Conflict) as error:
        hand_over(work_order=event.firings.get(follow_up_day=0).work_order, performer="customer", by=None, now=NOW)
    assert error.value.message == "This work asks for a technician."


def test_recurring_work_is_done_by_whom_the_plan_names(world: World) -> None:
    make_procedure(customer_may=True)
    world.contract(agreed())
    generate_work(now=NOW)
    with pytest.raises(Conflict):
        hand_over(work_order=WorkOrder.objects.get(), performer="customer", by=None, now=NOW)


def test_work_of_a_visit_stays_ours(world: World, order: WorkOrder, technician: User, dispatcher: User) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    add_work(visit=visit, work_order=order, by=dispatcher, now=NOW)
    with pytest.raises(Conflict) as error:
        hand_over(work_order=order, performer="customer", by=dispatcher, now=NOW)
    assert visit.number in error.value.message


def test_closed_work_and_strangers_are_refused(order: WorkOrder) -> None:
    with pytest.raises(DomainError) as error:
        hand_over(work_order=order, performer="vendor", by=None, now=NOW)
    assert error.value.attr == "performer"
    cancel_work(work_order=order, reason="Not needed", by=None, now=NOW)
    with pytest.raises(Conflict):
        hand_over(work_order=order, performer="customer", by=None, now=NOW)


def test_page_offers_it_where_it_is_possible(
    world: World, order: WorkOrder, technician: User, sign_in: Callable[[User], Client]
) -> None:
    client, url = sign_in(technician), f"/work-orders/{order.number}/"
    assert "Let the customer do it" in client.get(url).content.decode()
    page = client.post(f"{url}hand-over/", {"performer": "customer"}, follow=True).content.decode()
    assert "The customer does it now." in page
    assert "Take it back from the customer" in page
    other = change(world, "relocation", on_asset=False, details={"new_address": "Quay 1"})
    page = client.get(f"/work-orders/{other.firings.get(follow_up_day=0).work_order.number}/").content.decode()
    assert "Let the customer do it" not in page


def test_api_hands_over(
    order: WorkOrder, technician: User, customer: User, api_as: Callable[[User], APIClient]
) -> None:
    url = f"/api/v1/work-orders/{order.number}/hand-over/"
    answer: Any = api_as(technician).post(url, {"performer": "customer"}, format="json")
    assert (answer.status_code, answer.json()["performer"]) == (200, "customer")
    assert api_as(customer).post(url, {"performer": "var"}, format="json").status_code == 403
    wrong = api_as(technician).post(url, {"performer": "vendor"}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "performer")


def test_watched_work_stays_on_the_days_list(
    order: WorkOrder, technician: User, sign_in: Callable[[User], Client]
) -> None:
    hand_over(work_order=order, performer="customer", by=technician, now=NOW)
    late = order.due_at.replace(hour=22)
    with time_machine.travel(late, tick=False):
        assert "Connect the phone system" not in sign_in(technician).get("/today/").content.decode()
        assign_work(work_order=order, assignee=technician, by=technician, now=late)
        page = sign_in(technician).get("/today/").content.decode()
    assert "Connect the phone system" in page
    assert "the customer does it, you watch over it" in page
