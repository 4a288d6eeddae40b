"""The minute task's part: claims what has become at risk or missed since nobody touched the ticket."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from tickets.actions.transition import instant_for, locked, settle_clocks
from tickets.derivation import CLOCK_COLUMNS
from tickets.enums import AlertKind
from tickets.models import Ticket

logger = logging.getLogger(__name__)


def raise_alerts(*, now: datetime) -> dict[str, int]:
    """Tell once each what is at risk or missed; how many of each, and how many tickets failed.

    Safe to repeat and to run in several workers at once: a ticket that another one holds is left to
    it. Each has a transaction of its own, so that one that fails (counted, logged) stops no other.
    """
    counts = {"at_risk": 0, "breached": 0, "failed": 0}
    for pk in list(Ticket.objects.alerting(now).values_list("pk", flat=True)):
        try:
            for kind in _raise_for(pk, now):
                counts[kind] += 1
        except Exception:  # one ticket must not hold up the rest; it is tried again by the next run
            logger.exception("The alerts of ticket %s could not be raised", pk)
            counts["failed"] += 1
    return counts


@transaction.atomic
def _raise_for(pk: int, now: datetime) -> list[AlertKind]:
    free = Ticket.objects.select_for_update(skip_locked=True).filter(pk=pk).alerting(now).first()
    if free is None:
        return []
    ticket = locked(free)
    told = settle_clocks(ticket, at=instant_for(ticket, now), now=now)
    ticket.save(update_fields=CLOCK_COLUMNS)
    return told
