"""Checks what steps of a procedure file say about each other: locks, conditions, expected figures."""

from __future__ import annotations

from portal.datafiles import Fields
from schedules.enums import Scope, StepKind
from schedules.programme_specs import StepSpec

Earlier = dict[str, StepSpec]


def check_links(source: Fields, steps: tuple[StepSpec, ...]) -> None:
    """Each names an earlier step that fits. Raises DataFileError."""
    earlier: Earlier = {}
    for step in steps:
        _check_lock(source, step, earlier)
        _check_condition(source, step, earlier)
        _check_expected(source, step, earlier)
        earlier[step.key] = step


def _check_lock(source: Fields, step: StepSpec, earlier: Earlier) -> None:
    if step.locked_until and step.locked_until not in earlier:
        raise source.error(f"steps[{step.key}].locked_until", "must name an earlier step")
    if step.locked_until and not earlier[step.locked_until].required:
        raise source.error(f"steps[{step.key}].locked_until", "must name a required step")


def _check_condition(source: Fields, step: StepSpec, earlier: Earlier) -> None:
    if step.only_if is None:
        return
    choice = earlier.get(step.only_if.step)
    if choice is None or choice.kind != StepKind.CHOICE:
        raise source.error(f"steps[{step.key}].only_if.step", "must name an earlier choice")
    if choice.scope == Scope.ASSET and step.scope == Scope.ORDER:
        raise source.error(f"steps[{step.key}].only_if.step", "is chosen for each asset, this step is done once")
    known = {choice.value for choice in choice.choices}
    if not step.only_if.value or not known.issuperset(step.only_if.value):
        raise source.error(f"steps[{step.key}].only_if.value", "must be answers of that choice")


def _check_expected(source: Fields, step: StepSpec, earlier: Earlier) -> None:
    if not step.expected_from:
        return
    reading = earlier.get(step.expected_from)
    if reading is None or (reading.kind, reading.unit, reading.scope) != (step.kind, step.unit, step.scope):
        raise source.error(f"steps[{step.key}].expected_from", "must name an earlier reading of this unit and scope")
