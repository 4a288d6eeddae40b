"""Worker and beat as real processes, on each database and broker: what is due gets done, whatever is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from tests.processes.engine import NO_BROKER, Engine, children_of, eventually
from tests.smtp_server import MailServer

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc"),
]

SITES = 40
FILL = """
from django.utils import timezone
from tests.processes.world import fill
fill(now=timezone.now(), sites={sites})
"""
QUEUE_A_MESSAGE = """
from django.utils import timezone
from portal.outbox.actions import queue_message
queue_message(to="carla@alder.example", subject="Hello", text="There.", now=timezone.now())
"""
SEND_THE_TASK = """
from portal.celery import app
app.send_task("schedules.generate_work")
"""
DATES = "SELECT schedule_id, nominal_on, status FROM schedules_workorder ORDER BY schedule_id, nominal_on"
ALERTS = "SELECT kind FROM tickets_alert WHERE clock = 'response'"
UNSENT = "SELECT id FROM outbox_message WHERE state <> 'sent'"
# PostgreSQL's own tables: who waits for the table of runs, and whether a session rests inside a transaction.
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'schedules_generationrun'::regclass"
IDLE = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'idle in transaction'"
VISIBILITY_TIMEOUT = 3600  # seconds, as in the settings


def fill(engine: Engine, *, sites: int = 1) -> None:
    """While no broker answers: nothing but the database knows what is due."""
    engine.python(FILL.format(sites=sites), REDIS_URL=NO_BROKER)


def all_work_is_there(engine: Engine, *, sites: int = 1) -> bool:
    """Every date since the activation two days ago, and the passed ones missed."""
    rows = engine.rows(DATES)
    missed = [row for row in rows if row[2] == "missed"]
    return len(rows) >= 3 * sites and len(missed) >= 2 * sites


def assert_each_date_once(engine: Engine, *, sites: int) -> None:
    keys = [row[:2] for row in engine.rows(DATES)]
    assert len(keys) == len(set(keys)) >= 3 * sites  # more when midnight passes meanwhile
    assert engine.manage("verify") == "No faults.\n"


# -- what is due gets done --------------------------------------------------------------------


def test_worker_and_beat_catch_up_after_two_days_off(engine: Engine, mail: MailServer) -> None:
    fill(engine)
    engine.stand_still(timedelta(days=2))

    def all_is_done() -> bool:
        return all_work_is_there(engine) and engine.rows(ALERTS) == [("breached",)] and not engine.rows(UNSENT)

    with engine.running("worker"), engine.running("beat"):
        assert eventually(all_is_done), engine.log

    assert_each_date_once(engine, sites=1)
    subjects = [str(message["Subject"]) for message in mail.messages]
    assert len(subjects) == len(set(subjects)) == 2, subjects
    assert any(subject.endswith("S1 at Alder Dental: Nobody can call") for subject in subjects), subjects


def test_mail_leaves_at_once_without_beat(engine: Engine, mail: MailServer) -> None:
    with engine.running("worker"):
        engine.python(QUEUE_A_MESSAGE)

        assert eventually(lambda: len(mail.messages) == 1), engine.log
        assert eventually(lambda: not engine.rows(UNSENT)), engine.log

    assert mail.messages[0]["Subject"] == "Hello"


# -- killed in mid-batch ----------------------------------------------------------------------


@contextmanager
def frozen_in_mid_batch(engine: Engine, worker: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """The worker's processes, stopped when a batch has written every row and committed none.

    The run row is a batch's last statement, so a lock on its table holds the batch there. The lock is
    let go while the processes are stopped: the server waits for them in the middle of the transaction.
    """
    with closing(engine.connect()) as holder, closing(holder.cursor()) as cursor:
        cursor.execute("LOCK TABLE schedules_generationrun IN EXCLUSIVE MODE")
        engine.python(SEND_THE_TASK)
        assert eventually(lambda: bool(waiting_batches(engine))), engine.log
        session = waiting_batches(engine)[0]
        processes = [worker.pid, *children_of(worker.pid)]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
    assert eventually(lambda: bool(engine.rows(IDLE, session)))
    yield processes
    assert eventually(lambda: not engine.rows(IDLE, session))


def waiting_batches(engine: Engine) -> list[Any]:
    """The server's processes that wait for the lock."""
    return [row[0] for row in engine.rows(WAITING)]


def test_task_of_a_killed_pool_process_is_done_by_the_next(servers_engine: Engine) -> None:
    engine = servers_engine
    fill(engine, sites=SITES)

    with engine.running("worker") as worker:
        with frozen_in_mid_batch(engine, worker) as (parent, *children):
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            os.kill(parent, signal.SIGCONT)
        assert eventually(lambda: all_work_is_there(engine, sites=SITES)), engine.log

    assert_each_date_once(engine, sites=SITES)


def test_task_of_a_killed_worker_is_delivered_again(servers_engine: Engine) -> None:
    engine = servers_engine
    fill(engine, sites=SITES)

    with engine.running("worker") as worker, frozen_in_mid_batch(engine, worker) as processes:
        os.killpg(processes[0], signal.SIGKILL)
    assert engine.rows(DATES) == []
    let_the_visibility_timeout_pass(engine)
    with engine.running("worker"):
        assert eventually(lambda: all_work_is_there(engine, sites=SITES)), engine.log

    assert_each_date_once(engine, sites=SITES)


def let_the_visibility_timeout_pass(engine: Engine) -> None:
    """Date the one unacknowledged delivery back by the hour after which the broker gives it away again."""
    with closing(Redis.from_url(engine.environment["REDIS_URL"])) as redis:
        (tag,) = redis.zrange("unacked_index", 0, -1)
        redis.zincrby("unacked_index", -VISIBILITY_TIMEOUT - 1, tag)


def test_work_of_a_killed_worker_needs_no_second_delivery(servers_engine: Engine) -> None:
    engine = servers_engine
    fill(engine, sites=SITES)
    engine.stand_still(timedelta(days=2))

    with engine.running("worker") as worker, frozen_in_mid_batch(engine, worker) as processes:
        os.killpg(processes[0], signal.SIGKILL)
    with engine.running("worker"), engine.running("beat"):
        assert eventually(lambda: all_work_is_there(engine, sites=SITES)), engine.log

    assert_each_date_once(engine, sites=SITES)
