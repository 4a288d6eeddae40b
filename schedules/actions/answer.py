"""What a person found is recorded; nothing is overwritten, a later answer takes an earlier one's place."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Asset, Release
from portal.accounts.models import User
from portal.files.actions import store_image
from portal.web.errors import Conflict, DomainError
from schedules.actions.work_order import CLOCK_SKEW, lock, require_open, start_work
from schedules.checklist import Checklist, ChecklistStep, checklist_of, refresh
from schedules.enums import Outcome, ReadingSource, StepKind, WorkStatus
from schedules.limits import ImpossibleError
from schedules.models import Answer, AnswerPhoto, Backup, Reading, Step, Target, WorkOrder

TEXT_LENGTH = 2000
LOCATION_LENGTH = 500


@dataclass(frozen=True)
class _Given:
    """What was sent, before it is judged."""

    outcome: str
    value: float | None
    text: str
    note: str


@dataclass(frozen=True)
class Entry:
    """An answer as it was given.

    `asset_id` None = a step done once. `value` is a reading in the step's unit, or a backup's size in
    bytes; `text` the choice's value, the version, the backup's location, or the words asked for.
    `client_uuid` and `made_at` are the device's; None = made here, now.
    """

    step_key: str
    asset_id: int | None
    outcome: str = ""
    value: float | None = None
    text: str = ""
    note: str = ""
    client_uuid: uuid.UUID = field(default_factory=uuid.uuid4)
    made_at: datetime | None = None


def record_answer(
    *,
    work_order: WorkOrder,
    step_key: str,
    asset_id: int | None,
    outcome: str = "",
    value: float | None = None,
    text: str = "",
    note: str = "",
    client_uuid: uuid.UUID | None = None,
    made_at: datetime | None = None,
    by: User | None,
    now: datetime,
) -> Answer:
    """Store one answer; see `Entry` for its parts and `record_answers` for what it does."""
    entry = Entry(step_key, asset_id, outcome, value, text, note, client_uuid or uuid.uuid4(), made_at)
    return record_answers(work_order=work_order, entries=[entry], by=by, now=now)[0]


@transaction.atomic
def record_answers(*, work_order: WorkOrder, entries: Sequence[Entry], by: User | None, now: datetime) -> list[Answer]:
    """Store answers in their order, all or none; the first one begins the work.

    The outcome of a reading follows from its limits; otherwise it is pass where none is given, except
    for a check. The same `client_uuid` with the same content returns the stored answer, with other
    content it is a Conflict. Raises DomainError at the field at fault.
    """
    row = lock(work_order)
    known = _stored([entry.client_uuid for entry in entries])
    sheet: _Sheet | None = None
    answers = []
    for entry in entries:
        if entry.client_uuid in known:
            answers.append(_same(known[entry.client_uuid], row, entry))
        else:
            sheet = sheet or _Sheet(row, by, now)
            answers.append(sheet.record(entry))
    return answers


class _Sheet:
    """A checklist while answers are written onto it: each may unlock the next."""

    def __init__(self, row: WorkOrder, by: User | None, now: datetime) -> None:
        require_open(row)
        self.row = row
        self.by = by
        self.now = now
        self.checklist = checklist_of(row, now=now, with_previous=False)
        self.targets: dict[int | None, Target] = {}

    def record(self, entry: Entry) -> Answer:
        made_at = entry.made_at or self.now
        _check_made_at(made_at, self.now)
        item = _answerable(self.checklist, entry.step_key, entry.asset_id)
        judged = _judge(item, _Given(entry.outcome, entry.value, entry.text.strip(), entry.note.strip()))
        self._begin(made_at)
        answer = self._store(entry, item, judged, made_at)
        _keep_registers(answer, item, self.now)
        if item.answer is None or item.answer.made_at <= made_at:
            item.answer = answer
        refresh(self.checklist, self.now)
        return answer

    def _begin(self, made_at: datetime) -> None:
        if self.targets:
            return
        if self.row.status == WorkStatus.DUE:
            self.row = start_work(work_order=self.row, by=self.by, now=self.now, started_at=min(made_at, self.now))
        self.targets = {target.asset_id: target for target in Target.objects.filter(work_order=self.row)}

    def _store(self, entry: Entry, item: ChecklistStep, judged: _Given, made_at: datetime) -> Answer:
        return Answer.objects.create(
            client_uuid=entry.client_uuid,
            target=self.targets[item.asset.pk if item.asset else None],
            step=item.step,
            outcome=judged.outcome,
            value=judged.value,
            text=judged.text,
            note=judged.note,
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
    item = _answerable(checklist_of(row, now=now, with_previous=False), step_key, asset_id)
    if row.status == WorkStatus.DUE:
        row = start_work(work_order=row, by=by, now=now, started_at=min(made_at, now))
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
    given = _Given(entry.outcome, entry.value, entry.text.strip(), entry.note.strip())
    wanted = _normal(StepKind(stored.step.kind), given)
    judged_here = stored.step.kind == StepKind.READING and stored.outcome != Outcome.NOT_APPLICABLE
    same_outcome = judged_here or stored.outcome == (wanted.outcome or Outcome.PASS)
    same_content = (stored.value, stored.text, stored.note) == (wanted.value, wanted.text, wanted.note)
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


def _judge(item: ChecklistStep, given: _Given) -> _Given:
    """The answer as it is stored. Raises DomainError at the field at fault."""
    if given.outcome and given.outcome not in Outcome.values:
        raise DomainError(_("Choose pass, attention, fail or not applicable."), attr="outcome")
    if len(given.text) > TEXT_LENGTH or len(given.note) > TEXT_LENGTH:
        attr = "text" if len(given.text) > TEXT_LENGTH else "note"
        raise DomainError(_("At most %(length)s characters fit.") % {"length": TEXT_LENGTH}, attr=attr)
    kind = StepKind(item.step.kind)
    given = _normal(kind, given)
    if given.outcome == Outcome.NOT_APPLICABLE:
        return given
    judged = _JUDGES[kind](item, given)
    if judged.outcome == Outcome.FAIL and not judged.note and kind != StepKind.READING:
        raise DomainError(_("Say what is wrong."), attr="note", code="required")
    return judged


def _normal(kind: StepKind, given: _Given) -> _Given:
    """Without what such a step does not keep."""
    if given.outcome == Outcome.NOT_APPLICABLE:
        return replace(given, value=None, text="")
    return given if kind in (StepKind.READING, StepKind.BACKUP) else replace(given, value=None)


def _judge_check(item: ChecklistStep, given: _Given) -> _Given:
    if not given.outcome:
        raise DomainError(_("Choose pass, attention, fail or not applicable."), attr="outcome", code="required")
    return _passed(given)


def _judge_reading(item: ChecklistStep, given: _Given) -> _Given:
    value = _number(given.value)
    try:
        outcome = item.limits.judge(value)
    except ImpossibleError as error:
        raise DomainError(str(error), attr="value") from error
    return replace(given, outcome=outcome.value, value=value)


def _judge_choice(item: ChecklistStep, given: _Given) -> _Given:
    if given.text not in [value for value, _label in item.step.choice_labels()]:
        raise DomainError(_("Choose one of the answers."), attr="text")
    return _passed(given)


def _judge_text(item: ChecklistStep, given: _Given) -> _Given:
    if not given.text and given.outcome != Outcome.FAIL:
        raise DomainError(_("Write down what was found."), attr="text", code="required")
    return _passed(given)


def _judge_photo(item: ChecklistStep, given: _Given) -> _Given:
    return _passed(given)


def _judge_backup(item: ChecklistStep, given: _Given) -> _Given:
    if given.outcome == Outcome.FAIL:
        return _passed(given)
    if not given.text:
        raise DomainError(_("Say where the backup lies."), attr="text", code="required")
    if len(given.text) > LOCATION_LENGTH:
        raise DomainError(_("At most %(length)s characters fit.") % {"length": LOCATION_LENGTH}, attr="text")
    if given.value is not None and not _is_size(given.value):
        raise DomainError(_("Give the size in whole bytes."), attr="value")
    return _passed(given)


def _passed(given: _Given) -> _Given:
    """With the outcome pass, unless another is given."""
    return replace(given, outcome=given.outcome or Outcome.PASS.value)


def _number(value: object) -> float:
    if value is None:
        raise DomainError(_("Enter the reading."), attr="value", code="required")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DomainError(_("Enter a number."), attr="value")
    return float(value)


def _is_size(value: float) -> bool:
    return math.isfinite(value) and value >= 0 and value == int(value) and value < 2**63


_JUDGES: dict[StepKind, Callable[[ChecklistStep, _Given], _Given]] = {
    StepKind.CHECK: _judge_check,
    StepKind.READING: _judge_reading,
    StepKind.CHOICE: _judge_choice,
    StepKind.TEXT: _judge_text,
    StepKind.PHOTO: _judge_photo,
    StepKind.BACKUP: _judge_backup,
    StepKind.VERSION: _judge_text,
}


# -- what an answer means beyond itself -------------------------------------------------------


def _keep_registers(answer: Answer, item: ChecklistStep, now: datetime) -> None:
    """Readings, backups and the installed release follow the answer that counts.

    A corrected answer stays as evidence, but what it put into a register leaves it again.
    """
    newer = item.answer is not None and item.answer.made_at > answer.made_at
    if newer or item.asset is None:
        return
    if item.answer is not None:
        _withdraw_earlier(answer)
    if answer.outcome != Outcome.NOT_APPLICABLE:
        _enter(answer, item.step, item.asset, now)


def _withdraw_earlier(answer: Answer) -> None:
    earlier = Answer.objects.filter(target=answer.target_id, step=answer.step_id).exclude(pk=answer.pk)
    Reading.objects.filter(answer__in=earlier).delete()
    Backup.objects.filter(answer__in=earlier).delete()


def _enter(answer: Answer, step: Step, asset: Asset, now: datetime) -> None:
    if step.metric and answer.value is not None:
        Reading.objects.create(
            asset=asset,
            metric=step.metric,
            value=answer.value,
            taken_at=answer.made_at,
            source=ReadingSource.STEP,
            answer=answer,
            recorded_at=now,
        )
    elif step.kind == StepKind.BACKUP and answer.outcome != Outcome.FAIL:
        Backup.objects.create(
            asset=asset,
            taken_at=answer.made_at,
            size_bytes=None if answer.value is None else int(answer.value),
            location=answer.text,
            answer=answer,
            recorded_at=now,
        )
    elif step.kind == StepKind.VERSION and answer.outcome != Outcome.FAIL:
        _install(asset, answer.text)


def _install(asset: Asset, version: str) -> None:
    """The release on the asset, where the catalogue knows it."""
    release = Release.objects.filter(product=asset.product_id, version__iexact=version).first()
    if release is not None and release.pk != asset.installed_release_id:
        asset.installed_release = release
        asset.save(update_fields=["installed_release"])
