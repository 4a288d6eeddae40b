"""The end of a visit: gaps first, then both signatures or why there are none."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts.access import person
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.web.access import require
from portal.web.errors import DomainError
from schedules.actions import sign_off
from schedules.enums import Party, VisitStatus
from schedules.forms.sign_off import SignOffForm
from schedules.models import Visit
from schedules.permissions import can_do_visit
from schedules.views.visits import get_visit
from schedules.visit_page import TicketItem, WorkItem, load_visit_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    visit, user, now = get_visit(request, pk), person(request), timezone.now()
    require(can_do_visit(user))
    if visit.status != VisitStatus.IN_PROGRESS:
        return _not_now(request, visit)
    page = load_visit_page(visit, now=now)
    name = user.name if user.staff_role == StaffRole.TECHNICIAN else visit.technician.name
    form = SignOffForm(page=page, name=name)
    if request.method == "POST":
        form = SignOffForm(request.POST, request.FILES, page=page, name=name)
        if form.is_valid() and _signed(visit, form, user):
            messages.success(request, _("Signed off. The customer gets the report by mail."))
            return _on(request, visit)
    context = {"visit": visit, "page": page, "form": form, "now": now}
    return render(request, "schedules/visit_sign_off.html", context)


def _signed(visit: Visit, form: SignOffForm, user: User) -> bool:
    """Whether it is signed now; else the form says why not."""
    now = timezone.now()
    try:
        sign_off(
            visit=visit,
            finished_at=form.device_time(now),
            carry_over=form.reasons(WorkItem),
            carry_over_tickets=form.reasons(TicketItem),
            technician=form.sign(Party.TECHNICIAN),
            customer=form.sign(Party.CUSTOMER),
            by=user,
            now=now,
        )
    except DomainError as error:
        form.show_refusal(error)
        return False
    return True


def _not_now(request: HttpRequest, visit: Visit) -> HttpResponse:
    """It is over, or has not begun; sent twice it is signed already."""
    if visit.status == VisitStatus.SIGNED:
        messages.info(request, _("%(number)s is signed off.") % {"number": visit.number})
    else:
        messages.error(request, _("Only a visit that goes on can be signed off."))
    return _on(request, visit)


def _on(request: HttpRequest, visit: Visit) -> HttpResponse:
    address = reverse("schedules:visit_detail", args=[visit.number])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]
