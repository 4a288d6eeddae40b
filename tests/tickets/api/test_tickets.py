from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from tests.conftest import NOW
from tests.tickets.conftest import World
from tickets import actions
from tickets.models import Ticket

Opened = Callable[..., Ticket]
As = Callable[[User], APIClient]

URL = "/api/v1/tickets/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_ten(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def body(world: World, **values: Any) -> dict[str, Any]:
    return {
        "customer": world.customer.pk,
        "site": world.site.pk,
        "asset": world.asset.pk,
        "category": "outage",
        "summary": "No calls",
        "description": "Since nine",
        "impact": "widespread",
        "urgency": "critical",
    } | values


def first_error(response: Any) -> tuple[int, str, str]:
    error = response.json()["errors"][0]
    return response.status_code, error["attr"], error["code"]


def test_create_answers_severity_deadlines_and_coverage(world: World, customer: User, api_as: As) -> None:
    response = api_as(customer).post(URL, body(world))

    answer = response.json()
    assert response.status_code == 201
    assert answer["number"] == f"TK-{answer['id']}"
    assert answer["url"].endswith(f"/api/v1/tickets/{answer['id']}/")
    assert (answer["severity"], answer["state"], answer["source"]) == ("S1", "new", "api")
    assert answer["opened_at"] == "2026-03-02T09:00:00Z"
    assert answer["response_due_at"] == "2026-03-02T09:15:00Z"
    assert answer["resolution_due_at"] == "2026-03-02T13:00:00Z"
    assert answer["coverage"] == {
        "covered": True,
        "decision": "covered",
        "contract": world.contract.pk,
        "contract_number": world.contract.number,
        "reason": f"Covered by {world.contract.number}: Troubleshooting is part of the plan.",
    }


def test_create_by_staff_is_acknowledged_and_may_have_no_time_to_be_solved_in(
    world: World, technician: User, api_as: As
) -> None:
    answer = api_as(technician).post(URL, body(world, urgency="low")).json()

    assert (answer["severity"], answer["state"], answer["acknowledged_at"]) == ("S4", "open", "2026-03-02T09:00:00Z")
    assert answer["resolution_due_at"] is None


def test_create_finds_customer_and_site_by_the_asset(world: World, technician: User, api_as: As) -> None:
    answer = (
        api_as(technician)
        .post(URL, {"asset": world.asset.pk, "summary": "Hum", "affected": 0.3, "urgency": "high"})
        .json()
    )

    assert (answer["customer"], answer["site"], answer["impact"]) == (world.customer.pk, world.site.pk, "localised")
    assert (answer["category"], answer["severity"]) == ("fault", "S2")


@pytest.mark.parametrize(
    ("values", "attr", "code"),
    [
        ({"impact": "huge"}, "impact", "invalid_choice"),
        ({"urgency": None}, "urgency", "null"),
        ({"category": "party"}, "category", "invalid_choice"),
        ({"summary": ""}, "summary", "blank"),
        ({"summary": "x" * 201}, "summary", "max_length"),
        ({"affected": 0.5}, "impact", "required"),
        ({"customer": 10**30}, "customer", "does_not_exist"),
        ({"site": "x"}, "site", "does_not_exist"),
        ({"severity": "S1"}, "severity", "read_only"),
        ({"colour": "red"}, "colour", "unknown"),
    ],
)
def test_create_refuses_bad_values_at_their_field(
    world: World, technician: User, api_as: As, values: dict[str, Any], attr: str, code: str
) -> None:
    assert first_error(api_as(technician).post(URL, body(world, **values))) == (400, attr, code)
    assert not Ticket.objects.exists()


def test_create_without_any_place_is_refused(world: World, technician: User, api_as: As) -> None:
    response = api_as(technician).post(URL, {"summary": "Hum", "impact": "large", "urgency": "low"})

    assert first_error(response)[:2] == (400, "customer")


def test_create_for_another_customer_does_not_tell_that_it_exists(world: World, outsider: User, api_as: As) -> None:
    response = api_as(outsider).post(URL, body(world))

    assert first_error(response) == (400, "customer", "does_not_exist")


def test_create_by_a_viewer_is_403(world: World, api_as: As) -> None:
    viewer = builder.member(now=NOW, customer=world.customer, role="viewer")

    assert api_as(viewer).post(URL, body(world)).status_code == 403


def test_create_with_an_idempotency_key_opens_one_ticket(world: World, technician: User, api_as: As) -> None:
    client = api_as(technician)
    first, second = (client.post(URL, body(world), headers={"Idempotency-Key": "k1"}) for _ in range(2))

    assert first.json() == second.json()
    assert Ticket.objects.count() == 1


def test_retrieve_takes_the_id_or_the_number(opened: Opened, customer: User, outsider: User, api_as: As) -> None:
    ticket = opened(by=customer)

    for key in (ticket.pk, ticket.number):
        assert api_as(customer).get(f"{URL}{key}/").json()["id"] == ticket.pk
        assert api_as(outsider).get(f"{URL}{key}/").status_code == 404
    assert api_as(customer).get(f"{URL}WO-{ticket.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"old", "new"}),
        ("?state=open", {"new"}),
        ("?severity=S3", {"old"}),
        ("?customer={customer}", {"old", "new"}),
        ("?site={site}&asset={asset}", {"old", "new"}),
        ("?contract={contract}", {"old", "new"}),
        ("?assignee={technician}", {"new"}),
        ("?assignee=none", {"old"}),
        ("?opened_after=2026-03-01T00:00:00Z", {"new"}),
        ("?opened_before=2026-03-01T00:00:00%2B01:00", {"old"}),
        ("?q=ol", {"old"}),
    ],
)
def test_list_filters(
    opened: Opened, world: World, customer: User, technician: User, api_as: As, query: str, expected: set[str]
) -> None:
    opened(by=customer, summary="old", impact="individual", now=datetime(2026, 2, 2, 9, 0, tzinfo=UTC))
    ticket = opened(by=technician, summary="new")
    actions.assign(ticket=ticket, assignee=technician, by=technician, now=NOW)
    keys = {name: getattr(world, name).pk for name in ("customer", "site", "asset", "contract")}

    response = api_as(technician).get(URL + query.format(**keys, technician=technician.pk))

    assert {row["summary"] for row in response.json()["results"]} == expected


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("?state=asleep", "state"),
        ("?severity=S9", "severity"),
        ("?colour=red", "colour"),
        ("?ordering=colour", "ordering"),
        ("?opened_after=2026-03-01T00:00:00+01:00", "opened_after"),
        ("?assignee=0", "assignee"),
        ("?assignee=nobody", "assignee"),
    ],
)
def test_list_refuses_what_it_does_not_know(db: None, technician: User, api_as: As, query: str, attr: str) -> None:
    assert first_error(api_as(technician).get(URL + query))[:2] == (400, attr)


def test_list_sorts_by_deadline(opened: Opened, technician: User, api_as: As) -> None:
    opened(summary="later", impact="individual"), opened(summary="sooner")

    rows = api_as(technician).get(f"{URL}?ordering=resolution_due_at").json()["results"]

    assert [row["summary"] for row in rows] == ["sooner", "later"]


def test_list_shows_an_outsider_nothing(opened: Opened, outsider: User, api_as: As) -> None:
    opened()

    assert api_as(outsider).get(URL).json()["count"] == 0


@pytest.mark.parametrize("path", ["", "{number}/events/"])
def test_lists_ask_the_same_number_of_queries_whatever_they_show(
    opened: Opened, technician: User, customer: User, api_as: As, path: str
) -> None:
    ticket, client = opened(by=customer), api_as(technician)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL + path.format(number=ticket.number)).status_code == 200
        counts.append(len(queries))
        for _more in range(2):
            actions.comment(ticket=opened(by=customer), body="x", by=technician, now=NOW)
            actions.comment(ticket=ticket, body="x", by=technician, now=NOW)

    assert counts[0] == counts[1] <= 6


# -- verbs ----------------------------------------------------------------------------------------

VERBS: dict[str, tuple[dict[str, Any], str]] = {
    "acknowledge": ({}, "open"),
    "assign": ({"assignee": None}, "new"),
    "wait": ({"reason": "waiting_customer", "note": "Which phones?"}, "waiting_customer"),
    "resume": ({}, "new"),
    "severity": ({"impact": "large", "urgency": "low", "reason": "A question"}, "new"),
    "resolve": ({"solution": "Restarted"}, "resolved"),
    "reopen": ({"reason": "Still dead"}, "open"),
    "close": ({}, "closed"),
}
NEEDS = {"resume": "wait", "reopen": "resolve", "close": "resolve"}


@pytest.mark.parametrize("verb", VERBS)
def test_verb_answers_the_ticket_as_it_stands(
    opened: Opened, customer: User, dispatcher: User, api_as: As, verb: str
) -> None:
    ticket, client = opened(by=customer), api_as(dispatcher)
    if verb in NEEDS:
        client.post(f"{URL}{ticket.pk}/{NEEDS[verb]}/", VERBS[NEEDS[verb]][0])

    response = client.post(f"{URL}{ticket.number}/{verb}/", VERBS[verb][0])

    assert response.status_code == 200
    assert (response.json()["number"], response.json()["state"]) == (ticket.number, VERBS[verb][1])


def test_patch_corrects_the_words(opened: Opened, customer: User, technician: User, api_as: As) -> None:
    ticket = opened(by=customer)
    path = f"{URL}{ticket.number}/"

    row = api_as(customer).patch(path, {"summary": "Hum"}).json()
    assert (row["summary"], row["description"], row["state"]) == ("Hum", "", "new")
    assert api_as(technician).patch(path, {"description": "Low"}).json()["description"] == "Low"
    assert api_as(technician).patch(path, {}).json()["summary"] == "Hum"

    events = api_as(customer).get(f"{path}events/").json()["results"]
    assert [(event["kind"], event["data"].get("before")) for event in events[1:]] == [
        ("edited", {"summary": "Nobody can call out"}),
        ("edited", {"description": ""}),
    ]


def test_patch_is_for_staff_and_who_opened_a_new_ticket(
    opened: Opened, customer: User, customer_a: Customer, outsider: User, technician: User, api_as: As
) -> None:
    ticket = opened(by=customer)
    path, words = f"{URL}{ticket.number}/", {"summary": "Hum"}

    assert api_as(outsider).patch(path, words).status_code == 404
    assert api_as(builder.member(now=NOW, customer=customer_a)).patch(path, words).status_code == 403
    actions.acknowledge(ticket=ticket, by=technician, now=NOW)
    assert api_as(customer).patch(path, words).status_code == 409
    ticket.refresh_from_db()
    assert ticket.summary == "Nobody can call out"


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({"summary": ""}, "summary"),
        ({"summary": " "}, "summary"),
        ({"summary": None}, "summary"),
        ({"summary": "x" * 201}, "summary"),
        ({"description": 7 * ["x"]}, "description"),
        ({"severity": "S1"}, "severity"),
        ({"urgency": "critical"}, "urgency"),
        ({"site": None}, "site"),
    ],
)
def test_patch_takes_nothing_but_words(
    opened: Opened, technician: User, api_as: As, sent: dict[str, Any], attr: str
) -> None:
    assert first_error(api_as(technician).patch(f"{URL}{opened().number}/", sent))[:2] == (400, attr)


@pytest.mark.parametrize("verb", [*VERBS, "comments"])
def test_verb_of_an_outsider_is_404(opened: Opened, outsider: User, api_as: As, verb: str) -> None:
    assert api_as(outsider).post(f"{URL}{opened().number}/{verb}/", {}).status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "reopen"])
def test_verb_of_staff_is_403_for_customers(opened: Opened, customer: User, api_as: As, verb: str) -> None:
    assert api_as(customer).post(f"{URL}{opened().number}/{verb}/", VERBS[verb][0]).status_code == 403


@pytest.mark.parametrize("verb", ["resume", "reopen", "close"])
def test_verb_that_the_state_forbids_is_409(opened: Opened, dispatcher: User, api_as: As, verb: str) -> None:
    assert api_as(dispatcher).post(f"{URL}{opened().number}/{verb}/", VERBS[verb][0]).status_code == 409


@pytest.mark.parametrize(
    ("verb", "sent", "attr"),
    [
        ("acknowledge", {"colour": 1}, "colour"),
        ("assign", {}, "assignee"),
        ("assign", {"assignee": 999}, "assignee"),
        ("wait", {"reason": "lunch"}, "reason"),
        ("severity", {"impact": "large", "urgency": "low"}, "reason"),
        ("comments", {"body": ""}, "body"),
        ("comments", {"body": "x", "is_public": "perhaps"}, "is_public"),
    ],
)
def test_verb_refuses_bad_values_at_their_field(
    opened: Opened, dispatcher: User, api_as: As, verb: str, sent: dict[str, Any], attr: str
) -> None:
    assert first_error(api_as(dispatcher).post(f"{URL}{opened().number}/{verb}/", sent))[:2] == (400, attr)


def test_assign_by_a_technician_only_to_oneself(opened: Opened, technician: User, dispatcher: User, api_as: As) -> None:
    client, path = api_as(technician), f"{URL}{opened().number}/assign/"

    assert client.post(path, {"assignee": dispatcher.pk}).status_code == 403
    assert client.post(path, {"assignee": technician.pk}).json()["assignee"] == technician.pk


def test_escalate_is_not_there_yet(opened: Opened, manager: User, api_as: As) -> None:
    assert api_as(manager).post(f"{URL}{opened().number}/escalate/", {}).status_code == 404


def test_comments_answer_the_event_and_keep_internal_ones_from_customers(
    opened: Opened, customer: User, technician: User, api_as: As
) -> None:
    ticket = opened(by=customer)
    path = f"{URL}{ticket.number}/"
    answer = api_as(technician).post(f"{path}comments/", {"body": "On it"})
    api_as(technician).post(f"{path}comments/", {"body": "Again them", "is_public": False})

    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["body"], answer.json()["by"]) == ("commented", "On it", technician.pk)
    theirs = api_as(customer).get(f"{path}events/").json()
    ours = api_as(technician).get(f"{path}events/").json()
    assert "count" not in theirs
    assert [(row["kind"], row["body"]) for row in theirs["results"]] == [
        ("opened", ""),
        ("commented", "On it"),
        ("acknowledged", ""),
    ]
    assert [row["body"] for row in ours["results"] if row["body"]] == ["On it", "Again them"]


def test_events_page_by_cursor(opened: Opened, technician: User, api_as: As) -> None:
    client, path = api_as(technician), f"{URL}{opened(by=technician).number}/events/"
    first = client.get(f"{path}?page_size=1").json()
    second = client.get(first["next"]).json()

    assert [first["results"][0]["kind"], second["results"][0]["kind"]] == ["opened", "acknowledged"]
    assert first_error(client.get(f"{path}?kind=opened"))[:2] == (400, "kind")
    assert first_error(client.get(f"{path}?page_size=x"))[:2] == (400, "page_size")


def test_ledger_explains_the_deadline(
    opened: Opened, customer: User, outsider: User, technician: User, api_as: As, time_machine: Any
) -> None:
    ticket = opened(by=technician)
    actions.wait(ticket=ticket, reason="waiting_vendor", by=technician, now=NOW + HOUR)
    actions.resume(ticket=ticket, by=technician, now=NOW + 3 * HOUR)
    time_machine.move_to(NOW + 4 * HOUR, tick=False)

    answer = api_as(customer).get(f"{URL}{ticket.number}/ledger/").json()

    assert answer["response"]["state"] == "stopped"
    resolution = answer["resolution"]
    assert (resolution["due_at"], resolution["state"], resolution["met"]) == ("2026-03-02T19:00:00Z", "running", None)
    assert (resolution["spent_minutes"], resolution["paused_minutes"]) == (120, 120)
    assert [(row["kind"], row["seconds"]) for row in resolution["ledger"]] == [
        ("counted", 3600),
        ("paused", 7200),
        ("counted", 3600),
    ]
    assert api_as(outsider).get(f"{URL}{ticket.number}/ledger/").status_code == 404


def test_strangers_are_401(opened: Opened) -> None:
    ticket = opened()

    for path in ("", f"{ticket.number}/", f"{ticket.number}/events/", f"{ticket.number}/ledger/"):
        assert APIClient().get(URL + path).status_code == 401


def test_a_customer_filters_by_no_assignee(opened: Opened, customer: User, technician: User, api_as: As) -> None:
    """Whether such a person works for us is not theirs to find out."""
    for assignee in (technician.pk, "none"):
        response = api_as(customer).get(f"{URL}?assignee={assignee}")

        assert first_error(response)[:2] == (400, "assignee")


def test_customer_sees_no_ticket_of_a_second_customer_by_filter(
    opened: Opened, customer: User, customer_b: Customer, api_as: As
) -> None:
    assert first_error(api_as(customer).get(f"{URL}?customer={customer_b.pk}"))[:2] == (400, "customer")
