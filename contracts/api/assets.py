"""Assets, their figures, and what a contract covers of them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.addresses import read_subnet
from contracts.api.history import Remembered
from contracts.api.resource import NotesForTheVar, Resource
from contracts.asset_rules import check_fit
from contracts.entitlement import cover_of, coverage_of, coverage_under
from contracts.enums import Decision, WorkKind
from contracts.models import Asset, AssetCapacity, Customer, Product, Release, Site
from contracts.permissions import can_add_asset, can_archive_register, can_edit_asset
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    ArchivedFilter,
    DayField,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from portal.web.filters import SearchFilter


class CapacitySerializer(StrictModelSerializer):
    """A figure that holds from a day on; the same metric and day again replaces it."""

    class Meta:
        model = AssetCapacity
        fields = ["metric", "value", "from_on"]


class AssetSerializer(NotesForTheVar):
    url = RowUrl("assets")
    site = VisibleKey(Site)
    product = VisibleKey(Product)
    product_name = serializers.CharField(source="product.name", read_only=True)
    parent = VisibleKey(Asset, required=False, allow_null=True)  # type: ignore[assignment]  # hides an attribute
    installed_release = VisibleKey(Release, required=False, allow_null=True)
    installed_version = serializers.SerializerMethodField()
    capacities = CapacitySerializer(many=True, read_only=True)

    class Meta:
        model = Asset
        fields = [
            "id",
            "url",
            "tag",
            "name",
            "site",
            "product",
            "product_name",
            "parent",
            "installed_release",
            "installed_version",
            "serial",
            "deployed_on",
            "users_count",
            "ip_address",
            "subnet",
            "vendor_contract_number",
            "vendor_contract_until_on",
            "notes",
            "capacities",
            "archived_at",
        ]
        read_only_fields = ["archived_at"]

    def get_installed_version(self, asset: Asset) -> str | None:
        return asset.installed_release.version if asset.installed_release else None

    def validate_subnet(self, subnet: str) -> str:
        return read_subnet(subnet) if subnet else ""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asset: Asset | None = self.instance
        said: Any = {name: getattr(asset, name, None) for name in ("site", "product", "installed_release", "parent")}
        said |= attrs
        check_fit(
            asset,
            site=said["site"],
            product=said["product"],
            release=said["installed_release"],
            parent=said["parent"],
        )
        return attrs


class AssetFilter(ApiFilterSet):
    q = SearchFilter("tag", "name", "serial", "product__name", "site__name")
    archived = ArchivedFilter()
    customer = VisibleKeyFilter(Customer, field_name="site__customer")

    class Meta:
        model = Asset
        fields = ["customer", "site", "product", "parent", "tag", "serial", "installed_release"]


class CoverageQuery(StrictSerializer):
    work = serializers.ChoiceField(choices=WorkKind.choices, help_text="The kind of work.")
    on = DayField(required=False, help_text="The day; left out: today at the site.")


class CoverageAnswer(StrictSerializer):
    covered = serializers.BooleanField(help_text="In full, or up to an amount.")
    decision = serializers.ChoiceField(choices=Decision.choices)
    contract = serializers.IntegerField(allow_null=True, help_text="The id of the contract that says so.")
    contract_number = serializers.CharField(allow_null=True)
    reason = serializers.CharField(help_text="The decision as a sentence.")


class AssetViewSet(Remembered):
    queryset_model = Asset
    serializer_class = AssetSerializer
    filterset_class = AssetFilter
    ordering_fields = ["id", "tag", "name", "site", "product", "deployed_on"]
    add_verb = "add_asset"
    may = Resource.editable_by(can_edit_asset, can_archive_register) | {"capacities": can_edit_asset}

    def visible(self) -> models.QuerySet[Any]:
        rows = super().visible().select_related("site__customer", "product", "installed_release", "parent")
        return rows.prefetch_related("capacities")

    def perform_create(self, serializer: Any) -> None:
        require(can_add_asset(self.request.user, serializer.validated_data["site"]))
        serializer.save()

    @extend_schema(responses=CoverageAnswer)
    @action(detail=True, query_serializer_class=CoverageQuery)
    def coverage(self, request: Request, pk: str) -> Response:
        """Whether a contract pays for this kind of work on the asset on that day, and why."""
        asset = self.get_object()
        asked = self.query()
        on = asked.get("on") or self.now.astimezone(ZoneInfo(asset.site.timezone)).date()
        cover = cover_of(asset, on)
        if cover is None:
            decision = coverage_of(asset=asset, work_kind=asked["work"], on=on)
        else:
            decision = coverage_under(cover=cover, work_kind=asked["work"])
        return Response(
            {
                "covered": decision.covered,
                "decision": decision.decision,
                "contract": cover.contract.pk if cover else None,
                "contract_number": decision.contract_number,
                "reason": decision.reason,
            }
        )

    @action(detail=True, methods=["post"], serializer_class=CapacitySerializer)
    def capacities(self, request: Request, pk: str) -> Response:
        """Enter a figure that holds from a day on."""
        asset = self.get_object()
        given = self.body()
        AssetCapacity.objects.update_or_create(
            asset=asset, metric=given["metric"], from_on=given["from_on"], defaults={"value": given["value"]}
        )
        return self.answer(asset)
