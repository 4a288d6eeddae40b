"""Addresses of the pages of tickets."""

from django.urls import path

from portal.web.numbers import register_number
from tickets import guest_views, views

register_number("ticket", "TK-")

app_name = "tickets"

TICKET = "tickets/<ticket:pk>/"

urlpatterns = [
    path("g/<str:token>/fault/", guest_views.guest_fault, name="guest_fault"),
    path("tickets/", views.ticket_list, name="ticket_list"),
    path("tickets/new/", views.ticket_create, name="ticket_create"),
    path(TICKET, views.ticket_detail, name="ticket_detail"),
    path(f"{TICKET}acknowledge/", views.ticket_acknowledge, name="ticket_acknowledge"),
    path(f"{TICKET}take/", views.ticket_take, name="ticket_take"),
    path(f"{TICKET}assign/", views.ticket_assign, name="ticket_assign"),
    path(f"{TICKET}edit/", views.ticket_edit, name="ticket_edit"),
    path(f"{TICKET}comment/", views.ticket_comment, name="ticket_comment"),
    path(f"{TICKET}wait/", views.ticket_wait, name="ticket_wait"),
    path(f"{TICKET}resume/", views.ticket_resume, name="ticket_resume"),
    path(f"{TICKET}severity/", views.ticket_severity, name="ticket_severity"),
    path(f"{TICKET}resolve/", views.ticket_resolve, name="ticket_resolve"),
    path(f"{TICKET}reopen/", views.ticket_reopen, name="ticket_reopen"),
    path(f"{TICKET}close/", views.ticket_close, name="ticket_close"),
]
