"""Who may do what with people and the VAR's own details. The table is data because the README shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.accounts.enums import StaffRole

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

ALLOWED: dict[str, frozenset[str]] = {
    # Invite colleagues, change their roles, deactivate them.
    "manage_team": frozenset({StaffRole.MANAGER.value}),
    "edit_organisation": frozenset({StaffRole.MANAGER.value}),
}
"""Verb -> roles. Customers' people have none of these."""


def can_manage_team(user: User | AnonymousUser) -> bool:
    """Invite, change roles, deactivate."""
    return _is_allowed("manage_team", user)


def can_edit_organisation(user: User | AnonymousUser) -> bool:
    return _is_allowed("edit_organisation", user)


def _is_allowed(verb: str, user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active and user.staff_role in ALLOWED[verb]
