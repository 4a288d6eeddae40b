"""What a link lets somebody do who has no account, and nothing beside it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from contracts.actions import create_guest_link, revoke_guest_link
from contracts.enums import GuestPurpose
from contracts.guest_access import MOST_FAILURES
from contracts.models import Contact, Customer, GuestLink
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from schedules.actions import cancel_visit, reschedule_visit
from schedules.enums import VisitStatus
from schedules.models import Visit, VisitReport
from tests.schedules.conftest import NOW, World, make_world
from tests.schedules.reports import report_with_everything

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(settings: LazySettings, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(world: World, technician: User, dispatcher: User) -> Visit:
    Contact.objects.create(customer=world.customer, site=world.site, name="Gerda Gate", email="gerda@alder.example")
    return builder.visit(site=world.site, technician=technician, starts_at=NOW + DAY, by=dispatcher, now=NOW)


@pytest.fixture
def mailed(visit: Visit) -> str:
    """The address in the mail that proposed the visit, without the host."""
    return address_in(Message.objects.get(to="gerda@alder.example"))


def address_in(message: Message) -> str:
    found = re.search(r"https?://[^/]+(/g/\S+)", message.text)
    assert found
    return found[1]


def link_to(visit: Visit, purpose: GuestPurpose, customer: Customer | None = None, until: datetime = NOW + DAY) -> str:
    _row, token = create_guest_link(
        customer=customer or visit.site.customer,
        purpose=purpose,
        subject=visit.number,
        name="Gerda Gate",
        expires_at=until,
        by=None,
        now=NOW,
    )
    return token


def text_of(client: Client, where: str, status: int = 200) -> str:
    answer = client.get(where)
    assert answer.status_code == status
    return answer.content.decode()


# -- a visit ----------------------------------------------------------------------------------


def test_link_in_the_mail_shows_the_visit_without_signing_in(mailed: str, world: World) -> None:
    answer = Client().get(mailed)
    text = answer.content.decode()
    for words in (
        "Does this time suit you?",
        "Tuesday 3 March 2026, 10:00 to 12:00 (Amsterdam time)",
        "Tara Technician comes.",
        world.site.name,
        "Yes, that suits us",
    ):
        assert words in text
    assert answer["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"  # the token stays here


def test_looking_confirms_nothing(mailed: str, visit: Visit) -> None:
    """Programs that scan mail open every link."""
    Client().get(mailed)
    Client().head(mailed)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.PLANNED


def test_guest_says_yes_and_is_named(mailed: str, visit: Visit) -> None:
    client = Client()
    seen = re.search(r'name="starts_at" value="([^"]+)"', text_of(client, mailed))
    assert seen
    answer = client.post(f"{mailed}confirm/", {"starts_at": seen[1]}, follow=True)
    assert "The visit is agreed." in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CONFIRMED
    assert visit.events.get(kind="confirmed").data["guest"] == "Gerda Gate"
    assert "Our visit is agreed" in text_of(client, mailed)


def test_yes_to_an_old_time_is_no_yes(mailed: str, visit: Visit, dispatcher: User) -> None:
    client = Client()
    seen = re.search(r'name="starts_at" value="([^"]+)"', text_of(client, mailed))
    assert seen
    reschedule_visit(visit=visit, starts_at=NOW + DAY / 2, ends_at=NOW + DAY, by=dispatcher, now=NOW)
    answer = client.post(f"{mailed}confirm/", {"starts_at": seen[1]}, follow=True)
    assert "The time has changed meanwhile" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == VisitStatus.PLANNED


def test_guest_asks_for_another_time(mailed: str, visit: Visit) -> None:
    client = Client()
    empty = client.post(f"{mailed}other-time/", {"wish": ""})
    assert (empty.status_code, "invalid-feedback" in empty.content.decode()) == (200, True)
    client.post(f"{mailed}other-time/", {"wish": "Thursday"})
    visit.refresh_from_db()
    assert visit.other_time_wanted == "Thursday"
    assert "Yes, that suits us" not in text_of(client, mailed)


def test_cancelled_visit_says_so_and_takes_no_answer(mailed: str, visit: Visit, dispatcher: User) -> None:
    cancel_visit(visit=visit, reason="Umbrage", by=dispatcher, now=NOW)
    text = text_of(Client(), mailed)
    assert "This visit does not take place" in text
    assert "Umbrage" not in text
    assert "<form" not in text
    answer = Client().post(f"{mailed}confirm/", follow=True)
    assert "alert-danger" in answer.content.decode()


def test_guest_reads_no_note_and_no_way_in(visit: Visit, mailed: str) -> None:
    Visit.objects.update(note="Umbrage")
    text = text_of(Client(), mailed)
    assert "Umbrage" not in text
    assert 'href="/work-orders/' not in text
    assert 'href="/tickets/' not in text


# -- links that do not hold -------------------------------------------------------------------


def test_link_is_gone_once_the_visit_is_over(mailed: str, clock: time_machine.Traveller) -> None:
    clock.move_to(NOW + DAY + timedelta(hours=2))
    assert "This link no longer works" in text_of(Client(), mailed, 410)


def test_revoked_link_is_gone(mailed: str) -> None:
    revoke_guest_link(link=GuestLink.objects.get(), now=NOW)
    assert text_of(Client(), mailed, 410)
    assert Client().post(f"{mailed}confirm/").status_code == 410


def test_link_of_another_purpose_or_customer_is_not_there(
    visit: Visit, world: World, technician: User, customer_b: Customer
) -> None:
    other = make_world(customer_b)
    theirs = builder.visit(site=other.site, technician=technician, starts_at=NOW + 3 * DAY, now=NOW)
    for token in (
        link_to(visit, GuestPurpose.READ_REPORT),
        link_to(visit, GuestPurpose.REPORT_FAULT),
        link_to(visit, GuestPurpose.CONFIRM_VISIT, customer=customer_b),  # names a visit of customer A
        link_to(theirs, GuestPurpose.CONFIRM_VISIT, customer=world.customer),
    ):
        assert Client().get(reverse("schedules:guest_visit", args=[token])).status_code == 404
        assert Client().post(reverse("schedules:guest_visit_confirm", args=[token])).status_code == 404
    assert not Visit.objects.filter(status=VisitStatus.CONFIRMED).exists()


@pytest.mark.parametrize("subject", ["", "V-", "V-x", "V-99999999", "WO-1", "V-٣", "V-1; DROP TABLE"])
def test_link_about_no_visit_is_not_there(visit: Visit, subject: str) -> None:
    token = link_to(visit, GuestPurpose.CONFIRM_VISIT)
    GuestLink.objects.filter(subject=visit.number).update(subject=subject[:20])
    assert Client().get(reverse("schedules:guest_visit", args=[token])).status_code == 404


def test_who_guesses_is_stopped_and_others_are_not(mailed: str) -> None:
    guesser, other = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    for number in range(MOST_FAILURES):
        assert guesser.get(f"/g/guess-{number}/visit/").status_code == 404
    stopped = guesser.get(mailed)
    assert (stopped.status_code, stopped["Retry-After"]) == (429, "600")
    assert "Please wait a little" in stopped.content.decode()
    assert other.get(mailed).status_code == 200


def test_who_guessed_may_come_again_after_a_while(
    mailed: str, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.guest_access.MOST_FAILURES", 1)
    monkeypatch.setattr("contracts.guest_access.FAILURES_COUNT_FOR", 1)
    client = Client()
    assert client.get("/g/guess/visit/").status_code == 404
    assert client.get(mailed).status_code == 429
    clock.shift(2)  # the cache of the embedded portal goes by this clock,
    time.sleep(1.1)  # Redis by its own
    assert client.get(mailed).status_code == 200


# -- a report ---------------------------------------------------------------------------------


@pytest.fixture
def report(world: World, technician: User) -> VisitReport:
    return report_with_everything(world, technician)


def test_guest_reads_the_report_its_pictures_and_its_file(report: VisitReport) -> None:
    token = link_to(report.visit, GuestPurpose.READ_REPORT)
    client = Client()
    text = text_of(client, f"/g/{token}/report/")
    assert "6 points were checked, 1 failed" in text
    assert 'href="/tickets/' not in text
    pictures = set(re.findall(r'src="(/g/[^"]+)"', text))
    assert len(pictures) == 3
    for where in pictures:
        assert client.get(where)["Content-Type"].startswith("image/")
    answer = client.get(f"/g/{token}/report.pdf")
    assert b"".join(answer).startswith(b"%PDF-")


def test_link_to_a_report_opens_no_other_and_nothing_else(
    report: VisitReport, technician: User, customer_b: Customer
) -> None:
    token = link_to(report.visit, GuestPurpose.READ_REPORT)
    assert Client().get(f"/g/{token}/visit/").status_code == 404
    theirs = link_to(report.visit, GuestPurpose.READ_REPORT, customer=customer_b)
    for rest in ("report/", "report.pdf"):
        assert Client().get(f"/g/{theirs}/{rest}").status_code == 404


def test_guest_is_spoken_to_in_the_customers_language(report: VisitReport) -> None:
    Customer.objects.update(language="fa")
    token = link_to(report.visit, GuestPurpose.READ_REPORT)
    assert '<html lang="fa" dir="rtl">' in text_of(Client(), f"/g/{token}/report/")
