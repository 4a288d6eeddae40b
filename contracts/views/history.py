"""What has changed on a row of the register, all of it. The newest stand on the row's own page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts.field_history import copies_of, entries, newest
from contracts.models import Asset, Contact, Customer, Site
from contracts.views.frame import Crumb, crumb, visible
from portal.accounts.access import person
from portal.web.lists import PAGE_SIZE


@login_required
@require_safe
def customer_history(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer, pk)
    return _page(request, customer, crumb(_("Customers"), "customer_list"), crumb(customer, "customer_detail", pk))


@login_required
@require_safe
def site_history(request: HttpRequest, pk: int) -> HttpResponse:
    site = visible(request, Site, pk, "customer")
    way = crumb(site.customer, "customer_detail", site.customer_id)
    return _page(request, site, crumb(_("Sites"), "site_list"), way, crumb(site, "site_detail", pk))


@login_required
@require_safe
def contact_history(request: HttpRequest, pk: int) -> HttpResponse:
    contact = visible(request, Contact, pk, "customer")
    way = crumb(contact.customer, "customer_detail", contact.customer_id)
    return _page(request, contact, crumb(_("Contacts"), "contact_list"), way)


@login_required
@require_safe
def asset_history(request: HttpRequest, pk: int) -> HttpResponse:
    asset = visible(request, Asset, pk, "site__customer")
    way = crumb(asset.site.customer, "customer_detail", asset.site.customer_id)
    return _page(request, asset, crumb(_("Assets"), "asset_list"), way, crumb(asset, "asset_detail", pk))


def _page(request: HttpRequest, row: Model, *way: Crumb) -> HttpResponse:
    """All of it; for a card that asks by htmx, the newest alone."""
    user: Any = person(request)
    if getattr(request, "htmx", False):
        return render(request, "contracts/_history.html", {"history": newest(row, user)})
    page = Paginator(copies_of(row, user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "heading": _("History of %(name)s") % {"name": row},
        "crumbs": way,
        "history": entries(row, list(page), user),
        "listing": {"page": page},
    }
    return render(request, "contracts/history.html", context)
