"""A POST repeated with the same Idempotency-Key acts once.

The claim is committed first, the answer in the transaction of the action itself: a kill between the
two leaves a claim without an answer and without an action, which a later try may take over.
"""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from portal.web.models import StoredReply

KEPT_FOR = timedelta(hours=24)
# Longer than any request may run; an older claim without an answer was cut off.
CLAIM_LASTS = timedelta(minutes=5)


class KeyReusedError(Exception):
    """The key came before with another body."""


class StillRunningError(Exception):
    """The first request with this key has not been answered yet."""


def claim(*, user_id: int, route: str, key: str, body: bytes, now: datetime) -> StoredReply:
    """The row to answer from (it has a status) or to fill (it has none and is ours).

    Raises KeyReusedError or StillRunningError.
    """
    mine = uuid.uuid4()
    digest = hashlib.sha256(body).hexdigest()
    try:
        with transaction.atomic():
            return StoredReply.objects.create(
                user_id=user_id, route=route, key=key, body_sha256=digest, claim=mine, claimed_at=now
            )
    except IntegrityError:
        stored = StoredReply.objects.get(user_id=user_id, route=route, key=key)
    if stored.claimed_at < now - KEPT_FOR:
        return _take_over(stored, mine, digest, now)
    if stored.body_sha256 != digest:
        raise KeyReusedError
    if stored.status is not None:
        return stored
    if stored.claimed_at > now - CLAIM_LASTS:
        raise StillRunningError
    return _take_over(stored, mine, digest, now)


def _take_over(stored: StoredReply, mine: uuid.UUID, digest: str, now: datetime) -> StoredReply:
    taken = StoredReply.objects.filter(pk=stored.pk, claim=stored.claim).update(
        claim=mine, claimed_at=now, body_sha256=digest, status=None, body=None
    )
    if not taken:
        raise StillRunningError
    stored.refresh_from_db()
    return stored


def keep(reply: StoredReply, *, status: int, body: Any) -> None:
    """Store the answer; call it inside the action's transaction. Raises StillRunningError if taken over."""
    kept = StoredReply.objects.filter(pk=reply.pk, claim=reply.claim, status=None).update(status=status, body=body)
    if not kept:
        raise StillRunningError


def release(reply: StoredReply) -> None:
    """Give the claim back: the action failed on our side, and may be tried again at once."""
    StoredReply.objects.filter(pk=reply.pk, claim=reply.claim, status=None).delete()


def forget_replies(*, now: datetime) -> int:
    """Delete what is older than 24 hours; safe to repeat. Returns how many."""
    return StoredReply.objects.filter(claimed_at__lt=now - KEPT_FOR).delete()[0]
