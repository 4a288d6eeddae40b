from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from portal.outbox.enums import MessageState
from portal.outbox.permissions import can_read_outbox

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    from portal.outbox.models import Message  # noqa: F401  # the base class names it


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        return self.all() if can_read_outbox(user) else self.none()

    def due(self, now: datetime) -> MessageQuerySet:
        """Queued messages whose next attempt has come; served by message_due_idx."""
        return self.filter(state=MessageState.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
