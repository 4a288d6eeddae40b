"""What the customer answers to a planned visit, and what is added to a report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from schedules.models import Visit

CHANGED = _("The time has changed meanwhile. Look at the new one first.")


class ConfirmForm(forms.Form):
    """Carries the time that the reader saw, so that nobody says yes to another one."""

    starts_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"starts_at": visit.planned_start_at.isoformat()}} | kwargs)
        self.visit = visit

    def clean_starts_at(self) -> datetime | None:
        seen: datetime | None = self.cleaned_data["starts_at"]
        if seen is not None and seen != self.visit.planned_start_at:
            raise forms.ValidationError(CHANGED)
        return seen


class OtherTimeForm(forms.Form):
    wish = forms.CharField(
        label=_("When would suit you?"),
        max_length=300,
        help_text=_("Days and times are enough; we plan anew and ask you again."),
        widget=forms.Textarea({"rows": 2}),
    )


class CorrectionForm(forms.Form):
    text = forms.CharField(
        label=_("What has to be corrected?"),
        max_length=2000,
        help_text=_("It is added at the end and sent to whoever got the report. What was signed stays as it is."),
        widget=forms.Textarea({"rows": 3}),
    )
