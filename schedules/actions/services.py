"""Time and parts of a visit, a ticket or work outside visits, while it is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.actions import record_part, record_time, remove_service
from contracts.enums import WorkKind
from contracts.models import PartUsed, Site, TimeEntry
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions.visit_work import lock_visit, require_status, write_event
from schedules.actions.work_order import lock, require_open
from schedules.enums import OPEN_VISITS
from schedules.held import visit_holding
from schedules.models import Visit, WorkOrder
from tickets.enums import TicketState
from tickets.models import Ticket

Source = Visit | Ticket | WorkOrder


@transaction.atomic
def enter_time(*, source: Source, by: User | None, now: datetime, **values: Any) -> TimeEntry:
    """Minutes spent on it; `values` are those of `record_time`. Raises Conflict once it is closed."""
    return record_time(**_where(source), work_kind=_work_kind(source), by=by, now=now, **values)


@transaction.atomic
def enter_part(*, source: Source, by: User | None, now: datetime, **values: Any) -> PartUsed:
    """A part used for it; `values` are those of `record_part`. Raises Conflict once it is closed."""
    return record_part(**_where(source), by=by, now=now, **values)


@transaction.atomic
def take_back(*, row: TimeEntry | PartUsed, by: User | None, now: datetime) -> None:
    """Remove what was entered by mistake, while what it was entered for is open."""
    source = source_of(row)
    if source is not None:
        _where(source)
    remove_service(row=row)
    if isinstance(source, Visit):
        write_event(source, "entry_removed", by=by, now=now, entry=f"{type(row).__name__} {row.pk}: {_words(row)}")


def source_of(row: TimeEntry | PartUsed) -> Source | None:
    """The visit, ticket or work that it was entered for."""
    prefix, _dash, key = row.source.partition("-")
    model: Any = {"V": Visit, "TK": Ticket, "WO": WorkOrder}.get(prefix)
    found: Source | None = model.objects.filter(pk=int(key)).first() if model and key.isdigit() else None
    return found


def _where(source: Source) -> dict[str, Any]:
    """Site, number and label of it, locked and open."""
    if isinstance(source, WorkOrder):
        return _of_work(source)
    return _of_visit(source) if isinstance(source, Visit) else _of_ticket(source)


def _work_kind(source: Source) -> str:
    if isinstance(source, WorkOrder):
        return source.procedure_version.procedure.work_kind
    return WorkKind.INSPECTION if isinstance(source, Visit) else WorkKind.TROUBLESHOOTING


def _of_work(work_order: WorkOrder) -> dict[str, Any]:
    """The visit that holds the work, so that its report has it; else the work itself."""
    visit = visit_holding(work_order)
    place = _of_visit(visit) if visit else None  # a visit is locked before its work, as at its sign-off
    row = lock(work_order)
    require_open(row)
    if visit_holding(row) != visit:
        raise Conflict(_("This work went into another visit just now. Look again."), code="moved")
    if place:
        return place
    label = row.procedure_version.procedure.name
    return {"site": row.site, "source": row.number, "source_label": label[:160]}


def _of_visit(visit: Visit) -> dict[str, Any]:
    row = lock_visit(visit)
    require_status(row, *OPEN_VISITS)
    on = row.planned_start_at.astimezone(ZoneInfo(row.site.timezone)).date()
    return {"site": row.site, "source": row.number, "source_label": _("Visit of %(day)s") % {"day": on.isoformat()}}


def _of_ticket(ticket: Ticket) -> dict[str, Any]:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("site__customer")
    row: Ticket = rows.get(pk=ticket.pk)
    if row.state == TicketState.CLOSED:
        raise Conflict(_("%(ticket)s is closed; that is not possible any more.") % {"ticket": row.number}, code="state")
    site: Site | None = row.site
    if site is None:
        raise DomainError(_("%(ticket)s names no site yet.") % {"ticket": row.number}, attr="ticket", code="no_site")
    return {"site": site, "source": row.number, "source_label": row.summary[:160]}


def _words(row: TimeEntry | PartUsed) -> str:
    return f"{row.minutes} min" if isinstance(row, TimeEntry) else f"{row.quantity} x {row.name}"
