"""A work order's checklist as the API shows it, and what is sent to a step."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from portal.web.api import InstantField, StrictModelSerializer, StrictSerializer
from schedules.api.fields import DeviceInstantField, NumberField, UuidField
from schedules.api.programme import StepChoices
from schedules.checklist import Checklist, ChecklistStep
from schedules.enums import INTERNAL_KINDS, Metric, Outcome, Phase, Records, Scope, StepKind, WorkStatus
from schedules.judging import TEXT_LENGTH
from schedules.models import Answer, AnswerPhoto

WHAT_IS_MISSING = [(what, what) for what in ("answer", "photo", "proof")]


# -- what is shown ----------------------------------------------------------------------------


class LimitsSerializer(StrictSerializer):
    """In the step's unit, shares of a capacity turned into figures; null = no such limit."""

    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    warn_below = serializers.FloatField(allow_null=True)
    warn_above = serializers.FloatField(allow_null=True)
    fail_below = serializers.FloatField(allow_null=True)
    fail_above = serializers.FloatField(allow_null=True)


class AnswerSerializer(StrictModelSerializer):
    ticket_number = serializers.CharField(source="ticket.number", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Answer
        fields = [
            "id",
            "client_uuid",
            "outcome",
            "value",
            "text",
            "note",
            "sha256",
            "made_at",
            "recorded_at",
            "by",
            "ticket",
            "ticket_number",
        ]


class PhotoSerializer(StrictModelSerializer):
    url = serializers.SerializerMethodField()
    content_type = serializers.CharField(source="file.content_type", read_only=True)
    bytes = serializers.IntegerField(source="file.size_bytes", read_only=True)

    class Meta:
        model = AnswerPhoto
        fields = ["id", "url", "client_uuid", "made_at", "by", "content_type", "bytes"]

    def get_url(self, photo: AnswerPhoto) -> str:
        path = reverse("api:work-orders-photo", args=[self.context["work_order"].pk, photo.file.uuid])
        return str(self.context["request"].build_absolute_uri(path))


class PreviousSerializer(StrictSerializer):
    """What was found the time before."""

    value = serializers.FloatField(allow_null=True)
    outcome = serializers.CharField(help_text="Empty where no step took the reading.")
    text = serializers.CharField()
    at = InstantField()


class ChecklistStepSerializer(StrictSerializer):
    """One step for one target, with the answer that counts."""

    key = serializers.CharField()
    target = serializers.IntegerField(source="target_id", help_text="The asset's id; 0 for a step done once.")
    asset_tag = serializers.CharField(source="asset.tag", default="", help_text="Empty for a step done once.")
    phase = serializers.ChoiceField(source="step.phase", choices=Phase.choices)
    scope = serializers.ChoiceField(source="step.scope", choices=Scope.choices)
    kind = serializers.ChoiceField(source="step.kind", choices=StepKind.choices)
    title = serializers.CharField(source="step.title")
    instruction = serializers.CharField(source="step.instruction")
    normal = serializers.CharField(source="step.normal")
    required = serializers.BooleanField(source="step.required")  # type: ignore[assignment]  # hides a field's option
    photo_required = serializers.BooleanField(source="step.photo_required")
    proof_required = serializers.BooleanField(
        source="step.proof_required", help_text="Passed with a photo or a note alone."
    )
    only_if = serializers.JSONField(
        source="step.only_if", help_text='{"step": key of a choice, "value": [...]}; empty = always asked.'
    )
    asked = serializers.BooleanField(source="is_asked", help_text="false: another choice was made; no answer is taken.")
    records = serializers.ChoiceField(
        source="step.records",
        choices=Records.choices,
        allow_blank=True,
        help_text="What its answer changes besides.",
    )
    unit = serializers.CharField(source="step.unit")
    metric = serializers.ChoiceField(source="step.metric", choices=Metric.choices, allow_blank=True)
    limits = LimitsSerializer()
    baseline = serializers.FloatField(allow_null=True, help_text="What is usual at this asset; null where unknown.")
    worse_by = serializers.FloatField(
        source="step.worse_by", allow_null=True, help_text="Worse than usual by more than this needs a note."
    )
    expected = serializers.FloatField(allow_null=True, help_text="The figure to be reached; less fails.")
    choices = StepChoices(source="step.choice_labels")
    answer = AnswerSerializer(allow_null=True)
    earlier = AnswerSerializer(many=True, help_text="Answers that later ones took the place of, oldest first.")
    photos = PhotoSerializer(many=True)
    previous = PreviousSerializer(allow_null=True)
    locked_reason = serializers.CharField(help_text="Why it cannot be answered now; empty where it can.")
    unlocks_at = InstantField(allow_null=True)
    missing = serializers.ChoiceField(
        choices=WHAT_IS_MISSING, allow_blank=True, help_text="What completing still needs from it."
    )


class MissingSerializer(StrictSerializer):
    """What keeps the work from being completed."""

    key = serializers.CharField(source="step.key")
    target = serializers.SerializerMethodField()
    what = serializers.ChoiceField(choices=WHAT_IS_MISSING)
    title = serializers.CharField(source="step.title")

    def get_target(self, missing: Any) -> int:
        return missing.asset.pk if missing.asset else 0


class FoundSerializer(StrictSerializer):
    """What a customer's people see of an answer: what came of it, not what was written down."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    value = serializers.FloatField(allow_null=True)
    text = serializers.CharField()
    made_at = InstantField()
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)


def outline(checklist: Checklist) -> list[dict[str, Any]]:
    """The steps for people who watch and do not work: titles and results, once there is something to see."""
    if checklist.work_order.status not in (WorkStatus.IN_PROGRESS, WorkStatus.DONE):
        return []
    return [_outlined(item) for item in checklist.asked]


def _outlined(item: ChecklistStep) -> dict[str, Any]:
    found: dict[str, Any] | None = None
    if item.answer is not None:
        found = dict(FoundSerializer(item.answer).data)
        if item.step.kind in INTERNAL_KINDS:
            found |= {"value": None, "text": ""}
    return {
        "key": item.key,
        "target": item.target_id,
        "asset_tag": item.asset.tag if item.asset else "",
        "phase": item.step.phase,
        "kind": item.step.kind,
        "title": item.step.title,
        "unit": item.step.unit,
        "answer": found,
    }


# -- what is sent -----------------------------------------------------------------------------


class SentOnceSerializer(StrictSerializer):
    """The same `client_uuid` with the same content is stored once; without it every request is a new one."""

    client_uuid = UuidField(required=False)
    made_at = DeviceInstantField(required=False, help_text="When, by the device; left out: now.")


class AnswerEntrySerializer(SentOnceSerializer):
    outcome = serializers.ChoiceField(
        choices=Outcome.choices,
        required=False,
        allow_blank=True,
        help_text="A check needs it; a reading is judged by its limits; other steps pass where it is left out.",
    )
    value = NumberField(
        required=False, allow_null=True, help_text="A reading in the step's unit, or a backup's size in bytes."
    )
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=TEXT_LENGTH,
        help_text="The choice's value, the version, where the backup lies, or the words asked for.",
    )
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=TEXT_LENGTH, help_text="On a failure: the reason."
    )
    sha256 = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Of a backup: 64 hexadecimal digits."
    )


class PhotoEntrySerializer(SentOnceSerializer):
    photo = serializers.FileField(help_text="A picture; it is drawn anew, without what the camera wrote into it.")
