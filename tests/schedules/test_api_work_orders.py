"""work-orders/: lists, the checklist, answers, photos, tickets, and the verbs."""

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from contracts.enums import CustomerRole, Performer
from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import skip_work
from schedules.enums import Scope, StepKind
from schedules.generation import generate_work
from schedules.models import Answer, AnswerPhoto, Reading, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
URL = "/api/v1/work-orders/"
STEPS: list[dict[str, Any]] = [
    {"key": "look", "ticket": {"category": "outage", "impact": "large", "urgency": "high"}},
    {
        "key": "minutes",
        "kind": StepKind.READING,
        "metric": "voicemail_minutes",
        "unit": "min",
        "minimum": 0,
        "warn_above_share": 0.8,
        "fail_above_share": 0.95,
    },
    {
        "key": "method",
        "kind": StepKind.CHOICE,
        "scope": Scope.ORDER,
        "choices": [{"value": "reset", "label": {"en": "Reset"}}],
    },
    {"key": "picture", "kind": StepKind.PHOTO, "required": False},
]


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def api(technician: User, api_as: Callable[[User], APIClient]) -> APIClient:
    return api_as(technician)


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    make_procedure(steps=STEPS)
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def faults(answer: Any) -> tuple[int, list[str | None]]:
    return answer.status_code, [error["attr"] for error in answer.json()["errors"]]


def step_url(work_order: WorkOrder, key: str, target: int | str | None = None) -> str:
    asset = work_order.site.assets.order_by("pk").first()
    where = (asset.pk if asset else 0) if target is None else target
    return f"{URL}{work_order.number}/steps/{key}/{where}/"


def queries(api: APIClient, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert api.get(url).status_code == 200
    return len(captured)


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    return SimpleUploadedFile("photo.png", data.getvalue(), "image/png")


# -- lists ------------------------------------------------------------------------------------


def test_work_order_row_says_what_where_and_when(api: APIClient, work_order: WorkOrder) -> None:
    [row] = api.get(URL).json()["results"]
    assert row["url"] == f"http://testserver{URL}{work_order.pk}/"
    assert (row["number"], row["status"], row["nominal_on"]) == (work_order.number, "due", "2026-03-02")
    assert (row["procedure_slug"], row["procedure_name"]) == ("daily-check", "daily-check")
    assert row["procedure"] == work_order.procedure_version.procedure_id
    assert (row["due_at"], row["window_closes_at"]) == ("2026-03-02T08:00:00Z", "2026-03-02T16:00:00Z")
    assert row["coverage_decision"] == "covered"
    assert row["coverage_sentence"]
    assert row["on_time"] is None
    assert "steps" not in row


def test_work_orders_are_filtered(api: APIClient, work_order: WorkOrder, technician: User) -> None:
    builder.asset(site=work_order.site, product=builder.product(slug="phone", kind="phone"))
    asset, phone = work_order.site.assets.order_by("pk")
    WorkOrder.objects.update(assignee=technician)
    found = {
        "status=due": 1,
        "status=done": 0,
        f"site={work_order.site_id}": 1,
        f"asset={asset.pk}": 1,
        f"asset={phone.pk}": 0,  # the procedure is for systems, and no contract lists it
        f"contract={work_order.contract_id}": 1,
        f"procedure={work_order.procedure_version.procedure_id}": 1,
        "procedure=daily-check": 1,
        f"assignee={technician.pk}": 1,
        "assignee=none": 0,
        f"customer={work_order.site.customer_id}": 1,
        "due_before=2026-03-02T08:00:00Z": 0,
        "due_before=2026-03-02T08:00:01Z": 1,
        "due_after=2026-03-02T08:00:00Z": 1,
        "due_after=2026-03-02T09:00:01%2B01:00": 0,
        "performer=customer": 0,
    }
    assert {query: api.get(f"{URL}?{query}").json()["count"] for query in found} == found


def test_work_orders_of_an_asset_are_those_begun_on_it_too(api: APIClient, work_order: WorkOrder) -> None:
    asset = work_order.site.assets.get()
    api.post(f"{URL}{work_order.number}/start/")
    assert api.get(f"{URL}?asset={asset.pk}").json()["count"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "status=open",
        "site=999999",
        "asset=99999999999999999999",
        "asset=%00",
        "assignee=0",
        "assignee=nobody",
        "due_before=2026-03-02",
        "due_before=2026-03-02T08:00:00",
        "due_after=2026-03-02T08:00:00+01:00",
        "procedure=nothing",
        "change_event=99999999999999999999",
        "ordering=status",
        "page_size=501",
        "colour=red",
    ],
)
def test_work_orders_refuse_a_strange_filter(api: APIClient, work_order: WorkOrder, query: str) -> None:
    assert faults(api.get(f"{URL}?{query}")) == (400, [query.split("=")[0]])


def test_work_orders_are_sorted(api: APIClient, work_order: WorkOrder) -> None:
    generate_work(now=NOW + timedelta(days=1))
    days = {
        ordering: [row["nominal_on"] for row in api.get(f"{URL}?ordering={ordering}").json()["results"]]
        for ordering in ("due_at", "-due_at", "id", "-id")
    }
    up = ["2026-03-02", "2026-03-03"]
    assert days == {"due_at": up, "-due_at": up[::-1], "id": up, "-id": up[::-1]}


def test_work_orders_take_the_same_queries_for_one_and_three(api: APIClient, work_order: WorkOrder) -> None:
    one = queries(api, URL)
    for day in (1, 2):
        generate_work(now=NOW + timedelta(days=day))
    assert api.get(URL).json()["count"] == 3
    assert queries(api, URL) == one


# -- the checklist ----------------------------------------------------------------------------


def test_work_order_shows_its_checklist_before_it_is_begun(api: APIClient, work_order: WorkOrder) -> None:
    asset = work_order.site.assets.get()
    row = api.get(f"{URL}{work_order.number}/").json()
    places = [(step["key"], step["target"]) for step in row["steps"]]
    assert places == [("look", asset.pk), ("minutes", asset.pk), ("picture", asset.pk), ("method", 0)]
    minutes = row["steps"][1]
    assert (minutes["unit"], minutes["kind"], minutes["phase"]) == ("min", "reading", "work")
    assert minutes["limits"] == {
        "minimum": 0.0,
        "maximum": None,
        "warn_below": None,
        "warn_above": 800.0,
        "fail_below": None,
        "fail_above": 950.0,
    }
    assert row["steps"][3]["choices"] == [{"value": "reset", "label": "Reset"}]
    assert [(gap["key"], gap["target"], gap["what"]) for gap in row["missing"]] == [
        ("look", asset.pk, "answer"),
        ("minutes", asset.pk, "answer"),
        ("method", 0, "answer"),
    ]
    assert row["history"] == []


def test_checklist_takes_the_same_queries_for_one_asset_and_three(api: APIClient, world: World) -> None:
    make_procedure(steps=STEPS)
    world.contract(agreed())
    generate_work(now=NOW)
    one = WorkOrder.objects.get()
    api.put(step_url(one, "look"), {"outcome": "pass"})
    few = queries(api, f"{URL}{one.number}/")
    assets = [builder.asset(site=builder.site(customer=world.customer, calendar=world.calendar), product=world.product)]
    assets += [builder.asset(site=assets[0].site, product=world.product) for _ in range(2)]
    world.contract(agreed(), assets=assets)
    generate_work(now=NOW)
    three = WorkOrder.objects.latest("pk")
    for asset in assets:
        assert api.put(step_url(three, "look", asset.pk), {"outcome": "pass"}).status_code == 200
    assert len(api.get(f"{URL}{three.number}/").json()["steps"]) == 10
    assert queries(api, f"{URL}{three.number}/") == few
    assert few <= 15


def test_work_order_is_found_by_number_and_by_id(api: APIClient, work_order: WorkOrder) -> None:
    for name in (work_order.number, work_order.pk):
        assert api.get(f"{URL}{name}/").json()["id"] == work_order.pk
    for name in ("WO-", "TK-1", "x", "0", "99999999999999999999", "WO-WO-1"):
        assert api.get(f"{URL}{name}/").status_code == 404


# -- answers ----------------------------------------------------------------------------------


def test_answer_is_stored_and_begins_the_work(api: APIClient, work_order: WorkOrder, technician: User) -> None:
    sent = {"value": 850, "client_uuid": str(uuid.uuid4()), "made_at": "2026-03-02T09:55:00+01:00"}
    answer = api.put(step_url(work_order, "minutes"), sent)
    assert answer.status_code == 200
    shown = answer.json()["answer"]
    assert (shown["outcome"], shown["value"], shown["by"]) == ("warn", 850.0, technician.pk)
    assert (shown["made_at"], shown["client_uuid"]) == ("2026-03-02T08:55:00Z", sent["client_uuid"])
    assert answer.json()["missing"] == ""
    work_order.refresh_from_db()
    assert work_order.status == "in_progress"
    assert Reading.objects.get().value == 850


def test_answer_sent_twice_is_one(api: APIClient, work_order: WorkOrder) -> None:
    sent = {"outcome": "pass", "client_uuid": str(uuid.uuid4())}
    first = api.put(step_url(work_order, "look"), sent)
    again = api.put(step_url(work_order, "look"), sent)
    assert (first.status_code, again.status_code, Answer.objects.count()) == (200, 200, 1)
    assert first.json() == again.json()
    other = api.put(step_url(work_order, "look"), sent | {"outcome": "warn"})
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "uuid_reused")


def test_answer_keeps_the_earlier_one_beside_it(api: APIClient, work_order: WorkOrder) -> None:
    url = step_url(work_order, "look")
    api.put(url, {"outcome": "fail", "note": "No light."})
    step = api.put(url, {"outcome": "pass"}).json()
    assert step["answer"]["outcome"] == "pass"
    assert [(old["outcome"], old["note"]) for old in step["earlier"]] == [("fail", "No light.")]


def test_answer_to_a_step_done_once_names_target_0(api: APIClient, work_order: WorkOrder) -> None:
    assert api.put(step_url(work_order, "method", 0), {"text": "reset"}).json()["answer"]["outcome"] == "pass"


@pytest.mark.parametrize(
    ("key", "sent", "attr"),
    [
        ("look", {}, "outcome"),
        ("look", {"outcome": "maybe"}, "outcome"),
        ("look", {"outcome": ["pass"]}, "outcome"),
        ("look", {"outcome": None}, "outcome"),
        ("look", {"outcome": "fail"}, "note"),
        ("look", {"outcome": "fail", "note": "x" * 2001}, "note"),
        ("look", {"outcome": "fail", "note": "a\u0000b"}, "note"),
        ("look", {"outcome": "fail", "note": {}}, "note"),
        ("look", {"outcome": "pass", "colour": "red"}, "colour"),
        ("look", {"outcome": "pass", "made_at": "2026-03-02T09:10:01Z"}, "made_at"),
        ("look", {"outcome": "pass", "made_at": "2026-03-02T09:00:00"}, "made_at"),
        ("look", {"outcome": "pass", "made_at": "1900-01-01T00:00:00+14:00"}, "made_at"),
        ("look", {"outcome": "pass", "made_at": 5}, "made_at"),
        ("look", {"outcome": "pass", "client_uuid": 7}, "client_uuid"),
        ("look", {"outcome": "pass", "client_uuid": "x"}, "client_uuid"),
        ("minutes", {}, "value"),
        ("minutes", {"value": None}, "value"),
        ("minutes", {"value": "850"}, "value"),
        ("minutes", {"value": True}, "value"),
        ("minutes", {"value": [1]}, "value"),
        ("minutes", {"value": -1}, "value"),
        ("minutes", {"value": 10**400}, "value"),
    ],
)
def test_answer_names_the_field_at_fault(
    api: APIClient, work_order: WorkOrder, key: str, sent: dict[str, Any], attr: str
) -> None:
    assert faults(api.put(step_url(work_order, key), sent)) == (400, [attr])
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "raw",
    ['{"value": 1e999}', '{"value": NaN}', '{"value": Infinity}', '{"value": 1, "note": "\\ud800"}', "[]", '"x"', "{"],
)
def test_answer_of_what_is_no_answer_is_400(api: APIClient, work_order: WorkOrder, raw: str) -> None:
    answer = api.put(step_url(work_order, "minutes"), raw, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "place", ["look/0", "none/{asset}", "look/999999", "look/x", "look/-1", "look/1.5", "lo%00ok/0"]
)
def test_answer_to_a_step_that_is_not_there_is_404(api: APIClient, work_order: WorkOrder, place: str) -> None:
    where = place.format(asset=work_order.site.assets.get().pk)
    assert api.put(f"{URL}{work_order.number}/steps/{where}/", {"outcome": "pass"}).status_code == 404


def test_answer_to_closed_work_is_409(api: APIClient, work_order: WorkOrder, technician: User) -> None:
    skip_work(work_order=work_order, reason="Closed.", by=technician, now=NOW)
    assert api.put(step_url(work_order, "look"), {"outcome": "pass"}).status_code == 409


def test_answer_to_a_locked_step_is_409(api: APIClient, world: World) -> None:
    make_procedure(steps=[{"key": "first"}, {"key": "second", "locked_until": "first"}])
    world.contract(agreed())
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    locked = api.put(step_url(work_order, "second"), {"outcome": "pass"})
    assert (locked.status_code, locked.json()["errors"][0]["code"]) == (409, "locked")
    api.put(step_url(work_order, "first"), {"outcome": "pass"})
    assert api.put(step_url(work_order, "second"), {"outcome": "pass"}).json()["locked_reason"] == ""


def test_previous_value_stands_beside_the_next(api: APIClient, work_order: WorkOrder) -> None:
    api.put(step_url(work_order, "minutes"), {"value": 700})
    generate_work(now=NOW + timedelta(days=1))
    following = WorkOrder.objects.latest("pk")
    step = api.get(f"{URL}{following.number}/").json()["steps"][1]
    assert step["previous"] == {"value": 700.0, "outcome": "", "text": "", "at": "2026-03-02T09:00:00Z"}


# -- photos -----------------------------------------------------------------------------------


def test_photo_is_appended_and_can_be_fetched(api: APIClient, work_order: WorkOrder) -> None:
    sent = {"client_uuid": str(uuid.uuid4())}
    url = f"{step_url(work_order, 'picture')}photos/"
    first = api.post(url, sent | {"photo": picture()}, format="multipart")
    again = api.post(url, sent | {"photo": picture()}, format="multipart")
    assert (first.status_code, again.status_code, AnswerPhoto.objects.count()) == (201, 201, 1)
    [photo] = again.json()["photos"]
    assert (photo["content_type"], photo["client_uuid"]) == ("image/png", sent["client_uuid"])
    fetched = api.get(photo["url"])
    assert (fetched.status_code, fetched["Content-Type"]) == (200, "image/png")
    fetched.close()


def test_photo_with_a_key_is_stored_once(api: APIClient, work_order: WorkOrder) -> None:
    url = f"{step_url(work_order, 'picture')}photos/"
    for _ in range(2):
        answer = api.post(url, {"photo": picture()}, format="multipart", headers={"Idempotency-Key": "p1"})
        assert answer.status_code == 201
    assert AnswerPhoto.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({}, "photo"),
        ({"photo": "text"}, "photo"),
        ({"photo": SimpleUploadedFile("a.png", b"no picture")}, "photo"),
        ({"photo": SimpleUploadedFile("a.png", b"")}, "photo"),
        ({"photo": picture(), "colour": "red"}, "colour"),
        ({"photo": picture(), "client_uuid": "x"}, "client_uuid"),
        ({"photo": picture(), "made_at": "now"}, "made_at"),
    ],
)
def test_photo_names_the_field_at_fault(api: APIClient, work_order: WorkOrder, sent: dict[str, Any], attr: str) -> None:
    url = f"{step_url(work_order, 'picture')}photos/"
    assert faults(api.post(url, sent, format="multipart")) == (400, [attr])


def test_photo_as_json_is_refused(api: APIClient, work_order: WorkOrder) -> None:
    assert api.post(f"{step_url(work_order, 'picture')}photos/", {"photo": "x"}).status_code == 415
    assert (
        api.post(f"{step_url(work_order, 'none')}photos/", {"photo": picture()}, format="multipart").status_code == 404
    )
    assert api.get(f"{URL}{work_order.number}/photos/{'-' * 36}/").status_code == 404
    assert api.get(f"{URL}{work_order.number}/photos/{uuid.uuid4()}/").status_code == 404


# -- tickets ----------------------------------------------------------------------------------


def test_failed_step_becomes_a_ticket_once(api: APIClient, work_order: WorkOrder) -> None:
    builder.policy(now=NOW, is_default=True)
    url = step_url(work_order, "look")
    api.put(url, {"outcome": "fail", "note": "No light."})
    first = api.post(f"{url}ticket/")
    ticket = Ticket.objects.get()
    assert (first.status_code, first.json()["answer"]["ticket"]) == (201, ticket.pk)
    assert first.json()["answer"]["ticket_number"] == ticket.number
    assert (ticket.category, ticket.source, ticket.severity) == ("outage", "step", "S2")
    again = api.post(f"{url}ticket/")
    assert (again.status_code, again.json()["answer"]["ticket"], Ticket.objects.count()) == (200, ticket.pk, 1)


def test_step_that_did_not_fail_becomes_no_ticket(api: APIClient, work_order: WorkOrder) -> None:
    url = step_url(work_order, "look")
    assert api.post(f"{url}ticket/").status_code == 409
    api.put(url, {"outcome": "pass"})
    assert api.post(f"{url}ticket/").status_code == 409
    assert api.post(f"{step_url(work_order, 'none')}ticket/").status_code == 404
    assert faults(api.post(f"{url}ticket/", {"impact": "large"})) == (400, ["impact"])


# -- the verbs --------------------------------------------------------------------------------


def test_complete_with_gaps_lists_each_of_them(api: APIClient, work_order: WorkOrder) -> None:
    asset = work_order.site.assets.get()
    api.put(step_url(work_order, "look"), {"outcome": "pass"})
    answer = api.post(f"{URL}{work_order.number}/complete/")
    assert faults(answer) == (409, [f"steps.minutes.{asset.pk}", "steps.method.0"])
    assert {error["code"] for error in answer.json()["errors"]} == {"incomplete"}
    assert "minutes" in answer.json()["errors"][0]["detail"]


def test_work_is_started_answered_and_completed(api: APIClient, work_order: WorkOrder) -> None:
    url = f"{URL}{work_order.number}/"
    assert api.post(f"{url}start/").json()["status"] == "in_progress"
    for key, sent in (("look", {"outcome": "pass"}), ("minutes", {"value": 100})):
        assert api.put(step_url(work_order, key), sent).status_code == 200
    api.put(step_url(work_order, "method", 0), {"text": "reset"})
    done = api.post(f"{url}complete/", {"finished_at": "2026-03-02T08:59:00Z"})
    assert (done.status_code, done.json()["status"], done.json()["on_time"]) == (200, "done", True)
    assert done.json()["finished_at"] == "2026-03-02T08:59:00Z"
    shown = api.get(url).json()
    assert [event["kind"] for event in shown["history"]] == ["started", "completed"]
    assert shown["missing"] == []
    assert api.post(f"{url}complete/").status_code == 409
    assert api.post(f"{url}start/").status_code == 409


@pytest.mark.parametrize(
    ("verb", "sent", "attr"),
    [
        ("start", {"colour": "red"}, "colour"),
        ("complete", {"finished_at": "2026-03-02T10:00:00Z"}, "finished_at"),
        ("complete", {"finished_at": "1900-01-01T00:00:00+14:00"}, "finished_at"),
        ("complete", {"finished_at": "x"}, "finished_at"),
        ("skip", {}, "reason"),
        ("skip", {"reason": "  "}, "reason"),
        ("skip", {"reason": "x" * 301}, "reason"),
        ("skip", {"reason": None}, "reason"),
        ("skip", {"reason": "a\u0000b"}, "reason"),
        ("cancel", {}, "reason"),
        ("excuse", {}, "reason"),
        ("assign", {}, "assignee"),
        ("assign", {"assignee": 10**30}, "assignee"),
        ("assign", {"assignee": "x"}, "assignee"),
        ("assign", {"assignee": {}}, "assignee"),
        ("assign", {"assignee": True}, "assignee"),
        ("reinstate", {"reason": "x"}, "reason"),
    ],
)
def test_verb_names_the_field_at_fault(
    manager: User,
    api_as: Callable[[User], APIClient],
    work_order: WorkOrder,
    verb: str,
    sent: dict[str, Any],
    attr: str,
) -> None:
    answer = api_as(manager).post(f"{URL}{work_order.number}/{verb}/", sent)
    assert faults(answer) == (400, [attr])


def test_work_is_skipped_excused_and_reinstated(
    api: APIClient, manager: User, api_as: Callable[[User], APIClient], work_order: WorkOrder
) -> None:
    url = f"{URL}{work_order.number}/"
    skipped = api.post(f"{url}skip/", {"reason": "Nobody there."}).json()
    assert (skipped["status"], skipped["status_reason"]) == ("skipped", "Nobody there.")
    assert api.post(f"{url}excuse/", {"reason": "Strike."}).status_code == 403
    boss = api_as(manager)
    assert boss.post(f"{url}excuse/", {"reason": "Strike."}).json()["excused_at"] == "2026-03-02T09:00:00Z"
    assert boss.post(f"{url}excuse/", {"reason": "Strike."}).status_code == 409
    assert api.post(f"{url}reinstate/").status_code == 403
    assert boss.post(f"{url}reinstate/").json()["status"] == "due"
    assert boss.post(f"{url}reinstate/").status_code == 409


def test_cancelling_is_for_dispatchers(
    api: APIClient, dispatcher: User, api_as: Callable[[User], APIClient], work_order: WorkOrder
) -> None:
    url = f"{URL}{work_order.number}/cancel/"
    assert api.post(url, {"reason": "Not needed."}).status_code == 403
    assert api_as(dispatcher).post(url, {"reason": "Not needed."}).json()["status"] == "cancelled"
    assert api_as(dispatcher).post(url, {"reason": "Not needed."}).status_code == 409


def test_technicians_take_work_and_dispatchers_assign_it(
    api: APIClient,
    technician: User,
    dispatcher: User,
    customer: User,
    api_as: Callable[[User], APIClient],
    work_order: WorkOrder,
) -> None:
    url = f"{URL}{work_order.number}/assign/"
    assert api.post(url, {"assignee": dispatcher.pk}).status_code == 403
    assert api.post(url, {"assignee": technician.pk}).json()["assignee_name"] == "Tara Technician"
    assert api.post(url, {"assignee": None}).json()["assignee"] is None
    other = api_as(dispatcher)
    assert other.post(url, {"assignee": dispatcher.pk}).json()["assignee"] == dispatcher.pk
    assert api.post(url, {"assignee": None}).status_code == 403
    assert faults(other.post(url, {"assignee": customer.pk})) == (400, ["assignee"])


def test_verb_with_a_key_acts_once(api: APIClient, work_order: WorkOrder) -> None:
    url = f"{URL}{work_order.number}/skip/"
    key = {"Idempotency-Key": "s1"}
    first = api.post(url, {"reason": "Closed."}, headers=key)
    again = api.post(url, {"reason": "Closed."}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post(url, {"reason": "Other."}, headers=key).status_code == 422
    assert work_order.events.filter(kind="skipped").count() == 1


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_work_orders_are_not_written_directly(api: APIClient, work_order: WorkOrder, method: str) -> None:
    assert getattr(api, method)(f"{URL}{work_order.number}/", {}).status_code == 405
    assert api.post(URL, {}).status_code == 405


# -- who sees and does what ---------------------------------------------------------------------


def test_outsider_finds_nothing(
    work_order: WorkOrder, api: APIClient, outsider: User, api_as: Callable[[User], APIClient]
) -> None:
    api.post(f"{step_url(work_order, 'picture')}photos/", {"photo": picture()}, format="multipart")
    photo = AnswerPhoto.objects.get().file.uuid
    other = api_as(outsider)
    url = f"{URL}{work_order.number}/"
    assert other.get(URL).json()["count"] == 0
    for address in (url, f"{url}photos/{photo}/"):
        assert other.get(address).status_code == 404
    for verb in ("start", "complete", "skip", "cancel", "reinstate", "assign", "excuse"):
        assert other.post(f"{url}{verb}/", {}).status_code == 404
    assert other.put(step_url(work_order, "look"), {"outcome": "pass"}).status_code == 404
    for noun in ("photos", "ticket"):
        sent = {"format": "multipart"} if noun == "photos" else {}
        assert other.post(f"{step_url(work_order, 'look')}{noun}/", **sent).status_code == 404
    for name, key in (("site", work_order.site_id), ("contract", work_order.contract_id)):
        assert faults(other.get(f"{URL}?{name}={key}")) == (400, [name])


def test_customer_sees_what_was_done_and_no_more(
    work_order: WorkOrder, api: APIClient, customer: User, api_as: Callable[[User], APIClient]
) -> None:
    own = api_as(customer)
    url = f"{URL}{work_order.number}/"
    assert own.get(url).json()["steps"] == []
    api.put(step_url(work_order, "look"), {"outcome": "fail", "note": "The lamp is off."})
    api.post(f"{step_url(work_order, 'picture')}photos/", {"photo": picture()}, format="multipart")
    row = own.get(url).json()
    assert row["steps"][0]["answer"]["outcome"] == "fail"
    for word in ("note", "instruction", "photos", "limits"):
        assert word not in str(row["steps"])
    assert {"assignee", "assignee_name", "status_reason", "history", "missing"}.isdisjoint(row)
    assert own.get(f"{url}photos/{AnswerPhoto.objects.get().file.uuid}/").status_code == 404
    for verb in ("start", "complete", "skip", "cancel", "reinstate", "assign", "excuse"):
        assert own.post(f"{url}{verb}/", {}).status_code == 403
    assert own.put(step_url(work_order, "look"), {"outcome": "pass"}).status_code == 403


def test_customer_does_the_work_that_is_theirs(
    world: World, customer_a: Customer, api_as: Callable[[User], APIClient]
) -> None:
    make_procedure(customer_may=True)
    world.contract(agreed(performer=Performer.CUSTOMER))
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    viewer = builder.member(now=NOW, customer=customer_a, role=CustomerRole.VIEWER)
    assert api_as(viewer).put(step_url(work_order, "look"), {"outcome": "pass"}).status_code == 403
    contact = api_as(builder.member(now=NOW, customer=customer_a, role=CustomerRole.CONTACT))
    assert contact.put(step_url(work_order, "look"), {"outcome": "pass"}).json()["answer"]["outcome"] == "pass"
    assert contact.post(f"{URL}{work_order.number}/complete/").json()["status"] == "done"
    shown = contact.get(f"{URL}{work_order.number}/").json()
    assert shown["steps"][0]["limits"]["minimum"] is None
    assert "history" not in shown


def test_nobody_signed_in_is_401(work_order: WorkOrder) -> None:
    assert APIClient().get(URL).status_code == 401
    assert APIClient().put(step_url(work_order, "look"), {"outcome": "pass"}).status_code == 401
