"""What REST_FRAMEWORK's settings name: errors, pages, strict filters. Imports no view, or DRF would wait for itself."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request

from portal.web.errors import Conflict, DomainError

PAGING = {"page", "page_size", "ordering", "cursor", "format"}


class ConflictError(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class UnprocessableError(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


def as_api_error(error: DomainError) -> exceptions.APIException:
    """409 for what the state forbids, else 400 at the field."""
    if isinstance(error, Conflict):
        return ConflictError(error.message, code=error.code)
    detail = exceptions.ErrorDetail(error.message, code=error.code)
    return exceptions.ValidationError({error.attr or "non_field_errors": [detail]})


class ErrorHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            return as_api_error(exc)
        return super().convert_known_exceptions(exc)


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int | None:
        raw = request.query_params.get(self.page_size_query_param)
        if raw is not None and not (raw.isascii() and raw.isdigit() and 1 <= int(raw) <= self.max_page_size):
            raise exceptions.ValidationError({"page_size": [_("Give a number from 1 to 500.")]})
        return super().get_page_size(request)


class CursorPages(CursorPagination):
    """For readings and events: no count, stable while rows arrive."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = ("-taken_at", "-id")


class StrictFilters(DjangoFilterBackend):
    """A query parameter that no filter knows is an error, not ignored."""

    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: Any) -> models.QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        if view.detail:
            known = set()
        refuse_unknown(request, known | PAGING | set(getattr(view, "query_parameters", ())))
        return super().filter_queryset(request, queryset, view) if not view.detail else queryset


class StrictOrdering(OrderingFilter):
    """`ordering=` by a field that is not sortable is an error, not ignored."""

    def remove_invalid_fields(
        self, queryset: models.QuerySet[Any], fields: list[str], view: Any, request: Request
    ) -> list[str]:
        valid = super().remove_invalid_fields(queryset, fields, view, request)
        unknown = [field for field in fields if field not in valid]
        if unknown:
            raise exceptions.ValidationError({"ordering": [_("Cannot sort by %(field)s.") % {"field": unknown[0]}]})
        return valid


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raise a 400 that names the first query parameter outside `known`."""
    for name in request.query_params:
        if name not in known:
            detail = exceptions.ErrorDetail(_("There is no such filter here."), code="unknown")
            raise exceptions.ValidationError({name: [detail]})
