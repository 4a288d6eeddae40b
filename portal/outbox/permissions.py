"""Who may read the outbox. Which user model is in use is the business of a higher level."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser


def can_read_outbox(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Managers only: messages carry links that sign people in."""
    return bool(getattr(user, "is_manager", False))
