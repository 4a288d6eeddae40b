"""Invitations, roles and keys: every change of state of the people who sign in."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.authentication import hash_key
from portal.accounts.enums import StaffRole
from portal.accounts.invitations import invitation_link
from portal.accounts.models import ApiToken, Organisation, User
from portal.files.actions import store_image
from portal.outbox.actions import queue_message
from portal.web.errors import Conflict, DomainError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Invitation:
    """`link` is empty where the person can sign in already and needs none."""

    user: User
    link: str
    is_new: bool = False  # whether the account was made for it


@transaction.atomic
def invite_user(
    *,
    email: str,
    name: str,
    staff_role: str = "",
    language: str = "en",
    timezone: str = "UTC",
    by: User | None,
    now: datetime,
) -> Invitation:
    """Make an account without a password and mail its link; safe to repeat.

    Whoever has an account with this address already is returned as is, with a fresh link if still invited.
    Raises DomainError at "email" if that account has another role, or is deactivated.
    """
    email = email.strip().lower()
    user = User(
        email=email,
        name=name,
        staff_role=staff_role,
        language=language,
        timezone=timezone,
        created_at=now,
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        user, is_new = _existing_user(email, staff_role), False
    else:
        is_new = True
    link = _send_invitation(user, by, now).link if user.is_invited else ""
    return Invitation(user, link, is_new)


def _existing_user(email: str, staff_role: str) -> User:
    user = User.objects.get(email__iexact=email)
    if not user.is_active:
        raise DomainError(_("This person's account is deactivated. Reactivate it instead."), attr="email")
    if staff_role and user.staff_role != staff_role:
        raise DomainError(_("Somebody with this e-mail address already has an account."), attr="email")
    return user


def _send_invitation(user: User, by: User | None, now: datetime) -> Invitation:
    """Queue the mail, in the language of whoever reads it."""
    link = invitation_link(user, now=now)
    organisation = Organisation.objects.first()
    context = {"user": user, "by": by, "link": link, "organisation": organisation}
    with translation.override(user.language):
        queue_message(
            to=user.email,
            recipient=user,
            subject=_("Your account at %(organisation)s") % {"organisation": organisation or _("the portal")},
            text=render_to_string("accounts/invitation.txt", context),
            now=now,
        )
    return Invitation(user, link)


def resend_invitation(*, user: User, by: User, now: datetime) -> Invitation:
    """Mail a fresh link. Raises Conflict once the person has a password, or is deactivated."""
    if not user.is_invited:
        raise Conflict(_("This person has no open invitation."))
    return _send_invitation(user, by, now)


@transaction.atomic
def accept_invitation(*, user: User, password: str, now: datetime) -> User:
    """Set the first password. The form has checked its strength. Raises Conflict if there is one already."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not locked.is_invited:
        raise Conflict(_("This invitation was used already. Sign in with your password."))
    locked.set_password(password)
    locked.save(update_fields=["password"])
    return locked


@transaction.atomic
def deactivate_user(*, user: User, by: User, now: datetime) -> User:
    """End this person's sessions, keys and invitation; what they did stays. Safe to repeat."""
    keep_a_manager(without=user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.api_tokens.filter(revoked_at=None).update(revoked_at=now)
    logger.info("user %s was deactivated by user %s", user.pk, by.pk)
    return user


def reactivate_user(*, user: User, by: User, now: datetime) -> User:
    """Let the person sign in again, with the same password; keys stay revoked. Safe to repeat."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    logger.info("user %s was reactivated by user %s", user.pk, by.pk)
    return user


@transaction.atomic
def change_role(*, user: User, staff_role: str, by: User, now: datetime) -> User:
    """Raises DomainError at "staff_role" for an unknown role, Conflict for the last manager."""
    if staff_role not in StaffRole.values:
        raise DomainError(_("Choose one of the roles."), attr="staff_role")
    if staff_role != StaffRole.MANAGER:
        keep_a_manager(without=user)
    user.staff_role = staff_role
    user.save(update_fields=["staff_role"])
    logger.info("user %s was made %s by user %s", user.pk, staff_role, by.pk)
    return user


def keep_a_manager(*, without: User) -> None:
    """Raise Conflict if nobody could manage the portal without this person.

    Locks the managers, so that two who remove each other at once cannot both succeed.
    """
    managers = User.objects.select_for_update().filter(staff_role=StaffRole.MANAGER, is_active=True)
    left = {user.pk for user in managers.order_by("pk")} - {without.pk}
    if not left and User.objects.filter(pk=without.pk, staff_role=StaffRole.MANAGER, is_active=True).exists():
        raise Conflict(_("This is the last manager. Make somebody else a manager first."))


@transaction.atomic
def set_logo(*, organisation: Organisation, upload: UploadedFile[Any] | None, by: User, now: datetime) -> Organisation:
    """Show this picture on reports from now on; None = none. Raises DomainError at "logo" for what is no picture."""
    organisation.logo = store_image(upload=upload, by=by, now=now, attr="logo") if upload else None
    organisation.save(update_fields=["logo"])
    return organisation


def create_api_token(*, user: User, name: str, read_only: bool, now: datetime) -> tuple[ApiToken, str]:
    """The row and the key itself, which nobody can read again afterwards."""
    key = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, prefix=key[:8], key_sha256=hash_key(key), read_only=read_only, created_at=now
    )
    return token, key


def revoke_api_token(*, token: ApiToken, now: datetime) -> ApiToken:
    """Safe to repeat: the first instant stays."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    token.refresh_from_db()
    return token
