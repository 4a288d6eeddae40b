"""The file: tagged for screen readers, and whole whatever people wrote."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from contracts.models import Customer
from portal.accounts.models import User
from portal.files.models import File
from schedules.models import ReportCorrection, VisitReport
from schedules.report.drawn import DRAWN, JOINERS
from schedules.report.pdf import drawable, render_pages, render_report
from tests.schedules.conftest import NOW, World
from tests.schedules.reports import report_with_everything

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def report(world: World, technician: User) -> VisitReport:
    return report_with_everything(world, technician)


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(data).pages)


def tags(node: Any, found: list[DictionaryObject]) -> list[DictionaryObject]:
    """Every element of the structure tree."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, DictionaryObject):
        found.append(node)
        tags(node.get("/K"), found)
    elif isinstance(node, list):
        for part in node:
            tags(part, found)
    return found


def test_file_is_tagged_and_names_title_language_and_standard(report: VisitReport) -> None:
    reader = read(render_report(report))
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "en"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert reader.metadata
    assert reader.metadata.title == f"Maintenance report {report.visit.number}, Alder Dental"
    assert reader.metadata.author == "Southline Telecom"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    kinds = {str(tag.get("/S")) for tag in tags(root["/StructTreeRoot"], [])}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= kinds


def test_every_picture_says_what_it_shows(report: VisitReport) -> None:
    root = read(render_report(report)).trailer["/Root"]
    told = {str(tag["/Alt"]) for tag in tags(root["/StructTreeRoot"], []) if tag.get("/S") == "/Figure"}
    assert told == {
        "Logo of Southline Telecom",
        "Photo: The rack, as found (The whole site)",
        "Signature of Tara Technician",
    }


def test_file_says_what_the_report_says(report: VisitReport) -> None:
    text = re.sub(r"\s+", " ", text_of(render_report(report)))
    for words in (
        "Southline Telecom",
        "Alder Dental",
        "870 min",
        "640 min",
        "Box 12 is full since Friday.",
        "No sound",
        "The vendor's release is held back until April.",
        "Power supply",
        "Everybody was at lunch.",
        "Tuesday 3 March 2026",
    ):
        assert words in text


def test_corrections_stand_at_the_end_and_change_nothing_above(report: VisitReport, technician: User) -> None:
    row = ReportCorrection(report=report, text="It was PS-49.", at=NOW, by=technician)
    plain, corrected = text_of(render_report(report)), text_of(render_report(report, [row]))
    assert "It was PS-49." not in plain
    assert corrected.index("Signatures") < corrected.index("It was PS-49.")


def test_same_report_is_the_same_file(report: VisitReport) -> None:
    assert render_report(report) == render_report(report)


HOSTILE = {
    "markup": '= Heading *bold* #panic("x") $x^2$ @ref <label> `raw` // gone /* gone */ \\ #{1+1} [a](b) "quoted"',
    "file": '#read("/etc/passwd") #include "/etc/passwd" #image("/etc/passwd") #sys.inputs',
    "long word": "W" * 2000,
    "long": "A sentence that goes on. " * 80,
    "persian": "سلام دنیا، پیام‌گیر پر است: ۱۲ صندوق (۸۷٪) – PBX-3",
    "mixed directions": "abc שלום def سلام 123 \u200f ghi",
    "picture signs": "👍🏽 done 👩‍👩‍👧‍👦 🇳🇱 ❤️ 🎉" * 20,
    "chinese": "电话系统维护报告" * 100,
    "every script": "".join(chr(code) for code in range(0x21, 0x3000) if chr(code).isprintable())[:2000],
    "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad a\u0301\u0302\u0303\u0304" * 50,
    "lines": "\n" * 900 + "end",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_people_write_cannot_break_the_file(world: World, technician: User, words: str) -> None:
    report = report_with_everything(world, technician, words=words)
    report.content["customer"]["name"] = words[:160].replace("\n", " ")
    data = render_report(report, [ReportCorrection(report=report, text=words, at=NOW, by=technician)])
    assert len(read(data).pages) < 40
    assert len(data) < 3_000_000


def test_markup_is_read_as_words(world: World, technician: User) -> None:
    report = report_with_everything(world, technician, words=HOSTILE["markup"])
    text = re.sub(r"\s+", " ", text_of(render_report(report)))
    assert '*bold* #panic("x") $x^2$ @ref <label>' in text


def test_report_in_persian_runs_from_right_to_left(world: World, technician: User) -> None:
    Customer.objects.filter(pk=world.customer.pk).update(language="fa")
    report = report_with_everything(world, technician, words=HOSTILE["persian"])
    root = read(render_report(report)).trailer["/Root"]
    assert root["/Lang"] == "fa"


def test_picture_whose_bytes_are_gone_is_told_and_breaks_nothing(report: VisitReport) -> None:
    for file in File.objects.all():
        file.content.storage.delete(file.content.name)
    text = text_of(render_report(report))
    assert "This photo is no longer there." in text
    assert "Southline Telecom" in text


def test_photos_are_drawn_small(report: VisitReport) -> None:
    images = [image.image for page in read(render_report(report)).pages for image in page.images]
    assert max(side for image in images if image for side in image.size) == 1000  # the photo has 1600


def test_pages_can_be_looked_at(report: VisitReport) -> None:
    pages = render_pages(report)
    assert len(pages) >= 2
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_undrawn_signs_are_named_and_other_characters_boxed() -> None:
    given = {"note": "fine 🎉 日 \u200b👍🏽", "uuid": "0123456789-0123456789-0123456789-0123456789"}
    assert drawable(given) == {"note": "fine (party popper) □ (thumbs up sign)", "uuid": given["uuid"]}


def test_every_character_that_is_told_to_be_drawn_is_drawn(report: VisitReport) -> None:
    marks = {char for char in DRAWN if unicodedata.category(char).startswith("M")}
    seen = sorted(char for char in DRAWN - marks - JOINERS if unicodedata.category(char)[0] != "C")
    report.content["troubles"][0]["note"] = " ".join([*seen, *(f"a{mark}" for mark in sorted(marks))])
    assert len(read(render_report(report)).pages) > 2
    assert set("aß€ЖΩשسگ،✓…–") <= DRAWN
