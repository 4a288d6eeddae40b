"""Loads the rows of a checklist and puts them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.enums import CapacityMetric
from contracts.models import Asset, AssetCapacity
from schedules.baselines import baselines_of
from schedules.change_details import event_specs
from schedules.checklist.earlier import fill_previous
from schedules.checklist.locks import refresh
from schedules.checklist.parts import ORDER_TARGET, Checklist, ChecklistPhase, ChecklistStep, ChecklistTarget
from schedules.enums import PHASE_ORDER, Phase, Scope, VersionState
from schedules.limits import Limits
from schedules.models import Answer, AnswerPhoto, ChangeEvent, ProcedureVersion, Step, Target, WorkOrder
from schedules.prospective import prospective_assets_of

# -- what the work would apply to -------------------------------------------------------------


def prospective_version(work_order: WorkOrder) -> ProcedureVersion:
    """The version that the work is done by: fixed once it started, until then the published one."""
    version = work_order.procedure_version
    if work_order.started_at is not None or not work_order.is_open:
        return version
    published = ProcedureVersion.objects.filter(procedure=version.procedure_id, state=VersionState.PUBLISHED)
    return published.select_related("procedure").first() or version


def prospective_assets(work_order: WorkOrder, *, now: datetime) -> list[Asset]:
    """The assets that the steps would apply to if the work began now, by tag."""
    return prospective_assets_of([work_order], now=now)[work_order.pk]


# -- building it ------------------------------------------------------------------------------


def checklist_of(work_order: WorkOrder, *, now: datetime, with_previous: bool = True) -> Checklist:
    """The checklist as it stands at `now`; eight queries at most, whatever its length, and two for baselines.

    The work order comes with its site and procedure_version__procedure. Without `previous` it leaves
    out what was found the time before: actions do not look at it.
    """
    version = prospective_version(work_order)
    steps = list(version.steps.order_by("position"))
    begun = list(Target.objects.filter(work_order=work_order.pk).select_related("asset__product", "asset__site"))
    assets = _targets(work_order, begun, now)
    event = None if work_order.schedule_id else ChangeEvent.objects.filter(firings__work_order=work_order.pk).first()
    rows = _pair(steps, assets, _limits(steps, assets, work_order, now))
    _fill_baselines(rows, work_order, now)
    if begun:
        _fill_answers(rows, work_order)
    if with_previous:
        fill_previous(rows, work_order, [asset.pk for asset in assets if asset])
    phases = _phases(rows, work_order, event)
    checklist = Checklist(work_order, version, event, phases, [asset for asset in assets if asset])
    refresh(checklist, now)
    return checklist


def _targets(work_order: WorkOrder, begun: list[Target], now: datetime) -> list[Asset | None]:
    """Assets in the order of their tags; None, which stands for the order itself, comes last."""
    if not begun and work_order.is_open:
        return [*prospective_assets(work_order, now=now), None]
    fixed = (target.asset for target in begun if target.asset)
    return [*sorted(fixed, key=lambda asset: asset.tag), None]


def _pair(steps: list[Step], assets: list[Asset | None], limits: dict[tuple[int, int], Limits]) -> list[ChecklistStep]:
    """Each step with each target it applies to, target by target."""
    return [
        ChecklistStep(step, asset, limits[step.pk, asset.pk if asset else ORDER_TARGET])
        for asset in assets
        for step in steps
        if applies(step, asset)
    ]


def applies(step: Step, asset: Asset | None) -> bool:
    """Whether the step is done for that asset; None stands for the order itself."""
    if asset is None:
        return step.scope == Scope.ORDER
    return step.scope == Scope.ASSET and (not step.products or asset.product.slug in step.products)


def _limits(
    steps: list[Step], assets: list[Asset | None], work_order: WorkOrder, now: datetime
) -> dict[tuple[int, int], Limits]:
    shared = any(step.warn_above_share or step.fail_above_share for step in steps)
    at = work_order.finished_at or now
    on = at.astimezone(ZoneInfo(work_order.site.timezone)).date()
    known = capacities([asset for asset in assets if asset], on) if shared else {}
    return {
        (step.pk, asset.pk if asset else ORDER_TARGET): Limits.of_step(
            step, known.get((asset.pk, step.metric)) if asset else None
        )
        for step in steps
        for asset in assets
    }


def capacities(assets: list[Asset], on: date) -> dict[tuple[int, str], int]:
    """The capacity of each asset and metric on that day, where known; one query, as `Asset.capacity` decides."""
    found = {
        (asset.pk, CapacityMetric.VOICEMAIL_MINUTES.value): asset.product.voicemail_capacity_minutes
        for asset in assets
        if asset.product.voicemail_capacity_minutes is not None
    }
    rows = AssetCapacity.objects.filter(asset__in=assets, from_on__lte=on).order_by("from_on")
    return found | {(row.asset_id, row.metric): row.value for row in rows}


def _fill_baselines(rows: list[ChecklistStep], work_order: WorkOrder, now: datetime) -> None:
    """What was usual before this work began."""
    wanted = [row for row in rows if row.asset and row.step.worse_by is not None]
    if not wanted:
        return
    assets = {row.asset.pk: row.asset for row in wanted if row.asset}
    found = baselines_of(
        list(assets.values()), {row.step.metric for row in wanted}, before=work_order.started_at or now
    )
    for row in wanted:
        figure = found.get((row.target_id, row.step.metric))
        row.baseline = figure.value if figure else None


def _fill_answers(rows: list[ChecklistStep], work_order: WorkOrder) -> None:
    found = Answer.objects.filter(target__work_order=work_order.pk).select_related("target", "by", "ticket")
    answers: dict[tuple[int, int | None], list[Answer]] = defaultdict(list)
    for answer in found.order_by("made_at", "pk"):
        answers[answer.step_id, answer.target.asset_id].append(answer)
    photos: dict[tuple[int, int | None], list[AnswerPhoto]] = defaultdict(list)
    for photo in AnswerPhoto.objects.filter(target__work_order=work_order.pk).select_related("target", "file"):
        photos[photo.step_id, photo.target.asset_id].append(photo)
    for row in rows:
        place = (row.step.pk, row.asset.pk if row.asset else None)
        if answers[place]:
            *row.earlier, row.answer = answers[place]
        row.photos = photos[place]


def _phases(rows: list[ChecklistStep], work_order: WorkOrder, event: ChangeEvent | None) -> list[ChecklistPhase]:
    """The phases that have steps, in their order."""
    by_phase: dict[str, list[ChecklistStep]] = defaultdict(list)
    for row in rows:
        by_phase[row.step.phase].append(row)
    found = []
    for phase in PHASE_ORDER:
        if by_phase[phase]:
            before = phase == Phase.BEFORE
            found.append(
                ChecklistPhase(
                    phase=phase.value,
                    label=str(phase.label),
                    targets=_by_target(by_phase[phase]),
                    due_at=event.occurs_at if before and event and _lies_ahead(event, work_order) else None,
                    impossible=before and work_order.before_impossible,
                )
            )
    return found


def _lies_ahead(event: ChangeEvent, work_order: WorkOrder) -> bool:
    """Whether the event names an instant before which something has to be done."""
    return not work_order.before_impossible and not event_specs()[event.kind].finding


def _by_target(rows: Iterable[ChecklistStep]) -> list[ChecklistTarget]:
    grouped: dict[int, ChecklistTarget] = {}
    for row in rows:
        grouped.setdefault(row.target_id, ChecklistTarget(row.asset, [])).steps.append(row)
    return list(grouped.values())
