"""Which visit holds what: nobody is given work or a ticket that another visit has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from schedules.enums import ItemOutcome
from schedules.models import Visit, VisitTicket, VisitWork, WorkOrder
from tickets.models import Ticket

Row = TypeVar("Row", WorkOrder, Ticket)


def with_visit(rows: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    """Brings `held`: the item by which a visit holds the work, in a list of at most one."""
    return rows.prefetch_related(Prefetch("visit_work", _pending(VisitWork), to_attr="held"))


def with_ticket_visit(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """As `with_visit`, for tickets."""
    return rows.prefetch_related(Prefetch("visit_items", _pending(VisitTicket), to_attr="held"))


def visit_of(row: WorkOrder | Ticket) -> Visit | None:
    """The visit that holds a row which came by one of the above."""
    held: list[VisitWork | VisitTicket] = getattr(row, "held", [])
    return held[0].visit if held else None


def visit_holding(row: WorkOrder | Ticket) -> Visit | None:
    """The visit that holds it; one query."""
    about: dict[str, Any] = {"work_order": row} if isinstance(row, WorkOrder) else {"ticket": row}
    model = VisitWork if isinstance(row, WorkOrder) else VisitTicket
    item = _pending(model).filter(**about).first()
    return item.visit if item else None


def free(rows: Iterable[Row], visit: Visit | None = None) -> list[Row]:
    """Those that no visit, or this one, holds."""
    return [row for row in rows if visit_of(row) in (None, visit)]


def with_item_counts(rows: QuerySet[Visit]) -> QuerySet[Visit]:
    """Adds `work_count` and `ticket_count`: how much each visit holds or held."""
    return rows.annotate(work_count=_count(VisitWork), ticket_count=_count(VisitTicket))


def _count(model: type[VisitWork] | type[VisitTicket]) -> Coalesce:
    rows = model._default_manager.filter(visit=OuterRef("pk")).exclude(outcome=ItemOutcome.REMOVED)
    counted = rows.order_by().values("visit").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _pending(model: type[VisitWork] | type[VisitTicket]) -> Any:
    rows = model._default_manager.filter(outcome=ItemOutcome.PENDING)
    return rows.select_related("visit__technician", "visit__site")
