"""The calculator of due dates: a rule in, its occurrences out. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.plans import WEEKDAYS
from contracts.enums import Cadence, Frequency, NonworkingDay
from contracts.models import BusinessCalendar
from contracts.rule import MAX_INTERVAL, MONTH_KINDS, Rule, RuleError, parse_rule
from contracts.worktime import WorkCalendar
from portal.web.api import DayField, InstantField, PortalAPIView, StrictSerializer, VisibleKey
from schedules.recurrence import Occurrence, occurrences

FIRST_DATES = 500  # without `until_on`
MOST_DATES = 2000  # with it: five years of daily work


class PreviewMonthRuleSerializer(StrictSerializer):
    kind = serializers.ChoiceField(
        choices=[(kind, kind) for kind in MONTH_KINDS], required=False, help_text="Left out: anchor."
    )
    nth = serializers.IntegerField(required=False, help_text="1 to 5, or -1 for the last one.")
    weekday = serializers.ChoiceField(choices=WEEKDAYS, required=False)


class PreviewSerializer(StrictSerializer):
    """Describes the body; `parse_rule` reads it, which names each field at fault just the same."""

    frequency = serializers.ChoiceField(choices=Frequency.choices)
    interval = serializers.IntegerField(min_value=1, max_value=MAX_INTERVAL, required=False)
    anchor_on = DayField(help_text="The date from which all others are counted.")
    due_time = serializers.TimeField(help_text="HH:MM, wall time in the zone.")
    timezone = serializers.CharField(help_text="Such as Europe/Amsterdam.")
    weekdays = serializers.ListField(child=serializers.ChoiceField(choices=WEEKDAYS), required=False)
    month_rule = PreviewMonthRuleSerializer(required=False)
    cadence = serializers.ChoiceField(choices=Cadence.choices, required=False, help_text="Left out: fixed.")
    nonworking_day = serializers.ChoiceField(
        choices=NonworkingDay.choices,
        required=False,
        help_text="Left out: daily work skips, other work keeps its date.",
    )
    calendar = VisibleKey(BusinessCalendar, required=False, allow_null=True, help_text="Left out: every day is worked.")
    from_on = DayField(required=False, help_text="The first nominal date; left out: the anchor.")
    until_on = DayField(required=False, help_text=f"The last nominal date; left out: the first {FIRST_DATES} dates.")


class OccurrenceSerializer(StrictSerializer):
    nominal_on = DayField()
    due_at = InstantField(allow_null=True, help_text="null where the date is skipped.")
    reason = serializers.CharField(help_text="How the due instant came about, as a sentence.")


class PreviewAnswerSerializer(StrictSerializer):
    occurrences = OccurrenceSerializer(many=True)


class PreviewView(PortalAPIView):
    serializer_class = PreviewSerializer

    @extend_schema(responses=PreviewAnswerSerializer)
    def post(self, request: Request) -> Response:  # type: ignore[override]  # OnceOnly binds it anew per request
        """The dates of a rule, and why each is due when it is.

        Up to 2,000 dates between `from_on` and `until_on`; more are a 400. Without `until_on` the first
        500. Floating work has one date at a time: the others hang on its completion.
        """
        given: Any = request.data
        try:
            rule = parse_rule(given)
            found = _occurrences(rule, self._calendar(given.get("calendar")))
        except RuleError as error:
            raise ValidationError({error.attr: [ErrorDetail(str(error.message), code=error.code)]}) from error
        return Response(PreviewAnswerSerializer({"occurrences": found}).data)

    def _calendar(self, given: object) -> WorkCalendar | None:
        """The current version of the calendar named by its id; None for null."""
        if given is None:
            return None
        field: Any = PreviewSerializer(context={"request": self.request}).fields["calendar"]
        try:
            calendar: BusinessCalendar = field.run_validation(given)
        except ValidationError as error:
            raise ValidationError({"calendar": error.detail}) from error
        return calendar.current().work_calendar()


def _occurrences(rule: Rule, calendar: WorkCalendar | None) -> list[Occurrence]:
    if rule.until_on is None:
        return occurrences(rule, calendar, limit=FIRST_DATES)
    found = occurrences(rule, calendar, limit=MOST_DATES + 1)
    if len(found) > MOST_DATES:
        message = _("More than %(n)s dates lie between these days. Ask for fewer.") % {"n": MOST_DATES}
        raise RuleError("until_on", message, "too_many")
    return found
