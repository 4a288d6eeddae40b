"""The pages about work, changes and schedules."""

from schedules.views.changes import change_event_create, change_event_detail, change_event_list
from schedules.views.schedules import generation_run_list, schedule_detail, schedule_list, schedule_retry
from schedules.views.steps import step_answer, step_photo, step_ticket
from schedules.views.verbs import (
    work_order_assign,
    work_order_cancel,
    work_order_complete,
    work_order_excuse,
    work_order_reinstate,
    work_order_skip,
    work_order_start,
    work_order_take,
)
from schedules.views.work_orders import work_order_detail, work_order_list, work_order_photo

__all__ = [
    "change_event_create",
    "change_event_detail",
    "change_event_list",
    "generation_run_list",
    "schedule_detail",
    "schedule_list",
    "schedule_retry",
    "step_answer",
    "step_photo",
    "step_ticket",
    "work_order_assign",
    "work_order_cancel",
    "work_order_complete",
    "work_order_detail",
    "work_order_excuse",
    "work_order_list",
    "work_order_photo",
    "work_order_reinstate",
    "work_order_skip",
    "work_order_start",
    "work_order_take",
]
