"""A failed step becomes a ticket, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.web.errors import Conflict
from schedules.enums import Outcome
from schedules.models import Answer
from tickets.actions import open_ticket
from tickets.enums import Category, Impact, TicketSource, Urgency
from tickets.models import Ticket

# What is proposed where the step itself says nothing.
PROPOSED = {"category": Category.FAULT, "impact": Impact.INDIVIDUAL, "urgency": Urgency.MEDIUM}


@transaction.atomic
def open_ticket_from_answer(*, answer: Answer, by: User | None, now: datetime) -> Ticket:
    """Open the ticket that the step proposes; asked again, it returns the one that is there.

    Raises Conflict for an answer that found nothing wrong.
    """
    row = Answer.objects.select_for_update(of=("self",)).select_related(
        "step", "ticket", "target__asset", "target__work_order__site__customer"
    )
    locked = row.get(pk=answer.pk)
    if locked.ticket is not None:
        return locked.ticket
    if locked.outcome not in (Outcome.FAIL, Outcome.WARN):
        raise Conflict(_("A ticket is opened from a step that failed."))
    site = locked.target.work_order.site
    locked.ticket = open_ticket(
        customer=site.customer,
        site=site,
        asset=locked.target.asset,
        summary=_summary(locked),
        description=_description(locked),
        source=TicketSource.STEP,
        by=by,
        now=now,
        **{name: locked.step.ticket.get(name, proposed) for name, proposed in PROPOSED.items()},
    )
    locked.save(update_fields=["ticket"])
    return locked.ticket


def _summary(answer: Answer) -> str:
    asset = answer.target.asset
    return (f"{asset.tag}: {answer.step.title}" if asset else answer.step.title)[:200]


def _description(answer: Answer) -> str:
    found = [answer.note, answer.text]
    if answer.value is not None:
        found.append(f"{answer.value:g} {answer.step.unit}".strip())
    found.append(_("Found during %(number)s.") % {"number": answer.target.work_order.number})
    return "\n\n".join(part for part in found if part)
