"""What is done with a work order as a whole: start, complete, take, assign, skip, cancel, reinstate, excuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts.enums import Performer
from portal.accounts.access import person
from portal.accounts.models import User
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import (
    IncompleteError,
    assign_work,
    cancel_work,
    complete_work,
    excuse_work,
    hand_over,
    reinstate_work,
    skip_work,
    start_work,
)
from schedules.enums import VisitStatus
from schedules.forms import AssignForm, ReasonForm
from schedules.held import visit_holding
from schedules.models import Visit, WorkOrder
from schedules.permissions import (
    can_assign_work,
    can_cancel_work,
    can_excuse_work,
    can_hand_over_work,
    can_skip_work,
    can_take_work,
    can_work,
)
from schedules.views.work_orders import get_work_order

Act = Callable[[WorkOrder, User, datetime], WorkOrder]


@login_required
@require_POST
def work_order_start(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_work(user, work_order))
    return _do(request, work_order, lambda row, by, now: start_work(work_order=row, by=by, now=now), _("Begun."))


@login_required
@require_POST
def work_order_complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish; where something is missing the page comes back with the list of it, and nothing is lost."""
    work_order, user, now = get_work_order(request, pk), person(request), timezone.now()
    require(can_work(user, work_order))
    held_by = visit_holding(work_order)
    try:
        complete_work(work_order=work_order, finished_at=now, by=user, now=now)
    except IncompleteError:
        return redirect(f"{_address(work_order)}?missing=1#missing")
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Done. Thank you."))
        return redirect(_on_from(work_order, held_by))
    return redirect(_address(work_order))


@login_required
@require_POST
def work_order_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take work that nobody has; or give one's own back."""
    work_order, user = get_work_order(request, pk), person(request)
    require(can_take_work(user, work_order))
    is_mine = work_order.assignee_id == user.pk
    assignee = None if is_mine else user
    told = _("It is nobody's now.") if is_mine else _("It is yours now.")
    return _do(
        request,
        work_order,
        lambda row, by, now: assign_work(work_order=row, assignee=assignee, by=by, now=now),
        told,
    )


@login_required
@require_POST
def work_order_assign(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_assign_work(user, work_order))
    form = AssignForm(request.POST)
    if form.is_valid():
        try:
            assign_work(work_order=work_order, assignee=form.cleaned_data["assignee"], by=user, now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Assigned."))
            return redirect(_address(work_order))
    return _form_page(request, work_order, form, _("Assign"), _("Assign"))


@login_required
@require_POST
def work_order_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the customer do it, or take it back."""
    work_order, user = get_work_order(request, pk), person(request)
    require(can_hand_over_work(user, work_order))
    performer = request.POST.get("performer", "")
    told = _("The customer does it now.") if performer == Performer.CUSTOMER else _("We do it now.")
    return _do(
        request, work_order, lambda row, by, now: hand_over(work_order=row, performer=performer, by=by, now=now), told
    )


@login_required
@require_POST
def work_order_skip(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_skip_work(user, work_order))
    return _with_reason(request, work_order, skip_work, _("Skip this work"), _("Skipped."))


@login_required
@require_POST
def work_order_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_cancel_work(user, work_order))
    return _with_reason(request, work_order, cancel_work, _("Cancel this work"), _("Cancelled."))


@login_required
@require_POST
def work_order_excuse(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_excuse_work(user, work_order))
    return _with_reason(request, work_order, excuse_work, _("Excuse this work"), _("Excused."))


@login_required
@require_POST
def work_order_reinstate(request: HttpRequest, pk: int) -> HttpResponse:
    work_order, user = get_work_order(request, pk), person(request)
    require(can_cancel_work(user, work_order))
    return _do(
        request,
        work_order,
        lambda row, by, now: reinstate_work(work_order=row, by=by, now=now),
        _("Taken up again."),
    )


def _do(request: HttpRequest, work_order: WorkOrder, act: Act, told: str) -> HttpResponse:
    try:
        act(work_order, person(request), timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, told)
    return redirect(_address(work_order))


def _with_reason(
    request: HttpRequest, work_order: WorkOrder, act: Callable[..., WorkOrder], heading: str, told: str
) -> HttpResponse:
    """Do it with the reason given; without a good one ask for it on a page of its own."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            act(work_order=work_order, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, told)
            return redirect(_address(work_order))
    return _form_page(request, work_order, form, heading, heading)


def _form_page(
    request: HttpRequest, work_order: WorkOrder, form: AssignForm | ReasonForm, heading: str, submit: str
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "over": str(work_order),
        "over_href": _address(work_order),
        "cancel": _address(work_order),
    }
    return render(request, "web/form.html", context)


def _on_from(work_order: WorkOrder, held_by: Visit | None) -> str:
    """Where the person goes on: in a visit that is going on, back to it."""
    if held_by is None or held_by.status != VisitStatus.IN_PROGRESS:
        return _address(work_order)
    return f"{reverse('schedules:visit_detail', args=[held_by.number])}#work-{work_order.pk}"


def _address(work_order: WorkOrder) -> str:
    return reverse("schedules:work_order_detail", args=[work_order.number])
