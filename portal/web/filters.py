"""The base of list filters: strict about values, dressed for the list page."""

from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SearchFilter(django_filters.CharFilter):
    """`q`: each word must occur in one of the fields, whatever the case."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Search"), "max_length": 100} | kwargs)
        self.fields = fields

    def filter(self, qs: models.QuerySet[Any], value: str) -> models.QuerySet[Any]:
        for word in (value or "").split():
            anywhere = Q()
            for field in self.fields:
                anywhere |= Q(**{f"{field}__icontains": word})
            qs = qs.filter(anywhere)
        return qs


class ListFilterSet(django_filters.FilterSet):
    """Filters of a page; their form wears Bootstrap's classes."""

    @property
    def form(self) -> forms.Form:
        form: forms.Form = super().form
        for field in form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.setdefault("class", "form-select" if select else "form-control")
        return form
