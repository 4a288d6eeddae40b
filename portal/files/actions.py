"""Store what people upload, after a look at what it really is.

Bytes are written before the row commits, since a database cannot hold them back. What a rollback or a deleted
row leaves behind is removed by `delete_orphans`, a day later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from portal.files.contents import DOCUMENTS, PICTURES, SUFFIXES, content_type_of, safe_picture
from portal.files.models import File
from portal.web.errors import DomainError

# Longer than any request or task runs: younger bytes may belong to a row that is about to commit.
ORPHAN_AFTER = timedelta(days=1)


def store_file(
    *,
    upload: UploadedFile[Any],
    by: AbstractBaseUser | None,
    now: datetime,
    allowed: Collection[str] = DOCUMENTS,
    attr: str = "file",
) -> File:
    """Keep an upload whose content is of an allowed media type; pictures are drawn anew.

    Raises DomainError at `attr` for an empty or too large file, and for any other content.
    """
    check_size(upload, attr)
    content_type = content_type_of(_bytes_of(upload))
    if content_type not in allowed:
        raise DomainError(_("Files of this kind cannot be kept here."), attr=attr, code="content_type")
    if content_type in PICTURES:
        return store_image(upload=upload, by=by, now=now, attr=attr)
    upload.seek(0)
    return _store(upload.read(), upload.name or "file", content_type, by, now)


def store_image(*, upload: UploadedFile[Any], by: AbstractBaseUser | None, now: datetime, attr: str = "photo") -> File:
    """Keep a picture, drawn anew as JPEG or PNG. Raises DomainError at `attr` for anything else."""
    check_size(upload, attr)
    picture = safe_picture(_bytes_of(upload), attr=attr)
    name = PurePath(upload.name or "photo").stem + SUFFIXES[picture.content_type]
    return _store(picture.data, name, picture.content_type, by, now)


def _bytes_of(upload: UploadedFile[Any]) -> IO[bytes]:
    assert upload.file is not None  # every upload that has a size has bytes
    return upload.file


def check_size(upload: UploadedFile[Any], attr: str) -> None:
    """Raise DomainError at `attr` for an empty or too large file."""
    if not upload.size:
        raise DomainError(_("This file is empty."), attr=attr, code="empty")
    if upload.size > settings.FILE_MAX_BYTES:
        limit = filesizeformat(settings.FILE_MAX_BYTES)
        raise DomainError(_("This file is larger than %(limit)s.") % {"limit": limit}, attr=attr, code="too_large")


def _store(data: bytes, name: str, content_type: str, by: AbstractBaseUser | None, now: datetime) -> File:
    return File.objects.create(
        content=ContentFile(data, name="content"),
        name=short_name(name),
        content_type=content_type,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        created_at=now,
        created_by_id=by.pk if by else None,
    )


def short_name(name: str) -> str:
    """The name without folders and control characters, at most 200 long with its suffix kept."""
    bare = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable()).strip() or "file"
    path = PurePath(bare)
    suffix = path.suffix[:20]
    return path.stem[: 200 - len(suffix)] + suffix if len(bare) > 200 else bare


def delete_orphans(*, now: datetime) -> int:
    """Delete stored bytes that no row names and that are older than a day; returns how many. Safe to repeat."""
    storage = File._meta.get_field("content").storage
    return sum(_delete_orphans_in(storage, folder, now) for folder in _folders(storage))


def _folders(storage: Any) -> list[str]:
    try:
        return sorted(storage.listdir("")[0])
    except FileNotFoundError:  # nothing was ever stored
        return []


def _delete_orphans_in(storage: Any, folder: str, now: datetime) -> int:
    known = set(File.objects.filter(content__startswith=f"{folder}/").values_list("content", flat=True))
    lost = [path for name in storage.listdir(folder)[1] if (path := f"{folder}/{name}") not in known]
    old = [path for path in lost if storage.get_modified_time(path) < now - ORPHAN_AFTER]
    for path in old:
        storage.delete(path)
    return len(old)
