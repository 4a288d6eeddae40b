"""Mail as rows: written in the transaction of what it tells about, sent afterwards by the sweeper."""

from django.conf import settings
from django.db import models

from portal.files.models import File
from portal.outbox.enums import MessageState
from portal.outbox.querysets import MessageQuerySet


class Message(models.Model):
    to = models.EmailField(max_length=254)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject = models.CharField(max_length=200)
    text = models.TextField()
    # What the message is about, so that an event mailed twice is one mail; empty = always sent.
    dedupe_key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    # Where it leads within the portal; with a recipient it is shown there as well, until it is read.
    href = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=~models.Q(dedupe_key=""), name="one_message_per_dedupe_key"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=MessageState.QUEUED) | models.Q(next_attempt_at__isnull=False),
                name="queued_message_has_next_attempt",
            ),
        ]
        indexes = [
            # The sweeper: what is queued and due.
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state=MessageState.QUEUED),
                name="message_due_idx",
            ),
            models.Index(fields=["-created_at"], name="message_newest_idx"),  # the outbox page
            models.Index(  # a person's notifications
                fields=["recipient", "-created_at"],
                condition=~models.Q(href=""),
                name="message_person_idx",
            ),
            models.Index(  # how many are unread: counted on every page
                fields=["recipient"],
                condition=models.Q(read_at=None) & ~models.Q(href=""),
                name="message_unread_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.to})"


class MessageAttachment(models.Model):
    """A file that goes with a message; several messages may carry the same one."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["message", "file"], name="one_attachment_per_file")]

    def __str__(self) -> str:
        return self.file.name
