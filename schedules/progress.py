"""How far the checklists of many work orders are: what `checklist_of` says of one, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Asset
from schedules.checklist import ORDER_TARGET, Missing, applies
from schedules.conditions import Given, Place, is_asked, lacks
from schedules.enums import Outcome, Phase, Records, VersionState
from schedules.models import Answer, AnswerPhoto, ChangeEvent, Step, Target, WorkOrder
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
        """Photos, and proofs that a photo can be."""
        return sum(missing.what in ("photo", "proof") for missing in self.missing)

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


@dataclass
class _Facts:
    """What the queries brought, by work order."""

    steps: dict[int, list[Step]]
    assets: dict[int, list[Asset | None]]
    given: dict[int, dict[Place, Given]]
    know_lease: set[int]  # the work orders of which the DHCP lease time is known


def progress_of(orders: Collection[WorkOrder], *, now: datetime) -> dict[int, Progress]:
    """By work order; at most six queries. They come with their site and procedure_version__procedure."""
    if not orders:
        return {}
    steps = _steps(orders)
    facts = _Facts(steps, _assets(orders, now), _answers(orders), _lease_known(orders, steps))
    return {order.pk: _progress(order, facts) for order in orders}


def _progress(order: WorkOrder, facts: _Facts) -> Progress:
    progress = Progress()
    steps, given = facts.steps[order.pk], facts.given[order.pk]
    by_key = {step.key: step for step in steps}
    for asset in facts.assets[order.pk]:
        target = asset.pk if asset else ORDER_TARGET
        for step in steps:
            is_impossible = step.phase == Phase.BEFORE and order.before_impossible
            if is_impossible or not applies(step, asset):
                continue
            if is_asked(step, target, by_key, given, knows_lease=order.pk in facts.know_lease):
                progress += _of_step(step, asset, given.get((step.key, target)))
    return progress


def _of_step(step: Step, asset: Asset | None, answer: Given | None) -> Progress:
    what = lacks(step, answer)
    return Progress(
        total=1,
        answered=int(answer is not None),
        failed=int(answer is not None and answer.outcome == Outcome.FAIL),
        missing=(Missing(step, asset, what),) if what else (),
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


def _answers(orders: Collection[WorkOrder]) -> dict[int, dict[Place, Given]]:
    """The answers that stand, by work order."""
    photos = AnswerPhoto.objects.filter(target=OuterRef("target"), step=OuterRef("step"))
    rows = Answer.objects.filter(target__work_order__in=[order.pk for order in orders])
    ordered = rows.annotate(has_photo=Exists(photos)).order_by("made_at", "pk")
    found: dict[int, dict[Place, Given]] = defaultdict(dict)
    names = ("target__work_order", "step__key", "target__asset", "outcome", "text", "note", "has_photo")
    for order, key, asset, outcome, text, note, has_photo in ordered.values_list(*names):
        found[order][key, asset or ORDER_TARGET] = Given(outcome, text, bool(note), has_photo)
    return found


def _lease_known(orders: Collection[WorkOrder], steps: dict[int, list[Step]]) -> set[int]:
    """Those whose site or change says how long phones keep an address; looked at where a step asks for it."""
    asking = {order.pk for order in orders if any(step.records == Records.LEASE_HOURS for step in steps[order.pk])}
    known = {order.pk for order in orders if order.pk in asking and order.site.dhcp_lease_hours is not None}
    if asking - known:
        events = ChangeEvent.objects.filter(firings__work_order__in=asking - known, details__has_key="lease_hours")
        known |= set(events.values_list("firings__work_order", flat=True))
    return known
