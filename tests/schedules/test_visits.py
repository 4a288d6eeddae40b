"""Visits are planned, confirmed, moved, called off; what one holds, no other can have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import archive
from contracts.models import Absence
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError
from schedules.actions import (
    add_ticket,
    add_work,
    ask_other_time,
    assign_work,
    cancel_visit,
    cancel_work,
    confirm_visit,
    plan_visit,
    remove_ticket,
    remove_work,
    reschedule_visit,
    skip_work,
    start_visit,
)
from schedules.enums import ItemOutcome, VisitStatus
from schedules.models import Visit, WorkOrder
from tests.schedules.conftest import NOW, World, make_world
from tests.schedules.visits import ARRIVED, HOUR, answer_all, answer_visit, due, make_due, signed, started
from tickets.actions import open_ticket, resolve
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


def plan(world: World, technician: User, **values: Any) -> Visit:
    given: dict[str, Any] = {"starts_at": NOW + HOUR, "ends_at": NOW + 3 * HOUR, "by": None, "now": NOW}
    return plan_visit(site=world.site, technician=technician, **given | values)


def ticket(world: World, **values: Any) -> Ticket:
    given: dict[str, Any] = {"site": world.site, "summary": "No sound", "impact": "individual", "urgency": "medium"}
    return open_ticket(customer=world.customer, by=None, now=NOW, **given | values)


@pytest.fixture
def defaults(db: None) -> None:
    builder.calendar(now=NOW, name="Default", is_default=True)
    builder.policy(now=NOW, name="Default", is_default=True)


@pytest.fixture
def colleague(db: None) -> User:
    return builder.staff(now=NOW, email="colleague@var.example", name="Cem Colleague")


# -- planning ---------------------------------------------------------------------------------


def test_planned_visit_holds_its_work_and_gives_it_to_the_technician(
    world: World, technician: User, dispatcher: User, customer: User, defaults: None
) -> None:
    make_due(world, "voicemail")
    visit = plan(
        world, technician, work_orders=[due("voicemail")], tickets=[ticket(world)], note=" Ring first ", by=dispatcher
    )
    assert (visit.status, visit.technician, visit.note) == (VisitStatus.PLANNED, technician, "Ring first")
    assert [item.work_order for item in visit.work.all()] == [due("voicemail")]
    assert visit.ticket_items.count() == 1
    work = due("voicemail")
    assert (work.assignee, work.status) == (technician, "due")
    assert work.events.get(kind="assigned").by == dispatcher
    event = visit.events.get()
    assert (event.kind, event.by, event.at) == ("planned", dispatcher, NOW)


def test_customer_is_asked_and_the_technician_is_told(
    world: World, technician: User, dispatcher: User, customer: User
) -> None:
    visit = plan(world, technician, by=dispatcher)
    told = {message.to: message.text for message in Message.objects.all()}
    assert set(told) == {customer.email, technician.email}
    assert "11:00" in told[customer.email]  # at the site, not UTC
    assert visit.number in told[customer.email]


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "in the past": ({"starts_at": NOW - HOUR}, "starts_at"),
    "ends before it begins": ({"ends_at": NOW + HOUR}, "ends_at"),
    "longer than a day": ({"ends_at": NOW + 26 * HOUR}, "ends_at"),
    "note too long": ({"note": "x" * 2001}, "note"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_faulty_visit_is_refused_at_its_field(world: World, technician: User, name: str) -> None:
    values, attr = FAULTS[name]
    with pytest.raises(DomainError) as fault:
        plan(world, technician, **values)
    assert fault.value.attr == attr
    assert not Visit.objects.exists()


def test_a_few_minutes_ago_is_not_the_past(world: World, technician: User) -> None:
    assert plan(world, technician, starts_at=NOW - timedelta(minutes=9)).pk


def test_only_active_staff_makes_visits(world: World, customer: User, technician: User) -> None:
    technician.is_active = False
    technician.save()
    for person in (customer, technician):
        with pytest.raises(DomainError) as fault:
            plan(world, person)
        assert fault.value.attr == "technician"


def test_overlapping_visit_is_refused_and_names_the_other(world: World, technician: User, colleague: User) -> None:
    first = plan(world, technician)
    with pytest.raises(DomainError, match=first.number) as fault:
        plan(world, technician, starts_at=NOW + 2 * HOUR, ends_at=NOW + 4 * HOUR)
    assert (fault.value.attr, fault.value.code) == ("starts_at", "overlap")
    assert plan(world, technician, starts_at=NOW + 3 * HOUR, ends_at=NOW + 4 * HOUR).pk  # one after the other
    assert plan(world, colleague).pk


def test_cancelled_visit_leaves_the_time_free(world: World, technician: User) -> None:
    cancel_visit(visit=plan(world, technician), reason="Flood", by=None, now=NOW)
    assert plan(world, technician).pk


def test_absent_technician_plans_no_visit(world: World, technician: User) -> None:
    Absence.objects.create(user=technician, starts_at=NOW, ends_at=NOW + 2 * HOUR, created_at=NOW)
    with pytest.raises(DomainError, match="absent") as fault:
        plan(world, technician)
    assert fault.value.attr == "starts_at"
    assert plan(world, technician, starts_at=NOW + 2 * HOUR, ends_at=NOW + 3 * HOUR).pk


def test_archived_site_gets_no_visit(world: World, technician: User) -> None:
    other = builder.site(customer=world.customer, calendar=world.calendar)
    world.site = archive(row=other, now=NOW)
    with pytest.raises(DomainError) as fault:
        plan(world, technician)
    assert fault.value.attr == "site"


def test_work_of_another_site_is_refused(world: World, technician: User) -> None:
    make_due(world)
    elsewhere = make_world(world.customer)
    with pytest.raises(DomainError) as fault:
        plan(elsewhere, technician, work_orders=[due("administration-check")])
    assert fault.value.attr == "work_orders"
    assert not Visit.objects.exists()


def test_closed_work_is_refused(world: World, technician: User) -> None:
    make_due(world)
    skip_work(work_order=due("administration-check"), reason="No", by=None, now=NOW)
    with pytest.raises(Conflict) as fault:
        plan(world, technician, work_orders=[due("administration-check")])
    assert fault.value.attr == "work_orders"


def test_ticket_of_another_customer_or_closed_is_refused(
    world: World, technician: User, customer_b: Any, defaults: None
) -> None:
    theirs = ticket(make_world(customer_b))
    gone = resolve(ticket=ticket(world), solution="Restarted", by=technician, now=NOW)
    for one in (theirs, gone):
        with pytest.raises(DomainError) as fault:
            plan(world, technician, tickets=[one])
        assert fault.value.attr == "tickets"


def test_ticket_without_a_site_can_join_any_visit_of_its_customer(
    world: World, technician: User, defaults: None
) -> None:
    assert plan(world, technician, tickets=[ticket(world, site=None)]).ticket_items.count() == 1


def test_what_another_visit_holds_is_refused_and_names_it(
    world: World, technician: User, colleague: User, defaults: None
) -> None:
    make_due(world)
    one = ticket(world)
    first = plan(world, technician, work_orders=[due("administration-check")], tickets=[one])
    for values in ({"work_orders": [due("administration-check")]}, {"tickets": [one]}):
        with pytest.raises(Conflict, match=f"{first.number} of Tara Technician") as fault:
            plan(world, colleague, **values)
        assert fault.value.code == "held"
    assert Visit.objects.count() == 1


def test_planning_takes_as_many_queries_for_thirty_work_orders(world: World, technician: User, colleague: User) -> None:
    slugs = [f"work-{number}" for number in range(30)]
    make_due(world, *slugs)
    one, *many = WorkOrder.objects.exclude(procedure_version__procedure__slug="administration-check").order_by("pk")

    def queries(person: User, work_orders: list[WorkOrder]) -> int:
        with CaptureQueriesContext(connection) as captured:
            plan(world, person, work_orders=work_orders)
        return len(captured)

    assert queries(technician, [one]) == queries(colleague, many)


def test_work_that_a_visit_holds_is_given_to_nobody_else(world: World, technician: User, colleague: User) -> None:
    make_due(world)
    visit = plan(world, technician, work_orders=[due("administration-check")])
    for person in (colleague, None):
        with pytest.raises(Conflict, match=visit.number) as fault:
            assign_work(work_order=due("administration-check"), assignee=person, by=None, now=NOW)
        assert fault.value.code == "held"
    assert assign_work(work_order=due("administration-check"), assignee=technician, by=None, now=NOW)
    remove_work(visit=visit, work_order=due("administration-check"), reason="No time", by=None, now=NOW)
    assign_work(work_order=due("administration-check"), assignee=colleague, by=None, now=NOW)
    assert due("administration-check").assignee == colleague


# -- what it holds ------------------------------------------------------------------------------


def test_work_joins_and_is_taken_out_with_a_reason(world: World, technician: User, dispatcher: User) -> None:
    make_due(world)
    visit = plan(world, technician)
    work = due("administration-check")
    item = add_work(visit=visit, work_order=work, by=dispatcher, now=NOW)
    assert add_work(visit=visit, work_order=work, by=dispatcher, now=NOW).pk == item.pk
    assert due("administration-check").assignee == technician
    removed = remove_work(visit=visit, work_order=work, reason=" No time ", by=dispatcher, now=NOW)
    assert (removed.outcome, removed.reason) == (ItemOutcome.REMOVED, "No time")
    assert due("administration-check").assignee is None
    again = add_work(visit=visit, work_order=work, by=dispatcher, now=NOW)
    assert (again.pk, again.outcome, again.reason) == (item.pk, ItemOutcome.PENDING, "")
    kinds = list(visit.events.values_list("kind", flat=True))
    assert kinds == ["planned", "work_added", "work_removed", "work_added"]


def test_nothing_is_taken_out_without_a_reason(world: World, technician: User, defaults: None) -> None:
    make_due(world)
    one = ticket(world)
    visit = plan(world, technician, work_orders=[due("administration-check")], tickets=[one])
    for remove, values in (
        (remove_work, {"work_order": due("administration-check")}),
        (remove_ticket, {"ticket": one}),
    ):
        with pytest.raises(DomainError) as fault:
            remove(visit=visit, reason=" ", by=None, now=NOW, **values)  # type: ignore[arg-type]
        assert fault.value.attr == "reason"


def test_what_was_taken_out_can_go_to_another_visit_and_then_not_come_back(
    world: World, technician: User, colleague: User, defaults: None
) -> None:
    make_due(world)
    work, one = due("administration-check"), ticket(world)
    visit = plan(world, technician, work_orders=[work], tickets=[one])
    remove_work(visit=visit, work_order=work, reason="No time", by=None, now=NOW)
    remove_ticket(visit=visit, ticket=one, reason="No time", by=None, now=NOW)
    other = plan(world, colleague, work_orders=[work], tickets=[one])
    with pytest.raises(Conflict, match=other.number):
        add_work(visit=visit, work_order=work, by=None, now=NOW)
    with pytest.raises(Conflict, match=other.number):
        add_ticket(visit=visit, ticket=one, by=None, now=NOW)


def test_what_is_not_in_the_visit_is_not_taken_out(world: World, technician: User, defaults: None) -> None:
    make_due(world)
    visit = plan(world, technician)
    with pytest.raises(Conflict):
        remove_work(visit=visit, work_order=due("administration-check"), reason="x", by=None, now=NOW)
    with pytest.raises(Conflict):
        remove_ticket(visit=visit, ticket=ticket(world), reason="x", by=None, now=NOW)


def test_opening_is_not_taken_out(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    with pytest.raises(Conflict) as fault:
        remove_work(visit=visit, work_order=due("visit-backup"), reason="No time", by=None, now=ARRIVED)
    assert fault.value.code == "opening"


# -- agreeing on the time -------------------------------------------------------------------------


def test_confirmed_by_the_customer(world: World, technician: User, dispatcher: User, customer: User) -> None:
    visit = plan(world, technician, by=dispatcher)
    Message.objects.all().delete()
    row = confirm_visit(visit=visit, by=customer, now=NOW)
    assert (row.status, row.confirmed_at) == (VisitStatus.CONFIRMED, NOW)
    assert confirm_visit(visit=visit, by=customer, now=NOW + HOUR).confirmed_at == NOW
    assert visit.events.filter(kind="confirmed").count() == 1
    assert {technician.email, dispatcher.email} == set(Message.objects.values_list("to", flat=True))


def test_confirmed_by_a_guest_keeps_the_name(world: World, technician: User) -> None:
    visit = plan(world, technician)
    confirm_visit(visit=visit, by=None, guest_name=" Gerda Guest ", now=NOW)
    assert visit.events.get(kind="confirmed").data == {"guest": "Gerda Guest"}


def test_customer_asks_for_another_time(world: World, technician: User, dispatcher: User, customer: User) -> None:
    visit = plan(world, technician, by=dispatcher)
    confirm_visit(visit=visit, by=customer, now=NOW)
    row = ask_other_time(visit=visit, wish="Tuesday after 2", by=customer, now=NOW)
    assert (row.status, row.confirmed_at, row.other_time_wanted) == (VisitStatus.PLANNED, None, "Tuesday after 2")
    assert Message.objects.filter(to=dispatcher.email, text__contains="Tuesday after 2").exists()
    confirmed = confirm_visit(visit=visit, by=customer, now=NOW)
    assert confirmed.other_time_wanted == ""


@pytest.mark.parametrize("wish", ["", "  ", "x" * 301])
def test_wish_is_asked_for_and_fits(world: World, technician: User, wish: str) -> None:
    with pytest.raises(DomainError) as fault:
        ask_other_time(visit=plan(world, technician), wish=wish, by=None, now=NOW)
    assert fault.value.attr == "wish"


def test_moved_visit_is_to_be_confirmed_again(world: World, technician: User, customer: User) -> None:
    visit = plan(world, technician)
    confirm_visit(visit=visit, by=customer, now=NOW)
    ask_other_time(visit=visit, wish="Later", by=customer, now=NOW)
    Message.objects.all().delete()
    row = reschedule_visit(
        visit=visit, starts_at=NOW + 2 * HOUR, ends_at=NOW + 4 * HOUR, reason="As asked", by=None, now=NOW
    )
    assert (row.status, row.confirmed_at, row.other_time_wanted) == (VisitStatus.PLANNED, None, "")
    assert (row.planned_start_at, row.technician) == (NOW + 2 * HOUR, technician)
    event = row.events.get(kind="rescheduled")
    assert event.data["before"]["starts_at"] == (NOW + HOUR).isoformat()
    assert "As asked" not in Message.objects.get(to=customer.email).text  # reasons of ours stay inside


def test_moved_to_a_colleague_takes_the_work_along(world: World, technician: User, colleague: User) -> None:
    make_due(world)
    visit = plan(world, technician, work_orders=[due("administration-check")])
    reschedule_visit(
        visit=visit,
        starts_at=visit.planned_start_at,
        ends_at=visit.planned_end_at,
        technician=colleague,
        by=None,
        now=NOW,
    )
    assert due("administration-check").assignee == colleague
    assert set(Message.objects.values_list("to", flat=True)) >= {technician.email, colleague.email}


def test_moved_into_another_visit_is_refused(world: World, technician: User) -> None:
    first = plan(world, technician)
    later = plan(world, technician, starts_at=NOW + 4 * HOUR, ends_at=NOW + 5 * HOUR)
    with pytest.raises(DomainError, match=first.number):
        reschedule_visit(visit=later, starts_at=NOW + 2 * HOUR, ends_at=NOW + 4 * HOUR, by=None, now=NOW)


# -- calling it off -------------------------------------------------------------------------------


def test_cancelled_visit_lets_go_of_everything(
    world: World, technician: User, colleague: User, customer: User, defaults: None
) -> None:
    make_due(world)
    work, one = due("administration-check"), ticket(world)
    visit = plan(world, technician, work_orders=[work], tickets=[one])
    row = cancel_visit(visit=visit, reason="Tara has the flu", by=None, now=NOW)
    assert (row.status, row.status_reason, row.closed_at) == (VisitStatus.CANCELLED, "Tara has the flu", NOW)
    assert due("administration-check").assignee is None
    assert plan(world, colleague, work_orders=[work], tickets=[one]).pk
    mail = Message.objects.get(to=customer.email, subject__contains="Cancelled")
    assert "flu" not in mail.text


def test_cancelled_after_arriving_calls_off_what_arriving_opened(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    cancel_visit(visit=visit, reason="Nobody there", by=None, now=ARRIVED)
    assert due("visit-backup").status == "cancelled"
    assert due("administration-check").status == "due"  # that one is the site's own


def test_not_cancelled_once_something_was_answered(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    answer_visit(visit, only_opening=True)
    with pytest.raises(Conflict) as fault:
        cancel_visit(visit=visit, reason="Changed my mind", by=None, now=ARRIVED)
    assert fault.value.code == "answered"


def test_closed_visit_takes_no_more(world: World, technician: User, defaults: None) -> None:
    work, *_rest = make_due(world)
    one = ticket(world)
    done = started(world, technician, tickets=[])
    answer_visit(done)
    done = signed(done)
    off = cancel_visit(
        visit=plan(world, technician, starts_at=NOW + 6 * HOUR, ends_at=NOW + 7 * HOUR), reason="x", by=None, now=NOW
    )
    for visit in (done, off):
        for action, values in (
            (confirm_visit, {}),
            (ask_other_time, {"wish": "Later"}),
            (cancel_visit, {"reason": "x"}),
            (reschedule_visit, {"starts_at": NOW + HOUR, "ends_at": NOW + 2 * HOUR}),
            (start_visit, {}),
            (add_work, {"work_order": work}),
            (remove_work, {"work_order": work, "reason": "x"}),
            (add_ticket, {"ticket": one}),
            (remove_ticket, {"ticket": one, "reason": "x"}),
        ):
            with pytest.raises(Conflict) as fault:
                action(visit=visit, by=None, now=NOW + 3 * HOUR, **values)  # type: ignore[operator]
            assert fault.value.code == "state"


def test_work_cancelled_while_held_does_not_hold_up_the_visit(world: World, technician: User) -> None:
    make_due(world, "voicemail")
    visit = plan(world, technician, work_orders=[due("voicemail")])
    cancel_work(work_order=due("voicemail"), reason="Not needed", by=None, now=NOW)
    visit = start_visit(visit=visit, by=None, now=ARRIVED)
    for slug in ("administration-check", "visit-backup"):
        answer_all(due(slug))
    visit = signed(visit)
    item = visit.work.get(work_order=due("voicemail"))
    assert (item.outcome, item.reason) == (ItemOutcome.REMOVED, "Not needed")
