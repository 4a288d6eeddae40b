"""The report of a visit: the page, the file, its pictures, and what is added to it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import person
from portal.files.models import File
from portal.files.serving import serve
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import correct_report
from schedules.forms.visit_answers import CorrectionForm
from schedules.models import VisitReport
from schedules.permissions import can_correct_report
from schedules.report.content import images_of
from schedules.report.delivery import report_file
from schedules.report.pdf import ReportPdfError


def get_report(request: HttpRequest, pk: int) -> VisitReport:
    """The report of the visit with that key, or 404 where this person may not see it or there is none yet."""
    rows = VisitReport.objects.visible_to(person(request)).select_related("visit__site__customer")
    report: VisitReport = get_object_or_404(rows, visit=pk)
    return report


@login_required
@require_safe
def visit_report(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, get_report(request, pk), CorrectionForm())


def _show(request: HttpRequest, report: VisitReport, form: CorrectionForm) -> HttpResponse:
    context = report_context(report) | {
        "visit": report.visit,
        "form": form,
        "may_correct": can_correct_report(request.user),
        "image_route": "schedules:visit_report_image",
        "image_of": report.visit.number,
    }
    return render(request, "schedules/visit_report.html", context)


def report_context(report: VisitReport) -> dict[str, object]:
    """What the parts of a report's page read."""
    content = report.content
    return {
        "report": content,
        "l": content["labels"],
        "corrections": report.corrections.select_related("by"),
        "zone": content["site"]["timezone"],
    }


@login_required
@require_safe
def visit_report_pdf(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    return send_pdf(request, get_report(request, pk))


def send_pdf(request: HttpRequest, report: VisitReport) -> HttpResponse | FileResponse:
    """The file, made now where it is not there yet; where that fails, the page that says so."""
    try:
        return serve(report_file(report=report, now=timezone.now()))
    except ReportPdfError:
        return render(request, "schedules/report_unmade.html", {"visit": report.visit}, status=503)


@login_required
@require_safe
def visit_report_image(request: HttpRequest, pk: int, image: uuid.UUID) -> FileResponse:
    return send_image(get_report(request, pk), image)


def send_image(report: VisitReport, image: uuid.UUID) -> FileResponse:
    """A picture that the report shows; any other is not there."""
    if str(image) not in images_of(report):
        raise Http404
    return serve(get_object_or_404(File, uuid=image))


@login_required
@require_POST
def visit_report_correct(request: HttpRequest, pk: int) -> HttpResponse:
    report, user = get_report(request, pk), person(request)
    require(can_correct_report(user))
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            correct_report(report=report, text=form.cleaned_data["text"], by=user, now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Added. Whoever got the report gets it anew, with the correction."))
            return redirect("schedules:visit_report", pk=report.visit.number)
    return _show(request, report, form)
