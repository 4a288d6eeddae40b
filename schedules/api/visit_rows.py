"""Visits as the API shows them, and the bodies of their verbs."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from contracts.models import Customer, Site
from portal.accounts.access import staff_for
from portal.accounts.models import User
from portal.web.api import (
    ApiFilterSet,
    InstantField,
    InstantFilter,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
    VisibleKeys,
)
from schedules.actions import Sign
from schedules.api.fields import DeviceInstantField, UuidField
from schedules.api.steps import MissingSerializer
from schedules.enums import SignatureOutcome
from schedules.models import Signature, Visit, VisitEvent, VisitTicket, VisitWork, WorkOrder
from tickets.models import Ticket

# What people of the customer do not get: who is who at the VAR by key, and its own words.
INTERNAL = ("technician", "note", "status_reason", "created_by")
INTERNAL_IN_DETAIL = ("gaps", "history")
MOST_CARRIED = 500
LARGEST_IMAGE = 1_000_000  # characters of base64; a drawn signature has a hundredth of that


class VisitSerializer(StrictModelSerializer):
    """People of the customer get the technician's name, and neither notes nor reasons of the VAR."""

    url = RowUrl("visits")
    number = serializers.CharField(read_only=True)
    customer = serializers.IntegerField(source="site.customer_id", read_only=True)
    technician_name = serializers.CharField(source="technician.name", read_only=True)

    class Meta:
        model = Visit
        fields = [
            "id",
            "url",
            "number",
            "status",
            "status_reason",
            "customer",
            "site",
            "technician",
            "technician_name",
            "planned_start_at",
            "planned_end_at",
            "note",
            "other_time_wanted",
            "created_at",
            "created_by",
            "confirmed_at",
            "started_at",
            "finished_at",
            "closed_at",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return _without(super().to_representation(instance), INTERNAL, self.context)


class VisitWorkSerializer(StrictModelSerializer):
    work_order = serializers.IntegerField(source="work_order_id", read_only=True)
    number = serializers.CharField(source="work_order.number", read_only=True)
    procedure_slug = serializers.CharField(source="work_order.procedure_version.procedure.slug", read_only=True)
    procedure_name = serializers.CharField(source="work_order.procedure_version.procedure.name", read_only=True)
    status = serializers.CharField(source="work_order.status", read_only=True)

    class Meta:
        model = VisitWork
        fields = [
            "work_order",
            "number",
            "procedure_slug",
            "procedure_name",
            "status",
            "is_opening",
            "outcome",
            "reason",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return _without(super().to_representation(instance), ("reason",), self.context)


class VisitTicketSerializer(StrictModelSerializer):
    ticket = serializers.IntegerField(source="ticket_id", read_only=True)
    number = serializers.CharField(source="ticket.number", read_only=True)
    summary = serializers.CharField(source="ticket.summary", read_only=True)
    state = serializers.CharField(source="ticket.state", read_only=True)

    class Meta:
        model = VisitTicket
        fields = ["ticket", "number", "summary", "state", "outcome", "reason"]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return _without(super().to_representation(instance), ("reason",), self.context)


class SignatureSerializer(StrictModelSerializer):
    class Meta:
        model = Signature
        fields = ["party", "outcome", "name", "reason", "signed_at"]
        read_only_fields = fields


class VisitEventSerializer(StrictModelSerializer):
    class Meta:
        model = VisitEvent
        fields = ["kind", "at", "by", "data"]
        read_only_fields = fields


class CorrectionSerializer(StrictSerializer):
    text = serializers.CharField()
    at = InstantField()
    by = serializers.CharField(source="by.name", default=None, allow_null=True, help_text="A name.")


class ReportSerializer(StrictSerializer):
    """Written once; `corrections` are added to it."""

    visit = serializers.CharField(source="visit.number")
    created_at = InstantField()
    content = serializers.JSONField()
    corrections = CorrectionSerializer(many=True)


class GapSerializer(StrictSerializer):
    number = serializers.CharField()
    work_order = serializers.IntegerField(source="work_order.pk", default=None, allow_null=True)
    ticket = serializers.IntegerField(source="ticket.pk", default=None, allow_null=True)
    is_opening = serializers.BooleanField(help_text="It has to be done; it cannot be carried over.")
    missing = MissingSerializer(many=True, help_text="Empty for work that was not begun.")


class VisitDetailSerializer(VisitSerializer):
    """With all that it holds. `gaps` are what sign-off would ask for now; they and `history` are the VAR's."""

    work = VisitWorkSerializer(many=True, read_only=True)
    tickets = VisitTicketSerializer(many=True, source="ticket_items", read_only=True)
    signatures = SignatureSerializer(many=True, read_only=True)
    gaps = GapSerializer(many=True, read_only=True)
    history = VisitEventSerializer(many=True, source="events", read_only=True)

    class Meta(VisitSerializer.Meta):
        fields = [*VisitSerializer.Meta.fields, "work", "tickets", "signatures", "gaps", "history"]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return _without(super().to_representation(instance), INTERNAL_IN_DETAIL, self.context)


def _without(row: dict[str, Any], names: tuple[str, ...], context: Any) -> dict[str, Any]:
    """The row, for people of a customer without those fields."""
    if context["request"].user.is_var:
        return row
    return {name: value for name, value in row.items() if name not in names}


# -- filters ----------------------------------------------------------------------------------


class VisitFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="site__customer")
    site = VisibleKeyFilter(Site)
    technician = VisibleKeyFilter(User, rows=staff_for)
    starts_after = InstantFilter(
        field_name="planned_start_at", lookup_expr="gte", label="Planned to start at this instant or later."
    )
    starts_before = InstantFilter(
        field_name="planned_start_at", lookup_expr="lt", label="Planned to start before this instant."
    )

    class Meta:
        model = Visit
        fields = ["status", "customer", "site", "technician"]


# -- what is sent -----------------------------------------------------------------------------


class PlanBody(StrictSerializer):
    site = VisibleKey(Site)
    technician = VisibleKey(User, rows=staff_for)
    starts_at = InstantField()
    ends_at = InstantField(help_text="At most 24 hours later.")
    work_orders = VisibleKeys(WorkOrder, required=False)
    tickets = VisibleKeys(Ticket, required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, help_text="For the technician.")


class RescheduleBody(StrictSerializer):
    starts_at = InstantField()
    ends_at = InstantField(help_text="At most 24 hours later.")
    technician = VisibleKey(User, rows=staff_for, required=False, help_text="Left out: the same.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class StartBody(StrictSerializer):
    started_at = DeviceInstantField(required=False, help_text="When, by the device; left out: now.")


class OtherTimeBody(StrictSerializer):
    wish = serializers.CharField(max_length=300, help_text="What would suit.")


class ReasonBody(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class CorrectionBody(StrictSerializer):
    text = serializers.CharField(max_length=2000)


class ItemBody(StrictSerializer):
    """One of the two."""

    work_order = VisibleKey(WorkOrder, required=False)
    ticket = VisibleKey(Ticket, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("work_order" in attrs) == ("ticket" in attrs):
            raise ValidationError({"work_order": [_("Give a work order or a ticket.")]})
        return attrs


class RemoveItemBody(ItemBody):
    reason = serializers.CharField(max_length=300)


class ImageField(serializers.CharField):
    """A picture as base64, PNG or JPEG; a data URL is taken as well."""

    default_error_messages = {"encoding": gettext_lazy("Give the picture in base64.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LARGEST_IMAGE, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if text.startswith("data:"):
            text = text.partition(",")[2]
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self.fail("encoding")
        return SimpleUploadedFile("signature", content)


class SignBody(StrictSerializer):
    """A signature, or why there is none."""

    outcome = serializers.ChoiceField(choices=SignatureOutcome.choices, default=SignatureOutcome.SIGNED)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, help_text="Who signs.")
    reason = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="Where nobody signs: why."
    )
    image = ImageField(required=False, source="upload", help_text="The drawn signature in base64, PNG or JPEG.")
    client_uuid = UuidField(required=False, help_text="Made on the device: sent again it is the same signature.")

    def to_internal_value(self, data: Any) -> Any:
        return Sign(**super().to_internal_value(data))


class CarryWorkBody(StrictSerializer):
    work_order = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=300)


class CarryTicketBody(StrictSerializer):
    ticket = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=300)


class SignOffBody(StrictSerializer):
    finished_at = DeviceInstantField(required=False, help_text="When, by the device; left out: now.")
    carry_over = serializers.ListField(child=CarryWorkBody(), required=False, max_length=MOST_CARRIED)
    carry_over_tickets = serializers.ListField(child=CarryTicketBody(), required=False, max_length=MOST_CARRIED)
    technician = SignBody()
    customer = SignBody()

    def validate_carry_over(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        return {row["work_order"]: row["reason"] for row in rows}

    def validate_carry_over_tickets(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        return {row["ticket"]: row["reason"] for row in rows}
