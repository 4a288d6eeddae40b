"""Mail goes out over real SMTP, to a server of this test on loopback."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from portal.files.actions import store_file
from portal.outbox.actions import queue_message, retry_message
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from portal.outbox.sending import BACKOFF_MINUTES, CLAIM_LASTS, MAX_ATTEMPTS, claim, send_due
from portal.web.errors import Conflict
from tests.smtp_server import MailServer, mail_server

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
needs_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite lives in memory and has one connection"
)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def use_server(settings: LazySettings, port: int) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_TIMEOUT = 5


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with mail_server() as running:
        use_server(settings, running.port)
        yield running


@contextmanager
def socket_that_never_answers() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def queued(to: str = "carla@alder.example", subject: str = "Ticket T-1") -> Message:
    message = queue_message(to=to, subject=subject, text="Antwoord vóór dinsdag 14:00.\nسلام", now=NOW)
    assert message
    return message


def test_message_due_is_sent_once_with_its_text(db: None, server: MailServer) -> None:
    message = queued()
    assert send_due(now=NOW) == 1
    assert send_due(now=NOW) == 0
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts, message.last_error) == (MessageState.SENT, NOW, 1, "")
    [mail] = server.messages
    assert mail["To"] == "carla@alder.example"
    assert mail["Subject"] == "Ticket T-1"
    assert "vóór dinsdag 14:00" in mail.get_content()
    assert "سلام" in mail.get_content()


def test_attachments_travel_with_the_message_byte_for_byte(
    db: None, server: MailServer, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    content = b"%PDF-1.7\n" + bytes(range(256)) * 400
    file = store_file(upload=SimpleUploadedFile("Onderhoud vóór Pasen.pdf", content), by=None, now=NOW)
    for to in ("carla@alder.example", "second@alder.example"):
        queue_message(to=to, subject="Report", text="Attached.", now=NOW, attachments=[file])
    assert send_due(now=NOW) == 2
    assert [mail["To"] for mail in server.messages] == ["carla@alder.example", "second@alder.example"]
    for mail in server.messages:
        assert mail.get_body().get_content().strip() == "Attached."  # type: ignore[union-attr]
        [attached] = mail.iter_attachments()
        assert attached.get_content() == content
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_filename() == "Onderhoud vóór Pasen.pdf"


def test_message_whose_attachment_is_gone_fails_and_holds_up_no_other(
    db: None, server: MailServer, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = store_file(upload=SimpleUploadedFile("a.txt", b"hello"), by=None, now=NOW)
    file.content.storage.delete(file.content.name)
    message = queue_message(to="carla@alder.example", subject="Report", text="Attached.", now=NOW, attachments=[file])
    assert message
    queued("second@alder.example")
    assert send_due(now=NOW) == 2
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.FAILED, 1)
    assert "FileNotFoundError" in message.last_error
    assert [mail["To"] for mail in server.messages] == ["second@alder.example"]


def test_limit_leaves_the_rest_for_the_next_sweep(db: None, server: MailServer) -> None:
    for number in range(3):
        queued(subject=f"Mail {number}")
    assert send_due(now=NOW, limit=2) == 2
    assert [mail["Subject"] for mail in server.messages] == ["Mail 0", "Mail 1"]
    assert send_due(now=NOW, limit=2) == 1


def test_message_not_due_yet_waits(db: None, server: MailServer) -> None:
    queued()
    assert send_due(now=NOW - timedelta(seconds=1)) == 0
    assert server.messages == []


def test_refused_recipient_fails_at_once(db: None, server: MailServer) -> None:
    server.refusals["gone@alder.example"] = 550
    gone, fine = queued("gone@alder.example"), queued()
    assert send_due(now=NOW) == 2
    gone.refresh_from_db()
    fine.refresh_from_db()
    assert (gone.state, gone.attempts) == (MessageState.FAILED, 1)
    assert "no such person here" in gone.last_error
    assert fine.state == MessageState.SENT


def test_refused_text_fails_at_once(db: None, server: MailServer) -> None:
    server.refuse_text_with = 554
    message = queued()
    send_due(now=NOW)
    message.refresh_from_db()
    assert message.state == MessageState.FAILED


def test_recipient_refused_for_now_is_tried_again(db: None, server: MailServer) -> None:
    server.refusals["carla@alder.example"] = 451
    message = queued()
    send_due(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.next_attempt_at) == (MessageState.QUEUED, NOW + timedelta(minutes=1))
    server.refusals.clear()
    assert send_due(now=NOW + timedelta(minutes=1)) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == (MessageState.SENT, 2, "")


def test_address_that_no_mail_can_carry_fails_at_once(db: None, server: MailServer) -> None:
    message = queued()
    Message.objects.filter(pk=message.pk).update(to="a@b.example\nBcc: c@d.example")
    send_due(now=NOW)
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert server.messages == []


def test_server_down_then_up_delivers_after_the_pause(db: None, settings: LazySettings) -> None:
    with mail_server() as running:
        port = running.port
    use_server(settings, port)
    message = queued()
    assert send_due(now=NOW) == 1
    message.refresh_from_db()
    assert (message.state, message.next_attempt_at) == (MessageState.QUEUED, NOW + timedelta(minutes=1))
    assert "refused" in message.last_error.lower()
    with mail_server(port) as running:
        assert send_due(now=NOW + timedelta(seconds=59)) == 0
        assert send_due(now=NOW + timedelta(minutes=1)) == 1
        assert len(running.messages) == 1
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_server_down_for_good_is_given_up_after_eight_attempts(db: None, settings: LazySettings) -> None:
    with mail_server() as running:
        port = running.port
    use_server(settings, port)
    message = queued()
    instant = NOW
    pauses = []
    for _attempt in range(MAX_ATTEMPTS):
        send_due(now=instant)
        message.refresh_from_db()
        if message.state == MessageState.QUEUED:
            assert message.next_attempt_at
            pauses.append((message.next_attempt_at - instant) // timedelta(minutes=1))
            instant = message.next_attempt_at
    assert pauses == list(BACKOFF_MINUTES)
    assert (message.state, message.attempts) == (MessageState.FAILED, 8)
    assert send_due(now=instant + timedelta(days=30)) == 0


def test_server_hanging_up_in_the_middle_is_tried_again(db: None, server: MailServer) -> None:
    server.hang_up_after_text = True
    first, second = queued(), queued("second@alder.example")
    send_due(now=NOW)
    server.hang_up_after_text = False
    assert send_due(now=NOW + timedelta(minutes=1)) == 2
    for message in (first, second):
        message.refresh_from_db()
        assert message.state == MessageState.SENT
    assert len(server.messages) == 2


def test_claim_is_given_to_one_of_two(db: None, server: MailServer) -> None:
    message = queued()
    one, two = Message.objects.get(pk=message.pk), Message.objects.get(pk=message.pk)
    assert claim(one, now=NOW)
    assert not claim(two, now=NOW)


def test_sweeper_killed_after_its_claim_delays_but_loses_nothing(db: None, server: MailServer) -> None:
    message = queued()
    assert claim(Message.objects.get(pk=message.pk), now=NOW)  # and then it was killed
    assert send_due(now=NOW + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert send_due(now=NOW + CLAIM_LASTS) == 1
    assert len(server.messages) == 1


def test_message_that_kills_every_sweeper_is_given_up(db: None, server: MailServer) -> None:
    message = queued()
    Message.objects.filter(pk=message.pk).update(attempts=MAX_ATTEMPTS)
    send_due(now=NOW)
    message.refresh_from_db()
    assert message.state == MessageState.FAILED
    assert server.messages == []


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_send_each_message_once(server: MailServer) -> None:
    for number in range(30):
        queued(subject=f"Mail {number}")

    def sweep() -> None:
        try:
            while send_due(now=NOW, limit=10):
                pass
        finally:
            connection.close()

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join(30)
    assert sorted(mail["Subject"] for mail in server.messages) == sorted(f"Mail {number}" for number in range(30))
    assert set(Message.objects.values_list("state", "attempts")) == {(MessageState.SENT, 1)}


def _sweep_in_a_process() -> None:
    connection.close()
    send_due(now=NOW)


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_sweeper_process_killed_while_sending_leaves_the_message_to_the_next(settings: LazySettings) -> None:
    with socket_that_never_answers() as port:
        use_server(settings, port)
        message = queued()
        connection.close()
        sweeper = multiprocessing.get_context("fork").Process(target=_sweep_in_a_process)
        sweeper.start()
        wait_until(lambda: Message.objects.filter(pk=message.pk, attempts=1).exists())
        assert sweeper.pid
        os.kill(sweeper.pid, signal.SIGKILL)
        sweeper.join(10)
    with mail_server() as running:
        use_server(settings, running.port)
        assert send_due(now=NOW + timedelta(minutes=1)) == 0
        assert send_due(now=NOW + CLAIM_LASTS) == 1
        assert len(running.messages) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.SENT, 2)


def test_without_mail_server_nothing_is_sent_or_queued(db: None, settings: LazySettings) -> None:
    settings.EMAIL_URL = ""
    message = queued()
    assert (message.state, message.next_attempt_at) == (MessageState.SHOWN, None)
    assert send_due(now=NOW) == 0
    with pytest.raises(Conflict):
        retry_message(message=message, now=NOW)


def test_message_shown_before_can_be_sent_once_there_is_a_server(
    db: None, settings: LazySettings, server: MailServer
) -> None:
    settings.EMAIL_URL = ""
    message = queued()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
    retry_message(message=message, now=NOW)
    assert send_due(now=NOW) == 1
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    with pytest.raises(Conflict):
        retry_message(message=message, now=NOW)
