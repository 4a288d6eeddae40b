"""What the pages of the register show of the apps above: work, visits, tickets, changes, readings.

A page of one asset, site, customer or contract is one request. An app above hands down, once when it is
ready, a function that loads what it knows about such a row; the page shows what they return.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from portal.accounts.models import User


@dataclass(frozen=True)
class Line:
    """A row of a panel: what it is, what else matters, where it leads, and its state as key and word."""

    title: str
    note: str = ""
    href: str = ""
    state: str = ""
    state_words: str = ""


@dataclass(frozen=True)
class Panel:
    """`more_href` is the list with all of them; `empty` says what it means that there are none."""

    title: str
    icon: str
    lines: Sequence[Line]
    empty: str = ""
    more_href: str = ""


Source = Callable[[Any, User, datetime], list[Panel]]
"""The row, who looks, and when -> the panels; a fixed number of queries."""

_sources: dict[type[Model], Source] = {}


def show_with(model: type[Model], source: Source) -> None:
    """From now on show these panels on the pages of such rows; safe to repeat."""
    _sources[model] = source


def panels_of(row: Model, user: User, now: datetime) -> list[Panel]:
    source = _sources.get(type(row))
    return source(row, user, now) if source else []
