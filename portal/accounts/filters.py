"""Filters of the team list, and of lists of what is assigned to people of the VAR."""

from typing import Any

import django_filters
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import staff
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.web.filters import ListFilterSet, SearchFilter

_WITHOUT_PASSWORD = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
_STATES = {
    "active": Q(is_active=True) & ~_WITHOUT_PASSWORD,
    "invited": Q(is_active=True) & _WITHOUT_PASSWORD,
    "inactive": Q(is_active=False),
}


def _assignees() -> list[tuple[str, Any]]:
    people = staff()
    named = [(str(pk), name) for pk, name in people.values_list("pk", "name")]
    return [("me", _("Me")), ("none", _("Nobody")), *named]


class AssigneeFilter(django_filters.ChoiceFilter):
    """`?assignee=me`, `none`, or the id of an active person of the VAR."""

    def __init__(self) -> None:
        super().__init__(label=_("Assigned to"), choices=_assignees, empty_label=_("Anybody"))

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value == "none":
            return qs.filter(assignee=None)
        return qs.filter(assignee=self.parent.request.user.pk if value == "me" else int(value))


class TeamFilterSet(ListFilterSet):
    q = SearchFilter("name", "email", "phone")
    staff_role = django_filters.ChoiceFilter(label=_("Role"), choices=StaffRole.choices, empty_label=_("All"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("active", _("Active")), ("invited", _("Invited")), ("inactive", _("Deactivated"))],
        empty_label=_("All"),
        method="filter_state",
    )

    class Meta:
        model = User
        fields: list[str] = []

    def filter_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(_STATES[value])
