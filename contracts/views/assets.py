"""Pages about assets."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.entitlement import coverage_sheet
from contracts.enums import CapacityMetric, ContractState
from contracts.filters import AssetFilterSet, covered_on
from contracts.forms.register import AssetForm, AssetStartForm, CapacityForm
from contracts.models import Asset, AssetCapacity, Product, Site
from contracts.panels import panels_of
from contracts.permissions import can_add_asset, can_archive_register, can_edit_asset, can_see_notes
from contracts.views.frame import (
    WIDE,
    archive_button,
    chosen,
    chosen_customer,
    crumb,
    form_page,
    require_form,
    restore_button,
    saved,
    sent,
    visible,
)
from portal.accounts.access import person
from portal.web.access import require
from portal.web.lists import Column, list_page, render_list

SORT = {
    "tag": ("tag",),
    "name": ("name",),
    "product": ("product__name", "tag"),
    "site": ("site__customer__name", "site__name", "tag"),
    "release": ("installed_release__version", "tag"),
}


def _asset(request: HttpRequest, pk: int) -> Asset:
    related = ("site__customer", "product__vendor", "installed_release__product", "parent")
    return visible(request, Asset, pk, *related)


@login_required
@require_safe
def asset_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = Asset.objects.visible_to(request.user).select_related("site__customer", "product", "installed_release")
    listing = list_page(
        request,
        queryset=rows.annotate(is_covered=covered_on(today)),
        filterset=AssetFilterSet,
        columns=[
            Column(_("Asset"), "tag"),
            Column(_("Product"), "product", css=WIDE),
            Column(_("Release"), "release", css=WIDE),
            Column(_("Site"), "site", css=WIDE),
            Column(_("Covered today")),
        ],
        sortable=SORT,
        default="tag",
        sheet=sheets.ASSETS,
    )
    may_add = can_add_asset(request.user)
    return render_list(request, "contracts/asset_list.html", listing, may_add=may_add, today=today)


@login_required
@require_safe
def asset_detail(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    today = _today_at(asset, timezone.now())
    return _render_detail(request, asset, CapacityForm(initial={"from_on": today}), today)


def _today_at(asset: Asset, now: datetime) -> date:
    """The date on the wall where the asset stands."""
    return now.astimezone(ZoneInfo(asset.site.timezone)).date()


def _render_detail(request: HttpRequest, asset: Asset, form: CapacityForm, today: date) -> HttpResponse:
    sheet = coverage_sheet(asset=asset, on=today)
    shows_drafts = person(request).is_var  # as Contract.objects.visible_to
    prefetch_related_objects([asset], "capacities")
    context = {
        "asset": asset,
        "today": today,
        "parts": asset.parts.filter(archived_at=None).select_related("product"),
        "covers": [row for row in sheet.covers if shows_drafts or row.contract.state != ContractState.DRAFT],
        "coverage": [] if sheet.uncovered_reason else sheet.decisions,
        "uncovered_reason": sheet.uncovered_reason,
        "figures": _figures(asset, today),
        "is_supported": asset.product.is_supported(today),
        "support_ends_soon": asset.product.support_ends_soon(today),
        "form": form,
        "may_see_notes": can_see_notes(request.user),
        "may_edit": can_edit_asset(request.user, asset),
        "may_archive": can_archive_register(request.user, asset),
        "panels": panels_of(asset, person(request), timezone.now()),
    }
    return render(request, "contracts/asset_detail.html", context)


class Figure(NamedTuple):
    """What an asset holds today by one measure, and how that came about."""

    label: str
    value: int | None  # None: only later figures are entered
    from_on: date | None  # None: the product's own figure
    history: list[AssetCapacity]  # the newest first, with those that lie ahead


def _figures(asset: Asset, on: date) -> list[Figure]:
    rows = sorted(asset.capacities.all(), key=lambda row: row.from_on, reverse=True)
    return [figure for metric in CapacityMetric if (figure := _figure(asset, metric, rows, on))]


def _figure(asset: Asset, metric: CapacityMetric, rows: list[AssetCapacity], on: date) -> Figure | None:
    history = [row for row in rows if row.metric == metric]
    now = next((row for row in history if row.from_on <= on), None)
    if now:
        return Figure(str(metric.label), now.value, now.from_on, history)
    shipped = asset.product.voicemail_capacity_minutes if metric == CapacityMetric.VOICEMAIL_MINUTES else None
    return Figure(str(metric.label), shipped, None, history) if history or shipped is not None else None


@login_required
@require_POST
def asset_set_capacity(request: HttpRequest, pk: int) -> HttpResponse:
    """A new figure from a day on; a form with a fault comes back on the asset's page."""
    asset = _asset(request, pk)
    require(can_edit_asset(request.user, asset))
    form = CapacityForm(request.POST, instance=AssetCapacity(asset=asset))
    if not form.is_valid():
        return _render_detail(request, asset, form, _today_at(asset, timezone.now()))
    form.save()
    messages.success(request, _("The figure was saved."))
    return redirect("contracts:asset_detail", pk=pk)


@login_required
@require_form
def asset_create(request: HttpRequest) -> HttpResponse:
    """First where and what, in the address; then the form that fits."""
    sites = (
        Site.objects.visible_to(request.user).current().select_related("customer").order_by("customer__name", "name")
    )
    site = chosen(request, "site", sites)
    require(can_add_asset(request.user, site))
    customer = chosen_customer(request)
    products = Product.objects.visible_to(request.user).current()
    product = chosen(request, "product", products)
    if site is None or product is None:
        offered = sites.filter(customer=customer) if customer else sites
        start = AssetStartForm(initial={"site": site, "product": product}, sites=offered, products=products)
        context = {"form": start, "heading": _("Add an asset"), "crumbs": [crumb(_("Assets"), "asset_list")]}
        return render(request, "contracts/start.html", context)
    form = AssetForm(sent(request), instance=Asset(site=site, product=product))
    heading = _("Add an asset: %(product)s") % {"product": product}
    return _asset_page(request, form, site, heading, reverse("contracts:site_detail", args=[site.pk]))


@login_required
@require_form
def asset_edit(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    require(can_edit_asset(request.user, asset))
    form = AssetForm(sent(request), instance=_asset(request, pk))
    heading = _("Edit %(name)s") % {"name": asset.tag}
    return _asset_page(request, form, asset.site, heading, reverse("contracts:asset_detail", args=[pk]))


def _asset_page(request: HttpRequest, form: AssetForm, site: Site, heading: str, cancel: str) -> HttpResponse:
    return form_page(
        request,
        form,
        lambda valid: reverse("contracts:asset_detail", args=[saved(request, valid).pk]),
        done=_("The asset was saved."),
        heading=heading,
        cancel=cancel,
        crumbs=[
            crumb(_("Assets"), "asset_list"),
            crumb(site.customer, "customer_detail", site.customer_id),
            crumb(site, "site_detail", site.pk),
        ],
    )


@login_required
@require_POST
def asset_archive(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    require(can_archive_register(request.user, asset))
    return archive_button(request, asset, reverse("contracts:asset_detail", args=[pk]))


@login_required
@require_POST
def asset_restore(request: HttpRequest, pk: int) -> HttpResponse:
    asset = _asset(request, pk)
    require(can_archive_register(request.user, asset))
    return restore_button(request, asset, reverse("contracts:asset_detail", args=[pk]))
