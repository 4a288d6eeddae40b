"""The page of one visit, and what is done from it before it is signed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models import Contact, PartUsed, TimeEntry
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import cancel_visit
from schedules.enums import ItemOutcome, VisitStatus
from schedules.models import Visit, WorkOrder
from tests.schedules.conftest import NOW, World
from tests.schedules.test_pages_visits import page_of, plan_for, text_of, ticket_of
from tests.schedules.visits import ARRIVED, HOUR, answer_all, due, make_due, signed, started

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(ARRIVED, tick=False):
        yield


def planned(world: World, technician: User, **values: Any) -> Visit:
    return builder.visit(site=world.site, technician=technician, now=NOW, **values)


# -- the page ---------------------------------------------------------------------------------


def test_page_says_where_when_and_who_lets_one_in(sign_in: SignIn, technician: User, world: World) -> None:
    world.site.access_notes, world.site.address = "Ring twice.", "Quay 1"
    world.site.save()
    Contact.objects.create(customer=world.customer, site=world.site, name="Paul Porter", phone="+31 20 000 0000")
    page = text_of(sign_in(technician), page_of(planned(world, technician, note="Bring the ladder.")))
    for words in ("Ring twice.", "Quay 1", "Paul Porter", 'href="tel:+31 20 000 0000"', "Bring the ladder."):
        assert words in page
    assert "Monday 2 March 2026, 11:00 to 13:00 (Amsterdam time)" in page
    assert "Start the visit" in page


def test_page_leads_on_from_state_to_state(sign_in: SignIn, technician: User, world: World) -> None:
    """One primary button each: start, begin, go on, sign off, the report."""
    make_due(world, "weekly")
    visit, client = planned(world, technician), sign_in(technician)

    def primary() -> str:
        page = text_of(client, page_of(visit))
        block = page.split('class="visit-primary')[1].split("</section>")[0]
        assert block.count("btn-primary") == 1
        return block

    assert "Start the visit" in primary()
    assert client.post(page_of(visit, "start/")).headers["Location"] == page_of(visit)
    assert "Begin: administration-check" in primary()
    answer_all(due("administration-check"), by=technician)
    assert "Go on: visit-backup" in primary()
    for slug in ("visit-backup", "weekly"):
        answer_all(due(slug), by=technician)
    assert page_of(visit, "sign-off/") in primary()
    with time_machine.travel(NOW + 3 * HOUR, tick=False):
        signed(visit)
        assert page_of(visit, "report/") in primary()


def test_page_counts_over_everything_and_groups_it(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    visit = started(world, technician)
    answer_all(due("administration-check"), by=technician)
    page = text_of(sign_in(technician), page_of(visit))
    assert "<strong>1 of 4</strong>" in page
    first, rest = page.split('id="visit-opening"')[1].split('id="visit-work"')
    assert "administration-check" in first
    assert "visit-backup" in first
    assert "weekly" in rest
    assert "All answered" in first


def test_page_takes_as_many_queries_for_more_work(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly", "other", "third")
    visit, client = started(world, technician), sign_in(technician)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(client, page_of(visit))
        return len(captured)

    answer_all(due("weekly"), by=technician)
    with_all = asked()
    visit.work.filter(work_order__in=[due("other"), due("third")]).update(outcome=ItemOutcome.REMOVED)
    assert asked() == with_all <= 15


def test_customer_reads_no_note_and_no_reason(
    sign_in: SignIn, customer: User, dispatcher: User, technician: User, world: World
) -> None:
    visit = planned(world, technician, note="internal words")
    assert "internal words" not in text_of(sign_in(customer), page_of(visit))
    cancel_visit(visit=visit, reason="secret reason", by=dispatcher, now=NOW)
    page = text_of(sign_in(customer), page_of(visit))
    assert "secret reason" not in page
    assert technician.name in text_of(sign_in(customer), "/visits/?status=all")


def test_history_tells_what_happened(sign_in: SignIn, dispatcher: User, technician: User, world: World) -> None:
    make_due(world, "weekly")
    visit, client = planned(world, technician), sign_in(dispatcher)
    client.post(page_of(visit, "reschedule/"), plan_for(dispatcher, reason="She is ill"))
    page = text_of(client, page_of(visit))
    assert "Planned: Monday 2 March 2026, 11:00 to 13:00 (Amsterdam time)" in page
    assert "Moved: Tuesday 3 March 2026, 09:00 to 11:00 (Amsterdam time), Dirk Dispatcher, She is ill" in page


# -- moving, calling off, changing ----------------------------------------------------------------


def test_visit_is_moved_and_what_was_wished_is_shown(
    sign_in: SignIn, dispatcher: User, technician: User, world: World
) -> None:
    visit = planned(world, technician)
    Visit.objects.update(other_time_wanted="Tuesday morning")
    client = sign_in(dispatcher)
    assert "Tuesday morning" in text_of(client, page_of(visit, "reschedule/"))
    look = client.post(
        page_of(visit, "reschedule/"), plan_for(dispatcher, look=1), headers={"hx-request": "true"}
    ).content.decode()
    assert "Dirk Dispatcher on that day" in look
    assert client.post(page_of(visit, "reschedule/"), plan_for(dispatcher)).status_code == 302
    visit.refresh_from_db()
    assert (visit.technician, visit.planned_start_at) == (dispatcher, NOW + 23 * HOUR)


def test_move_into_the_past_is_refused_at_the_field(
    sign_in: SignIn, dispatcher: User, technician: User, world: World
) -> None:
    visit = planned(world, technician)
    response = sign_in(dispatcher).post(
        page_of(visit, "reschedule/"), plan_for(technician, starts_at="2026-03-01T09:00", reason="kept words")
    )
    assert response.status_code == 200
    assert "This lies in the past." in response.content.decode()
    assert "kept words" in response.content.decode()


def test_visit_is_cancelled_with_a_reason(sign_in: SignIn, dispatcher: User, technician: User, world: World) -> None:
    visit, client = planned(world, technician), sign_in(dispatcher)
    assert client.post(page_of(visit, "cancel/"), {"reason": " "}).status_code == 200
    assert client.post(page_of(visit, "cancel/"), {"reason": "Flood"}).status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.status_reason) == (VisitStatus.CANCELLED, "Flood")
    page = client.post(page_of(visit, "cancel/"), {"reason": "Again"}).content.decode()
    assert "is cancelled; that is not possible any more." in page


def test_work_and_tickets_are_added_and_taken_out(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    ticket, visit, client = ticket_of(world), planned(world, technician), sign_in(technician)
    page = text_of(client, page_of(visit, "add/"))
    assert f'id="add-{due("weekly").number}"' in page
    assert f'id="add-{ticket.number}"' in page
    assert "Tick what shall be added." in client.post(page_of(visit, "add/"), {}).content.decode()
    client.post(page_of(visit, "add/"), {"work_orders": [due("weekly").pk], "tickets": [ticket.pk]})
    assert visit.work.get().work_order == due("weekly")
    assert f'id="add-{ticket.number}"' not in text_of(client, page_of(visit, "add/"))
    for number in (due("weekly").number, ticket.number):
        address = page_of(visit, f"remove/{number}/")
        assert "This field is required." in client.post(address, {"reason": ""}).content.decode()
        assert client.post(address, {"reason": "No part"}).status_code == 302
    assert {visit.work.get().outcome, visit.ticket_items.get().outcome} == {ItemOutcome.REMOVED}


def test_adding_is_all_or_nothing(sign_in: SignIn, technician: User, manager: User, world: World) -> None:
    make_due(world, "weekly", "other")
    visit = planned(world, technician)
    planned(world, manager, work_orders=[due("other")])
    form = {"work_orders": [due("weekly").pk, due("other").pk]}
    page = sign_in(technician).post(page_of(visit, "add/"), form).content.decode()
    assert "of Mona Manager." in page
    assert not visit.work.exists()


def test_what_is_not_in_the_visit_is_not_found(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly")
    visit = planned(world, technician)
    client = sign_in(technician)
    assert client.get(page_of(visit, f"remove/{due('weekly').number}/")).status_code == 404
    assert client.get(page_of(visit, f"remove/{ticket_of(world).number}/")).status_code == 404
    assert client.get("/visits/V-999999999999999999/").status_code == 404


def test_opening_cannot_be_taken_out(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    visit, client = started(world, technician), sign_in(technician)
    address = page_of(visit, f"remove/{due('administration-check').number}/")
    assert address not in text_of(client, page_of(visit))
    assert "it cannot be taken out" in client.post(address, {"reason": "Boring"}).content.decode()


def test_start_is_refused_where_it_is_over(sign_in: SignIn, technician: User, dispatcher: User, world: World) -> None:
    visit = planned(world, technician)
    cancel_visit(visit=visit, reason="Flood", by=dispatcher, now=NOW)
    page = sign_in(technician).post(page_of(visit, "start/"), follow=True).content.decode()
    assert "is cancelled; that is not possible any more." in page
    assert not WorkOrder.objects.exists()


# -- time and parts -------------------------------------------------------------------------------


def sent(**values: Any) -> dict[str, Any]:
    return {"client_uuid": str(uuid.uuid4()), "kind": "labour"} | values


def test_time_and_parts_are_recorded_with_what_the_contract_says(
    sign_in: SignIn, technician: User, world: World
) -> None:
    make_due(world)
    visit, client = started(world, technician), sign_in(technician)
    form = sent(minutes=45, kind="travel")
    for _again in range(2):
        assert client.post(page_of(visit, "time/"), form).headers["Location"] == f"{page_of(visit)}#used"
    client.post(page_of(visit, "part/"), sent(name="Handset", quantity=2, asset=world.asset.pk))
    assert TimeEntry.objects.get().minutes == 45
    page = text_of(client, page_of(visit))
    assert "Travel 45 min" in page
    assert "2 × Handset" in page
    assert TimeEntry.objects.get().coverage_sentence in page
    assert "Billable" in page  # parts are not in the plan


def test_taken_back_while_the_visit_is_open(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    visit, client = started(world, technician), sign_in(technician)
    client.post(page_of(visit, "time/"), sent(minutes=45))
    client.post(page_of(visit, "part/"), sent(name="Handset", quantity=1))
    time, part = TimeEntry.objects.get(), PartUsed.objects.get()
    other = planned(world, technician, starts_at=NOW + 30 * HOUR)
    assert client.post(page_of(other, f"time/{time.pk}/remove/")).status_code == 404
    client.post(page_of(visit, f"time/{time.pk}/remove/"))
    client.post(page_of(visit, f"part/{part.pk}/remove/"))
    assert not TimeEntry.objects.exists()
    assert not PartUsed.objects.exists()


@pytest.mark.parametrize(
    ("verb", "data", "words"),
    [
        ("time", {"minutes": "", "note": "kept words"}, "This field is required."),
        ("time", {"minutes": "1441", "note": "kept words"}, "less than or equal to 1440"),
        ("time", {"minutes": "many", "note": "kept words"}, "Enter a whole number."),
        ("time", {"minutes": "5", "kind": "sleep", "note": "kept words"}, "Select a valid choice"),
        ("part", {"name": "", "quantity": "1", "note": "kept words"}, "This field is required."),
        ("part", {"name": "Handset", "quantity": "0", "note": "kept words"}, "greater than or equal to 1"),
        ("part", {"name": "Handset", "quantity": "1", "asset": "999999", "note": "kept words"}, "Select a valid"),
    ],
)
def test_bad_time_or_part_comes_back_with_what_was_typed(
    sign_in: SignIn, technician: User, world: World, verb: str, data: dict[str, str], words: str
) -> None:
    make_due(world)
    visit = started(world, technician)
    response = sign_in(technician).post(page_of(visit, f"{verb}/"), sent() | data)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert "kept words" in response.content.decode()
    assert not TimeEntry.objects.exists()
    assert not PartUsed.objects.exists()


def test_nothing_is_recorded_once_it_is_signed(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    visit = started(world, technician)
    for slug in ("administration-check", "visit-backup"):
        answer_all(due(slug), by=technician)
    signed(visit)
    response = sign_in(technician).post(page_of(visit, "time/"), sent(minutes=5), follow=True)
    assert "that is not possible any more" in response.content.decode()
    assert not TimeEntry.objects.exists()
