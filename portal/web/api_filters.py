"""Filters of the API's lists: strict about values, blind to what the caller may not see."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as rest_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field

from portal.web.api_fields import DayField, InstantField, Rows, as_key, visible_rows

NONE = "none"


class _KeyField(forms.Field):
    default_error_messages = {"invalid": _("Give an id.")}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        key = as_key(value)
        if key is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return key


class _KeyOrNoneField(_KeyField):
    default_error_messages = {"invalid": _("Give an id, or “none”.")}

    def to_python(self, value: Any) -> Any:
        return value if value == NONE else super().to_python(value)


class _AsInBody(forms.Field):
    """A value in an address, read as the API reads it in a body."""

    reader: type[Field[Any, Any, Any, Any]]

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return self.reader().run_validation(value)
        except ValidationError as error:
            first: Any = error.detail[0] if isinstance(error.detail, list) else error.detail
            code = getattr(first, "code", "invalid")
            # As a parameter: django-filter formats every message, and this one may hold a per cent sign.
            raise forms.ValidationError("%(message)s", code=code, params={"message": str(first)}) from error


class _InstantFormField(_AsInBody):
    reader = InstantField


class _DayFormField(_AsInBody):
    reader = DayField


class _FlagField(forms.Field):
    default_error_messages = {"invalid": _("Give true or false.")}

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if value not in {"true", "false"}:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return bool(value == "true")


@extend_schema_field(OpenApiTypes.INT)
class VisibleKeyFilter(django_filters.Filter):
    """`?site=7`: rows of that site. An id that the caller may not see is a 400, as one that does not exist.

    `VisibleKeyFilter(Customer, field_name="site__customer")`; `rows` as in `VisibleKey`.
    """

    field_class = _KeyField

    def __init__(self, model: type[models.Model], *, rows: Rows | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target, self.rows = model, rows

    def filter(self, qs: models.QuerySet[Any], value: int | None) -> models.QuerySet[Any]:
        if value is not None and not self._visible().filter(pk=value).exists():
            raise self._not_there(value)
        filtered: models.QuerySet[Any] = super().filter(qs, value)
        return filtered

    def _not_there(self, value: Any) -> ValidationError:
        message = _("There is no row with the id %(key)s.") % {"key": value}
        return ValidationError({self._name(): [ErrorDetail(message, code="does_not_exist")]})

    def _visible(self) -> models.QuerySet[Any]:
        return visible_rows(self.target, self.rows, self.parent.request)

    def _name(self) -> str:
        return next(str(name) for name, own in self.parent.filters.items() if own is self)


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "enum": [NONE]}]})
class VisibleKeyOrNoneFilter(VisibleKeyFilter):
    """`?assignee=7`, and `?assignee=none` for rows without one; refused to whoever may name nobody."""

    field_class = _KeyOrNoneField

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        if value != NONE:
            return super().filter(qs, value)
        if not self._visible().exists():
            raise self._not_there(value)
        return qs.filter(**{f"{self.field_name}__isnull": True})


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(django_filters.Filter):
    """`?due_before=2026-03-02T09:00:00Z`: give `field_name` and `lookup_expr`."""

    field_class = _InstantFormField


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.Filter):
    field_class = _DayFormField


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.Filter):
    field_class = _FlagField


class ArchivedFilter(FlagFilter):
    """`?archived=false`: only rows in use. Without it a list holds both."""

    def __init__(self) -> None:
        super().__init__(field_name="archived_at", lookup_expr="isnull", exclude=True, label=_("archived"))


def _to_visible_keys(field: Any) -> dict[str, Any]:
    return {"model": field.remote_field.model}


class ApiFilterSet(rest_filters.FilterSet):
    """Base of the API's filters: `Meta.fields` become exact filters that refuse what they cannot read."""

    FILTER_DEFAULTS = {
        **rest_filters.FilterSet.FILTER_DEFAULTS,
        models.ForeignKey: {"filter_class": VisibleKeyFilter, "extra": _to_visible_keys},
        models.OneToOneField: {"filter_class": VisibleKeyFilter, "extra": _to_visible_keys},
        models.DateTimeField: {"filter_class": InstantFilter},
        models.DateField: {"filter_class": DayFilter},
        models.BooleanField: {"filter_class": FlagFilter},
    }
