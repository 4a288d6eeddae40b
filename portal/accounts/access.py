"""Who asks, and whom that person may name."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from portal.accounts.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; only for views behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def staff() -> QuerySet[User]:
    """Active people of the VAR, by name."""
    return User.objects.filter(is_active=True).exclude(staff_role="").order_by("name")


def staff_for(user: Any) -> QuerySet[User]:
    """The people whom whoever asks may name: the VAR its own active staff, others nobody."""
    return staff() if user.is_var else User.objects.none()
