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
from schedules.visit_words import CLOCK, DAY

TEMPLATE = Path(__file__).with_name("visit_report.typ")
STANDARD = "ua-1"
PHOTO_SIDE = 1000  # pixels: two beside each other on A4 at about 300 dots per inch
QUALITY = 78
MANY_PHOTOS, SMALL_SIDE = 24, 600  # more photos are drawn smaller, so that a mail can carry them
LONGEST_WORD = 30  # a longer run without a space may be broken
ALWAYS_DRAWN_UNTIL = 0x250  # Latin
NO_TEXT = frozenset({"uuid", "sha256", "images"})  # names of pictures
MOST_TRIES = 120  # each learns of characters that no font draws
FONTS_END_AT = 0x2E80  # above it the bundled fonts draw next to nothing: what misses one character misses its page

_UNDRAWN = re.compile(r'(?:the text|disallowed codepoint) `"(.*?)"`', re.DOTALL)  # in typst's message


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
    """One document in the making: what no font draws is found by trying."""

    def __init__(self, data: dict[str, Any], folder: Path, report: VisitReport) -> None:
        self.data, self.folder = data, folder
        self.created_at = int(report.created_at.timestamp())
        self.undrawn: set[str] = set()
        self.is_plain = False

    def pdf(self) -> bytes:
        for _attempt in range(MOST_TRIES):
            try:
                return self._compile(format="pdf", pdf_standards=STANDARD)[0]
            except typst.TypstError as fault:
                if not self._learn(str(fault)):
                    raise ReportPdfError(str(fault)) from fault
            except BaseException as panic:
                self._give_way(panic)
        raise ReportPdfError("too many characters that no font draws")

    def _give_way(self, panic: BaseException) -> None:
        """typst itself broke down, as it does over some mixtures of scripts: then only letters that it is sure of."""
        if type(panic).__name__ != "PanicException":
            raise panic
        if self.is_plain:
            raise ReportPdfError("typst broke down") from panic
        self.is_plain = True
        self.undrawn |= {chr(code) for code in range(ALWAYS_DRAWN_UNTIL, FONTS_END_AT)}

    def pages(self) -> list[bytes]:
        self.pdf()
        return self._compile(format="png", ppi=100)

    def _compile(self, **values: Any) -> list[bytes]:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            root=self.folder,
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(drawable(self.data, self.undrawn))},
            timestamp=self.created_at,
            **values,
        )
        return made if isinstance(made, list) else [made]

    def _learn(self, fault: str) -> bool:
        """Whether the fault was about characters that are known from now on."""
        named = _UNDRAWN.search(fault)
        if named is None:
            return False
        text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), named[1])
        known = len(self.undrawn)
        for char in text:
            self.undrawn |= {char} if ord(char) < FONTS_END_AT else _page_of(char)
        return len(self.undrawn) > known


def _page_of(char: str) -> set[str]:
    """The 256 characters around it: scripts come in pages."""
    first = ord(char) & ~0xFF
    return {chr(code) for code in range(first, first + 256)}


def drawable(value: Any, undrawn: Collection[str]) -> Any:
    """The same with every text as typst can set it: undrawn characters named or boxed, long words breakable."""
    if isinstance(value, dict):
        return {name: part if name in NO_TEXT else drawable(part, undrawn) for name, part in value.items()}
    if isinstance(value, list):
        return [drawable(part, undrawn) for part in value]
    if not isinstance(value, str):
        return value
    text = "".join(_stand_in(char) if char in undrawn else char for char in value if not _is_unseen(char))
    return re.sub(rf"(\S{{{LONGEST_WORD}}})(?=\S)", _broken, text)


def _broken(run: re.Match[str]) -> str:
    """With a place to break after it: unseen in Latin, but typst breaks down over an unseen one in other scripts."""
    return run[0] + ("\u200b" if ord(max(run[0])) < ALWAYS_DRAWN_UNTIL else " ")


def _stand_in(char: str) -> str:
    """A picture sign by its name, such as "(thumbs up sign)"; nothing for what is not seen; else a box."""
    is_sign = unicodedata.category(char) == "So"
    if unicodedata.category(char) in ("Cf", "Mn"):
        return ""
    return f"({unicodedata.name(char, 'sign').lower()})" if is_sign else "□"


def _is_unseen(char: str) -> bool:
    """What only changes the look of the one before it, and spaces without width."""
    return char in "\u200b\ufeff\u2060" or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
