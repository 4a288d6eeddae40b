"""What guests do by links, and who hands the links out: tokens, and a case for every address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.actions import create_guest_link
from contracts.enums import GuestPurpose
from contracts.models import Customer
from portal.accounts.models import User
from tests.access.cases import CUSTOMERS_ROW, Case

LINKS = {
    "fault_link": GuestPurpose.REPORT_FAULT,
    "change_link": GuestPurpose.ANNOUNCE_CHANGE,
    "task_link": GuestPurpose.DO_TASK,
}


def links_of(customer: Customer, task: str, by: User, now: datetime) -> dict[str, Any]:
    """A token for each purpose, and the key of the first link."""
    found: dict[str, Any] = {}
    for name, purpose in LINKS.items():
        link, found[name] = create_guest_link(
            customer=customer,
            purpose=purpose,
            subject=task if purpose == GuestPurpose.DO_TASK else "",
            name="Gerda",
            expires_at=now + timedelta(days=30),
            by=by,
            now=now,
        )
        found.setdefault("guest_link", link.pk)
    return found


def _by_link(route: str, *args: str, **values: Any) -> Case:
    return Case(route, args, by_link=True, **values)


FAULT = {
    "summary": "No dial tone",
    "urgency": "medium",
    "impact": "individual",
    "guest_name": "Gerda",
    "client_uuid": "6f1b1f0e-9a3e-4a53-8d5c-6f2f8a1f2b11",
}
CHANGE = {"occurs_at": "2026-03-20T18:00", "site": "@site", "new_address": "Elsewhere 3", "guest_name": "Gerda"}
LINK = {"purpose": "report_fault", "name": "Front desk", "until_on": "2026-12-31"}
ANSWER = {"outcome": "pass", "client_uuid": "6f1b1f0e-9a3e-4a53-8d5c-6f2f8a1f2b12"}
STEP = ("task_link", "=no-mailbox-full", "asset")

PAGES = [
    Case("contracts:guest_link_create", ("customer",), verb="manage_guest_links", row=CUSTOMERS_ROW),
    Case(
        "contracts:guest_link_create",
        ("customer",),
        method="POST",
        verb="manage_guest_links",
        row=CUSTOMERS_ROW,
        data=LINK,
    ),
    Case(
        "contracts:guest_link_revoke",
        ("guest_link",),
        method="POST",
        verb="manage_guest_links",
        row=CUSTOMERS_ROW,
        ok=302,
    ),
    _by_link("tickets:guest_fault", "fault_link"),
    _by_link("tickets:guest_fault", "fault_link", method="POST", data=FAULT, ok=302),
    _by_link("tickets:guest_fault", "fault_link", method="POST", data={}, note="empty"),
    _by_link("tickets:guest_fault", "change_link", ok=404, note="of another purpose"),
    _by_link("schedules:guest_change", "change_link"),
    _by_link("schedules:guest_change", "change_link", query={"kind": "relocation"}, note="a kind"),
    _by_link("schedules:guest_change", "change_link", method="POST", query={"kind": "relocation"}, data=CHANGE, ok=302),
    _by_link("schedules:guest_change", "fault_link", ok=404, note="of another purpose"),
    _by_link("schedules:guest_task", "task_link"),
    _by_link("schedules:guest_task", "fault_link", ok=404, note="of another purpose"),
    _by_link("schedules:guest_task_answer", *STEP, method="POST", data=ANSWER, ok=302),
    _by_link("schedules:guest_task_photo_add", *STEP, method="POST", note="without a photo"),
    _by_link("schedules:guest_task_photo", "task_link", "photo", ok=404, note="of other work"),
    _by_link("schedules:guest_task_complete", "task_link", method="POST", ok=302),
    Case("schedules:work_order_link", ("theirs",), verb="manage_guest_links", row=CUSTOMERS_ROW),
    Case(
        "schedules:work_order_link",
        ("theirs",),
        method="POST",
        verb="manage_guest_links",
        row=CUSTOMERS_ROW,
        data={"name": "Front desk"},
    ),
    Case(
        "schedules:work_order_link",
        ("due",),
        method="POST",
        verb="manage_guest_links",
        row=CUSTOMERS_ROW,
        data={"name": "Front desk"},
        ok=302,
        refused=True,
        note="our own work",
    ),
]
