"""The pages about work, changes and schedules."""

from schedules.views.baselines import baseline_set
from schedules.views.changes import change_event_create, change_event_detail, change_event_list
from schedules.views.guests import (
    guest_report,
    guest_report_image,
    guest_report_pdf,
    guest_visit,
    guest_visit_confirm,
    guest_visit_other_time,
)
from schedules.views.schedules import generation_run_list, schedule_detail, schedule_list, schedule_retry
from schedules.views.steps import step_answer, step_part, step_photo, step_ticket
from schedules.views.verbs import (
    work_order_assign,
    work_order_cancel,
    work_order_complete,
    work_order_excuse,
    work_order_hand_over,
    work_order_reinstate,
    work_order_skip,
    work_order_start,
    work_order_take,
)
from schedules.views.visit_answers import visit_confirm, visit_other_time
from schedules.views.visit_plan import visit_plan, visit_reschedule
from schedules.views.visit_reports import visit_report, visit_report_correct, visit_report_image, visit_report_pdf
from schedules.views.visit_sign_off import visit_sign_off
from schedules.views.visit_verbs import (
    visit_add,
    visit_cancel,
    visit_part,
    visit_part_remove,
    visit_remove_ticket,
    visit_remove_work,
    visit_start,
    visit_time,
    visit_time_remove,
)
from schedules.views.visits import visit_detail, visit_list
from schedules.views.work_orders import work_order_detail, work_order_list, work_order_photo

__all__ = [
    "baseline_set",
    "change_event_create",
    "change_event_detail",
    "change_event_list",
    "generation_run_list",
    "guest_report",
    "guest_report_image",
    "guest_report_pdf",
    "guest_visit",
    "guest_visit_confirm",
    "guest_visit_other_time",
    "schedule_detail",
    "schedule_list",
    "schedule_retry",
    "step_answer",
    "step_part",
    "step_photo",
    "step_ticket",
    "visit_add",
    "visit_cancel",
    "visit_confirm",
    "visit_detail",
    "visit_list",
    "visit_other_time",
    "visit_part",
    "visit_part_remove",
    "visit_plan",
    "visit_remove_ticket",
    "visit_remove_work",
    "visit_report",
    "visit_report_correct",
    "visit_report_image",
    "visit_report_pdf",
    "visit_reschedule",
    "visit_sign_off",
    "visit_start",
    "visit_time",
    "visit_time_remove",
    "work_order_assign",
    "work_order_cancel",
    "work_order_complete",
    "work_order_detail",
    "work_order_excuse",
    "work_order_hand_over",
    "work_order_list",
    "work_order_photo",
    "work_order_reinstate",
    "work_order_skip",
    "work_order_start",
    "work_order_take",
]
