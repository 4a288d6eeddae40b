"""Whether an answer fits its step, and what it comes to. Knows the step and its limits, stores nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from portal.web.errors import DomainError
from schedules.checklist import ChecklistStep
from schedules.enums import Outcome, StepKind
from schedules.limits import ImpossibleError

TEXT_LENGTH = 2000
LOCATION_LENGTH = 500
VERSION_LENGTH = 60
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Given:
    """What was sent, before it is judged, or as it is stored."""

    outcome: str
    value: float | None
    text: str
    note: str
    sha256: str = ""


def judge(item: ChecklistStep, given: Given) -> Given:
    """The answer as it is stored. Raises DomainError at the field at fault."""
    if given.outcome and given.outcome not in Outcome.values:
        raise DomainError(_("Choose pass, attention, fail or not applicable."), attr="outcome")
    for attr, text in (("text", given.text), ("note", given.note)):
        _check_length(text, TEXT_LENGTH, attr)
    kind = StepKind(item.step.kind)
    given = normal(kind, given)
    if given.outcome == Outcome.NOT_APPLICABLE:
        return given
    judged = _JUDGES[kind](item, given)
    if judged.outcome == Outcome.FAIL and not judged.note and kind != StepKind.READING:
        raise DomainError(_("Say what is wrong."), attr="note", code="required")
    return judged


def normal(kind: StepKind, given: Given) -> Given:
    """Without what such a step does not keep."""
    if given.outcome == Outcome.NOT_APPLICABLE:
        return replace(given, value=None, text="", sha256="")
    if kind == StepKind.BACKUP:
        return replace(given, sha256=given.sha256.lower())
    return replace(given, sha256="", value=given.value if kind == StepKind.READING else None)


def _judge_check(item: ChecklistStep, given: Given) -> Given:
    if not given.outcome:
        raise DomainError(_("Choose pass, attention, fail or not applicable."), attr="outcome", code="required")
    return _passed(given)


def _judge_reading(item: ChecklistStep, given: Given) -> Given:
    value = _number(given.value)
    try:
        outcome = item.limits.judge(value)
    except ImpossibleError as error:
        raise DomainError(str(error), attr="value") from error
    if item.is_worse_than_usual(value) and not given.note:
        told = _("This is worse than usual here (%(usual)g %(unit)s). Say what may be behind it.")
        raise DomainError(told % {"usual": item.baseline, "unit": item.step.unit}, attr="note", code="required")
    return replace(given, outcome=outcome.value, value=value)


def _judge_choice(item: ChecklistStep, given: Given) -> Given:
    if given.text not in [value for value, _label in item.step.choice_labels()]:
        raise DomainError(_("Choose one of the answers."), attr="text")
    return _passed(given)


def _judge_text(item: ChecklistStep, given: Given) -> Given:
    if not given.text and given.outcome != Outcome.FAIL:
        raise DomainError(_("Write down what was found."), attr="text", code="required")
    return _passed(given)


def _judge_photo(item: ChecklistStep, given: Given) -> Given:
    return _passed(given)


def _judge_backup(item: ChecklistStep, given: Given) -> Given:
    if given.outcome == Outcome.FAIL:
        return _passed(given)
    if not given.text:
        raise DomainError(_("Say where the backup lies."), attr="text", code="required")
    _check_length(given.text, LOCATION_LENGTH, "text")
    if given.value is not None and not _is_size(given.value):
        raise DomainError(_("Give the size in whole bytes."), attr="value")
    if given.sha256 and not SHA256.fullmatch(given.sha256):
        raise DomainError(_("Give 64 hexadecimal digits."), attr="sha256")
    return _passed(given)


def _judge_version(item: ChecklistStep, given: Given) -> Given:
    _check_length(given.text, VERSION_LENGTH, "text")
    return _judge_text(item, given)


def _check_length(text: str, most: int, attr: str) -> None:
    if len(text) > most:
        raise DomainError(_("At most %(length)s characters fit.") % {"length": most}, attr=attr)


def _passed(given: Given) -> Given:
    """With the outcome pass, unless another is given."""
    return replace(given, outcome=given.outcome or Outcome.PASS.value)


def _number(value: object) -> float:
    if value is None:
        raise DomainError(_("Enter the reading."), attr="value", code="required")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DomainError(_("Enter a number."), attr="value")
    return float(value)


def _is_size(value: float) -> bool:
    return math.isfinite(value) and value >= 0 and value == int(value) and value < 2**63


_JUDGES: dict[StepKind, Callable[[ChecklistStep, Given], Given]] = {
    StepKind.CHECK: _judge_check,
    StepKind.READING: _judge_reading,
    StepKind.CHOICE: _judge_choice,
    StepKind.TEXT: _judge_text,
    StepKind.PHOTO: _judge_photo,
    StepKind.BACKUP: _judge_backup,
    StepKind.VERSION: _judge_version,
}
