"""How work looks on a page."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contracts.cadence import cadence_in_words
from portal.web.templatetags.web import badge
from schedules.enums import WorkStatus
from schedules.models import Schedule, WorkOrder

register = template.Library()


@register.simple_tag
def work_badge(work_order: WorkOrder, now: datetime) -> SafeString:
    """Its status; of open work whether it is overdue, of finished work whether it came late."""
    if work_order.status == WorkStatus.DUE and work_order.due_at < now:
        return badge("overdue", _("Overdue"))
    if work_order.status == WorkStatus.IN_PROGRESS and work_order.due_at < now:
        return badge("overdue", _("In progress, overdue"))
    if work_order.status == WorkStatus.DONE and not work_order.was_on_time:
        return badge("late", _("Done late"))
    return badge(work_order.status, work_order.get_status_display())


@register.filter
def cadence(schedule: Schedule) -> str:
    return cadence_in_words(schedule, schedule.anchor_on)
