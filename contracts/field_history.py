"""The field history of a row of the register, told from its copies: when, who, which field, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Field, Model, QuerySet
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from contracts.enums import HistoryKind
from contracts.models import Release
from contracts.permissions import can_see_notes
from portal.accounts.models import User

NEWEST = 10  # on the page of the row itself
LONGEST = 300  # characters of a value in words
UNSAID = {"archived_at", "created_at"}  # told by the kind of the entry


@dataclass(frozen=True)
class Change:
    """A field that changed; the words are what people read, empty where there is or was nothing."""

    field: str
    label: str
    before: Any
    after: Any
    before_words: str
    after_words: str


@dataclass(frozen=True)
class Entry:
    """What one person did to a row at one moment; by nobody where the portal did it by itself."""

    id: int
    at: datetime
    by: User | None
    kind: HistoryKind
    changes: list[Change]


def copies_of(row: Any, user: User) -> QuerySet[Any]:
    """The row's copies, the newest first, for whoever may see the row.

    Where only the internal notes changed, those who do not read them are told nothing.
    """
    linked = [field.name for field in row._meta.concrete_fields if field.remote_field]
    copies: QuerySet[Any] = row.history.select_related("history_user", *linked).order_by("-history_id")
    return copies if can_see_notes(user) else copies.exclude(changed="notes")


def newest(row: Any, user: User) -> list[Entry]:
    """The newest entries; one query."""
    copies = list(copies_of(row, user)[: NEWEST + 1])
    return _told(copies[:NEWEST], copies[NEWEST:], user)


def entries(row: Any, copies: Sequence[Any], user: User) -> list[Entry]:
    """A page of `copies_of` as entries; one query more."""
    earlier = copies_of(row, user).filter(history_id__lt=copies[-1].history_id)[:1] if copies else []
    return _told(copies, earlier, user)


def _told(copies: Sequence[Any], earlier: Iterable[Any], user: User) -> list[Entry]:
    """The copies as entries, each told against the next; `earlier` holds the one before the last, if any."""
    before = [*copies[1:], *earlier]
    pairs = [(copy, before[place] if place < len(before) else None) for place, copy in enumerate(copies)]
    return [
        Entry(copy.history_id, copy.history_date, copy.history_user, _kind(copy), _changes(copy, old, user))
        for copy, old in pairs
    ]


def _kind(copy: Any) -> HistoryKind:
    if copy.history_type == "+":
        return HistoryKind.ADDED
    if not copy.changed:
        return HistoryKind.KNOWN
    if "archived_at" in copy.changed.split():
        return HistoryKind.ARCHIVED if copy.archived_at else HistoryKind.RESTORED
    return HistoryKind.CHANGED


def _fields(copy: Any, user: User) -> list[Field[Any, Any]]:
    """What changed with this copy and is told in words of its own, in the order of the model."""
    hidden = UNSAID if can_see_notes(user) else {*UNSAID, "notes"}
    changed = set(copy.changed.split()) - hidden
    return [field for field in copy.tracked_fields if field.name in changed]


def _changes(copy: Any, old: Any, user: User) -> list[Change]:
    found = []
    for field in _fields(copy, user):
        before, after = (getattr(one, field.attname, None) for one in (old, copy))
        words = (_words(field, one) for one in (old, copy))
        found.append(Change(field.name, str(capfirst(str(field.verbose_name))), before, after, *words))
    return found


def _words(field: Field[Any, Any], copy: Any) -> str:
    """What the field held in that copy, for people."""
    value = getattr(copy, field.attname, None)
    if value is None or value == "":
        return ""
    if field.remote_field:
        return _name(getattr(copy, field.name))
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, date):
        return date_format(value, "j M Y")
    return Truncator(str(value)).chars(LONGEST)


def _name(linked: Model | None) -> str:
    """What a linked row is called now."""
    if linked is None:
        return _("no longer known")
    return linked.version if isinstance(linked, Release) else str(linked)
