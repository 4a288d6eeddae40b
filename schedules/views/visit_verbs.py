"""What is done with a visit: arrive, call off, add and take out, record time and parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.models import PartUsed, TimeEntry
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import add_ticket, add_work, cancel_visit, remove_ticket, remove_work, start_visit
from schedules.actions.services import enter_part, enter_time, take_back
from schedules.forms import ReasonForm
from schedules.forms.visits import AddForm, PartForm, TimeForm
from schedules.models import Visit
from schedules.permissions import can_do_visit, can_plan_visit, can_record_service
from schedules.site_needs import addable
from schedules.views.visits import get_visit, show_visit

GET_POST = ["GET", "HEAD", "POST"]
CLOSED = "state"  # the visit ended meanwhile: its page has no form any more


@login_required
@require_POST
def visit_start(request: HttpRequest, pk: int) -> HttpResponse:
    visit, user = get_visit(request, pk), person(request)
    require(can_do_visit(user))
    try:
        start_visit(visit=visit, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("You have arrived. Begin with what stands first."))
    return _back(visit)


@login_required
@require_http_methods(GET_POST)
def visit_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    visit, user = get_visit(request, pk), person(request)
    require(can_plan_visit(user))
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(reason: str) -> None:
        cancel_visit(visit=visit, reason=reason, by=user, now=timezone.now())

    if _done(form, act):
        messages.success(request, _("Cancelled. What was in it can be planned again."))
        return _back(visit)
    words = {
        "heading": _("Cancel this visit"),
        "intro": _("The customer is told that it does not take place, without the reason."),
        "danger": True,
    }
    return _reason_page(request, visit, form, words)


@login_required
@require_http_methods(GET_POST)
def visit_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Let other open work or tickets of the site join."""
    visit, user, now = get_visit(request, pk), person(request), timezone.now()
    require(can_do_visit(user))
    form = AddForm(request.POST if request.method == "POST" else None, visit=visit, user=user)

    @transaction.atomic
    def act(work_orders: Any, tickets: Any) -> None:
        for row in work_orders:
            add_work(visit=visit, work_order=row, by=user, now=now)
        for row in tickets:
            add_ticket(visit=visit, ticket=row, by=user, now=now)

    if _done(form, act):
        messages.success(request, _("Added."))
        return _back(visit)
    work, tickets = addable(visit.site, visit=visit, now=now)
    context = {"form": form, "visit": visit, "work": work, "tickets": tickets, "now": now}
    return render(request, "schedules/visit_add.html", context)


@login_required
@require_http_methods(GET_POST)
def visit_remove_work(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a work order out again, with the reason."""
    visit = _changeable(request, pk)
    row = get_object_or_404(visit.work.select_related("work_order"), work_order=item).work_order

    def act(reason: str) -> None:
        remove_work(visit=visit, work_order=row, reason=reason, by=person(request), now=timezone.now())

    return _take_out(request, visit, row.number, act)


@login_required
@require_http_methods(GET_POST)
def visit_remove_ticket(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a ticket out again, with the reason."""
    visit = _changeable(request, pk)
    row = get_object_or_404(visit.ticket_items.select_related("ticket"), ticket=item).ticket

    def act(reason: str) -> None:
        remove_ticket(visit=visit, ticket=row, reason=reason, by=person(request), now=timezone.now())

    return _take_out(request, visit, row.number, act)


@login_required
@require_POST
def visit_time(request: HttpRequest, pk: int) -> HttpResponse:
    return _record(request, pk, "time", TimeForm(request.POST), enter_time)


@login_required
@require_POST
def visit_part(request: HttpRequest, pk: int) -> HttpResponse:
    site = get_visit(request, pk).site
    return _record(request, pk, "part", PartForm(request.POST, site=site), enter_part)


@login_required
@require_POST
def visit_time_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    return _take_back(request, pk, TimeEntry.objects.filter(pk=row))


@login_required
@require_POST
def visit_part_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    return _take_back(request, pk, PartUsed.objects.filter(pk=row))


def _changeable(request: HttpRequest, pk: int) -> Visit:
    visit = get_visit(request, pk)
    require(can_do_visit(person(request)))
    return visit


def _take_out(request: HttpRequest, visit: Visit, number: str, act: Callable[..., None]) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if _done(form, act):
        messages.success(request, _("Taken out. It can be planned again."))
        return _back(visit)
    words = {"heading": _("Take %(number)s out") % {"number": number}, "submit": _("Take it out")}
    return _reason_page(request, visit, form, words)


def _take_back(request: HttpRequest, pk: int, rows: Any) -> HttpResponse:
    """Time or a part that was entered by mistake."""
    visit, user = get_visit(request, pk), person(request)
    require(can_record_service(user))
    row = get_object_or_404(rows.visible_to(user), source=visit.number)
    try:
        take_back(row=row, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Taken back."))
    return _back(visit, "#used")


def _record(
    request: HttpRequest, pk: int, name: str, form: TimeForm | PartForm, act: Callable[..., Any]
) -> HttpResponse:
    visit, user = get_visit(request, pk), person(request)
    require(can_record_service(user))
    if form.is_valid():
        try:
            act(source=visit, by=user, now=timezone.now(), **form.content())
        except DomainError as error:
            if error.code == CLOSED:
                messages.error(request, error.message)
                return _back(visit)
            show_error(form, error)
        else:
            messages.success(request, _("Recorded."))
            return _back(visit, "#used")
    return show_visit(request, visit, forms={name: form})


def _done(form: Any, act: Callable[..., None]) -> bool:
    """Whether what was sent is stored; else the form says why not, if anything was sent at all."""
    if not form.is_valid():
        return False
    try:
        act(**form.cleaned_data)
    except DomainError as error:
        show_error(form, error)
        return False
    return True


def _reason_page(request: HttpRequest, visit: Visit, form: ReasonForm, words: dict[str, Any]) -> HttpResponse:
    over = f"{visit.number} {visit.site.name}"
    context = {"form": form, "over": over, "over_href": _address(visit), "cancel": _address(visit)}
    return render(request, "web/form.html", {"submit": words["heading"]} | context | words)


def _address(visit: Visit) -> str:
    return reverse("schedules:visit_detail", args=[visit.number])


def _back(visit: Visit, anchor: str = "") -> HttpResponseRedirect:
    return redirect(_address(visit) + anchor)
