"""One search over everything a person may see: by number or tag straight to the page, else by words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.filters import (
    AssetFilterSet,
    ContactFilterSet,
    ContractFilterSet,
    CustomerFilterSet,
    SiteFilterSet,
)
from contracts.models import Asset, Contact, Contract, Customer, Site
from portal.accounts.models import User
from portal.web.filters import ListFilterSet
from schedules.filters import WorkOrderFilterSet
from schedules.models import ChangeEvent, Visit, WorkOrder
from tickets.filters import TicketFilterSet
from tickets.models import Ticket

SHORTEST = 2  # characters; less finds everything
EACH = 6  # rows of a kind; the list has the rest

NUMBERED: dict[str, tuple[type[Model], str]] = {
    "WO": (WorkOrder, "schedules:work_order_detail"),
    "V": (Visit, "schedules:visit_detail"),
    "CE": (ChangeEvent, "schedules:change_event_detail"),
    "TK": (Ticket, "tickets:ticket_detail"),
    "CT": (Contract, "contracts:contract_detail"),
}


@dataclass(frozen=True)
class Found:
    title: str
    note: str
    href: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `more_href` is the list with the same words, where there is more."""

    label: Any
    icon: str
    rows: list[Found]
    more_href: str


@dataclass(frozen=True)
class _Kind:
    label: Any
    icon: str
    filters: type[ListFilterSet]
    rows: Callable[[User], QuerySet[Any]]
    describe: Callable[[Any], Found]
    list_name: str
    list_query: tuple[tuple[str, str], ...] = ()

    def search(self, user: User, text: str) -> Group:
        """As the kind's own list searches; one row more than is shown tells whether there are others."""
        found = list(self.filters.base_filters["q"].filter(self.rows(user), text)[: EACH + 1])
        more = f"{reverse(self.list_name)}?{urlencode([('q', text), *self.list_query])}" if len(found) > EACH else ""
        return Group(self.label, self.icon, [self.describe(row) for row in found[:EACH]], more)


def address_of(user: User, text: str) -> str | None:
    """The page that the text names: a number such as WO-12, or the tag of an asset, if this person sees it."""
    number = re.fullmatch(r"([A-Za-z]{1,2})-([1-9][0-9]{0,17})", text)
    if number and (known := NUMBERED.get(number[1].upper())):
        model, name = known
        rows: QuerySet[Any] = model.objects.visible_to(user)  # type: ignore[attr-defined]
        return reverse(name, args=[text.upper()]) if rows.filter(pk=int(number[2])).exists() else None
    asset = Asset.objects.visible_to(user).filter(tag__iexact=text).first()
    return reverse("contracts:asset_detail", args=[asset.pk]) if asset else None


def search(user: User, text: str) -> list[Group]:
    """What has all these words, by kind; kinds without any are left out. One query a kind."""
    if len(text) < SHORTEST:
        return []
    kinds = KINDS if user.is_var else [kind for kind in KINDS if kind.filters is not CustomerFilterSet]
    return [group for kind in kinds if (group := kind.search(user, text)).rows]


def _customer(row: Customer) -> Found:
    return Found(row.name, row.email, reverse("contracts:customer_detail", args=[row.pk]))


def _site(row: Site) -> Found:
    return Found(row.name, row.customer.name, reverse("contracts:site_detail", args=[row.pk]))


def _asset(row: Asset) -> Found:
    where = f"{row.site.customer.name}, {row.site.name}"
    return Found(f"{row.tag} {row.name}", where, reverse("contracts:asset_detail", args=[row.pk]))


def _contact(row: Contact) -> Found:
    reached = " · ".join(part for part in (row.customer.name, row.phone, row.email) if part)
    return Found(row.name, reached, f"{reverse('contracts:contact_list')}?{urlencode({'q': row.name})}")


def _contract(row: Contract) -> Found:
    return Found(f"{row.number} {row.name}", row.customer.name, reverse("contracts:contract_detail", args=[row.number]))


def _ticket(row: Ticket) -> Found:
    note = f"{row.customer.name} · {row.severity} · {row.get_state_display()}"
    return Found(f"{row.number} {row.summary}", note, row.get_absolute_url())


def _work(row: WorkOrder) -> Found:
    where = f"{row.site.customer.name}, {row.site.name}"
    title = f"{row.number} {row.procedure_version.procedure.name}"
    return Found(title, where, reverse("schedules:work_order_detail", args=[row.number]))


def _open_work(user: User) -> QuerySet[Any]:
    """What is open: a million finished checks of the same name would find nothing of use."""
    rows: QuerySet[Any] = WorkOrder.objects.visible_to(user).open()
    return rows.select_related("site__customer", "procedure_version__procedure").order_by("due_at")


KINDS = [
    _Kind(
        _("Customers"),
        "building",
        CustomerFilterSet,
        lambda user: Customer.objects.visible_to(user).current(),
        _customer,
        "contracts:customer_list",
    ),
    _Kind(
        _("Sites"),
        "map-pin",
        SiteFilterSet,
        lambda user: Site.objects.visible_to(user).current().select_related("customer"),
        _site,
        "contracts:site_list",
    ),
    _Kind(
        _("Assets"),
        "server",
        AssetFilterSet,
        lambda user: Asset.objects.visible_to(user).current().select_related("site__customer"),
        _asset,
        "contracts:asset_list",
    ),
    _Kind(
        _("Tickets"),
        "ticket",
        TicketFilterSet,
        lambda user: Ticket.objects.visible_to(user).select_related("customer").order_by("-opened_at"),
        _ticket,
        "tickets:ticket_list",
        (("show", "all"),),
    ),
    _Kind(_("Open work"), "checklist", WorkOrderFilterSet, _open_work, _work, "schedules:work_order_list"),
    _Kind(
        _("Contracts"),
        "file-certificate",
        ContractFilterSet,
        lambda user: Contract.objects.visible_to(user).select_related("customer"),
        _contract,
        "contracts:contract_list",
    ),
    _Kind(
        _("Contacts"),
        "address-book",
        ContactFilterSet,
        lambda user: Contact.objects.visible_to(user).current().select_related("customer"),
        _contact,
        "contracts:contact_list",
    ),
]
