"""Links by which somebody without an account does one thing for one customer: made, opened, revoked.

Only the token's hash is kept, so a link can be read from the mail that carries it and from nowhere else.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.enums import GuestPurpose
from contracts.guest_links import address_of, mail_link
from contracts.models import Customer, GuestLink, Site
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

TOKEN_BYTES = 32  # 256 random bits: nobody finds one by trying
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class GuestLinkUnknownError(DomainError):
    """No link has this token for this purpose."""

    code = "unknown_link"


class GuestLinkGoneError(DomainError):
    """The link was good once: it expired, was revoked, or its customer is archived."""

    code = "link_gone"


def create_guest_link(
    *,
    customer: Customer,
    purpose: GuestPurpose,
    subject: str = "",
    site: Site | None = None,
    name: str = "",
    email: str = "",
    expires_at: datetime,
    by: User | None,
    now: datetime,
) -> tuple[GuestLink, str]:
    """The row and its token, which nobody can read again afterwards.

    `subject` is the number of the one row that the link is about. Raises DomainError for a site of another
    customer, or an end that lies behind.
    """
    if site is not None and site.customer_id != customer.pk:
        raise DomainError(_("This site belongs to another customer."), attr="site")
    if expires_at <= now:
        raise DomainError(_("The link has to end later than now."), attr="expires_at")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = GuestLink.objects.create(
        token_hash=hash_token(token),
        customer=customer,
        site=site,
        purpose=purpose,
        subject=subject,
        name=name[:120],
        email=email,
        created_at=now,
        created_by=by,
        expires_at=expires_at,
    )
    return link, token


@transaction.atomic
def hand_out_guest_link(
    *,
    customer: Customer,
    purpose: GuestPurpose,
    subject: str = "",
    about: str = "",
    site: Site | None = None,
    name: str,
    email: str = "",
    expires_at: datetime,
    by: User,
    now: datetime,
) -> tuple[GuestLink, str]:
    """The row and the address of its page; mailed as well where there is an e-mail address.

    `about` says in the mail what the row `subject` is. Raises Conflict for an archived customer.
    """
    if customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    link, token = create_guest_link(
        customer=customer,
        purpose=purpose,
        subject=subject,
        site=site,
        name=name.strip(),
        email=email,
        expires_at=expires_at,
        by=by,
        now=now,
    )
    address = address_of(link, token)
    if email:
        mail_link(link, address, about=about, now=now)
    return link, address


def open_guest_link(*, token: str, purpose: GuestPurpose, now: datetime) -> GuestLink:
    """The link of that token, if it is for that purpose and holds at `now`.

    Raises GuestLinkUnknownError, also for a good token of another purpose, and GuestLinkGoneError.
    """
    rows = GuestLink.objects.select_related("customer", "site__customer").filter(purpose=purpose)
    link: GuestLink | None = rows.filter(token_hash=hash_token(token)).first()
    if link is None:
        raise GuestLinkUnknownError(_("There is nothing behind this link."))
    if link.revoked_at or link.expires_at <= now or link.customer.archived_at:
        raise GuestLinkGoneError(_("This link no longer works."))
    _note_use(link, now)
    return link


def _note_use(link: GuestLink, now: datetime) -> None:
    if link.last_used_at is None or now - link.last_used_at >= USE_IS_NOTED_EVERY:
        link.last_used_at = now
        link.save(update_fields=["last_used_at"])


def revoke_guest_link(*, link: GuestLink, now: datetime) -> GuestLink:
    """Safe to repeat: the first instant stays."""
    GuestLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now)
    link.refresh_from_db()
    return link


def revoke_guest_links(*, customer: Customer, purpose: GuestPurpose, subject: str, now: datetime) -> int:
    """Every link about that row; returns how many still held. Safe to repeat."""
    rows = GuestLink.objects.filter(customer=customer, purpose=purpose, subject=subject, revoked_at=None)
    return rows.update(revoked_at=now)


def hash_token(token: str) -> str:
    """SHA-256 without salt is enough for what is random already, and can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()
