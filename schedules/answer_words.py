"""What was found at a step, in words: the answer, the one before it, the limits."""

from __future__ import annotations

from django.utils.translation import gettext as _

from schedules.checklist import ChecklistStep, Previous
from schedules.enums import Outcome, StepKind
from schedules.models import Answer, Step

BYTES_PER_MB = 1_000_000


def found_words(answer: Answer) -> str:
    """The outcome as a word."""
    return str(Outcome(answer.outcome).label)


def answer_words(step: Step, answer: Answer) -> str:
    """What was entered, beside the outcome."""
    if answer.outcome == Outcome.NOT_APPLICABLE:
        return ""
    if step.kind == StepKind.BACKUP:
        return ", ".join(part for part in (answer.text, size_words(answer.value)) if part)
    if answer.value is not None:
        return f"{answer.value:.12g} {step.unit}".strip()
    return dict(step.choice_labels()).get(answer.text, answer.text)


def size_words(size_bytes: float | None) -> str:
    return f"{size_bytes / BYTES_PER_MB:.4g} MB" if size_bytes is not None else ""


def previous_words(step: Step, previous: Previous | None) -> str:
    """What was found the time before; empty where nothing was."""
    if previous is None:
        return ""
    if previous.value is not None and step.kind == StepKind.BACKUP:
        return f"{previous.value / BYTES_PER_MB:.3g} MB"
    if previous.value is not None:
        return f"{previous.value:.6g} {step.unit}".strip()
    return dict(step.choice_labels()).get(previous.text, previous.text) or str(Outcome(previous.outcome).label)


def limits_in_words(item: ChecklistStep) -> str:
    """For example "Attention over 60 %, failed over 80 %"; empty without limits."""
    limits, unit = item.limits, item.step.unit
    named = [
        (_("attention under %(value)s"), limits.warn_below),
        (_("attention over %(value)s"), limits.warn_above),
        (_("failed under %(value)s"), limits.fail_below),
        (_("failed over %(value)s"), limits.fail_above),
    ]
    words = [text % {"value": f"{value:g} {unit}".strip()} for text, value in named if value is not None]
    sentence = ", ".join(words)
    return sentence[:1].upper() + sentence[1:]


def usual_words(item: ChecklistStep) -> str:
    """The asset's baseline; empty where the step does not compare with one, or there is none yet."""
    return "" if item.baseline is None else f"{item.baseline:.6g} {item.step.unit}".strip()


def change_words(item: ChecklistStep) -> str:
    """How a reading differs from the one before; empty without both."""
    answer, previous = item.answer, item.previous
    if item.step.kind != StepKind.READING or answer is None or previous is None:
        return ""
    if answer.value is None or previous.value is None:
        return ""
    difference = round(answer.value - previous.value, 6)
    if not difference:
        return _("the same as last time")
    words = _("%(n)s more than last time") if difference > 0 else _("%(n)s less than last time")
    return words % {"n": f"{abs(difference):.6g} {item.step.unit}".strip()}
