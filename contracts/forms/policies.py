"""Service levels: four rows, one for each severity."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.actions.versions import PAUSES
from contracts.enums import Severity, TargetClock
from contracts.models import SlaPolicyVersion, SlaTarget
from portal.web.errors import DomainError

MINUTES, HOURS, BUSINESS_DAYS = "minutes", "hours", "business_days"
UNITS = [
    (MINUTES, gettext_lazy("minutes")),
    (HOURS, gettext_lazy("hours")),
    (BUSINESS_DAYS, gettext_lazy("business days")),
]
PAUSE_LABELS = {
    "waiting_customer": gettext_lazy("Waiting for the customer"),
    "waiting_vendor": gettext_lazy("Waiting for the vendor"),
    "monitoring": gettext_lazy("Watching whether it stays solved"),
}
PARTS = ("response", "resolution")
_LONGEST = 100_000  # minutes, hours or days: beyond any promise, and far below what a column holds


class TargetFields(NamedTuple):
    """The bound fields of one severity, for the page."""

    severity: str
    response: list[forms.BoundField]
    resolution: list[forms.BoundField]


class SlaPolicyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_default = forms.BooleanField(
        label=gettext_lazy("Default policy"),
        required=False,
        help_text=gettext_lazy("It answers for tickets that no contract covers."),
    )
    pause_on = forms.MultipleChoiceField(
        label=gettext_lazy("The time to a solution pauses while"),
        choices=[(key, PAUSE_LABELS[key]) for key in PAUSES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    at_risk_percent = forms.IntegerField(
        label=gettext_lazy("At risk below (per cent of the time left)"), min_value=1, max_value=99, initial=25
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for severity in Severity.values:
            for part in PARTS:
                self._add_target(f"{severity}_{part}", required=part == "response")

    def _add_target(self, stem: str, *, required: bool) -> None:
        self.fields[f"{stem}_amount"] = forms.IntegerField(
            label=_("Amount"),
            min_value=1,
            max_value=_LONGEST,
            required=required,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )
        self.fields[f"{stem}_unit"] = forms.ChoiceField(label=_("Unit"), choices=UNITS)
        self.fields[f"{stem}_clock"] = forms.ChoiceField(label=_("Clock"), choices=TargetClock.choices)

    def target_fields(self) -> list[TargetFields]:
        names = ("amount", "unit", "clock")
        return [
            TargetFields(severity, *([self[f"{severity}_{part}_{name}"] for name in names] for part in PARTS))
            for severity in Severity.values
        ]

    def general_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "is_default", "pause_on", "at_risk_percent")]

    def values(self) -> dict[str, Any]:
        """The arguments of `save_policy`."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "is_default": cleaned["is_default"],
            "pause_on": cleaned["pause_on"],
            "at_risk_share": Decimal(cleaned["at_risk_percent"]) / 100,
            "targets": [self._target(severity) for severity in Severity.values],
        }

    def _target(self, severity: str) -> SlaTarget:
        target = SlaTarget(severity=severity)
        for part in PARTS:
            amount, unit, clock = (
                self.cleaned_data[f"{severity}_{part}_{name}"] for name in ("amount", "unit", "clock")
            )
            if amount is None:
                continue
            days = amount if unit == BUSINESS_DAYS else None
            setattr(target, f"{part}_business_days", days)
            setattr(target, f"{part}_minutes", None if days else amount * (60 if unit == HOURS else 1))
            setattr(target, f"{part}_clock", clock)
        return target

    def show(self, error: DomainError) -> None:
        """Put what the action refused at the field behind its dotted name (`targets.2.response_clock`)."""
        self.add_error(self._field_of(error.attr or ""), error.message)

    def _field_of(self, attr: str) -> str | None:
        parts = attr.split(".")
        if len(parts) == 3 and parts[1].isdecimal():
            part, _underscore, last = parts[2].partition("_")
            return f"{Severity.values[int(parts[1])]}_{part}_{'clock' if last == 'clock' else 'amount'}"
        name = {"at_risk_share": "at_risk_percent"}.get(attr, attr)
        return name if name in self.fields else None


def initial_of(version: SlaPolicyVersion) -> dict[str, Any]:
    """What the form shows of a version; whole hours are shown as hours."""
    initial: dict[str, Any] = {
        "name": version.policy.name,
        "is_default": version.policy.is_default,
        "pause_on": version.pause_on,
        "at_risk_percent": int(version.at_risk_share * 100),
    }
    for target in version.targets.all():
        for part in PARTS:
            initial |= _initial_target(f"{target.severity}_{part}", target, part)
    return initial


def _initial_target(stem: str, target: SlaTarget, part: str) -> dict[str, Any]:
    minutes, days = getattr(target, f"{part}_minutes"), getattr(target, f"{part}_business_days")
    clock = getattr(target, f"{part}_clock") or TargetClock.CALENDAR
    if days is not None:
        amount, unit = days, BUSINESS_DAYS
    elif minutes and minutes % 60 == 0:
        amount, unit = minutes // 60, HOURS
    else:
        amount, unit = minutes, MINUTES
    return {f"{stem}_amount": amount, f"{stem}_unit": unit, f"{stem}_clock": clock}


BLANK = {
    "S1_response_amount": 15,
    "S1_response_unit": MINUTES,
    "S1_response_clock": TargetClock.AROUND_THE_CLOCK,
    "S2_response_amount": 30,
    "S2_response_unit": MINUTES,
    "S2_response_clock": TargetClock.AROUND_THE_CLOCK,
    "S3_response_amount": 1,
    "S3_response_unit": BUSINESS_DAYS,
    "S3_response_clock": TargetClock.CALENDAR,
    "S4_response_amount": 3,
    "S4_response_unit": BUSINESS_DAYS,
    "S4_response_clock": TargetClock.CALENDAR,
    "S1_resolution_clock": TargetClock.AROUND_THE_CLOCK,
    "S2_resolution_clock": TargetClock.AROUND_THE_CLOCK,
    "S3_resolution_clock": TargetClock.CALENDAR,
    "S4_resolution_clock": TargetClock.CALENDAR,
    "S3_resolution_unit": BUSINESS_DAYS,
    "S4_resolution_unit": BUSINESS_DAYS,
    "S1_resolution_unit": HOURS,
    "S2_resolution_unit": HOURS,
    "pause_on": list(PAUSES),
}
"""What a new policy starts from: the trade's usual first responses (requirements, section 5), no solution promised."""
