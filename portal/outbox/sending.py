"""Sends what is due through the mail server: each message by one sweeper, again with growing pauses after a fault.

A message is claimed by moving its next attempt beyond the time that sending may take. A sweeper killed in
between leaves it queued, so it goes out again afterwards: at least once, and twice only after a kill.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F

from portal.outbox.enums import MessageState
from portal.outbox.models import Message

logger = logging.getLogger(__name__)

# The pause after the first, second ... failed attempt, in minutes; about 13 hours in all.
BACKOFF_MINUTES = (1, 5, 15, 60, 240, 240, 240)
MAX_ATTEMPTS = len(BACKOFF_MINUTES) + 1
# A batch whose every message runs into EMAIL_TIMEOUT must end before the first claim does.
BATCH = 20
CLAIM_LASTS = timedelta(minutes=15)


def send_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send up to `limit` messages whose time has come; returns how many were attempted. Safe to run at once."""
    if not settings.EMAIL_URL:
        return 0
    connection = get_connection()
    attempted = 0
    try:
        for message in list(Message.objects.due(now).prefetch_related("attachments__file")[:limit]):
            if claim(message, now=now):
                attempted += 1
                _deliver(message, connection, now)
    finally:
        _close(connection)
    return attempted


def claim(message: Message, *, now: datetime) -> bool:
    """Whether this caller may send the message now; of several that ask, one is told yes."""
    until = now + CLAIM_LASTS
    claimed = Message.objects.filter(
        pk=message.pk, state=MessageState.QUEUED, next_attempt_at=message.next_attempt_at
    ).update(next_attempt_at=until, attempts=F("attempts") + 1)
    message.next_attempt_at = until
    message.attempts += 1
    return bool(claimed)


def _deliver(message: Message, connection: BaseEmailBackend, now: datetime) -> None:
    if message.attempts > MAX_ATTEMPTS:  # killed in the middle each time
        return _settle(message, state=MessageState.FAILED, last_error="Cut off in the middle at every attempt.")
    try:
        mail = _mail_of(message, connection)
    except FileNotFoundError as fault:  # the bytes of an attachment are gone: no later attempt brings them back
        return _settle(message, state=MessageState.FAILED, last_error=_words(fault))
    try:
        mail.send()
    except (SMTPException, OSError) as fault:
        _close(connection)
        return _failed(message, fault, now)
    except ValueError as fault:  # an address or a header that no mail can carry
        return _settle(message, state=MessageState.FAILED, last_error=_words(fault))
    return _settle(message, state=MessageState.SENT, sent_at=now, last_error="")


def _mail_of(message: Message, connection: BaseEmailBackend) -> EmailMessage:
    """The mail with what is attached to it. Raises FileNotFoundError."""
    mail = EmailMessage(message.subject, message.text, to=[message.to], connection=connection)
    for attachment in message.attachments.all():
        with attachment.file.content.open("rb") as content:
            mail.attach(attachment.file.name, content.read(), attachment.file.content_type)
    return mail


def _failed(message: Message, fault: Exception, now: datetime) -> None:
    """Try again later, or give up: after the last attempt, or when the server will never take it."""
    logger.warning("mail %s was not sent (attempt %s): %s", message.pk, message.attempts, fault)
    if message.attempts >= MAX_ATTEMPTS or is_permanent(fault):
        return _settle(message, state=MessageState.FAILED, last_error=_words(fault))
    pause = timedelta(minutes=BACKOFF_MINUTES[message.attempts - 1])
    return _settle(message, next_attempt_at=now + pause, last_error=_words(fault))


def is_permanent(fault: Exception) -> bool:
    """Whether the server refused the recipient or the text with a 5xx (RFC 5321, section 4.2.1).

    A refused sign-in or sender is our own setting: those mails wait until somebody corrects it.
    """
    if isinstance(fault, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in fault.recipients.values())
    return isinstance(fault, SMTPDataError) and fault.smtp_code >= 500


def _settle(message: Message, **values: object) -> None:
    """Write the outcome, unless another sweeper has the message by now."""
    Message.objects.filter(pk=message.pk, state=MessageState.QUEUED, next_attempt_at=message.next_attempt_at).update(
        **values
    )


def _words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:500]


def _close(connection: BaseEmailBackend) -> None:
    """Drop the connection; the next message opens a new one."""
    try:
        connection.close()
    except (SMTPException, OSError) as fault:
        logger.info("the mail server went away: %s", fault)
