"""The form in which the API answers about clocks; described here, made by tickets.explain."""

from rest_framework import serializers

from portal.web.api import InstantField, StrictSerializer
from tickets.clock import KINDS, PAUSES


class LedgerEntrySerializer(StrictSerializer):
    from_at = InstantField()
    to_at = InstantField()
    kind = serializers.ChoiceField(choices=["counted", "paused", "stopped", "outside_hours"])
    seconds = serializers.FloatField(help_text="Counted and paused: in the clock's own time. Else real time.")
    reason = serializers.CharField()
    sentence = serializers.CharField()


class ClockSerializer(StrictSerializer):
    due_at = InstantField(allow_null=True)
    spent_minutes = serializers.FloatField()
    paused_minutes = serializers.FloatField()
    state = serializers.ChoiceField(choices=["running", "paused", "stopped"])
    met = serializers.BooleanField(allow_null=True)
    breached_at = InstantField(allow_null=True)
    derived_breach_at = InstantField(
        allow_null=True, help_text="Where a change found the breach: the deadline that had passed before it."
    )
    ledger = LedgerEntrySerializer(many=True)


class ClocksSerializer(StrictSerializer):
    response = ClockSerializer()
    resolution = ClockSerializer()


class QuestionTargetSerializer(StrictSerializer):
    minutes = serializers.FloatField(required=False, help_text="Either these,")
    business_days = serializers.IntegerField(required=False, help_text="or business days.")
    clock = serializers.ChoiceField(choices=["around_the_clock", "calendar"])


class QuestionTargetsSerializer(StrictSerializer):
    response = QuestionTargetSerializer(required=False, allow_null=True)
    resolution = QuestionTargetSerializer(required=False, allow_null=True)


class QuestionEventSerializer(StrictSerializer):
    at = InstantField()
    kind = serializers.ChoiceField(choices=sorted(KINDS))
    severity = serializers.ChoiceField(choices=["S1", "S2", "S3", "S4"], required=False)


class QuestionSerializer(StrictSerializer):
    """What `sla/explain/` takes; read by tickets.explain, which names what is at fault by its place."""

    as_of = InstantField(required=False, help_text="May be left out where the last event stops the clocks.")
    calendar = serializers.IntegerField(help_text="The id of a calendar; its newest version counts.")
    severity = serializers.ChoiceField(choices=["S1", "S2", "S3", "S4"])
    targets = serializers.DictField(child=QuestionTargetsSerializer(), help_text="By severity.")
    pause_on = serializers.ListField(child=serializers.ChoiceField(choices=sorted(PAUSES)), required=False)
    events = QuestionEventSerializer(many=True)
