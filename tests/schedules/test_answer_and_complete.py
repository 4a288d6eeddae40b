"""A whole checklist in one go, as a device sends it that was offline."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions import Entry, IncompleteError, answer_and_complete
from schedules.enums import WorkStatus
from schedules.generation import generate_work
from schedules.models import Answer, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

MADE_AT = NOW - timedelta(minutes=9)


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    make_procedure(steps=[{"key": "look"}, {"key": "ask", "scope": "order"}])
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.get()


@pytest.fixture
def entries(world: World) -> list[Entry]:
    return [
        Entry("look", world.asset.pk, outcome="pass", made_at=MADE_AT),
        Entry("ask", None, outcome="pass", made_at=MADE_AT),
    ]


def send(work_order: WorkOrder, entries: list[Entry], by: User | None = None) -> WorkOrder:
    return answer_and_complete(work_order=work_order, entries=entries, finished_at=NOW, by=by, now=NOW)


def test_answered_and_done(work_order: WorkOrder, entries: list[Entry], technician: User) -> None:
    row = send(work_order, entries, technician)
    assert (row.status, row.started_at, row.finished_at) == (WorkStatus.DONE, MADE_AT, NOW)
    assert [(answer.step.key, answer.by) for answer in Answer.objects.order_by("pk")] == [
        ("look", technician),
        ("ask", technician),
    ]
    assert [event.kind for event in row.events.all()] == ["started", "completed"]


def test_sent_again_is_the_same(work_order: WorkOrder, entries: list[Entry]) -> None:
    send(work_order, entries)
    row = send(work_order, entries)
    assert row.status == WorkStatus.DONE
    assert Answer.objects.count() == 2
    assert row.events.filter(kind="completed").count() == 1


def test_answers_stored_before_are_completed(work_order: WorkOrder, entries: list[Entry]) -> None:
    with pytest.raises(IncompleteError):
        send(work_order, entries[:1])
    assert not Answer.objects.exists()
    assert send(work_order, entries).status == WorkStatus.DONE


def test_one_fault_stores_nothing(work_order: WorkOrder, entries: list[Entry]) -> None:
    with pytest.raises(DomainError) as error:
        send(work_order, [*entries, Entry("unknown", None, outcome="pass")])
    assert error.value.attr == "step"
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.DUE
    assert not Answer.objects.exists()


def test_other_answers_to_done_work_are_refused(work_order: WorkOrder, entries: list[Entry]) -> None:
    send(work_order, entries)
    with pytest.raises(Conflict):
        send(work_order, [Entry("ask", None, outcome="pass", client_uuid=uuid.uuid4())])
    assert Answer.objects.count() == 2


def test_one_checklist_is_enough(work_order: WorkOrder, entries: list[Entry]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        send(work_order, entries)
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 16
