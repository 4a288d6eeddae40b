"""Freezing, correcting, making the file and mailing it: once each, whatever is repeated or fails."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from pypdf import PdfReader

from contracts.models import Contact, GuestLink
from portal.accounts.models import User
from portal.files.models import File
from portal.outbox.models import Message
from portal.outbox.sending import send_due
from portal.web.errors import DomainError
from schedules.actions import correct_report
from schedules.models import ReportFile, VisitEvent, VisitReport
from schedules.report.delivery import CLAIM_LASTS, PAUSES, make_due_reports, report_file
from schedules.tasks import make_reports
from tests.portal.test_outbox_sending import needs_connections, use_server
from tests.schedules.conftest import World
from tests.schedules.reports import report_with_everything, sign_with_everything, visit_with_everything
from tests.schedules.visits import LEFT
from tests.smtp_server import MailServer, mail_server

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with mail_server() as running:
        use_server(settings, running.port)
        yield running


@pytest.fixture
def report(world: World, technician: User, customer: User) -> VisitReport:
    """Signed just now; the customer has an owner with an account and a contact without one."""
    report = report_with_everything(world, technician)
    Message.objects.all().delete()
    GuestLink.objects.all().delete()
    return report


def about_report() -> list[tuple[str, str]]:
    rows = Message.objects.filter(dedupe_key__startswith="report:").order_by("to")
    return [(row.to, row.subject) for row in rows]


def pages_of(file: File) -> str:
    with file.content.open("rb") as content:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content.read())).pages)


def test_signing_off_leaves_the_file_due(report: VisitReport) -> None:
    assert report.file_due_at == LEFT
    assert not ReportFile.objects.exists()
    assert about_report() == []


def test_report_reaches_the_customers_people_over_smtp(report: VisitReport, server: MailServer) -> None:
    assert make_due_reports(now=LEFT) == 1
    assert send_due(now=LEFT) == 2
    assert {mail["To"] for mail in server.messages} == {"customer@alder.example", "gerda@alder.example"}
    stored = ReportFile.objects.get().file
    for mail in server.messages:
        assert mail["Subject"] == f"[{report.visit.number}] Report of our visit on Monday 2 March"
        [attached] = mail.iter_attachments()
        assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", stored.name)
        assert PdfReader(io.BytesIO(attached.get_content())).metadata.title.startswith("Maintenance report")  # type: ignore[union-attr]
        assert "6 points were checked, 1 failed" in mail.get_body().get_content()  # type: ignore[union-attr]
    assert stored.name == f"{report.visit.number}-alder-dental.pdf"


def test_who_has_no_account_gets_a_link_of_its_own(report: VisitReport) -> None:
    make_due_reports(now=LEFT)
    link = GuestLink.objects.get()
    assert (link.purpose, link.subject, link.email) == ("read_report", report.visit.number, "gerda@alder.example")
    assert (link.name, link.customer, link.expires_at) == (
        "Gerda Gate",
        report.visit.site.customer,
        LEFT + timedelta(days=90),
    )
    texts = dict(Message.objects.values_list("to", "text"))
    assert "/g/" in texts["gerda@alder.example"]
    assert f"/visits/{report.visit.number}/report/" in texts["customer@alder.example"]


def test_making_it_again_changes_and_sends_nothing(report: VisitReport) -> None:
    make_due_reports(now=LEFT)
    before = (about_report(), ReportFile.objects.get().file_id, GuestLink.objects.count())
    assert make_due_reports(now=LEFT + timedelta(days=1)) == 0
    VisitReport.objects.update(file_due_at=LEFT)  # as a worker leaves it that was killed just before its end
    assert make_due_reports(now=LEFT + timedelta(days=1)) == 1
    assert (about_report(), ReportFile.objects.get().file_id, GuestLink.objects.count()) == before


def test_file_asked_for_before_the_task_ran_is_the_same_that_it_mails(report: VisitReport) -> None:
    asked = report_file(report=report, now=LEFT)
    make_due_reports(now=LEFT)
    assert ReportFile.objects.get().file == asked
    assert Message.objects.get(to="gerda@alder.example").attachments.get().file == asked


def test_killed_worker_only_delays(report: VisitReport) -> None:
    VisitReport.objects.update(file_due_at=LEFT + CLAIM_LASTS, file_attempts=1)  # claimed, and then it was killed
    assert make_due_reports(now=LEFT + CLAIM_LASTS - MINUTE) == 0
    assert make_due_reports(now=LEFT + CLAIM_LASTS) == 1
    assert len(about_report()) == 2


def test_task_makes_what_is_due_and_ends(report: VisitReport) -> None:
    make_reports()
    assert ReportFile.objects.count() == 1


def test_report_that_cannot_be_set_is_given_up_and_mailed_without_a_file(report: VisitReport) -> None:
    content = report.content
    del content["labels"]["readings"]  # as no release of ours writes it
    VisitReport.objects.update(content=content)
    now = LEFT
    for pause in PAUSES:
        assert make_due_reports(now=now) == 1
        assert about_report() == []
        now += pause
        assert VisitReport.objects.get().file_due_at == now
    assert make_due_reports(now=now) == 1
    row = VisitReport.objects.get()
    assert row.file_due_at is None
    assert "readings" in row.file_error
    assert len(about_report()) == 2
    assert not Message.objects.filter(attachments__isnull=False).exists()
    assert "Read the report here:" in Message.objects.get(to="gerda@alder.example").text


# -- corrections ------------------------------------------------------------------------------


def test_correction_makes_a_new_file_and_leaves_the_signed_one(report: VisitReport, technician: User) -> None:
    make_due_reports(now=LEFT)
    first = ReportFile.objects.get().file
    content, later = VisitReport.objects.get().content, LEFT + MINUTE
    correct_report(report=report, text=" It was PS-49. ", by=technician, now=later)
    assert make_due_reports(now=later) == 1
    old, new = ReportFile.objects.order_by("corrections")
    assert (old.file, old.corrections, new.corrections) == (first, 0, 1)
    assert "It was PS-49." in pages_of(new.file)
    assert "It was PS-49." not in pages_of(old.file)
    assert VisitReport.objects.get().content == content
    assert new.file.name.endswith("-alder-dental-1.pdf")
    assert sorted(about_report())[0][1] == f"[{report.visit.number}] Corrected report of our visit on Monday 2 March"
    assert len(about_report()) == 4
    assert VisitEvent.objects.filter(visit=report.visit, kind="corrected", by=technician).count() == 1


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001])
def test_correction_without_words_or_with_too_many_is_refused(report: VisitReport, technician: User, text: str) -> None:
    with pytest.raises(DomainError) as refused:
        correct_report(report=report, text=text, by=technician, now=LEFT)
    assert refused.value.attr == "text"
    assert not report.corrections.exists()


def test_correction_before_the_first_file_was_made_leaves_both_versions(report: VisitReport, technician: User) -> None:
    correct_report(report=report, text="It was PS-49.", by=technician, now=LEFT)
    make_due_reports(now=LEFT)
    assert list(ReportFile.objects.values_list("corrections", flat=True)) == [0, 1]


# -- who is told ------------------------------------------------------------------------------


def test_contacts_of_other_sites_archived_ones_and_those_without_address_are_not_told(
    world: World, technician: User, customer: User
) -> None:
    visit = visit_with_everything(world, technician)
    from_elsewhere = world.customer.sites.create(
        name="Branch", timezone="Europe/Amsterdam", calendar=world.calendar.calendar
    )
    for name, site, address, archived_at in (
        ("Wide", None, "wide@alder.example", None),
        ("Branch", from_elsewhere, "branch@alder.example", None),
        ("Gone", None, "gone@alder.example", LEFT),
        ("Silent", None, "", None),
        ("Same", world.site, "CUSTOMER@alder.example", None),
    ):
        Contact.objects.create(customer=world.customer, site=site, name=name, email=address, archived_at=archived_at)
    sign_with_everything(visit)
    make_due_reports(now=LEFT)
    assert [to for to, _subject in about_report()] == [
        "customer@alder.example",
        "gerda@alder.example",
        "wide@alder.example",
    ]


# -- at once ----------------------------------------------------------------------------------


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_who_make_it_at_once_make_one_file_and_tell_once(report: VisitReport) -> None:
    found: list[int] = []

    def make() -> None:
        try:
            make_due_reports(now=LEFT)
            found.append(report_file(report=VisitReport.objects.get(pk=report.pk), now=LEFT).pk)
        finally:
            connection.close()

    makers = [threading.Thread(target=make) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(60)
    assert len(found) == 3
    assert len(set(found)) == ReportFile.objects.count() == 1
    assert len(about_report()) == 2
