from datetime import timedelta

import pytest

from portal.accounts.models import User
from schedules.actions import cancel_work, complete_work, excuse_work, record_answer, skip_work
from schedules.compliance import Compliance, pm_compliance
from schedules.generation import generate_work
from schedules.models import WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

WEEK = {"from_at": utc(2026, 3, 1, 23, 0), "until_at": utc(2026, 3, 8, 23, 0)}


@pytest.fixture
def week(world: World, manager: User) -> None:
    """Monday on time, Tuesday late, Wednesday missed, Thursday skipped and excused, Friday cancelled."""
    make_procedure(customer_may=True)
    world.contract(agreed())
    for day in range(2, 7):
        morning = utc(2026, 3, day, 7, 0)
        generate_work(now=morning)
        row = WorkOrder.objects.get(nominal_on=morning.date())
        if day in (2, 3):
            at = utc(2026, 3, day, 9, 0) if day == 2 else utc(2026, 3, 3, 17, 0)
            record_answer(
                work_order=row,
                step_key="look",
                asset_id=world.asset.pk,
                outcome="pass",
                made_at=morning,
                by=None,
                now=at,
            )
            complete_work(work_order=row, finished_at=at, by=None, now=at)
        elif day == 5:
            skip_work(work_order=row, reason="Closed", by=None, now=morning)
            excuse_work(work_order=row, reason="Agreed", by=manager, now=morning)
        elif day == 6:
            cancel_work(work_order=row, reason="Mistake", by=None, now=morning)


@pytest.mark.usefixtures("week")
def test_week_is_counted() -> None:
    figures = pm_compliance(WorkOrder.objects.all(), now=utc(2026, 3, 9, 9, 0), **WEEK)
    assert figures["var"] == Compliance(on_time=1, late=1, missed=1, excused=1)
    assert figures["var"].share == pytest.approx(1 / 3)
    assert figures["customer"].share is None


@pytest.mark.usefixtures("week")
def test_customers_tasks_are_another_figure() -> None:
    WorkOrder.objects.filter(status="missed").update(performer="customer")
    figures = pm_compliance(WorkOrder.objects.all(), now=utc(2026, 3, 9, 9, 0), **WEEK)
    assert (figures["var"].share, figures["customer"].share) == (0.5, 0.0)
    WorkOrder.objects.filter(status="missed").update(performer="var")


@pytest.mark.usefixtures("week")
def test_window_that_has_not_closed_yet_does_not_count() -> None:
    now = utc(2026, 3, 2, 12, 0)  # Monday's work is done, but its window is open until five
    assert pm_compliance(WorkOrder.objects.all(), now=now, **WEEK)["var"].counted == 0


@pytest.mark.usefixtures("week")
def test_period_is_half_open() -> None:
    closes_at = utc(2026, 3, 2, 16, 0)
    rows = WorkOrder.objects.all()
    later = NOW + timedelta(days=30)
    assert (
        pm_compliance(rows, from_at=closes_at, until_at=closes_at + timedelta(hours=1), now=later)["var"].counted == 1
    )
    assert (
        pm_compliance(rows, from_at=closes_at - timedelta(hours=1), until_at=closes_at, now=later)["var"].counted == 0
    )


@pytest.mark.usefixtures("week")
def test_figures_take_one_query(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        pm_compliance(WorkOrder.objects.all(), now=NOW, **WEEK)


def test_unfinished_work_counts_against_it_once_its_window_closed(world: World) -> None:
    make_procedure("logs", accumulates=True)
    world.contract(agreed("logs", "monthly"))
    generate_work(now=NOW)
    figures = pm_compliance(
        WorkOrder.objects.all(), from_at=NOW, until_at=utc(2026, 4, 1, 0, 0), now=utc(2026, 4, 1, 0, 0)
    )
    assert figures["var"] == Compliance(open=1)
    assert figures["var"].share == 0
