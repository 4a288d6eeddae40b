"""The answer to one step, as a form sends it."""

from __future__ import annotations

import json
import math
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from schedules.answer_words import BYTES_PER_MB
from schedules.checklist import ChecklistStep
from schedules.enums import Outcome, StepKind
from schedules.judging import TEXT_LENGTH
from schedules.models import Backup

# A device's clock that is further off than this is not believed.
BELIEVED = timedelta(minutes=10)


class NumberField(forms.CharField):
    """A number as people type it, with a point or a comma; None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, **kwargs)

    def clean(self, value: Any) -> float | None:
        text = super().clean(value).replace(",", ".").replace("\u202f", "").replace(" ", "")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise forms.ValidationError(_("Enter a number, such as 12.5."), code="invalid")
        return number


class DeviceTimeField(forms.CharField):
    """The device's instant, ISO 8601 with an offset; anything else is left to the server's clock."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> datetime | None:
        try:
            at = parse_datetime(str(value or ""))
        except ValueError:
            return None
        return at if at and at.tzinfo else None


class SentOnce(forms.Form):
    """A form that can be sent twice and counts once."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    made_at = DeviceTimeField(required=False)

    @staticmethod
    def fresh_id() -> dict[str, uuid.UUID]:
        """The initial value of a form that was not sent yet."""
        return {"client_uuid": uuid.uuid4()}

    def device_time(self, now: datetime) -> datetime:
        """When the person answered, by the device; the server's `now` where that clock is far off."""
        at: datetime | None = self.cleaned_data["made_at"]
        return now if at is None or abs(at - now) > BELIEVED else min(at, now).astimezone(UTC)


class AnswerForm(SentOnce):
    outcome = forms.ChoiceField(choices=[("", ""), *Outcome.choices], required=False)
    value = NumberField(label=_("Reading"))
    size = NumberField(label=_("Size in MB"))
    text = forms.CharField(label=_("Answer"), required=False, max_length=TEXT_LENGTH)
    sha256 = forms.CharField(label=_("SHA-256"), required=False, max_length=200)
    note = forms.CharField(label=_("Note"), required=False, max_length=TEXT_LENGTH, widget=forms.Textarea({"rows": 3}))

    def __init__(self, data: Any = None, *, item: ChecklistStep, prefix_id: str) -> None:
        """Shows the step's answer as it stands; a bound one what was typed. `prefix_id` makes its ids unique."""
        super().__init__(data, auto_id=f"{prefix_id}-%s", initial=_current(item))
        self.item, self.prefix_id = item, prefix_id
        for field in self.fields.values():
            if not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs["class"] = "form-control"
        for name in ("value", "size"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.fields["sha256"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
        self._dress_text()

    def _dress_text(self) -> None:
        field = self.fields["text"]
        kind = self.item.step.kind
        if kind == StepKind.TEXT:
            field.widget = forms.Textarea({"rows": 3, "class": "form-control"})
        elif kind == StepKind.BACKUP:
            field.label = _("Where it lies")
            field.widget.attrs["maxlength"] = Backup._meta.get_field("location").max_length
        elif kind == StepKind.VERSION:
            field.label = _("Release that the device shows")
            field.widget.attrs |= {"list": f"{self.prefix_id}-releases", "autocomplete": "off"}

    def sent_id(self) -> uuid.UUID:
        """The same form with the same content is one answer; another content is another one."""
        content = [self.item.key, self.item.target_id, *self.content().values()]
        return uuid.uuid5(self.cleaned_data["client_uuid"], json.dumps(content))

    def content(self) -> dict[str, Any]:
        """What `record_answer` takes."""
        data = self.cleaned_data
        value = data["value"]
        if self.item.step.kind == StepKind.BACKUP:
            value = None if data["size"] is None else float(round(data["size"] * BYTES_PER_MB))
        names = ("outcome", "text", "note", "sha256")
        return {"value": value} | {name: data[name] for name in names}


def _current(item: ChecklistStep) -> dict[str, Any]:
    initial: dict[str, Any] = {**AnswerForm.fresh_id()}
    answer = item.answer
    if answer is None:
        return initial
    initial |= {"text": answer.text, "note": answer.note, "sha256": answer.sha256}
    if answer.value is not None and item.step.kind == StepKind.BACKUP:
        initial["size"] = f"{answer.value / BYTES_PER_MB:g}"
    elif answer.value is not None:
        initial["value"] = f"{answer.value:.12g}"
    return initial


class PhotoForm(SentOnce):
    photo = forms.FileField(
        label=_("Photo"), widget=forms.ClearableFileInput({"accept": "image/*", "capture": "environment"})
    )


class StepPartForm(SentOnce):
    """The part that belongs to an answer."""

    name = forms.CharField(label=_("Part"), max_length=160)
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000, initial=1)
    part_number = forms.CharField(label=_("Part number"), required=False, max_length=80)

    def __init__(self, data: Any = None, *, prefix_id: str) -> None:
        super().__init__(data, auto_id=f"{prefix_id}-part-%s", initial=SentOnce.fresh_id())
        for name in ("name", "quantity", "part_number"):
            self.fields[name].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def content(self) -> dict[str, Any]:
        """What `enter_part` takes."""
        return {name: self.cleaned_data[name] for name in ("client_uuid", "name", "quantity", "part_number")}
