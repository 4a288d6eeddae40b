"""The demo, with fewer days than people get: made by the engine, and true to its rules."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import Organisation, User
from portal.demo.accounts import EMAILS, PASSWORD
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from schedules.enums import WorkStatus
from schedules.models import Answer, ChangeEvent, WorkOrder
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
    assert counts["work_orders"] == WorkOrder.objects.count() > 60
    assert counts["answers"] == Answer.objects.count() > 200
    assert set(WorkOrder.objects.values_list("status", flat=True)) >= {WorkStatus.DONE, WorkStatus.DUE}
    assert Ticket.objects.open().exists()
    assert ChangeEvent.objects.exists()
    assert not Message.objects.filter(state=MessageState.QUEUED).exists()
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in EMAILS)
    assert run("verify") == "No faults.\n"
    assert json.loads(run("generate_work"))["created"] == 0
    assert "there already" in run("demo")


@pytest.mark.django_db
def test_demo_refuses_a_database_with_other_data(organisation: Organisation) -> None:
    with pytest.raises(CommandError, match="holds other data"):
        run("demo", days=1)
