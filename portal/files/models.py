"""Private files: never served as such, only by a view that knows who may see what they belong to."""

import uuid

from django.conf import settings
from django.db import models


def stored_name(file: "File", original: str) -> str:
    """Where the bytes lie: by UUID, never under a name that a person chose."""
    return f"{file.uuid.hex[:2]}/{file.uuid.hex}"


class File(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.FileField(upload_to=stored_name)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)  # found in the content, never believed from the sender
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
