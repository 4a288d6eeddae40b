"""Schedules with their dates, and the runs of the generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.enums import Frequency, NonworkingDay
from portal.accounts.models import User
from portal.demo import builder
from schedules.enums import ScheduleState
from schedules.generation import generate_work
from schedules.models import Schedule
from tests.schedules.conftest import NOW, World, agreed, make_procedure

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def schedule(world: World) -> Schedule:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    return Schedule.objects.get()


def page_of(schedule: Schedule, verb: str = "") -> str:
    return f"/schedules/{schedule.pk}/{verb}"


def test_list_shows_cadence_and_next_date(sign_in: SignIn, technician: User, schedule: Schedule) -> None:
    page = sign_in(technician).get("/schedules/").content.decode()
    assert "Every day on working days by 09:00" in page
    assert "Tue 3 Mar 2026" in page


def test_list_and_detail_are_the_customers_own(
    sign_in: SignIn, customer: User, outsider: User, schedule: Schedule
) -> None:
    assert page_of(schedule) in sign_in(customer).get("/schedules/").content.decode()
    assert sign_in(customer).get(page_of(schedule)).status_code == 200
    assert page_of(schedule) not in sign_in(outsider).get("/schedules/").content.decode()
    assert sign_in(outsider).get(page_of(schedule)).status_code == 404


def test_detail_forecasts_working_days_and_shows_the_last(
    sign_in: SignIn, technician: User, schedule: Schedule
) -> None:
    page = sign_in(technician).get(page_of(schedule)).content.decode()
    assert page.count(">Mon 9 Mar 2026</td>") == 1
    assert "Sat 7 Mar 2026" not in page
    assert "Mon 2 Mar 2026" in page
    assert "WO-" in page


def test_forecast_tells_a_plan_that_makes_no_sense(sign_in: SignIn, technician: User, schedule: Schedule) -> None:
    versions = schedule.contract.terms.get().plan_version.procedures
    versions.update(frequency=Frequency.DAILY, nonworking_day=NonworkingDay.NEXT)
    response = sign_in(technician).get(page_of(schedule))
    assert response.status_code == 200
    assert "Mon 9 Mar 2026" not in response.content.decode()


def test_list_asks_as_much_for_three_rows(sign_in: SignIn, technician: User, schedule: Schedule, world: World) -> None:
    client = sign_in(technician)
    addresses = ["/schedules/", page_of(schedule)]
    with_one = [_queries(client, address) for address in addresses]
    for _ in range(2):
        site = builder.site(customer=world.customer, calendar=world.calendar)
        world.contract(agreed(), assets=[builder.asset(site=site, product=world.product)])
    generate_work(now=NOW)
    assert Schedule.objects.count() == 3
    assert [_queries(client, address) for address in addresses] == with_one
    assert max(with_one) <= 15


def test_set_aside_schedule_is_shown_and_tried_again(
    sign_in: SignIn, manager: User, technician: User, outsider: User, schedule: Schedule
) -> None:
    Schedule.objects.update(state=ScheduleState.SET_ASIDE, error="No calendar.")
    client = sign_in(manager)
    assert "No calendar." in client.get("/schedules/?state=set_aside").content.decode()
    assert "Try again" in client.get(page_of(schedule)).content.decode()
    assert "Try again" not in sign_in(technician).get(page_of(schedule)).content.decode()
    assert sign_in(technician).post(page_of(schedule, "retry/")).status_code == 403
    assert sign_in(outsider).post(page_of(schedule, "retry/")).status_code == 404
    assert client.get(page_of(schedule, "retry/")).status_code == 405
    assert "runs again" in client.post(page_of(schedule, "retry/"), follow=True).content.decode()
    schedule.refresh_from_db()
    assert (schedule.state, schedule.error) == (ScheduleState.ACTIVE, "")
    assert "was not set aside" in client.post(page_of(schedule, "retry/"), follow=True).content.decode()


def test_runs_are_for_the_var(sign_in: SignIn, technician: User, customer: User, schedule: Schedule) -> None:
    page = sign_in(technician).get("/generation-runs/").content.decode()
    assert "Mon 2 Mar 2026, 09:00" in page
    assert "Nothing is waiting" in page
    assert sign_in(customer).get("/generation-runs/").status_code == 403
    assert sign_in(technician).post("/generation-runs/").status_code == 405


def test_runs_name_what_waits_and_what_was_set_aside(sign_in: SignIn, manager: User, schedule: Schedule) -> None:
    Schedule.objects.update(next_release_at=NOW)
    assert "1 schedule waits for the next run." in sign_in(manager).get("/generation-runs/").content.decode()
    Schedule.objects.update(state=ScheduleState.SET_ASIDE)
    assert "1 schedule is set aside" in sign_in(manager).get("/generation-runs/").content.decode()


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
