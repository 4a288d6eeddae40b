"""Pages about sites and contacts."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.asset_tree import as_tree
from contracts.bounds import organisation_zone
from contracts.field_history import newest
from contracts.filters import ContactFilterSet, SiteFilterSet, covered_on
from contracts.forms.register import ContactForm, CustomerStartForm, SiteForm
from contracts.models import Asset, BusinessCalendar, Contact, Customer, Site
from contracts.panels import panels_of
from contracts.permissions import can_add_asset, can_archive_register, can_edit_contact, can_edit_site
from contracts.views.frame import (
    WIDE,
    archive_button,
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

SITE_SORT = {
    "name": ("name",),
    "customer": ("customer__name", "name"),
    "timezone": ("timezone", "name"),
    "assets": ("asset_count", "name"),
}
CONTACT_SORT = {"name": ("name",), "customer": ("customer__name", "name"), "site": ("site__name", "name")}


def customer_start(request: HttpRequest, heading: str, way: object) -> HttpResponse:
    """Asks for whom something new is; the answer comes back as `?customer=`."""
    customers = Customer.objects.visible_to(request.user).current()
    context = {"form": CustomerStartForm(customers=customers), "heading": heading, "crumbs": [way]}
    return render(request, "contracts/start.html", context)


def _site(request: HttpRequest, pk: int) -> Site:
    return visible(request, Site, pk, "customer", "calendar")


@login_required
@require_safe
def site_list(request: HttpRequest) -> HttpResponse:
    rows = Site.objects.visible_to(request.user).select_related("customer", "calendar")
    listing = list_page(
        request,
        queryset=rows.annotate(asset_count=Count("assets", filter=Q(assets__archived_at=None))),
        filterset=SiteFilterSet,
        columns=[
            Column(_("Site"), "name"),
            Column(_("Customer"), "customer", css=WIDE),
            Column(_("Time zone"), "timezone", css=WIDE),
            Column(_("Calendar"), css=WIDE),
            Column(_("Assets"), "assets", css="text-end"),
        ],
        sortable=SITE_SORT,
        default="customer",
        sheet=sheets.SITES,
    )
    return render_list(request, "contracts/site_list.html", listing, may_add=can_edit_site(request.user))


@login_required
@require_safe
def site_detail(request: HttpRequest, pk: int) -> HttpResponse:
    site = _site(request, pk)
    today = timezone.localdate()
    assets = Asset.objects.current().filter(site=site).select_related("product", "installed_release__product")
    in_use = not site.archived_at
    context = {
        "site": site,
        "tree": as_tree(assets.annotate(is_covered=covered_on(today))),
        "contacts": Contact.objects.current().filter(Q(site=site) | Q(site=None), customer=site.customer_id),
        "may_edit": can_edit_site(request.user, site),
        "may_add_asset": can_add_asset(request.user, site) and in_use,
        "may_archive": can_archive_register(request.user, site),
        "may_edit_contact": can_edit_contact(request.user, site.customer) and in_use,
        "history": newest(site, person(request)),
        "panels": panels_of(site, person(request), timezone.now()),
    }
    return render(request, "contracts/site_detail.html", context)


@login_required
@require_form
def site_create(request: HttpRequest) -> HttpResponse:
    customer = chosen_customer(request)
    require(can_edit_site(request.user, customer))
    sites = crumb(_("Sites"), "site_list")
    if customer is None:
        return customer_start(request, _("Add a site"), sites)
    calendar = BusinessCalendar.objects.current().filter(is_default=True).first()
    initial = {"timezone": organisation_zone(), "calendar": calendar}
    form = SiteForm(sent(request), instance=Site(customer=customer), initial=initial)
    heading = _("Add a site of %(name)s") % {"name": customer}
    return _site_page(request, form, heading, crumb(customer, "customer_detail", customer.pk).href)


@login_required
@require_form
def site_edit(request: HttpRequest, pk: int) -> HttpResponse:
    site = _site(request, pk)
    require(can_edit_site(request.user, site))
    form = SiteForm(sent(request), instance=Site.objects.select_related("customer").get(pk=pk))
    cancel = reverse("contracts:site_detail", args=[pk])
    return _site_page(request, form, _("Edit %(name)s") % {"name": site}, cancel)


def _site_page(request: HttpRequest, form: SiteForm, heading: str, cancel: str) -> HttpResponse:
    customer = form.instance.customer
    return form_page(
        request,
        form,
        lambda valid: reverse("contracts:site_detail", args=[saved(request, valid).pk]),
        done=_("The site was saved."),
        heading=heading,
        cancel=cancel,
        crumbs=[crumb(_("Sites"), "site_list"), crumb(customer, "customer_detail", customer.pk)],
    )


@login_required
@require_POST
def site_archive(request: HttpRequest, pk: int) -> HttpResponse:
    site = _site(request, pk)
    require(can_archive_register(request.user, site))
    return archive_button(request, site, reverse("contracts:site_detail", args=[pk]))


@login_required
@require_POST
def site_restore(request: HttpRequest, pk: int) -> HttpResponse:
    site = _site(request, pk)
    require(can_archive_register(request.user, site))
    return restore_button(request, site, reverse("contracts:site_detail", args=[pk]))


# -- contacts ---------------------------------------------------------------------------------


def _contact(request: HttpRequest, pk: int) -> Contact:
    return visible(request, Contact, pk, "customer")


@login_required
@require_safe
def contact_list(request: HttpRequest) -> HttpResponse:
    listing = list_page(
        request,
        queryset=Contact.objects.visible_to(request.user).select_related("customer", "site"),
        filterset=ContactFilterSet,
        columns=[
            Column(_("Name"), "name"),
            Column(_("Function"), css=WIDE),
            Column(_("Customer"), "customer", css=WIDE),
            Column(_("Site"), "site", css=WIDE),
            Column(_("E-mail"), css=WIDE),
            Column(_("Phone"), css=WIDE),
            Column(""),
        ],
        sortable=CONTACT_SORT,
        default="name",
        sheet=sheets.CONTACTS,
    )
    editable = _editable(request, {row.customer for row in listing.page})
    return render_list(
        request, "contracts/contact_list.html", listing, editable=editable, may_add=_may_add_contact(request)
    )


def _editable(request: HttpRequest, customers: Iterable[Customer]) -> set[int]:
    """The keys of those customers whose contacts this person may edit."""
    return {customer.pk for customer in customers if can_edit_contact(request.user, customer)}


def _may_add_contact(request: HttpRequest) -> bool:
    if can_edit_contact(request.user):
        return True
    return not person(request).is_var and bool(_editable(request, Customer.objects.visible_to(request.user).current()))


@login_required
@require_form
def contact_create(request: HttpRequest) -> HttpResponse:
    customer = chosen_customer(request)
    require(can_edit_contact(request.user, customer))
    if customer is None:
        return customer_start(request, _("Add a contact"), crumb(_("Contacts"), "contact_list"))
    site = request.GET.get("site", "")
    form = ContactForm(sent(request), instance=Contact(customer=customer), initial={"site": site})
    return _contact_page(request, form, _("Add a contact of %(name)s") % {"name": customer})


@login_required
@require_form
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    require(can_edit_contact(request.user, contact))
    return _contact_page(request, ContactForm(sent(request), instance=contact), _("Edit a contact"))


def _contact_page(request: HttpRequest, form: ContactForm, heading: str) -> HttpResponse:
    customer = form.instance.customer

    def save(valid: ContactForm) -> str:
        saved(request, valid)
        return reverse("contracts:customer_detail", args=[customer.pk])

    return form_page(
        request,
        form,
        save,
        done=_("The contact was saved."),
        heading=heading,
        cancel=reverse("contracts:customer_detail", args=[customer.pk]),
        crumbs=[crumb(_("Contacts"), "contact_list"), crumb(customer, "customer_detail", customer.pk)],
    )


@login_required
@require_POST
def contact_archive(request: HttpRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    require(can_edit_contact(request.user, contact))
    return archive_button(request, contact, reverse("contracts:contact_list"))


@login_required
@require_POST
def contact_restore(request: HttpRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    require(can_edit_contact(request.user, contact))
    return restore_button(request, contact, reverse("contracts:contact_list"))
