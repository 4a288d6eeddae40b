"""Service levels: targets per severity, in the shape that `sla/explain/` takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from contracts.actions import save_policy
from contracts.actions.versions import PAUSES
from contracts.api.resource import Resource, Versioned, VersionedSerializer
from contracts.enums import Severity, TargetClock
from contracts.models import SlaPolicy, SlaPolicyVersion, SlaTarget
from contracts.permissions import can_configure
from contracts.worktime import MAX_TARGET_DAYS, MAX_TARGET_MINUTES
from portal.web.api import ApiFilterSet, ArchivedFilter, RowUrl, StrictSerializer
from portal.web.filters import SearchFilter


class ClockTargetSerializer(StrictSerializer):
    """Minutes or business days, and the clock they run on; business days run in the calendar."""

    minutes = serializers.IntegerField(required=False, min_value=1, max_value=MAX_TARGET_MINUTES)
    business_days = serializers.IntegerField(required=False, min_value=1, max_value=MAX_TARGET_DAYS)
    clock = serializers.ChoiceField(choices=TargetClock.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("minutes" in attrs) == ("business_days" in attrs):
            raise serializers.ValidationError({"minutes": [_("Give either minutes or business_days.")]})
        if "business_days" in attrs and attrs["clock"] != TargetClock.CALENDAR:
            raise serializers.ValidationError({"clock": [_("Business days run in the contract's calendar.")]})
        return attrs


class SeverityTargetsSerializer(StrictSerializer):
    response = ClockTargetSerializer()
    resolution = ClockTargetSerializer(required=False, allow_null=True, help_text="null: no target.")


class TargetsSerializer(StrictSerializer):
    S1 = SeverityTargetsSerializer()
    S2 = SeverityTargetsSerializer()
    S3 = SeverityTargetsSerializer()
    S4 = SeverityTargetsSerializer()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {target.severity: _shown(target) for target in instance.all()}


def _shown(target: SlaTarget) -> dict[str, Any]:
    return {name: _clock(target, name) for name in ("response", "resolution")}


def _clock(target: SlaTarget, name: str) -> dict[str, Any] | None:
    minutes, days = getattr(target, f"{name}_minutes"), getattr(target, f"{name}_business_days")
    if minutes is None and days is None:
        return None
    amount = {"minutes": minutes} if minutes is not None else {"business_days": days}
    return amount | {"clock": getattr(target, f"{name}_clock")}


def _row(severity: str, given: dict[str, Any]) -> SlaTarget:
    target = SlaTarget(severity=severity)
    for name in ("response", "resolution"):
        clock = given.get(name) or {}
        for part in ("minutes", "business_days"):
            setattr(target, f"{name}_{part}", clock.get(part))
        setattr(target, f"{name}_clock", clock.get("clock", ""))
    return target


class PolicySerializer(VersionedSerializer):
    """A service level with its newest version; storing other targets makes a new one."""

    url = RowUrl("sla-policies")
    targets = TargetsSerializer(source="shown.targets")
    pause_on = serializers.ListField(
        child=serializers.ChoiceField(choices=[(pause, pause) for pause in PAUSES]),
        source="shown.pause_on",
        required=False,
        max_length=len(PAUSES),
    )
    at_risk_share = serializers.DecimalField(
        max_digits=3,
        decimal_places=2,
        coerce_to_string=False,
        source="shown.at_risk_share",
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal("0.99"),
        help_text="A clock is at risk when less than this share of its target is left.",
    )
    is_default = serializers.BooleanField(required=False)


class PolicyFilter(ApiFilterSet):
    q = SearchFilter("name")
    archived = ArchivedFilter()

    class Meta:
        model = SlaPolicy
        fields = ["name", "is_default"]


class PolicyViewSet(Versioned):
    queryset_model = SlaPolicy
    version_model = SlaPolicyVersion
    header_name = "policy"
    serializer_class = PolicySerializer
    filterset_class = PolicyFilter
    ordering_fields = ["id", "name"]
    ordering = ["name"]
    may = Resource.editable_by(can_configure, can_configure)

    def whole(self, versions: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return versions.prefetch_related("targets")

    def store(self, header: SlaPolicy | None, given: dict[str, Any]) -> int:
        version = given.pop("shown", {})
        if "targets" in version:
            version["targets"] = [_row(severity, version["targets"][severity]) for severity in Severity.values]
        stored = self._stored_values(header) if header and self.action == "partial_update" else {}
        values = {"is_default": header.is_default if header else False} | stored | given | version
        return save_policy(policy=header, now=self.now, **values).policy_id

    def _stored_values(self, header: Any) -> dict[str, Any]:
        """What a PATCH leaves as it is."""
        current: SlaPolicyVersion = header.newest[0]
        return {
            "name": header.name,
            "targets": list(current.targets.all()),
            "pause_on": current.pause_on,
            "at_risk_share": current.at_risk_share,
        }
