"""Who may do what with people and the VAR's own details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.accounts.models import ApiToken, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def can_manage_team(user: User | AnonymousUser) -> bool:
    """Invite, change roles, deactivate."""
    return user.is_authenticated and user.is_manager


def can_edit_organisation(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_manager


def can_revoke_api_token(user: User | AnonymousUser, token: ApiToken) -> bool:
    return user.is_authenticated and token.user_id == user.pk
