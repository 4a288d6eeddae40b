"""Today's visits stand above the other work, with one tap to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import start_visit
from tests.schedules.conftest import NOW, World, make_world
from tests.schedules.visits import HOUR, due, make_due

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(customer_a: Customer) -> World:
    return make_world(customer_a)


def today_of(client: Client, query: str = "") -> str:
    response = client.get(f"/today/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_visits_come_in_order_and_hold_their_work(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    late = builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + 5 * HOUR)
    early = builder.visit(site=world.site, technician=technician, now=NOW, work_orders=[due("weekly")])
    builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + timedelta(days=1))
    page = today_of(sign_in(technician))
    assert page.index(f"/visits/{early.number}/start/") < page.index(f"/visits/{late.number}/start/")
    assert page.count("Start the visit") == 2
    assert f"/work-orders/{due('weekly').number}/" not in page  # it is in the visit
    assert f"/work-orders/{due('administration-check').number}/" in page


def test_visit_that_goes_on_comes_first(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    other = builder.visit(site=world.site, technician=technician, now=NOW)
    going_on = builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + 5 * HOUR)
    start_visit(visit=going_on, by=technician, now=NOW)
    page = today_of(sign_in(technician))
    assert page.index(f"visit-{going_on.pk}") < page.index(f"visit-{other.pk}")
    assert "Go on" in page


def test_day_without_a_visit_names_the_next(sign_in: SignIn, technician: User, world: World) -> None:
    builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + timedelta(days=2))
    page = today_of(sign_in(technician))
    assert "No visit today. Next:" in page
    assert "Wed 4 Mar 2026" in page


def test_colleagues_visits_are_shown_on_request_and_not_begun_from_here(
    sign_in: SignIn, technician: User, manager: User, world: World
) -> None:
    visit = builder.visit(site=world.site, technician=manager, now=NOW)
    client = sign_in(technician)
    assert visit.number not in today_of(client)
    page = today_of(client, "?all=1")
    assert visit.number in page
    assert "Start the visit" not in page


def test_day_asks_as_much_for_three_visits(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    client = sign_in(technician)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            today_of(client)
        return len(captured)

    builder.visit(site=world.site, technician=technician, now=NOW, work_orders=[due("weekly")])
    before = asked()
    for hours in (4, 7):
        builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + hours * HOUR)
    assert asked() == before <= 15
