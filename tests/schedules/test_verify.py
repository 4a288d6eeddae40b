"""Each broken rule is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from portal.web.errors import DomainError
from schedules import verify
from schedules.actions import complete_work, record_answer, start_work
from schedules.generation import generate_work
from schedules.models import Answer, Schedule, Step, Target, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def done(world: World) -> WorkOrder:
    """2 March is done, 3 March is due."""
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    row = WorkOrder.objects.get()
    record_answer(work_order=row, step_key="look", asset_id=world.asset.pk, outcome="pass", by=None, now=NOW)
    row = complete_work(work_order=row, finished_at=NOW, by=None, now=NOW)
    generate_work(now=utc(2026, 3, 3, 6, 0))
    assert list(verify.faults()) == []
    return row


def due() -> Any:
    return WorkOrder.objects.filter(status="due")


def finished() -> Any:
    return WorkOrder.objects.filter(status="done")


BREAKS: dict[str, tuple[Callable[[], object], str]] = {
    "due instant of untouched work": (lambda: due().update(due_at=F("due_at") + HOUR), "is due at"),
    "due instant of finished work": (lambda: finished().update(due_at=F("due_at") - HOUR), "is due at"),
    "lapse": (lambda: due().update(lapses_at=None), "lapses at"),
    "date out of bounds": (lambda: due().update(nominal_on="2029-03-05"), "out of bounds"),
    "next date": (lambda: Schedule.objects.update(next_nominal_on="2026-03-08"), "none of its dates"),
    "release instant": (lambda: Schedule.objects.update(next_release_at=NOW), "is released at"),
    "stopped": (lambda: Schedule.objects.update(next_nominal_on=None, next_release_at=None), "has stopped"),
    "set aside": (lambda: Schedule.objects.update(state="set_aside", error="Boom"), "set aside: Boom"),
    "no answers": (lambda: Answer.objects.all().delete(), "lacks 1 answers"),
    "no targets": (lambda: Target.objects.all().delete(), "begun without targets"),
    "no closing instant": (lambda: finished().update(closed_at=None), "closed without an instant"),
    "closing instant of open work": (lambda: due().update(closed_at=NOW), "open with a closing instant"),
    "excused": (lambda: finished().update(excused_at=NOW), "excused although"),
    "missed": (lambda: finished().update(status="missed", closed_at=NOW), "missed at another instant"),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_broken_rule_is_found(done: WorkOrder, name: str) -> None:
    break_it, sentence = BREAKS[name]
    break_it()
    assert any(sentence in fault for fault in verify.faults()), list(verify.faults())


def test_answer_of_another_version_is_found(done: WorkOrder) -> None:
    stranger = make_procedure("other")
    Answer.objects.update(step=Step.objects.get(version__procedure=stranger))
    assert any("another version" in fault for fault in verify.faults())


def test_targets_of_untouched_work_are_found(done: WorkOrder, world: World) -> None:
    due().get().targets.create(asset=world.asset)
    assert any("not begun" in fault for fault in verify.faults())


def test_second_open_row_of_a_floating_schedule_is_found(world: World) -> None:
    make_procedure("floats")
    world.contract(agreed("floats", "monthly", cadence="floating"))
    generate_work(now=NOW)
    row = WorkOrder.objects.get()
    row.pk, row.nominal_on = None, row.nominal_on + timedelta(days=30)
    row.save()
    assert any("2 open work orders" in fault for fault in verify.faults())


def test_missing_schedule_is_found(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    Schedule.objects.all().delete()
    assert list(verify.faults()) == [f"{contract.number} has no schedule for daily-check at {world.site}"]


def test_work_from_nowhere_is_found(done: WorkOrder) -> None:
    due().update(schedule=None)
    assert any("neither a schedule, a change nor a visit" in fault for fault in verify.faults())


def test_faults_do_not_hide_behind_begun_work(world: World, done: WorkOrder) -> None:
    start_work(work_order=due().get(), by=None, now=utc(2026, 3, 3, 7, 0))
    WorkOrder.objects.filter(status="in_progress").update(started_at=None)
    assert any("in progress without a start" in fault for fault in verify.faults())


def test_impossible_rule_of_a_plan_undoes_the_activation(world: World) -> None:
    make_procedure()
    with pytest.raises(DomainError) as error:
        world.contract(agreed(nonworking_day="next"))
    assert error.value.attr == "plan_version"
