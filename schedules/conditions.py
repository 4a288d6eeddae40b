"""Which steps of a checklist are asked, and what each still lacks. Pure: answers come as values.

Shared by the checklist of one work order and the counts of many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from schedules.enums import Outcome, Records, Scope, StepKind

if TYPE_CHECKING:
    from schedules.models import Step

# By the step's key and its asset (0 = done once).
Place = tuple[str, int]


class Given(NamedTuple):
    """The answer that stands at a step."""

    outcome: str
    text: str = ""
    has_note: bool = False
    has_photo: bool = False


def is_asked(
    step: Step, target_id: int, steps: Mapping[str, Step], given: Mapping[Place, Given], *, knows_lease: bool
) -> bool:
    """Whether the step is asked for that target, after what was chosen before.

    A step behind a choice is asked once the choice was answered so, and is itself asked. One that
    asks for the lease time is not where the change or the site says it, unless it was answered.
    """
    if step.records == Records.LEASE_HOURS and knows_lease and (step.key, target_id) not in given:
        return False
    seen = {step.key}
    while step.only_if:
        choice = steps.get(step.only_if["step"])
        if choice is None or choice.key in seen or not _was_chosen(step, choice, target_id, given):
            return False
        seen.add(choice.key)
        step = choice
    return True


def _was_chosen(step: Step, choice: Step, target_id: int, given: Mapping[Place, Given]) -> bool:
    answer = given.get((choice.key, target_id if choice.scope == Scope.ASSET else 0))
    if answer is None or answer.outcome == Outcome.NOT_APPLICABLE:
        return False
    return answer.text in step.only_if["value"]


def lacks(step: Step, answer: Given | None) -> str:
    """`answer`, `photo`, `proof` (a photo or a note), or nothing; of a step that is asked."""
    if answer is None:
        return "answer" if step.required else ""
    if answer.outcome == Outcome.NOT_APPLICABLE or answer.has_photo:
        return ""
    if step.photo_required or step.kind == StepKind.PHOTO:
        return "photo"
    return "proof" if step.proof_required and not answer.has_note else ""
