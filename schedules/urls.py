"""Addresses of the pages about work, changes and schedules."""

from django.urls import path

from portal.web.numbers import register_number
from schedules import views

register_number("work_order", "WO-")
register_number("change_event", "CE-")

app_name = "schedules"

WORK_ORDER = "work-orders/<work_order:pk>/"
STEP = f"{WORK_ORDER}steps/<slug:key>/<int:target>/"

urlpatterns = [
    path("work-orders/", views.work_order_list, name="work_order_list"),
    path(WORK_ORDER, views.work_order_detail, name="work_order_detail"),
    path(f"{WORK_ORDER}start/", views.work_order_start, name="work_order_start"),
    path(f"{WORK_ORDER}complete/", views.work_order_complete, name="work_order_complete"),
    path(f"{WORK_ORDER}take/", views.work_order_take, name="work_order_take"),
    path(f"{WORK_ORDER}assign/", views.work_order_assign, name="work_order_assign"),
    path(f"{WORK_ORDER}skip/", views.work_order_skip, name="work_order_skip"),
    path(f"{WORK_ORDER}cancel/", views.work_order_cancel, name="work_order_cancel"),
    path(f"{WORK_ORDER}reinstate/", views.work_order_reinstate, name="work_order_reinstate"),
    path(f"{WORK_ORDER}excuse/", views.work_order_excuse, name="work_order_excuse"),
    path(f"{WORK_ORDER}photos/<uuid:photo>/", views.work_order_photo, name="work_order_photo"),
    path(STEP, views.step_answer, name="step_answer"),
    path(f"{STEP}photos/", views.step_photo, name="step_photo"),
    path(f"{STEP}ticket/", views.step_ticket, name="step_ticket"),
    path("changes/", views.change_event_list, name="change_event_list"),
    path("changes/new/", views.change_event_create, name="change_event_create"),
    path("changes/<change_event:pk>/", views.change_event_detail, name="change_event_detail"),
    path("schedules/", views.schedule_list, name="schedule_list"),
    path("schedules/<int:pk>/", views.schedule_detail, name="schedule_detail"),
    path("schedules/<int:pk>/retry/", views.schedule_retry, name="schedule_retry"),
    path("generation-runs/", views.generation_run_list, name="generation_run_list"),
]
