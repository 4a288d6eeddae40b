"""What the register knows beside a step: releases to choose from, what one repairs, parts that were used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from contracts.models import PartUsed, Release
from schedules.checklist import Checklist, ChecklistStep
from schedules.enums import Records, StepKind
from schedules.models import VisitWork

NEWEST = 20  # releases to choose from


@dataclass(frozen=True)
class Hint:
    """Of one step; empty where it has none."""

    releases: list[str] = field(default_factory=list)  # versions, the newest first
    repairs: str = ""  # what the catalogue says of the release that the change names
    wants_part: bool = False  # the answer says that something was built in
    parts: list[PartUsed] = field(default_factory=list)  # those recorded at this asset for this work


NOTHING = Hint()


def hints_of(checklist: Checklist) -> dict[tuple[str, int], Hint]:
    """By the step's key and target; no query for checklists without such steps."""
    asked = [item for item in checklist.asked if item.asset]
    hints = _of_releases(checklist, [item for item in asked if _names_release(item)])
    for item in asked:
        if item.step.records == Records.VOICEMAIL_CAPACITY and item.answer and item.answer.value is not None:
            hints[item.place] = _of_part(checklist, item)
    return hints


def _names_release(item: ChecklistStep) -> bool:
    return item.step.kind == StepKind.VERSION or item.step.records == Records.RELEASE_FIXES


def _of_releases(checklist: Checklist, items: list[ChecklistStep]) -> dict[tuple[str, int], Hint]:
    if not items:
        return {}
    known: dict[int, list[Release]] = defaultdict(list)
    for release in Release.objects.filter(product__in={item.asset.product_id for item in items if item.asset}):
        known[release.product_id].append(release)
    wanted = str(checklist.event.details.get("to_release", "")).lower() if checklist.event else ""
    found = {}
    for item in items:
        releases = known[item.asset.product_id] if item.asset else []
        repairs = next((release.fixes for release in releases if release.version.lower() == wanted), "")
        found[item.place] = Hint([release.version for release in releases[:NEWEST]], repairs)
    return found


def _of_part(checklist: Checklist, item: ChecklistStep) -> Hint:
    order = checklist.work_order
    visits = VisitWork.objects.filter(work_order=order.pk).annotate(
        number=Concat(Value("V-"), Cast("visit", CharField()), output_field=CharField())
    )
    counted = Q(source=order.number) | Q(source__in=visits.values("number"))
    parts = PartUsed.objects.filter(counted, asset=item.asset).order_by("used_at", "pk")
    return Hint(wants_part=True, parts=list(parts))
