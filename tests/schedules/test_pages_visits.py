"""The list of visits, planning one, and the page that it is done from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Absence, SlaPolicy
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import ask_other_time, complete_work
from schedules.generation import generate_work
from schedules.models import Visit, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tests.schedules.visits import HOUR, answer_all, due, make_due, make_opening, started
from tickets.actions import open_ticket, wait
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(visit: Visit, verb: str = "") -> str:
    return f"/visits/{visit.number}/{verb}"


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def ticket_of(world: World, summary: str = "Hum on the line", **values: Any) -> Ticket:
    if not SlaPolicy.objects.filter(is_default=True).exists():
        builder.calendar(now=NOW, is_default=True)
        builder.policy(now=NOW, is_default=True)
    given: dict[str, Any] = {"impact": "individual", "urgency": "medium", "site": world.site, "by": None, "now": NOW}
    return open_ticket(customer=world.customer, summary=summary, **given | values)


def plan_for(technician: User, **values: Any) -> dict[str, Any]:
    """What the form sends: tomorrow from nine to eleven on the clock in Amsterdam."""
    times = {"starts_at": "2026-03-03T09:00", "ends_at": "2026-03-03T11:00"}
    return {"technician": technician.pk} | times | values


# -- the list ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("status=planned", True),
        ("status=confirmed", False),
        ("status=other_time", False),
        ("status=signed", False),
        ("status=all", True),
        ("technician=me", True),
        ("from_on=2026-03-02&until_on=2026-03-02", True),
        ("from_on=2026-03-03", False),
        ("until_on=2026-03-01", False),
        ("q=nothing", False),
        ("ordering=-technician", True),
    ],
)
def test_list_filters(sign_in: SignIn, technician: User, world: World, query: str, found: bool) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    page = text_of(sign_in(technician), f"/visits/?{query}")
    assert (page_of(visit) in page) is found


def test_list_finds_a_number_and_who_asked_for_another_time(sign_in: SignIn, manager: User, world: World) -> None:
    visit = builder.visit(site=world.site, technician=manager, now=NOW)
    ask_other_time(visit=visit, wish="Friday", by=None, now=NOW)
    client = sign_in(manager)
    assert page_of(visit) in text_of(client, f"/visits/?q={visit.number.lower()}")
    assert page_of(visit) in text_of(client, "/visits/?status=other_time")
    assert "Another time asked for" in text_of(client, "/visits/")


def test_technician_sees_the_own_visits_first(
    sign_in: SignIn, technician: User, manager: User, dispatcher: User, world: World
) -> None:
    early = builder.visit(site=world.site, technician=manager, now=NOW)
    late = builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + 9 * HOUR)

    def order(who: User) -> list[str]:
        return re.findall(r'href="/visits/(V-\d+)/"', text_of(sign_in(who), "/visits/"))

    assert order(technician) == [late.number, early.number]
    assert order(dispatcher) == [early.number, late.number]


def test_list_names_a_filter_value_that_does_not_fit(sign_in: SignIn, technician: User, world: World) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    assert page_of(visit) not in text_of(sign_in(technician), "/visits/?from_on=soon")


def test_list_shows_customers_theirs_alone(
    sign_in: SignIn, customer: User, outsider: User, technician: User, world: World
) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW, note="internal words")
    page = text_of(sign_in(customer), "/visits/")
    assert page_of(visit) in page
    assert "Plan a visit" not in page
    assert page_of(visit) not in text_of(sign_in(outsider), "/visits/?status=all")


def test_list_asks_as_much_for_three_visits(sign_in: SignIn, manager: User, technician: User, world: World) -> None:
    client = sign_in(manager)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(client, "/visits/?status=all")
        return len(captured)

    builder.visit(site=world.site, technician=technician, now=NOW, tickets=[ticket_of(world)])
    before = asked()
    for day in (1, 2):
        builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + timedelta(days=day))
    assert asked() == before <= 15


# -- planning ---------------------------------------------------------------------------------


def test_planning_begins_with_the_site(sign_in: SignIn, dispatcher: User, world: World) -> None:
    client = sign_in(dispatcher)
    page = text_of(client, "/visits/plan/")
    assert f'value="{world.site.pk}"' in page
    assert "What this visit does" in text_of(client, f"/visits/plan/?site={world.site.pk}")
    assert client.get("/visits/plan/?site=999999").status_code == 404
    assert client.get("/visits/plan/?site=x").status_code == 404


def ticked(page: str) -> set[str]:
    boxes = re.findall(r'<input class="form-check-input"[^>]*id="need-([A-Z]+-\d+)"[^>]*>', page)
    return {number for number in boxes if re.search(rf'id="need-{number}"[^>]* checked', page)}


def test_what_is_due_by_the_visit_is_ticked(sign_in: SignIn, dispatcher: User, world: World) -> None:
    """The weekly work is due today, the monthly one on the ninth; of tickets those that wait for nobody else."""
    make_opening()
    for slug in ("weekly", "monthly"):
        make_procedure(slug, estimated_minutes=40, accumulates=True)
    world.contract(agreed("weekly", "weekly"), agreed("monthly", "monthly"))
    generate_work(now=NOW)
    WorkOrder.objects.filter(pk=due("monthly").pk).update(
        due_at=NOW + timedelta(days=7), window_closes_at=NOW + timedelta(days=9), lapses_at=None
    )
    ours, waiting = ticket_of(world), ticket_of(world, "Crackle")
    wait(ticket=waiting, reason="waiting_vendor", note="", by=dispatcher, now=NOW)
    client, address = sign_in(dispatcher), f"/visits/plan/?site={world.site.pk}"
    page = text_of(client, address)
    assert ticked(page) == {due("weekly").number, ours.number}
    assert "<strong data-sum-minutes>40</strong>" in page
    assert "Europe/Amsterdam" in page
    assert ticked(text_of(client, f"{address}&work_order={due('monthly').pk}&ticket={waiting.pk}")) == {
        due("weekly").number,
        due("monthly").number,
        ours.number,
        waiting.number,
    }


def test_looking_at_another_day_ticks_anew_and_keeps_what_was_turned(
    sign_in: SignIn, dispatcher: User, world: World
) -> None:
    make_due(world, "weekly", "other")
    for slug, days in (("weekly", 2), ("other", 3)):
        at = NOW + timedelta(days=days)
        WorkOrder.objects.filter(pk=due(slug).pk).update(due_at=at, window_closes_at=at, lapses_at=None)
    client, address = sign_in(dispatcher), f"/visits/plan/?site={world.site.pk}"
    form = plan_for(dispatcher, look=1, looked_at="2026-03-03T09:00:00+01:00")
    form |= {"starts_at": "2026-03-06T09:00", "ends_at": "2026-03-06T11:00"}
    page = client.post(address, form).content.decode()
    assert ticked(page) == {due("weekly").number, due("other").number}  # both are due by the Friday
    form["looked_at"] = "2026-03-06T09:00:00+01:00"
    page = client.post(address, form | {"work_orders": [due("other").pk]}, headers={"hx-request": "true"})
    assert ticked(page.content.decode()) == {due("other").number}  # the other one was turned off by hand
    assert "<html" not in page.content.decode()
    assert not Visit.objects.exists()


def test_what_falls_due_by_then_is_told(sign_in: SignIn, dispatcher: User, world: World) -> None:
    make_opening()
    make_procedure("weekly")
    world.contract(agreed("administration-check"), agreed("weekly", "weekly"))
    client, address = sign_in(dispatcher), f"/visits/plan/?site={world.site.pk}"
    page = client.post(address, plan_for(dispatcher, look=1)).content.decode()
    ahead = page.split("Falls due by then")[1]
    assert "weekly" in ahead
    assert "administration-check" not in ahead  # it is what every visit begins with
    assert "administration-check" in page.split("First, in every visit")[1]


def test_the_technicians_day_is_shown(
    sign_in: SignIn, dispatcher: User, technician: User, world: World, other_site: Callable[..., Any]
) -> None:
    there, _asset = other_site(world, "Asia/Tokyo")
    other = builder.visit(
        site=there, technician=technician, now=NOW, starts_at=NOW + 23 * HOUR, ends_at=NOW + 24 * HOUR
    )
    builder.visit(site=there, technician=technician, now=NOW, starts_at=NOW + 70 * HOUR)
    Absence.objects.create(
        user=technician, starts_at=NOW + 26 * HOUR, ends_at=NOW + 28 * HOUR, reason="Dentist", created_at=NOW
    )
    address = f"/visits/plan/?site={world.site.pk}"
    page = sign_in(dispatcher).post(address, plan_for(technician, look=1)).content.decode()
    day = page.split("Tara Technician on that day")[1]
    assert other.number in day
    assert "Dentist" in day
    assert day.count("In the way") == 1  # the visit at nine; the absence begins at twelve


def test_a_visit_is_planned(sign_in: SignIn, dispatcher: User, technician: User, world: World) -> None:
    make_due(world, "weekly")
    ticket = ticket_of(world)
    form = plan_for(technician, work_orders=[due("weekly").pk], tickets=[ticket.pk], note="Bring the ladder.")
    response = sign_in(dispatcher).post(f"/visits/plan/?site={world.site.pk}", form)
    visit = Visit.objects.get()
    assert response.headers["Location"] == page_of(visit)
    assert visit.planned_start_at == NOW + 23 * HOUR  # nine in Amsterdam, tomorrow
    assert (visit.technician, visit.created_by, visit.note) == (technician, dispatcher, "Bring the ladder.")
    assert [item.work_order for item in visit.work.all()] == [due("weekly")]
    assert [item.ticket for item in visit.ticket_items.all()] == [ticket]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"starts_at": "2026-03-01T09:00"}, "This lies in the past."),
        ({"ends_at": "2026-03-03T09:00"}, "It has to end after it begins."),
        ({"ends_at": "2026-03-05T09:00"}, "A visit is at most 24 hours long."),
        ({"starts_at": "soon"}, "Enter day and time"),
        ({"starts_at": "9999-12-31T23:59"}, "Enter day and time"),
        ({"starts_at": "0001-01-01T00:00"}, "Enter day and time"),
        ({"technician": ""}, "This field is required."),
        ({"technician": "999999"}, "Select a valid choice"),
        ({"work_orders": ["999999"]}, "Select a valid choice"),
        ({"work_orders": ["x"]}, "is not a valid value"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_a_plan_that_cannot_be_comes_back_with_all_that_was_typed(
    sign_in: SignIn, dispatcher: User, technician: User, world: World, changed: dict[str, Any], words: str
) -> None:
    form = plan_for(technician, note="Bring the ladder.") | changed
    response = sign_in(dispatcher).post(f"/visits/plan/?site={world.site.pk}", form)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert str(form["note"]) in response.content.decode()
    assert not Visit.objects.exists()


def test_overlap_is_named_at_the_time(sign_in: SignIn, dispatcher: User, technician: User, world: World) -> None:
    other = builder.visit(
        site=world.site, technician=technician, now=NOW, starts_at=NOW + 24 * HOUR, ends_at=NOW + 25 * HOUR
    )
    page = sign_in(dispatcher).post(f"/visits/plan/?site={world.site.pk}", plan_for(technician)).content.decode()
    assert f"Tara Technician has {other.number}" in page
    assert Visit.objects.count() == 1


def test_held_work_cannot_be_ticked_and_is_refused(
    sign_in: SignIn, dispatcher: User, technician: User, world: World
) -> None:
    make_due(world, "weekly")
    holding = builder.visit(site=world.site, technician=dispatcher, now=NOW, work_orders=[due("weekly")])
    client, address = sign_in(dispatcher), f"/visits/plan/?site={world.site.pk}"
    page = text_of(client, address)
    assert re.search(rf'id="need-{due("weekly").number}"[^>]* disabled', page)
    assert re.search(rf"in.*{holding.number}.*, Mon 2 Mar 2026, Dirk Dispatcher", page)
    page = client.post(address, plan_for(technician, work_orders=[due("weekly").pk])).content.decode()
    assert f"{due('weekly').number} is in {holding.number} of Dirk Dispatcher." in page
    assert Visit.objects.count() == 1


def test_technicians_and_customers_do_not_plan(sign_in: SignIn, technician: User, customer: User, world: World) -> None:
    address = f"/visits/plan/?site={world.site.pk}"
    assert sign_in(technician).get(address).status_code == 403
    assert sign_in(technician).post(address, plan_for(technician)).status_code == 403
    assert sign_in(customer).get(address).status_code == 403
    assert "Plan a visit" not in text_of(sign_in(technician), "/visits/")


# -- what a visit holds, elsewhere ---------------------------------------------------------------


def test_held_work_shows_its_visit_and_stays_its_technicians(
    sign_in: SignIn, manager: User, technician: User, world: World
) -> None:
    make_due(world, "weekly")
    ticket = ticket_of(world)
    visit = builder.visit(
        site=world.site, technician=technician, now=NOW, work_orders=[due("weekly")], tickets=[ticket]
    )
    client, order = sign_in(manager), due("weekly")
    assert f'<a class="number" href="{page_of(visit)}">{visit.number}</a>, Mon 2 Mar 2026, Tara' in text_of(
        client, "/work-orders/"
    )
    page = text_of(client, f"/work-orders/{order.number}/")
    assert f"Part of visit {visit.number}" in page
    assert f"/work-orders/{order.number}/assign/" not in page
    assert f"Part of visit {visit.number}" in text_of(client, f"/tickets/{ticket.number}/")
    client.post(f"/work-orders/{order.number}/assign/", {"assignee": manager.pk})
    assert due("weekly").assignee == technician


def test_work_goes_back_to_the_visit_that_goes_on(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    visit = started(world, technician)
    answer_all(due("weekly"), by=technician)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        response = sign_in(technician).post(f"/work-orders/{due('weekly').number}/complete/")
    assert response.headers["Location"] == f"{page_of(visit)}#work-{due('weekly').pk}"


def test_plan_is_offered_where_work_and_tickets_are(sign_in: SignIn, dispatcher: User, world: World) -> None:
    make_due(world, "weekly")
    ticket, order, client = ticket_of(world), due("weekly"), sign_in(dispatcher)
    plan = f"/visits/plan/?site={world.site.pk}"
    assert plan in text_of(client, f"/sites/{world.site.pk}/")
    assert f"{plan}&amp;work_order={order.pk}" in text_of(client, f"/work-orders/{order.number}/")
    assert f"{plan}&amp;ticket={ticket.pk}" in text_of(client, f"/tickets/{ticket.number}/")
    complete_work_of(order)
    assert plan not in text_of(client, f"/work-orders/{order.number}/")


def complete_work_of(order: WorkOrder) -> None:
    answer_all(order, at=NOW)
    complete_work(work_order=order, finished_at=NOW, by=None, now=NOW)
