"""Arriving: the opening, and the due work of the site that joins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.enums import ProductKind
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import DomainError
from schedules.actions import complete_work, plan_visit, remove_work, start_visit
from schedules.enums import ItemOutcome, VisitStatus
from schedules.generation import generate_work
from schedules.models import Backup, Visit, VisitWork, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc
from tests.schedules.visits import ARRIVED, HOUR, answer_all, due, make_due, make_opening, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


@pytest.fixture
def colleague(db: None) -> User:
    return builder.staff(now=NOW, email="colleague@var.example", name="Cem Colleague")


def slugs(visit: Visit) -> list[str]:
    items = visit.work.filter(outcome=ItemOutcome.PENDING)
    return list(items.values_list("work_order__procedure_version__procedure__slug", flat=True))


# -- the opening ------------------------------------------------------------------------------


def test_days_own_check_is_the_review(world: World, technician: User) -> None:
    (daily,) = make_due(world)
    visit = started(world, technician)
    assert (visit.status, visit.started_at) == (VisitStatus.IN_PROGRESS, ARRIVED)
    assert slugs(visit) == ["administration-check", "visit-backup"]
    assert {item.is_opening for item in visit.work.all()} == {True}
    assert visit.work.first().work_order == daily  # type: ignore[union-attr]  # no second one
    daily.refresh_from_db()
    assert daily.assignee == technician


def test_review_that_was_planned_into_the_visit_becomes_its_opening(world: World, technician: User) -> None:
    (daily,) = make_due(world)
    visit = started(world, technician, work_orders=[daily])
    assert visit.work.get(work_order=daily).is_opening
    assert visit.work.count() == 2


def test_check_that_was_done_before_is_looked_at_again(world: World, technician: User) -> None:
    (daily,) = make_due(world)
    answer_all(daily, at=NOW)
    complete_work(work_order=daily, finished_at=NOW, by=None, now=NOW)
    visit = started(world, technician)
    review = visit.work.get(work_order__procedure_version__procedure__slug="administration-check")
    assert review.work_order != daily
    assert review.work_order.schedule is None


def test_check_that_the_customer_does_is_done_by_the_visit(world: World, technician: User) -> None:
    make_opening()
    world.contract(agreed("administration-check", performer="customer"))
    generate_work(now=NOW)
    visit = started(world, technician)
    assert visit.work.filter(work_order__schedule__isnull=False).get().is_opening


def test_yesterdays_check_stays_out(world: World, technician: User) -> None:
    make_due(world)
    generate_work(now=utc(2026, 3, 3, 0, 30))
    yesterday, today = WorkOrder.objects.filter(status="due").order_by("nominal_on")
    visit = started(world, technician, at=utc(2026, 3, 3, 7, 0))
    held = [item.work_order for item in visit.work.all()]
    assert today in held
    assert yesterday not in held


def test_local_day_decides(world: World, other_site: Callable[..., Any], technician: User) -> None:
    """Half past ten in the evening of 1 March in New York is 2 March in UTC."""
    make_opening()
    site, asset = other_site(world, "America/New_York")
    world.contract(agreed("administration-check"), assets=[asset])
    generate_work(now=utc(2026, 3, 2, 6, 0))
    at = utc(2026, 3, 3, 3, 30)
    visit = builder.visit(site=site, technician=technician, now=NOW)
    visit = start_visit(visit=visit, by=technician, now=at)
    review = visit.work.get(work_order__procedure_version__procedure__slug="administration-check").work_order
    assert (review.nominal_on.isoformat(), review.schedule is None) == ("2026-03-02", False)  # type: ignore[union-attr]


def test_backup_of_each_base_unit_listed_or_not(world: World, technician: User) -> None:
    make_due(world)
    server = builder.product(slug="server", kind=ProductKind.SERVER)
    phone = builder.product(slug="phone", kind=ProductKind.PHONE)
    unlisted = builder.asset(site=world.site, product=server)
    builder.asset(site=world.site, product=phone)
    visit = started(world, technician)
    backup = visit.work.get(work_order__procedure_version__procedure__slug="visit-backup").work_order
    answer_all(backup)
    assert {row.asset for row in Backup.objects.all()} == {world.asset, unlisted}
    assert backup.contract is None


def test_backup_is_the_contracts_where_it_lists_all(world: World, technician: User) -> None:
    contract = world.contract()
    make_opening()
    visit = started(world, technician)
    for item in visit.work.all():
        assert item.work_order.contract == contract
        assert contract.number in item.work_order.coverage_sentence


def test_site_without_base_units_has_no_opening(world: World, technician: User) -> None:
    make_opening()
    phone = builder.product(slug="phone", kind=ProductKind.PHONE)
    site = builder.site(customer=world.customer, calendar=world.calendar)
    builder.asset(site=site, product=phone)
    visit = builder.visit(site=site, technician=technician, now=NOW)
    assert start_visit(visit=visit, by=technician, now=ARRIVED).work.count() == 0


def test_second_visit_of_the_day_has_a_review_of_its_own(world: World, technician: User, colleague: User) -> None:
    (daily,) = make_due(world)
    first, second = started(world, technician), started(world, colleague)
    assert daily in [item.work_order for item in first.work.all()]
    assert slugs(second) == ["administration-check", "visit-backup"]
    assert daily not in [item.work_order for item in second.work.all()]
    assert WorkOrder.objects.count() == 4


# -- what joins -------------------------------------------------------------------------------


def test_due_work_of_the_site_joins(world: World, technician: User) -> None:
    make_due(world, "voicemail", "logs")
    visit = started(world, technician, work_orders=[due("logs")])
    assert slugs(visit) == ["administration-check", "visit-backup", "logs", "voicemail"]
    assert {row.assignee for row in WorkOrder.objects.all()} == {technician}


def test_other_work_does_not_join(world: World, technician: User, colleague: User) -> None:
    make_due(world, "held", "removed")
    make_procedure("theirs")
    make_procedure("later")
    world_b = builder.asset(site=world.site, product=world.product)
    world.contract(
        agreed("theirs", "weekly", performer="customer"),
        agreed("later", "weekly", weekdays=["wed"]),
        assets=[world_b],
    )
    generate_work(now=NOW)
    builder.visit(site=world.site, technician=colleague, now=NOW, work_orders=[due("held")])
    visit = builder.visit(site=world.site, technician=technician, now=NOW, work_orders=[due("removed")])
    remove_work(visit=visit, work_order=due("removed"), reason="No time", by=None, now=NOW)
    visit = start_visit(visit=visit, by=technician, now=ARRIVED)
    assert sorted(set(slugs(visit))) == ["administration-check", "visit-backup"]


def test_started_twice_is_started_once(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    again = start_visit(visit=visit, by=technician, now=ARRIVED + HOUR)
    assert again.started_at == ARRIVED
    assert again.events.filter(kind="started").count() == 1
    assert again.work.count() == 2


@pytest.mark.parametrize("shift", [timedelta(minutes=11), -2 * HOUR])
def test_arrival_ahead_or_before_the_plan_is_refused(world: World, technician: User, shift: timedelta) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    with pytest.raises(DomainError) as fault:
        start_visit(visit=visit, by=technician, now=ARRIVED, started_at=ARRIVED + shift)
    assert fault.value.attr == "started_at"


def test_device_says_when_it_arrived(world: World, technician: User) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    row = start_visit(visit=visit, by=technician, now=ARRIVED + HOUR, started_at=ARRIVED)
    assert row.started_at == ARRIVED
    assert row.events.get(kind="started").at == ARRIVED + HOUR


def test_arriving_takes_as_many_queries_for_thirty_work_orders(
    world: World, other_site: Callable[..., Any], technician: User, colleague: User
) -> None:
    names = [f"work-{number}" for number in range(30)]
    site, asset = other_site(world, "Europe/Amsterdam")
    make_due(world, *names)
    world.contract(agreed("administration-check"), agreed(names[0], "weekly"), assets=[asset])
    generate_work(now=NOW)

    def queries(place: Any, person: User) -> tuple[int, int]:
        visit = plan_visit(site=place, technician=person, starts_at=ARRIVED, ends_at=ARRIVED + HOUR, by=None, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            start_visit(visit=visit, by=person, now=ARRIVED)
        return len(captured), VisitWork.objects.filter(visit=visit).count()

    (few, three), (many, all_of_them) = queries(site, technician), queries(world.site, colleague)
    assert (three, all_of_them) == (3, 32)
    assert many == few
    assert many < 60
