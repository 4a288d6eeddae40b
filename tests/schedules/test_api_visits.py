"""Visits by the API: lists, the whole visit, its verbs."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import TimeEntry
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import confirm_visit
from schedules.models import Signature, Visit
from tests.schedules.conftest import NOW, World, make_world
from tests.schedules.visits import HOUR, answer_all, answer_visit, due, make_due, signed, started
from tickets.actions import open_ticket
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

URL = "/api/v1/visits/"
As = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def colleague(db: None) -> User:
    return builder.staff(now=NOW, email="colleague@var.example", name="Cem Colleague")


@pytest.fixture
def ticket(world: World) -> Ticket:
    builder.calendar(now=NOW, name="Default", is_default=True)
    builder.policy(now=NOW, name="Default", is_default=True)
    common: dict[str, Any] = {"impact": "individual", "urgency": "low", "by": None, "now": NOW}
    return open_ticket(customer=world.customer, site=world.site, summary="No sound", **common)


def body(world: World, technician: User, **values: Any) -> dict[str, Any]:
    times = {"starts_at": "2026-03-02T10:00:00Z", "ends_at": "2026-03-02T12:00:00Z"}
    return {"site": world.site.pk, "technician": technician.pk, **times, **values}


def drawn() -> str:
    upload = builder.sign().upload
    assert isinstance(upload, UploadedFile)
    return base64.b64encode(upload.read()).decode()


def attrs(response: Any) -> list[str | None]:
    return [error["attr"] for error in response.json()["errors"]]


# -- planning ---------------------------------------------------------------------------------


def test_visit_is_planned(api_as: As, world: World, dispatcher: User, technician: User, ticket: Ticket) -> None:
    make_due(world)
    given = body(world, technician, work_orders=[due("administration-check").pk], tickets=[ticket.pk], note="Ring")
    response = api_as(dispatcher).post(URL, given, format="json")
    row = response.json()
    assert response.status_code == 201
    assert (row["status"], row["number"], row["technician_name"]) == ("planned", f"V-{row['id']}", "Tara Technician")
    assert (row["planned_start_at"], row["note"]) == ("2026-03-02T10:00:00Z", "Ring")
    assert Visit.objects.get().work.count() == 1


def test_same_key_plans_once(api_as: As, world: World, dispatcher: User, technician: User) -> None:
    client, key = api_as(dispatcher), str(uuid.uuid4())
    first, again = (
        client.post(URL, body(world, technician), format="json", headers={"Idempotency-Key": key}) for _time in range(2)
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Visit.objects.count() == 1


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "past": ({"starts_at": "2026-03-01T10:00:00Z"}, "starts_at"),
    "no offset": ({"starts_at": "2026-03-02T10:00:00"}, "starts_at"),
    "ends first": ({"ends_at": "2026-03-02T09:30:00Z"}, "ends_at"),
    "no such technician": ({"technician": 10**6}, "technician"),
    "no such site": ({"site": 10**6}, "site"),
    "no such work": ({"work_orders": [10**6]}, "work_orders.0"),
    "unknown field": ({"colour": "red"}, "colour"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_faulty_visit_is_a_400_at_its_field(
    api_as: As, world: World, dispatcher: User, technician: User, name: str
) -> None:
    values, attr = FAULTS[name]
    response = api_as(dispatcher).post(URL, body(world, technician) | values, format="json")
    assert (response.status_code, attrs(response)) == (400, [attr])
    assert not Visit.objects.exists()


def test_overlap_and_work_that_is_held(
    api_as: As, world: World, dispatcher: User, technician: User, colleague: User
) -> None:
    make_due(world)
    client, work = api_as(dispatcher), [due("administration-check").pk]
    client.post(URL, body(world, technician, work_orders=work), format="json")
    overlap = client.post(URL, body(world, technician), format="json")
    assert (overlap.status_code, attrs(overlap)) == (400, ["starts_at"])
    held = client.post(URL, body(world, colleague, work_orders=work), format="json")
    assert (held.status_code, held.json()["errors"][0]["code"]) == (409, "held")
    assert "Tara Technician" in held.json()["errors"][0]["detail"]


# -- reading ----------------------------------------------------------------------------------


def test_filters(api_as: As, world: World, manager: User, technician: User, colleague: User) -> None:
    first = builder.visit(site=world.site, technician=technician, now=NOW)
    elsewhere = make_world(world.customer)
    second = builder.visit(site=elsewhere.site, technician=colleague, now=NOW, starts_at=NOW + 24 * HOUR)
    confirm_visit(visit=second, by=None, now=NOW)
    client = api_as(manager)

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in client.get(URL, query).json()["results"]]

    assert found() == [second.pk, first.pk]
    assert found(status="confirmed") == found(site=elsewhere.site.pk) == found(technician=colleague.pk) == [second.pk]
    assert found(starts_before="2026-03-03T00:00:00Z") == [first.pk]
    assert found(starts_after="2026-03-03T00:00:00Z") == [second.pk]
    assert found(customer=world.customer.pk, ordering="planned_start_at") == [first.pk, second.pk]
    assert client.get(URL, {"colour": "red"}).status_code == 400


def test_customer_reads_neither_notes_nor_reasons(
    api_as: As, world: World, technician: User, customer: User, ticket: Ticket
) -> None:
    make_due(world, "voicemail")
    visit = started(world, technician, note="Beware of the dog", tickets=[ticket])
    answer_visit(visit, only_opening=True)
    values = {"carry_over": {due("voicemail").pk: "Dog"}, "carry_over_tickets": {ticket.pk: "Dog"}}
    signed(visit, **values)
    text = api_as(customer).get(f"{URL}{visit.number}/")
    row = text.json()
    assert "Dog" not in text.content.decode()
    assert "dog" not in text.content.decode()
    assert not {"note", "status_reason", "technician", "gaps", "history", "created_by"} & set(row)
    assert row["technician_name"] == "Tara Technician"
    assert [(item["procedure_slug"], item["outcome"]) for item in row["work"]] == [
        ("administration-check", "done"),
        ("visit-backup", "done"),
        ("voicemail", "carried_over"),
    ]
    assert [(item["number"], item["outcome"]) for item in row["tickets"]] == [(ticket.number, "carried_over")]
    assert [(mark["party"], mark["outcome"]) for mark in row["signatures"]] == [
        ("technician", "signed"),
        ("customer", "signed"),
    ]


def test_whole_visit_of_thirty_work_orders_takes_few_queries(api_as: As, world: World, technician: User) -> None:
    make_due(world, *[f"work-{number}" for number in range(30)])
    visit = started(world, technician)
    for number in range(3):
        answer_all(due(f"work-{number}"))
    client = api_as(technician)
    with CaptureQueriesContext(connection) as captured:
        row = client.get(f"{URL}{visit.number}/").json()
    assert (len(row["work"]), len(row["gaps"])) == (32, 29)
    assert len(captured) <= 15


# -- verbs ------------------------------------------------------------------------------------


def test_customer_confirms_and_asks_for_another_time(
    api_as: As, world: World, technician: User, customer: User
) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    client = api_as(customer)
    assert client.post(f"{URL}{visit.number}/confirm/").json()["status"] == "confirmed"
    row = client.post(f"{URL}{visit.number}/other-time/", {"wish": "Friday"}, format="json").json()
    assert (row["status"], row["other_time_wanted"]) == ("planned", "Friday")
    assert client.post(f"{URL}{visit.number}/other-time/", {}, format="json").status_code == 400


def test_visit_is_moved_and_called_off(
    api_as: As, world: World, technician: User, colleague: User, dispatcher: User
) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    client = api_as(dispatcher)
    times = {"starts_at": "2026-03-03T10:00:00Z", "ends_at": "2026-03-03T12:00:00Z"}
    row = client.post(f"{URL}{visit.pk}/reschedule/", {**times, "technician": colleague.pk}, format="json").json()
    assert (row["technician"], row["planned_start_at"]) == (colleague.pk, times["starts_at"])
    row = client.post(f"{URL}{visit.pk}/cancel/", {"reason": "Flood"}, format="json").json()
    assert (row["status"], row["status_reason"]) == ("cancelled", "Flood")
    again = client.post(f"{URL}{visit.pk}/cancel/", {"reason": "Flood"}, format="json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "state")


def test_items_join_and_leave(api_as: As, world: World, technician: User, ticket: Ticket) -> None:
    make_due(world)
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    client, items = api_as(technician), f"{URL}{visit.number}/items/"
    work = due("administration-check").pk
    assert len(client.post(items, {"work_order": work}, format="json").json()["work"]) == 1
    assert len(client.post(items, {"ticket": ticket.pk}, format="json").json()["tickets"]) == 1
    for given in ({}, {"work_order": work, "ticket": ticket.pk}):
        assert attrs(client.post(items, given, format="json")) == ["work_order"]
    row = client.post(f"{items}remove/", {"work_order": work, "reason": "No time"}, format="json").json()
    assert row["work"][0]["outcome"] == "removed"
    row = client.post(f"{items}remove/", {"ticket": ticket.pk, "reason": "No time"}, format="json").json()
    assert (row["tickets"][0]["outcome"], row["tickets"][0]["reason"]) == ("removed", "No time")
    assert client.post(f"{items}remove/", {"ticket": ticket.pk}, format="json").status_code == 400


def test_arriving_tells_what_is_to_be_done(api_as: As, world: World, technician: User) -> None:
    make_due(world)
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    row = api_as(technician).post(f"{URL}{visit.number}/start/", {}, format="json").json()
    assert (row["status"], row["started_at"]) == ("in_progress", "2026-03-02T09:00:00Z")
    assert [(gap["number"], gap["is_opening"], gap["missing"]) for gap in row["gaps"]] == [
        (due("administration-check").number, True, []),
        (due("visit-backup").number, True, []),
    ]


def test_sign_off_by_the_api(api_as: As, world: World, technician: User) -> None:
    make_due(world, "voicemail")
    visit = started(world, technician, at=NOW)
    client, address = api_as(technician), f"{URL}{visit.number}/sign-off/"
    given = {
        "technician": {"name": "Tara", "image": drawn(), "client_uuid": str(uuid.uuid4())},
        "customer": {
            "outcome": "refused",
            "name": "Carla",
            "reason": "Wants to read",
            "client_uuid": str(uuid.uuid4()),
        },
    }
    answer_all(due("administration-check"), at=NOW)
    refused = client.post(address, given, format="json")
    assert refused.status_code == 409
    assert attrs(refused) == [f"work.{due('visit-backup').number}", f"work.{due('voicemail').number}"]
    answer_all(due("visit-backup"), at=NOW)
    given["carry_over"] = [{"work_order": due("voicemail").pk, "reason": "No password"}]
    row = client.post(address, given, format="json").json()
    assert (row["status"], row["closed_at"]) == ("signed", "2026-03-02T09:00:00Z")
    assert client.post(address, given, format="json").json()["status"] == "signed"  # sent again
    assert Signature.objects.count() == 2


BAD_SIGNS: dict[str, tuple[Any, str]] = {
    "no base64": ({"name": "Tara", "image": "%%%"}, "technician.image"),
    "no picture": ({"name": "Tara", "image": "aGVsbG8="}, "technician.image"),
    "no image": ({"name": "Tara"}, "technician.image"),
    "no name": ({"image": "aGVsbG8="}, "technician.name"),
    "no outcome": ({"outcome": "maybe"}, "technician.outcome"),
    "no object": ("Tara", "technician.non_field_errors"),
    "unknown": ({"colour": "red"}, "technician.colour"),
}


@pytest.mark.parametrize("name", list(BAD_SIGNS))
def test_bad_signature_is_a_400_and_stores_nothing(api_as: As, world: World, technician: User, name: str) -> None:
    given, attr = BAD_SIGNS[name]
    make_due(world)
    visit = started(world, technician, at=NOW)
    answer_visit(visit, at=NOW)
    data = {"technician": given, "customer": {"outcome": "absent", "reason": "Lunch"}}
    response = api_as(technician).post(f"{URL}{visit.number}/sign-off/", data, format="json")
    assert (response.status_code, attrs(response)) == (400, [attr])
    assert not Signature.objects.exists()


# -- the report -------------------------------------------------------------------------------


def test_report_is_there_once_the_visit_is_signed(api_as: As, world: World, technician: User, customer: User) -> None:
    make_due(world)
    visit = started(world, technician, at=NOW)
    address = f"{URL}{visit.number}/"
    reader = api_as(customer)
    for name in ("report/", "report.pdf"):
        assert reader.get(f"{address}{name}").status_code == 404
    answer_visit(visit, at=NOW)
    signed(visit, at=NOW)
    row = reader.get(f"{address}report/").json()
    assert (row["visit"], row["corrections"]) == (visit.number, [])
    assert row["content"]["site"]["name"] == world.site.name
    file = reader.get(f"{address}report.pdf")
    assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
    assert b"".join(file.streaming_content).startswith(b"%PDF")


def test_report_is_corrected_by_an_addition(api_as: As, world: World, technician: User, customer: User) -> None:
    make_due(world)
    visit = started(world, technician, at=NOW)
    answer_visit(visit, at=NOW)
    signed(visit, at=NOW)
    address = f"{URL}{visit.number}/"
    before = api_as(customer).get(f"{address}report/").json()["content"]
    added = api_as(technician).post(f"{address}corrections/", {"text": "Two handsets"}, format="json")
    assert added.status_code == 201
    row = api_as(customer).get(f"{address}report/").json()
    assert row["content"] == before
    assert row["corrections"] == [{"text": "Two handsets", "at": "2026-03-02T09:00:00Z", "by": "Tara Technician"}]
    assert api_as(technician).post(f"{address}corrections/", {"text": " "}, format="json").status_code == 400


# -- time and parts ---------------------------------------------------------------------------


def test_time_and_parts(api_as: As, world: World, technician: User, ticket: Ticket, customer: User) -> None:
    contract = world.contract()
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    client, key = api_as(technician), str(uuid.uuid4())
    given = {"visit": visit.pk, "kind": "travel", "minutes": 25, "note": "Jam", "client_uuid": key}
    first, again = (client.post("/api/v1/time-entries/", given, format="json") for _time in range(2))
    row = first.json()
    assert (first.status_code, again.json()["id"]) == (201, row["id"])
    assert (row["source"], row["site"], row["contract"]) == (visit.number, world.site.pk, contract.pk)
    assert contract.number in row["coverage_sentence"]
    part = client.post(
        "/api/v1/parts-used/", {"ticket": ticket.pk, "name": "Handset", "asset": world.asset.pk}, format="json"
    ).json()
    assert (part["source"], part["quantity"], part["coverage_decision"]) == (ticket.number, 1, "billable")
    read = api_as(customer).get("/api/v1/time-entries/", {"source": visit.number}).json()["results"]
    assert [(one["minutes"], "note" in one, "by" in one) for one in read] == [(25, False, False)]
    assert client.get("/api/v1/parts-used/", {"contract": contract.pk}).json()["count"] == 1
    assert client.post(f"/api/v1/time-entries/{row['id']}/remove/").status_code == 204
    assert not TimeEntry.objects.exists()


BAD_TIMES: dict[str, tuple[dict[str, Any], str]] = {
    "no minutes": ({"minutes": 0}, "minutes"),
    "too many": ({"minutes": 1441}, "minutes"),
    "no kind": ({"kind": "sleep"}, "kind"),
    "later": ({"used_at": "2026-03-02T10:00:00Z"}, "used_at"),
    "number as uuid": ({"client_uuid": 7}, "client_uuid"),
}


@pytest.mark.parametrize("name", list(BAD_TIMES))
def test_bad_time_is_a_400_at_its_field(api_as: As, world: World, technician: User, name: str) -> None:
    values, attr = BAD_TIMES[name]
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    given = {"visit": visit.pk, "minutes": 25, **values}
    response = api_as(technician).post("/api/v1/time-entries/", given, format="json")
    assert (response.status_code, attrs(response)) == (400, [attr])


def test_neither_visit_nor_ticket_or_both_is_a_400(api_as: As, world: World, technician: User, ticket: Ticket) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    for given in ({}, {"visit": visit.pk, "ticket": ticket.pk}):
        response = api_as(technician).post("/api/v1/time-entries/", {"minutes": 5, **given}, format="json")
        assert attrs(response) == ["visit"]


def test_signed_visit_keeps_its_time(api_as: As, world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician, at=NOW)
    client = api_as(technician)
    row = client.post("/api/v1/time-entries/", {"visit": visit.pk, "minutes": 5}, format="json").json()
    answer_visit(visit, at=NOW)
    signed(visit, at=NOW)
    assert client.post(f"/api/v1/time-entries/{row['id']}/remove/").status_code == 409
    assert client.post("/api/v1/time-entries/", {"visit": visit.pk, "minutes": 5}, format="json").status_code == 409
    assert TimeEntry.objects.count() == 1
