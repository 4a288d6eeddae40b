"""A report as a tagged PDF (PDF/UA-1), set by typst.

What people wrote goes in as data and is never read as markup. The fonts are those that typst brings along;
a character that none of them draws is replaced, since the standard refuses a page that shows it as a box.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from django.utils import translation
from django.utils.formats import date_format
from PIL import Image

from portal.files.contents import BROKEN
from portal.files.models import File
from schedules.models import ReportCorrection, VisitReport
from schedules.report.content import images_of
from schedules.report.drawn import DRAWN
from schedules.visit_words import CLOCK, DAY

TEMPLATE = Path(__file__).with_name("visit_report.typ")
STANDARD = "ua-1"
PHOTO_SIDE = 1000  # pixels: two beside each other on A4 at about 300 dots per inch
QUALITY = 78
MANY_PHOTOS, SMALL_SIDE = 24, 600  # more photos are drawn smaller, so that a mail can carry them
LONGEST_WORD = 30  # a longer run without a space may be broken
MOST_TRIES = 20
_UNDRAWN = re.compile(r'(?:the text|disallowed codepoint) `"(.*?)"`', re.DOTALL)
_LONG_WORD = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")
LATIN = frozenset(char for char in DRAWN if ord(char) < 0x250)
BOX = "\N{WHITE SQUARE}"
NO_TEXT = frozenset({"uuid", "sha256", "images"})  # names of pictures


class ReportPdfError(Exception):
    """The file cannot be made."""


def render_report(report: VisitReport, corrections: Iterable[ReportCorrection] = ()) -> bytes:
    """The PDF of the frozen report with these corrections at its end. Raises ReportPdfError."""
    with _setting(report, corrections) as setting:
        return setting.pdf()


def render_pages(report: VisitReport, corrections: Iterable[ReportCorrection] = ()) -> list[bytes]:
    """The same as PNG pages, for people who look at what they have changed."""
    with _setting(report, corrections) as setting:
        return setting.pages()


@contextmanager
def _setting(report: VisitReport, corrections: Iterable[ReportCorrection]) -> Iterator[_Setting]:
    with tempfile.TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        added = {"corrections": _corrections(report, corrections), "images": _images(report, folder)}
        yield _Setting(report.content | added, folder, report)


def _corrections(report: VisitReport, rows: Iterable[ReportCorrection]) -> list[dict[str, str]]:
    zone = ZoneInfo(report.content["site"]["timezone"])
    with translation.override(report.content["language"]):
        return [
            {"text": row.text, "who": str(row.by or ""), "at": date_format(row.at.astimezone(zone), f"{DAY}, {CLOCK}")}
            for row in rows
        ]


# -- pictures ---------------------------------------------------------------------------------


def _images(report: VisitReport, folder: Path) -> dict[str, str]:
    """Each picture that is still there, drawn small into the folder: UUID -> path as typst names it."""
    files = list(File.objects.filter(uuid__in=images_of(report)))
    side = SMALL_SIDE if len(files) > MANY_PHOTOS else PHOTO_SIDE
    drawn = {str(file.uuid): _draw(file, folder, side) for file in files}
    return {uuid: f"/{name}" for uuid, name in drawn.items() if name}


def _draw(file: File, folder: Path, side: int) -> str:
    """The name of the small picture; empty where the bytes are gone or damaged."""
    try:
        with file.content.open("rb") as content, Image.open(content) as image:
            image.draft("RGB", (side, side))
            image.thumbnail((side, side))
            clear = image.has_transparency_data
            name = f"{file.uuid.hex}.{'png' if clear else 'jpg'}"
            image.convert("RGBA" if clear else "RGB").save(folder / name, quality=QUALITY)
    except BROKEN:
        return ""
    return name


# -- setting ----------------------------------------------------------------------------------


class _Setting:
    """One document in the making."""

    def __init__(self, data: dict[str, Any], folder: Path, report: VisitReport) -> None:
        self.data, self.folder = data, folder
        self.created_at = int(report.created_at.timestamp())
        self.drawn = DRAWN
        self.tries = 0

    def pdf(self) -> bytes:
        """Tried again without what a font cannot draw where it stands, at last with Latin letters alone."""
        for _attempt in range(MOST_TRIES):
            try:
                return self._set(format="pdf", pdf_standards=STANDARD)[0]
            except BaseException as fault:
                if not self._give_way(fault):
                    raise ReportPdfError(str(fault)) from fault
        raise ReportPdfError("too many characters that no font draws")

    def pages(self) -> list[bytes]:
        self.pdf()
        return self._set(format="png", ppi=100)

    def _give_way(self, fault: BaseException) -> bool:
        """Whether another try may do better. typst panics, as pyo3 calls it, over some mixtures of scripts."""
        is_panic = type(fault).__name__ == "PanicException"
        if not is_panic and not isinstance(fault, typst.TypstError):
            raise fault
        self.tries += 1
        undrawn = frozenset() if is_panic else _undrawn_in(str(fault))
        if undrawn & self.drawn and self.tries < MOST_TRIES - 1:
            self.drawn -= undrawn
        elif self.drawn == LATIN or not (is_panic or undrawn):
            return False
        else:
            self.drawn = LATIN
        return True

    def _set(self, **values: Any) -> list[bytes]:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            root=self.folder,
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(drawable(self.data, self.drawn))},
            timestamp=self.created_at,
            **values,
        )
        return made if isinstance(made, list) else [made]


def _undrawn_in(message: str) -> frozenset[str]:
    """The characters that typst's message names."""
    named = _UNDRAWN.search(message)
    return frozenset(re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), named[1] if named else ""))


def drawable(value: Any, drawn: Collection[str] = DRAWN) -> Any:
    """The same with every text as typst can set it: undrawn characters named or boxed, long words breakable."""
    if isinstance(value, dict):
        return {name: part if name in NO_TEXT else drawable(part, drawn) for name, part in value.items()}
    if isinstance(value, list):
        return [drawable(part, drawn) for part in value]
    if not isinstance(value, str):
        return value
    text = "".join(char if char in drawn else _stand_in(char) for char in unicodedata.normalize("NFC", value))
    return _LONG_WORD.sub(_broken, text)


def _stand_in(char: str) -> str:
    """A picture sign by its name, such as "(thumbs up sign)"; nothing for what is not seen; else a box."""
    kind = unicodedata.category(char)
    if kind in ("Cf", "Mn", "Me", "Sk"):  # joiners, marks, shades of the sign before
        return ""
    return f"({unicodedata.name(char, 'sign').lower()})" if kind == "So" else BOX


def _broken(run: re.Match[str]) -> str:
    """With a place to break after it: unseen in Latin, but typst breaks down over an unseen one in other scripts."""
    return run[0] + ("\u200b" if ord(max(run[0])) < ord(max(LATIN)) else " ")
