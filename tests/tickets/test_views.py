from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from tests.conftest import NOW
from tests.tickets.conftest import World
from tickets import actions
from tickets.models import Ticket

Opened = Callable[..., Ticket]
SignIn = Callable[[User], Client]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_ten_past(time_machine: Any) -> None:
    time_machine.move_to(NOW + 10 * MINUTE, tick=False)


def listed(response: Any) -> list[str]:
    return [ticket.summary for ticket in response.context["listing"].page]


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # what is read once per process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


# -- list -----------------------------------------------------------------------------------------


def test_ticket_list_shows_the_promise_in_words(opened: Opened, customer: User, sign_in: SignIn) -> None:
    opened(by=customer)

    page = sign_in(customer).get("/tickets/").content.decode()

    assert "Nobody can call out" in page
    assert "Reply by Mon 09:30" in page
    assert "(in 20 min)" in page
    assert "On time" in page


def test_ticket_list_shows_a_customer_its_own_only(
    opened: Opened, customer: User, outsider: User, sign_in: SignIn
) -> None:
    opened()

    assert listed(sign_in(customer).get("/tickets/")) == ["Nobody can call out"]
    assert listed(sign_in(outsider).get("/tickets/")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"new", "waiting", "late", "soon"}),
        ("?show=all", {"new", "waiting", "late", "soon", "solved", "closed"}),
        ("?show=new", {"new", "soon", "late"}),
        ("?show=waiting", {"waiting"}),
        ("?show=resolved", {"solved"}),
        ("?show=closed", {"closed"}),
        ("?show=missed", {"late"}),
        ("?show=at_risk", {"soon"}),
        ("?severity=S2", {"late", "soon"}),
        ("?assignee=me", {"waiting"}),
        ("?assignee=none", {"new", "late", "soon"}),
        ("?assignee=nobody", set()),
        ("?q=wait", {"waiting"}),
        ("?q=ams-pbx+new", {"new"}),
        ("?show=nonsense", set()),
        ("?severity=S9", set()),
    ],
)
def test_ticket_list_filters(
    opened: Opened, technician: User, customer: User, sign_in: SignIn, query: str, expected: set[str]
) -> None:
    opened(by=customer, summary="new", impact="individual")
    opened(by=customer, summary="late", now=NOW - HOUR)
    opened(by=customer, summary="soon", now=NOW - 15 * MINUTE)
    waiting = opened(by=technician, summary="waiting", impact="individual")
    actions.assign(ticket=waiting, assignee=technician, by=technician, now=NOW)
    actions.wait(ticket=waiting, reason="waiting_vendor", by=technician, now=NOW)
    for summary in ("solved", "closed"):
        ticket = opened(by=technician, summary=summary, impact="individual")
        actions.resolve(ticket=ticket, by=technician, now=NOW)
    actions.close(ticket=ticket, by=technician, now=NOW)
    actions.raise_alerts(now=NOW + 9 * MINUTE)

    assert set(listed(sign_in(technician).get(f"/tickets/{query}"))) == expected


def test_ticket_list_finds_a_number(opened: Opened, technician: User, sign_in: SignIn) -> None:
    first, _second = opened(summary="first"), opened(summary="second")

    assert listed(sign_in(technician).get(f"/tickets/?q={first.number.lower()}")) == ["first"]


@pytest.mark.parametrize(
    "key", ["number", "summary", "customer", "severity", "promised", "state", "assignee", "opened"]
)
def test_ticket_list_sorts(opened: Opened, technician: User, sign_in: SignIn, key: str) -> None:
    opened(), opened(impact="individual")
    client = sign_in(technician)

    up, down = client.get(f"/tickets/?ordering={key}"), client.get(f"/tickets/?ordering=-{key}")

    assert len(listed(up)) == len(listed(down)) == 2


def test_ticket_list_has_no_filters_by_people_for_customers(
    opened: Opened, customer: User, technician: User, sign_in: SignIn
) -> None:
    page = sign_in(customer).get("/tickets/").content.decode()

    assert "Tara Technician" not in page
    assert 'name="assignee"' not in page


@pytest.mark.parametrize("path", ["/tickets/", "/tickets/{number}/"])
def test_pages_ask_the_same_number_of_queries_whatever_they_show(
    opened: Opened, customer: User, technician: User, sign_in: SignIn, path: str
) -> None:
    ticket = opened(by=customer)
    path = path.format(number=ticket.number)
    actions.assign(ticket=ticket, assignee=technician, by=technician, now=NOW)
    for person in (customer, technician):
        client = sign_in(person)
        one = queries_of(client, path)
        for _ in range(2):
            actions.assign(ticket=opened(by=customer), assignee=technician, by=technician, now=NOW)
            actions.comment(ticket=ticket, body="More", by=customer, now=NOW)
            opened(by=customer, asset=None)  # its zone is that of its working hours
        assert queries_of(client, path) == one
        assert one <= 15


# -- new ------------------------------------------------------------------------------------------

FAULT = {"summary": "Hum on the line", "urgency": "medium", "impact": "individual", "category": "fault"}


def test_ticket_create_by_customer_takes_a_few_words(world: World, customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    assert client.get("/tickets/new/").status_code == 200

    response = client.post("/tickets/new/", FAULT)

    ticket = Ticket.objects.get()
    assert response.headers["Location"] == f"/tickets/{ticket.number}/"
    assert (ticket.customer, ticket.severity, ticket.source, ticket.opened_by) == (
        world.customer,
        "S3",
        "portal",
        customer,
    )


def test_ticket_create_starts_from_the_equipment(world: World, customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    form = client.get(f"/tickets/new/?asset={world.asset.pk}").context["form"]

    assert form.initial == {"asset": world.asset, "site": world.site}

    client.post(f"/tickets/new/?asset={world.asset.pk}", FAULT | {"asset": world.asset.pk})
    assert Ticket.objects.get().asset == world.asset


def test_ticket_create_offers_a_customer_its_own_places_only(
    world: World, customer: User, customer_b: Customer, sign_in: SignIn
) -> None:
    foreign = builder.asset(site=builder.site(customer=customer_b, calendar=world.calendar), product=builder.product())
    client = sign_in(customer)

    assert set(client.get("/tickets/new/").context["form"].fields["asset"].queryset) == {world.asset, world.unlisted}
    assert client.get(f"/tickets/new/?asset={foreign.pk}").status_code == 404
    assert client.get(f"/tickets/new/?site={foreign.site_id}").status_code == 404
    assert client.get(f"/tickets/new/?customer={customer_b.pk}").status_code == 404
    response = client.post("/tickets/new/", FAULT | {"asset": foreign.pk})
    assert "asset" in response.context["form"].errors
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("query", ["asset=x", "site=-1", "customer=99999999999999999999", "asset=%D9%A1"])
def test_ticket_create_for_what_is_not_there_is_404(
    world: World, technician: User, sign_in: SignIn, query: str
) -> None:
    assert sign_in(technician).get(f"/tickets/new/?{query}").status_code == 404


def test_ticket_create_by_staff_asks_for_the_customer_first(
    world: World, customer_b: Customer, technician: User, sign_in: SignIn
) -> None:
    client = sign_in(technician)
    assert set(client.get("/tickets/new/").context["form"].fields["customer"].queryset) == {world.customer, customer_b}

    client.post(f"/tickets/new/?customer={world.customer.pk}", FAULT)

    assert Ticket.objects.get().state == "open"


def test_ticket_create_keeps_what_was_typed(world: World, customer: User, sign_in: SignIn) -> None:
    response = sign_in(customer).post("/tickets/new/", FAULT | {"summary": "", "description": "Since Monday"})

    assert response.status_code == 200
    assert "summary" in response.context["form"].errors
    assert "Since Monday" in response.content.decode()


def test_ticket_create_names_what_an_action_refuses_at_its_field(world: World, customer: User, sign_in: SignIn) -> None:
    elsewhere = builder.site(customer=world.customer, calendar=world.calendar)

    response = sign_in(customer).post("/tickets/new/", FAULT | {"asset": world.asset.pk, "site": elsewhere.pk})

    assert response.context["form"].errors["asset"] == ["This equipment is at another site."]


def test_ticket_create_is_not_for_viewers(world: World, sign_in: SignIn) -> None:
    viewer = builder.member(now=NOW, customer=world.customer, role="viewer")

    assert sign_in(viewer).get("/tickets/new/").status_code == 403
    assert sign_in(viewer).post("/tickets/new/", FAULT).status_code == 403


# -- one ticket -----------------------------------------------------------------------------------


def test_ticket_detail_shows_a_customer_only_what_is_public(
    opened: Opened, customer: User, technician: User, sign_in: SignIn
) -> None:
    ticket = opened(by=customer)
    actions.comment(ticket=ticket, body="We are on it", by=technician, now=NOW)
    actions.comment(ticket=ticket, body="Again them", is_public=False, by=technician, now=NOW)

    theirs = sign_in(customer).get(f"/tickets/{ticket.number}/").content.decode()
    ours = sign_in(technician).get(f"/tickets/{ticket.number}/").content.decode()

    assert "We are on it" in theirs
    assert "Again them" not in theirs
    assert "Again them" in ours


def test_ticket_detail_explains_the_deadline(opened: Opened, customer: User, sign_in: SignIn) -> None:
    ticket = opened(by=customer)

    page = sign_in(customer).get(f"/tickets/{ticket.number}/").content.decode()

    assert "Counted from the opening." in page
    assert "30 min, around the clock" in page
    assert "Covered by" in page


def test_ticket_detail_names_the_sites_time_to_readers_elsewhere(
    opened: Opened, customer: User, sign_in: SignIn
) -> None:
    ticket = opened(by=customer)
    path = f"/tickets/{ticket.number}/"
    User.objects.filter(pk=customer.pk).update(timezone="Asia/Tokyo")
    page = strip_tags(sign_in(customer).get(path).content.decode())

    assert "Reply by Mon 18:30 · 10:30 in Amsterdam" in page
    assert "Mon 2 Mar 2026, 18:00 · 10:00 in Amsterdam" in page  # where the ledger begins

    User.objects.filter(pk=customer.pk).update(timezone="Europe/Berlin")
    assert "in Amsterdam" not in sign_in(customer).get(path).content.decode()


def test_ticket_detail_offers_the_buttons_that_are_allowed(
    opened: Opened, customer: User, dispatcher: User, technician: User, sign_in: SignIn
) -> None:
    ticket = opened(by=customer)
    verbs = {
        person: sign_in(person).get(f"/tickets/{ticket.number}/").context["page"].verbs
        for person in (customer, technician, dispatcher)
    }
    everyday = {"acknowledge", "take", "edit", "comment", "note", "wait", "resolve", "severity"}

    assert verbs == {customer: {"comment", "edit"}, technician: everyday, dispatcher: everyday | {"assign"}}

    actions.resolve(ticket=ticket, by=technician, now=NOW)
    assert sign_in(customer).get(f"/tickets/{ticket.number}/").context["page"].verbs == {"comment", "reopen"}
    assert sign_in(technician).get(f"/tickets/{ticket.number}/").context["page"].verbs == {
        "comment",
        "note",
        "edit",
        "severity",
        "reopen",
        "close",
    }


def test_ticket_detail_hides_words_that_were_removed(opened: Opened, technician: User, sign_in: SignIn) -> None:
    ticket = opened(by=technician)
    event = actions.comment(ticket=ticket, body="A secret", by=technician, now=NOW)
    event.comment.body, event.comment.redacted_at = "", NOW
    event.comment.save()

    assert "These words were removed." in sign_in(technician).get(f"/tickets/{ticket.number}/").content.decode()


POSTS: dict[str, tuple[dict[str, Any], str]] = {
    "acknowledge": ({}, "open"),
    "take": ({}, "new"),
    "assign": ({"assignee": ""}, "new"),
    "edit": ({"summary": "Hum", "description": ""}, "new"),
    "comment": ({"body": "Hello", "visibility": "public"}, "open"),
    "wait": ({"reason": "waiting_vendor", "note": "A part"}, "waiting_vendor"),
    "resume": ({}, "new"),
    "severity": ({"impact": "large", "urgency": "low", "reason": "A question"}, "new"),
    "resolve": ({"solution": "Done"}, "resolved"),
    "reopen": ({"reason": "Still dead"}, "open"),
    "close": ({}, "closed"),
}
NEEDS = {"resume": "wait", "reopen": "resolve", "close": "resolve"}


@pytest.fixture
def ticket(opened: Opened, customer: User) -> Ticket:
    return opened(by=customer)


def prepare(client: Client, ticket: Ticket, verb: str) -> None:
    if verb in NEEDS:
        client.post(f"/tickets/{ticket.number}/{NEEDS[verb]}/", POSTS[NEEDS[verb]][0])


@pytest.mark.parametrize("verb", POSTS)
def test_ticket_verb_acts_and_returns_to_the_ticket(
    ticket: Ticket, dispatcher: User, sign_in: SignIn, verb: str
) -> None:
    client = sign_in(dispatcher)
    prepare(client, ticket, verb)

    response = client.post(f"/tickets/{ticket.number}/{verb}/", POSTS[verb][0])

    assert (response.status_code, response.headers["Location"]) == (302, f"/tickets/{ticket.number}/")
    ticket.refresh_from_db()
    assert ticket.state == POSTS[verb][1]


@pytest.mark.parametrize("verb", POSTS)
def test_ticket_verb_of_an_outsider_is_404(ticket: Ticket, outsider: User, sign_in: SignIn, verb: str) -> None:
    client = sign_in(outsider)

    assert client.post(f"/tickets/{ticket.number}/{verb}/", POSTS[verb][0]).status_code == 404
    assert client.get(f"/tickets/{ticket.number}/").status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in POSTS if verb not in {"comment", "edit", "reopen"}])
def test_ticket_verb_of_staff_is_403_for_customers(ticket: Ticket, customer: User, sign_in: SignIn, verb: str) -> None:
    assert sign_in(customer).post(f"/tickets/{ticket.number}/{verb}/", POSTS[verb][0]).status_code == 403


def test_ticket_assign_is_403_for_technicians(ticket: Ticket, technician: User, sign_in: SignIn) -> None:
    assert sign_in(technician).post(f"/tickets/{ticket.number}/assign/", {"assignee": ""}).status_code == 403


@pytest.mark.parametrize("verb", POSTS)
def test_ticket_verb_by_get_is_405(ticket: Ticket, dispatcher: User, sign_in: SignIn, verb: str) -> None:
    assert sign_in(dispatcher).get(f"/tickets/{ticket.number}/{verb}/").status_code == 405


def test_ticket_verb_that_is_refused_keeps_what_was_typed(ticket: Ticket, dispatcher: User, sign_in: SignIn) -> None:
    client = sign_in(dispatcher)

    response = client.post(f"/tickets/{ticket.number}/wait/", {"reason": "", "note": "A rare part"})

    assert response.status_code == 200
    assert "reason" in response.context["forms"]["wait"].errors
    assert "A rare part" in response.content.decode()


def test_ticket_edit_by_who_opened_it_shows_what_it_said_before(
    ticket: Ticket, customer: User, customer_a: Customer, technician: User, sign_in: SignIn
) -> None:
    client, path = sign_in(customer), f"/tickets/{ticket.number}/"
    words = {"summary": "Hum on the line", "description": "In the mornings"}
    page = client.post(f"{path}edit/", words, follow=True).content.decode()
    assert '<h1 class="page-title">Hum on the line</h1>' in page
    assert "Summary before: Nobody can call out" in page
    assert "Description before: –" in page

    colleague = builder.member(now=NOW, customer=customer_a)
    assert sign_in(colleague).get(path).context["page"].verbs == {"comment"}
    assert sign_in(colleague).post(f"{path}edit/", words).status_code == 403

    actions.acknowledge(ticket=ticket, by=technician, now=NOW)
    assert client.get(path).context["page"].verbs == {"comment"}
    answer = client.post(f"{path}edit/", words | {"summary": "Echo"}).content.decode()
    assert "is in the state “Open”" in answer
    assert 'value="Echo"' in answer  # what was typed is kept


@pytest.mark.parametrize(("field", "value"), [("summary", ""), ("summary", "x" * 201), ("description", "x" * 10_001)])
def test_ticket_edit_names_the_field_at_fault(
    ticket: Ticket, technician: User, sign_in: SignIn, field: str, value: str
) -> None:
    sent = {"summary": "Hum", "description": "Low"} | {field: value}
    response = sign_in(technician).post(f"/tickets/{ticket.number}/edit/", sent)

    assert field in response.context["forms"]["edit"].errors
    assert ticket.events.count() == 1


def test_ticket_verb_that_the_state_forbids_says_so(ticket: Ticket, dispatcher: User, sign_in: SignIn) -> None:
    response = sign_in(dispatcher).post(f"/tickets/{ticket.number}/resume/")

    assert "is in the state “New”" in response.content.decode()


def test_ticket_note_by_customer_is_not_allowed(ticket: Ticket, customer: User, sign_in: SignIn) -> None:
    response = sign_in(customer).post(f"/tickets/{ticket.number}/comment/", {"body": "Hi", "visibility": "internal"})

    assert response.status_code == 403
    assert ticket.events.count() == 1


@pytest.mark.parametrize("path", ["/tickets/TK-0/", "/tickets/TK-999999/", "/tickets/7/", "/tickets/WO-1/"])
def test_ticket_that_is_not_there_is_404(world: World, manager: User, sign_in: SignIn, path: str) -> None:
    assert sign_in(manager).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/tickets/", "/tickets/new/", "/tickets/TK-1/"])
def test_pages_ask_strangers_to_sign_in(db: None, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")
