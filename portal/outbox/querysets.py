from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from portal.outbox.enums import MessageState

if TYPE_CHECKING:
    pass


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> MessageQuerySet:
        """Queued messages whose next attempt has come; served by message_due_idx."""
        return self.filter(state=MessageState.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at")
