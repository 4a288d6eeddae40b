"""What was found at each step of a visit's work, as the report says it."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.formats import date_format

from schedules.answer_words import answer_words, found_words, limits_in_words, previous_words, size_words
from schedules.checklist import ChecklistStep, checklist_of
from schedules.enums import INTERNAL_KINDS, ItemOutcome, Outcome, StepKind
from schedules.models import Answer, Step, Visit, VisitWork

Content = dict[str, Any]
WRONG = (Outcome.FAIL, Outcome.WARN)


def work_in(visit: Visit, *, now: datetime) -> list[Content]:
    """The work that was done in the visit, and of what was carried over the steps that were answered."""
    items = visit.work.exclude(outcome__in=[ItemOutcome.REMOVED, ItemOutcome.PENDING])
    related = ("work_order__site", "work_order__contract", "work_order__procedure_version__procedure")
    found = [_work(item, now) for item in items.select_related(*related)]
    return [one for one in found if one["outcome"] == ItemOutcome.DONE or one["targets"]]


def _work(item: VisitWork, now: datetime) -> Content:
    order = item.work_order
    answered = [step for step in checklist_of(order, now=now).steps if step.answer is not None or step.photos]
    return {
        "number": order.number,
        "name": order.procedure_version.procedure.name,
        "is_opening": item.is_opening,
        "outcome": item.outcome,
        "outcome_words": item.get_outcome_display(),
        "contract": order.contract.number if order.contract else "",
        "decision": order.coverage_decision,
        "decision_words": order.get_coverage_decision_display(),
        "coverage": order.coverage_sentence,
        "targets": [_target(list(steps)) for _key, steps in groupby(answered, key=lambda step: step.target_id)],
    }


def _target(steps: list[ChecklistStep]) -> Content:
    """The steps of one asset, or those done once for the site (no tag then)."""
    asset = steps[0].asset
    about = {"tag": asset.tag if asset else "", "name": asset.name if asset else ""}
    return about | {"steps": [_step(step) for step in steps]}


def _step(item: ChecklistStep) -> Content:
    answer, previous = item.answer, item.previous
    ticket = answer.ticket if answer else None
    return {
        "title": item.step.title,
        "kind": item.step.kind,
        "outcome": answer.outcome if answer else "",
        "outcome_words": found_words(answer) if answer else "",
        "value": _value(item.step, answer) if answer else "",
        "previous": "" if item.step.kind in INTERNAL_KINDS else previous_words(item.step, previous),
        "previous_on": date_format(previous.at, "j M Y") if previous else "",
        "limits": limits_in_words(item),
        "note": answer.note if answer and answer.outcome in WRONG else "",
        "ticket": {"number": ticket.number, "summary": ticket.summary} if ticket else None,
        "photos": [{"uuid": str(photo.file.uuid), "sha256": photo.file.sha256} for photo in item.photos],
    }


def _value(step: Step, answer: Answer) -> str:
    """What was entered; of a backup its size alone, and nothing of what staff wrote down for themselves."""
    if step.kind == StepKind.BACKUP:
        return size_words(answer.value) if answer.outcome != Outcome.NOT_APPLICABLE else ""
    return "" if step.kind in INTERNAL_KINDS else answer_words(step, answer)


def troubles_in(work: list[Content]) -> list[Content]:
    """What failed, then what needs watching."""
    found = [
        {
            "tag": target["tag"],
            "asset": target["name"],
            "work": one["name"],
            **{key: step[key] for key in ("title", "outcome", "outcome_words", "value", "limits", "note", "ticket")},
        }
        for one in work
        for target in one["targets"]
        for step in target["steps"]
        if step["outcome"] in WRONG
    ]
    return sorted(found, key=lambda trouble: WRONG.index(trouble["outcome"]))


def readings_in(work: list[Content]) -> list[Content]:
    """The figures that were measured, beside those of the time before."""
    keys = ("title", "value", "previous", "previous_on", "limits", "outcome", "outcome_words")
    return [
        {"tag": target["tag"], **{key: step[key] for key in keys}}
        for one in work
        for target in one["targets"]
        for step in target["steps"]
        if step["kind"] == StepKind.READING and step["value"]
    ]
