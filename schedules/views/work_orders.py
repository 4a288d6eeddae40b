"""Pages about work orders: the list, the one page on which work is done, its photos."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.enums import Performer
from contracts.permissions import can_manage_guest_links
from portal.accounts.access import person
from portal.accounts.models import User
from portal.files.serving import serve
from portal.web.lists import Column, list_page, render_list
from schedules.enums import WorkStatus
from schedules.filters import WorkOrderFilterSet
from schedules.forms import AssignForm, ReasonForm
from schedules.held import visit_holding, with_visit
from schedules.models import AnswerPhoto, Visit, WorkOrder
from schedules.permissions import (
    can_assign_work,
    can_cancel_work,
    can_excuse_work,
    can_hand_over_work,
    can_plan_visit,
    can_see_inside,
    can_skip_work,
    can_take_work,
    is_for_the_customer,
)
from schedules.sheets import work_sheet
from schedules.work_page import WorkPage, history_of, load_work_page

SORT = {
    "number": ("pk",),
    "work": ("procedure_version__procedure__slug",),
    "site": ("site__customer__name", "site__name"),
    "due": ("due_at",),
    "status": ("status", "due_at"),
    "assignee": ("assignee__name",),
}


@login_required
@require_safe
def work_order_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    assigned = [Column(_("Assigned to"), "assignee")] if user.is_var else []
    listing = list_page(
        request,
        queryset=with_visit(visible_work(user)),
        filterset=WorkOrderFilterSet,
        columns=[
            Column(_("Work"), "work"),
            Column(_("Site"), "site"),
            Column(_("Due"), "due"),
            *assigned,
            Column(_("Status"), "status"),
        ],
        sortable=SORT,
        default="due",
        sheet=work_sheet(user),
    )
    return render_list(request, "schedules/work_order_list.html", listing, now=timezone.now())


def visible_work(user: User) -> QuerySet[WorkOrder]:
    rows: QuerySet[WorkOrder] = WorkOrder.objects.visible_to(user).select_related(
        "site__customer", "contract", "asset", "assignee", "procedure_version__procedure"
    )
    return rows


def get_work_order(request: HttpRequest, pk: int) -> WorkOrder:
    """The work order, or 404 where this person may not see it."""
    return get_object_or_404(visible_work(person(request)), pk=pk)


@login_required
@require_safe
def work_order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return show_work(request, get_work_order(request, pk))


def show_work(request: HttpRequest, work_order: WorkOrder, *, refused: Mapping[str, Any] | None = None) -> HttpResponse:
    """The page; `refused` as `load_work_page` takes it, where a card was sent without JavaScript."""
    user, now = person(request), timezone.now()
    page = load_work_page(work_order, user, now=now, refused=refused)
    held_by = visit_holding(work_order) if work_order.is_open else None
    context = {"page": page, "order": work_order, "now": now, "held_by": held_by}
    context["show_gaps"] = request.GET.get("missing") == "1"
    if not can_see_inside(user, work_order):
        return render(request, "schedules/work_order_customer.html", context)
    context |= {"history": history_of(work_order) if user.is_var else [], "verbs": _verbs(user, page, held_by)}
    return render(request, "schedules/work_order_detail.html", context)


def _verbs(user: User, page: WorkPage, held_by: Visit | None) -> dict[str, Any]:
    """What this person may do with the work order as a whole, as it stands; a visit's work stays its technician's."""
    order, is_free = page.work_order, held_by is None
    is_assigned = order.assignee_id is not None
    verbs: dict[str, Any] = {
        "start": page.can_answer and order.status == WorkStatus.DUE,
        "complete": page.can_answer,
        "take": order.is_open and is_free and can_take_work(user, order),
        "assign": order.is_open and is_free and can_assign_work(user, order),
        "skip": order.is_open and can_skip_work(user, order),
        "cancel": order.is_open and can_cancel_work(user, order),
        "reinstate": order.status in (WorkStatus.CANCELLED, WorkStatus.SKIPPED) and can_cancel_work(user, order),
        "excuse": order.status in (WorkStatus.MISSED, WorkStatus.SKIPPED)
        and order.excused_at is None
        and can_excuse_work(user, order),
        "is_assigned": is_assigned,
        "hand_over": order.is_open and is_free and page.checklist.event is not None and can_hand_over_work(user, order),
    }
    verbs["plan"] = order.is_open and is_free and order.performer == Performer.VAR and can_plan_visit(user)
    verbs["send_link"] = (
        order.is_open and is_for_the_customer(order) and can_manage_guest_links(user, order.site.customer)
    )
    if verbs["assign"]:
        verbs["assign_form"] = AssignForm(initial={"assignee": order.assignee_id})
    return verbs | {"reason_form": ReasonForm(auto_id=False)}


@login_required
@require_safe
def work_order_photo(request: HttpRequest, pk: int, photo: uuid.UUID) -> FileResponse:
    work_order = get_work_order(request, pk)
    if not can_see_inside(person(request), work_order):
        raise Http404
    rows = AnswerPhoto.objects.filter(target__work_order=work_order).select_related("file")
    return serve(get_object_or_404(rows, file__uuid=photo).file)
