"""What somebody without an account does by a link: answer to a planned visit, read a report."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts.enums import GuestPurpose
from contracts.guest_access import guest_page
from contracts.models import GuestLink
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import ask_other_time, confirm_visit
from schedules.forms.visit_answers import CHANGED, ConfirmForm, OtherTimeForm
from schedules.models import Visit, VisitReport
from schedules.views.visit_reports import report_context, send_image, send_pdf
from schedules.visit_page import load_visit_page


def _visit(link: GuestLink) -> Visit:
    visit: Visit = get_object_or_404(Visit.objects.behind(link).select_related("site__customer", "technician"))
    return visit


def _report(link: GuestLink) -> VisitReport:
    report: VisitReport = get_object_or_404(VisitReport.objects.behind(link).select_related("visit__site__customer"))
    return report


def _show_visit(request: HttpRequest, token: str, visit: Visit, *, form: OtherTimeForm | None = None) -> HttpResponse:
    context = {
        "token": token,
        "visit": visit,
        "page": load_visit_page(visit, now=timezone.now()),
        "confirm_form": ConfirmForm(visit=visit),
        "form": form or OtherTimeForm(),
    }
    return render(request, "schedules/guest_visit.html", context)


@guest_page(GuestPurpose.CONFIRM_VISIT)
@require_safe
def guest_visit(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    return _show_visit(request, token, _visit(link))


@guest_page(GuestPurpose.CONFIRM_VISIT)
@require_POST
def guest_visit_confirm(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    visit = _visit(link)
    form = ConfirmForm(request.POST, visit=visit)
    if not form.is_valid():
        messages.error(request, CHANGED)
        return redirect("schedules:guest_visit", token=token)
    try:
        seen = form.cleaned_data["starts_at"]
        confirm_visit(visit=visit, by=None, guest_name=link.name, seen_start_at=seen, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Thank you. The visit is agreed."))
    return redirect("schedules:guest_visit", token=token)


@guest_page(GuestPurpose.CONFIRM_VISIT)
@require_POST
def guest_visit_other_time(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    visit, form = _visit(link), OtherTimeForm(request.POST)
    if form.is_valid():
        wish = form.cleaned_data["wish"]
        try:
            ask_other_time(visit=visit, wish=wish, by=None, guest_name=link.name, now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Thank you. We look for another time and ask you again."))
            return redirect("schedules:guest_visit", token=token)
    return _show_visit(request, token, visit, form=form)


@guest_page(GuestPurpose.READ_REPORT)
@require_safe
def guest_report(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    report = _report(link)
    context = {"token": token, "visit": report.visit, "image_route": "schedules:guest_report_image", "image_of": token}
    return render(request, "schedules/guest_report.html", report_context(report) | context)


@guest_page(GuestPurpose.READ_REPORT)
@require_safe
def guest_report_pdf(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse | FileResponse:
    return send_pdf(request, _report(link))


@guest_page(GuestPurpose.READ_REPORT)
@require_safe
def guest_report_image(request: HttpRequest, link: GuestLink, token: str, image: uuid.UUID) -> FileResponse:
    return send_image(_report(link), image)
