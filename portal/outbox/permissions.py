"""Who may read the outbox. Which user model is in use is the business of a higher level."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

ALLOWED: dict[str, frozenset[str]] = {
    # Messages carry links that sign people in.
    "read_outbox": frozenset({"manager"}),
}
"""Verb -> roles. The README shows it."""


def can_read_outbox(user: AbstractBaseUser | AnonymousUser) -> bool:
    return user.is_active and getattr(user, "staff_role", "") in ALLOWED["read_outbox"]
