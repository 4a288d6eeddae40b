"""What happens at once on PostgreSQL: nobody waits for the other in a circle, and one report is one event.

SQLite has no row locks: there a transaction that writes is alone, so there is nothing to be shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from contracts.actions.transition import lock_assets, locked
from contracts.models import Contract
from schedules import verify
from schedules.actions import load_programme, record_answer, record_change, start_work, sync_schedules
from schedules.generation import generate_work
from schedules.models import Answer, ChangeEvent, Schedule, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no row locks"),
]


def in_threads(*jobs: Callable[[], Any]) -> list[Any]:
    """What the jobs return, each run on a connection of its own, all let go at once."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def impatient(job: Callable[[], Any]) -> Callable[[], Any]:
    """The job, failing instead of waiting long for a lock."""

    def run() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return job()

    return run


def test_generator_does_not_wait_for_an_action_on_the_contract(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    with transaction.atomic():
        locked(contract)
        lock_assets([world.asset.pk])
        (result,) = in_threads(impatient(lambda: generate_work(now=NOW)))
    assert result["created"] == 1


def test_generator_leaves_out_what_another_holds(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    with transaction.atomic():
        list(Schedule.objects.select_for_update())
        (result,) = in_threads(impatient(lambda: generate_work(now=NOW)))
    assert result == {"created": 0, "missed": 0, "claimed": 0, "failed": 0}
    assert generate_work(now=NOW)["created"] == 1


def test_two_generators_in_one_process(world: World, other_site: Callable[..., Any]) -> None:
    make_procedure()
    assets = [world.asset] + [other_site(world, "Europe/Amsterdam")[1] for _number in range(7)]
    world.contract(agreed(), assets=assets)
    later = NOW + timedelta(days=2)
    results = in_threads(*[lambda: generate_work(now=later, batch_size=2)] * 3)
    assert sum(result["created"] for result in results) == 8 * 3
    assert sum(result["missed"] for result in results) == 8 * 2
    assert list(verify.faults()) == []


def test_change_told_twice_at_once_is_one_event(world: World) -> None:
    load_programme(now=NOW)
    common = {"kind": "subnet_change", "occurs_at": NOW, "by": None, "now": NOW}
    events = in_threads(*[lambda: record_change(site=world.site, **common)] * 4)
    event = ChangeEvent.objects.get()
    assert {row.pk for row in events} == {event.pk}
    assert event.times_reported == 4
    assert event.firings.count() == WorkOrder.objects.count() == 1


def test_answer_sent_twice_at_once_is_stored_once(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    sent = {"step_key": "look", "asset_id": world.asset.pk, "outcome": "pass", "client_uuid": uuid4(), "made_at": NOW}
    answers = in_threads(*[lambda: record_answer(work_order=work_order, by=None, now=NOW, **sent)] * 4)
    assert {answer.pk for answer in answers} == {Answer.objects.get().pk}
    assert work_order.events.filter(kind="started").count() == 1


def test_started_by_two_at_once_is_started_once(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    in_threads(*[lambda: start_work(work_order=work_order, by=None, now=NOW)] * 3)
    assert work_order.events.filter(kind="started").count() == 1
    assert work_order.targets.count() == 1


def test_work_that_somebody_begins_is_not_called_off_beneath(world: World) -> None:
    """What a sync looks at it holds: it waits for who begins the work, and then finds it begun."""
    make_procedure()
    contract = world.contract(agreed())
    generate_work(now=NOW)
    work_order = WorkOrder.objects.get()
    with transaction.atomic():
        start_work(work_order=work_order, by=None, now=NOW)
        with pytest.raises(OperationalError, match="lock timeout"):
            in_threads(impatient(lambda: sync_schedules(contract=contract, now=NOW)))


def test_contract_lock_keeps_other_actions_out(world: World) -> None:
    contract = world.contract()

    def lock_it() -> str:
        with transaction.atomic():
            return str(Contract.objects.select_for_update(nowait=True, no_key=True).filter(pk=contract.pk).exists())

    with transaction.atomic():
        locked(contract)
        with pytest.raises(Exception, match="could not obtain lock"):
            in_threads(lock_it)
