"""Pages about service levels."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.actions import save_policy
from contracts.filters import NamedFilterSet
from contracts.forms.policies import BLANK, PAUSE_LABELS, SlaPolicyForm, initial_of
from contracts.models import Plan, SlaPolicy
from contracts.permissions import can_configure, can_see_configuration
from contracts.views.frame import (
    archive_button,
    crumb,
    form_page,
    require_form,
    restore_button,
    sent,
    shown_version,
    visible,
)
from contracts.wording import resolution_in_words, response_in_words
from portal.web.access import require
from portal.web.lists import Column, list_page, render_list

SORT = {"name": ("name",), "version": ("newest", "name")}


class SlaPolicyFilterSet(NamedFilterSet):
    class Meta:
        model = SlaPolicy
        fields: list[str] = []


def _policy(request: HttpRequest, pk: int) -> SlaPolicy:
    return visible(request, SlaPolicy, pk)


@login_required
@require_safe
def sla_policy_list(request: HttpRequest) -> HttpResponse:
    require(can_see_configuration(request.user))
    listing = list_page(
        request,
        queryset=SlaPolicy.objects.visible_to(request.user).annotate(newest=Max("versions__number")),
        filterset=SlaPolicyFilterSet,
        columns=[Column(_("Policy"), "name"), Column(_("Version"), "version", css="text-end")],
        sortable=SORT,
        default="name",
        sheet=sheets.SLA_POLICIES,
    )
    return render_list(request, "contracts/sla_policy_list.html", listing, may_edit=can_configure(request.user))


@login_required
@require_safe
def sla_policy_detail(request: HttpRequest, pk: int) -> HttpResponse:
    policy = _policy(request, pk)
    version = shown_version(request, policy)
    plans = Plan.objects.current().filter(versions__policy_version__policy=policy).distinct()
    context = {
        "policy": policy,
        "version": version,
        "targets": [(row, response_in_words(row), resolution_in_words(row)) for row in version.targets.all()],
        "at_risk_share": float(version.at_risk_share),
        "pauses": [PAUSE_LABELS.get(key, key) for key in version.pause_on],
        "versions": policy.versions.order_by("-number"),
        "plans": plans,
        "may_edit": can_configure(request.user),
    }
    return render(request, "contracts/sla_policy_detail.html", context)


@login_required
@require_form
def sla_policy_create(request: HttpRequest) -> HttpResponse:
    require(can_configure(request.user))
    form = SlaPolicyForm(sent(request), initial=BLANK)
    return _policy_page(request, form, None, _("Add an SLA policy"), reverse("contracts:sla_policy_list"))


@login_required
@require_form
def sla_policy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    policy = _policy(request, pk)
    require(can_configure(request.user))
    form = SlaPolicyForm(sent(request), initial=initial_of(policy.current()))
    cancel = reverse("contracts:sla_policy_detail", args=[pk])
    return _policy_page(request, form, policy, _("Edit %(name)s") % {"name": policy}, cancel)


def _policy_page(
    request: HttpRequest, form: SlaPolicyForm, policy: SlaPolicy | None, heading: str, cancel: str
) -> HttpResponse:
    def save(valid: SlaPolicyForm) -> str:
        version = save_policy(policy=policy, **valid.values(), now=timezone.now())
        return reverse("contracts:sla_policy_detail", args=[version.policy_id])

    return form_page(
        request,
        form,
        save,
        done=_("The policy was saved."),
        template="contracts/sla_policy_form.html",
        show=form.show,
        heading=heading,
        cancel=cancel,
        crumbs=[crumb(_("SLA policies"), "sla_policy_list")],
    )


@login_required
@require_POST
def sla_policy_archive(request: HttpRequest, pk: int) -> HttpResponse:
    policy = _policy(request, pk)
    require(can_configure(request.user))
    return archive_button(request, policy, reverse("contracts:sla_policy_detail", args=[pk]))


@login_required
@require_POST
def sla_policy_restore(request: HttpRequest, pk: int) -> HttpResponse:
    policy = _policy(request, pk)
    require(can_configure(request.user))
    return restore_button(request, policy, reverse("contracts:sla_policy_detail", args=[pk]))
