"""Real processes against one database: two generators at once, and one that is killed in mid-batch."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tests.schedules.conftest import World, agreed, make_procedure

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

AS_OF = "2026-03-04T09:00:00Z"
SITES = 12
WORK_ORDERS = SITES * 3  # of 2, 3 and 4 March

STATE = """
import json
from schedules import verify
from schedules.models import GenerationRun, WorkOrder
keys = list(WorkOrder.objects.values_list("schedule", "nominal_on"))
print(json.dumps({
    "work_orders": len(keys),
    "different": len(set(keys)),
    "missed": WorkOrder.objects.filter(status="missed").count(),
    "runs": list(GenerationRun.objects.values_list("created", flat=True)),
    "faults": list(verify.faults()),
}))
"""
# The run row is the last statement of a batch: a process killed there has written all and committed nothing.
KILLED_IN_THE_SECOND_BATCH = """
import os, signal
from datetime import datetime, UTC
from django.db.models.signals import post_save
from schedules.generation import generate_work
from schedules.models import GenerationRun

def die(sender, **kwargs):
    if GenerationRun.objects.count() == 2:
        os.kill(os.getpid(), signal.SIGKILL)

post_save.connect(die, sender=GenerationRun)
generate_work(now=datetime(2026, 3, 4, 9, tzinfo=UTC), batch_size=4)
"""


@pytest.fixture
def environment(world: World, other_site: Callable[..., Any], tmp_path: Path) -> dict[str, str]:
    """Twelve sites with daily work, in a database that other processes can open."""
    make_procedure()
    assets = [world.asset] + [other_site(world, "Europe/Amsterdam")[1] for _number in range(SITES - 1)]
    world.contract(agreed(), assets=assets)
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    if connection.vendor == "sqlite":
        environment.pop("DATABASE_URL", None)
        with sqlite3.connect(tmp_path / "portal.sqlite3") as file:
            connection.connection.backup(file)
        file.close()
        return environment
    values = connection.settings_dict
    address = f"{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"
    return environment | {"DATABASE_URL": f"postgres://{values['USER']}:{quote(values['PASSWORD'])}@{address}"}


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(environment: dict[str, str], *arguments: str) -> Any:
    """The JSON that a command prints last."""
    process = start(environment, *arguments)
    output, _errors = process.communicate(timeout=90)
    assert process.returncode == 0
    return json.loads(output.splitlines()[-1])


def test_two_generators_at_once_make_each_order_once(environment: dict[str, str]) -> None:
    processes = [start(environment, "generate_work", "--as-of", AS_OF, "--batch-size", "2") for _number in range(2)]
    results = [json.loads(process.communicate(timeout=90)[0]) for process in processes]
    assert sum(result["created"] for result in results) == WORK_ORDERS
    assert sum(result["missed"] for result in results) == SITES * 2
    state = run(environment, "shell", "--no-imports", "-c", STATE)
    assert (state["work_orders"], state["different"], state["faults"]) == (WORK_ORDERS, WORK_ORDERS, [])


def test_generator_killed_in_mid_batch_loses_and_doubles_nothing(environment: dict[str, str]) -> None:
    process = start(environment, "shell", "--no-imports", "-c", KILLED_IN_THE_SECOND_BATCH)
    process.communicate(timeout=90)
    assert process.returncode == -signal.SIGKILL
    state = run(environment, "shell", "--no-imports", "-c", STATE)
    assert (state["work_orders"], state["runs"]) == (12, [12])
    rest = run(environment, "generate_work", "--as-of", AS_OF)
    assert rest["created"] == WORK_ORDERS - 12
    state = run(environment, "shell", "--no-imports", "-c", STATE)
    assert (state["different"], state["missed"], state["faults"]) == (WORK_ORDERS, SITES * 2, [])
    assert run(environment, "generate_work", "--as-of", AS_OF)["created"] == 0


@pytest.mark.parametrize("value", ["2026-03-04T09:00:00", "yesterday", "2026-13-01T00:00:00Z"])
def test_as_of_without_offset_or_sense_is_refused(environment: dict[str, str], value: str) -> None:
    process = subprocess.run(
        [sys.executable, "manage.py", "generate_work", "--as-of", value],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert process.returncode == 2
    assert "give an instant with its offset" in process.stderr
