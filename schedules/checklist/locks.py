"""Which steps are asked now, what is expected of them, and why one cannot be answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from schedules.checklist.parts import Checklist, ChecklistPhase, ChecklistStep, lease_hours_known
from schedules.conditions import is_asked
from schedules.enums import Outcome, WaitFor

PASSED = (Outcome.PASS, Outcome.WARN)


def refresh(checklist: Checklist, now: datetime) -> list[ChecklistStep]:
    """Look at every step again, after the answers as they stand at `now`.

    Returns those that are asked now and were not, or the reverse.
    """
    turned = _ask(checklist)
    open_phase = ""
    for phase in checklist.phases:
        for row in phase.steps:
            row.expected = _expected(row, checklist)
            row.locked_reason, row.unlocks_at = "", None
            row.locked_reason = _why_locked(row, checklist, phase, open_phase) or _lock_in_time(row, checklist, now)
        if not open_phase and not phase.is_complete:
            open_phase = phase.label
    return turned


def _ask(checklist: Checklist) -> list[ChecklistStep]:
    given, steps = checklist.given(), {item.key: item.step for item in checklist.steps}
    knows_lease = lease_hours_known(checklist.work_order.site, checklist.event) is not None
    turned = []
    for item in checklist.steps:
        asked = is_asked(item.step, item.target_id, steps, given, knows_lease=knows_lease)
        if asked != item.is_asked:
            item.is_asked = asked
            turned.append(item)
    return turned


def _expected(row: ChecklistStep, checklist: Checklist) -> float | None:
    """The figure of the earlier reading; where there is none, the asset's number of users."""
    if not row.step.expected_from:
        return None
    other = checklist.find(row.step.expected_from, row.target_id)
    if other and other.answer and other.answer.value is not None:
        return other.answer.value
    return row.asset.users_count if row.asset else None


def _why_locked(row: ChecklistStep, checklist: Checklist, phase: ChecklistPhase, open_phase: str) -> str:
    if not checklist.work_order.is_open:
        return _("This work is closed.")
    if phase.impossible:
        return _("The change was reported afterwards: this was not possible any more.")
    if not row.is_asked:
        return _why_not_asked(row, checklist)
    if open_phase:
        return _("First finish “%(phase)s”.") % {"phase": open_phase}
    title = _unpassed(row, checklist)
    return "" if title is None else _("Locked until “%(step)s” has passed.") % {"step": title}


def _why_not_asked(row: ChecklistStep, checklist: Checklist) -> str:
    condition = row.step.only_if
    choice = next((item.step for item in checklist.steps if condition and item.key == condition["step"]), None)
    if choice is None:
        return _("This is known already.")
    labels = [label for value, label in choice.choice_labels() if value in condition["value"]]
    return _("Asked only where “%(step)s” is “%(answer)s”.") % {"step": choice.title, "answer": " / ".join(labels)}


def _unpassed(row: ChecklistStep, checklist: Checklist) -> str | None:
    """The title of the step that must pass first, where it has not."""
    if not row.step.locked_until:
        return None
    for phase in checklist.phases:
        for other in phase.asked:
            concerns = other.asset is None or row.asset is None or other.asset.pk == row.asset.pk
            if phase.impossible or other.key != row.step.locked_until or not concerns:
                continue
            if other.answer is None or other.answer.outcome not in PASSED:
                return other.step.title
    return None


def _lock_in_time(row: ChecklistStep, checklist: Checklist, now: datetime) -> str:
    event = checklist.event
    if event is None or not (row.step.wait_for or row.step.wait_minutes is not None):
        return ""
    if row.step.wait_for == WaitFor.DHCP_LEASE:
        hours = checklist.lease_hours
        if hours is None:
            return _("First enter the DHCP lease time.")
        wait, words = timedelta(hours=hours), _("Wait until all leases have run out, %(n)g hours after the change.")
    else:
        hours = float(row.step.wait_minutes or 0)
        wait, words = timedelta(minutes=hours), _("Wait %(n)g minutes after the change.")
    unlocks_at = event.occurs_at + wait
    if now >= unlocks_at:
        return ""
    row.unlocks_at = unlocks_at
    return words % {"n": hours}
