"""An office has moved: what the change said about the new place becomes the site's own facts.

It happens when the step that confirms the move has passed, not by the calendar: a move that is put
off leaves the old address where technicians still find the system.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from contracts.actions import Moved, move_site
from portal.accounts.models import User
from schedules.actions.follow_ups import replan_follow_ups
from schedules.enums import ChangeKind
from schedules.models import ChangeEvent, WorkOrder, WorkOrderEvent

logger = logging.getLogger(__name__)

FOLLOW_SITES = "schedules.follow_sites"  # the task, by its name: it stands above this module
# The details of a relocation, and the site's facts that they become.
BECOMES = {
    "new_address": "address",
    "new_timezone": "timezone",
    "new_region": "region",
    "new_calendar": "calendar_id",
    "new_access_notes": "access_notes",
}


@transaction.atomic
def apply_move(*, event: ChangeEvent, work_order: WorkOrder, at: datetime, by: User | None, now: datetime) -> None:
    """Move the site, as of `at`; safe to repeat. Its schedules follow at once, or with the next look at the sites."""
    row = _locked(event)
    if row.kind != ChangeKind.RELOCATION or row.applied_at is not None:
        return
    facts = {fact: row.details[name] for name, fact in BECOMES.items() if name in row.details}
    moved = move_site(site=work_order.site, facts=facts, by=by, now=now)
    row.applied_at = at
    row.applied = {"before": moved.before, "after": moved.after}
    _write(row, event, work_order, "site_moved", moved, by, now)


@transaction.atomic
def undo_move(*, event: ChangeEvent, work_order: WorkOrder, by: User | None, now: datetime) -> None:
    """The confirmation was withdrawn: facts that nobody has changed since become what they were."""
    row = _locked(event)
    if row.applied_at is None:
        return
    site = work_order.site
    site.refresh_from_db()
    before, after = row.applied["before"], row.applied["after"]
    ours: Mapping[str, Any] = {name: before[name] for name in before if getattr(site, name) == after[name]}
    moved = move_site(site=site, facts=ours, by=by, now=now)
    row.applied_at, row.applied = None, {}
    _write(row, event, work_order, "site_moved_back", moved, by, now)


def _locked(event: ChangeEvent) -> ChangeEvent:
    row: ChangeEvent = ChangeEvent.objects.select_for_update(no_key=True).get(pk=event.pk)
    return row


def _write(
    row: ChangeEvent, event: ChangeEvent, work_order: WorkOrder, kind: str, moved: Moved, by: User | None, now: datetime
) -> None:
    row.save(update_fields=["applied_at", "applied"])
    event.applied_at, event.applied = row.applied_at, row.applied
    if "timezone" in moved.after:
        replan_follow_ups(site=work_order.site)
    if {"timezone", "calendar_id"} & set(moved.after):
        transaction.on_commit(_follow_soon)
    data = {"change": row.pk, "before": moved.before, "after": moved.after}
    WorkOrderEvent.objects.create(work_order=work_order, kind=kind, at=now, by=by, data=data)


def _follow_soon() -> None:
    """A shortcut: the next look at the sites brings the schedules up to date anyway."""
    try:
        current_app.send_task(FOLLOW_SITES, retry=False)
    except (OperationalError, OSError) as fault:
        logger.warning("schedules wait for the next look at the sites, the broker does not answer: %s", fault)
