"""Addresses of the pages about work, changes and schedules."""

from django.urls import path

from portal.web.numbers import register_number
from schedules import views
from schedules.views import guest_changes, guest_tasks, task_links

register_number("work_order", "WO-")
register_number("change_event", "CE-")
register_number("visit", "V-")

app_name = "schedules"

WORK_ORDER = "work-orders/<work_order:pk>/"
VISIT = "visits/<visit:pk>/"
GUEST = "g/<str:token>/"  # pages that a link opens without an account
GUEST_STEP = f"{GUEST}task/steps/<slug:key>/<int:target>/"
STEP = f"{WORK_ORDER}steps/<slug:key>/<int:target>/"

urlpatterns = [
    path("work-orders/", views.work_order_list, name="work_order_list"),
    path(WORK_ORDER, views.work_order_detail, name="work_order_detail"),
    path(f"{WORK_ORDER}start/", views.work_order_start, name="work_order_start"),
    path(f"{WORK_ORDER}complete/", views.work_order_complete, name="work_order_complete"),
    path(f"{WORK_ORDER}take/", views.work_order_take, name="work_order_take"),
    path(f"{WORK_ORDER}assign/", views.work_order_assign, name="work_order_assign"),
    path(f"{WORK_ORDER}skip/", views.work_order_skip, name="work_order_skip"),
    path(f"{WORK_ORDER}hand-over/", views.work_order_hand_over, name="work_order_hand_over"),
    path(f"{WORK_ORDER}link/", task_links.work_order_link, name="work_order_link"),
    path(f"{WORK_ORDER}cancel/", views.work_order_cancel, name="work_order_cancel"),
    path(f"{WORK_ORDER}reinstate/", views.work_order_reinstate, name="work_order_reinstate"),
    path(f"{WORK_ORDER}excuse/", views.work_order_excuse, name="work_order_excuse"),
    path(f"{WORK_ORDER}photos/<uuid:photo>/", views.work_order_photo, name="work_order_photo"),
    path(STEP, views.step_answer, name="step_answer"),
    path(f"{STEP}photos/", views.step_photo, name="step_photo"),
    path(f"{STEP}ticket/", views.step_ticket, name="step_ticket"),
    path(f"{STEP}part/", views.step_part, name="step_part"),
    path("visits/", views.visit_list, name="visit_list"),
    path("visits/plan/", views.visit_plan, name="visit_plan"),
    path(VISIT, views.visit_detail, name="visit_detail"),
    path(f"{VISIT}start/", views.visit_start, name="visit_start"),
    path(f"{VISIT}reschedule/", views.visit_reschedule, name="visit_reschedule"),
    path(f"{VISIT}cancel/", views.visit_cancel, name="visit_cancel"),
    path(f"{VISIT}add/", views.visit_add, name="visit_add"),
    path(f"{VISIT}remove/<work_order:item>/", views.visit_remove_work, name="visit_remove_work"),
    path(f"{VISIT}remove/<ticket:item>/", views.visit_remove_ticket, name="visit_remove_ticket"),
    path(f"{VISIT}time/", views.visit_time, name="visit_time"),
    path(f"{VISIT}time/<int:row>/remove/", views.visit_time_remove, name="visit_time_remove"),
    path(f"{VISIT}part/", views.visit_part, name="visit_part"),
    path(f"{VISIT}part/<int:row>/remove/", views.visit_part_remove, name="visit_part_remove"),
    path(f"{VISIT}sign-off/", views.visit_sign_off, name="visit_sign_off"),
    path(f"{VISIT}confirm/", views.visit_confirm, name="visit_confirm"),
    path(f"{VISIT}other-time/", views.visit_other_time, name="visit_other_time"),
    path(f"{VISIT}report/", views.visit_report, name="visit_report"),
    path(f"{VISIT}report.pdf", views.visit_report_pdf, name="visit_report_pdf"),
    path(f"{VISIT}report/images/<uuid:image>/", views.visit_report_image, name="visit_report_image"),
    path(f"{VISIT}report/correct/", views.visit_report_correct, name="visit_report_correct"),
    path(f"{GUEST}visit/", views.guest_visit, name="guest_visit"),
    path(f"{GUEST}visit/confirm/", views.guest_visit_confirm, name="guest_visit_confirm"),
    path(f"{GUEST}visit/other-time/", views.guest_visit_other_time, name="guest_visit_other_time"),
    path(f"{GUEST}report/", views.guest_report, name="guest_report"),
    path(f"{GUEST}report.pdf", views.guest_report_pdf, name="guest_report_pdf"),
    path(f"{GUEST}report/images/<uuid:image>/", views.guest_report_image, name="guest_report_image"),
    path(f"{GUEST}change/", guest_changes.guest_change, name="guest_change"),
    path(f"{GUEST}task/", guest_tasks.guest_task, name="guest_task"),
    path(f"{GUEST}task/complete/", guest_tasks.guest_task_complete, name="guest_task_complete"),
    path(f"{GUEST}task/photos/<uuid:photo>/", guest_tasks.guest_task_photo, name="guest_task_photo"),
    path(GUEST_STEP, guest_tasks.guest_task_answer, name="guest_task_answer"),
    path(f"{GUEST_STEP}photos/", guest_tasks.guest_task_photo_add, name="guest_task_photo_add"),
    path("changes/", views.change_event_list, name="change_event_list"),
    path("changes/new/", views.change_event_create, name="change_event_create"),
    path("changes/<change_event:pk>/", views.change_event_detail, name="change_event_detail"),
    path("assets/<int:pk>/baseline/", views.baseline_set, name="baseline_set"),
    path("schedules/", views.schedule_list, name="schedule_list"),
    path("schedules/<int:pk>/", views.schedule_detail, name="schedule_detail"),
    path("schedules/<int:pk>/retry/", views.schedule_retry, name="schedule_retry"),
    path("generation-runs/", views.generation_run_list, name="generation_run_list"),
]
