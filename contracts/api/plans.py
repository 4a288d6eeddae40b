"""Plans: what kinds of work they cover, and which procedures they bring at what cadence."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from contracts.actions import save_plan
from contracts.api.resource import Resource, Versioned, VersionedSerializer
from contracts.enums import ServiceMode
from contracts.models import Plan, PlanCoverage, PlanProcedure, PlanVersion, SlaPolicy
from contracts.models.plans import MAX_INTERVAL
from contracts.permissions import can_configure
from contracts.rule import MONTH_KINDS, NTHS
from contracts.worktime import DAYS
from portal.web.api import (
    ApiFilterSet,
    ArchivedFilter,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
)
from portal.web.filters import SearchFilter

WEEKDAYS = [(day, day) for day in DAYS]


class CoverageSerializer(StrictModelSerializer):
    """What a kind of work costs the customer; a kind without a row is billable."""

    class Meta:
        model = PlanCoverage
        fields = ["work_kind", "decision", "amount", "clause"]
        extra_kwargs = {"amount": {"min_value": 0}}


class MonthRuleSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in MONTH_KINDS])
    nth = serializers.ChoiceField(choices=[(nth, str(nth)) for nth in NTHS], required=False, help_text="-1: the last.")
    weekday = serializers.ChoiceField(choices=WEEKDAYS, required=False)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any] | None:  # type: ignore[override]
        return instance or None  # stored in this very shape


class PlanProcedureSerializer(StrictModelSerializer):
    month_rule = MonthRuleSerializer(required=False, allow_null=True, help_text="null: the anchor's day.")
    weekdays = serializers.ListField(child=serializers.ChoiceField(choices=WEEKDAYS), required=False, max_length=7)

    class Meta:
        model = PlanProcedure
        fields = [
            "procedure_slug",
            "frequency",
            "interval",
            "due_time",
            "weekdays",
            "month_rule",
            "cadence",
            "nonworking_day",
            "performer",
        ]
        extra_kwargs = {"interval": {"min_value": 1, "max_value": MAX_INTERVAL}}

    def validate_month_rule(self, rule: dict[str, Any] | None) -> dict[str, Any]:
        return rule or {}


class PlanSerializer(VersionedSerializer):
    """A plan with its newest version; storing other contents makes a new one, contracts keep theirs.

    `policy` stands for that service level's newest version; a PATCH without it keeps the version.
    """

    url = RowUrl("plans")
    policy = VisibleKey(SlaPolicy, source="shown.policy_version.policy")
    policy_version = serializers.IntegerField(source="shown.policy_version.number", read_only=True)
    service_mode = serializers.ChoiceField(choices=ServiceMode.choices, source="shown.service_mode")
    coverage = CoverageSerializer(many=True, source="shown.coverage", max_length=100)  # type: ignore[call-arg]  # of its list
    procedures = PlanProcedureSerializer(many=True, source="shown.procedures", max_length=100)  # type: ignore[call-arg]  # of its list


class PlanFilter(ApiFilterSet):
    q = SearchFilter("name")
    archived = ArchivedFilter()

    class Meta:
        model = Plan
        fields = ["name"]


class PlanViewSet(Versioned):
    queryset_model = Plan
    version_model = PlanVersion
    header_name = "plan"
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    ordering_fields = ["id", "name"]
    ordering = ["name"]
    may = Resource.editable_by(can_configure, can_configure)

    def whole(self, versions: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return versions.select_related("policy_version__policy").prefetch_related("coverage", "procedures")

    def store(self, header: Plan | None, given: dict[str, Any]) -> int:
        version = given.pop("shown", {})
        if "policy_version" in version:
            version["policy_version"] = version["policy_version"]["policy"].current()
        for name, model in (("coverage", PlanCoverage), ("procedures", PlanProcedure)):
            if name in version:
                version[name] = [model(**row) for row in version[name]]
        stored = self._stored_values(header) if header and self.action == "partial_update" else {}
        return save_plan(plan=header, now=self.now, **stored | given | version).plan_id

    def _stored_values(self, header: Any) -> dict[str, Any]:
        """What a PATCH leaves as it is."""
        current: PlanVersion = header.newest[0]
        return {
            "name": header.name,
            "policy_version": current.policy_version,
            "service_mode": current.service_mode,
            "coverage": list(current.coverage.all()),
            "procedures": list(current.procedures.all()),
        }
