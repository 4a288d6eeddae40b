"""The VAR is told when a customer misses what is its own to do: once a streak, one mail for each customer."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from contracts.enums import Performer
from contracts.models import Customer
from portal.accounts.models import Organisation
from schedules import missed_mails
from schedules.missed import Past, Streak, missed_streak
from schedules.models import Schedule

logger = logging.getLogger(__name__)
READ = 400  # dates of one schedule, the newest first: a streak may have skipped and excused dates in it


def tell_missed_tasks(*, now: datetime) -> dict[str, int]:
    """How many streaks were told, and how many customers failed.

    Safe to repeat and to run in several workers at once: a streak is claimed by a conditional update in
    the transaction that queues its mail. Each customer has a transaction of its own, so that one that
    fails (counted, logged) stops no other.
    """
    counts = {"told": 0, "failed": 0}
    told_after = Organisation.objects.values_list("missed_tasks_told_after", flat=True).first()
    if told_after is None:
        return counts
    late = Schedule.objects.newly_missed(told_after)
    for customer in list(Customer.objects.filter(pk__in=late.values("site__customer")).current()):
        try:
            counts["told"] += _tell_of(customer, told_after, now)
        except Exception:  # one customer must not hold up the rest; it is tried again by the next run
            logger.exception("What customer %s missed could not be told", customer.pk)
            counts["failed"] += 1
    return counts


@transaction.atomic
def _tell_of(customer: Customer, told_after: int, now: datetime) -> int:
    rows = Schedule.objects.newly_missed(told_after).filter(site__customer=customer)
    claimed = []
    for schedule in rows.select_related("site__customer", "procedure").order_by("pk"):
        streak = streak_of(schedule)
        if streak.length >= told_after and streak.is_new(schedule.missed_told_on) and claim(schedule, streak):
            claimed.append((schedule, streak))
    if claimed:
        missed_mails.tell_missed(customer, claimed, now=now)
    return len(claimed)


def streak_of(schedule: Schedule) -> Streak:
    rows = schedule.work_orders.filter(performer=Performer.CUSTOMER).order_by("-nominal_on")
    values = rows.values_list("nominal_on", "status", "excused_at")[:READ]
    return missed_streak(Past(on, status, excused_at is not None) for on, status, excused_at in values if on)


def claim(schedule: Schedule, streak: Streak) -> bool:
    """Whether this streak is ours to tell; nobody else told it since the row was read."""
    unchanged = Schedule.objects.filter(pk=schedule.pk, missed_told_on=schedule.missed_told_on)
    return unchanged.update(missed_told_on=streak.last_on) == 1
