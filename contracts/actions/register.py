"""Rows of the register leave daily use without being deleted, and come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from contracts.models import (
    Asset,
    BusinessCalendar,
    Contact,
    Contract,
    CoveredAsset,
    Customer,
    Plan,
    Product,
    Site,
    SlaPolicy,
)
from contracts.models.history import signed
from portal.accounts.models import User
from portal.web.errors import Conflict

Archivable = TypeVar("Archivable", Asset, BusinessCalendar, Contact, Customer, Plan, Product, Site, SlaPolicy)


@transaction.atomic
def archive(*, row: Archivable, by: User | None = None, now: datetime) -> Archivable:
    """Take the row out of lists and choices; safe to repeat. Raises Conflict while something still needs it."""
    row = _locked(row)
    if row.archived_at is not None:
        return row
    obstacle = _OBSTACLES.get(type(row), _nothing)(row, now)
    if obstacle:
        raise Conflict(obstacle, code="in_use")
    row.archived_at = now
    with signed(by=by, now=now):
        row.save(update_fields=["archived_at"])
    return row


@transaction.atomic
def restore(*, row: Archivable, by: User | None = None, now: datetime) -> Archivable:
    """Bring the row back; safe to repeat. Raises Conflict while what it belongs to is archived."""
    row = _locked(row)
    for owner in _owners(row):
        if owner.archived_at is not None:
            raise Conflict(_("Restore %(name)s first.") % {"name": owner}, code="owner_archived")
    row.archived_at = None
    with signed(by=by, now=now):
        row.save(update_fields=["archived_at"])
    return row


def _locked(row: Archivable) -> Archivable:
    found: Archivable = type(row)._default_manager.select_for_update().get(pk=row.pk)
    return found


def _owners(row: Any) -> list[Customer | Site | Product]:
    if isinstance(row, Asset):
        return [row.site, row.product]
    return [row.customer] if isinstance(row, Site | Contact) else []


def _nothing(row: Any, now: datetime) -> str:
    return ""


def _customer_needed(row: Customer, now: datetime) -> str:
    running = Contract.objects.running().filter(customer=row).first()
    if running:
        return _("%(contract)s is still running. End it first.") % {"contract": running.number}
    return ""


def _site_needed(row: Site, now: datetime) -> str:
    asset = row.assets.filter(archived_at=None).first()
    return _("%(asset)s is still at this site. Archive or move it first.") % {"asset": asset.tag} if asset else ""


def _asset_needed(row: Asset, now: datetime) -> str:
    # Yesterday's date may still be today's where the asset stands.
    yesterday = now.date() - timedelta(days=1)
    covers = CoveredAsset.objects.filter(Q(until_on=None) | Q(until_on__gte=yesterday), asset=row)
    cover = covers.filter(contract__in=Contract.objects.running()).select_related("contract").first()
    if cover:
        values = {"contract": cover.contract.number}
        return _("%(contract)s still covers this asset. Take it off the contract first.") % values
    part = row.parts.filter(archived_at=None).first()
    return _("%(asset)s is still part of it. Archive that first.") % {"asset": part.tag} if part else ""


def _product_needed(row: Product, now: datetime) -> str:
    asset = row.assets.filter(archived_at=None).first()
    return _("%(asset)s is one of these. Archive it first.") % {"asset": asset.tag} if asset else ""


def _calendar_needed(row: BusinessCalendar, now: datetime) -> str:
    if row.is_default:
        return _("This is the default calendar. Make another one the default first.")
    site = row.sites.filter(archived_at=None).first()
    return _("%(site)s follows this calendar. Give it another one first.") % {"site": site} if site else ""


def _policy_needed(row: SlaPolicy, now: datetime) -> str:
    if row.is_default:
        return _("This is the default service level. Make another one the default first.")
    for plan in Plan.objects.current():
        if plan.current().policy_version.policy_id == row.pk:
            return _("The plan %(plan)s uses this service level. Change the plan first.") % {"plan": plan}
    return ""


_OBSTACLES: dict[type, Callable[[Any, datetime], str]] = {
    Asset: _asset_needed,
    BusinessCalendar: _calendar_needed,
    Customer: _customer_needed,
    Product: _product_needed,
    Site: _site_needed,
    SlaPolicy: _policy_needed,
}
"""What keeps a row in use, as a sentence. Plans and contacts can always go: contracts keep their plan's version."""
