"""How far the checklists of many work orders are: what `checklist_of` says of one, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Asset
from schedules.checklist import Missing, applies
from schedules.enums import Outcome, Phase, StepKind, VersionState
from schedules.models import Answer, AnswerPhoto, Step, Target, WorkOrder
from schedules.prospective import prospective_assets_of


@dataclass(frozen=True)
class Progress:
    """Of one work order, or of several added up. Steps that cannot be done any more do not count."""

    total: int = 0
    answered: int = 0
    failed: int = 0
    missing: tuple[Missing, ...] = ()

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            self.total + other.total,
            self.answered + other.answered,
            self.failed + other.failed,
            self.missing + other.missing,
        )

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Progress:
        return sum(parts, Progress())

    @property
    def photos_missing(self) -> int:
        return sum(missing.what == "photo" for missing in self.missing)

    @property
    def is_complete(self) -> bool:
        """Whether nothing required is open."""
        return not self.missing

    @property
    def words(self) -> list[str]:
        return progress_words(self.answered, self.total, self.photos_missing, self.failed)


def progress_words(answered: int, total: int, photos: int, failed: int) -> list[str]:
    """ "17 of 24" and what else has to be known at a glance."""
    words = [_("%(done)d of %(all)d") % {"done": answered, "all": total}]
    if photos:
        words.append(ngettext("%(n)d needs a photo", "%(n)d need a photo", photos) % {"n": photos})
    if failed:
        words.append(ngettext("%(n)d failed", "%(n)d failed", failed) % {"n": failed})
    return words


class Answered(NamedTuple):
    outcome: str
    has_photo: bool


@dataclass
class _Facts:
    """What the queries brought, by work order."""

    steps: dict[int, list[Step]]
    assets: dict[int, list[Asset | None]]
    answers: dict[tuple[int, int, int | None], Answered] = field(default_factory=dict)


def progress_of(orders: Collection[WorkOrder], *, now: datetime) -> dict[int, Progress]:
    """By work order; at most five queries. They come with their site and procedure_version__procedure."""
    if not orders:
        return {}
    facts = _Facts(_steps(orders), _assets(orders, now), _answers(orders))
    return {order.pk: _progress(order, facts) for order in orders}


def _progress(order: WorkOrder, facts: _Facts) -> Progress:
    progress = Progress()
    for asset in facts.assets[order.pk]:
        for step in facts.steps[order.pk]:
            is_impossible = step.phase == Phase.BEFORE and order.before_impossible
            if applies(step, asset) and not is_impossible:
                answer = facts.answers.get((order.pk, step.pk, asset.pk if asset else None))
                progress += _of_step(step, asset, answer)
    return progress


def _of_step(step: Step, asset: Asset | None, answer: Answered | None) -> Progress:
    if answer is None:
        missing = (Missing(step, asset, "answer"),) if step.required else ()
        return Progress(total=1, missing=missing)
    wants_photo = step.photo_required or step.kind == StepKind.PHOTO
    without = wants_photo and not answer.has_photo and answer.outcome != Outcome.NOT_APPLICABLE
    return Progress(
        total=1,
        answered=1,
        failed=int(answer.outcome == Outcome.FAIL),
        missing=(Missing(step, asset, "photo"),) if without else (),
    )


def _steps(orders: Collection[WorkOrder]) -> dict[int, list[Step]]:
    """The steps of the version that each is done by: fixed once it began, until then the published one."""
    procedures = {order.procedure_version.procedure_id for order in orders}
    versions = {order.procedure_version_id for order in orders}
    published = Q(version__procedure__in=procedures, version__state=VersionState.PUBLISHED)
    found: dict[int, list[Step]] = defaultdict(list)
    newest: dict[int, int] = {}
    for step in Step.objects.filter(published | Q(version__in=versions)).select_related("version").order_by("position"):
        found[step.version_id].append(step)
        if step.version.state == VersionState.PUBLISHED:
            newest[step.version.procedure_id] = step.version_id
    return {order.pk: found[_version_of(order, newest)] for order in orders}


def _version_of(order: WorkOrder, newest: dict[int, int]) -> int:
    is_fixed = order.started_at is not None or not order.is_open
    return order.procedure_version_id if is_fixed else newest.get(_procedure_of(order), order.procedure_version_id)


def _procedure_of(order: WorkOrder) -> int:
    return order.procedure_version.procedure_id


def _assets(orders: Collection[WorkOrder], now: datetime) -> dict[int, list[Asset | None]]:
    """What the steps apply to, by tag; last None, which stands for the order itself."""
    begun: dict[int, list[Asset]] = defaultdict(list)
    started = {order.pk for order in orders if order.started_at is not None}
    for target in Target.objects.filter(work_order__in=started).select_related("asset__product").order_by("asset__tag"):
        if target.asset:
            begun[target.work_order_id].append(target.asset)
    waiting = [order for order in orders if order.pk not in started and order.is_open]
    expected = prospective_assets_of(waiting, now=now)
    return {order.pk: [*begun[order.pk], *expected.get(order.pk, []), None] for order in orders}


def _answers(orders: Collection[WorkOrder]) -> dict[tuple[int, int, int | None], Answered]:
    """The answer that stands, by work order, step and asset."""
    photos = AnswerPhoto.objects.filter(target=OuterRef("target"), step=OuterRef("step"))
    rows = Answer.objects.filter(target__work_order__in=[order.pk for order in orders])
    ordered = rows.annotate(has_photo=Exists(photos)).order_by("made_at", "pk")
    values = ordered.values_list("target__work_order", "step", "target__asset", "outcome", "has_photo")
    return {(order, step, asset): Answered(outcome, has_photo) for order, step, asset, outcome, has_photo in values}
