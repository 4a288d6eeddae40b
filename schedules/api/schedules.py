"""What recurs: schedules, and their dates behind and ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.cadence import cadence_in_words
from contracts.models import Customer
from contracts.rule import RuleError
from contracts.worktime import CalendarError
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    DayField,
    EmptySerializer,
    InstantField,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKeyFilter,
)
from schedules.actions import retry_schedule
from schedules.agreements import Agreements
from schedules.api.fields import ProcedureFilter
from schedules.enums import ScheduleState, WorkStatus
from schedules.models import Schedule, WorkOrder
from schedules.permissions import can_edit_programme
from schedules.series import Planned

FORECAST = "forecast"  # the status of a date that is no work order yet
STATUSES = [*WorkStatus.choices, (FORECAST, FORECAST)]
LOOK_BACK = timedelta(days=31)
LOOK_AHEAD = timedelta(days=92)
LONGEST = timedelta(days=731)


class ScheduleSerializer(StrictModelSerializer):
    """One procedure at one site under one contract. `error` is internal: only people of the VAR get it."""

    url = RowUrl("schedules")
    customer = serializers.IntegerField(source="site.customer_id", read_only=True)
    procedure_slug = serializers.CharField(source="procedure.slug", read_only=True)
    procedure_name = serializers.CharField(source="procedure.name", read_only=True)
    how_often = serializers.SerializerMethodField()

    class Meta:
        model = Schedule
        fields = [
            "id",
            "url",
            "contract",
            "customer",
            "site",
            "procedure",
            "procedure_slug",
            "procedure_name",
            "frequency",
            "interval",
            "anchor_on",
            "due_time",
            "timezone",
            "weekdays",
            "month_rule",
            "cadence",
            "nonworking_day",
            "how_often",
            "performer",
            "state",
            "next_nominal_on",
            "next_release_at",
            "error",
        ]

    def get_how_often(self, schedule: Schedule) -> str:
        return cadence_in_words(schedule, schedule.anchor_on)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if not self.context["request"].user.is_var:
            del row["error"]
        return row


class ScheduleFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="site__customer")
    procedure = ProcedureFilter(field_name="procedure")

    class Meta:
        model = Schedule
        fields = ["site", "contract", "customer", "procedure", "state", "frequency", "performer"]


class OccurrencesQuery(StrictSerializer):
    from_on = DayField(required=False, help_text="The first nominal date; left out: 31 days ago at the site.")
    until_on = DayField(
        required=False, help_text="The last nominal date, at most two years later; left out: 92 days ahead."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both days in their place; `today` at the site comes with the context."""
        today: date = self.context["today"]
        from_on = attrs.get("from_on") or min(today - LOOK_BACK, attrs.get("until_on", today))
        until_on = attrs.get("until_on") or max(today + LOOK_AHEAD, from_on)
        if not timedelta(0) <= until_on - from_on <= LONGEST:
            message = _("It must follow from_on, within %(days)s days.") % {"days": LONGEST.days}
            raise serializers.ValidationError({"until_on": [message]}, code="out_of_range")
        return {"from_on": from_on, "until_on": until_on}


class ScheduleOccurrenceSerializer(StrictSerializer):
    nominal_on = DayField()
    window_opens_at = InstantField()
    due_at = InstantField()
    window_closes_at = InstantField()
    status = serializers.ChoiceField(
        choices=STATUSES,
        help_text="That of the work order; forecast where there is none yet.",
    )
    on_time = serializers.BooleanField(allow_null=True, help_text="Of finished work; otherwise null.")
    finished_at = InstantField(allow_null=True)
    work_order = serializers.IntegerField(allow_null=True)
    number = serializers.CharField(allow_null=True, help_text="Of the work order, such as WO-12.")


class ScheduleOccurrencesSerializer(StrictSerializer):
    occurrences = ScheduleOccurrenceSerializer(many=True)
    problem = serializers.CharField(allow_blank=True, help_text="Why no forecast was possible; otherwise empty.")


class ScheduleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Schedule
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilterSet
    ordering_fields = ["id", "next_nominal_on", "next_release_at"]
    ordering = ["id"]

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("contract", "site", "procedure")

    @extend_schema(responses=ScheduleOccurrencesSerializer)
    @action(detail=True, query_serializer_class=OccurrencesQuery)
    def occurrences(self, request: Request, pk: str) -> Response:
        """Its dates in a period: work orders with their outcome, and what lies ahead as far as terms reach."""
        schedule = self.get_object()
        asked = self._period(schedule)
        rows = schedule.work_orders.filter(nominal_on__range=(asked["from_on"], asked["until_on"]))
        found = [_as_it_went(row) for row in rows.order_by("nominal_on")]
        known = {item["nominal_on"] for item in found}
        problem = ""
        try:
            ahead = [_as_planned(planned) for planned in _ahead(schedule, **asked)]
            found += [item for item in ahead if item["nominal_on"] not in known]
        except (RuleError, CalendarError) as error:
            problem = str(error)
        found.sort(key=lambda item: item["nominal_on"])
        return Response(ScheduleOccurrencesSerializer({"occurrences": found, "problem": problem}).data)

    def _period(self, schedule: Schedule) -> dict[str, date]:
        today = self.now.astimezone(ZoneInfo(schedule.timezone)).date()
        query = OccurrencesQuery(data=self.request.query_params.dict(), context={"today": today})
        query.is_valid(raise_exception=True)
        period: dict[str, date] = query.validated_data
        return period

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def retry(self, request: Request, pk: str) -> Response:
        """Give a schedule that was set aside another chance."""
        schedule = self.get_object()
        require(can_edit_programme(request.user))
        self.body()
        return self.answer(retry_schedule(schedule=schedule, by=request.user, now=self.now))  # type: ignore[arg-type]


def _ahead(schedule: Schedule, *, from_on: date, until_on: date) -> Iterator[Planned]:
    """The dates from the next one on; none of a schedule that has ended."""
    if schedule.state == ScheduleState.ENDED or schedule.next_nominal_on is None:
        return iter(())
    series = Agreements([schedule.contract]).series_of(schedule)
    # From the next date on, whatever is asked: floating work has no other one that could be told.
    planned = takewhile(lambda item: item.nominal_on <= until_on, series.planned(schedule.next_nominal_on))
    return (item for item in planned if item.nominal_on >= from_on)


def _as_it_went(row: WorkOrder) -> dict[str, Any]:
    return {
        "nominal_on": row.nominal_on,
        "window_opens_at": row.window_opens_at,
        "due_at": row.due_at,
        "window_closes_at": row.window_closes_at,
        "status": row.status,
        "on_time": row.was_on_time if row.finished_at else None,
        "finished_at": row.finished_at,
        "work_order": row.pk,
        "number": row.number,
    }


def _as_planned(planned: Planned) -> dict[str, Any]:
    return {
        "nominal_on": planned.nominal_on,
        "window_opens_at": planned.window.opens_at,
        "due_at": planned.window.due_at,
        "window_closes_at": planned.window.closes_at,
        "status": FORECAST,
        "on_time": None,
        "finished_at": None,
        "work_order": None,
        "number": None,
    }
