"""Time and parts, of visits, tickets and work outside visits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.actions.services import MOST_MINUTES, MOST_PARTS
from contracts.enums import TimeKind
from contracts.models import Asset, Contract, Customer, PartUsed, Site, TimeEntry
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    EmptySerializer,
    InstantFilter,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from schedules.actions import enter_part, enter_time, take_back
from schedules.api.fields import DeviceInstantField, UuidField
from schedules.models import Visit, WorkOrder
from schedules.permissions import can_record_service
from tickets.models import Ticket

COMMON = [
    "id",
    "url",
    "client_uuid",
    "site",
    "asset",
    "contract",
    "source",
    "source_label",
    "note",
    "coverage_decision",
    "coverage_sentence",
    "used_at",
    "recorded_at",
    "by",
]


class ServiceSerializer(StrictModelSerializer):
    """People of the customer do not get who entered it, nor the note."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if self.context["request"].user.is_var:
            return row
        return {name: value for name, value in row.items() if name not in ("by", "note")}


class TimeEntrySerializer(ServiceSerializer):
    url = RowUrl("time-entries")

    class Meta:
        model = TimeEntry
        fields = [*COMMON, "kind", "minutes"]
        read_only_fields = fields


class PartUsedSerializer(ServiceSerializer):
    url = RowUrl("parts-used")

    class Meta:
        model = PartUsed
        fields = [*COMMON, "name", "part_number", "serial_number", "quantity"]
        read_only_fields = fields


class ServiceBody(StrictSerializer):
    """What it was used for is a visit, a ticket or a work order: one of them. A visit's work counts to the visit."""

    visit = VisibleKey(Visit, required=False)
    ticket = VisibleKey(Ticket, required=False)
    work_order = VisibleKey(WorkOrder, required=False)
    asset = VisibleKey(Asset, required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    used_at = DeviceInstantField(required=False, help_text="When it began or was built in; left out: now.")
    client_uuid = UuidField(required=False, help_text="Made on the device: sent again it is the same row.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [attrs.pop(name) for name in ("visit", "ticket", "work_order") if name in attrs]
        if len(named) != 1:
            raise ValidationError({"visit": [_("Give a visit, a ticket or a work order.")]})
        return {**attrs, "source": named[0]}


class TimeBody(ServiceBody):
    kind = serializers.ChoiceField(choices=TimeKind.choices, default=TimeKind.LABOUR)
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)


class PartBody(ServiceBody):
    name = serializers.CharField(max_length=160)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PARTS, default=1)
    part_number = serializers.CharField(max_length=80, required=False, allow_blank=True)
    serial_number = serializers.CharField(max_length=80, required=False, allow_blank=True)


class ServiceFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="site__customer")
    site = VisibleKeyFilter(Site)
    asset = VisibleKeyFilter(Asset)
    contract = VisibleKeyFilter(Contract)
    used_before = InstantFilter(field_name="used_at", lookup_expr="lt", label="Earlier than this instant.")
    used_after = InstantFilter(field_name="used_at", lookup_expr="gte", label="At this instant or later.")


class TimeEntryFilterSet(ServiceFilterSet):
    class Meta:
        model = TimeEntry
        fields = ["customer", "site", "asset", "contract", "source", "kind", "coverage_decision"]


class PartUsedFilterSet(ServiceFilterSet):
    class Meta:
        model = PartUsed
        fields = ["customer", "site", "asset", "contract", "source", "coverage_decision"]


class ServiceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    ordering_fields = ["used_at", "id"]
    ordering = ["-used_at", "-id"]

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def remove(self, request: Request, pk: str) -> Response:
        """Take back what was entered by mistake; a 409 once the visit or ticket is closed."""
        row = self.get_object()
        require(can_record_service(request.user))
        self.body()
        take_back(row=row, by=self.by, now=self.now)
        return Response(status=204)


class TimeEntryViewSet(ServiceViewSet):
    queryset_model = TimeEntry
    serializer_class = TimeEntrySerializer
    filterset_class = TimeEntryFilterSet

    @extend_schema(request=TimeBody, responses={201: TimeEntrySerializer})
    def create(self, request: Request) -> Response:
        """Enter minutes spent on a visit or a ticket; the answer says what the contract says about them."""
        require(can_record_service(request.user))
        row = enter_time(**self._checked(TimeBody, request.data), by=self.by, now=self.now)
        return self.answer(row, status=201)


class PartUsedViewSet(ServiceViewSet):
    queryset_model = PartUsed
    serializer_class = PartUsedSerializer
    filterset_class = PartUsedFilterSet

    @extend_schema(request=PartBody, responses={201: PartUsedSerializer})
    def create(self, request: Request) -> Response:
        """Enter a part that was built in or handed over; the answer says what the contract says about it."""
        require(can_record_service(request.user))
        row = enter_part(**self._checked(PartBody, request.data), by=self.by, now=self.now)
        return self.answer(row, status=201)
