"""A step behind a choice is asked once it was chosen; what each step lacks."""

from typing import Any

import pytest

from schedules.conditions import Given, is_asked, lacks
from schedules.enums import Records, StepKind
from schedules.models import Step

CHOICE = Step(key="decision", kind=StepKind.CHOICE, scope="asset")
ONCE = Step(key="method", kind=StepKind.CHOICE, scope="order")
MEMORY = Step(key="memory", kind=StepKind.CHOICE, scope="asset", only_if={"step": "decision", "value": ["more"]})
FITTED = Step(key="fitted", scope="asset", only_if={"step": "memory", "value": ["ours", "theirs"]})
RESET = Step(key="reset", scope="asset", only_if={"step": "method", "value": ["reset"]})
LEASE = Step(key="lease", scope="order", records=Records.LEASE_HOURS)
STEPS = {step.key: step for step in (CHOICE, ONCE, MEMORY, FITTED, RESET, LEASE)}


def asked(step: Step, given: dict[Any, Given], target: int = 7, knows_lease: bool = False) -> bool:
    return is_asked(step, target, STEPS, given, knows_lease=knows_lease)


def test_step_without_condition_is_asked() -> None:
    assert asked(CHOICE, {})


def test_step_behind_a_choice_waits_for_it() -> None:
    assert not asked(MEMORY, {})
    assert asked(MEMORY, {("decision", 7): Given("pass", "more")})
    assert not asked(MEMORY, {("decision", 7): Given("pass", "mail")})
    assert not asked(MEMORY, {("decision", 7): Given("na", "more")})


def test_choice_of_one_asset_says_nothing_of_another() -> None:
    assert not asked(MEMORY, {("decision", 8): Given("pass", "more")})


def test_choice_made_once_counts_for_each_asset() -> None:
    assert asked(RESET, {("method", 0): Given("pass", "reset")})
    assert not asked(RESET, {("method", 7): Given("pass", "reset")})


def test_condition_of_the_condition_counts() -> None:
    ours = {("memory", 7): Given("pass", "ours")}
    assert not asked(FITTED, ours)  # the answer stands, but its own choice was changed
    assert asked(FITTED, ours | {("decision", 7): Given("pass", "more")})


def test_circle_or_stranger_is_not_asked() -> None:
    one = Step(key="one", scope="asset", only_if={"step": "two", "value": ["x"]})
    two = Step(key="two", scope="asset", only_if={"step": "one", "value": ["x"]})
    given = {("one", 7): Given("pass", "x"), ("two", 7): Given("pass", "x")}
    assert not is_asked(one, 7, {"one": one, "two": two}, given, knows_lease=False)
    assert not is_asked(one, 7, {"one": one}, given, knows_lease=False)


def test_lease_time_is_asked_where_nobody_knows_it() -> None:
    assert asked(LEASE, {}, target=0)
    assert not asked(LEASE, {}, target=0, knows_lease=True)
    assert asked(LEASE, {("lease", 0): Given("pass")}, target=0, knows_lease=True)  # it stays where it was given


@pytest.mark.parametrize(
    ("step", "answer", "missing"),
    [
        (Step(), None, "answer"),
        (Step(required=False), None, ""),
        (Step(), Given("pass"), ""),
        (Step(photo_required=True), Given("pass", has_note=True), "photo"),
        (Step(photo_required=True), Given("pass", has_photo=True), ""),
        (Step(photo_required=True), Given("na"), ""),
        (Step(kind=StepKind.PHOTO), Given("pass"), "photo"),
        (Step(proof_required=True), Given("pass"), "proof"),
        (Step(proof_required=True), Given("pass", has_note=True), ""),
        (Step(proof_required=True), Given("warn", has_photo=True), ""),
        (Step(proof_required=True), Given("na"), ""),
    ],
)
def test_what_a_step_lacks(step: Step, answer: Given | None, missing: str) -> None:
    assert lacks(step, answer) == missing
