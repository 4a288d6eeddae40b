"""The duty roster, absences, and the hours of resident technicians. Instants are in the reader's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy

from contracts.forms.fields import DayField
from contracts.models import Contract, Site
from portal.accounts.access import staff
from portal.accounts.models import User


class InstantInput(forms.DateTimeInput):
    """The browser's own picker for a day and a time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class _SpanForm(forms.Form):
    user = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose a person")
    )
    starts_at = forms.DateTimeField(label=gettext_lazy("From"), widget=InstantInput)
    ends_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=InstantInput)

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = staff() if people is None else people

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts_at: datetime | None = given.get("starts_at")
        ends_at: datetime | None = given.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", gettext_lazy("The end lies before the beginning."))
        return given


class ShiftForm(_SpanForm):
    phone = forms.CharField(
        label=gettext_lazy("Reached at"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Left empty: the phone number of that person's account."),
    )


class AbsenceForm(_SpanForm):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=160, required=False)


class PresenceForm(forms.Form):
    """Weekly hours at a site of the contract's customer."""

    site = forms.ModelChoiceField(
        label=gettext_lazy("Site"), queryset=Site.objects.none(), empty_label=gettext_lazy("Choose a site")
    )
    user = forms.ModelChoiceField(
        label=gettext_lazy("Person"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose a person")
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("Weekday"), coerce=int, choices=list(WEEKDAYS.items()))
    starts = forms.TimeField(
        label=gettext_lazy("From"), widget=TimeInput, help_text=gettext_lazy("By the clock at the site.")
    )
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=TimeInput)
    from_on = DayField(label=gettext_lazy("First day"))
    until_on = DayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Left empty: as long as the contract.")
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (
            ("site", Site.objects.filter(customer=contract.customer_id).current()),
            ("user", staff()),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
