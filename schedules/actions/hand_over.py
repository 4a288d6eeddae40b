"""The customer may do some of what a change asks for; a technician watches over it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.enums import Performer
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions.work_order import lock, require_open, write_event
from schedules.held import visit_holding
from schedules.models import Firing, WorkOrder


@transaction.atomic
def hand_over(*, work_order: WorkOrder, performer: str, by: User | None, now: datetime) -> WorkOrder:
    """Let the customer do it, or take it back; whoever it is assigned to watches over it. Safe to repeat.

    Raises Conflict for recurring work, for work that asks for a technician, and for work of a visit.
    """
    row = lock(work_order)
    require_open(row)
    if performer not in Performer.values:
        raise DomainError(_("Choose who does it."), attr="performer", code="invalid_choice")
    if row.performer == performer:
        return row
    _require_possible(row, performer)
    row.performer = performer
    row.save(update_fields=["performer"])
    write_event(row, "handed_over", by=by, now=now, performer=performer)
    return row


def _require_possible(row: WorkOrder, performer: str) -> None:
    if not Firing.objects.filter(work_order=row).exists():
        raise Conflict(_("Who does this work stands in the plan of the contract."))
    if performer == Performer.CUSTOMER and not row.procedure_version.procedure.customer_may:
        raise Conflict(_("This work asks for a technician."))
    visit = visit_holding(row)
    if visit is not None:
        raise Conflict(_("%(visit)s holds this work. Take it out of the visit first.") % {"visit": visit.number})
