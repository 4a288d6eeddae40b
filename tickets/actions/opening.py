"""Opening a ticket: what is affected, how bad it is, which terms it runs on."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contracts.bounds import organisation_zone
from contracts.coverage import CoverageDecision
from contracts.entitlement import coverage_of, coverage_without_asset, terms_for_ticket
from contracts.enums import WorkKind
from contracts.models import Asset, Customer, Site
from portal.accounts.models import User
from portal.web.errors import DomainError
from tickets import mails
from tickets.actions.transition import finish, mark_acknowledged, record, require_text
from tickets.enums import Category, EventKind, TicketSource, TicketState
from tickets.models import Ticket
from tickets.severity import SeverityError, impact_of, severity


def open_ticket_as_guest(*, customer: Customer, client_uuid: uuid.UUID, now: datetime, **values: Any) -> Ticket:
    """Open the ticket that a guest's form asks for; the same form sent again gives the ticket it opened.

    `values` as `open_ticket` takes them. Safe to repeat, and to do twice at once.
    """
    mine = Ticket.objects.filter(customer=customer, client_uuid=client_uuid)
    common: dict[str, Any] = {"source": TicketSource.PORTAL, "by": None, "now": now}
    ticket: Ticket | None = mine.first()
    if ticket is None:
        try:
            ticket = open_ticket(customer=customer, client_uuid=client_uuid, **common, **values)
        except IntegrityError:  # the same form arrived twice at once
            ticket = mine.get()
    return ticket


@transaction.atomic
def open_ticket(
    *,
    customer: Customer,
    site: Site | None = None,
    asset: Asset | None = None,
    category: str = Category.FAULT,
    summary: str,
    description: str = "",
    impact: str | None = None,
    urgency: str,
    source: str = TicketSource.STAFF,
    by: User | None,
    now: datetime,
    affected: float | None = None,
    guest_name: str = "",
    client_uuid: uuid.UUID | None = None,
) -> Ticket:
    """Open a ticket on the terms of today; opened by staff it is acknowledged at once.

    How far the fault reaches is said by `impact`, or by `affected`, the share (0 to 1) of the
    customer's environment. `guest_name` is who reported it by a link, `client_uuid` of
    the form. The site may be left out where the asset tells it. Coverage and terms
    are decided now and kept. Raises DomainError at the field, and Conflict where the VAR has not
    set the defaults for tickets without a contract.
    """
    site = _site_of(customer, site, asset)
    impact = _impact(impact, affected)
    on = _local_date(site, now)
    terms = terms_for_ticket(customer=customer, site=site, asset=asset, on=on)
    coverage = _coverage(customer, site, asset, on)
    ticket = Ticket.objects.create(
        customer=customer,
        site=site,
        asset=asset,
        category=category,
        summary=require_text(summary, "summary", _("Say in a few words what is wrong.")),
        description=description.strip(),
        impact=impact,
        urgency=urgency,
        severity=_severity(impact, urgency),
        state=TicketState.NEW,
        source=source,
        contract=terms.contract,
        policy_version=terms.policy_version,
        calendar_version=terms.calendar_version,
        coverage_decision=coverage.decision,
        coverage_sentence=coverage.reason,
        opened_at=now,
        opened_by=by,
        guest_name=guest_name.strip(),
        client_uuid=client_uuid,
    )
    return _begin(ticket, by=by, now=now)


def _begin(ticket: Ticket, *, by: User | None, now: datetime) -> Ticket:
    guest: dict[str, Any] = {"guest": ticket.guest_name} if ticket.guest_name else {}
    record(ticket, EventKind.OPENED, at=now, by=by, now=now, severity=ticket.severity, **guest)
    if by is not None and by.is_var:
        mark_acknowledged(ticket, at=now, by=by, now=now)
    finish(ticket, "state", "acknowledged_at", at=now, now=now)
    mails.tell_urgent(ticket, now=now)
    return ticket


def _site_of(customer: Customer, site: Site | None, asset: Asset | None) -> Site | None:
    """Where it is; raises DomainError where customer, site and asset do not belong together or are archived."""
    if asset and site and asset.site_id != site.pk:
        raise DomainError(_("This equipment is at another site."), attr="asset")
    site = site or (asset.site if asset else None)
    if site and site.customer_id != customer.pk:
        raise DomainError(_("This is not one of the customer's sites."), attr="asset" if asset else "site")
    for attr, row in (("customer", customer), ("site", site), ("asset", asset)):
        if row and row.archived_at:
            raise DomainError(_("This was archived."), attr=attr, code="archived")
    return site


def _impact(impact: str | None, affected: float | None) -> str:
    if (impact is None) == (affected is None):
        raise DomainError(_("Say how many are affected, in one way."), attr="impact", code="required")
    if impact is not None:
        return impact
    try:
        return impact_of(affected or 0)
    except SeverityError as error:
        raise DomainError(str(error.message), attr=error.attr, code=error.code) from error


def _severity(impact: str, urgency: str) -> str:
    try:
        return severity(impact, urgency)
    except SeverityError as error:
        raise DomainError(str(error.message), attr=error.attr, code=error.code) from error


def _coverage(customer: Customer, site: Site | None, asset: Asset | None, on: date) -> CoverageDecision:
    if asset:
        return coverage_of(asset=asset, work_kind=WorkKind.TROUBLESHOOTING, on=on)
    return coverage_without_asset(customer=customer, site=site, work_kind=WorkKind.TROUBLESHOOTING, on=on)


def _local_date(site: Site | None, now: datetime) -> date:
    return now.astimezone(ZoneInfo(site.timezone if site else organisation_zone())).date()
