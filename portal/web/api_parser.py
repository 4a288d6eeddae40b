"""How bodies are read. A module of its own, because DRF imports its parsers before its views exist."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_DEPTH = 32  # no resource nests half as deep; recursion ends far beyond


class TooLargeError(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON that can be stored and sent back as it is.

    Refused are: more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE (413); and as 400 what is no JSON, a
    name given twice, more than 32 levels, numbers that overflow, and texts with NUL or half a
    surrogate pair, which no database takes.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLargeError(_("The body is too large."))
        try:
            data = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:  # ValueError includes bytes that are no UTF-8
            raise exceptions.ParseError(_("This is not JSON that can be read: %(why)s") % {"why": error}) from error
        _refuse_unstorable(data, ())
        return data


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("a name is there twice"))
    return found


def _refuse_unstorable(value: Any, path: tuple[str, ...]) -> None:
    if len(path) > MAX_DEPTH:
        raise exceptions.ParseError(_("The body is nested too deeply."))
    if isinstance(value, Mapping):
        for name, item in value.items():
            _refuse_unstorable(name, path)
            _refuse_unstorable(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_unstorable(item, (*path, str(index)))
    elif fault := _fault(value):
        detail = exceptions.ErrorDetail(fault, code="invalid")
        raise exceptions.ValidationError({".".join(path) or "non_field_errors": [detail]})


def _fault(value: Any) -> str:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        return _("Texts cannot hold the character NUL, nor half a surrogate pair.")
    if isinstance(value, float) and not math.isfinite(value):
        return _("This number is too large.")
    return ""
