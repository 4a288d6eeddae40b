"""Queue a message in the caller's transaction; sending is the sweeper's part."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from portal.outbox.enums import MessageState
from portal.outbox.models import Message


def queue_message(
    *,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    recipient: AbstractBaseUser | None = None,
    dedupe_key: str = "",
) -> Message | None:
    """Write the row that the sweeper sends; without a mail server the row only shows what it would send.

    Safe to repeat with a dedupe_key: the second call returns None and writes nothing.
    """
    values = {
        "to": to,
        "recipient_id": recipient.pk if recipient else None,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "state": MessageState.QUEUED if settings.EMAIL_URL else MessageState.SHOWN,
        "next_attempt_at": now if settings.EMAIL_URL else None,
        "created_at": now,
    }
    if not dedupe_key:
        return Message.objects.create(**values)
    message, created = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=values)
    return message if created else None
