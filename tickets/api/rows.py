"""Tickets and their events as the API shows them, and the bodies of their verbs."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from contracts.enums import Decision
from contracts.models import Asset, Contract, Customer, Site
from portal.accounts.models import User
from portal.web.api import (
    ApiFilterSet,
    InstantFilter,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyOrNoneFilter,
)
from portal.web.filters import SearchFilter
from tickets.enums import WAITING_STATES, Category, Clock, Impact, TicketState, Urgency
from tickets.models import Ticket, TicketEvent

TEXT_LENGTH = 10_000


def staff_for(user: Any) -> models.QuerySet[User]:
    """Whom a ticket may be given to; a customer's people name nobody."""
    people = User.objects.exclude(staff_role="")
    return people if user.is_var else people.none()


class TicketCoverageSerializer(StrictSerializer):
    """The decision of the opening day, as `assets/{id}/coverage/` answers it."""

    covered = serializers.SerializerMethodField(help_text="In full, or up to an amount.")
    decision = serializers.ChoiceField(choices=Decision.choices, source="coverage_decision")
    contract = serializers.IntegerField(source="contract_id", allow_null=True)
    contract_number = serializers.SerializerMethodField()
    reason = serializers.CharField(source="coverage_sentence")

    def get_covered(self, ticket: Ticket) -> bool:
        return ticket.coverage_decision != Decision.BILLABLE

    def get_contract_number(self, ticket: Ticket) -> str | None:
        return ticket.contract.number if ticket.contract else None


class TicketSerializer(StrictModelSerializer):
    url = RowUrl("tickets")
    number = serializers.CharField(read_only=True)
    customer = VisibleKey(Customer, required=False, help_text="May be left out where site or asset tell it.")
    site = VisibleKey(Site, required=False, allow_null=True)
    asset = VisibleKey(Asset, required=False, allow_null=True)
    contract = VisibleKey(Contract, read_only=True)
    assignee = VisibleKey(User, read_only=True)
    opened_by = VisibleKey(User, read_only=True)
    category = serializers.ChoiceField(choices=Category.choices, default=Category.FAULT)
    impact = serializers.ChoiceField(choices=Impact.choices, required=False)
    affected = serializers.FloatField(
        write_only=True, required=False, help_text="Instead of the impact: the share affected, from 0 to 1."
    )
    coverage = TicketCoverageSerializer(source="*", read_only=True)

    class Meta:
        model = Ticket
        fields = [
            "id",
            "url",
            "number",
            "customer",
            "site",
            "asset",
            "contract",
            "category",
            "summary",
            "description",
            "impact",
            "affected",
            "urgency",
            "severity",
            "state",
            "source",
            "assignee",
            "opened_by",
            "coverage",
            "opened_at",
            "acknowledged_at",
            "resolved_at",
            "closed_at",
            "response_due_at",
            "response_breached_at",
            "response_met",
            "resolution_due_at",
            "resolution_breached_at",
            "resolution_met",
        ]
        read_only_fields = [
            "severity",
            "state",
            "source",
            "opened_at",
            "acknowledged_at",
            "resolved_at",
            "closed_at",
            *(f"{clock}_{part}" for clock in Clock.values for part in ("due_at", "breached_at", "met")),
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        site = attrs.get("site") or (attrs["asset"].site if attrs.get("asset") else None)
        if "customer" not in attrs and site is None:
            raise serializers.ValidationError({"customer": [_("This is needed.")]}, code="required")
        return {"customer": site.customer if site else None} | attrs


class TicketEventSerializer(StrictModelSerializer):
    by = VisibleKey(User, read_only=True)
    by_name = serializers.CharField(source="by.name", default=None, read_only=True)
    body = serializers.SerializerMethodField(help_text="The words, where it has any.")
    data = serializers.JSONField(read_only=True)  # type: ignore[assignment]  # the field of that name

    class Meta:
        model = TicketEvent
        fields = ["id", "kind", "at", "recorded_at", "by", "by_name", "is_public", "body", "data"]
        read_only_fields = ["kind", "at", "recorded_at", "is_public"]

    def get_body(self, event: TicketEvent) -> str:
        comment = getattr(event, "comment", None)
        return comment.body if comment else ""


class EventsQuery(StrictSerializer):
    cursor = serializers.CharField(required=False, help_text="Where the page begins; see next and previous.")
    page_size = serializers.IntegerField(required=False)


class TicketFilter(ApiFilterSet):
    q = SearchFilter("summary", "description", "customer__name", "site__name", "asset__tag")
    assignee = VisibleKeyOrNoneFilter(User, rows=staff_for)
    opened_after = InstantFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = InstantFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Ticket
        fields = ["state", "severity", "category", "customer", "site", "asset", "contract"]


# -- bodies of verbs ------------------------------------------------------------------------------


class EditBody(StrictSerializer):
    """What is left out stays as it is."""

    summary = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)


class AssignBody(StrictSerializer):
    assignee = VisibleKey(User, rows=staff_for, allow_null=True, help_text="Null: nobody.")


class CommentBody(StrictSerializer):
    body = serializers.CharField(max_length=TEXT_LENGTH)
    is_public = serializers.BooleanField(default=True, help_text="Whether the customer sees it.")


class WaitBody(StrictSerializer):
    reason = serializers.ChoiceField(
        choices=[(state.value, state.label) for state in TicketState if state in WAITING_STATES]
    )
    note = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, allow_blank=True, help_text="The customer reads this."
    )


class SeverityBody(StrictSerializer):
    impact = serializers.ChoiceField(choices=Impact.choices)
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    reason = serializers.CharField(max_length=TEXT_LENGTH)


class ResolveBody(StrictSerializer):
    solution = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)


class ReopenBody(StrictSerializer):
    reason = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
