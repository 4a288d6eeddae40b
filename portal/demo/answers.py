"""How the demo's technicians answer their checklists: mostly well, now and then not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from portal.accounts.models import User
from schedules.actions import Entry, add_photo, complete_work, record_answers
from schedules.actions.answer_ticket import open_ticket_from_answer
from schedules.checklist import ChecklistStep, checklist_of
from schedules.enums import Metric, Outcome, Phase, Records, StepKind
from schedules.models import WorkOrder
from tickets.models import Ticket

FAILS = 0.015  # share of checks that find a fault
FAULTS = (
    "The phone at the reception desk does not register.",
    "Line 3 shows out of service since last night.",
    "The disk is nearly full; old log files take the room.",
    "The clock is four minutes slow.",
    "Two handsets in the back office are offline.",
)
PROOF = "Arrived at reception@ within two minutes, from the phone system's own address."
# Where a site's figures stand on the first day, and where they drift until the last.
DRIFTS: dict[tuple[str, str], tuple[float, float]] = {
    ("HLM-PBX-1", Metric.VOICEMAIL_MINUTES): (560, 890),  # filling up
    ("BAL-PBX-1", Metric.CALL_QUALITY_MOS): (4.3, 3.7),  # getting worse
}
USUAL: dict[str, tuple[float, float]] = {
    Metric.VOICEMAIL_MINUTES: (260, 340),
    Metric.USERS: (20, 20),
    Metric.CALL_QUALITY_MOS: (4.25, 4.2),
    Metric.NETWORK_UTILISATION: (31, 36),
    Metric.JITTER_MS: (8, 9),
    Metric.PACKET_LOSS: (0.2, 0.3),
    Metric.LATENCY_MS: (42, 45),
    Metric.LOG_ERRORS: (0, 0),
    Metric.LOG_WARNINGS: (12, 16),
    Metric.LOG_ACTIONS: (0, 0),
}


class Answering:
    """Answers work orders; repeatable from its random source."""

    def __init__(
        self, rng: Random, *, first: datetime, last: datetime, on_ticket: Callable[[Ticket, datetime], None]
    ) -> None:
        self.rng = rng
        self.on_ticket = on_ticket  # told of each ticket that a failed step opened
        self.first = first
        self.last = last

    def whole(self, order: WorkOrder, *, by: User, at: datetime) -> None:
        """Answer everything in order, then complete the work at `at`."""
        self.steps(order, by=by, at=at)
        complete_work(work_order=order, finished_at=at, by=by, now=at)

    def steps(
        self, order: WorkOrder, *, by: User, at: datetime, phases: tuple[str, ...] = (), at_most: int | None = None
    ) -> None:
        """Answer the steps of these phases (none named = of all), the first `at_most` of them."""
        again = True
        while again:
            group, again = self._next(order, at, phases, at_most)
            if group:
                self._answer(order, group, by, at)

    def _next(
        self, order: WorkOrder, at: datetime, phases: tuple[str, ...], at_most: int | None
    ) -> tuple[list[ChecklistStep], bool]:
        """The open steps, up to one after which the checklist has to be looked at again; and whether there is one.

        After a choice other steps may be asked; and a phase without its photos keeps the next one locked.
        """
        checklist = checklist_of(order, now=at, with_previous=False)
        items = [item for phase in checklist.phases if not phase.impossible for item in phase.asked]
        wanted = [item for item in items if not phases or item.step.phase in phases]
        choices = {item.step.only_if["step"] for item in checklist.steps if item.step.only_if}
        group: list[ChecklistStep] = []
        for item in wanted[:at_most]:
            if item.answer is None:
                group.append(item)
                if item.key in choices or _wants_photo(item):
                    return group, at_most is None
        return group, False

    def _answer(self, order: WorkOrder, items: list[ChecklistStep], by: User, at: datetime) -> None:
        entries = [self._entry(item, at) for item in items]
        for answer in record_answers(work_order=order, entries=entries, by=by, now=at):
            if answer.outcome == Outcome.FAIL and self.rng.random() < 0.5:
                self.on_ticket(open_ticket_from_answer(answer=answer, by=by, now=at), at)
        for item in items:
            if _wants_photo(item):
                add_photo(
                    work_order=order, step_key=item.key, asset_id=_asset_id(item), upload=self._photo(), by=by, now=at
                )

    def _entry(self, item: ChecklistStep, at: datetime) -> Entry:
        made_at = at - timedelta(seconds=self.rng.randint(1, 40))
        return Entry(item.key, _asset_id(item), made_at=made_at, **self._values(item, at))

    def _values(self, item: ChecklistStep, at: datetime) -> dict[str, Any]:
        """The parts of an Entry that make a plausible answer."""
        match item.step.kind:
            case StepKind.READING:
                return self._reading(item, at)
            case StepKind.CHOICE:
                return {"text": item.step.choices[0]["value"]}
            case StepKind.TEXT:
                return {"text": "Looked at and written down; nothing unusual."}
            case StepKind.VERSION:
                return {"text": self._release(item)}
            case StepKind.BACKUP:
                return {"text": f"nas/backups/{item.asset.tag if item.asset else 'site'}/{at:%Y-%m-%d}.bak"}
            case _:
                return self._check(item)

    def _check(self, item: ChecklistStep) -> dict[str, Any]:
        if self.rng.random() < FAILS:
            return {"outcome": Outcome.FAIL, "note": self.rng.choice(FAULTS)}
        return {"outcome": Outcome.PASS, "note": PROOF if item.step.proof_required else ""}

    def _reading(self, item: ChecklistStep, at: datetime) -> dict[str, Any]:
        value = self._figure(item, at)
        outcome = item.limits.judge(value)
        note = "Above what is usual here; watched closely." if outcome in {Outcome.FAIL, Outcome.WARN} else ""
        return {"value": value, "note": note}

    def _figure(self, item: ChecklistStep, at: datetime) -> float:
        """Along the site's drift with some noise, inside what is possible."""
        tag = item.asset.tag if item.asset else ""
        if not item.step.metric:
            return self._count(item)
        start, end = DRIFTS.get((tag, item.step.metric)) or USUAL[item.step.metric]
        value = start + (end - start) * self._passed(at)
        value *= self.rng.uniform(0.98, 1.02)
        low = item.limits.minimum if item.limits.minimum is not None else value
        high = item.limits.maximum if item.limits.maximum is not None else value
        return round(min(max(value, low), high), 2 if value < 10 else 0)

    def _count(self, item: ChecklistStep) -> float:
        """A new capacity, or how many phones there are; unknown figures stay at their minimum."""
        if item.step.records == Records.VOICEMAIL_CAPACITY:
            return 2000.0
        users = item.asset.users_count if item.asset and item.step.unit == "phones" else None
        return float(users or item.limits.minimum or 0)

    def _passed(self, at: datetime) -> float:
        """How much of the demo's time lies behind, from 0 to 1."""
        return (at - self.first) / (self.last - self.first)

    def _release(self, item: ChecklistStep) -> str:
        installed = item.asset.installed_release if item.asset else None
        return installed.version if installed else "5.2.1"

    def _photo(self) -> SimpleUploadedFile:
        """A small picture of one colour."""
        content = io.BytesIO()
        colour = tuple(self.rng.randint(40, 200) for _ in range(3))
        Image.new("RGB", (320, 240), colour).save(content, "JPEG")
        return SimpleUploadedFile("rack.jpg", content.getvalue(), content_type="image/jpeg")


def _asset_id(item: ChecklistStep) -> int | None:
    return item.asset.pk if item.asset else None


def _wants_photo(item: ChecklistStep) -> bool:
    return (item.step.photo_required or item.step.kind == StepKind.PHOTO) and not item.photos


BEFORE_THE_CHANGE = (Phase.BEFORE.value,)
