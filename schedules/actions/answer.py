"""What a person found is recorded; nothing is overwritten, a later answer takes an earlier one's place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.files.actions import store_image
from portal.web.errors import Conflict, DomainError
from schedules.actions.registers import Registers
from schedules.actions.work_order import CLOCK_SKEW, begin, finish, lock, lock_with_schedule, require_open
from schedules.checklist import Checklist, ChecklistStep, checklist_of, refresh
from schedules.enums import Outcome, StepKind, WorkStatus
from schedules.judging import Given, judge, normal
from schedules.models import Answer, AnswerPhoto, Target, WorkOrder


@dataclass(frozen=True)
class Entry:
    """An answer as it was given.

    `asset_id` None = a step done once. `value` is a reading in the step's unit, or a backup's size in
    bytes; `text` the choice's value, the version, the backup's location, or the words asked for;
    `sha256` a backup's digest. `client_uuid` and `made_at` are the device's; None = made here, now.
    """

    step_key: str
    asset_id: int | None
    outcome: str = ""
    value: float | None = None
    text: str = ""
    note: str = ""
    sha256: str = ""
    client_uuid: uuid.UUID = field(default_factory=uuid.uuid4)
    made_at: datetime | None = None

    @property
    def given(self) -> Given:
        return Given(self.outcome, self.value, self.text.strip(), self.note.strip(), self.sha256.strip())


def record_answer(
    *,
    work_order: WorkOrder,
    step_key: str,
    asset_id: int | None,
    outcome: str = "",
    value: float | None = None,
    text: str = "",
    note: str = "",
    sha256: str = "",
    client_uuid: uuid.UUID | None = None,
    made_at: datetime | None = None,
    by: User | None,
    now: datetime,
) -> Answer:
    """Store one answer; see `Entry` for its parts and `record_answers` for what it does."""
    entry = Entry(step_key, asset_id, outcome, value, text, note, sha256, client_uuid or uuid.uuid4(), made_at)
    return record_answers(work_order=work_order, entries=[entry], by=by, now=now)[0]


@transaction.atomic
def record_answers(*, work_order: WorkOrder, entries: Sequence[Entry], by: User | None, now: datetime) -> list[Answer]:
    """Store answers in their order, all or none; the first one begins the work.

    The outcome of a reading follows from its limits; otherwise it is pass where none is given, except
    for a check. The same `client_uuid` with the same content returns the stored answer, with other
    content it is a Conflict. Raises DomainError at the field at fault.
    """
    row = lock(work_order)
    return _record(row, entries, by, now)[0]


@transaction.atomic
def answer_and_complete(
    *, work_order: WorkOrder, entries: Sequence[Entry], finished_at: datetime, by: User | None, now: datetime
) -> WorkOrder:
    """Store the answers as `record_answers` does and finish as of the device's instant, all or nothing.

    The whole checklist in one go, as a device sends it that was offline; sent again, it is done already.
    Raises what `record_answers` and `complete_work` do.
    """
    row = lock_with_schedule(work_order)
    _answers, sheet = _record(row, entries, by, now)
    if sheet is None and row.status == WorkStatus.DONE and row.finished_at == finished_at:
        return row
    require_open(row)
    checklist = sheet.checklist if sheet else checklist_of(row, now=now, with_previous=False)
    return finish(row, checklist, finished_at, by=by, now=now)


def _record(
    row: WorkOrder, entries: Sequence[Entry], by: User | None, now: datetime
) -> tuple[list[Answer], _Sheet | None]:
    """The answers, and the checklist they were written onto; None where all were stored before."""
    known = _stored([entry.client_uuid for entry in entries])
    sheet: _Sheet | None = None
    answers = []
    for entry in entries:
        if entry.client_uuid in known:
            answers.append(_same(known[entry.client_uuid], row, entry))
        else:
            sheet = sheet or _Sheet(row, by, now)
            answers.append(sheet.record(entry))
    return answers, sheet


class _Sheet:
    """A checklist while answers are written onto it: each may unlock the next."""

    def __init__(self, row: WorkOrder, by: User | None, now: datetime) -> None:
        require_open(row)
        self.row = row
        self.by = by
        self.now = now
        self.checklist = checklist_of(row, now=now, with_previous=False)
        self.registers = Registers(row, by, now)
        self.targets: dict[int | None, Target] = {}

    def record(self, entry: Entry) -> Answer:
        made_at = entry.made_at or self.now
        _check_made_at(made_at, self.now)
        item = _answerable(self.checklist, entry.step_key, entry.asset_id)
        judged = judge(item, entry.given)
        self._begin(made_at)
        answer = self._store(entry, item, judged, made_at)
        if item.answer is None or item.answer.made_at <= made_at:
            self._count(answer, item)
        return answer

    def _count(self, answer: Answer, item: ChecklistStep) -> None:
        """It takes the place of the one before; the registers and the other steps follow it."""
        if item.answer is not None:
            self.registers.withdraw(item, self.checklist, follows=answer)
        item.answer = answer
        self.registers.enter(item, self.checklist)
        for other in refresh(self.checklist, self.now):
            self.registers.turn(other, self.checklist)
        if self.registers.moved_limits:
            self.checklist = checklist_of(self.row, now=self.now, with_previous=False)
            self.registers.moved_limits = False

    def _begin(self, made_at: datetime) -> None:
        if self.targets:
            return
        if self.row.status == WorkStatus.DUE:
            started_at = min(made_at, self.now)
            targets = begin(self.row, self.checklist, by=self.by, now=self.now, started_at=started_at)
        else:
            targets = list(Target.objects.filter(work_order=self.row))
        self.targets = {target.asset_id: target for target in targets}

    def _store(self, entry: Entry, item: ChecklistStep, judged: Given, made_at: datetime) -> Answer:
        return Answer.objects.create(
            client_uuid=entry.client_uuid,
            target=self.targets[item.asset.pk if item.asset else None],
            step=item.step,
            outcome=judged.outcome,
            value=judged.value,
            text=judged.text,
            note=judged.note,
            sha256=judged.sha256,
            made_at=made_at,
            recorded_at=self.now,
            by=self.by,
        )


@transaction.atomic
def add_photo(
    *,
    work_order: WorkOrder,
    step_key: str,
    asset_id: int | None,
    upload: UploadedFile[Any],
    client_uuid: uuid.UUID | None = None,
    made_at: datetime | None = None,
    by: User | None,
    now: datetime,
) -> AnswerPhoto:
    """Append a photo to a step; the same `client_uuid` again returns the stored one."""
    row = lock(work_order)
    client_uuid = client_uuid or uuid.uuid4()
    stored = AnswerPhoto.objects.filter(client_uuid=client_uuid).select_related("target", "step").first()
    if stored is not None:
        _require_same_place(stored, row, step_key, asset_id)
        return stored
    require_open(row)
    made_at = made_at or now
    _check_made_at(made_at, now)
    checklist = checklist_of(row, now=now, with_previous=False)
    item = _answerable(checklist, step_key, asset_id)
    if row.status == WorkStatus.DUE:
        begin(row, checklist, by=by, now=now, started_at=min(made_at, now))
    file = store_image(upload=upload, by=by, now=now)
    target = Target.objects.get(work_order=row, asset=item.asset)
    return AnswerPhoto.objects.create(
        client_uuid=client_uuid, target=target, step=item.step, file=file, made_at=made_at, by=by
    )


# -- the same sent twice ----------------------------------------------------------------------


def _stored(client_uuids: list[uuid.UUID]) -> dict[uuid.UUID, Answer]:
    rows = Answer.objects.filter(client_uuid__in=client_uuids).select_related("target", "step")
    return {row.client_uuid: row for row in rows}


def _same(stored: Answer, row: WorkOrder, entry: Entry) -> Answer:
    """The stored answer, if it says what is sent now; what was left out then counts as the same."""
    _require_same_place(stored, row, entry.step_key, entry.asset_id)
    wanted = normal(StepKind(stored.step.kind), entry.given)
    judged_here = stored.step.kind == StepKind.READING and stored.outcome != Outcome.NOT_APPLICABLE
    same_outcome = judged_here or stored.outcome == (wanted.outcome or Outcome.PASS)
    same_content = (stored.value, stored.text, stored.note, stored.sha256) == (
        wanted.value,
        wanted.text,
        wanted.note,
        wanted.sha256,
    )
    if not same_outcome or not same_content or (entry.made_at is not None and entry.made_at != stored.made_at):
        raise _other_content()
    return stored


def _require_same_place(stored: Answer | AnswerPhoto, row: WorkOrder, step_key: str, asset_id: int | None) -> None:
    place = (stored.target.work_order_id, stored.step.key, stored.target.asset_id)
    if place != (row.pk, step_key, asset_id):
        raise _other_content()


def _other_content() -> Conflict:
    return Conflict(_("Something else was stored under this id."), attr="client_uuid", code="uuid_reused")


# -- what is accepted -------------------------------------------------------------------------


def _check_made_at(made_at: datetime, now: datetime) -> None:
    if made_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr="made_at")


def _answerable(checklist: Checklist, step_key: str, asset_id: int | None) -> ChecklistStep:
    """The step, if it exists for that asset and is not locked. Raises DomainError or Conflict."""
    item = checklist.find(step_key, asset_id or 0)
    if item is None:
        raise DomainError(_("This work has no such step for this equipment."), attr="step", code="no_step")
    if item.locked_reason:
        raise Conflict(item.locked_reason, attr="step", code="locked")
    return item
