"""What is usual at an asset: shown, and set by a manager."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.models import Asset
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import set_baseline
from schedules.baselines import Usual, baselines_of
from schedules.enums import Metric
from schedules.forms.baselines import BaselineForm
from schedules.models import Baseline
from schedules.permissions import can_set_baseline
from schedules.programme_files import METRIC_UNITS
from schedules.quality import BASELINE_METRICS


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def baseline_set(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = person(request), timezone.now()
    asset: Asset = get_object_or_404(Asset.objects.visible_to(user).select_related("site__customer"), pk=pk)
    require(can_set_baseline(user))
    sent = request.POST if request.method == "POST" else None
    form = BaselineForm(sent, initial=BaselineForm.starting_at(request.GET.get("metric", "")))
    if form.is_valid():
        try:
            set_baseline(asset=asset, by=user, now=now, **form.cleaned_data)
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("From now on readings are compared with this figure."))
            return redirect("schedules:baseline_set", pk)
    return render(request, "schedules/baseline_set.html", _page(asset, form, now))


def _page(asset: Asset, form: BaselineForm, now: datetime) -> dict[str, Any]:
    address = reverse("contracts:asset_detail", args=[asset.pk])
    return {
        "form": form,
        "asset": asset,
        "usual": _usual(asset, now),
        "heading": _("What is usual at %(asset)s") % {"asset": asset.tag},
        "intro": _("It takes the place of the first readings, until you set another figure or the office moves."),
        "over": str(asset),
        "over_href": address,
        "cancel": address,
    }


def _usual(asset: Asset, now: datetime) -> list[tuple[str, str]]:
    """Each metric with what is usual, and why."""
    found = baselines_of([asset], BASELINE_METRICS, before=now)
    newest = {row.metric: row for row in asset.baselines.select_related("set_by").order_by("set_at", "pk")}
    rows = ((metric, found.get((asset.pk, metric.value))) for metric in BASELINE_METRICS)
    return [(str(metric.label), _words(metric, usual, newest.get(metric))) for metric, usual in rows]


def _words(metric: Metric, usual: Usual | None, newest: Baseline | None) -> str:
    if usual is None:
        return _("not known yet: it takes three readings")
    figure = f"{usual.value:.6g} {METRIC_UNITS[metric]}"
    if newest is None or not usual.is_set:
        return _("%(figure)s, the median of the first three readings") % {"figure": figure}
    told = {"figure": figure, "name": newest.set_by or _("a manager"), "reason": newest.reason}
    return _("%(figure)s, set by %(name)s: %(reason)s") % told
