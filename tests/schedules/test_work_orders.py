"""Work begins, ends, is left out, called off, taken up again, excused, assigned."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.actions import suspend_contract
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules.actions import (
    IncompleteError,
    assign_work,
    cancel_work,
    complete_work,
    draft_version,
    excuse_work,
    publish_version,
    record_answer,
    reinstate_work,
    skip_work,
    start_work,
)
from schedules.enums import Outcome, Scope, WorkStatus
from schedules.generation import generate_work
from schedules.models import Procedure, Schedule, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, nominal_dates, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

LATER = utc(2026, 3, 2, 9, 30)


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    """Today's daily check, released."""
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def finish(work_order: WorkOrder, by: User | None = None, now: datetime = NOW) -> WorkOrder:
    """Pass its one step for each target and complete it."""
    for asset in work_order.site.assets.all():
        record_answer(work_order=work_order, step_key="look", asset_id=asset.pk, outcome="pass", by=by, now=now)
    return complete_work(work_order=work_order, finished_at=now, by=by, now=now)


# -- begin ------------------------------------------------------------------------------------


def test_started_work_fixes_its_targets(world: World, work_order: WorkOrder, technician: User) -> None:
    row = start_work(work_order=work_order, by=technician, now=NOW)
    assert (row.status, row.started_at) == (WorkStatus.IN_PROGRESS, NOW)
    assert [target.asset for target in row.targets.all()] == [world.asset]
    event = row.events.get()
    assert (event.kind, event.by, event.at) == ("started", technician, NOW)


def test_started_twice_is_started_once(work_order: WorkOrder) -> None:
    start_work(work_order=work_order, by=None, now=NOW)
    row = start_work(work_order=work_order, by=None, now=LATER)
    assert row.started_at == NOW
    assert row.events.count() == 1


def test_step_for_the_order_gets_a_target_without_asset(world: World) -> None:
    make_procedure(steps=[{"key": "look"}, {"key": "ask", "scope": Scope.ORDER}])
    world.contract(agreed())
    generate_work(now=NOW)
    row = start_work(work_order=WorkOrder.objects.get(), by=None, now=NOW)
    assert {target.asset for target in row.targets.all()} == {world.asset, None}


def test_equipment_added_before_the_start_is_a_target(world: World, work_order: WorkOrder) -> None:
    second = builder.asset(site=world.site, product=world.product)
    contract = work_order.contract
    assert contract is not None
    contract.covered_assets.create(asset=second, from_on=date(2026, 3, 2))
    builder.asset(site=world.site, product=world.product)  # stands there, but nobody listed it
    row = start_work(work_order=work_order, by=None, now=NOW)
    assert {target.asset for target in row.targets.all()} == {world.asset, second}


def test_new_version_is_used_by_work_that_begins_later(work_order: WorkOrder) -> None:
    first = work_order.procedure_version
    draft = draft_version(procedure=Procedure.objects.get(), now=NOW)
    draft.steps.update(texts={"title": {"en": "Look twice"}})
    publish_version(version=draft, now=NOW)
    generate_work(now=utc(2026, 3, 3, 6, 0))
    started = start_work(work_order=work_order, by=None, now=NOW)
    assert started.procedure_version == draft
    first.refresh_from_db()
    assert first.state == "retired"
    assert first.steps.get().title == "look"


def test_begun_work_keeps_its_version(work_order: WorkOrder) -> None:
    started = start_work(work_order=work_order, by=None, now=NOW)
    publish_version(version=draft_version(procedure=Procedure.objects.get(), now=NOW), now=NOW)
    row = finish(work_order)
    assert row.procedure_version == started.procedure_version


def test_superseded_work_cannot_begin_even_before_the_sweep(work_order: WorkOrder) -> None:
    with pytest.raises(Conflict) as error:
        start_work(work_order=work_order, by=None, now=utc(2026, 3, 3, 8, 0))
    assert error.value.code == "superseded"
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.DUE


# -- complete ---------------------------------------------------------------------------------


def test_completed_work(work_order: WorkOrder, technician: User) -> None:
    row = finish(work_order, by=technician)
    assert (row.status, row.finished_at, row.closed_at) == (WorkStatus.DONE, NOW, NOW)
    assert row.was_on_time
    assert list(row.events.values_list("kind", flat=True)) == ["started", "completed"]


def test_completing_says_what_is_missing(world: World) -> None:
    make_procedure(steps=[{"key": "look"}, {"key": "note", "required": False}, {"key": "show", "photo_required": True}])
    world.contract(agreed())
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    record_answer(work_order=work_order, step_key="show", asset_id=world.asset.pk, outcome="pass", by=None, now=NOW)
    with pytest.raises(IncompleteError) as error:
        complete_work(work_order=work_order, finished_at=NOW, by=None, now=NOW)
    missing = [(item.step.key, item.asset, item.what) for item in error.value.missing]
    assert missing == [("look", world.asset, "answer"), ("show", world.asset, "photo")]
    assert world.asset.tag in error.value.message
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.IN_PROGRESS


def test_completing_untouched_work_says_what_is_missing(work_order: WorkOrder) -> None:
    with pytest.raises(IncompleteError) as error:
        complete_work(work_order=work_order, finished_at=NOW, by=None, now=NOW)
    assert [item.step.key for item in error.value.missing] == ["look"]


@pytest.mark.parametrize("offset", [timedelta(minutes=11), -timedelta(hours=2)])
def test_finish_in_the_future_or_before_the_start_is_refused(
    world: World, work_order: WorkOrder, offset: timedelta
) -> None:
    record_answer(work_order=work_order, step_key="look", asset_id=world.asset.pk, outcome="pass", by=None, now=NOW)
    with pytest.raises(DomainError) as error:
        complete_work(work_order=work_order, finished_at=NOW + offset, by=None, now=NOW)
    assert error.value.attr == "finished_at"


CLOSING = {
    WorkStatus.DONE: lambda row: finish(row),
    WorkStatus.SKIPPED: lambda row: skip_work(work_order=row, reason="Closed today", by=None, now=NOW),
    WorkStatus.CANCELLED: lambda row: cancel_work(work_order=row, reason="Entered by mistake", by=None, now=NOW),
}
VERBS = {
    "start": lambda row: start_work(work_order=row, by=None, now=LATER),
    "complete": lambda row: complete_work(work_order=row, finished_at=LATER, by=None, now=LATER),
    "skip": lambda row: skip_work(work_order=row, reason="Late", by=None, now=LATER),
    "cancel": lambda row: cancel_work(work_order=row, reason="Late", by=None, now=LATER),
    "assign": lambda row: assign_work(work_order=row, assignee=None, by=None, now=LATER),
}


@pytest.mark.parametrize("verb", list(VERBS))
@pytest.mark.parametrize("status", list(CLOSING))
def test_closed_work_refuses(work_order: WorkOrder, status: WorkStatus, verb: str) -> None:
    CLOSING[status](work_order)
    with pytest.raises(Conflict):
        VERBS[verb](work_order)
    work_order.refresh_from_db()
    assert work_order.status == status


@pytest.mark.parametrize("verb", ["skip", "cancel"])
def test_reason_is_required(work_order: WorkOrder, verb: str) -> None:
    action = skip_work if verb == "skip" else cancel_work
    with pytest.raises(DomainError) as error:
        action(work_order=work_order, reason="  ", by=None, now=NOW)
    assert (error.value.attr, error.value.code) == ("reason", "required")


# -- taken up again, excused, assigned --------------------------------------------------------


def test_cancelled_work_is_reinstated(work_order: WorkOrder, dispatcher: User) -> None:
    cancel_work(work_order=work_order, reason="Mistake", by=dispatcher, now=NOW)
    row = reinstate_work(work_order=work_order, by=dispatcher, now=LATER)
    assert (row.status, row.status_reason, row.closed_at) == (WorkStatus.DUE, "", None)
    assert list(row.events.values_list("kind", flat=True)) == ["cancelled", "reinstated"]


def test_begun_work_is_reinstated_in_progress(work_order: WorkOrder) -> None:
    start_work(work_order=work_order, by=None, now=NOW)
    skip_work(work_order=work_order, reason="No access", by=None, now=NOW)
    assert reinstate_work(work_order=work_order, by=None, now=LATER).status == WorkStatus.IN_PROGRESS


def test_work_out_of_bounds_is_not_reinstated(work_order: WorkOrder) -> None:
    assert work_order.contract is not None
    suspend_contract(
        contract=work_order.contract, from_on=date(2026, 3, 2), until_on=None, reason="Dispute", by=None, now=NOW
    )
    with pytest.raises(Conflict) as error:
        reinstate_work(work_order=work_order, by=None, now=LATER)
    assert "Dispute" in error.value.message


def test_superseded_work_is_not_reinstated(work_order: WorkOrder) -> None:
    cancel_work(work_order=work_order, reason="Mistake", by=None, now=NOW)
    with pytest.raises(Conflict) as error:
        reinstate_work(work_order=work_order, by=None, now=utc(2026, 3, 3, 8, 0))
    assert error.value.code == "superseded"


@pytest.mark.parametrize("action", ["due", "done"])
def test_open_or_done_work_is_not_reinstated(work_order: WorkOrder, action: str) -> None:
    if action == "done":
        finish(work_order)
    with pytest.raises(Conflict):
        reinstate_work(work_order=work_order, by=None, now=LATER)


def test_missed_work_is_excused_once(work_order: WorkOrder, manager: User) -> None:
    generate_work(now=utc(2026, 3, 3, 9, 0))
    row = excuse_work(work_order=work_order, reason="Office was closed", by=manager, now=utc(2026, 3, 3, 10, 0))
    assert row.excused_at == utc(2026, 3, 3, 10, 0)
    assert row.events.last().data == {"reason": "Office was closed"}
    with pytest.raises(Conflict):
        excuse_work(work_order=work_order, reason="Again", by=manager, now=utc(2026, 3, 3, 10, 0))


def test_open_work_is_not_excused(work_order: WorkOrder) -> None:
    with pytest.raises(Conflict):
        excuse_work(work_order=work_order, reason="No", by=None, now=NOW)


def test_assigned_to_staff(work_order: WorkOrder, technician: User, dispatcher: User) -> None:
    row = assign_work(work_order=work_order, assignee=technician, by=dispatcher, now=NOW)
    assert row.assignee == technician
    assert row.events.get().data == {"assignee": technician.pk}
    assert assign_work(work_order=work_order, assignee=None, by=dispatcher, now=NOW).assignee is None


def test_not_assigned_to_the_customer_or_to_inactive_staff(
    work_order: WorkOrder, customer: User, technician: User
) -> None:
    technician.is_active = False
    for person in (customer, technician):
        with pytest.raises(DomainError) as error:
            assign_work(work_order=work_order, assignee=person, by=None, now=NOW)
        assert error.value.attr == "assignee"


# -- floating ---------------------------------------------------------------------------------


@pytest.fixture
def floating(world: World) -> WorkOrder:
    make_procedure("daily-check", frequency="monthly")
    world.contract(agreed("daily-check", "monthly", cadence="floating"))
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def test_floating_work_follows_its_completion(floating: WorkOrder) -> None:
    done_at = utc(2026, 4, 20, 9, 0)
    finish(floating, now=done_at)
    schedule = Schedule.objects.get()
    assert schedule.next_nominal_on == date(2026, 5, 20)
    generate_work(now=utc(2026, 5, 20, 9, 0))
    assert nominal_dates() == ["2026-03-02", "2026-05-20"]


def test_floating_completion_counts_by_the_local_date(floating: WorkOrder) -> None:
    finish(floating, now=datetime(2026, 4, 20, 22, 30, tzinfo=UTC))  # 00:30 on the 21st in Amsterdam
    assert Schedule.objects.get().next_nominal_on == date(2026, 5, 21)


@pytest.mark.parametrize("leave", [skip_work, cancel_work])
def test_superseded_work_is_not_left_out_before_the_sweep_marks_it_missed(
    work_order: WorkOrder, leave: Callable[..., WorkOrder]
) -> None:
    assert work_order.lapses_at is not None
    with pytest.raises(Conflict) as error:
        leave(work_order=work_order, reason="Late", by=None, now=work_order.lapses_at)
    assert error.value.code == "superseded"
    generate_work(now=work_order.lapses_at)
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.MISSED


def test_floating_work_skipped_goes_on_and_comes_back_when_reinstated(floating: WorkOrder) -> None:
    skip_work(work_order=floating, reason="No access", by=None, now=NOW)
    assert Schedule.objects.get().next_nominal_on == date(2026, 4, 2)
    reinstate_work(work_order=floating, by=None, now=LATER)
    assert Schedule.objects.get().next_nominal_on is None


def test_floating_work_is_not_reinstated_beside_the_next(floating: WorkOrder) -> None:
    skip_work(work_order=floating, reason="No access", by=None, now=NOW)
    generate_work(now=utc(2026, 4, 2, 9, 0))
    with pytest.raises(Conflict) as error:
        reinstate_work(work_order=floating, by=None, now=utc(2026, 4, 2, 9, 0))
    assert error.value.code == "superseded"


def test_floating_date_within_a_suspension_moves_behind_it(floating: WorkOrder) -> None:
    assert floating.contract is not None
    finish(floating)
    suspend_contract(
        contract=floating.contract,
        from_on=date(2026, 4, 1),
        until_on=date(2026, 4, 30),
        reason="Renovation",
        by=None,
        now=NOW,
    )
    assert Schedule.objects.get().next_nominal_on == date(2026, 5, 1)


def test_outcomes_are_the_apis_words() -> None:
    assert Outcome.values == ["pass", "warn", "fail", "na"]
