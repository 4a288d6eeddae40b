"""What the tests of reports share: a visit with everything in it, signed."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from contracts.actions import record_part, record_time
from contracts.models import Contact
from portal.accounts.models import Organisation, User
from portal.demo import builder
from portal.files.actions import store_image
from schedules.actions import Measured, Sign, add_photo, record_answer, record_readings, start_visit
from schedules.enums import Metric, SignatureOutcome, StepKind
from schedules.generation import generate_work
from schedules.models import Visit, VisitReport
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tests.schedules.visits import ARRIVED, answer_all, due, make_opening, signed
from tickets.actions import open_ticket


def photo(words: str = "Rack", size: tuple[int, int] = (1600, 1200)) -> SimpleUploadedFile:
    picture = Image.new("RGB", size, "#33506b")
    draw = ImageDraw.Draw(picture)
    for row in range(5):
        draw.rectangle(
            [200, 150 + row * 190, size[0] - 200, 290 + row * 190], fill="#9fb3c8", outline="#10222f", width=6
        )
    draw.text((240, 60), words, fill="white", font_size=60)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    return SimpleUploadedFile("rack.jpg", content.getvalue(), content_type="image/jpeg")


def logo() -> SimpleUploadedFile:
    picture = Image.new("RGBA", (900, 240), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([10, 20, 210, 220], fill="#0f766e")
    draw.text((250, 50), "Southline", fill="#0f766e", font_size=130)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return SimpleUploadedFile("logo.png", content.getvalue(), content_type="image/png")


def make_programme() -> None:
    make_opening()
    measured: dict[str, Any] = {"kind": StepKind.READING, "unit": "min", "metric": Metric.VOICEMAIL_MINUTES}
    steps = [
        {"key": "minutes-used", **measured, "texts": {"title": {"en": "Voicemail minutes in use"}}}
        | {"warn_above_share": 0.8, "fail_above_share": 0.95},
        {"key": "no-mailbox-full", "texts": {"title": {"en": "No mailbox is nearly full"}}},
        {"key": "rack", "texts": {"title": {"en": "The rack, as found"}}, "kind": StepKind.PHOTO, "scope": "order"},
    ]
    make_procedure("voicemail", steps=steps)
    make_procedure("firmware")


def site_with_work(world: World) -> None:
    """An address, two contacts, the VAR's details with a logo, and work that is due."""
    world.site.name, world.site.address = "Head office", "Herengracht 1\n1015 BA Amsterdam"
    world.site.save()
    Contact.objects.create(customer=world.customer, site=world.site, name="Gerda Gate", email="gerda@alder.example")
    var = Organisation.objects.get()
    var.name, var.phone, var.email = "Southline Telecom", "+31 20 555 01 00", "service@southline.example"
    var.address = "Kade 12\n1011 AB Amsterdam"
    var.logo = store_image(upload=logo(), by=None, now=NOW)
    var.save()
    make_programme()
    world.contract(*(agreed(slug, "weekly") for slug in ("voicemail", "firmware")), agreed("administration-check"))
    generate_work(now=NOW)
    measured = Measured(world.asset, Metric.VOICEMAIL_MINUTES, 640.0, NOW - timedelta(days=7))
    record_readings(readings=[measured], now=NOW - timedelta(days=7))


def visit_with_everything(world: World, technician: User, *, words: str = "Box 12 is full since Friday.") -> Visit:
    """Done: the opening and a voicemail check, with a failure, a photo, a ticket, time and parts; the firmware is
    carried over. Not signed yet."""
    site_with_work(world)
    planned = builder.visit(site=world.site, technician=technician, now=NOW)
    ticket = open_ticket(
        customer=world.customer,
        asset=world.asset,
        summary="No sound",
        impact="individual",
        urgency="high",
        by=None,
        now=NOW,
    )
    visit = start_visit(visit=planned, by=technician, now=ARRIVED)
    answer_all(due("administration-check"), by=technician)
    answer_all(due("visit-backup"), by=technician)
    order = due("voicemail")
    answer = {"work_order": order, "by": technician, "now": ARRIVED}
    record_answer(step_key="minutes-used", asset_id=world.asset.pk, outcome=None, value=870.0, **answer)  # type: ignore[arg-type]
    fault = record_answer(step_key="no-mailbox-full", asset_id=world.asset.pk, outcome="fail", note=words, **answer)  # type: ignore[arg-type]
    fault.ticket = ticket
    fault.save(update_fields=["ticket"])
    add_photo(step_key="rack", asset_id=None, upload=photo(), **answer)  # type: ignore[arg-type]
    record_answer(step_key="rack", asset_id=None, outcome="pass", **answer)  # type: ignore[arg-type]
    source = {"site": world.site, "source": visit.number, "source_label": "Visit", "by": technician, "now": ARRIVED}
    record_time(minutes=95, **source)  # type: ignore[arg-type]
    record_part(name="Power supply", part_number="PS-48", serial_number="S1", asset=world.asset, **source)  # type: ignore[arg-type]
    return visit


def report_with_everything(world: World, technician: User, **values: Any) -> VisitReport:
    return sign_with_everything(visit_with_everything(world, technician, **values))


def sign_with_everything(visit: Visit) -> VisitReport:
    """Nobody of the customer was there, and the firmware waits."""
    carried = {due("firmware").pk: "The vendor's release is held back until April."}
    absent = Sign(outcome=SignatureOutcome.ABSENT, reason="Everybody was at lunch.")
    row = signed(visit, carry_over=carried, customer=absent)
    return VisitReport.objects.select_related("visit__site__customer", "visit__technician").get(visit=row)
