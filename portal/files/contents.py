"""What a file is, judged by its bytes alone, and the pictures that are safe to show."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from portal.web.errors import DomainError

JPEG = "image/jpeg"
PNG = "image/png"
PDF = "application/pdf"
TEXT = "text/plain"
ZIP = "application/zip"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY = "application/octet-stream"

PICTURES = frozenset({JPEG, PNG})
DOCUMENTS = PICTURES | {PDF, TEXT, WORD, EXCEL}
SUFFIXES = {JPEG: ".jpg", PNG: ".png"}

LONGEST_SIDE = 2000  # pixels; sharp on paper at A4 width, and a few hundred kilobytes
MOST_PIXELS = 50_000_000  # decoded at 4 bytes each that is 200 MB, about what a worker can spare
READABLE = ("JPEG", "PNG", "WEBP", "GIF")
# What Pillow raises for bytes that are no picture, are cut off, or are built to exhaust memory.
BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    data: bytes
    content_type: str


def content_type_of(source: IO[bytes]) -> str:
    """The media type that the bytes show; `application/octet-stream` where they show none. Rewinds."""
    source.seek(0)
    head = source.read(8192)
    source.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(source)
    return TEXT if _is_text(head) else BINARY


def _kind_of_zip(source: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(source) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return BINARY
    finally:
        source.seek(0)
    if "word/document.xml" in names:
        return WORD
    return EXCEL if "xl/workbook.xml" in names else ZIP


def _is_text(head: bytes) -> bool:
    """UTF-8 without control bytes; a character cut in two at the end of the sample is no fault."""
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == 8192 and error.start > len(head) - 4
    return True


def safe_picture(source: IO[bytes], *, attr: str, longest_side: int = LONGEST_SIDE) -> Picture:
    """The picture drawn anew: upright, at most that long, without position, camera or anything hidden in it.

    Raises DomainError at `attr` for what is no picture, is damaged, or has too many pixels.
    """
    source.seek(0)
    try:
        with Image.open(source, formats=READABLE) as image:
            if image.width * image.height > MOST_PIXELS:
                raise DomainError(_("This photo has too many pixels. Send a smaller one."), attr=attr)
            return _redraw(image, longest_side)
    except BROKEN:
        raise DomainError(_("This is not a photo that we can read. Send a JPEG or PNG."), attr=attr) from None


def _redraw(image: Image.Image, longest_side: int) -> Picture:
    lossless = image.format == "PNG"
    image.draft("RGB", (longest_side, longest_side))  # lets a large JPEG decode at a fraction of its size
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((longest_side, longest_side))
    transparent = lossless and upright.has_transparency_data
    bare = upright.convert("RGBA" if transparent else "RGB")
    bare.info.clear()
    out = io.BytesIO()
    if lossless:
        bare.save(out, "PNG", optimize=True)
        return Picture(out.getvalue(), PNG)
    bare.save(out, "JPEG", quality=85)
    return Picture(out.getvalue(), JPEG)
