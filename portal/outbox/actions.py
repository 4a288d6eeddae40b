"""Queue a message in the caller's transaction; sending is the sweeper's part."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal.files.models import File
from portal.outbox.enums import MessageState
from portal.outbox.models import Message, MessageAttachment
from portal.outbox.tasks import send_messages
from portal.web.errors import Conflict

logger = logging.getLogger(__name__)


@transaction.atomic
def queue_message(
    *,
    to: str,
    subject: str,
    text: str,
    now: datetime,
    recipient: AbstractBaseUser | None = None,
    dedupe_key: str = "",
    attachments: Iterable[File] = (),
    href: str = "",
) -> Message | None:
    """Write the row that the sweeper sends; without a mail server the row only shows what it would send.

    With a recipient and an address within the portal (`href`) that person is told there as well.

    Safe to repeat with a dedupe_key: the second call returns None and writes nothing.
    """
    values = {
        "to": to,
        "recipient_id": recipient.pk if recipient else None,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "href": href,
        "state": MessageState.QUEUED if settings.EMAIL_URL else MessageState.SHOWN,
        "next_attempt_at": now if settings.EMAIL_URL else None,
        "created_at": now,
    }
    if dedupe_key:
        message, created = Message.objects.get_or_create(dedupe_key=dedupe_key, defaults=values)
    else:
        message, created = Message.objects.create(**values), True
    if not created:
        return None
    MessageAttachment.objects.bulk_create(MessageAttachment(message=message, file=file) for file in attachments)
    if settings.EMAIL_URL:
        transaction.on_commit(_send_soon)
    return message


def _send_soon() -> None:
    """A shortcut: the minute's sweep sends it anyway, so a broker that is down only delays."""
    try:
        send_messages.apply_async(retry=False)
    except (OperationalError, OSError) as fault:
        logger.warning("mail waits for the next sweep, the broker does not answer: %s", fault)


def read_notification(*, message: Message, now: datetime) -> Message:
    """The person has seen it. Safe to repeat: the first instant stays."""
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=now)
    message.refresh_from_db()
    return message


def read_all_notifications(*, user: AbstractBaseUser, now: datetime) -> int:
    """The person has seen what was told up to now; how many that were."""
    return Message.objects.notifications_of(user).unread().filter(created_at__lte=now).update(read_at=now)


@transaction.atomic
def retry_message(*, message: Message, now: datetime) -> Message:
    """Queue again what was given up, or was only shown. Raises Conflict for any other, or without a mail server."""
    if not settings.EMAIL_URL:
        raise Conflict(_("No mail server is set up, so nothing can be sent."))
    changed = Message.objects.filter(pk=message.pk, state__in=[MessageState.FAILED, MessageState.SHOWN]).update(
        state=MessageState.QUEUED, next_attempt_at=now, attempts=0
    )
    if not changed:
        raise Conflict(_("This message was sent already, or is waiting to be."))
    transaction.on_commit(_send_soon)
    message.refresh_from_db()
    return message
