"""Plans: a header, a decision on each kind of work, and rows of procedures with their cadence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, NamedTuple

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.enums import Cadence, Decision, Frequency, NonworkingDay, Performer, ServiceMode, WorkKind
from contracts.forms.fields import typed
from contracts.models import PlanCoverage, PlanProcedure, PlanVersion, SlaPolicy
from contracts.models.plans import MAX_INTERVAL
from contracts.procedures import procedure_choices
from contracts.worktime import DAYS
from portal.web.errors import DomainError

_PREFIX = "procedures"
_SPARE_ROWS = 2
_MOST_ROWS = 50


class CoverageFields(NamedTuple):
    """The bound fields of one kind of work, for the page."""

    label: Any
    decision: forms.BoundField
    amount: forms.BoundField
    clause: forms.BoundField


class PlanForm(forms.Form):
    """The header and what each kind of work costs. A kind left billable without a clause makes no row."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    policy = forms.ModelChoiceField(
        label=gettext_lazy("SLA policy"),
        queryset=SlaPolicy.objects.current(),
        empty_label=gettext_lazy("Choose a policy"),
        help_text=gettext_lazy("The plan takes its newest version."),
    )
    service_mode = forms.ChoiceField(label=gettext_lazy("Service mode"), choices=ServiceMode.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in WorkKind.values:
            self._add_coverage(kind)

    def _add_coverage(self, kind: str) -> None:
        self.fields[f"{kind}_decision"] = forms.ChoiceField(
            label=_("Decision"), choices=Decision.choices, initial=Decision.BILLABLE
        )
        self.fields[f"{kind}_amount"] = forms.DecimalField(
            label=_("Up to"), required=False, min_value=0, max_digits=10, decimal_places=2
        )
        self.fields[f"{kind}_clause"] = forms.CharField(label=_("Clause"), required=False, max_length=300)

    def general_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "policy", "service_mode")]

    def coverage_fields(self) -> list[CoverageFields]:
        return [
            CoverageFields(label, *(self[f"{kind}_{name}"] for name in ("decision", "amount", "clause")))
            for kind, label in WorkKind.choices
        ]

    def clean(self) -> dict[str, Any]:
        for kind in WorkKind.values:
            paid = self.cleaned_data.get(f"{kind}_decision") in {Decision.COVERED, Decision.UP_TO}
            if paid and not self.cleaned_data.get(f"{kind}_clause"):
                self.add_error(f"{kind}_clause", _("Say in a sentence what is included."))
        return self.cleaned_data

    def coverage(self) -> list[PlanCoverage]:
        rows = []
        for kind in WorkKind.values:
            decision, amount, clause = (
                self.cleaned_data[f"{kind}_{name}"] for name in ("decision", "amount", "clause")
            )
            if decision != Decision.BILLABLE or clause or amount is not None:
                rows.append(PlanCoverage(work_kind=kind, decision=decision, amount=amount, clause=clause))
        return rows


# -- procedures -------------------------------------------------------------------------------

_ORDINALS = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    5: gettext_lazy("fifth"),
    -1: gettext_lazy("last"),
}


def month_rule_choices() -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [
        ("", _("By the contract's start date")),
        ("last_day", _("Last day of the month")),
        ("last_working_day", _("Last working day of the month")),
    ]
    for nth, ordinal in _ORDINALS.items():
        days = [(f"nth_weekday:{nth}:{day}", f"{ordinal} {WEEKDAYS[index]}") for index, day in enumerate(DAYS)]
        choices.append((_("The %(nth)s weekday of the month") % {"nth": ordinal}, days))
    return choices


def month_rule_key(rule: Mapping[str, Any]) -> str:
    """The choice that stands for a stored rule of the month."""
    kind = rule.get("kind", "anchor")
    if kind == "nth_weekday":
        return f"nth_weekday:{rule['nth']}:{rule['weekday']}"
    return "" if kind == "anchor" else str(kind)


def month_rule_of(key: str) -> dict[str, Any]:
    kind, *rest = key.split(":")
    if rest:
        return {"kind": kind, "nth": int(rest[0]), "weekday": rest[1]}
    return {"kind": kind} if kind else {}


class ProcedureForm(forms.Form):
    """A row of the plan; `procedures` are the choices, loaded once for all rows."""

    procedure_slug = forms.ChoiceField(label=gettext_lazy("Procedure"))
    performer = forms.ChoiceField(label=gettext_lazy("Done by"), choices=Performer.choices, initial=Performer.VAR)
    frequency = forms.ChoiceField(label=gettext_lazy("How often"), choices=Frequency.choices, initial=Frequency.MONTHLY)
    interval = forms.IntegerField(
        label=gettext_lazy("Every … of these"),
        min_value=1,
        max_value=MAX_INTERVAL,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    due_time = forms.TimeField(
        label=gettext_lazy("Due by (site's time)"),
        initial=time(9),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    nonworking_day = forms.ChoiceField(
        label=gettext_lazy("On a day off"), choices=NonworkingDay.choices, initial=NonworkingDay.NEXT
    )
    month_rule = forms.ChoiceField(
        label=gettext_lazy("Day of the month (monthly and longer)"), choices=month_rule_choices, required=False
    )
    cadence = forms.ChoiceField(label=gettext_lazy("Counted"), choices=Cadence.choices, initial=Cadence.FIXED)
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Weekdays (daily and weekly)"),
        choices=lambda: [(day, WEEKDAYS_ABBR[index]) for index, day in enumerate(DAYS)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, procedures: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = dict(procedures)
        field = self.fields["procedure_slug"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a procedure")), *procedures]

    def name(self) -> str:
        """Of the procedure that is chosen; empty while none is."""
        return self.names.get(self["procedure_slug"].value() or "", "")

    def row(self) -> PlanProcedure:
        return PlanProcedure(**{**self.cleaned(), "month_rule": month_rule_of(self.cleaned_data["month_rule"])})

    def cleaned(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "DELETE"}


class ProcedureRows(BaseFormSet[ProcedureForm]):
    def clean(self) -> None:
        """A procedure has one cadence in a plan."""
        seen: set[str] = set()
        for form in self.filled():
            slug = form.cleaned_data.get("procedure_slug")
            if slug in seen:
                form.add_error("procedure_slug", _("This procedure is in the plan twice."))
            elif slug:
                seen.add(slug)

    def filled(self) -> list[ProcedureForm]:
        """The rows that say something and stay."""
        return [
            form
            for form in self.forms
            if form.has_changed() and getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")
        ]

    def add_fields(self, form: ProcedureForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove this procedure")


def _row_set(extra: int) -> type[BaseFormSet[ProcedureForm]]:
    return forms.formset_factory(
        ProcedureForm, formset=ProcedureRows, extra=extra, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS, can_delete=True
    )


class PlanForms:
    """The page's two forms as one: what was sent, else what a plan says now."""

    def __init__(self, data: Any = None, version: PlanVersion | None = None) -> None:
        rows = list(version.procedures.all()) if version else []
        self._choices = procedure_choices(row.procedure_slug for row in rows)
        if version is None or data is not None:
            # What was sent is not compared with the plan: a row that is unchanged belongs to it, too.
            self.header, self.rows = PlanForm(data), self._rows(_SPARE_ROWS, data=data)
            return
        self.header = PlanForm(initial=initial_of(version))
        self.rows = self._rows(1, initial=[initial_row(row) for row in rows])

    def _rows(self, spare: int, **values: Any) -> BaseFormSet[ProcedureForm]:
        return _row_set(spare)(prefix=_PREFIX, form_kwargs={"procedures": self._choices}, **values)

    def is_valid(self) -> bool:
        header_is_valid = self.header.is_valid()
        return self.rows.is_valid() and header_is_valid

    def with_more_rows(self) -> None:
        """Show what was typed again, unjudged, with blank rows below."""
        kept = [values for form in self.rows.forms if (values := typed(form))["procedure_slug"]]
        self.header, self.rows = PlanForm(initial=typed(self.header)), self._rows(_SPARE_ROWS, initial=kept)

    def values(self) -> dict[str, Any]:
        """The arguments of `save_plan`."""
        assert isinstance(self.rows, ProcedureRows)
        header = self.header.cleaned_data
        return {
            "name": header["name"],
            "policy_version": header["policy"].current(),
            "service_mode": header["service_mode"],
            "coverage": self.header.coverage(),
            "procedures": [form.row() for form in self.rows.filled()],
        }

    def show(self, error: DomainError) -> None:
        """Put what the action refused at the field behind its dotted name (`procedures.2.weekdays`)."""
        parts = (error.attr or "").split(".")
        if len(parts) == 3 and parts[0] == "procedures":
            assert isinstance(self.rows, ProcedureRows)
            self.rows.filled()[int(parts[1])].add_error(parts[2], error.message)
            return
        name = parts[0]
        if len(parts) == 3 and name == "coverage":
            name = f"{self.header.coverage()[int(parts[1])].work_kind}_{parts[2]}"
        self.header.add_error(name if name in self.header.fields else None, error.message)


def initial_of(version: PlanVersion) -> dict[str, Any]:
    initial: dict[str, Any] = {
        "name": version.plan.name,
        "policy": version.policy_version.policy_id,
        "service_mode": version.service_mode,
    }
    for row in version.coverage.all():
        for name in ("decision", "amount", "clause"):
            initial[f"{row.work_kind}_{name}"] = getattr(row, name)
    return initial


def initial_row(row: PlanProcedure) -> dict[str, Any]:
    names = (
        "procedure_slug",
        "performer",
        "frequency",
        "interval",
        "due_time",
        "nonworking_day",
        "cadence",
        "weekdays",
    )
    return {**{name: getattr(row, name) for name in names}, "month_rule": month_rule_key(row.month_rule)}
