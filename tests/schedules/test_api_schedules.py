"""schedules/, their occurrences, and procedures/."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from portal.accounts.models import User
from schedules.actions import complete_work, record_answer
from schedules.generation import generate_work
from schedules.models import Procedure, Schedule, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc

pytestmark = pytest.mark.django_db
URL = "/api/v1/schedules/"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def api(manager: User, api_as: Callable[[User], APIClient]) -> APIClient:
    return api_as(manager)


@pytest.fixture
def schedule(world: World) -> Schedule:
    make_procedure()
    world.contract(agreed())
    return Schedule.objects.get()


def queries(api: APIClient, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert api.get(url).status_code == 200
    return len(captured)


def fault(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["errors"][0]["attr"]


# -- schedules --------------------------------------------------------------------------------


def test_schedule_says_how_often_and_when_next(api: APIClient, schedule: Schedule) -> None:
    row = api.get(f"{URL}{schedule.pk}/").json()
    assert row["url"] == f"http://testserver{URL}{schedule.pk}/"
    assert (row["procedure"], row["procedure_slug"]) == (schedule.procedure_id, "daily-check")
    assert (row["customer"], row["site"]) == (schedule.site.customer_id, schedule.site_id)
    assert row["how_often"] == "Every day on working days by 09:00"
    assert (row["state"], row["next_nominal_on"], row["error"]) == ("active", "2026-03-02", "")


def test_schedules_are_filtered(api: APIClient, schedule: Schedule, customer: User) -> None:
    for query in (
        f"site={schedule.site_id}",
        f"contract={schedule.contract_id}",
        f"customer={schedule.site.customer_id}",
        f"procedure={schedule.procedure_id}",
        "procedure=daily-check",
        "state=active",
    ):
        assert api.get(f"{URL}?{query}").json()["count"] == 1, query
    assert api.get(f"{URL}?state=ended").json()["count"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "site=999999",
        "site=99999999999999999999",
        "site=x",
        "procedure=none-such",
        "procedure=99999999999999999999",
        "procedure=%00",
        "procedure=a%27b",
        "state=asleep",
        "contract=-1",
        "ordering=error",
        "colour=red",
    ],
)
def test_schedules_refuse_a_strange_filter(api: APIClient, schedule: Schedule, query: str) -> None:
    assert fault(api.get(f"{URL}?{query}")) == (400, query.split("=")[0])


def test_schedules_take_the_same_queries_for_one_and_three(
    api: APIClient, world: World, other_site: Callable[..., Any]
) -> None:
    make_procedure()
    sites = [other_site(world, "Asia/Tokyo"), other_site(world, "Europe/Amsterdam")]
    world.contract(agreed())
    one = queries(api, URL)
    world.contract(agreed(), assets=[asset for _site, asset in sites])
    assert api.get(URL).json()["count"] == 3
    assert queries(api, URL) == one


def test_schedule_of_another_customer_is_not_there(
    schedule: Schedule, outsider: User, api_as: Callable[[User], APIClient]
) -> None:
    api = api_as(outsider)
    assert api.get(f"{URL}{schedule.pk}/").status_code == 404
    assert api.get(f"{URL}{schedule.pk}/occurrences/").status_code == 404
    assert api.post(f"{URL}{schedule.pk}/retry/").status_code == 404
    assert api.get(URL).json()["results"] == []
    assert fault(api.get(f"{URL}?site={schedule.site_id}")) == (400, "site")


def test_schedule_keeps_its_error_from_customers(
    schedule: Schedule, customer: User, api_as: Callable[[User], APIClient]
) -> None:
    assert "error" not in api_as(customer).get(f"{URL}{schedule.pk}/").json()


# -- occurrences ------------------------------------------------------------------------------


def test_occurrences_hold_outcomes_and_the_forecast(api: APIClient, schedule: Schedule, manager: User) -> None:
    for day in (2, 3, 4):
        generate_work(now=utc(2026, 3, day, 10))
    done = WorkOrder.objects.get(nominal_on="2026-03-04")
    at = utc(2026, 3, 4, 11)
    record_answer(
        work_order=done, step_key="look", asset_id=done.site.assets.get().pk, outcome="pass", by=manager, now=at
    )
    complete_work(work_order=done, finished_at=at, by=manager, now=at)
    answer = api.get(f"{URL}{schedule.pk}/occurrences/?from_on=2026-03-03&until_on=2026-03-09").json()
    shown = [(row["nominal_on"], row["status"], row["on_time"], row["number"]) for row in answer["occurrences"]]
    missed = WorkOrder.objects.get(nominal_on="2026-03-03")
    assert shown == [
        ("2026-03-03", "missed", None, missed.number),
        ("2026-03-04", "done", True, done.number),
        ("2026-03-05", "forecast", None, None),
        ("2026-03-06", "forecast", None, None),
        ("2026-03-09", "forecast", None, None),
    ]
    assert answer["occurrences"][2]["due_at"] == "2026-03-05T08:00:00Z"
    assert answer["problem"] == ""


def test_occurrences_end_with_the_contract(api: APIClient, schedule: Schedule) -> None:
    found = api.get(f"{URL}{schedule.pk}/occurrences/?from_on=2027-02-25&until_on=2027-03-31").json()["occurrences"]
    assert [row["nominal_on"] for row in found] == ["2027-02-25", "2027-02-26", "2027-03-01"]


def test_occurrences_of_floating_work_know_the_next_alone(api: APIClient, world: World) -> None:
    make_procedure("float", frequency="weekly")
    world.contract(agreed("float", "weekly", cadence="floating"))
    pk = Schedule.objects.get().pk
    nearby = api.get(f"{URL}{pk}/occurrences/").json()["occurrences"]
    assert [row["nominal_on"] for row in nearby] == ["2026-03-02"]
    assert api.get(f"{URL}{pk}/occurrences/?from_on=2026-04-01").json()["occurrences"] == []


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("from_on=2026-03-09&until_on=2026-03-03", "until_on"),
        ("from_on=2026-03-01&until_on=2028-03-02", "until_on"),
        ("from_on=1900-01-01", "until_on"),
        ("from_on=0001-01-01", "from_on"),
        ("until_on=9999-12-31", "until_on"),
        ("from_on=yesterday", "from_on"),
        ("from_on=2026-03-01&from_on=2026-03-02", "from_on"),
        ("from=2026-03-01", "from"),
    ],
)
def test_occurrences_refuse_a_strange_period(api: APIClient, schedule: Schedule, query: str, attr: str) -> None:
    assert fault(api.get(f"{URL}{schedule.pk}/occurrences/?{query}")) == (400, attr)


@pytest.mark.parametrize(
    "query", ["", "from_on=2999-12-31", "until_on=1900-01-01", "from_on=2026-03-01&until_on=2028-03-01"]
)
def test_occurrences_of_any_bounded_period_are_answered(api: APIClient, schedule: Schedule, query: str) -> None:
    assert api.get(f"{URL}{schedule.pk}/occurrences/?{query}").status_code == 200


def test_occurrences_of_a_plan_without_sense_say_why(api: APIClient, schedule: Schedule) -> None:
    schedule.contract.terms.get().plan_version.procedures.update(month_rule={"kind": "last_day"})
    answer = api.get(f"{URL}{schedule.pk}/occurrences/").json()
    assert answer["occurrences"] == []
    assert "month_rule" in answer["problem"]


# -- retry ------------------------------------------------------------------------------------


def test_retry_is_for_managers_and_for_what_was_set_aside(
    api: APIClient, schedule: Schedule, technician: User, api_as: Callable[[User], APIClient]
) -> None:
    assert api_as(technician).post(f"{URL}{schedule.pk}/retry/").status_code == 403
    assert api.post(f"{URL}{schedule.pk}/retry/").status_code == 409
    Schedule.objects.update(state="set_aside", error="broken")
    answer = api.post(f"{URL}{schedule.pk}/retry/")
    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (200, "active", "")


# -- procedures -------------------------------------------------------------------------------


def test_procedure_shows_its_versions_and_steps(api: APIClient) -> None:
    choices = [{"value": "yes", "label": {"en": "Yes"}}]
    procedure = make_procedure(steps=[{"key": "look"}, {"key": "pick", "kind": "choice", "choices": choices}])
    row = api.get(f"/api/v1/procedures/{procedure.pk}/").json()
    assert (row["slug"], row["name"], row["frequency"]) == ("daily-check", "daily-check", "daily")
    [version] = row["versions"]
    assert (version["number"], version["state"]) == (1, "published")
    assert [step["key"] for step in version["steps"]] == ["look", "pick"]
    assert version["steps"][1]["choices"] == [{"value": "yes", "label": "Yes"}]


def test_procedures_take_the_same_queries_for_one_and_three(api: APIClient) -> None:
    make_procedure("one")
    one = queries(api, "/api/v1/procedures/")
    make_procedure("two")
    make_procedure("three")
    assert queries(api, "/api/v1/procedures/") == one
    assert api.get("/api/v1/procedures/?ordering=-slug").json()["results"][0]["slug"] == "two"
    assert api.get("/api/v1/procedures/?slug=one").json()["count"] == 1
    assert fault(api.get("/api/v1/procedures/?frequency=hourly")) == (400, "frequency")


def test_procedures_are_for_the_var(customer: User, technician: User, api_as: Callable[[User], APIClient]) -> None:
    pk = make_procedure().pk
    assert api_as(technician).get(f"/api/v1/procedures/{pk}/").status_code == 200
    assert api_as(customer).get("/api/v1/procedures/").status_code == 403
    assert api_as(customer).get(f"/api/v1/procedures/{pk}/").status_code == 404
    assert api_as(technician).post("/api/v1/procedures/", {"slug": "x"}).status_code == 405
    assert Procedure.objects.count() == 1
