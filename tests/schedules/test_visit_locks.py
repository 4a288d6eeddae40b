"""What happens at once on PostgreSQL: one visit holds a row, one person is in one place, one sign-off counts.

SQLite has no row locks: there a transaction that writes is alone, so there is nothing to be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules import verify
from schedules.actions import (
    add_work,
    cancel_visit,
    complete_work,
    confirm_visit,
    enter_time,
    plan_visit,
    start_visit,
    sync_schedules,
)
from schedules.generation import generate_work
from schedules.models import Visit, VisitReport, VisitWork, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tests.schedules.test_locks import in_threads
from tests.schedules.visits import ARRIVED, HOUR, LEFT, answer_all, answer_visit, due, make_due, signed, started

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no row locks"),
    pytest.mark.usefixtures("rules_hold_in_the_end"),
]
PLANNERS = 4


@pytest.fixture
def rules_hold_in_the_end(transactional_db: None) -> Any:
    yield
    assert list(verify.faults()) == []


@pytest.fixture
def people(transactional_db: None) -> list[User]:
    return [builder.staff(now=NOW) for _number in range(PLANNERS)]


def tried(job: Callable[[], Any]) -> Callable[[], Any]:
    """The job, answering its refusal instead of raising it; a deadlock still raises."""

    def run() -> Any:
        try:
            return job()
        except DomainError as fault:
            return fault

    return run


def plan(world: World, technician: User, **values: Any) -> Visit:
    given: dict[str, Any] = {"starts_at": NOW + HOUR, "ends_at": NOW + 3 * HOUR, "by": None, "now": NOW}
    return plan_visit(site=world.site, technician=technician, **given | values)


def won(results: list[Any]) -> list[Visit]:
    return [one for one in results if isinstance(one, Visit)]


def test_planners_who_want_the_same_work_get_it_once(world: World, people: list[User]) -> None:
    rows = make_due(world, *[f"work-{number}" for number in range(6)])
    orders = [rows, rows[::-1], rows[2:] + rows[:2], rows[:1] + rows[:0:-1]]
    jobs = [
        tried(lambda person=person, wanted=wanted: plan(world, person, work_orders=wanted))
        for person, wanted in zip(people, orders, strict=True)
    ]
    results = in_threads(*jobs)
    (winner,) = won(results)
    assert {fault.code for fault in results if fault != winner} == {"held"}
    assert all(winner.number in fault.message for fault in results if fault != winner)
    assert VisitWork.objects.filter(visit=winner).count() == len(rows)
    assert {row.assignee for row in WorkOrder.objects.all()} == {winner.technician}


def test_planners_who_want_one_person_at_one_time_plan_one_visit(world: World, technician: User) -> None:
    results = in_threads(*[tried(lambda: plan(world, technician))] * PLANNERS)
    (winner,) = won(results)
    assert {fault.code for fault in results if fault != winner} == {"overlap"}


def test_work_that_is_added_to_two_visits_at_once_is_in_one(world: World, people: list[User]) -> None:
    (work,) = make_due(world)
    visits = [plan(world, person) for person in people]
    results = in_threads(
        *[tried(lambda visit=visit: add_work(visit=visit, work_order=work, by=None, now=NOW)) for visit in visits]
    )
    assert sum(isinstance(one, VisitWork) for one in results) == 1
    assert {one.code for one in results if isinstance(one, Conflict)} == {"held"}


def test_visits_that_begin_at_once_share_the_sites_work(world: World, people: list[User]) -> None:
    make_due(world, *[f"work-{number}" for number in range(6)])
    visits = [plan(world, person) for person in people]
    in_threads(*[lambda visit=visit: start_visit(visit=visit, by=None, now=ARRIVED) for visit in visits])
    held = VisitWork.objects.filter(outcome="pending")
    assert held.values("work_order").distinct().count() == held.count() == 7 + 2 * PLANNERS - 1
    for visit in visits:
        assert held.filter(visit=visit, is_opening=True).count() == 2


def test_visit_that_begins_while_another_is_planned_waits_in_no_circle(world: World, people: list[User]) -> None:
    rows = make_due(world, *[f"work-{number}" for number in range(6)])
    for _round in range(3):
        visit = plan(world, people[0])
        in_threads(
            tried(lambda visit=visit: start_visit(visit=visit, by=None, now=ARRIVED)),
            tried(lambda: plan(world, people[1], work_orders=rows[::-1])),
            tried(lambda: plan(world, people[2], work_orders=rows[3:] + rows[:3])),
        )
        assert VisitWork.objects.filter(outcome="pending", work_order__in=rows).count() == len(rows)
        for one in Visit.objects.open():
            cancel_visit(visit=one, reason="Again", by=None, now=ARRIVED)


def test_started_by_two_devices_at_once_is_started_once(world: World, technician: User) -> None:
    make_due(world)
    visit = plan(world, technician)
    in_threads(*[lambda: start_visit(visit=visit, by=technician, now=ARRIVED)] * 3)
    assert visit.events.filter(kind="started").count() == 1
    assert visit.work.count() == 2


def test_signed_twice_at_once_is_signed_once(world: World, technician: User) -> None:
    make_due(world, "voicemail")
    visit = started(world, technician)
    answer_visit(visit)
    ours, theirs = builder.sign("Tara"), builder.sign("Carla")
    same = tried(lambda: signed(visit, technician=sent_again(ours), customer=sent_again(theirs)))
    other = tried(lambda: signed(visit))
    results = in_threads(same, same, other)
    assert won(results)
    assert {fault.code for fault in results if isinstance(fault, DomainError)} <= {"state"}
    assert visit.events.filter(kind="signed").count() == VisitReport.objects.count() == 1
    assert visit.signatures.count() == 2


def sent_again(sign: Any) -> Any:
    """The same signature in a file of its own, as two requests would bring it."""
    return replace(sign, upload=builder.sign().upload)


def test_signing_and_completing_at_once_do_not_wait_in_a_circle(world: World, technician: User) -> None:
    """Floating schedules are locked before their work by both, and by the generator."""
    make_due(world)
    assets = [builder.asset(site=world.site, product=world.product) for _number in range(4)]
    for number, asset in enumerate(assets):
        make_procedure(f"floating-{number}")
        world.contract(agreed(f"floating-{number}", "weekly", cadence="floating"), assets=[asset])
    generate_work(now=NOW)
    visit = started(world, technician)
    answer_visit(visit)
    orders = [due(f"floating-{number}") for number in range(4)]
    later = NOW + 24 * HOUR
    in_threads(
        tried(lambda: signed(visit)),
        *[
            tried(lambda row=row: complete_work(work_order=row, finished_at=LEFT, by=None, now=LEFT))
            for row in orders[::-1]
        ],
        lambda: generate_work(now=later),
    )
    assert {due(f"floating-{number}").status for number in range(4)} == {"done"}
    visit.refresh_from_db()
    assert visit.status == "signed"


def test_time_entered_while_the_visit_is_signed_is_in_or_refused(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    answer_visit(visit)
    _signed, entry = in_threads(
        tried(lambda: signed(visit)),
        tried(lambda: enter_time(source=visit, minutes=5, by=technician, now=LEFT)),
    )
    refused = isinstance(entry, DomainError)
    assert not refused or entry.code == "state"


def test_confirmed_and_called_off_at_once_is_called_off_or_refused(world: World, technician: User) -> None:
    visit = plan(world, technician)
    in_threads(
        tried(lambda: confirm_visit(visit=visit, by=None, now=NOW)),
        tried(lambda: cancel_visit(visit=visit, reason="Flood", by=None, now=NOW)),
    )
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_arriving_while_a_contract_is_looked_at_again_waits_in_no_circle(world: World, technician: User) -> None:
    """A sync walks over the site's open work as the visit takes it."""
    make_due(world, *[f"work-{number}" for number in range(6)])
    contract = WorkOrder.objects.order_by("pk")[0].contract
    assert contract is not None
    world.calendar.calendar.versions.create(
        number=2, timezone="Europe/Amsterdam", hours=world.calendar.hours, holidays=["2026-03-10"], created_at=NOW
    )
    visit = plan(world, technician)
    in_threads(
        lambda: start_visit(visit=visit, by=None, now=ARRIVED),
        lambda: sync_schedules(contract=contract, now=ARRIVED),
    )
    answer_all(due("administration-check"))
    assert visit.work.count() == 8
