"""Fields and filters that several resources of work share."""

from __future__ import annotations

import math
import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from portal.web.api_fields import InstantField, as_key
from schedules.models import Procedure

EARLIEST = timedelta(days=366)


class NumberField(serializers.FloatField):
    """A JSON number that is finite: no text, no yes or no, nothing beyond what a float holds."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            value = float(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class UuidField(serializers.UUIDField):
    """A UUID as text; a plain number, which the base class takes, is a slip."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        found: uuid.UUID = super().to_internal_value(data)
        return found


class FlagField(serializers.BooleanField):
    """true or false and nothing that looks like it."""

    default_error_messages = {"invalid": gettext_lazy("Give true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class DeviceInstantField(InstantField):
    """When something was done, by the device: at most a year ago. Actions refuse what lies ahead."""

    default_error_messages = {"too_early": gettext_lazy("Give an instant of the last year.")}

    def to_internal_value(self, value: Any) -> datetime:
        at = super().to_internal_value(value)
        if at < self.context["view"].now - EARLIEST:
            self.fail("too_early")
        return at


@extend_schema_field(OpenApiTypes.STR)
class ProcedureFilter(django_filters.CharFilter):
    """`?procedure=7` or `?procedure=voicemail-usage`: by id or slug; what is not there is a 400.

    A customer may ask as well: it meets the ids in its own work orders.
    """

    def filter(self, qs: models.QuerySet[Any], value: str) -> models.QuerySet[Any]:
        if not value:
            return qs
        found = _procedure_key(value)
        if found is None:
            message = _("There is no procedure with this id or slug.")
            raise ValidationError({"procedure": [ErrorDetail(message, code="does_not_exist")]})
        filtered: models.QuerySet[Any] = qs.filter(**{f"{self.field_name}": found})
        return filtered


def _procedure_key(value: str) -> int | None:
    rows = Procedure.objects.values_list("pk", flat=True)
    if value.isascii() and value.isdigit():
        key = as_key(value)
        return rows.filter(pk=key).first() if key else None
    return rows.filter(slug=value).first() if re.fullmatch(r"[-\w]{1,80}", value) else None
