"""A visit is signed on its page: gaps, reasons, signatures; nothing that was entered is lost."""

from __future__ import annotations

import base64
import io
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from portal.accounts.models import User
from portal.demo import builder
from schedules.enums import ItemOutcome, SignatureOutcome, VisitStatus, WorkStatus
from schedules.models import Signature, Visit
from tests.schedules.conftest import NOW, World
from tests.schedules.test_pages_visits import page_of, text_of, ticket_of
from tests.schedules.visits import LEFT, answer_all, answer_visit, due, make_due, signed, started

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _at_the_end() -> Iterator[None]:
    with time_machine.travel(LEFT, tick=False):
        yield


@pytest.fixture
def visit(world: World, technician: User) -> Visit:
    """The opening is done; the weekly work and a ticket are not."""
    make_due(world, "weekly")
    row = started(world, technician, tickets=[ticket_of(world)])
    answer_visit(row, only_opening=True)
    return row


def drawn(colour: str = "black") -> str:
    content = io.BytesIO()
    Image.new("RGB", (30, 10), colour).save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def photo(kind: str = "JPEG", size: tuple[int, int] = (30, 10)) -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, "white").save(content, kind)
    return SimpleUploadedFile("signature.jpg", content.getvalue())


def sent(**values: Any) -> dict[str, Any]:
    """Both sign by drawing."""
    given = {"client_uuid": str(uuid.uuid4()), "made_at": ""}
    for party, name in (("technician", "Tara Technician"), ("customer", "Carla Customer")):
        given |= {f"{party}_outcome": "signed", f"{party}_name": name, f"{party}_drawn": drawn()}
    return given | values


def reasons(visit: Visit) -> dict[str, str]:
    ticket = visit.ticket_items.get().ticket_id
    return {f"carry_work_{due('weekly').pk}": "No time left", f"carry_ticket_{ticket}": "A part is missing"}


def test_page_lists_what_is_open_and_asks_why(sign_in: SignIn, technician: User, visit: Visit) -> None:
    page = text_of(sign_in(technician), page_of(visit, "sign-off/"))
    weekly = due("weekly")
    assert f'href="/work-orders/{weekly.number}/?missing=1#missing"' in page
    assert f'name="carry_work_{weekly.pk}"' in page
    assert "Hum on the line" in page
    assert "First finish this" not in page
    assert 'value="Tara Technician"' in page


def test_opening_that_is_open_is_asked_for_and_has_no_excuse(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    visit = started(world, technician)
    answer_all(due("visit-backup"), by=technician)
    client = sign_in(technician)
    page = text_of(client, page_of(visit, "sign-off/"))
    assert "First finish this" in page
    assert f"carry_work_{due('administration-check').pk}" not in page
    page = client.post(page_of(visit, "sign-off/"), sent()).content.decode()
    assert f"Still open: {due('administration-check').number}." in page
    visit.refresh_from_db()
    assert visit.status == VisitStatus.IN_PROGRESS


def test_signed_with_drawn_signatures_and_reasons(sign_in: SignIn, technician: User, visit: Visit) -> None:
    response = sign_in(technician).post(page_of(visit, "sign-off/"), sent() | reasons(visit))
    assert response.headers["Location"] == page_of(visit)
    visit.refresh_from_db()
    assert (visit.status, visit.finished_at) == (VisitStatus.SIGNED, LEFT)
    outcomes = {item.work_order.procedure_version.procedure.slug: item.outcome for item in visit.work.all()}
    assert outcomes == {"administration-check": "done", "visit-backup": "done", "weekly": "carried_over"}
    assert visit.ticket_items.get().reason == "A part is missing"
    assert due("administration-check").status == WorkStatus.DONE
    names = {(row.party, row.name, row.image.content_type if row.image else "") for row in visit.signatures.all()}
    assert names == {
        ("technician", "Tara Technician", "image/png"),
        ("customer", "Carla Customer", "image/png"),
    }


def test_signed_with_uploaded_pictures_without_javascript(sign_in: SignIn, technician: User, visit: Visit) -> None:
    form = sent(technician_drawn="", customer_drawn="", technician_upload=photo(), customer_upload=photo("PNG"))
    assert sign_in(technician).post(page_of(visit, "sign-off/"), form | reasons(visit)).status_code == 302
    assert set(visit.signatures.values_list("outcome", flat=True)) == {SignatureOutcome.SIGNED}


def test_refusal_and_absence_are_recorded(sign_in: SignIn, technician: User, visit: Visit) -> None:
    form = sent(customer_outcome="refused", customer_drawn="", customer_reason="Too long") | reasons(visit)
    assert sign_in(technician).post(page_of(visit, "sign-off/"), form).status_code == 302
    row = visit.signatures.get(party="customer")
    assert (row.outcome, row.reason, row.name, row.image) == ("refused", "Too long", "Carla Customer", None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"customer_name": ""}, "Customer: Say who signs."),
        ({"customer_drawn": ""}, "Customer: The signature is missing."),
        ({"customer_drawn": "data:image/png;base64,????"}, "Customer: This is not a drawn signature."),
        ({"customer_drawn": "data:text/html,<script>"}, "Customer: This is not a drawn signature."),
        ({"customer_drawn": "data:image/png;base64,AAAA"}, "Customer: This is not a photo that we can read."),
        ({"customer_outcome": "absent", "customer_reason": ""}, "Customer: Say why there is no signature."),
        ({"customer_outcome": "later"}, "Select a valid choice."),
        ({"customer_name": "x" * 121}, "at most 120 characters"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_lost(
    sign_in: SignIn, technician: User, visit: Visit, changed: dict[str, Any], words: str
) -> None:
    form = sent(technician_drawn=drawn("red")) | reasons(visit) | changed
    response = sign_in(technician).post(page_of(visit, "sign-off/"), form)
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert f'value="{drawn("red")}"' in page  # the technician's drawing is there again
    assert 'value="No time left"' in page
    assert not Signature.objects.exists()


def test_reason_is_asked_for_at_its_item(sign_in: SignIn, technician: User, visit: Visit) -> None:
    page = sign_in(technician).post(page_of(visit, "sign-off/"), sent()).content.decode()
    assert "weekly: Finish it, or say why it is carried over." in page
    assert "Hum on the line: Finish it, or say why it is carried over." in page
    assert f'href="#sign-carry_work_{due("weekly").pk}"' in page


def test_uploaded_picture_comes_back_and_can_be_sent_again(sign_in: SignIn, technician: User, visit: Visit) -> None:
    client = sign_in(technician)
    form = sent(customer_drawn="", customer_upload=photo(size=(3000, 900)))
    page = client.post(page_of(visit, "sign-off/"), form).content.decode()  # the reasons are missing
    kept = re.search(r'name="customer_drawn"[^>]* value="(data:image/jpeg;base64,[^"]+)"', page)
    assert kept
    again = form | {"customer_drawn": kept[1], "customer_upload": ""} | reasons(visit)
    assert client.post(page_of(visit, "sign-off/"), again).status_code == 302
    assert visit.signatures.get(party="customer").image is not None


@pytest.mark.parametrize("content", [b"plain text", b"", b"\x89PNG\r\n\x1a\n broken"])
def test_file_that_is_no_picture_is_refused(sign_in: SignIn, technician: User, visit: Visit, content: bytes) -> None:
    form = sent(customer_drawn="", customer_upload=SimpleUploadedFile("me.jpg", content)) | reasons(visit)
    response = sign_in(technician).post(page_of(visit, "sign-off/"), form)
    assert response.status_code == 200
    assert "Customer: " in response.content.decode()
    assert not Signature.objects.exists()


def test_picture_that_is_too_large_is_refused(
    sign_in: SignIn, technician: User, visit: Visit, settings: LazySettings
) -> None:
    settings.FILE_MAX_BYTES = 100
    form = sent(customer_drawn="", customer_upload=photo()) | reasons(visit)
    page = sign_in(technician).post(page_of(visit, "sign-off/"), form).content.decode()
    assert "This file is larger than" in page


def test_signature_without_answers_is_refused(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world)
    visit = started(world, technician)
    visit.work.update(is_opening=False)  # nothing that could not be carried over
    form = sent() | {f"carry_work_{key}": "Later" for key in visit.work.values_list("work_order", flat=True)}
    page = sign_in(technician).post(page_of(visit, "sign-off/"), form).content.decode()
    assert "Nothing was answered in this visit" in page
    assert not Signature.objects.exists()


def test_sent_twice_is_signed_once(sign_in: SignIn, technician: User, visit: Visit) -> None:
    client, form = sign_in(technician), sent() | reasons(visit)
    for _again in range(2):
        response = client.post(page_of(visit, "sign-off/"), form, headers={"hx-request": "true"})
        assert response.headers["HX-Redirect"] == page_of(visit)
    assert Signature.objects.count() == 2
    assert "is signed off" in client.get(page_of(visit, "sign-off/"), follow=True).content.decode()


def test_reason_for_what_was_done_meanwhile_does_not_count(sign_in: SignIn, technician: User, visit: Visit) -> None:
    form = sent() | reasons(visit)
    answer_all(due("weekly"), at=LEFT, by=technician)
    assert sign_in(technician).post(page_of(visit, "sign-off/"), form).status_code == 302
    assert visit.work.get(work_order=due("weekly")).outcome == ItemOutcome.DONE


def test_device_says_when_it_was_finished(sign_in: SignIn, technician: User, visit: Visit) -> None:
    form = sent(made_at="2026-03-02T11:55:00Z") | reasons(visit)
    sign_in(technician).post(page_of(visit, "sign-off/"), form)
    visit.refresh_from_db()
    assert visit.finished_at is not None
    assert visit.finished_at.isoformat() == "2026-03-02T11:55:00+00:00"


def test_only_a_visit_that_goes_on_is_signed(
    sign_in: SignIn, technician: User, customer: User, world: World, visit: Visit
) -> None:
    planned = builder.visit(site=world.site, technician=technician, now=NOW, starts_at=LEFT)
    client = sign_in(technician)
    page = client.post(page_of(planned, "sign-off/"), sent(), follow=True).content.decode()
    assert "Only a visit that goes on can be signed off." in page
    assert sign_in(customer).get(page_of(visit, "sign-off/")).status_code == 403
    answer_visit(visit, at=LEFT)


def test_page_asks_as_much_for_more_work(sign_in: SignIn, technician: User, world: World) -> None:
    make_due(world, "weekly", "other", "third")
    visit, client = started(world, technician), sign_in(technician)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(client, page_of(visit, "sign-off/"))
        return len(captured)

    with_all = asked()
    visit.work.filter(work_order__in=[due("other"), due("third")]).update(outcome=ItemOutcome.REMOVED)
    assert asked() == with_all <= 15


def test_signed_visit_shows_what_was_carried_over(sign_in: SignIn, technician: User, visit: Visit) -> None:
    ticket = visit.ticket_items.get().ticket_id
    signed(visit, carry_over={due("weekly").pk: "No time left"}, carry_over_tickets={ticket: "A part is missing"})
    page = text_of(sign_in(technician), page_of(visit))
    assert "Carried over" in page
    assert "No time left" in page
    assert "Take out" not in page
    assert "Record time" not in page
