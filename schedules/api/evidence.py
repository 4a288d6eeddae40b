"""Readings and their trend, backups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import mixins, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.models import Asset, Customer
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    DayField,
    FlagFilter,
    InstantField,
    InstantFilter,
    PortalAPIView,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from portal.web.api_defaults import CursorPages
from portal.web.api_fields import MAX_KEY, as_key
from portal.web.errors import DomainError
from schedules.actions import Measured, record_readings
from schedules.actions.reading import MAX_BATCH
from schedules.actions.work_order import CLOCK_SKEW
from schedules.api.fields import NumberField
from schedules.baselines import baselines_of
from schedules.enums import Metric, ReadingSource
from schedules.models import Backup, Reading
from schedules.permissions import can_record_evidence
from schedules.trend import Point, Trend, trend_of

TREND_OVER = timedelta(days=90)
TREND_READINGS = 5000
# `step` is what the checklists themselves enter.
SOURCES = [(source.value, source.label) for source in (ReadingSource.MANUAL, ReadingSource.API)]


class TakenFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="asset__site__customer")
    taken_before = InstantFilter(field_name="taken_at", lookup_expr="lt", label="Earlier than this instant.")
    taken_after = InstantFilter(field_name="taken_at", lookup_expr="gte", label="At this instant or later.")


# -- readings ---------------------------------------------------------------------------------


class ReadingSerializer(StrictModelSerializer):
    url = RowUrl("readings")

    class Meta:
        model = Reading
        fields = ["id", "url", "asset", "metric", "value", "taken_at", "source", "answer", "recorded_at"]
        read_only_fields = fields


class BatchKey(VisibleKey):
    """Looked up among the assets that the view loaded for the whole batch, with one query."""

    def to_internal_value(self, data: Any) -> Asset:
        key = as_key(data)
        if key is None and not isinstance(data, int | str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        asset: Asset | None = self.context["assets"].get(key)
        if asset is None:
            self.fail("does_not_exist", pk_value=data)
        if asset.archived_at is not None:
            self.fail("archived", name=asset)
        return asset


class ReadingEntrySerializer(StrictSerializer):
    asset = BatchKey(Asset)
    metric = serializers.ChoiceField(choices=Metric.choices)
    value = NumberField(help_text="In the metric's unit, 0 or more.")
    taken_at = InstantField(help_text="Not in the future.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # hides a field's option
        choices=SOURCES, default=ReadingSource.API, help_text="Left out: api."
    )


class ReadingFilterSet(TakenFilterSet):
    class Meta:
        model = Reading
        fields = ["asset", "customer", "metric", "source"]


def _one_or_many(name: str, serializer: type[Any]) -> PolymorphicProxySerializer:
    """For the schema: an object or a list of them."""
    return PolymorphicProxySerializer(
        component_name=name,
        serializers=[serializer, serializer(many=True)],
        resource_type_field_name=None,
        many=False,
    )


class ReadingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Reading
    serializer_class = ReadingSerializer
    filterset_class = ReadingFilterSet
    pagination_class = CursorPages
    ordering_fields = ["taken_at"]

    @extend_schema(
        request=_one_or_many("ReadingsEntry", ReadingEntrySerializer),
        responses={201: _one_or_many("ReadingsStored", ReadingSerializer)},
    )
    def create(self, request: Request) -> Response:
        """Enter one reading (an object) or up to 1,000 (a list); all are stored or none.

        The answer has the form of the body: a row or a list of rows. Faults in a list are named by its
        index: `12.value`.
        """
        require(can_record_evidence(request.user))
        sent: Any = request.data
        if isinstance(sent, list):
            return Response(self._stored(sent), status=201)
        try:
            return Response(self._stored([sent])[0], status=201)
        except (DomainError, ValidationError) as error:
            raise _of_the_one(error) from error

    def _stored(self, sent: list[Any]) -> list[dict[str, Any]]:
        stored = record_readings(readings=self._readings(sent), now=self.now)
        return list(ReadingSerializer(stored, many=True, context=self.get_serializer_context()).data)

    def _readings(self, sent: list[Any]) -> list[Measured]:
        context = {**self.get_serializer_context(), "assets": self._assets(sent)}
        many: Any = ReadingEntrySerializer  # takes what its list takes, which its type does not say
        entries = many(data=sent, many=True, allow_empty=False, max_length=MAX_BATCH, context=context)
        entries.is_valid(raise_exception=True)
        return [Measured(**entry) for entry in entries.validated_data]

    def _assets(self, sent: list[Any]) -> dict[int, Asset]:
        """The visible assets that the batch names."""
        named = (as_key(entry.get("asset")) for entry in sent[:MAX_BATCH] if isinstance(entry, dict))
        assets: dict[int, Asset] = Asset.objects.visible_to(self.request.user).in_bulk({key for key in named if key})
        return assets


def _of_the_one(error: DomainError | ValidationError) -> Exception:
    """The fault of a batch of one, without its index."""
    if isinstance(error, ValidationError):
        detail: Any = error.detail
        return ValidationError(detail[0])
    attr = error.attr.removeprefix("0.") if error.attr else None
    return DomainError(error.message, attr=attr, code=error.code)


# -- trend ------------------------------------------------------------------------------------


class TrendQuery(StrictSerializer):
    metric = serializers.ChoiceField(choices=Metric.choices)


class LastReadingSerializer(StrictSerializer):
    value = serializers.FloatField()
    taken_at = InstantField(source="at")


class TrendSerializer(StrictSerializer):
    asset = serializers.IntegerField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    since = InstantField(help_text="Readings from here on count: the last 90 days.")
    readings = serializers.IntegerField(help_text="How many count, at most the newest 5,000.")
    last = LastReadingSerializer(allow_null=True)
    slope_per_day = serializers.FloatField(
        allow_null=True, help_text="Least squares, in the metric's unit; null for fewer than two instants."
    )
    baseline = serializers.FloatField(
        allow_null=True, help_text="What is usual: a manager's figure, else the median of the first three readings."
    )
    capacity = serializers.IntegerField(allow_null=True, help_text="Of the asset today; null where unknown.")
    full_on = DayField(
        allow_null=True,
        help_text="The day, at the site, on which the last value moved on along the slope reaches the capacity.",
    )


class TrendView(PortalAPIView):
    query_serializer_class = TrendQuery

    @extend_schema(responses=TrendSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Where a metric of an asset is heading, and when its capacity is full."""
        assets = Asset.objects.visible_to(request.user).select_related("site", "product")
        asset = assets.filter(pk=pk).first() if as_key(pk) else None
        if asset is None:
            raise Http404
        metric = self.query()["metric"]
        since = self.now - TREND_OVER
        rows = Reading.objects.filter(asset=asset, metric=metric, taken_at__gte=since).order_by("-taken_at", "-pk")
        points = [Point(*row) for row in rows.values_list("taken_at", "value")[:TREND_READINGS]]
        answer = {"asset": asset.pk, "metric": metric, "since": since, "readings": len(points)}
        return Response(TrendSerializer(answer | self._outlook(asset, metric, trend_of(points))).data)

    def _outlook(self, asset: Asset, metric: str, trend: Trend | None) -> dict[str, Any]:
        zone = ZoneInfo(asset.site.timezone)
        capacity = asset.capacity(metric, self.now.astimezone(zone).date())
        full_at = trend.reaches(capacity) if trend and capacity is not None else None
        usual = baselines_of([asset], [metric], before=self.now).get((asset.pk, metric))
        return {
            "last": trend.last if trend else None,
            "baseline": usual.value if usual else None,
            "slope_per_day": trend.slope_per_day if trend else None,
            "capacity": capacity,
            "full_on": full_at.astimezone(zone).date() if full_at else None,
        }


# -- backups ----------------------------------------------------------------------------------


class BackupSerializer(StrictModelSerializer):
    """A backup in the register; those that checklists ask for enter it by themselves, with their `answer`.

    `location`, a path inside the VAR's network, is internal: only people of the VAR get it.
    """

    url = RowUrl("backups")
    asset = VisibleKey(Asset)
    bytes = serializers.IntegerField(
        source="size_bytes", min_value=0, max_value=MAX_KEY, required=False, allow_null=True
    )
    sha256 = serializers.CharField(
        required=False,
        allow_blank=True,
        validators=[RegexValidator(r"\A[0-9A-Fa-f]{64}\Z", gettext_lazy("Give 64 hexadecimal digits."))],
    )
    verified_at = InstantField(required=False, allow_null=True, help_text="When somebody proved that it can be read.")

    class Meta:
        model = Backup
        fields = [
            "id",
            "url",
            "asset",
            "taken_at",
            "bytes",
            "sha256",
            "location",
            "verified_at",
            "answer",
            "recorded_at",
        ]
        read_only_fields = ["answer", "recorded_at"]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if not self.context["request"].user.is_var:
            del row["location"]
        return row

    def validate_sha256(self, digest: str) -> str:
        return digest.lower()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        latest = self.context["view"].now + CLOCK_SKEW
        for name in ("taken_at", "verified_at"):
            if attrs.get(name) and attrs[name] > latest:
                raise ValidationError({name: [_("This lies in the future.")]})
        if attrs.get("verified_at") and attrs["verified_at"] < attrs["taken_at"]:
            raise ValidationError({"verified_at": [_("It cannot be verified before it was taken.")]})
        return attrs


class BackupFilterSet(TakenFilterSet):
    verified = FlagFilter(field_name="verified_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Backup
        fields = ["asset", "customer"]


class BackupViewSet(mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Backup
    serializer_class = BackupSerializer
    filterset_class = BackupFilterSet
    ordering_fields = ["taken_at", "id"]
    ordering = ["-taken_at", "-id"]

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter a backup that no checklist asked for."""
        require(can_record_evidence(request.user))
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(recorded_at=self.now)
