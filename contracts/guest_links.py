"""The links that people hand out to guests: which purposes, which page, and the mail that carries one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from contracts.enums import GuestPurpose
from contracts.models import GuestLink
from portal.accounts.models import Organisation
from portal.outbox.actions import queue_message

# Made on purpose; links to visits and reports go out by themselves with their mails.
PAGES: Final = {
    GuestPurpose.REPORT_FAULT: "tickets:guest_fault",
    GuestPurpose.ANNOUNCE_CHANGE: "schedules:guest_change",
    GuestPurpose.DO_TASK: "schedules:guest_task",
}
_SUBJECTS: Final = {
    GuestPurpose.REPORT_FAULT: gettext_lazy("Your link to report a fault"),
    GuestPurpose.ANNOUNCE_CHANGE: gettext_lazy("Your link to report a change"),
    GuestPurpose.DO_TASK: gettext_lazy("Your link to a check: %(about)s"),
}


def address_of(link: GuestLink, token: str) -> str:
    """The whole address of its page."""
    return settings.PUBLIC_URL + reverse(PAGES[GuestPurpose(link.purpose)], args=[token])


def mail_link(link: GuestLink, address: str, *, about: str, now: datetime) -> None:
    """To the link's own e-mail address, in the customer's language. `about` names what a task is."""
    with translation.override(link.customer.language):
        context = {"link": link, "address": address, "about": about, "organisation": Organisation.objects.first()}
        queue_message(
            to=link.email,
            subject=str(_SUBJECTS[GuestPurpose(link.purpose)]) % {"about": about},
            text=render_to_string("contracts/guest_link.txt", context),
            now=now,
        )
