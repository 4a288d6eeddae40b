"""List pages: search and filters in the URL, sorting, pages, one look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.web.sheets import CONTENT_TYPES, MAX_ROWS, Sheet, holds_too_many

PAGE_SIZE = 50


@dataclass(frozen=True)
class Column:
    """A column's head: its label, and the query's sort key if it can be sorted."""

    label: str
    key: str = ""
    href: str = ""
    direction: str = ""  # "ascending", "descending" or "" - as aria-sort has it
    css: str = ""


@dataclass(frozen=True)
class ListPage:
    page: Page[Any]
    filter: django_filters.FilterSet
    columns: list[Column]
    querystring: str  # of the filters and the order, without the page
    is_filtered: bool
    rows: models.QuerySet[Any]  # all that the filters leave, in order
    sheet: Sheet | None  # what the list is as a file


def sort_key(raw: str, sortable: Mapping[str, tuple[str, ...]], default: str) -> str:
    """The order asked for, else the default: a mistyped order shows the list, not an error."""
    return raw if raw.removeprefix("-") in sortable else default


def ordering(key: str, sortable: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The fields behind a sort key; a leading minus turns each around."""
    fields = sortable[key.removeprefix("-")]
    if not key.startswith("-"):
        return list(fields)
    return [field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields]


def _heads(columns: list[Column], current: str, query: QueryDict) -> list[Column]:
    heads = []
    for column in columns:
        if not column.key:
            heads.append(column)
            continue
        query = query.copy()
        query["ordering"] = f"-{column.key}" if current == column.key else column.key
        direction = {column.key: "ascending", f"-{column.key}": "descending"}.get(current, "")
        heads.append(Column(column.label, column.key, f"?{query.urlencode()}", direction, column.css))
    return heads


def list_page(
    request: HttpRequest,
    *,
    queryset: models.QuerySet[Any],
    filterset: type[django_filters.FilterSet],
    columns: list[Column],
    sortable: Mapping[str, tuple[str, ...]],
    default: str,
    sheet: Sheet | None = None,
) -> ListPage:
    """Filter, sort and cut the visible rows. A filter value that does not fit shows its error and no rows."""
    filtered = filterset(request.GET, queryset=queryset, request=request)
    rows = filtered.qs if filtered.is_valid() else queryset.none()
    key = sort_key(request.GET.get("ordering", ""), sortable, default)
    rows = rows.order_by(*ordering(key, sortable), "pk")
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("export", None)
    used = [name for name in query if name in filtered.filters and query[name]]
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return ListPage(page, filtered, _heads(columns, key, query), query.urlencode(), bool(used), rows, sheet)


def render_list(request: HttpRequest, template: str, listing: ListPage, **context: Any) -> HttpResponse:
    """The page, or with `?export=csv` or `xlsx` its rows as a file. A filter that does not fit shows the page."""
    kind = request.GET.get("export")
    if kind and listing.filter.is_valid():
        return _export(request, listing, kind)
    return render(request, template, {"listing": listing, **context})


def _export(request: HttpRequest, listing: ListPage, kind: str) -> HttpResponse:
    if listing.sheet is None or kind not in CONTENT_TYPES:
        raise Http404
    if holds_too_many(listing.rows):
        messages.error(
            request, _("These are more than %(most)s rows. Filter the list, then export it.") % {"most": MAX_ROWS}
        )
        return redirect(f"{request.path}?{listing.querystring}")
    return listing.sheet.response(listing.rows, kind)
