import io
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import Http404
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from portal.accounts.models import User
from portal.files.actions import ORPHAN_AFTER, delete_orphans, short_name, store_file, store_image
from portal.files.contents import JPEG, PDF, PNG, TEXT, WORD
from portal.files.models import File
from portal.files.serving import serve
from portal.web.errors import DomainError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", exif: Image.Exif | None = None
) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size, "red" if mode != "P" else 0)
    image.save(out, kind, **({"exif": exif} if exif else {}))
    return out.getvalue()


def upload(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def opened(file: File) -> Image.Image:
    with file.content.open("rb") as content:
        image = Image.open(io.BytesIO(content.read()))
        image.load()
        return image


def test_photo_is_kept_upright_and_without_its_position(manager: User) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6  # lies on its side: 40x20 is really 20x40
    exif[Base.Make] = "SecretCamera"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (52.0, 22.0, 12.0)
    file = store_image(upload=upload(picture(exif=exif)), by=manager, now=NOW)
    image = opened(file)
    assert image.size == (20, 40)
    assert not image.getexif()
    with file.content.open("rb") as content:
        assert b"SecretCamera" not in content.read()
    assert (file.content_type, file.name, file.created_by, file.created_at) == (JPEG, "photo.jpg", manager, NOW)


@pytest.mark.parametrize(("kind", "size"), [("JPEG", (3000, 1500)), ("PNG", (1500, 3000)), ("WEBP", (2400, 2400))])
def test_large_photo_is_scaled_to_2000_pixels(db: None, kind: str, size: tuple[int, int]) -> None:
    file = store_image(upload=upload(picture(kind, size)), by=None, now=NOW)
    image = opened(file)
    assert max(image.size) == 2000
    assert image.width * size[1] == pytest.approx(image.height * size[0], rel=0.01)


@pytest.mark.parametrize(
    ("kind", "mode", "stored_as", "stored_mode"),
    [
        ("JPEG", "CMYK", JPEG, "RGB"),
        ("JPEG", "L", JPEG, "RGB"),
        ("PNG", "RGBA", PNG, "RGBA"),
        ("PNG", "P", PNG, "RGB"),
        ("GIF", "P", JPEG, "RGB"),
        ("WEBP", "RGB", JPEG, "RGB"),
    ],
)
def test_picture_of_any_kind_becomes_jpeg_or_png(
    db: None, kind: str, mode: str, stored_as: str, stored_mode: str
) -> None:
    file = store_image(upload=upload(picture(kind, mode=mode), "Foto.of.rack.jpeg"), by=None, now=NOW)
    assert file.content_type == stored_as
    assert file.name == ("Foto.of.rack.jpg" if stored_as == JPEG else "Foto.of.rack.png")
    assert opened(file).mode == stored_mode


@pytest.mark.parametrize(
    "data",
    [b"just some text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:200], picture("PNG")[:50], b"GIF89a"],
    ids=["text", "svg", "half a jpeg", "half a png", "header only"],
)
def test_text_named_jpg_is_refused_at_its_field(db: None, data: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        store_image(upload=upload(data), by=None, now=NOW, attr="evidence")
    assert refused.value.attr == "evidence"
    assert not File.objects.exists()


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes whose header promises that many pixels."""
    whole = bytearray(picture("PNG", (1, 1)))
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes(whole[24:29])
    whole[12:33] = header + zlib.crc32(header).to_bytes(4, "big")
    return bytes(whole)


@pytest.mark.parametrize("side", [7_100, 10_000, 20_000, 60_000])
def test_decompression_bomb_is_refused_before_it_is_decoded(db: None, side: int) -> None:
    with pytest.raises(DomainError) as refused:
        store_image(upload=upload(huge_png(side, side), "bomb.png"), by=None, now=NOW)
    assert refused.value.attr == "photo"


def test_file_over_the_limit_is_refused(db: None, settings: LazySettings) -> None:
    settings.FILE_MAX_BYTES = 10
    with pytest.raises(DomainError) as refused:
        store_file(upload=upload(b"eleven byte", "log.txt"), by=None, now=NOW)
    assert (refused.value.attr, refused.value.code) == ("file", "too_large")
    assert store_file(upload=upload(b"ten  bytes", "log.txt"), by=None, now=NOW).size_bytes == 10


def test_empty_file_is_refused(db: None) -> None:
    with pytest.raises(DomainError) as refused:
        store_file(upload=upload(b"", "empty.txt"), by=None, now=NOW)
    assert refused.value.code == "empty"


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"%PDF-1.7\n...", PDF),
        ("één logregel\n".encode() * 1000, TEXT),
        (docx(), WORD),
        (picture("PNG"), PNG),
    ],
)
def test_document_is_known_by_its_content(db: None, data: bytes, content_type: str) -> None:
    file = store_file(upload=upload(data, "whatever.exe"), by=None, now=NOW)
    assert file.content_type == content_type


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01\x00", b"MZ\x90\x00", b"PK\x03\x04 not a zip", b"\xff\xfe\x00bin", b"\xe9t\xe9 latin"]
)
def test_program_is_refused_whatever_its_name(db: None, data: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        store_file(upload=upload(data, "report.pdf"), by=None, now=NOW)
    assert refused.value.code == "content_type"


def test_kind_outside_the_allowed_is_refused(db: None) -> None:
    with pytest.raises(DomainError):
        store_file(upload=upload(b"text", "a.txt"), by=None, now=NOW, allowed={PDF})


def test_rolled_back_upload_is_cleaned_up_after_a_day(db: None, storage: Path) -> None:
    kept = store_file(upload=upload(b"kept", "kept.txt"), by=None, now=NOW)
    with transaction.atomic():
        store_file(upload=upload(b"lost", "lost.txt"), by=None, now=NOW)
        transaction.set_rollback(True)
    stored = [path for path in storage.rglob("*") if path.is_file()]
    assert len(stored) == 2
    written_at = datetime.now(UTC)
    assert delete_orphans(now=written_at) == 0
    assert delete_orphans(now=written_at + ORPHAN_AFTER + timedelta(minutes=1)) == 1
    assert [path.read_bytes() for path in storage.rglob("*") if path.is_file()] == [b"kept"]
    assert kept.content.read() == b"kept"


def test_orphans_where_nothing_was_ever_stored(db: None) -> None:
    assert delete_orphans(now=NOW) == 0


def test_picture_is_shown_and_anything_else_downloaded(db: None) -> None:
    shown = serve(store_image(upload=upload(picture()), by=None, now=NOW))
    assert shown["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Cache-Control"].startswith("private")
    page = serve(store_file(upload=upload(b"<script>alert(1)</script>", "x.html"), by=None, now=NOW))
    assert page["Content-Disposition"].startswith("attachment;")
    assert page["Content-Type"] == "text/plain"
    assert b"".join(page) == b"<script>alert(1)</script>"


def test_name_cannot_break_out_of_the_header(db: None) -> None:
    file = store_file(upload=upload(b"log", "log.txt"), by=None, now=NOW)
    file.name = short_name('..\\..\\a"b\r\nSet-Cookie: x=1é.txt')
    answer = serve(file)
    assert "\n" not in answer["Content-Disposition"]
    assert "filename*=utf-8''" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\pbx.txt", "pbx.txt"),
        ("a" * 300 + ".txt", "a" * 196 + ".txt"),
        ("\x00\n", "file"),
    ],
)
def test_name_is_bare_and_short(given: str, kept: str) -> None:
    assert short_name(given) == kept


def test_file_whose_bytes_are_gone_is_a_404(db: None) -> None:
    file = store_file(upload=upload(b"log", "log.txt"), by=None, now=NOW)
    file.content.storage.delete(file.content.name)
    with pytest.raises(Http404):
        serve(file)
