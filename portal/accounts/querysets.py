from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import (
        ApiToken,  # noqa: F401  # the base class names it
        User,
    )


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User | AnonymousUser) -> ApiTokenQuerySet:
        """Everybody sees their own keys, nobody another's."""
        return self.filter(user=user) if user.is_authenticated else self.none()
