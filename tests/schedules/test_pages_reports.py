"""The report's page, its file and pictures, corrections; a customer's page of a visit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client

from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import reschedule_visit
from schedules.enums import VisitStatus
from schedules.models import AnswerPhoto, Visit, VisitReport
from tests.schedules.conftest import NOW, World
from tests.schedules.reports import report_with_everything
from tests.schedules.visits import LEFT

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def report(world: World, technician: User) -> VisitReport:
    return report_with_everything(world, technician, words="Box 12 <b>is</b> full.\nSince Friday.")


def address(report: VisitReport, rest: str = "report/") -> str:
    return f"/visits/{report.visit.number}/{rest}"


def page(client: Client, where: str, status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status
    return answer.content.decode()


# -- the report -------------------------------------------------------------------------------


def test_customer_reads_what_was_signed(report: VisitReport, customer: User, sign_in: SignIn) -> None:
    text = page(sign_in(customer), address(report))
    for words in (
        "6 points were checked, 1 failed, 1 needs watching.",
        "Box 12 &lt;b&gt;is&lt;/b&gt; full.<br>Since Friday.",
        "870 min",
        "640 min",
        "Power supply",
        "Everybody was at lunch.",
        "We follow it up in",
        "Southline Telecom",
    ):
        assert words in text
    assert 'lang="en" dir="ltr"' in text
    assert "Add a correction" not in text


def test_report_of_a_visit_that_is_not_signed_is_not_there(
    world: World, technician: User, manager: User, sign_in: SignIn
) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    for rest in ("report/", "report.pdf"):
        assert sign_in(manager).get(f"/visits/{visit.number}/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["report/", "report.pdf"])
def test_report_is_not_there_for_another_customer(
    report: VisitReport, outsider: User, sign_in: SignIn, rest: str
) -> None:
    assert sign_in(outsider).get(address(report, rest)).status_code == 404
    assert Client().get(address(report, rest)).status_code == 302


def test_file_is_made_when_somebody_asks_before_the_task(report: VisitReport, customer: User, sign_in: SignIn) -> None:
    answer = sign_in(customer).get(address(report, "report.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert f"{report.visit.number}-alder-dental.pdf" in answer["Content-Disposition"]
    assert b"".join(answer).startswith(b"%PDF-")
    assert report.files.count() == 1


def test_file_that_cannot_be_made_is_told_kindly(report: VisitReport, customer: User, sign_in: SignIn) -> None:
    content = report.content
    del content["labels"]["readings"]
    VisitReport.objects.update(content=content)
    assert "could not be made into a PDF" in page(sign_in(customer), address(report, "report.pdf"), 503)


def test_pictures_are_those_of_the_report_and_no_others(
    report: VisitReport, customer: User, outsider: User, sign_in: SignIn
) -> None:
    client = sign_in(customer)
    shown = set(re.findall(r'src="(/visits/[^"]+/images/[^"]+)"', page(client, address(report))))
    assert len(shown) == 3  # logo, photo, signature
    for where in shown:
        assert client.get(where)["Content-Type"].startswith("image/")
        assert sign_in(outsider).get(where).status_code == 404
    hidden = AnswerPhoto.objects.get().file
    hidden.pk, hidden.uuid = None, uuid4()
    hidden.save()
    assert client.get(address(report, f"report/images/{hidden.uuid}/")).status_code == 404


# -- corrections ------------------------------------------------------------------------------


def test_technician_adds_a_correction_that_the_customer_reads(
    report: VisitReport, technician: User, customer: User, sign_in: SignIn
) -> None:
    with time_machine.travel(LEFT + timedelta(hours=1), tick=False):
        client = sign_in(technician)
        assert "Add a correction" in page(client, address(report))
        answer = client.post(address(report, "report/correct/"), {"text": "It was <PS-49>."})
    assert answer.status_code == 302
    text = page(sign_in(customer), address(report))
    assert "It was &lt;PS-49&gt;." in text
    assert "Tara Technician, Mon 2 Mar 2026, 14:00" in text


def test_empty_correction_is_told_at_its_field_and_keeps_nothing(
    report: VisitReport, technician: User, sign_in: SignIn
) -> None:
    answer = sign_in(technician).post(address(report, "report/correct/"), {"text": " "})
    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()
    assert not report.corrections.exists()


def test_correction_that_is_too_long_stays_in_the_form(report: VisitReport, technician: User, sign_in: SignIn) -> None:
    answer = sign_in(technician).post(address(report, "report/correct/"), {"text": "y" * 2001})
    assert "y" * 2001 in answer.content.decode()
    assert not report.corrections.exists()


def test_customer_corrects_nothing(report: VisitReport, customer: User, sign_in: SignIn) -> None:
    assert sign_in(customer).post(address(report, "report/correct/"), {"text": "x"}).status_code == 403
    assert sign_in(customer).get(address(report, "report/correct/")).status_code == 405


# -- a customer's page of a visit -------------------------------------------------------------


@pytest.fixture
def visit(world: World, technician: User, dispatcher: User) -> Visit:
    return builder.visit(site=world.site, technician=technician, note="Umbrage", by=dispatcher, now=NOW)


def test_customer_sees_when_who_and_what_but_no_note(visit: Visit, customer: User, sign_in: SignIn) -> None:
    text = page(sign_in(customer), f"/visits/{visit.number}/")
    for words in (
        "Monday 2 March 2026, 11:00 to 13:00 (Amsterdam time)",
        "Tara Technician comes.",
        "Yes, that suits us",
    ):
        assert words in text
    assert "Umbrage" not in text


def test_customer_says_yes_once(visit: Visit, customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    text = page(client, f"/visits/{visit.number}/")
    seen = re.search(r'name="starts_at" value="([^"]+)"', text)
    assert seen
    client.post(f"/visits/{visit.number}/confirm/", {"starts_at": seen[1]})
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CONFIRMED
    assert "Yes, that suits us" not in page(client, f"/visits/{visit.number}/")


def test_yes_to_a_time_that_changed_meanwhile_is_no_yes(
    visit: Visit, customer: User, dispatcher: User, sign_in: SignIn
) -> None:
    seen = visit.planned_start_at.isoformat()
    tomorrow = NOW + timedelta(days=1)
    reschedule_visit(visit=visit, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=1), by=dispatcher, now=NOW)
    answer = sign_in(customer).post(f"/visits/{visit.number}/confirm/", {"starts_at": seen}, follow=True)
    assert "The time has changed meanwhile" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.PLANNED


def test_customer_asks_for_another_time(visit: Visit, customer: User, sign_in: SignIn) -> None:
    client, where = sign_in(customer), f"/visits/{visit.number}/other-time/"
    assert "When would suit you?" in page(client, where)
    assert "invalid-feedback" in client.post(where, {"wish": ""}).content.decode()
    assert "x" * 301 in client.post(where, {"wish": "x" * 301}).content.decode()
    assert client.post(where, {"wish": "Tuesday <after> two"}).status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.other_time_wanted) == (VisitStatus.PLANNED, "Tuesday <after> two")
    assert "Tuesday &lt;after&gt; two" in page(client, f"/visits/{visit.number}/")


def test_cancelled_visit_is_not_confirmed_any_more(visit: Visit, customer: User, sign_in: SignIn) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.CANCELLED, status_reason="Umbrage")
    client = sign_in(customer)
    text = page(client, f"/visits/{visit.number}/")
    assert "This visit does not take place" in text
    assert "Umbrage" not in text
    answer = client.post(f"/visits/{visit.number}/confirm/", follow=True)
    assert "alert-danger" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED


def test_viewer_reads_and_does_not_answer(visit: Visit, world: World, sign_in: SignIn) -> None:
    client = sign_in(builder.member(customer=world.customer, role="viewer", now=NOW))
    assert "Yes, that suits us" not in page(client, f"/visits/{visit.number}/")
    assert client.post(f"/visits/{visit.number}/confirm/").status_code == 403


def test_visit_shows_the_reports_of_earlier_ones(
    report: VisitReport, world: World, technician: User, customer: User, sign_in: SignIn
) -> None:
    later = builder.visit(site=world.site, technician=technician, now=LEFT, starts_at=LEFT + timedelta(days=7))
    assert address(report) in page(sign_in(customer), f"/visits/{later.number}/")


def test_signed_visit_leads_to_its_report(report: VisitReport, customer: User, sign_in: SignIn) -> None:
    text = page(sign_in(customer), address(report, ""))
    assert address(report) in text
    assert address(report, "report.pdf") in text
