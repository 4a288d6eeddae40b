import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from portal.files.actions import store_file
from portal.outbox.actions import queue_message
from portal.outbox.enums import MessageState
from portal.outbox.models import Message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SignIn = Callable[[User], Client]


def message(subject: str = "Ticket T-1", to: str = "carla@alder.example", **values: object) -> Message:
    row = queue_message(to=to, subject=subject, text="See https://portal.example/tickets/1/ <b>now</b>", now=NOW)
    assert row
    Message.objects.filter(pk=row.pk).update(**values)
    return Message.objects.get(pk=row.pk)


def test_list_is_searched_and_filtered(manager: User, sign_in: SignIn) -> None:
    message("Ticket T-1")
    message("Visit V-2", to="otto@birch.example", state=MessageState.FAILED)
    client = sign_in(manager)
    everything = client.get("/outbox/").content.decode()
    assert "Ticket T-1" in everything
    assert "no mail server" in everything.lower()
    failed = client.get("/outbox/?state=failed&q=BIRCH").content.decode()
    assert re.findall(r"(Ticket T-1|Visit V-2)</a>", failed) == ["Visit V-2"]
    assert "invalid-feedback" in client.get("/outbox/?state=lost").content.decode()


def test_list_asks_as_often_for_three_as_for_one(
    manager: User, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(manager)
    message()
    with django_assert_num_queries(5):  # session, person, organisation, count, rows
        client.get("/outbox/")
    message("Two")
    message("Three")
    with django_assert_num_queries(5):
        client.get("/outbox/")


def test_detail_shows_the_text_with_its_link_and_nothing_as_markup(manager: User, sign_in: SignIn) -> None:
    row = message()
    text = sign_in(manager).get(f"/outbox/{row.pk}/").content.decode()
    assert 'href="https://portal.example/tickets/1/"' in text
    assert "&lt;b&gt;now&lt;/b&gt;" in text


def test_detail_offers_what_is_attached(manager: User, sign_in: SignIn, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = store_file(upload=SimpleUploadedFile("report.pdf", b"%PDF-1.7 hello"), by=None, now=NOW)
    row = queue_message(to="a@b.example", subject="Report", text="Attached", now=NOW, attachments=[file])
    other = message()
    assert row
    client = sign_in(manager)
    address = f"/outbox/{row.pk}/attachments/{row.attachments.get().pk}/"
    assert address in client.get(f"/outbox/{row.pk}/").content.decode()
    assert b"".join(client.get(address)) == b"%PDF-1.7 hello"
    assert client.get(address.replace(f"/{row.pk}/", f"/{other.pk}/", 1)).status_code == 404


@pytest.mark.parametrize("who", ["customer", "outsider", "technician", "dispatcher"])
def test_outbox_is_for_managers(request: pytest.FixtureRequest, manager: User, sign_in: SignIn, who: str) -> None:
    row = message()
    client = sign_in(request.getfixturevalue(who))
    assert client.get("/outbox/").status_code == 403
    assert client.get(f"/outbox/{row.pk}/").status_code == 403
    assert client.post(f"/outbox/{row.pk}/retry/").status_code == 403
    assert not Message.objects.visible_to(request.getfixturevalue(who)).exists()


def test_failed_message_is_retried(manager: User, sign_in: SignIn, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    row = message(state=MessageState.FAILED, attempts=8, last_error="gone")
    client = sign_in(manager)
    assert "Send it now" in client.get(f"/outbox/{row.pk}/").content.decode()
    assert client.get(f"/outbox/{row.pk}/retry/").status_code == 405
    assert client.post(f"/outbox/{row.pk}/retry/")["Location"] == f"/outbox/{row.pk}/"
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MessageState.QUEUED, 0)
    assert "already" in client.post(f"/outbox/{row.pk}/retry/", follow=True).content.decode()


def test_nothing_is_retried_without_a_mail_server(manager: User, sign_in: SignIn, settings: LazySettings) -> None:
    settings.EMAIL_URL = ""
    row = message()
    client = sign_in(manager)
    assert "Send it now" not in client.get(f"/outbox/{row.pk}/").content.decode()
    assert "No mail server" in client.post(f"/outbox/{row.pk}/retry/", follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == MessageState.SHOWN


def test_message_that_does_not_exist_is_a_404(manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).get("/outbox/999999/").status_code == 404
