"""Change events: reported here, with the work orders they opened and why."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Prefetch
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.models import Asset, Customer, Site
from portal.accounts.models import User
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    InstantField,
    InstantFilter,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from portal.web.api_defaults import CursorPages
from schedules.actions import record_change
from schedules.api.fields import FlagField
from schedules.change_details import NON_FIELD, DetailsError, validate_details
from schedules.enums import ChangeSource, WorkStatus
from schedules.models import ChangeEvent, Firing
from schedules.permissions import can_report_change, may_report_changes


@extend_schema_field(OpenApiTypes.OBJECT)
class DetailsField(serializers.JSONField):
    """Typed by kind; judged by `validate_details`, which names each field at fault."""


class OpenedWorkSerializer(StrictSerializer):
    """A work order that the event opened."""

    id = serializers.IntegerField(source="work_order.pk")
    url = serializers.HyperlinkedRelatedField(source="work_order", view_name="api:work-orders-detail", read_only=True)  # type: ignore[var-annotated]
    number = serializers.CharField(source="work_order.number")
    procedure = serializers.IntegerField(source="procedure_id")
    procedure_slug = serializers.CharField(source="procedure.slug")
    procedure_name = serializers.CharField(source="procedure.name")
    follow_up_day = serializers.IntegerField(help_text="Days after the change; 0 = the checklist itself.")
    status = serializers.ChoiceField(source="work_order.status", choices=WorkStatus.choices)
    window_opens_at = InstantField(source="work_order.window_opens_at")
    due_at = InstantField(source="work_order.due_at")


class WhySerializer(StrictSerializer):
    """What a rule made of the event: the work order it opened, or null, and the reason."""

    procedure = serializers.IntegerField(source="procedure_id")
    procedure_slug = serializers.CharField(source="procedure.slug")
    follow_up_day = serializers.IntegerField()
    work_order = serializers.IntegerField(source="work_order_id", allow_null=True)
    reason = serializers.CharField()


class ChangeEventSerializer(StrictModelSerializer):
    """A change of equipment names `asset`, one of a whole site `site`: each kind says which."""

    url = RowUrl("change-events")
    number = serializers.CharField(read_only=True)
    customer = serializers.IntegerField(source="site.customer_id", read_only=True)
    asset = VisibleKey(Asset, required=False, allow_null=True)
    site = VisibleKey(Site, required=False, allow_null=True)
    occurs_at = InstantField(help_text="From a year ago to two years ahead.")
    details = DetailsField(required=False, help_text="The fields of the kind.")
    significant = FlagField(
        required=False, allow_null=True, help_text="A person's word; left out: what the figures say."
    )
    external_id = serializers.CharField(
        max_length=120, required=False, allow_blank=True, help_text="The sender's own id: told again, it is one event."
    )
    work_orders = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()

    class Meta:
        model = ChangeEvent
        fields = [
            "id",
            "url",
            "number",
            "kind",
            "customer",
            "site",
            "asset",
            "occurs_at",
            "details",
            "external_id",
            "significant",
            "source",
            "reported_at",
            "reported_by",
            "times_reported",
            "applied_at",
            "applied",
            "work_orders",
            "why",
        ]
        read_only_fields = ["source", "reported_at", "reported_by", "times_reported", "applied_at", "applied"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Tells all faults of the details at once; the action would stop at the first."""
        try:
            validate_details(attrs["kind"], attrs.get("details") or {})
        except DetailsError as error:
            own = error.errors.pop(NON_FIELD, None)
            faults: Any = {name: [message] for name, message in error.errors.items()} or [own]
            raise serializers.ValidationError({"details": faults}) from error
        return attrs

    @extend_schema_field(OpenedWorkSerializer(many=True))
    def get_work_orders(self, event: ChangeEvent) -> Any:
        opened = [firing for firing in event.firings.all() if firing.work_order_id]
        return OpenedWorkSerializer(opened, many=True, context=self.context).data

    @extend_schema_field(WhySerializer(many=True))
    def get_why(self, event: ChangeEvent) -> Any:
        return WhySerializer(event.firings.all(), many=True).data


class ChangeEventFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="site__customer")
    occurs_before = InstantFilter(field_name="occurs_at", lookup_expr="lt", label="Earlier than this instant.")
    occurs_after = InstantFilter(field_name="occurs_at", lookup_expr="gte", label="At this instant or later.")

    class Meta:
        model = ChangeEvent
        fields = ["kind", "customer", "site", "asset", "external_id", "source", "significant"]


class ChangePages(CursorPages):
    ordering = ("-occurs_at", "-id")


class ChangeEventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = ChangeEvent
    serializer_class = ChangeEventSerializer
    filterset_class = ChangeEventFilterSet
    pagination_class = ChangePages
    ordering_fields = ["occurs_at"]
    number_prefix = "CE"

    def visible(self) -> models.QuerySet[Any]:
        firings = Firing.objects.select_related("work_order", "procedure").order_by("follow_up_day", "pk")
        return super().visible().select_related("site").prefetch_related(Prefetch("firings", queryset=firings))

    @extend_schema(responses={201: ChangeEventSerializer, 200: ChangeEventSerializer})
    def create(self, request: Request) -> Response:
        """Report a change, before it happens or after; the same one told again is a 200 with the event that is there.

        The same is: the customer's same `external_id`; without one, kind, subject, local day and details.
        """
        user = request.user
        assert isinstance(user, User)
        require(may_report_changes(user))
        given = self.body()
        for site in _sites(given):
            require(can_report_change(user, site.customer))
        source = ChangeSource.API if user.is_var else ChangeSource.CUSTOMER
        event = record_change(**given, source=source, by=user, now=self.now)
        return self.answer(event, 201 if event.times_reported == 1 else 200)


def _sites(given: dict[str, Any]) -> list[Site]:
    """The sites that the body names, itself or by an asset."""
    asset, site = given.get("asset"), given.get("site")
    return [row for row in (site, asset and asset.site) if row is not None]
