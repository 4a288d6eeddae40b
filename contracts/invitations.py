"""The signed link by which a person who has an account already agrees to act for another customer."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from contracts.models import Membership
from portal.accounts.invitations import VALID_FOR
from portal.accounts.models import User

SALT = "contracts.membership"


def make_token(membership: Membership, *, now: datetime) -> str:
    """Valid for 14 days from `now`, while the person is still invited and keeps the address it was mailed to."""
    return Signer(salt=SALT).sign_object([membership.pk, membership.user.email, int(now.timestamp())])


def membership_link(membership: Membership, *, now: datetime) -> str:
    return settings.PUBLIC_URL + reverse("contracts:membership_accept", args=[make_token(membership, now=now)])


def invited_membership(token: str, user: User, *, now: datetime) -> Membership | None:
    """What this token invites this person to; None if it is forged, too old, somebody else's or used."""
    try:
        pk, email, issued = Signer(salt=SALT).unsign_object(token)
    except (BadSignature, ValueError):
        return None
    if email != user.email or now - datetime.fromtimestamp(issued, UTC) > VALID_FOR:
        return None
    rows = Membership.everyone.filter(user=user, is_pending=True, customer__archived_at=None)
    found: Membership | None = rows.filter(pk=pk).select_related("customer", "user").first()
    return found
