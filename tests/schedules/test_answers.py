"""Answers are judged, appended, idempotent, in order."""

import math
import uuid
from datetime import timedelta
from typing import Any

import pytest

from contracts.models import Release
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules.actions import cancel_work, open_ticket_from_answer, record_answer
from schedules.answer_words import previous_words
from schedules.checklist import checklist_of
from schedules.enums import Outcome, StepKind, WorkStatus
from schedules.generation import generate_work
from schedules.models import Answer, Backup, Reading, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

STEPS: list[dict[str, Any]] = [
    {"key": "look", "ticket": {"category": "outage", "impact": "large", "urgency": "high"}},
    {
        "key": "minutes",
        "kind": StepKind.READING,
        "metric": "voicemail_minutes",
        "unit": "min",
        "minimum": 0,
        "maximum": 5000,
        "warn_above_share": 0.8,
        "fail_above_share": 0.95,
    },
    {
        "key": "method",
        "kind": StepKind.CHOICE,
        "scope": "order",
        "choices": [{"value": "reset", "label": {"en": "Reset"}}, {"value": "wait", "label": {"en": "Wait"}}],
    },
    {"key": "words", "kind": StepKind.TEXT},
    {"key": "saved", "kind": StepKind.BACKUP},
    {"key": "release", "kind": StepKind.VERSION},
]


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    make_procedure(steps=STEPS)
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def answer(work_order: WorkOrder, key: str, **values: Any) -> Answer:
    asset = None if key == "method" else work_order.site.assets.order_by("pk").first().pk
    common = {"step_key": key, "asset_id": asset, "by": None, "now": NOW}
    return record_answer(work_order=work_order, **common | values)


def refused(work_order: WorkOrder, key: str, **values: Any) -> str | None:
    """The field that the refusal names."""
    with pytest.raises(DomainError) as error:
        answer(work_order, key, **values)
    assert not Answer.objects.exists()
    return error.value.attr


# -- kinds ------------------------------------------------------------------------------------


def test_first_answer_begins_the_work(work_order: WorkOrder, technician: User) -> None:
    made_at = NOW - timedelta(minutes=5)
    stored = answer(work_order, "look", outcome="pass", made_at=made_at, by=technician)
    work_order.refresh_from_db()
    assert (work_order.status, work_order.started_at) == (WorkStatus.IN_PROGRESS, made_at)
    assert (stored.outcome, stored.by, stored.made_at, stored.recorded_at) == ("pass", technician, made_at, NOW)


def test_failure_needs_a_reason(work_order: WorkOrder) -> None:
    assert refused(work_order, "look", outcome="fail", note="  ") == "note"
    assert answer(work_order, "look", outcome="fail", note="Line 2 is red").note == "Line 2 is red"


@pytest.mark.parametrize("outcome", ["", "maybe"])
def test_check_needs_an_outcome(work_order: WorkOrder, outcome: str) -> None:
    assert refused(work_order, "look", outcome=outcome) == "outcome"


@pytest.mark.parametrize(("value", "outcome"), [(800, "pass"), (801, "warn"), (950.5, "fail")])
def test_reading_is_judged_by_the_capacity_of_the_day(work_order: WorkOrder, value: float, outcome: str) -> None:
    stored = answer(work_order, "minutes", value=value)
    assert stored.outcome == outcome
    reading = Reading.objects.get()
    assert (reading.value, reading.taken_at, reading.metric) == (value, NOW, "voicemail_minutes")


def test_capacity_of_the_asset_takes_the_place_of_the_products(world: World, work_order: WorkOrder) -> None:
    world.asset.capacities.create(metric="voicemail_minutes", value=2000, from_on=NOW.date())
    assert answer(work_order, "minutes", value=1500).outcome == Outcome.PASS


@pytest.mark.parametrize("value", [None, -1, 5001, math.nan, math.inf, True, "12"])
def test_impossible_reading_is_refused(work_order: WorkOrder, value: object) -> None:
    assert refused(work_order, "minutes", value=value) == "value"
    assert not Reading.objects.exists()


def test_not_applicable_needs_nothing(work_order: WorkOrder) -> None:
    stored = answer(work_order, "minutes", outcome="na", value=12)
    assert (stored.outcome, stored.value) == ("na", None)
    assert not Reading.objects.exists()


def test_choice_must_be_one_of_the_choices(work_order: WorkOrder) -> None:
    assert refused(work_order, "method", text="pray") == "text"
    stored = answer(work_order, "method", text="wait")
    assert (stored.text, stored.outcome, stored.target.asset) == ("wait", "pass", None)


def test_text_must_say_something(work_order: WorkOrder) -> None:
    assert refused(work_order, "words", text=" ") == "text"
    assert refused(work_order, "words", text="x" * 2001) == "text"
    assert answer(work_order, "words", text="All well").outcome == Outcome.PASS


def test_backup_enters_the_register(world: World, work_order: WorkOrder) -> None:
    assert refused(work_order, "saved") == "text"
    assert refused(work_order, "saved", text="//nas/pbx", value=1.5) == "value"
    answer(work_order, "saved", text="//nas/pbx", value=1_048_576)
    backup = Backup.objects.get()
    assert (backup.asset, backup.location, backup.size_bytes) == (world.asset, "//nas/pbx", 1_048_576)


def test_version_installs_a_known_release(world: World, work_order: WorkOrder) -> None:
    release = Release.objects.create(product=world.product, version="2.1-SU1")
    answer(work_order, "release", text="unknown")
    world.asset.refresh_from_db()
    assert world.asset.installed_release is None
    answer(work_order, "release", text="2.1-su1")
    world.asset.refresh_from_db()
    assert world.asset.installed_release == release
    kept = world.asset.history.latest("history_id")
    assert (kept.changed, kept.history_date) == ("installed_release", NOW)


# -- append-only ------------------------------------------------------------------------------


def test_later_answer_takes_the_place_and_both_stay(world: World, work_order: WorkOrder) -> None:
    answer(work_order, "minutes", value=7000 / 10, made_at=NOW)
    later = NOW + timedelta(minutes=1)
    answer(work_order, "minutes", value=70, made_at=later, now=later)
    assert Answer.objects.count() == 2
    item = checklist_of(work_order, now=later).find("minutes", world.asset.pk)
    assert item is not None
    assert item.answer is not None
    assert item.answer.value == 70
    assert [reading.value for reading in Reading.objects.all()] == [70]


def test_slower_phone_does_not_overwrite_the_newer_answer(world: World, work_order: WorkOrder) -> None:
    answer(work_order, "minutes", value=70, made_at=NOW)
    answer(work_order, "minutes", value=60, made_at=NOW - timedelta(minutes=3))
    item = checklist_of(work_order, now=NOW).find("minutes", world.asset.pk)
    assert item is not None
    assert item.answer is not None
    assert item.answer.value == 70
    assert [reading.value for reading in Reading.objects.all()] == [70]


def test_same_uuid_is_one_answer(work_order: WorkOrder) -> None:
    sent = {"value": 90, "made_at": NOW, "client_uuid": uuid.uuid4()}
    first = answer(work_order, "minutes", **sent)
    again = answer(work_order, "minutes", **sent, now=NOW + timedelta(hours=1))
    assert again == first
    assert (Answer.objects.count(), Reading.objects.count()) == (1, 1)


def test_same_uuid_is_returned_even_after_the_work_was_closed(work_order: WorkOrder) -> None:
    sent = {"outcome": "pass", "client_uuid": uuid.uuid4()}
    first = answer(work_order, "look", **sent)
    cancel_work(work_order=work_order, reason="Mistake", by=None, now=NOW)
    assert answer(work_order, "look", **sent) == first


@pytest.mark.parametrize(
    "other", [{"outcome": "warn"}, {"note": "Other"}, {"made_at": NOW - timedelta(minutes=1)}, {"step_key": "words"}]
)
def test_same_uuid_with_other_content_is_a_conflict(work_order: WorkOrder, other: dict[str, Any]) -> None:
    sent = {"outcome": "pass", "client_uuid": uuid.uuid4()}
    answer(work_order, "look", **sent)
    with pytest.raises(Conflict) as error:
        answer(work_order, "look", **sent | other)
    assert error.value.code == "uuid_reused"


# -- refused ----------------------------------------------------------------------------------


def test_answer_from_the_future_is_refused(work_order: WorkOrder) -> None:
    assert refused(work_order, "look", outcome="pass", made_at=NOW + timedelta(minutes=11)) == "made_at"
    answer(work_order, "look", outcome="pass", made_at=NOW + timedelta(minutes=9))


def test_unknown_step_or_equipment_is_refused(world: World, work_order: WorkOrder) -> None:
    stranger = builder.asset(site=world.site, product=world.product)
    assert refused(work_order, "nothing", outcome="pass") == "step"
    assert refused(work_order, "look", outcome="pass", asset_id=stranger.pk) == "step"
    assert refused(work_order, "look", outcome="pass", asset_id=None) == "step"


def test_closed_work_refuses_answers(work_order: WorkOrder) -> None:
    cancel_work(work_order=work_order, reason="Mistake", by=None, now=NOW)
    with pytest.raises(Conflict):
        answer(work_order, "look", outcome="pass")


# -- the last value ---------------------------------------------------------------------------


def test_last_value_stands_beside_the_step(world: World, work_order: WorkOrder) -> None:
    answer(work_order, "minutes", value=400)
    answer(work_order, "look", outcome="warn", note="Slow")
    tomorrow = utc(2026, 3, 3, 7, 0)
    generate_work(now=tomorrow)
    taken_at = NOW + timedelta(hours=1)
    Reading.objects.create(
        asset=world.asset,
        metric="voicemail_minutes",
        value=410,
        taken_at=taken_at,
        source="api",
        recorded_at=taken_at,
    )
    following = WorkOrder.objects.get(nominal_on=tomorrow.date())
    checklist = checklist_of(following, now=tomorrow)
    minutes = checklist.find("minutes", world.asset.pk)
    look = checklist.find("look", world.asset.pk)
    assert minutes is not None
    assert look is not None
    assert minutes.previous is not None
    assert look.previous is not None
    assert (minutes.previous.value, minutes.previous.at) == (410, taken_at)
    assert (look.previous.outcome, look.previous.at) == ("warn", NOW)
    assert minutes.limits.warn_above == 800


def test_last_backup_does_not_tell_where_it_lies(world: World, work_order: WorkOrder) -> None:
    """The next one may be the customer's to make, and reports show what was found before."""
    answer(work_order, "saved", text="//nas/pbx")
    tomorrow = utc(2026, 3, 3, 7, 0)
    generate_work(now=tomorrow)
    saved = checklist_of(WorkOrder.objects.get(nominal_on=tomorrow.date()), now=tomorrow).find("saved", world.asset.pk)
    assert saved is not None
    assert saved.previous is not None
    assert (saved.previous.outcome, saved.previous.text, saved.previous.at) == ("pass", "", NOW)
    assert previous_words(saved.step, saved.previous) == "Pass"


def test_checklist_asks_eight_questions_at_most_for_many_targets(
    world: World, work_order: WorkOrder, django_assert_max_num_queries: Any
) -> None:
    contract = work_order.contract
    assert contract is not None
    for _number in range(4):
        asset = builder.asset(site=world.site, product=world.product)
        contract.covered_assets.create(asset=asset, from_on=NOW.date())
    loaded = WorkOrder.objects.select_related("site", "procedure_version__procedure")
    row = loaded.get()
    with django_assert_max_num_queries(8):
        checklist = checklist_of(row, now=NOW)
    assert len(checklist.asked) == 5 * 5 + 1
    answer(work_order, "minutes", value=1)
    row = loaded.get()
    with django_assert_max_num_queries(8):
        checklist = checklist_of(row, now=NOW)
    assert sum(step.answer is not None for step in checklist.asked) == 1


# -- a ticket ---------------------------------------------------------------------------------


def test_failed_step_becomes_one_ticket(world: World, work_order: WorkOrder, technician: User) -> None:
    builder.policy(now=NOW, is_default=True)
    failed = answer(work_order, "look", outcome="fail", note="Line 2 is red")
    ticket = open_ticket_from_answer(answer=failed, by=technician, now=NOW)
    assert open_ticket_from_answer(answer=failed, by=technician, now=NOW) == ticket
    assert (ticket.asset, ticket.site, ticket.category, ticket.impact) == (world.asset, world.site, "outage", "large")
    assert "Line 2 is red" in ticket.description
    assert work_order.number in ticket.description
    failed.refresh_from_db()
    assert failed.ticket == ticket


def test_passed_step_becomes_no_ticket(work_order: WorkOrder) -> None:
    passed = answer(work_order, "look", outcome="pass")
    with pytest.raises(Conflict):
        open_ticket_from_answer(answer=passed, by=None, now=NOW)
