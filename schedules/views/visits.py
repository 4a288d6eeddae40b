"""Pages about visits: the list, and the one page that a visit is done from."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.accounts.access import person
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.web.lists import Column, list_page, render_list
from schedules import sheets
from schedules.enums import VisitStatus
from schedules.filters import VisitFilterSet
from schedules.forms.visits import PartForm, TimeForm
from schedules.held import with_item_counts
from schedules.models import Visit
from schedules.permissions import can_confirm_visit, can_do_visit, can_plan_visit, can_record_service
from schedules.visit_page import VisitPage, history_of, load_visit_page

SORT = {
    "mine": ("-is_mine", "planned_start_at"),  # a technician's own first
    "when": ("planned_start_at",),
    "number": ("pk",),
    "site": ("site__customer__name", "site__name"),
    "technician": ("technician__name", "planned_start_at"),
    "status": ("status", "planned_start_at"),
}
REPORTS = 5  # of earlier visits, beside the one that a customer looks at
AHEAD = ("", "planned", "other_time", "confirmed", "in_progress")


@login_required
@require_safe
def visit_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    listing = list_page(
        request,
        queryset=with_item_counts(visible_visits(user)).annotate(is_mine=_is_of(user)),
        filterset=VisitFilterSet,
        columns=[
            Column(_("When"), "when"),
            Column(_("Site"), "site"),
            Column(_("Technician"), "technician"),
            Column(_("What for")),
            Column(_("Status"), "status"),
        ],
        sortable=SORT,
        default=_order(user, request.GET.get("status", "")),
        sheet=sheets.VISITS,
    )
    return render_list(request, "schedules/visit_list.html", listing, may_plan=can_plan_visit(user))


def visible_visits(user: User) -> QuerySet[Visit]:
    rows: QuerySet[Visit] = Visit.objects.visible_to(user).select_related("site__customer", "technician")
    return rows


def get_visit(request: HttpRequest, pk: int) -> Visit:
    """The visit, or 404 where this person may not see it."""
    return get_object_or_404(visible_visits(person(request)), pk=pk)


@login_required
@require_safe
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show_visit(request, get_visit(request, pk))


def show_visit(request: HttpRequest, visit: Visit, *, forms: dict[str, Any] | None = None) -> HttpResponse:
    """The page; `forms` are those that came back with what was typed, by their verb."""
    user, now = person(request), timezone.now()
    page = load_visit_page(visit, now=now)
    context = {"visit": visit, "page": page, "now": now, "may_confirm": can_confirm_visit(user, visit)}
    if not user.is_var:
        earlier = visible_visits(user).filter(site=visit.site, status=VisitStatus.SIGNED).exclude(pk=visit.pk)
        return render(request, "schedules/visit_customer.html", context | {"earlier": earlier[:REPORTS]})
    context |= {"verbs": _verbs(user, page), "history": history_of(visit)}
    return render(request, "schedules/visit_detail.html", context | {"forms": _forms(page) | (forms or {})})


def _verbs(user: User, page: VisitPage) -> dict[str, bool]:
    """What this person may do with the visit as it stands."""
    visit, may_do, may_plan = page.visit, can_do_visit(user), can_plan_visit(user)
    waits = visit.status in (VisitStatus.PLANNED, VisitStatus.CONFIRMED)
    goes_on = visit.status == VisitStatus.IN_PROGRESS
    return {
        "start": waits and may_do,
        "sign_off": goes_on and may_do,
        "change": visit.is_open and may_do,
        "reschedule": waits and may_plan,
        "cancel": visit.is_open and may_plan,
        "record": visit.is_open and can_record_service(user),
    }


def _forms(page: VisitPage) -> dict[str, Any]:
    """For time and parts: empty, and each with an id of its own."""
    return {"time": TimeForm(), "part": PartForm(site=page.visit.site)}


def _is_of(user: User) -> Q:
    is_technician = user.staff_role == StaffRole.TECHNICIAN
    return Q(technician=user.pk) if is_technician else Q(pk=None)


def _order(user: User, status: str) -> str:
    """What lies ahead comes soonest first, a technician's own before that; what is over, latest first."""
    if status not in AHEAD:
        return "-when"
    return "mine" if user.staff_role == StaffRole.TECHNICIAN else "when"
