"""Filters of the pages about work, changes and schedules."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.enums import Performer
from contracts.models import Customer, Site
from portal.accounts.filters import AssigneeFilter
from portal.accounts.models import User
from portal.web.filters import ListFilterSet, SearchFilter
from schedules.enums import OPEN_STATUSES, OPEN_VISITS, ChangeKind, ScheduleState, VisitStatus, WorkStatus
from schedules.models import ChangeEvent, Procedure, Schedule, Visit, WorkOrder

OPEN = Q(status__in=OPEN_STATUSES)
DONE = Q(status=WorkStatus.DONE)

SHOWN: dict[str, tuple[Any, Callable[[datetime], Q]]] = {
    "overdue": (_("Overdue"), lambda now: OPEN & Q(due_at__lt=now)),
    "unassigned": (_("Open, nobody assigned"), lambda now: OPEN & Q(assignee=None)),
    "in_progress": (_("In progress"), lambda now: Q(status=WorkStatus.IN_PROGRESS)),
    "done": (_("Done"), lambda now: DONE),
    "late": (_("Done late"), lambda now: DONE & Q(finished_at__gt=F("window_closes_at"))),
    "missed": (_("Missed"), lambda now: Q(status=WorkStatus.MISSED)),
    "skipped": (_("Skipped"), lambda now: Q(status=WorkStatus.SKIPPED)),
    "cancelled": (_("Cancelled"), lambda now: Q(status=WorkStatus.CANCELLED)),
    "all": (_("All work"), lambda now: Q()),
}
"""What the list of work can show: its name and its rows. Without a choice it shows what is open."""


def start_of_day(on: date) -> datetime:
    """Midnight at the beginning of that day, in the reader's zone."""
    return timezone.make_aware(datetime.combine(on, time()))


class DayInput(forms.DateInput):
    input_type = "date"


class DayFilter(django_filters.DateFilter):
    """A day of the reader's zone: rows from its beginning on, or (`through`) up to its end."""

    def __init__(self, field_name: str, *, through: bool = False, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, widget=DayInput(), **kwargs)
        self.through = through

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        if value is None:
            return qs
        if self.through:
            return qs.filter(**{f"{self.field_name}__lt": start_of_day(value + timedelta(days=1))})
        return qs.filter(**{f"{self.field_name}__gte": start_of_day(value)})


def visible_sites(request: Any) -> QuerySet[Site]:
    return Site.objects.visible_to(request.user).select_related("customer").order_by("customer__name", "name")


def visible_customers(request: Any) -> QuerySet[Customer]:
    return Customer.objects.visible_to(request.user)


class SiteField(django_filters.fields.ModelChoiceField):
    """Names the customer as well: sites of two customers may share a name."""

    def label_from_instance(self, obj: Site) -> str:
        return f"{obj.customer.name} – {obj.name}"


class SiteFilter(django_filters.ModelChoiceFilter):
    field_class = SiteField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label=_("Site"), queryset=visible_sites, empty_label=_("All"), **kwargs)


class CustomerFilter(django_filters.ModelChoiceFilter):
    def __init__(self, field_name: str) -> None:
        super().__init__(field_name=field_name, label=_("Customer"), queryset=visible_customers, empty_label=_("All"))


class VarFilterSet(ListFilterSet):
    """Leaves out, for people of a customer, the filters that `only_var` names."""

    only_var: tuple[str, ...] = ("customer",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.user.is_var:
            for name in self.only_var:
                self.filters.pop(name)


class WorkSearchFilter(SearchFilter):
    """Finds a number as well: WO-12."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        number = re.fullmatch(r"\s*WO-(\d{1,18})\s*", value or "", re.IGNORECASE)
        return qs.filter(pk=int(number[1])) if number else super().filter(qs, value)


class WorkOrderFilterSet(VarFilterSet):
    only_var = ("customer", "assignee", "performer")

    show = django_filters.ChoiceFilter(
        label=_("Show"), choices=[(key, label) for key, (label, _rows) in SHOWN.items()], empty_label=_("Open")
    )
    q = WorkSearchFilter("site__name", "site__customer__name", "procedure_version__procedure__slug", "asset__tag")
    customer = CustomerFilter("site__customer")
    site = SiteFilter()
    procedure = django_filters.ModelChoiceFilter(
        field_name="procedure_version__procedure",
        label=_("Procedure"),
        queryset=Procedure.objects.all(),
        empty_label=_("All"),
    )
    assignee = AssigneeFilter()
    performer = django_filters.ChoiceFilter(label=_("Done by"), choices=Performer.choices, empty_label=_("All"))
    due_from = DayFilter("due_at", label=_("Due from"))
    due_to = DayFilter("due_at", through=True, label=_("Due until"))

    class Meta:
        model = WorkOrder
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        show = self.form.cleaned_data.pop("show", "")
        rows = SHOWN[show][1](timezone.now()) if show else OPEN
        found: QuerySet[Any] = super().filter_queryset(queryset.filter(rows))
        return found


VISITS_SHOWN: dict[str, tuple[Any, Q]] = {
    "planned": (VisitStatus.PLANNED.label, Q(status=VisitStatus.PLANNED)),
    "other_time": (_("Another time asked for"), Q(status=VisitStatus.PLANNED) & ~Q(other_time_wanted="")),
    "confirmed": (VisitStatus.CONFIRMED.label, Q(status=VisitStatus.CONFIRMED)),
    "in_progress": (VisitStatus.IN_PROGRESS.label, Q(status=VisitStatus.IN_PROGRESS)),
    "signed": (VisitStatus.SIGNED.label, Q(status=VisitStatus.SIGNED)),
    "cancelled": (VisitStatus.CANCELLED.label, Q(status=VisitStatus.CANCELLED)),
    "all": (_("All visits"), Q()),
}
"""What the list of visits can show. Without a choice it shows what lies ahead or is going on."""


def technicians() -> list[tuple[str, Any]]:
    """Everybody of the VAR, people who left included: their visits are still there."""
    people = User.objects.exclude(staff_role="").order_by("name").values_list("pk", "name")
    return [("me", _("Me")), *((str(pk), name) for pk, name in people)]


class VisitSearchFilter(SearchFilter):
    """Finds a number as well: V-12."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        number = re.fullmatch(r"\s*V-(\d{1,18})\s*", value or "", re.IGNORECASE)
        return qs.filter(pk=int(number[1])) if number else super().filter(qs, value)


class VisitFilterSet(VarFilterSet):
    only_var = ("customer", "technician")

    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[(key, label) for key, (label, _rows) in VISITS_SHOWN.items()],
        empty_label=_("Planned and in progress"),
    )
    q = VisitSearchFilter("site__name", "site__customer__name")
    customer = CustomerFilter("site__customer")
    site = SiteFilter()
    technician = django_filters.ChoiceFilter(
        label=_("Technician"), choices=technicians, empty_label=_("Anybody"), method="filter_technician"
    )
    from_on = DayFilter("planned_start_at", label=_("From"))
    until_on = DayFilter("planned_start_at", through=True, label=_("Until"))

    class Meta:
        model = Visit
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        status = self.form.cleaned_data.pop("status", "")
        rows = VISITS_SHOWN[status][1] if status else Q(status__in=OPEN_VISITS)
        found: QuerySet[Any] = super().filter_queryset(queryset.filter(rows))
        return found

    def filter_technician(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(technician=self.request.user.pk if value == "me" else int(value))


class ChangeEventFilterSet(VarFilterSet):
    kind = django_filters.ChoiceFilter(label=_("What changes"), choices=ChangeKind.choices, empty_label=_("All"))
    customer = CustomerFilter("site__customer")
    site = SiteFilter()
    from_on = DayFilter("occurs_at", label=_("From"))
    until_on = DayFilter("occurs_at", through=True, label=_("Until"))

    class Meta:
        model = ChangeEvent
        fields: list[str] = []


class ScheduleFilterSet(VarFilterSet):
    customer = CustomerFilter("site__customer")
    site = SiteFilter()
    procedure = django_filters.ModelChoiceFilter(
        label=_("Procedure"), queryset=Procedure.objects.all(), empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ScheduleState.choices, empty_label=_("All"))

    class Meta:
        model = Schedule
        fields: list[str] = []
