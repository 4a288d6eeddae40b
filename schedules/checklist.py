"""A work order as a checklist: phases, what they apply to, steps with their answers, what is missing.

The one view of the page, the API and the actions. Before the work starts it shows what the steps
would apply to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from contracts.enums import CapacityMetric
from contracts.models import Asset, AssetCapacity
from schedules.enums import PHASE_ORDER, Outcome, Phase, Scope, StepKind, VersionState
from schedules.limits import Limits
from schedules.models import Answer, AnswerPhoto, ChangeEvent, ProcedureVersion, Reading, Step, Target, WorkOrder
from schedules.prospective import prospective_assets_of

PASSED = (Outcome.PASS, Outcome.WARN)
ORDER_TARGET = 0  # stands for the asset of a step that is done once for the order


class Missing(NamedTuple):
    """What keeps the work from being completed; `what` is answer or photo."""

    step: Step
    asset: Asset | None
    what: str

    def __str__(self) -> str:
        what = _("photo for “%(step)s”") if self.what == "photo" else "“%(step)s”"
        text = what % {"step": self.step.title}
        return f"{text} ({self.asset.tag})" if self.asset else text


class Previous(NamedTuple):
    """What was found the time before."""

    value: float | None
    outcome: str  # empty where the value is a reading that no step took
    text: str
    at: datetime


@dataclass
class ChecklistStep:
    """One step for one target, with its current answer."""

    step: Step
    asset: Asset | None
    limits: Limits
    answer: Answer | None = None
    earlier: list[Answer] = field(default_factory=list)  # those it took the place of, oldest first
    photos: list[AnswerPhoto] = field(default_factory=list)
    previous: Previous | None = None
    locked_reason: str = ""  # empty = it can be answered now
    unlocks_at: datetime | None = None  # where only time has to pass

    @property
    def key(self) -> str:
        return self.step.key

    @property
    def target_id(self) -> int:
        """The asset's key, or 0 for a step done once: as the API's route has it."""
        return self.asset.pk if self.asset else ORDER_TARGET

    @property
    def missing(self) -> str:
        """`answer`, `photo` or nothing."""
        if self.answer is None:
            return "answer" if self.step.required else ""
        wanted = self.step.photo_required or self.step.kind == StepKind.PHOTO
        if wanted and not self.photos and self.answer.outcome != Outcome.NOT_APPLICABLE:
            return "photo"
        return ""


@dataclass
class ChecklistTarget:
    """The steps of one phase for one asset, or those done once (asset None)."""

    asset: Asset | None
    steps: list[ChecklistStep]


@dataclass
class ChecklistPhase:
    phase: str
    label: str
    targets: list[ChecklistTarget]
    due_at: datetime | None = None  # the phase before a change that lies ahead: when it happens
    impossible: bool = False  # before a change that was reported afterwards

    @property
    def steps(self) -> list[ChecklistStep]:
        return [step for target in self.targets for step in target.steps]

    @property
    def is_complete(self) -> bool:
        return self.impossible or not any(step.missing for step in self.steps)


@dataclass
class Checklist:
    work_order: WorkOrder
    version: ProcedureVersion
    event: ChangeEvent | None
    phases: list[ChecklistPhase]

    @property
    def steps(self) -> list[ChecklistStep]:
        return [step for phase in self.phases for step in phase.steps]

    @property
    def missing(self) -> list[Missing]:
        """What completing still needs, in the order of the checklist."""
        wanted = (step for phase in self.phases if not phase.impossible for step in phase.steps)
        return [Missing(step.step, step.asset, step.missing) for step in wanted if step.missing]

    @property
    def answered_count(self) -> int:
        return sum(step.answer is not None for step in self.steps)

    @property
    def total_count(self) -> int:
        return len(self.steps)

    def lock(self, now: datetime) -> None:
        """Say of every step why it cannot be answered at `now`, if it cannot."""
        open_phase = ""
        for phase in self.phases:
            for row in phase.steps:
                _lock_step(row, self, phase, open_phase, now)
            if not open_phase and not phase.is_complete:
                open_phase = phase.label

    def find(self, key: str, target_id: int) -> ChecklistStep | None:
        """The step of that key for that asset, 0 = done once; None where there is no such step."""
        return next((step for step in self.steps if (step.key, step.target_id) == (key, target_id)), None)


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
    """The checklist as it stands at `now`; eight queries at most, whatever its length.

    The work order comes with its site and procedure_version__procedure. Without `previous` it leaves
    out what was found the time before: actions do not look at it.
    """
    version = prospective_version(work_order)
    steps = list(version.steps.order_by("position"))
    begun = list(Target.objects.filter(work_order=work_order.pk).select_related("asset__product"))
    assets = _targets(work_order, begun, now)
    event = None if work_order.schedule_id else ChangeEvent.objects.filter(firings__work_order=work_order.pk).first()
    rows = _pair(steps, assets, _limits(steps, assets, work_order, now))
    if begun:
        _fill_answers(rows, work_order)
    if with_previous:
        _fill_previous(rows, work_order, [asset.pk for asset in assets if asset])
    phases = _phases(rows, work_order, event)
    checklist = Checklist(work_order, version, event, phases)
    checklist.lock(now)
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


def _fill_previous(rows: list[ChecklistStep], work_order: WorkOrder, asset_ids: list[int]) -> None:
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
        (row.target.asset_id or ORDER_TARGET, row.step.key): Previous(row.value, row.outcome, row.text, row.made_at)
        for row in ranked
    }


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
                    due_at=event.occurs_at if before and event and not work_order.before_impossible else None,
                    impossible=before and work_order.before_impossible,
                )
            )
    return found


def _by_target(rows: Iterable[ChecklistStep]) -> list[ChecklistTarget]:
    grouped: dict[int, ChecklistTarget] = {}
    for row in rows:
        grouped.setdefault(row.target_id, ChecklistTarget(row.asset, [])).steps.append(row)
    return list(grouped.values())


# -- locks ------------------------------------------------------------------------------------


def _lock_step(row: ChecklistStep, checklist: Checklist, phase: ChecklistPhase, open_phase: str, now: datetime) -> None:
    row.locked_reason, row.unlocks_at = "", None
    if not checklist.work_order.is_open:
        row.locked_reason = _("This work is closed.")
    elif phase.impossible:
        row.locked_reason = _("The change was reported afterwards: this was not possible any more.")
    elif open_phase:
        row.locked_reason = _("First finish “%(phase)s”.") % {"phase": open_phase}
    elif (key := _unpassed(row, checklist)) is not None:
        row.locked_reason = _("Locked until “%(step)s” has passed.") % {"step": key}
    else:
        _lock_in_time(row, checklist.event, now)


def _unpassed(row: ChecklistStep, checklist: Checklist) -> str | None:
    """The title of the step that must pass first, where it has not."""
    if not row.step.locked_until:
        return None
    for phase in checklist.phases:
        for other in phase.steps:
            concerns = other.asset is None or row.asset is None or other.asset.pk == row.asset.pk
            if phase.impossible or other.key != row.step.locked_until or not concerns:
                continue
            if other.answer is None or other.answer.outcome not in PASSED:
                return other.step.title
    return None


def _lock_in_time(row: ChecklistStep, event: ChangeEvent | None, now: datetime) -> None:
    if row.step.wait_minutes is None or event is None:
        return
    unlocks_at = event.occurs_at + timedelta(minutes=row.step.wait_minutes)
    if now < unlocks_at:
        row.unlocks_at = unlocks_at
        row.locked_reason = _("Wait %(minutes)s minutes after the change.") % {"minutes": row.step.wait_minutes}
