"""The catalogue: vendors, products and their releases."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from contracts.api.resource import Configuration, Resource, SetUp
from contracts.models import Product, Release, Vendor
from contracts.permissions import can_configure, can_see_configuration
from portal.web.api import (
    ApiFilterSet,
    ArchivedFilter,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from portal.web.filters import SearchFilter


def vendors_for(user: Any) -> models.QuerySet[Vendor]:
    """Vendors are part of the catalogue, which the VAR alone sees."""
    return Vendor.objects.all() if can_see_configuration(user) else Vendor.objects.none()


class VendorSerializer(StrictModelSerializer):
    url = RowUrl("vendors")

    class Meta:
        model = Vendor
        fields = ["id", "url", "name", "support_contract_number", "support_phone", "support_url"]


class VendorFilter(ApiFilterSet):
    class Meta:
        model = Vendor
        fields = ["name"]


class VendorViewSet(SetUp):
    queryset_model = Vendor
    serializer_class = VendorSerializer
    filterset_class = VendorFilter
    ordering_fields = ["id", "name"]
    may = Resource.editable_by(can_configure)

    def visible(self) -> models.QuerySet[Any]:
        return vendors_for(self.request.user)


class ComponentSerializer(StrictSerializer):
    name = serializers.CharField(max_length=160)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class PortSerializer(StrictSerializer):
    number = serializers.IntegerField(min_value=0, max_value=65535)
    protocol = serializers.CharField(max_length=20)
    purpose = serializers.CharField(max_length=300, allow_blank=True, default="")


class ProductSerializer(StrictModelSerializer):
    url = RowUrl("products")
    vendor = VisibleKey(Vendor, rows=vendors_for, required=False, allow_null=True)
    part_of = VisibleKey(Product, required=False, allow_null=True)
    components = ComponentSerializer(many=True, required=False, max_length=200)  # type: ignore[call-arg]  # of its list
    ports = PortSerializer(many=True, required=False, max_length=200)  # type: ignore[call-arg]  # of its list

    class Meta:
        model = Product
        fields = [
            "id",
            "url",
            "slug",
            "name",
            "vendor",
            "kind",
            "part_of",
            "optional",
            "voicemail_capacity_minutes",
            "end_of_sale_on",
            "end_of_support_on",
            "keep_previous_release",
            "components",
            "ports",
            "notes",
            "archived_at",
        ]
        read_only_fields = ["archived_at"]

    def validate_part_of(self, whole: Product | None) -> Product | None:
        above = whole
        while above is not None:
            if self.instance is not None and above.pk == self.instance.pk:
                raise serializers.ValidationError(_("A product cannot be part of itself."), code="circle")
            above = above.part_of
        return whole


class ProductFilter(ApiFilterSet):
    q = SearchFilter("name", "slug", "notes")
    archived = ArchivedFilter()
    vendor = VisibleKeyFilter(Vendor, rows=vendors_for)

    class Meta:
        model = Product
        fields = ["slug", "name", "kind", "vendor", "part_of", "optional"]


class ProductViewSet(Configuration):
    queryset_model = Product
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    ordering_fields = ["id", "name", "slug", "kind", "end_of_support_on"]
    may = Resource.editable_by(can_configure, can_configure)


class ReleaseSerializer(StrictModelSerializer):
    url = RowUrl("releases")
    product = VisibleKey(Product)

    class Meta:
        model = Release
        fields = ["id", "url", "product", "version", "level", "released_on", "fixes"]

    def validate_product(self, product: Product) -> Product:
        if self.instance is not None and self.instance.product_id != product.pk:
            raise serializers.ValidationError(_("It stays with its product."), code="fixed")
        return product


class ReleaseFilter(ApiFilterSet):
    class Meta:
        model = Release
        fields = ["product", "version", "level"]


class ReleaseViewSet(SetUp):
    queryset_model = Release
    serializer_class = ReleaseSerializer
    filterset_class = ReleaseFilter
    ordering_fields = ["id", "product", "version", "released_on"]
    may = Resource.editable_by(can_configure)
