"""What fits an asset: its release, what it is part of, where it can move. The form offers it, the API checks it."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.asset_tree import below
from contracts.models import Asset, Product, Release, Site
from portal.web.errors import DomainError

OTHER_PRODUCTS_RELEASE = gettext_lazy("This is not a release of the product.")
NO_WHOLE = gettext_lazy("This is no asset at the same site that it could be part of.")


def releases_of(product_id: int) -> QuerySet[Release]:
    rows: QuerySet[Release] = Release.objects.filter(product=product_id)
    return rows


def wholes_of(asset: Asset | None, site_id: int) -> QuerySet[Asset]:
    """What the stored asset (None: a new one) can be part of at that site: in use, and not below it."""
    rows: QuerySet[Asset] = Asset.objects.filter(site=site_id)
    if asset is None:
        return rows.filter(archived_at=None)
    in_use = Q(archived_at=None) | Q(pk=asset.parent_id)
    return rows.filter(in_use).exclude(pk__in={asset.pk, *below(asset.pk, site_id=asset.site_id)})


def check_move(asset: Asset, site: Site) -> None:
    """Raise DomainError where the stored asset cannot stand at that site."""
    if site.pk == asset.site_id:
        return
    if site.customer_id != asset.site.customer_id:
        raise DomainError(_("This site belongs to another customer."), attr="site")
    parts = asset.parts.values_list("tag", flat=True)
    if parts:
        message = _("%(parts)s are part of it and would stay behind. Take them off it first.")
        raise DomainError(message % {"parts": ", ".join(parts)}, attr="site")


def check_fit(
    asset: Asset | None, *, site: Site, product: Product, release: Release | None, parent: Asset | None
) -> None:
    """Raise DomainError where what the stored asset (None: a new one) is to say does not go together."""
    if asset is not None:
        check_move(asset, site)
    if release is not None and release.product_id != product.pk:
        raise DomainError(str(OTHER_PRODUCTS_RELEASE), attr="installed_release")
    if parent is not None and not wholes_of(asset, site.pk).filter(pk=parent.pk).exists():
        raise DomainError(str(NO_WHOLE), attr="parent")
