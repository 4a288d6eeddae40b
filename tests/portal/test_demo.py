"""The demo, with fewer days than people get: made by the engine, and true to its rules."""

import json
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from contracts.models import Absence, DutyShift, Presence
from portal.accounts.models import Organisation, User
from portal.demo.accounts import EMAILS, PASSWORD
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from schedules.enums import VisitStatus, WorkStatus
from schedules.models import Answer, ChangeEvent, Visit, VisitReport, WorkOrder
from tickets.models import Ticket

DAYS = 4


def run(name: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def empty(organisation: Organisation | None) -> None:
    Organisation.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_demo_fills_an_empty_database_by_the_rules(empty: None) -> None:
    counts = json.loads(run("demo", days=DAYS))
    assert counts["work_orders"] == WorkOrder.objects.count() > 40
    assert counts["answers"] == Answer.objects.count() > 120
    assert set(WorkOrder.objects.values_list("status", flat=True)) >= {WorkStatus.DONE, WorkStatus.DUE}
    assert Ticket.objects.open().exists()
    assert ChangeEvent.objects.exists()
    assert not Message.objects.filter(state=MessageState.QUEUED).exists()
    assert not VisitReport.objects.exclude(file_due_at=None).exists()
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in EMAILS)
    assert set(Visit.objects.values_list("status", flat=True)) == {VisitStatus.CONFIRMED, VisitStatus.PLANNED}
    assert DutyShift.objects.exists()
    assert Absence.objects.count() == 1
    assert Presence.objects.count() == 5
    assert run("verify") == "No faults.\n"
    assert json.loads(run("generate_work"))["created"] == 0
    assert "there already" in run("demo")


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_demo_of_some_weeks_has_signed_visits_and_repeats(empty: None) -> None:
    with time_machine.travel(datetime(2026, 9, 16, 12, tzinfo=UTC), tick=False):
        first, again = _played(), _played()
    assert first == again
    assert first["visit signed"] > 0
    assert first["work done"] > 100


def _played() -> Counter[str]:
    """What a demo of some weeks holds; nothing of it stays."""
    with transaction.atomic():
        run("demo", days=18, seed=3)
        found = Counter(f"work {status}" for status in WorkOrder.objects.values_list("status", flat=True))
        found += Counter(f"visit {status}" for status in Visit.objects.values_list("status", flat=True))
        rows = Answer.objects.values_list("step__key", "outcome", "value", "made_at")
        found += Counter(f"{key} {outcome} {value} {at}" for key, outcome, value, at in rows)
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_demo_refuses_a_database_with_other_data(organisation: Organisation) -> None:
    with pytest.raises(CommandError, match="holds other data"):
        run("demo", days=1)
