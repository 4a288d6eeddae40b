"""What is filled in to hand out a link for a guest."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.bounds import organisation_zone
from contracts.enums import GuestPurpose
from contracts.forms.fields import DayField, offer
from contracts.models import Customer, Site

USUAL = timedelta(days=365)
LONGEST = timedelta(days=5 * 366)
_PURPOSES = [(purpose.value, purpose.label) for purpose in (GuestPurpose.REPORT_FAULT, GuestPurpose.ANNOUNCE_CHANGE)]


class GuestForm(forms.Form):
    """For whom a link is."""

    name = forms.CharField(
        label=gettext_lazy("For whom?"),
        max_length=120,
        help_text=gettext_lazy("A person or a place, such as “Front desk”. It signs what comes in by the link."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("We mail the link there. Without one you copy it yourself."),
    )


class GuestLinkForm(GuestForm):
    purpose = forms.ChoiceField(label=gettext_lazy("What for?"), choices=_PURPOSES, widget=forms.RadioSelect)
    site = forms.ModelChoiceField(label=gettext_lazy("Site"), queryset=Site.objects.none(), required=False)
    until_on = DayField(label=gettext_lazy("Works until"), help_text=gettext_lazy("This day included."))

    field_order = ("purpose", "name", "email", "site", "until_on")

    def __init__(self, data: Any = None, *, customer: Customer, today: date) -> None:
        super().__init__(data, initial={"purpose": GuestPurpose.REPORT_FAULT, "until_on": today + USUAL})
        self.today = today
        offer(self, "site", Site.objects.current().filter(customer=customer), empty=_("All sites"))

    def clean_until_on(self) -> date:
        until_on: date = self.cleaned_data["until_on"]
        if not self.today <= until_on <= self.today + LONGEST:
            raise forms.ValidationError(_("Choose a day from today to five years ahead."), code="out_of_range")
        return until_on

    def content(self) -> dict[str, Any]:
        """What `hand_out_guest_link` takes; the link ends with the day, by our own clock."""
        data = self.cleaned_data
        end = datetime.combine(data["until_on"] + timedelta(days=1), time(), ZoneInfo(organisation_zone()))
        return {
            "purpose": GuestPurpose(data["purpose"]),
            "site": data["site"],
            "name": data["name"],
            "email": data["email"],
            "expires_at": end,
        }
