"""change-events/: reported over the API, with the work they opened and why."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.enums import CustomerRole
from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import load_programme
from schedules.models import ChangeEvent, WorkOrder
from tests.schedules.conftest import NOW, World

pytestmark = pytest.mark.django_db
URL = "/api/v1/change-events/"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def programme(frozen: None, db: None) -> None:
    load_programme(now=NOW)


@pytest.fixture
def api(technician: User, api_as: Callable[[User], APIClient]) -> APIClient:
    return api_as(technician)


def subnet(world: World, **values: Any) -> dict[str, Any]:
    return {"kind": "subnet_change", "site": world.site.pk, "occurs_at": "2026-03-03T18:00:00+01:00"} | values


def users(world: World, **values: Any) -> dict[str, Any]:
    common = {"kind": "user_change", "asset": world.asset.pk, "occurs_at": "2026-03-03T18:00:00Z"}
    return common | {"details": {"added": 12}} | values


def faults(answer: Any) -> tuple[int, list[str | None]]:
    return answer.status_code, sorted(error["attr"] for error in answer.json()["errors"])


def test_subnet_change_opens_its_checklist_and_says_why(api: APIClient, world: World) -> None:
    answer = api.post(URL, subnet(world))
    assert answer.status_code == 201
    event = answer.json()
    assert event["url"] == f"http://testserver{URL}{event['id']}/"
    assert (event["number"], event["kind"], event["source"]) == (f"CE-{event['id']}", "subnet_change", "api")
    assert (event["occurs_at"], event["reported_at"]) == ("2026-03-03T17:00:00Z", "2026-03-02T09:00:00Z")
    [opened] = event["work_orders"]
    work_order = WorkOrder.objects.get()
    assert (opened["id"], opened["number"]) == (work_order.pk, work_order.number)
    assert opened["url"] == f"http://testserver/api/v1/work-orders/{work_order.pk}/"
    assert (opened["procedure_slug"], opened["follow_up_day"], opened["status"]) == ("subnet-change", 0, "due")
    assert opened["due_at"] == "2026-03-04T17:00:00Z"
    [why] = event["why"]
    assert (why["work_order"], why["procedure_slug"]) == (work_order.pk, "subnet-change")
    assert why["reason"]
    steps = api.get(opened["url"]).json()["steps"]
    assert {step["phase"] for step in steps} <= {"before", "change", "after"}


def test_work_of_a_change_is_found_by_its_event(api: APIClient, world: World) -> None:
    event = api.post(URL, users(world)).json()
    rows = api.get(f"/api/v1/work-orders/?change_event={event['id']}").json()["results"]
    assert sorted(row["follow_up_day"] for row in rows) == [0, 1, 1, 3, 3, 7, 7]
    assert {row["change_event"] for row in rows} == {event["id"]}


def test_change_told_twice_is_one_event(api: APIClient, world: World) -> None:
    first = api.post(URL, users(world, external_id="pbx-7"))
    again = api.post(URL, users(world, external_id="pbx-7", details={"added": 13}))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (again.json()["times_reported"], again.json()["details"]) == (2, {"added": 12})
    assert ChangeEvent.objects.count() == 1
    other_kind = api.post(URL, subnet(world, external_id="pbx-7"))
    assert (other_kind.status_code, other_kind.json()["errors"][0]["code"]) == (409, "id_reused")


def test_change_with_a_key_is_recorded_once(api: APIClient, world: World) -> None:
    key = {"Idempotency-Key": "c1"}
    first = api.post(URL, subnet(world), headers=key)
    again = api.post(URL, subnet(world), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ChangeEvent.objects.get().times_reported == 1
    assert api.post(URL, subnet(world, external_id="x"), headers=key).status_code == 422


def test_change_below_the_threshold_opens_nothing_and_says_why(api: APIClient, world: World) -> None:
    event = api.post(URL, users(world, details={"added": 2})).json()
    assert (event["significant"], event["work_orders"]) == (False, [])
    assert [why["work_order"] for why in event["why"]] == [None]
    assert "2 users in 7 days" in event["why"][0]["reason"]
    said = api.post(URL, users(world, details={"added": 3}, significant=True)).json()
    assert (said["significant"], len(said["work_orders"])) == (True, 7)


@pytest.mark.parametrize(
    ("values", "attrs"),
    [
        ({"kind": "earthquake"}, ["kind"]),
        ({"kind": None}, ["kind"]),
        ({"kind": ["user_change"]}, ["kind"]),
        ({"asset": None}, ["asset"]),
        ({"asset": 999_999}, ["asset"]),
        ({"asset": 10**30}, ["asset"]),
        ({"asset": "x"}, ["asset"]),
        ({"asset": {}}, ["asset"]),
        ({"asset": True}, ["asset"]),
        ({"site": 999_999}, ["site"]),
        ({"occurs_at": None}, ["occurs_at"]),
        ({"occurs_at": "2026-03-03T18:00:00"}, ["occurs_at"]),
        ({"occurs_at": "2026-03-03T18:00:00 01:00"}, ["occurs_at"]),
        ({"occurs_at": "2020-01-01T00:00:00Z"}, ["occurs_at"]),
        ({"occurs_at": "9999-12-31T23:59:59Z"}, ["occurs_at"]),
        ({"occurs_at": 1}, ["occurs_at"]),
        ({"details": {"added": -1}}, ["details.added"]),
        ({"details": {"added": "12"}}, ["details.added"]),
        ({"details": {"added": 10**400}}, ["details.added"]),
        ({"details": {"added": 1.5, "removed": True}}, ["details.added", "details.removed"]),
        ({"details": {"colour": "red"}}, ["details.colour"]),
        ({"details": {}}, ["details"]),
        ({"details": []}, ["details"]),
        ({"details": [1]}, ["details"]),
        ({"details": 0}, ["details"]),
        ({"details": "x"}, ["details"]),
        ({"external_id": "x" * 121}, ["external_id"]),
        ({"external_id": "a\u0000b"}, ["external_id"]),
        ({"external_id": {}}, ["external_id"]),
        ({"significant": "perhaps"}, ["significant"]),
        ({"significant": 1}, ["significant"]),
        ({"source": "page"}, ["source"]),
        ({"reported_at": "2026-03-02T09:00:00Z"}, ["reported_at"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
def test_change_names_the_fields_at_fault(
    api: APIClient, world: World, values: dict[str, Any], attrs: list[str]
) -> None:
    assert faults(api.post(URL, users(world, **values))) == (400, attrs)
    assert not ChangeEvent.objects.exists()


def test_change_needs_the_subject_of_its_kind(api: APIClient, world: World, other_site: Callable[..., Any]) -> None:
    elsewhere, _asset = other_site(world, "Asia/Tokyo")
    assert faults(api.post(URL, {"kind": "subnet_change", "occurs_at": "2026-03-03T18:00:00Z"})) == (400, ["site"])
    assert faults(api.post(URL, subnet(world, asset=world.asset.pk))) == (400, ["asset"])
    assert faults(api.post(URL, users(world, site=elsewhere.pk))) == (400, ["site"])


def test_archived_equipment_does_not_change(api: APIClient, world: World) -> None:
    world.asset.archived_at = NOW
    world.asset.save()
    assert faults(api.post(URL, users(world))) == (400, ["asset"])


def test_customers_report_for_their_own_alone(
    world: World, customer: User, outsider: User, customer_a: Customer, api_as: Callable[[User], APIClient]
) -> None:
    own = api_as(customer).post(URL, subnet(world))
    assert (own.status_code, own.json()["source"]) == (201, "customer")
    pk = own.json()["id"]
    other = api_as(outsider)
    assert faults(other.post(URL, subnet(world))) == (400, ["site"])
    assert faults(other.post(URL, users(world))) == (400, ["asset"])
    assert other.get(f"{URL}{pk}/").status_code == 404
    assert other.get(URL).json()["results"] == []
    assert faults(other.get(f"{URL}?site={world.site.pk}")) == (400, ["site"])
    viewer = api_as(builder.member(now=NOW, customer=customer_a, role=CustomerRole.VIEWER))
    assert viewer.post(URL, subnet(world, external_id="v")).status_code == 403
    assert viewer.get(f"{URL}{pk}/").status_code == 200


def test_member_of_two_customers_reports_where_the_role_allows(
    world: World, customer_b: Customer, customer_a: Customer, api_as: Callable[[User], APIClient]
) -> None:
    both = builder.member(now=NOW, customer=customer_b, role=CustomerRole.CONTACT)
    both.memberships.create(customer=customer_a, role=CustomerRole.VIEWER, created_at=NOW)
    assert api_as(both).post(URL, subnet(world)).status_code == 403


def test_changes_page_by_cursor_without_a_count(api: APIClient, world: World) -> None:
    for day in (3, 4, 5):
        api.post(URL, subnet(world, occurs_at=f"2026-03-0{day}T10:00:00Z"))
    first = api.get(f"{URL}?page_size=2").json()
    assert "count" not in first
    assert [row["occurs_at"][:10] for row in first["results"]] == ["2026-03-05", "2026-03-04"]
    assert [row["occurs_at"][:10] for row in api.get(first["next"]).json()["results"]] == ["2026-03-03"]
    up = api.get(f"{URL}?ordering=occurs_at&page_size=2").json()
    assert [row["occurs_at"][:10] for row in up["results"]] == ["2026-03-03", "2026-03-04"]
    assert [row["occurs_at"][:10] for row in api.get(up["next"]).json()["results"]] == ["2026-03-05"]


def test_changes_are_filtered(api: APIClient, world: World) -> None:
    api.post(URL, subnet(world, external_id="a"))
    api.post(URL, users(world))
    found = {
        "kind=user_change": 1,
        f"site={world.site.pk}": 2,
        f"asset={world.asset.pk}": 1,
        f"customer={world.customer.pk}": 2,
        "external_id=a": 1,
        "significant=false": 0,
        "source=customer": 0,
        "occurs_before=2026-03-03T18:00:00Z": 1,
        "occurs_after=2026-03-03T18:00:00Z": 1,
    }
    assert {query: len(api.get(f"{URL}?{query}").json()["results"]) for query in found} == found


@pytest.mark.parametrize(
    "query",
    [
        "kind=earthquake",
        "site=0",
        "asset=x",
        "significant=1",
        "cursor=x",
        "cursor=cD0lMDA%3D",
        "external_id=%00",
    ],
)
def test_changes_refuse_a_strange_filter(api: APIClient, world: World, query: str) -> None:
    assert faults(api.get(f"{URL}?{query}")) == (400, [query.split("=")[0]])


def test_changes_take_the_same_queries_for_one_and_three(api: APIClient, world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(URL).status_code == 200
        return len(captured)

    api.post(URL, users(world))
    one = queries()
    for day in (4, 5):
        api.post(URL, users(world, occurs_at=f"2026-03-0{day}T10:00:00Z"))
    assert len(api.get(URL).json()["results"]) == 3
    assert queries() == one


def test_change_is_found_by_number_and_not_edited(api: APIClient, world: World) -> None:
    event = api.post(URL, subnet(world)).json()
    assert api.get(f"{URL}{event['number']}/").json() == event
    for method in (api.put, api.patch, api.delete):
        assert method(f"{URL}{event['id']}/", {}).status_code == 405
