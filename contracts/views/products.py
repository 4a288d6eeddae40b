"""Pages about the catalogue: products and their releases."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.filters import ProductFilterSet
from contracts.forms.catalogue import ProductForm, ReleaseForm
from contracts.models import Product, Release
from contracts.permissions import can_configure, can_see_configuration
from contracts.views.frame import WIDE, archive_button, crumb, form_page, require_form, restore_button, sent, visible
from portal.web.access import require
from portal.web.lists import Column, list_page, render_list

SORT = {
    "name": ("name",),
    "vendor": ("vendor__name", "name"),
    "kind": ("kind", "name"),
    "support": ("end_of_support_on", "name"),
    "assets": ("asset_count", "name"),
}


def _product(request: HttpRequest, pk: int) -> Product:
    return visible(request, Product, pk, "vendor", "part_of")


@login_required
@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    require(can_see_configuration(request.user))
    rows = Product.objects.visible_to(request.user).select_related("vendor", "part_of")
    listing = list_page(
        request,
        queryset=rows.annotate(asset_count=Count("assets", filter=Q(assets__archived_at=None))),
        filterset=ProductFilterSet,
        columns=[
            Column(_("Product"), "name"),
            Column(_("Vendor"), "vendor", css=WIDE),
            Column(_("Kind"), "kind", css=WIDE),
            Column(_("End of support"), "support"),
            Column(_("Assets"), "assets", css=f"text-end {WIDE}"),
        ],
        sortable=SORT,
        default="name",
        sheet=sheets.PRODUCTS,
    )
    may_edit = can_configure(request.user)
    return render_list(request, "contracts/product_list.html", listing, may_edit=may_edit, today=timezone.localdate())


@login_required
@require_safe
def product_detail(request: HttpRequest, pk: int) -> HttpResponse:
    product = _product(request, pk)
    today = timezone.localdate()
    context = {
        "product": product,
        "parts": product.parts.filter(archived_at=None),
        "releases": product.releases.annotate(asset_count=Count("assets", filter=Q(assets__archived_at=None))),
        "asset_count": product.assets.filter(archived_at=None).count(),
        "is_supported": product.is_supported(today),
        "support_ends_soon": product.support_ends_soon(today),
        "may_edit": can_configure(request.user),
    }
    return render(request, "contracts/product_detail.html", context)


@login_required
@require_form
def product_create(request: HttpRequest) -> HttpResponse:
    require(can_configure(request.user))
    form = ProductForm(sent(request))
    return _product_page(request, form, _("Add a product"), reverse("contracts:product_list"))


@login_required
@require_form
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    product = _product(request, pk)
    require(can_configure(request.user))
    form = ProductForm(sent(request), instance=_product(request, pk))
    cancel = reverse("contracts:product_detail", args=[pk])
    return _product_page(request, form, _("Edit %(name)s") % {"name": product}, cancel)


def _product_page(request: HttpRequest, form: ProductForm, heading: str, cancel: str) -> HttpResponse:
    return form_page(
        request,
        form,
        lambda valid: reverse("contracts:product_detail", args=[valid.save().pk]),
        done=_("The product was saved."),
        heading=heading,
        cancel=cancel,
        crumbs=[crumb(_("Products"), "product_list")],
    )


@login_required
@require_POST
def product_archive(request: HttpRequest, pk: int) -> HttpResponse:
    product = _product(request, pk)
    require(can_configure(request.user))
    return archive_button(request, product, reverse("contracts:product_detail", args=[pk]))


@login_required
@require_POST
def product_restore(request: HttpRequest, pk: int) -> HttpResponse:
    product = _product(request, pk)
    require(can_configure(request.user))
    return restore_button(request, product, reverse("contracts:product_detail", args=[pk]))


@login_required
@require_form
def release_create(request: HttpRequest, pk: int) -> HttpResponse:
    product = _product(request, pk)
    require(can_configure(request.user))
    form = ReleaseForm(sent(request), instance=Release(product=product))
    return _release_page(request, form, _("Add a release of %(name)s") % {"name": product})


@login_required
@require_form
def release_edit(request: HttpRequest, pk: int) -> HttpResponse:
    release = visible(request, Release, pk, "product")
    require(can_configure(request.user))
    heading = _("Edit %(name)s") % {"name": release}
    return _release_page(request, ReleaseForm(sent(request), instance=release), heading)


def _release_page(request: HttpRequest, form: ReleaseForm, heading: str) -> HttpResponse:
    product = form.instance.product
    detail = crumb(product, "product_detail", product.pk)

    def save(valid: ReleaseForm) -> str:
        valid.save()
        return detail.href

    return form_page(
        request,
        form,
        save,
        done=_("The release was saved."),
        heading=heading,
        cancel=detail.href,
        crumbs=[crumb(_("Products"), "product_list"), detail],
    )
