"""The main menu, by role. Entries are named addresses, so the ground floor imports no app."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Entry(NamedTuple):
    label: Any
    url_name: str
    icon: str
    who: Callable[[Any], bool]


class Link(NamedTuple):
    label: Any
    href: str
    icon: str
    current: bool


class Section(NamedTuple):
    label: Any
    links: list[Link]


def everybody(user: Any) -> bool:
    return bool(user.is_authenticated)


def var(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_var)


def managers(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_manager)


MENU: list[tuple[Any, list[Entry]]] = [
    (
        "",
        [
            Entry(_("Home"), "dashboards:home", "home", everybody),
            Entry(_("Work"), "schedules:work_order_list", "checklist", everybody),
            Entry(_("Visits"), "schedules:visit_list", "calendar-event", everybody),
            Entry(_("Tickets"), "tickets:ticket_list", "ticket", everybody),
            Entry(_("Changes"), "schedules:change_event_list", "replace", everybody),
        ],
    ),
    (
        _("Register"),
        [
            Entry(_("Customers"), "contracts:customer_list", "building", var),
            Entry(_("Contracts"), "contracts:contract_list", "file-certificate", everybody),
            Entry(_("Sites"), "contracts:site_list", "map-pin", everybody),
            Entry(_("Assets"), "contracts:asset_list", "server", everybody),
            Entry(_("Contacts"), "contracts:contact_list", "address-book", everybody),
        ],
    ),
    (
        _("Set-up"),
        [
            Entry(_("Duty roster"), "contracts:duty_roster", "headset", var),
            Entry(_("Plans"), "contracts:plan_list", "clipboard-list", var),
            Entry(_("SLA policies"), "contracts:sla_policy_list", "hourglass", var),
            Entry(_("Calendars"), "contracts:calendar_list", "calendar", var),
            Entry(_("Products"), "contracts:product_list", "packages", var),
            Entry(_("Schedules"), "schedules:schedule_list", "repeat", var),
            Entry(_("Team"), "accounts:team", "users", managers),
            Entry(_("Outbox"), "outbox:message_list", "mail", managers),
        ],
    ),
]


def _link(entry: Entry, path: str) -> Link:
    href = reverse(entry.url_name)
    current = path == href if href == "/" else path.startswith(href)
    return Link(entry.label, href, entry.icon, current)


def sections_for(user: Any, path: str) -> list[Section]:
    """The menu that this person may use; `path` marks where the reader is."""
    sections = []
    for label, entries in MENU:
        links = [_link(entry, path) for entry in entries if entry.who(user)]
        if links:
            sections.append(Section(label, links))
    return sections
