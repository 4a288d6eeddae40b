"""A standstill at night reaches whoever is on duty, over a real mail server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from contracts.actions import add_shift
from portal.accounts.models import User
from portal.outbox.models import Message
from portal.outbox.sending import send_due
from tests.conftest import NOW
from tests.smtp_server import mail_server
from tickets.models import Ticket

NIGHT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # 3:00 in Amsterdam
Opened = Callable[..., Ticket]


@pytest.fixture
def on_duty(technician: User) -> User:
    add_shift(user=technician, starts_at=NIGHT - timedelta(hours=8), ends_at=NIGHT + timedelta(hours=4), now=NOW)
    return technician


def test_s1_at_three_at_night_reaches_the_person_on_duty(
    settings: LazySettings, opened: Opened, on_duty: User, customer: User
) -> None:
    with mail_server() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        ticket = opened(by=customer, impact="widespread", urgency="critical", now=NIGHT)
        assert send_due(now=NIGHT) == 1
        [mail] = server.messages
    assert mail["To"] == on_duty.email
    assert mail["Subject"].startswith(f"[{ticket.number}] S1 at Alder Dental")
    assert f"/tickets/{ticket.number}/" in mail.get_content()


def test_manager_on_duty_is_told_once(opened: Opened, manager: User, customer: User) -> None:
    add_shift(user=manager, starts_at=NIGHT, ends_at=NIGHT + timedelta(hours=4), now=NOW)
    opened(by=customer, impact="widespread", urgency="critical", now=NIGHT)
    assert list(Message.objects.values_list("to", flat=True)) == [manager.email]


@pytest.mark.parametrize("hours", [-9, 4])
def test_nobody_off_duty_is_woken(opened: Opened, on_duty: User, customer: User, hours: int) -> None:
    opened(by=customer, impact="widespread", urgency="critical", now=NIGHT + timedelta(hours=hours))
    assert not Message.objects.exists()


def test_what_can_wait_wakes_nobody(opened: Opened, on_duty: User, customer: User) -> None:
    opened(by=customer, impact="individual", urgency="low", now=NIGHT)
    assert not Message.objects.exists()


def test_who_left_the_company_is_not_told(opened: Opened, on_duty: User, customer: User) -> None:
    User.objects.filter(pk=on_duty.pk).update(is_active=False)
    opened(by=customer, impact="widespread", urgency="critical", now=NIGHT)
    assert not Message.objects.exists()
