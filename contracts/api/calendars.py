"""Business calendars, and the calculators over them."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.actions import save_calendar
from contracts.api.resource import Resource, Versioned, VersionedSerializer
from contracts.holiday_dates import holiday_dates
from contracts.models import BusinessCalendar, CalendarVersion
from contracts.permissions import can_configure
from contracts.worktime import DAYS, HORIZON, NeverOpen, WorkCalendar
from portal.web.api import ApiFilterSet, ArchivedFilter, InstantField, RowUrl, StrictSerializer
from portal.web.errors import DomainError
from portal.web.filters import SearchFilter

_MINUTE = timedelta(minutes=1)
_INTERVALS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    "example": [["09:00", "17:00"]],
}


@extend_schema_field({"type": "object", "properties": dict.fromkeys(DAYS, _INTERVALS), "additionalProperties": False})
class HoursField(serializers.JSONField):
    """Opening hours; judged by WorkCalendar.parse, which names the interval at fault."""


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "date"}})
class HolidaysField(serializers.JSONField):
    pass


@extend_schema_field({"type": "object", "additionalProperties": _INTERVALS, "example": {"2026-12-24": []}})
class ExceptionsField(serializers.JSONField):
    pass


class CalendarSerializer(VersionedSerializer):
    """A calendar with its newest version. Storing other hours makes a new version; what points at one keeps it.

    With a country, its public holidays are added to `holidays`.
    """

    url = RowUrl("calendars")
    timezone = serializers.CharField(max_length=64, source="shown.timezone")
    hours = HoursField(source="shown.hours")
    holidays = HolidaysField(source="shown.holidays", required=False)
    exceptions = ExceptionsField(source="shown.exceptions", required=False)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    subdivision = serializers.CharField(max_length=10, required=False, allow_blank=True)
    is_default = serializers.BooleanField(required=False)
    holidays_until = serializers.DateField(
        source="shown.holidays_until", read_only=True, help_text="The last day whose public holidays are filled in."
    )


class CalendarFilter(ApiFilterSet):
    q = SearchFilter("name")
    archived = ArchivedFilter()

    class Meta:
        model = BusinessCalendar
        fields = ["name", "country", "subdivision", "is_default"]


# -- calculators ------------------------------------------------------------------------------


class MinutesField(serializers.FloatField):
    """Working minutes, maybe fractional; no more than a hundred years of them."""

    default_error_messages = {"range": gettext_lazy("Give minutes from 0 to those of a hundred years.")}

    def to_internal_value(self, data: Any) -> float:
        minutes: float = super().to_internal_value(data)
        if not (math.isfinite(minutes) and 0 <= minutes <= HORIZON / _MINUTE):
            self.fail("range")
        return minutes


class DeadlineQuery(StrictSerializer):
    start = InstantField()
    minutes = MinutesField(required=False, help_text="Working minutes, maybe fractional. Either these,")
    business_days = serializers.IntegerField(
        required=False, min_value=0, max_value=HORIZON.days, help_text="or business days."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("minutes" in attrs) == ("business_days" in attrs):
            message = _("Give either minutes or business_days.")
            raise serializers.ValidationError({"minutes": [message]}, code="exactly_one")
        return attrs


class DeadlineAnswer(StrictSerializer):
    due_at = InstantField()


class WorkingTimeQuery(StrictSerializer):
    start = InstantField()
    end = InstantField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not timedelta(0) <= attrs["end"] - attrs["start"] <= HORIZON:
            raise serializers.ValidationError({"end": [_("The end must follow the start within a hundred years.")]})
        return attrs


class WorkingTimeAnswer(StrictSerializer):
    minutes = serializers.FloatField(help_text="Working minutes, maybe fractional.")


def _without_public_holidays(calendar: BusinessCalendar, days: list[str]) -> list[str]:
    """The dates that were entered by hand."""
    if not calendar.country:
        return days
    public = holiday_dates(calendar.country, calendar.subdivision, {int(day[:4]) for day in days})
    return [day for day in days if date.fromisoformat(day) not in public]


class CalendarViewSet(Versioned):
    queryset_model = BusinessCalendar
    version_model = CalendarVersion
    header_name = "calendar"
    serializer_class = CalendarSerializer
    filterset_class = CalendarFilter
    ordering_fields = ["id", "name", "country"]
    ordering = ["name"]
    may = Resource.editable_by(can_configure, can_configure)

    def store(self, header: BusinessCalendar | None, given: dict[str, Any]) -> int:
        version = given.pop("shown", {})
        stored = self._stored_values(header) if header and self.action == "partial_update" else {}
        if header and "holidays" in stored and self._moves(header, given):
            stored["holidays"] = _without_public_holidays(header, stored["holidays"])
        kept_default = header.is_default if header else False
        values = {"is_default": kept_default} | stored | given | version
        return save_calendar(calendar=header, by=self.by, now=self.now, **values).calendar_id

    def _stored_values(self, header: Any) -> dict[str, Any]:
        """What a PATCH leaves as it is."""
        current: CalendarVersion = header.newest[0]
        names = ("timezone", "hours", "holidays", "exceptions")
        mine = {name: getattr(header, name) for name in ("name", "country", "subdivision")}
        return mine | {name: getattr(current, name) for name in names}

    @staticmethod
    def _moves(header: BusinessCalendar, given: dict[str, Any]) -> bool:
        """Whether it is to follow another country or region."""
        return any(name in given and given[name] != getattr(header, name) for name in ("country", "subdivision"))

    @extend_schema(responses=DeadlineAnswer)
    @action(detail=True, query_serializer_class=DeadlineQuery)
    def deadline(self, request: Request, pk: str) -> Response:
        """When so much working time, or so many business days, have passed."""
        calendar = self._calendar()
        asked = self.query()
        try:
            if "minutes" in asked:
                due_at = calendar.deadline(asked["start"], timedelta(minutes=asked["minutes"]))
            else:
                due_at = calendar.business_days_deadline(asked["start"], asked["business_days"])
        except (NeverOpen, OverflowError) as error:
            message = _("This calendar does not offer so much working time within a hundred years.")
            attr = "minutes" if "minutes" in asked else "business_days"
            raise DomainError(message, attr=attr, code="never_open") from error
        return Response(DeadlineAnswer({"due_at": due_at}).data)

    @extend_schema(responses=WorkingTimeAnswer)
    @action(detail=True, url_path="working-time", query_serializer_class=WorkingTimeQuery)
    def working_time(self, request: Request, pk: str) -> Response:
        """How much working time lies between two instants."""
        calendar = self._calendar()
        asked = self.query()
        minutes = calendar.working_time(asked["start"], asked["end"]) / _MINUTE
        return Response({"minutes": minutes})

    def _calendar(self) -> WorkCalendar:
        newest: CalendarVersion = self.get_object().newest[0]
        return newest.work_calendar()
