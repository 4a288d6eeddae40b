"""Filters of the list of tickets."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.enums import Severity
from contracts.filters import CustomerFilter, SiteFilter
from portal.accounts.filters import AssigneeFilter
from portal.web.filters import ListFilterSet, SearchFilter
from tickets.enums import WAITING_STATES, TicketState
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet

SHOWN: dict[str, tuple[Any, Callable[[TicketQuerySet, datetime], TicketQuerySet]]] = {
    "at_risk": (_("At risk"), lambda rows, now: rows.at_risk(now)),
    "missed": (_("Open, a target missed"), lambda rows, now: rows.open().missed()),
    "new": (_("Open, nobody answered"), lambda rows, now: rows.open().filter(acknowledged_at=None)),
    "waiting": (_("Waiting"), lambda rows, now: rows.filter(state__in=WAITING_STATES)),
    "resolved": (_("Resolved"), lambda rows, now: rows.filter(state=TicketState.RESOLVED)),
    "closed": (_("Closed"), lambda rows, now: rows.filter(state=TicketState.CLOSED)),
    "all": (_("All tickets"), lambda rows, now: rows),
}
"""What the list can show: its name and its rows. Without a choice it shows what is open."""


class TicketSearchFilter(SearchFilter):
    """Finds a number as well: TK-12."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        number = re.fullmatch(r"\s*TK-(\d{1,18})\s*", value or "", re.IGNORECASE)
        return qs.filter(pk=int(number[1])) if number else super().filter(qs, value)


class TicketFilterSet(ListFilterSet):
    """People of a customer do not filter by customer or assignee."""

    show = django_filters.ChoiceFilter(
        label=_("Show"), choices=[(key, label) for key, (label, _rows) in SHOWN.items()], empty_label=_("Open")
    )
    q = TicketSearchFilter("summary", "description", "customer__name", "site__name", "asset__tag")
    severity = django_filters.ChoiceFilter(label=_("Severity"), choices=Severity.choices, empty_label=_("All"))
    customer = CustomerFilter()
    site = SiteFilter()
    assignee = AssigneeFilter()

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.user.is_var:
            for name in ("customer", "assignee"):
                self.filters.pop(name)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        assert isinstance(queryset, TicketQuerySet)
        show = self.form.cleaned_data.pop("show", "")
        rows = SHOWN[show][1](queryset, timezone.now()) if show else queryset.open()
        filtered: QuerySet[Any] = super().filter_queryset(rows)
        return filtered
