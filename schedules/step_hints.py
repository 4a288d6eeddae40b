"""What the register knows beside a step: releases to choose from, what one repairs, who pays for a part."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.coverage import CoverageDecision
from contracts.entitlement import entitlement_of
from contracts.enums import Decision, WorkKind
from contracts.models import PartUsed, Release
from schedules.checklist import Checklist, ChecklistStep
from schedules.enums import Records, StepKind
from schedules.held import visit_holding

NEWEST = 20  # releases to choose from


@dataclass(frozen=True)
class Hint:
    """Of one step; empty where it has none."""

    releases: list[str] = field(default_factory=list)  # versions, the newest first
    repairs: str = ""  # what the catalogue says of the release that the change names
    coverage: CoverageDecision | None = None  # of the part that belongs to the answer
    parts: list[PartUsed] = field(default_factory=list)  # those recorded at this asset for this work

    @property
    def coverage_words(self) -> str:
        return str(Decision(self.coverage.decision).label) if self.coverage else ""


NOTHING = Hint()


def hints_of(checklist: Checklist, *, now: datetime) -> dict[tuple[str, int], Hint]:
    """By the step's key and target; no query for checklists without such steps."""
    asked = [item for item in checklist.asked if item.asset]
    hints = _of_releases(checklist, [item for item in asked if _names_release(item)])
    for item in asked:
        if item.step.records == Records.VOICEMAIL_CAPACITY and item.answer and item.answer.value is not None:
            hints[item.place] = _of_part(checklist, item, now)
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


def _of_part(checklist: Checklist, item: ChecklistStep, now: datetime) -> Hint:
    order = checklist.work_order
    on = now.astimezone(ZoneInfo(order.site.timezone)).date()
    entitled = entitlement_of(site=order.site, asset=item.asset, work_kind=WorkKind.PARTS, on=on)
    visit = visit_holding(order)
    sources = [order.number, *([visit.number] if visit else [])]
    parts = PartUsed.objects.filter(asset=item.asset, source__in=sources).order_by("used_at", "pk")
    return Hint(coverage=entitled.decision, parts=list(parts))
