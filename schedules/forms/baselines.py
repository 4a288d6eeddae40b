"""What is usual at an asset, as a manager says it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from schedules.enums import Metric
from schedules.forms.answers import NumberField
from schedules.quality import BASELINE_METRICS


class BaselineForm(forms.Form):
    metric = forms.ChoiceField(
        label=_("What is measured"), choices=[(metric.value, metric.label) for metric in BASELINE_METRICS]
    )
    value = NumberField(label=_("What is usual"), help_text=_("In the unit in which it is measured."))
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("For example: measured anew after the new switches were installed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].required = True
        self.fields["value"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    @staticmethod
    def starting_at(metric: str) -> dict[str, str]:
        """The initial values of a form that was opened for a metric."""
        return {"metric": metric} if metric in Metric.values else {}
