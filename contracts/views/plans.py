"""Pages about plans: what a contract can include."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.actions import save_plan
from contracts.cadence import cadence_in_words
from contracts.enums import Decision, ServiceMode, WorkKind
from contracts.filters import PlanFilterSet
from contracts.forms.plans import PlanForms
from contracts.models import Contract, Plan, PlanCoverage, PlanProcedure, PlanVersion
from contracts.permissions import can_configure, can_see_configuration
from contracts.procedures import procedure_names
from contracts.views.frame import (
    WIDE,
    archive_button,
    crumb,
    require_form,
    restore_button,
    sent,
    shown_version,
    visible,
)
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.lists import Column, list_page, render_list

SORT = {"name": ("name",), "mode": ("mode", "name"), "policy": ("policy_name", "name")}


def _plan(request: HttpRequest, pk: int) -> Plan:
    return visible(request, Plan, pk)


@login_required
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    require(can_see_configuration(request.user))
    newest = PlanVersion.objects.filter(plan=OuterRef("pk")).order_by("-number")
    rows = Plan.objects.visible_to(request.user).annotate(
        mode=Subquery(newest.values("service_mode")[:1]),
        number=Subquery(newest.values("number")[:1]),
        policy_name=Subquery(newest.values("policy_version__policy__name")[:1]),
    )
    listing = list_page(
        request,
        queryset=rows,
        filterset=PlanFilterSet,
        columns=[
            Column(_("Plan"), "name"),
            Column(_("Service mode"), "mode"),
            Column(_("SLA policy"), "policy", css=WIDE),
            Column(_("Version"), css=f"text-end {WIDE}"),
        ],
        sortable=SORT,
        default="name",
        sheet=sheets.PLANS,
    )
    modes = dict(ServiceMode.choices)
    return render_list(request, "contracts/plan_list.html", listing, may_edit=can_configure(request.user), modes=modes)


def coverage_rows(version: PlanVersion) -> list[PlanCoverage]:
    """One row for each kind of work; what the plan does not name is billable."""
    named = {row.work_kind: row for row in version.coverage.all()}
    silent = _("Not part of the plan.")
    return [
        named.get(kind) or PlanCoverage(work_kind=kind, decision=Decision.BILLABLE, clause=silent)
        for kind in WorkKind.values
    ]


class Recurring(NamedTuple):
    """A procedure of a plan, in words."""

    name: str
    row: PlanProcedure
    cadence: str


def recurring_work(version: PlanVersion) -> list[Recurring]:
    """By the procedures' names; two queries."""
    names = procedure_names()
    rows = version.procedures.all()
    found = [Recurring(names.get(row.procedure_slug, row.procedure_slug), row, cadence_in_words(row)) for row in rows]
    return sorted(found, key=lambda work: work.name.lower())


@login_required
@require_safe
def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    version = shown_version(request, plan)
    contracts = Contract.objects.visible_to(request.user).running().filter(terms__plan_version__plan=plan)
    context = {
        "plan": plan,
        "version": version,
        "policy": version.policy_version.policy,
        "coverage": coverage_rows(version),
        "procedures": recurring_work(version),
        "versions": plan.versions.select_related("policy_version__policy").order_by("-number"),
        "contracts": contracts.select_related("customer").distinct(),
        "may_edit": can_configure(request.user),
    }
    return render(request, "contracts/plan_detail.html", context)


@login_required
@require_form
def plan_create(request: HttpRequest) -> HttpResponse:
    require(can_configure(request.user))
    return _plan_page(request, PlanForms(sent(request)), None, _("Add a plan"), reverse("contracts:plan_list"))


@login_required
@require_form
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    require(can_configure(request.user))
    forms = PlanForms(sent(request), version=plan.current())
    cancel = reverse("contracts:plan_detail", args=[pk])
    return _plan_page(request, forms, plan, _("Edit %(name)s") % {"name": plan}, cancel)


def _plan_page(request: HttpRequest, forms: PlanForms, plan: Plan | None, heading: str, cancel: str) -> HttpResponse:
    if "more" in request.POST:
        forms.with_more_rows()
    elif request.method == "POST" and forms.is_valid():
        try:
            version = save_plan(plan=plan, **forms.values(), now=timezone.now())
        except DomainError as error:
            forms.show(error)
        else:
            messages.success(request, _("The plan was saved."))
            return redirect("contracts:plan_detail", pk=version.plan_id)
    context: dict[str, Any] = {"heading": heading, "cancel": cancel, "crumbs": [crumb(_("Plans"), "plan_list")]}
    return render(request, "contracts/plan_form.html", {"form": forms.header, "rows": forms.rows, **context})


@login_required
@require_POST
def plan_archive(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    require(can_configure(request.user))
    return archive_button(request, plan, reverse("contracts:plan_detail", args=[pk]))


@login_required
@require_POST
def plan_restore(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    require(can_configure(request.user))
    return restore_button(request, plan, reverse("contracts:plan_detail", args=[pk]))
