"""Lists as files: every row that the filters leave, as CSV or XLSX, not only the page that is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db import models
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

MAX_ROWS = 100_000
CHUNK = 2_000
XLSX_TEXT = 32_767  # the most characters that a cell of Excel holds
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What spreadsheets take for a formula at the start of a cell; see OWASP, "CSV injection".
FORMULA_STARTS = ("=", "@", "+", "-", "\t", "\r")
MASK = "'"


@dataclass(frozen=True)
class Field:
    """A column of the file: its head, and the dotted path to its value from a row; a method on it is called."""

    label: str | Promise
    path: str

    def value(self, row: Any) -> Any:
        """The value, None where a link on the way is missing."""
        for name in self.path.split("."):
            if row is None:
                return None
            row = getattr(row, name)
            row = row() if callable(row) else row
        return str(row) if isinstance(row, Promise | models.Model) else row


@dataclass(frozen=True)
class Sheet:
    """What a list's file is called (ASCII, without its date), and its columns."""

    name: str
    fields: Sequence[Field]

    def response(self, rows: models.QuerySet[Any], kind: str) -> HttpResponse:
        """The file of that kind, csv or xlsx; instants in the reader's zone."""
        found = ([field.value(row) for field in self.fields] for row in rows[:MAX_ROWS].iterator(CHUNK))
        name = f"{self.name}-{timezone.localdate():%Y-%m-%d}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(_WRITERS[kind](self._heads(), found), content_type=CONTENT_TYPES[kind], headers=headers)

    def _heads(self) -> list[str]:
        return [str(field.label) for field in self.fields]


def holds_too_many(rows: models.QuerySet[Any]) -> bool:
    """Whether these are more rows than one file takes."""
    return rows.order_by()[: MAX_ROWS + 1].count() > MAX_ROWS


def _csv(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    content = io.StringIO(newline="")
    csv.writer(content).writerows(_as_text(heads, rows))
    return content.getvalue().encode("utf-8-sig")


def _as_text(heads: list[str], rows: Iterable[list[Any]]) -> Iterator[list[str]]:
    yield heads
    for row in rows:
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    """As CSV has it: instants as ISO 8601 with their offset, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, str):
        return MASK + value if value.startswith(FORMULA_STARTS) and not _is_figure(value) else value
    return str(value)


def _is_figure(text: str) -> bool:
    """A phone number or a negative figure may begin with its sign."""
    return text[0] in "+-" and text[1:].replace(" ", "").replace(".", "").isdigit()


def _xlsx(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        formats = {
            "head": book.add_format({"bold": True}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        page.freeze_panes(1, 0)
        page.set_column(0, len(heads) - 1, 20)
        page.write_row(0, 0, heads, formats["head"])
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write_cell(page, number, column, value, formats)
    return content.getvalue()


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[Any, Any]) -> None:
    """Figures and days as such, instants as the reader's wall time; texts never as formulas."""
    if isinstance(value, datetime):
        page.write_datetime(row, column, timezone.make_naive(value), formats[datetime])
    elif isinstance(value, date):
        page.write_datetime(row, column, datetime(value.year, value.month, value.day), formats[date])  # noqa: DTZ001
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        page.write_number(row, column, value)
    elif value is not None:
        text = (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
        page.write_string(row, column, text[:XLSX_TEXT])


_WRITERS = {"csv": _csv, "xlsx": _xlsx}
