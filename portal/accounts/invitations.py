"""The signed link by which an invited person chooses a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts.models import User

VALID_FOR = timedelta(days=14)
SALT = "accounts.invitation"


def make_token(user: User, *, now: datetime) -> str:
    """Valid for 14 days from `now`, and only until a password is set or the address changes."""
    return Signer(salt=SALT).sign_object([user.pk, int(now.timestamp()), _fingerprint(user)])


def invitation_link(user: User, *, now: datetime) -> str:
    return settings.PUBLIC_URL + reverse("accounts:accept_invitation", args=[make_token(user, now=now)])


def invited_user(token: str, *, now: datetime) -> User | None:
    """Who was invited by this token; None if it is forged, too old or used."""
    try:
        pk, issued, fingerprint = Signer(salt=SALT).unsign_object(token)
    except (BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk).first()
    if user is None or not user.is_invited or now - datetime.fromtimestamp(issued, UTC) > VALID_FOR:
        return None
    return user if constant_time_compare(fingerprint, _fingerprint(user)) else None


def _fingerprint(user: User) -> str:
    """Changes with the password (an unusable one is random too) and the address."""
    return salted_hmac(SALT, f"{user.password}:{user.email}", algorithm="sha256").hexdigest()[:32]
