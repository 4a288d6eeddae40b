"""How the demo's people answer their checklists: mostly well, now and then not."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contracts.enums import Frequency
from portal.accounts.models import User
from portal.demo.measures import figure
from schedules.actions import Entry, add_photo, answer_and_complete, complete_work, record_answers
from schedules.actions.answer_ticket import open_ticket_from_answer
from schedules.checklist import ChecklistStep, checklist_of
from schedules.enums import Outcome, Phase, Records, StepKind
from schedules.models import Answer, WorkOrder
from tickets.models import Ticket

FAILS = 0.008  # share of checks that find a fault, of those that ever do
# What goes wrong, by the key of the step that finds it; others pass.
FAULTS: dict[str, tuple[str, ...]] = {
    "devices-connected": (
        "The phone at the reception desk does not register.",
        "Two handsets in the back office are offline.",
        "The conference phone has no connection since the weekend.",
    ),
    "lines-in-service": (
        "Line 3 shows out of service since last night.",
        "One of the two trunks is down; calls go over the other one.",
    ),
    "no-fault-shown": (
        "A warning that the disk is nearly full; old log files take the room.",
        "The fan of the base unit is reported as too slow.",
    ),
    "clock-right": ("The clock is four minutes slow.",),
    "no-mailbox-full": ("The mailbox of the service desk is full; callers hear that they cannot leave a message.",),
    "no-unexplained-restart": ("A restart on Sunday night that nobody ordered.",),
    "backup-job-logged": ("The backup job has ended with an error twice this month.",),
    "backup-server-saved": ("The server with the backups was left out of its own backup since spring.",),
    "switch-ports-clean": ("Port 11 counts errors; its cable looks squeezed.",),
    "users-asked": ("Two people at the counter hear short gaps now and then.",),
    "fax": ("Outgoing pages arrive cut off; incoming ones are fine.",),
    "caller-id": ("Called parties see the old main number.",),
}
TEXTS: dict[str, str] = {
    "order-confirmed": "Order confirmed by both providers; numbers move at nine.",
    "findings": "Nothing new: known warnings of the power supply, as last month.",
    "release-notes-read": "Repairs lost registrations after a power cut, and one-way sound on transfer.",
    "newest-release": "The installed release is the newest one that the maker supports.",
    "busy-hour-chosen": "10:00 to 11:00; switch port of the base unit, uplink, phone in the farthest room.",
    "what-was-changed": "Users, their mailboxes and ring groups as listed in the order.",
    "mail-settings-noted": "Old server, port 587 with TLS, sender telephony@; kept in the site's folder.",
    "use-examined": "Three shared mailboxes hold two thirds of all minutes; old messages are never deleted.",
}
PROOF = "Arrived at reception@ within two minutes, from the phone system's own address."
SAME_EVERY_TIME = {Frequency.DAILY, Frequency.WEEKLY}  # whose checklists need no second look while they are answered
MOVES_LIMITS = "voicemail-storage"  # the procedure that writes down another capacity
BEFORE_THE_CHANGE = (Phase.BEFORE.value,)


class Answering:
    """Answers work orders; repeatable from its random source."""

    def __init__(
        self, rng: Random, *, first: datetime, last: datetime, on_ticket: Callable[[Ticket, datetime], None]
    ) -> None:
        self.rng = rng
        self.on_ticket = on_ticket  # told of each ticket that a failed step opened
        self.first = first
        self.last = last
        self._seen: dict[int, list[ChecklistStep]] = {}  # by schedule

    def whole(self, order: WorkOrder, *, by: User, at: datetime) -> None:
        """Answer everything in order, then complete the work at `at`."""
        steps = self._plain_steps(order, at)
        if steps is None:
            self.steps(order, by=by, at=at)
            complete_work(work_order=order, finished_at=at, by=by, now=at)
            if order.procedure_version.procedure.slug == MOVES_LIMITS:
                self._seen.clear()
            return
        entries = [self._entry(item, at) for item in steps]
        answer_and_complete(work_order=order, entries=entries, finished_at=at, by=by, now=at)
        if any(entry.outcome == Outcome.FAIL for entry in entries):
            self._open_tickets(Answer.objects.filter(target__work_order=order, outcome=Outcome.FAIL), by, at)

    def steps(
        self, order: WorkOrder, *, by: User, at: datetime, phases: tuple[str, ...] = (), at_most: int | None = None
    ) -> None:
        """Answer the steps of these phases (none named = of all), the first `at_most` of them."""
        again = True
        while again:
            group, again = self._next(order, at, phases, at_most)
            if group:
                self._answer(order, group, by, at)

    def _plain_steps(self, order: WorkOrder, at: datetime) -> list[ChecklistStep] | None:
        """All steps of untouched work that can be answered in one go; None where one may hang on another."""
        if order.schedule is None or order.schedule.frequency not in SAME_EVERY_TIME or order.started_at:
            return None
        steps = self._seen.get(order.schedule.pk)
        if steps is None:
            steps = checklist_of(order, now=at, with_previous=False).steps
            self._seen[order.schedule.pk] = steps
        return steps

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
        answers = record_answers(work_order=order, entries=entries, by=by, now=at)
        self._open_tickets((answer for answer in answers if answer.outcome == Outcome.FAIL), by, at)
        for item in items:
            if _wants_photo(item):
                add_photo(
                    work_order=order, step_key=item.key, asset_id=_asset_id(item), upload=self._photo(), by=by, now=at
                )

    def _open_tickets(self, failed: Any, by: User, at: datetime) -> None:
        for answer in failed:
            if self.rng.random() < 0.5:
                self.on_ticket(open_ticket_from_answer(answer=answer, by=by, now=at), at)

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
                return {"text": TEXTS.get(item.key, "Looked at and written down; nothing unusual.")}
            case StepKind.VERSION:
                return {"text": self._release(item)}
            case StepKind.BACKUP:
                return self._backup(item, at)
            case _:
                return self._check(item)

    def _check(self, item: ChecklistStep) -> dict[str, Any]:
        if item.key in FAULTS and self.rng.random() < FAILS:
            return {"outcome": Outcome.FAIL, "note": self.rng.choice(FAULTS[item.key])}
        return {"outcome": Outcome.PASS, "note": PROOF if item.step.proof_required else ""}

    def _backup(self, item: ChecklistStep, at: datetime) -> dict[str, Any]:
        """A file that grows a little over the year."""
        size = 180_000_000 * (1 + 0.3 * self._passed(at)) * self.rng.uniform(0.97, 1.03)
        name = item.asset.tag if item.asset else "site"
        return {"text": f"nas/backups/{name}/{at:%Y-%m-%d}.bak", "value": float(math.floor(size))}

    def _reading(self, item: ChecklistStep, at: datetime) -> dict[str, Any]:
        value = self._figure(item, at)
        odd = item.limits.judge(value) in {Outcome.FAIL, Outcome.WARN} or item.is_worse_than_usual(value)
        return {"value": value, "note": "Other than what is usual here; watched closely." if odd else ""}

    def _figure(self, item: ChecklistStep, at: datetime) -> float:
        """What the site's course gives, inside what is possible."""
        if not item.step.metric:
            return self._count(item)
        users = item.asset.users_count if item.asset else None
        tag = item.asset.tag if item.asset else ""
        value = figure(tag, item.step.metric, users=users, at=at, passed=self._passed(at), rng=self.rng)
        low = item.limits.minimum if item.limits.minimum is not None else value
        high = item.limits.maximum if item.limits.maximum is not None else value
        return min(max(value, low), high)

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
