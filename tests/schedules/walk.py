"""Walks a checklist as a technician would: every step that is asked, in its order, until nothing is left."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from portal.accounts.models import User
from schedules.actions import add_photo, complete_work, load_programme, record_answer, record_change
from schedules.checklist import Checklist, ChecklistStep, checklist_of
from schedules.enums import Phase, StepKind
from schedules.models import ChangeEvent, WorkOrder
from tests.schedules.conftest import NOW, World

PROOF = "Arrived at 10:12 in the inbox"


def change(world: World, kind: str, *, on_asset: bool, now: datetime = NOW, **values: Any) -> ChangeEvent:
    """The event, once the shipped programme is loaded."""
    load_programme(now=NOW)
    place: dict[str, Any] = {"asset": world.asset} if on_asset else {"site": world.site}
    return record_change(kind=kind, **place, **{"occurs_at": now, "details": {}, "by": None, "now": now} | values)


class Walk:
    """One checklist; the clock moves on by a minute with each answer."""

    def __init__(self, event: ChangeEvent, by: User, now: datetime = NOW, **answers: dict[str, Any]) -> None:
        self.event = event
        self.order: WorkOrder = event.firings.get(follow_up_day=0).work_order
        self.by, self.now = by, now
        self.answers = {key.replace("_", "-"): values for key, values in answers.items()}

    @property
    def checklist(self) -> Checklist:
        order = WorkOrder.objects.select_related("site", "procedure_version__procedure").get(pk=self.order.pk)
        return checklist_of(order, now=self.now)

    def keys(self, phase: str) -> list[str]:
        return [item.key for item in self.checklist.asked if item.step.phase == phase]

    def step(self, key: str) -> ChecklistStep:
        return next(item for item in self.checklist.steps if item.key == key)

    def answer(self, key: str, **values: Any) -> None:
        self.now += timedelta(minutes=1)
        item = self.step(key)
        asset_id = item.asset.pk if item.asset else None
        record_answer(
            work_order=self.order,
            step_key=key,
            asset_id=asset_id,
            by=self.by,
            now=self.now,
            **self._usual(item) | values,
        )
        if item.step.photo_required or item.step.kind == StepKind.PHOTO:
            self.photo(key)

    def photo(self, key: str) -> None:
        content = io.BytesIO()
        Image.new("RGB", (8, 8)).save(content, "JPEG")
        item = self.step(key)
        add_photo(
            work_order=self.order,
            step_key=key,
            asset_id=item.asset.pk if item.asset else None,
            upload=SimpleUploadedFile("x.jpg", content.getvalue()),
            by=self.by,
            now=self.now,
        )

    def through(self, *phases: Phase) -> None:
        """Answer all that these phases ask, also what their own answers bring up."""
        while todo := [item for item in self._possible() if item.step.phase in phases and item.answer is None]:
            self.answer(todo[0].key)

    def _possible(self) -> list[ChecklistStep]:
        return [item for phase in self.checklist.phases if not phase.impossible for item in phase.asked]

    def complete(self) -> WorkOrder:
        self.through(*Phase)
        return complete_work(work_order=self.order, finished_at=self.now, by=self.by, now=self.now)

    def _usual(self, item: ChecklistStep) -> dict[str, Any]:
        if item.key in self.answers:
            return self.answers[item.key]
        match item.step.kind:
            case StepKind.READING:
                return {"value": float({"MOS": 4.4, "min": 400, "users": 20, "phones": 20, "h": 24}[item.step.unit])}
            case StepKind.CHOICE:
                return {"text": item.step.choices[0]["value"]}
            case StepKind.TEXT:
                return {"text": "Written down"}
            case StepKind.VERSION:
                return {"text": "2.1"}
            case StepKind.BACKUP:
                return {"text": f"nas/{self.now:%H%M}.bak"}
            case _:
                return {"outcome": "pass", "note": PROOF if item.step.proof_required else ""}
