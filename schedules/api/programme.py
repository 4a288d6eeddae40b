"""The programme: procedures with their versions and steps, to read."""

from __future__ import annotations

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request

from portal.web.access import require
from portal.web.api import ApiFilterSet, ArchivedFilter, PortalViewSet, RowUrl, StrictModelSerializer, StrictSerializer
from portal.web.filters import SearchFilter
from schedules.models import Procedure, ProcedureVersion, Step
from schedules.permissions import can_see_programme


class ChoiceSerializer(StrictSerializer):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # hides a field's option


@extend_schema_field(ChoiceSerializer(many=True))
class StepChoices(serializers.ReadOnlyField):
    """The answers of a choice step, with their labels in the reader's language."""

    def __init__(self, source: str = "choice_labels") -> None:
        super().__init__(source=source)

    def to_representation(self, value: Any) -> list[dict[str, str]]:
        return [{"value": value, "label": label} for value, label in value]


class StepSerializer(StrictModelSerializer):
    title = serializers.CharField(read_only=True)
    instruction = serializers.CharField(read_only=True)
    normal = serializers.CharField(read_only=True, help_text="What a healthy system shows.")
    choices = StepChoices()

    class Meta:
        model = Step
        fields = [
            "key",
            "position",
            "phase",
            "scope",
            "kind",
            "title",
            "instruction",
            "normal",
            "required",
            "photo_required",
            "unit",
            "metric",
            "minimum",
            "maximum",
            "warn_below",
            "warn_above",
            "fail_below",
            "fail_above",
            "warn_above_share",
            "fail_above_share",
            "choices",
            "ticket",
            "locked_until",
            "wait_minutes",
            "products",
            "proof_required",
            "worse_by",
            "expected_from",
            "wait_for",
            "only_if",
            "records",
        ]


class ProcedureVersionSerializer(StrictModelSerializer):
    steps = StepSerializer(many=True, read_only=True)

    class Meta:
        model = ProcedureVersion
        fields = ["id", "number", "state", "created_at", "steps"]


class ProcedureSerializer(StrictModelSerializer):
    """A procedure with its versions, the oldest first; new work uses the published one."""

    url = RowUrl("procedures")
    name = serializers.CharField(read_only=True)
    summary = serializers.CharField(read_only=True)
    versions = ProcedureVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Procedure
        fields = [
            "id",
            "url",
            "slug",
            "name",
            "summary",
            "work_kind",
            "frequency",
            "applies_to",
            "performer",
            "customer_may",
            "accumulates",
            "estimated_minutes",
            "archived_at",
            "versions",
        ]


class ProcedureFilterSet(ApiFilterSet):
    q = SearchFilter("slug")
    archived = ArchivedFilter()

    class Meta:
        model = Procedure
        fields = ["slug", "work_kind", "frequency", "performer", "customer_may", "accumulates"]


class ProcedureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Procedure
    serializer_class = ProcedureSerializer
    filterset_class = ProcedureFilterSet
    ordering_fields = ["id", "slug"]
    ordering = ["slug"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            require(can_see_programme(request.user))

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().prefetch_related("versions__steps")
