"""Filters of the register's lists."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.enums import ContractState, ProductKind, ServiceMode
from contracts.models import Asset, Contact, Contract, CoveredAsset, Customer, Plan, Product, Site
from contracts.querysets import OfCustomers
from portal.web.filters import ListFilterSet, SearchFilter

_YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def visible_customers(request: Any) -> QuerySet[Customer]:
    return Customer.objects.visible_to(request.user)


def visible_sites(request: Any) -> QuerySet[Site]:
    return Site.objects.visible_to(request.user).select_related("customer")


class ShownFilter(django_filters.ChoiceFilter):
    """Rows in use, unless archived ones are asked for."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("archived", _("Archived")), ("all", _("All"))]
        super().__init__(
            **{"label": _("Show"), "choices": choices, "empty_label": _("In use"), "field_name": "archived_at"} | kwargs
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "all":
            return qs
        return qs.filter(archived_at__isnull=value != "archived")


class CustomerFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Customer"), "queryset": visible_customers, "empty_label": _("All")} | kwargs)


class SiteFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Site"), "queryset": visible_sites, "empty_label": _("All")} | kwargs)


class CustomerFilterSet(ListFilterSet):
    q = SearchFilter("name", "email", "phone")
    shown = ShownFilter()

    class Meta:
        model = Customer
        fields: list[str] = []


class SiteFilterSet(ListFilterSet):
    q = SearchFilter("name", "address", "customer__name")
    customer = CustomerFilter()
    shown = ShownFilter()

    class Meta:
        model = Site
        fields: list[str] = []


class ContactFilterSet(ListFilterSet):
    q = SearchFilter("name", "function", "email", "phone", "customer__name")
    customer = CustomerFilter()
    site = SiteFilter()
    shown = ShownFilter()

    class Meta:
        model = Contact
        fields: list[str] = []


class AssetFilterSet(ListFilterSet):
    q = SearchFilter("tag", "name", "serial", "product__name", "site__name", "site__customer__name")
    customer = CustomerFilter(field_name="site__customer")
    site = SiteFilter()
    kind = django_filters.ChoiceFilter(
        field_name="product__kind", label=_("Kind"), choices=ProductKind.choices, empty_label=_("All")
    )
    covered = django_filters.ChoiceFilter(
        label=_("Covered today"), choices=_YES_NO, empty_label=_("All"), method="filter_covered"
    )
    supported = django_filters.ChoiceFilter(
        label=_("Supported by the vendor"), choices=_YES_NO, empty_label=_("All"), method="filter_supported"
    )
    shown = ShownFilter()

    class Meta:
        model = Asset
        fields: list[str] = []

    def filter_covered(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the reader's date; at most places on earth it is the site's as well."""
        covered = covered_on(timezone.localdate())
        return queryset.filter(covered if value == "yes" else ~covered)

    def filter_supported(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        ended = Q(product__end_of_support_on__lte=timezone.localdate())
        return queryset.filter(~ended if value == "yes" else ended)


def covered_on(on: Any) -> Exists:
    """Whether a contract answers for an asset on that day, as a condition on assets."""
    return Exists(CoveredAsset.objects.in_force(on).filter(asset=OuterRef("pk")))


class ProductFilterSet(ListFilterSet):
    q = SearchFilter("name", "slug", "vendor__name")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ProductKind.choices, empty_label=_("All"))
    shown = ShownFilter()

    class Meta:
        model = Product
        fields: list[str] = []


class NamedFilterSet(ListFilterSet):
    """Of calendars and policies: their name is all there is to search."""

    q = SearchFilter("name")
    shown = ShownFilter()


class PlanFilterSet(ListFilterSet):
    q = SearchFilter("name")
    service_mode = django_filters.ChoiceFilter(
        field_name="mode", label=_("Service mode"), choices=ServiceMode.choices, empty_label=_("All")
    )
    shown = ShownFilter()

    class Meta:
        model = Plan
        fields: list[str] = []


class ContractSearch(SearchFilter):
    """As other lists' search; a whole number such as CT-12 finds that contract."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        number = re.fullmatch(r"CT-([1-9][0-9]{0,17})", (value or "").strip(), re.IGNORECASE)
        return qs.filter(pk=int(number[1])) if number else super().filter(qs, value)


class ContractFilterSet(ListFilterSet):
    q = ContractSearch("name", "reference", "customer__name")
    state = django_filters.ChoiceFilter(label=_("State"), choices=ContractState.choices, empty_label=_("All"))
    customer = CustomerFilter()
    ending = django_filters.ChoiceFilter(
        label=_("Ends within"),
        choices=[("30", _("30 days")), ("60", _("60 days")), ("90", _("90 days")), ("180", _("180 days"))],
        empty_label=_("Any time"),
        method="filter_ending",
    )

    class Meta:
        model = Contract
        fields: list[str] = []

    def filter_ending(self, queryset: OfCustomers[Any], name: str, value: str) -> QuerySet[Any]:
        """Running contracts whose last day lies within so many days of the reader's date."""
        today = timezone.localdate()
        until = today + timedelta(days=int(value))
        states = [ContractState.ACTIVE, ContractState.SUSPENDED]
        return queryset.filter(state__in=states, last_on__range=(today, until))
