from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

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

    def notifications_of(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """What the portal tells that person, the newest first; served by message_person_idx."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(recipient=user.pk).exclude(href="").order_by("-created_at", "-pk")

    def unread(self) -> MessageQuerySet:
        """Of one person's: served by message_unread_idx."""
        return self.filter(read_at=None)

    def count_of_each_person(self) -> models.QuerySet[Any, int]:
        """For a subquery: how many rows each recipient has."""
        return self.order_by().values("recipient").annotate(count=models.Count("pk")).values_list("count", flat=True)

    def due(self, now: datetime) -> MessageQuerySet:
        """Queued messages whose next attempt has come; served by message_due_idx."""
        return self.filter(state=MessageState.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
