"""Calculators that store nothing: severity, and "why this deadline?"."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.enums import Severity
from contracts.models import BusinessCalendar
from portal.web.api import PortalAPIView, StrictSerializer, VisibleKey
from portal.web.errors import DomainError
from tickets.api.clocks import ClocksSerializer, QuestionSerializer
from tickets.clock import ClockError
from tickets.enums import Impact, Urgency
from tickets.explain import parse_explain, to_json
from tickets.severity import SeverityError, impact_of, severity


class SeverityQuery(StrictSerializer):
    impact = serializers.ChoiceField(choices=Impact.choices, required=False, help_text="Either this,")
    affected = serializers.FloatField(required=False, help_text="or the share affected, from 0 to 1.")
    urgency = serializers.ChoiceField(choices=Urgency.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("impact" in attrs) == ("affected" in attrs):
            raise serializers.ValidationError({"impact": [_("Give either impact or affected.")]}, code="exactly_one")
        return attrs


class SeverityAnswer(StrictSerializer):
    severity = serializers.ChoiceField(choices=Severity.choices)


class SeverityView(PortalAPIView):
    """The severity of an impact and an urgency."""

    query_serializer_class = SeverityQuery

    @extend_schema(parameters=[SeverityQuery], responses=SeverityAnswer)
    def get(self, request: Request) -> Response:
        asked = self.query()
        try:
            impact = asked["impact"] if "impact" in asked else impact_of(asked["affected"])
            return Response({"severity": severity(impact, asked["urgency"])})
        except SeverityError as error:
            raise DomainError(str(error.message), attr=error.attr, code=error.code) from error


class _CalendarOnly(serializers.Serializer[Any]):
    """The rest of the question is read by tickets.explain."""

    calendar = VisibleKey(BusinessCalendar)


class ExplainView(PortalAPIView):
    """Both SLA clocks of a made-up ticket, with the ledger that says why."""

    serializer_class = QuestionSerializer

    @extend_schema(request=QuestionSerializer, responses=ClocksSerializer)
    def post(self, request: Request) -> Response:  # type: ignore[override]  # OnceOnly binds it anew per request
        calendar = self._checked(_CalendarOnly, request.data)["calendar"]
        try:
            question = parse_explain(request.data, calendar.current().work_calendar())
            return Response(to_json(question.answer()))
        except ClockError as error:
            raise DomainError(str(error.message), attr=error.attr, code=error.code) from error
