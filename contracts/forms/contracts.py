"""Contracts: the draft, and one small form for each thing that can happen to a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.actions.drafts import Header, TermsGiven
from contracts.forms.fields import DayField, offer
from contracts.models import Asset, BusinessCalendar, Contract, ContractTerms, Customer, Plan
from portal.web.errors import DomainError

_AS_BEFORE = gettext_lazy("as before")


class AssetChoice(forms.ModelChoiceField[Asset]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – {obj.site}"


class AssetsChoice(forms.ModelMultipleChoiceField[Asset]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – {obj.site}"


class VerbForm(forms.Form):
    """A form that takes what an action on a contract needs."""

    def arguments(self) -> Mapping[str, Any]:
        """Those of the action, but for the contract, who and when."""
        return self.cleaned_data


class TermsForm(VerbForm):
    """Terms in full: what a draft starts with."""

    plan = forms.ModelChoiceField(
        label=gettext_lazy("Plan"), queryset=Plan.objects.current(), empty_label=gettext_lazy("Choose a plan")
    )
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"),
        queryset=BusinessCalendar.objects.current(),
        empty_label=gettext_lazy("Choose a calendar"),
        help_text=gettext_lazy("Business hours and business days are counted in it."),
    )
    from_on = DayField(label=gettext_lazy("From"))
    until_on = DayField(label=gettext_lazy("Until"), help_text=gettext_lazy("The last day that it holds."))
    price = forms.DecimalField(
        label=gettext_lazy("Price"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    currency = forms.RegexField(
        label=gettext_lazy("Currency"),
        regex=r"^[A-Z]{3}$",
        initial="EUR",
        error_messages={"invalid": gettext_lazy("Three capital letters, such as EUR.")},
    )

    def terms(self) -> TermsGiven:
        values = self.cleaned_data
        return {
            "from_on": values["from_on"],
            "until_on": values["until_on"],
            "plan_version": values["plan"].current(),
            "calendar_version": values["calendar"].current(),
            "price": values["price"],
            "currency": values["currency"],
        }

    def arguments(self) -> Mapping[str, Any]:
        return self.terms()

    def clean(self) -> dict[str, Any]:
        from_on, until_on = self.cleaned_data.get("from_on"), self.cleaned_data.get("until_on")
        if from_on and until_on and until_on < from_on:
            self.add_error("until_on", _("The last day lies before the first."))
        return self.cleaned_data


def initial_terms(terms: ContractTerms) -> dict[str, Any]:
    names = ("from_on", "until_on", "price", "currency")
    return {
        **{name: getattr(terms, name) for name in names},
        "plan": terms.plan_version.plan_id,
        "calendar": terms.calendar_version.calendar_id,
    }


class DraftForm(TermsForm):
    """A draft: its name, its terms and its assets. `with_terms` False: a draft with several terms, edited apart."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    reference = forms.CharField(label=gettext_lazy("Customer's reference"), max_length=80, required=False)
    work_from_on = DayField(
        label=gettext_lazy("Work from"),
        required=False,
        help_text=gettext_lazy(
            "No work is made for days before, nor before the terms. Left empty: from the day of activation."
        ),
    )
    assets = AssetsChoice(
        label=gettext_lazy("Covered assets"),
        queryset=Asset.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what is ticked is covered. They are covered from the first day of the terms."),
    )
    field_order = ["name", "reference", "plan", "calendar", "from_on", "until_on", "price", "currency", "work_from_on"]

    def __init__(self, *args: Any, customer: Customer, with_terms: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = self.initial.get("assets", [])
        mine = Asset.objects.filter(site__customer=customer).select_related("site")
        offer(self, "assets", mine.filter(archived_at=None) | mine.filter(pk__in=listed))
        if not with_terms:
            for name in TermsForm.base_fields:
                del self.fields[name]

    def header(self) -> Header:
        values = self.cleaned_data
        return Header(name=values["name"], reference=values["reference"], work_from_on=values["work_from_on"])

    def all_terms(self) -> list[TermsGiven] | None:
        """None = they are edited apart."""
        return [self.terms()] if "plan" in self.fields else None

    def show(self, error: DomainError) -> None:
        """Put what the action refused at the field behind its dotted name (`terms.0.until_on`)."""
        part, _dot, rest = (error.attr or "").partition(".")
        name = "assets" if part == "covered_assets" else rest.rpartition(".")[2] or part
        self.add_error(name if name in self.fields else None, error.message)


class HeaderForm(forms.ModelForm[Contract]):
    """What may be reworded at any time: nothing that was agreed hangs on it."""

    class Meta:
        model = Contract
        fields = ["name", "reference"]


class RenewForm(TermsForm):
    """The next terms; plan and calendar in their newest version."""

    from_on = DayField(
        label=gettext_lazy("From"),
        required=False,
        help_text=gettext_lazy("Left empty: the day after the present terms end."),
    )


class AmendForm(VerbForm):
    """Other terms from a day on; what is left empty stays as before."""

    from_on = DayField(
        label=gettext_lazy("From"), help_text=gettext_lazy("The first day on which the changed terms hold.")
    )
    plan = forms.ModelChoiceField(
        label=gettext_lazy("Plan"),
        queryset=Plan.objects.current(),
        required=False,
        empty_label=_AS_BEFORE,
        help_text=gettext_lazy("In its newest version. Choose the same plan to take over what has changed in it."),
    )
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"),
        queryset=BusinessCalendar.objects.current(),
        required=False,
        empty_label=_AS_BEFORE,
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy("Left empty: as before."),
    )

    def arguments(self) -> Mapping[str, Any]:
        plan, calendar = self.cleaned_data["plan"], self.cleaned_data["calendar"]
        return {
            "from_on": self.cleaned_data["from_on"],
            "plan_version": plan.current() if plan else None,
            "calendar_version": calendar.current() if calendar else None,
            "price": self.cleaned_data["price"],
        }

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        changed = [values.get(name) for name in ("plan", "calendar", "price")]
        if not self.errors and all(value is None for value in changed):
            self.add_error(None, _("Say what is to change: the plan, the calendar or the price."))
        return values


class CoverForm(VerbForm):
    asset = AssetChoice(label=gettext_lazy("Asset"), queryset=Asset.objects.none())
    from_on = DayField(label=gettext_lazy("Covered from"))
    until_on = DayField(
        label=gettext_lazy("Covered until"),
        required=False,
        help_text=gettext_lazy("Left empty: as long as the contract."),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assets = Asset.objects.current().filter(site__customer=contract.customer_id).select_related("site")
        unlisted = assets.exclude(covers__in=contract.covered_assets.filter(until_on=None))
        offer(self, "asset", unlisted, empty=_("Choose an asset"))


class UncoverForm(VerbForm):
    until_on = DayField(label=gettext_lazy("Last covered day"))


class SuspendForm(VerbForm):
    from_on = DayField(label=gettext_lazy("First day of rest"))
    until_on = DayField(
        label=gettext_lazy("Last day of rest"),
        required=False,
        help_text=gettext_lazy("Left empty: until the contract is resumed."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("The customer reads it, too.")
    )


class ResumeForm(VerbForm):
    on = DayField(label=gettext_lazy("First day on which it holds again"))


class TerminateForm(VerbForm):
    ended_on = DayField(label=gettext_lazy("Last day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
