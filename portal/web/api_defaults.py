"""What REST_FRAMEWORK's settings name: errors, pages, strict filters.

Imports no view, or DRF would wait for itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, models
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from django_filters.filters import MultipleChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request

from portal.web.api_parser import TooLargeError
from portal.web.errors import Conflict, DomainError

logger = logging.getLogger(__name__)

LIST_PARAMETERS = frozenset({"page", "page_size", "ordering"})
CURSOR_PARAMETERS = frozenset({"cursor", "page_size", "ordering"})


class ConflictError(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class UnprocessableError(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


# -- errors -----------------------------------------------------------------------------------


def as_api_error(error: DomainError) -> exceptions.APIException:
    """409 for what the state forbids, else 400 at the field."""
    if isinstance(error, Conflict):
        return ConflictError(error.message, code=error.code)
    detail = exceptions.ErrorDetail(error.message, code=error.code)
    return exceptions.ValidationError({error.attr or "non_field_errors": [detail]})


class ErrorHandler(ExceptionHandler):
    """The standard form also for what our actions raise, for races, and for requests that break off or overflow."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            return as_api_error(exc)
        if isinstance(exc, IntegrityError):
            # Serializers and actions check first, so this is a race; were it a fault of ours, the log has it.
            logger.warning("Refused by a constraint", exc_info=exc)
            return ConflictError(_("Somebody else changed this at the same time. Look again."), code="race")
        if isinstance(exc, RequestDataTooBig):
            return TooLargeError(_("The body is too large."))
        if isinstance(exc, SuspiciousOperation | UnreadablePostError):
            return exceptions.ParseError(_("The request could not be read."))
        if isinstance(exc, exceptions.ValidationError) and isinstance(exc.detail, dict):
            # The formatter drops an index 0 that is a number: faults in the first row of a list.
            return exceptions.ValidationError({str(name): faults for name, faults in exc.detail.items()})
        converted: Exception = super().convert_known_exceptions(exc)
        return converted


# -- pages ------------------------------------------------------------------------------------


def strict_page_size(request: Request, largest: int) -> None:
    """Raise a 400 for a `page_size` outside 1 to `largest`."""
    raw = request.query_params.get("page_size")
    if raw is not None and not (_is_count(raw) and 1 <= int(raw) <= largest):
        raise exceptions.ValidationError({"page_size": [_("Give a number from 1 to %(n)s.") % {"n": largest}]})


def _is_count(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and len(raw) <= 9


class Pages(PageNumberPagination):
    """`page` and `page_size`; a page that does not exist is a 404, one that is no number a 400."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int | None:
        strict_page_size(request, self.max_page_size)
        return super().get_page_size(request)

    def get_page_number(self, request: Request, paginator: Any) -> int | str:
        raw = request.query_params.get(self.page_query_param, "1")
        if not _is_count(raw):
            raise exceptions.ValidationError({"page": [_("Give the number of a page.")]})
        return raw


class CursorPages(CursorPagination):
    """For readings and events: no count, stable while rows arrive.

    A view sets `pagination_class = CursorPages` or a subclass with another `ordering`, which counts
    unless the caller asks for another; `view.ordering` does not.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = ("-taken_at", "-id")

    def get_page_size(self, request: Request) -> int | None:
        strict_page_size(request, self.max_page_size)
        return super().get_page_size(request)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        if "ordering" not in request.query_params:
            return self.ordering
        return tuple(super().get_ordering(request, queryset, view))

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, DjangoValidationError, ValueError, TypeError) as error:
            # A cursor is a position in the rows, which anybody may have edited.
            raise exceptions.ValidationError({"cursor": [_("This cursor does not work here.")]}) from error


# -- filters ----------------------------------------------------------------------------------


class StrictFilters(DjangoFilterBackend):
    """A query parameter that no filter of the list knows is an error, not ignored.

    Other routes say what they know by `query_serializer_class`; see `portal.web.api`.
    """

    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: Any) -> models.QuerySet[Any]:
        if view.detail:
            return queryset
        filterset_class = self.get_filterset_class(view, queryset)
        filters = filterset_class.base_filters if filterset_class else {}
        by_cursor = isinstance(view.paginator, CursorPagination)
        refuse_unknown(request, {*filters, *(CURSOR_PARAMETERS if by_cursor else LIST_PARAMETERS)})
        refuse_repeated(request, {name for name, own in filters.items() if isinstance(own, MultipleChoiceFilter)})
        filtered: models.QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


class StrictOrdering(OrderingFilter):
    """`ordering=` by a field that is not sortable is an error. Equal rows keep one order, so that pages do too."""

    def remove_invalid_fields(
        self, queryset: models.QuerySet[Any], fields: Iterable[str], view: Any, request: Request
    ) -> list[str]:
        wanted = list(fields)
        valid = super().remove_invalid_fields(queryset, wanted, view, request)
        unknown = [field for field in wanted if field not in valid]
        if unknown:
            raise exceptions.ValidationError({"ordering": [_("Cannot sort by %(field)s.") % {"field": unknown[0]}]})
        return [*valid, "pk"]


def refuse_unknown(request: Request, known: set[str] | frozenset[str]) -> None:
    """Raise a 400 that names the first query parameter outside `known`."""
    for name in request.query_params:
        if name not in known:
            detail = exceptions.ErrorDetail(_("There is no such filter here."), code="unknown")
            raise exceptions.ValidationError({name: [detail]})


def refuse_repeated(request: Request, lists: set[str] | frozenset[str] = frozenset()) -> None:
    """Raise a 400 that names the first query parameter, none of `lists`, given twice: one would be ignored."""
    for name, values in request.query_params.lists():
        if len(values) > 1 and name not in lists:
            raise exceptions.ValidationError({name: [_("Give this once.")]})
