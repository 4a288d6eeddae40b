"""Baselines that managers set; what is usual at an asset now stands with its trend."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.models import Asset, Customer
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from schedules.actions import set_baseline
from schedules.api.fields import NumberField
from schedules.models import Baseline
from schedules.permissions import can_set_baseline
from schedules.quality import BASELINE_METRICS


class BaselineSerializer(StrictModelSerializer):
    """The newest of an asset and metric counts, until the site moves.

    People of the customer do not get who set it, nor why.
    """

    url = RowUrl("baselines")

    class Meta:
        model = Baseline
        fields = ["id", "url", "asset", "metric", "value", "reason", "set_at", "set_by"]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if self.context["request"].user.is_var:
            return row
        return {name: value for name, value in row.items() if name not in ("reason", "set_by")}


class BaselineBody(StrictSerializer):
    asset = VisibleKey(Asset)
    metric = serializers.ChoiceField(choices=[(metric.value, metric.label) for metric in BASELINE_METRICS])
    value = NumberField(help_text="In the metric's unit, 0 or more.")
    reason = serializers.CharField(max_length=300)


class BaselineFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="asset__site__customer")

    class Meta:
        model = Baseline
        fields = ["asset", "customer", "metric"]


class BaselineViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Baseline
    serializer_class = BaselineSerializer
    filterset_class = BaselineFilterSet
    ordering_fields = ["set_at", "id"]
    ordering = ["-set_at", "-id"]

    @extend_schema(request=BaselineBody, responses={201: BaselineSerializer})
    def create(self, request: Request) -> Response:
        """Say what is usual at an asset, in place of the median of its first readings."""
        require(can_set_baseline(request.user))
        row = set_baseline(**self._checked(BaselineBody, request.data), by=self.by, now=self.now)
        return self.answer(row, 201)
