"""The mail about checks that a customer missed, to dispatchers and managers in their own language."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from contracts.models import Customer
from portal.accounts.access import staff
from portal.accounts.enums import StaffRole
from portal.outbox.actions import queue_message
from schedules.missed import Streak
from schedules.models import Schedule


def tell_missed(customer: Customer, found: list[tuple[Schedule, Streak]], *, now: datetime) -> None:
    """One mail to each of them, with all of the customer's checks that are told now."""
    query = urlencode({"show": "missed", "performer": "customer", "customer": customer.pk})
    link = f"{settings.PUBLIC_URL}{reverse('schedules:work_order_list')}?{query}"
    for reader in staff().filter(staff_role__in=[StaffRole.DISPATCHER, StaffRole.MANAGER]):
        with translation.override(reader.language):
            subject = ngettext("%(customer)s misses a check", "%(customer)s misses %(count)s checks", len(found)) % {
                "customer": customer.name,
                "count": len(found),
            }
            context = {"reader": reader, "customer": customer, "found": found, "link": link}
            text = render_to_string("schedules/mail/missed_tasks.txt", context)
            queue_message(to=reader.email, recipient=reader, subject=subject, text=text, now=now)
