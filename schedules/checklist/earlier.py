"""What was found the time before: beside a reading the last value, beside other steps the last answer."""

from __future__ import annotations

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from schedules.checklist.parts import ORDER_TARGET, ChecklistStep, Previous
from schedules.enums import StepKind
from schedules.models import Answer, Reading, WorkOrder


def fill_previous(rows: list[ChecklistStep], work_order: WorkOrder, asset_ids: list[int]) -> None:
    """The last value of the metric, or else of the step, from before this work."""
    readings = _previous_readings(rows, work_order, asset_ids)
    answers = _previous_answers(work_order, asset_ids)
    for row in rows:
        if row.asset is None:
            continue
        if row.step.metric:
            row.previous = readings.get((row.asset.pk, row.step.metric))
        else:
            row.previous = answers.get((row.asset.pk, row.step.key))


def _previous_readings(
    rows: list[ChecklistStep], work_order: WorkOrder, asset_ids: list[int]
) -> dict[tuple[int, str], Previous]:
    metrics = {row.step.metric for row in rows if row.step.metric}
    if not metrics:
        return {}
    newest = Window(RowNumber(), partition_by=["asset", "metric"], order_by=[F("taken_at").desc(), F("pk").desc()])
    found = (
        Reading.objects.filter(asset__in=asset_ids, metric__in=metrics)
        .exclude(answer__target__work_order=work_order.pk)
        .annotate(rank=newest)
        .filter(rank=1)
    )
    if work_order.closed_at:
        found = found.filter(taken_at__lt=work_order.closed_at)
    return {(row.asset_id, row.metric): Previous(row.value, "", "", row.taken_at) for row in found}


def _previous_answers(work_order: WorkOrder, asset_ids: list[int]) -> dict[tuple[int, str], Previous]:
    newest = Window(
        RowNumber(), partition_by=["target__asset", "step__key"], order_by=[F("made_at").desc(), F("pk").desc()]
    )
    found = Answer.objects.filter(
        target__asset__in=asset_ids, step__version__procedure=work_order.procedure_version.procedure_id
    ).exclude(target__work_order=work_order.pk)
    if work_order.closed_at:
        found = found.filter(made_at__lt=work_order.closed_at)
    ranked = found.select_related("target", "step").annotate(rank=newest).filter(rank=1)
    return {
        (row.target.asset_id or ORDER_TARGET, row.step.key): Previous(row.value, row.outcome, _words(row), row.made_at)
        for row in ranked
    }


def _words(answer: Answer) -> str:
    """Without where a backup lies: customers read what stands beside their tasks and in reports."""
    return "" if answer.step.kind == StepKind.BACKUP else answer.text
