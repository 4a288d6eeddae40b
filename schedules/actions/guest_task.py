"""A customer's check done by a link: nobody signed in, so the guest's name stays in the work order's events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from schedules.actions.answer import add_photo, record_answer
from schedules.actions.work_order import complete_work, write_event
from schedules.models import Answer, AnswerPhoto, WorkOrder, WorkOrderEvent


@transaction.atomic
def answer_as_guest(*, work_order: WorkOrder, guest_name: str, now: datetime, **values: Any) -> Answer:
    """As `record_answer`, which tells what `values` may be."""
    answer = record_answer(work_order=work_order, by=None, now=now, **values)
    _sign(work_order, guest_name, now)
    return answer


@transaction.atomic
def add_photo_as_guest(*, work_order: WorkOrder, guest_name: str, now: datetime, **values: Any) -> AnswerPhoto:
    """As `add_photo`, which tells what `values` may be."""
    photo = add_photo(work_order=work_order, by=None, now=now, **values)
    _sign(work_order, guest_name, now)
    return photo


@transaction.atomic
def complete_as_guest(*, work_order: WorkOrder, guest_name: str, now: datetime) -> WorkOrder:
    """As `complete_work`, finished now."""
    row = complete_work(work_order=work_order, finished_at=now, by=None, now=now)
    _sign(row, guest_name, now)
    return row


def _sign(row: WorkOrder, guest_name: str, now: datetime) -> None:
    """Put the name on what was written just now, in this transaction; else on a line of its own, once."""
    events = WorkOrderEvent.objects.filter(work_order=row)
    events.filter(by=None, at=now, kind__in=("started", "completed")).update(data={"guest": guest_name})
    if not events.filter(data__guest=guest_name).exists():
        write_event(row, "by_link", by=None, now=now, guest=guest_name)
