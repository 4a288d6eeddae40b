"""Follow-ups keep their local day when their site gets another zone."""

from __future__ import annotations

from contracts.models import Site
from schedules.actions.change import follow_up_window
from schedules.enums import WorkStatus
from schedules.models import WorkOrder


def replan_follow_ups(*, site: Site) -> None:
    """Derive the windows of untouched follow-ups anew; called inside the action that moved the site.

    One that somebody works on at this moment is left alone: nobody waits for another's lock.
    """
    rows = WorkOrder.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    due = rows.filter(firing__event__site=site, firing__follow_up_day__gt=0, status=WorkStatus.DUE)
    for order in due.select_related("firing__event__site").order_by("pk"):
        window = follow_up_window(order.firing.event, order.firing.follow_up_day)
        order.window_opens_at, order.due_at, order.window_closes_at = window.opens_at, window.due_at, window.closes_at
        order.save(update_fields=["window_opens_at", "due_at", "window_closes_at"])
