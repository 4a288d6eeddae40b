"""Follow-ups keep their local day when their site gets another zone."""

from __future__ import annotations

from contracts.models import Site
from schedules.actions.change import follow_up_window
from schedules.enums import WorkStatus
from schedules.models import Firing


def replan_follow_ups(*, site: Site) -> None:
    """Derive the windows of untouched follow-ups anew; called inside the action that moved the site."""
    firings = Firing.objects.filter(
        event__site=site, follow_up_day__gt=0, work_order__status=WorkStatus.DUE
    ).select_related("event__site", "work_order")
    for firing in firings:
        window, order = follow_up_window(firing.event, firing.follow_up_day), firing.work_order
        assert order is not None
        order.window_opens_at, order.due_at, order.window_closes_at = window.opens_at, window.due_at, window.closes_at
        order.save(update_fields=["window_opens_at", "due_at", "window_closes_at"])
