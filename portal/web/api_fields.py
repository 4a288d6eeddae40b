"""Serializers and fields of the API: strict bodies, instants with an offset, keys that leak nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.validators import UniqueTogetherValidator

YEARS = range(1900, 3000)  # dates outside are slips of the keyboard, and a day more would overflow
MAX_KEY = 2**63 - 1  # a bigint; PostgreSQL refuses to compare with more
MAX_KEYS = 500
# What such a column holds on PostgreSQL; SQLite would take more.
LARGEST = {
    "SmallIntegerField": 2**15 - 1,
    "PositiveSmallIntegerField": 2**15 - 1,
    "IntegerField": 2**31 - 1,
    "PositiveIntegerField": 2**31 - 1,
}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Rows = Callable[[Any], "models.QuerySet[Any]"]
"""The user who asks -> the rows that may be named."""


class StrictSerializer(serializers.Serializer[Any]):
    """A field that the resource does not know is an error, not ignored; so is one that it would not store.

    Updates let read-only fields pass, as what was read may be sent back whole; a PATCH that gives one
    another value is refused, because it names what it means to change. A PATCH leaves out whole fields; an
    object inside one is complete.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            refused = {str(name): [why] for name in data if (why := self._why_not(name, data[name]))} | self._left_out(
                data
            )
            if refused:
                raise exceptions.ValidationError(refused)
        return super().to_internal_value(data)

    def _left_out(self, data: dict[str, Any]) -> dict[str, list[exceptions.ErrorDetail]]:
        """What DRF would let pass: required fields that an object inside a PATCH lacks."""
        if self.parent is None or not getattr(self.root, "partial", False):
            return {}
        lacking = {name: field for name, field in self.fields.items() if field.required and name not in data}
        return {
            name: [exceptions.ErrorDetail(str(field.error_messages["required"]), code="required")]
            for name, field in lacking.items()
        }

    def _why_not(self, name: Any, value: Any) -> exceptions.ErrorDetail | None:
        if name not in self.fields:
            return exceptions.ErrorDetail(_("There is no such field."), code="unknown")
        outermost = getattr(self, "parent", None) is None
        if self.fields[name].read_only and outermost and not self._may_come_back(name, value):
            return exceptions.ErrorDetail(_("This field cannot be set."), code="read_only")
        return None

    def _may_come_back(self, name: str, value: Any) -> bool:
        """Whether a read-only field may be sent: with a PUT, or as it stands."""
        if self.instance is None:
            return False
        return not self.partial or self._as_read.get(name) == value

    @cached_property
    def _as_read(self) -> dict[str, Any]:
        """The row as a GET shows it, in plain JSON."""
        shown: dict[str, Any] = json.loads(json.dumps(self.to_representation(self.instance), cls=JSONEncoder))
        return shown


class EmptySerializer(StrictSerializer):
    """The body of a verb that takes nothing: `{}` or no body at all."""


class InstantField(serializers.DateTimeField):
    """An ISO 8601 instant with an offset; UTC in answers, whoever reads.

    A bare one, or a `+` that arrived as a space, is refused by name.
    """

    default_error_messages = {
        "naive": gettext_lazy("Give an offset: end the instant in Z, or in +02:00 written as %2B02:00 in an address."),
        "range": gettext_lazy("Give a year from 1900 to 2999."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        parsed = _parsed(value)
        if isinstance(value, str) and parsed is None and " " in value.strip()[10:]:
            self.fail("naive")
        if parsed is not None and parsed.tzinfo is None:
            self.fail("naive")
        if parsed is not None and parsed.year not in YEARS:
            self.fail("range")
        return super().to_internal_value(value)


def _parsed(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None


class DayField(serializers.DateField):
    """A date as YYYY-MM-DD, of a year that calculations can stand."""

    default_error_messages = {"range": gettext_lazy("Give a year from 1900 to 2999.")}

    def to_internal_value(self, value: Any) -> date:
        if isinstance(value, str) and not _DAY.fullmatch(value):  # Python reads 20260302 and 2026-W10-1 as well
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        if day.year not in YEARS:
            self.fail("range")
        return day


class UniqueAtLast(UniqueTogetherValidator):
    """A fault at the last of the fields instead of at the row as a whole."""

    def __call__(self, attrs: Any, serializer: Any) -> None:
        try:
            super().__call__(attrs, serializer)
        except exceptions.ValidationError as error:
            detail: Any = error.detail
            raise exceptions.ValidationError(
                {[*self.fields][-1]: detail} if isinstance(detail, list) else detail
            ) from error


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """A row. Declare its foreign keys as `VisibleKey`: one that was left out is read-only by its id, never a leak."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
        models.DateField: DayField,
    }

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[type[Any], dict[str, Any]]:
        """Figures are bounded alike on every database."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        largest = LARGEST.get(model_field.get_internal_type())
        if largest and "max_value" in kwargs:
            kwargs["max_value"] = min(kwargs["max_value"], largest)
        return field_class, kwargs

    def get_unique_together_validators(self) -> list[Any]:
        """Told at the last field of those that are unique together: the name at a site's customer."""
        made: list[Any] = super().get_unique_together_validators()
        return [
            UniqueAtLast(
                found.queryset,
                found.fields,
                message=found.message,
                condition_fields=found.condition_fields,
                condition=found.condition,
                code=found.code,
                nulls_distinct=found.nulls_distinct,
            )
            for found in made
        ]

    def build_relational_field(self, field_name: str, relation_info: Any) -> tuple[type[Any], dict[str, Any]]:
        field_class, kwargs = super().build_relational_field(field_name, relation_info)
        if "queryset" in kwargs:
            kwargs = {"read_only": True, "many": True} if kwargs.get("many") else {"read_only": True}
        return field_class, kwargs


class RowUrl(serializers.HyperlinkedIdentityField):
    """`url` of a row: `url = RowUrl("sites")`, named by the resource's prefix."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(view_name=f"api:{prefix}-detail", **kwargs)


def as_key(value: Any) -> int | None:
    """The primary key that was meant, as a number or as its digits; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_KEY:
        return value
    return None


def visible_rows(model: type[models.Model], rows: Rows | None, request: Request) -> models.QuerySet[Any]:
    """What whoever asks may name: `rows(user)`, else the model's `visible_to(user)`."""
    if rows is not None:
        return rows(request.user)
    visible: models.QuerySet[Any] = model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
    return visible


class VisibleKey(serializers.PrimaryKeyRelatedField[Any]):
    """A foreign key in a body: `site = VisibleKey(Site)`.

    The id is looked up through `Site.objects.visible_to(user)`; for a model without that, give
    `rows=lambda user: queryset`. What is not visible "does not exist" (400 at the field), exactly as
    what is not there. An archived row is refused too, unless it is what the row holds already.
    """

    default_error_messages = {"archived": gettext_lazy("“{name}” is archived.")}

    def __init__(self, model: type[models.Model], *, rows: Rows | None = None, **kwargs: Any) -> None:
        self.model, self.rows = model, rows
        if not kwargs.get("read_only"):
            kwargs["queryset"] = model._default_manager.all()  # for the schema alone
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        return visible_rows(self.model, self.rows, self.context["request"])

    def run_validation(self, data: Any = empty) -> Any:
        if data == "":  # DRF would read it as null, as a form sends it
            self.fail("does_not_exist", pk_value=data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        key = as_key(data)
        if key is None and not isinstance(data, int | str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        row = self.get_queryset().filter(pk=key).first() if key else None
        if row is None:
            self.fail("does_not_exist", pk_value=data)
        if getattr(row, "archived_at", None) and row.pk != self._held():
            self.fail("archived", name=row)
        return row

    def _held(self) -> Any:
        instance = getattr(self.parent, "instance", None)
        return getattr(instance, f"{self.source}_id", None)


class VisibleKeys(serializers.ListField):
    """A list of ids in a body, looked up as `VisibleKey` does, with one query; the rows in the order given.

    A fault is named at its index: `add_assets.2`.
    """

    def __init__(self, model: type[models.Model], *, rows: Rows | None = None, **kwargs: Any) -> None:
        self.model, self.rows = model, rows
        super().__init__(child=serializers.IntegerField(min_value=1), **{"max_length": MAX_KEYS} | kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        keys: list[int] = super().to_internal_value(data)
        wanted = {key for key in keys if as_key(key)}
        found = visible_rows(self.model, self.rows, self.context["request"]).in_bulk(wanted)
        missing = [index for index, key in enumerate(keys) if key not in found]
        if missing:
            message = _("Invalid pk “%(key)s” - object does not exist.")
            raise exceptions.ValidationError(
                {str(i): [exceptions.ErrorDetail(message % {"key": keys[i]}, "does_not_exist")] for i in missing}
            )
        return [found[key] for key in keys]

    def to_representation(self, data: Iterable[models.Model]) -> list[Any]:
        return [row.pk for row in data]
