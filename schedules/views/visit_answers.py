"""The customer says yes to a planned visit, or asks for another time; a dispatcher does so on its behalf."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import ask_other_time, confirm_visit
from schedules.forms.visit_answers import CHANGED, ConfirmForm, OtherTimeForm
from schedules.models import Visit
from schedules.permissions import can_confirm_visit
from schedules.views.visits import get_visit


@login_required
@require_POST
def visit_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    visit, user = get_visit(request, pk), person(request)
    require(can_confirm_visit(user, visit))
    form = ConfirmForm(request.POST, visit=visit)
    if not form.is_valid():
        messages.error(request, CHANGED)
        return redirect(_address(visit))
    try:
        confirm_visit(visit=visit, by=user, seen_start_at=form.cleaned_data["starts_at"], now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The visit is agreed.") if user.is_var else _("Thank you. The visit is agreed."))
    return redirect(_address(visit))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_other_time(request: HttpRequest, pk: int) -> HttpResponse:
    visit, user = get_visit(request, pk), person(request)
    require(can_confirm_visit(user, visit))
    form = OtherTimeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_other_time(visit=visit, wish=form.cleaned_data["wish"], by=user, now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Thank you. We look for another time and ask you again."))
            return redirect(_address(visit))
    context = {
        "form": form,
        "heading": _("Ask for another time"),
        "submit": _("Ask"),
        "over": str(visit),
        "over_href": _address(visit),
        "cancel": _address(visit),
    }
    return render(request, "web/form.html", context)


def _address(visit: Visit) -> str:
    return reverse("schedules:visit_detail", args=[visit.number])
