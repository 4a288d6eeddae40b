"""Answers already given to API requests, so that a repeated POST acts once."""

from django.conf import settings
from django.db import models


class StoredReply(models.Model):
    """One POST with an Idempotency-Key: who sent it where, and what was answered.

    A row without a status is still running, or was cut off: see `portal.web.idempotency`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    claim = models.UUIDField()
    claimed_at = models.DateTimeField(db_index=True)  # read by forget_replies
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "route", "key"], name="one_reply_per_key"),
        ]
