from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from celery import current_app
from django.conf import LazySettings
from django.db import transaction
from kombu import pools
from pytest_django import DjangoCaptureOnCommitCallbacks

from portal.outbox.actions import queue_message
from portal.outbox.models import Message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_message_with_a_key_is_written_once(db: None) -> None:
    first = queue_message(to="a@b.example", subject="Breach", text="T-1", now=NOW, dedupe_key="T-1:response")
    assert first
    assert queue_message(to="a@b.example", subject="Breach", text="T-1", now=NOW, dedupe_key="T-1:response") is None
    assert Message.objects.count() == 1


def test_subject_of_several_lines_becomes_one(db: None) -> None:
    message = queue_message(to="a@b.example", subject="One\r\nBcc: x@y.example", text="", now=NOW)
    assert message
    assert message.subject == "One Bcc: x@y.example"


def test_rolled_back_transaction_leaves_no_message(db: None) -> None:
    with transaction.atomic():
        queue_message(to="a@b.example", subject="Never", text="", now=NOW)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


@pytest.fixture
def dead_broker() -> Iterator[None]:
    """Celery's configuration points at a port where nobody listens, and back again afterwards."""
    conf = current_app.conf
    before = conf.broker_url, conf.broker_transport_options
    conf.broker_url, conf.broker_transport_options = "redis://127.0.0.1:1/0", {}
    forget_connections()
    yield
    conf.broker_url, conf.broker_transport_options = before
    forget_connections()


def forget_connections() -> None:
    pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None


@pytest.mark.usefixtures("dead_broker")
def test_broker_that_is_down_does_not_break_the_request(
    db: None,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        assert queue_message(to="a@b.example", subject="Hello", text="", now=NOW)
    assert len(callbacks) == 1
    assert "waits for the next sweep" in caplog.text


def test_without_mail_server_no_task_is_started(
    db: None,
    settings: LazySettings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_URL = ""
    with django_capture_on_commit_callbacks() as callbacks:
        assert queue_message(to="a@b.example", subject="Hello", text="", now=NOW)
    assert callbacks == []
