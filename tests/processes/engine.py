"""A portal of its own for process tests: its environment, its database read from outside, its programs."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
from celery.beat import PersistentScheduler

from portal.celery import app
from portal.management.commands.portal import programs
from tests.servers import end

BASE_DIR = Path(__file__).resolve().parent.parent.parent
NO_BROKER = "redis://127.0.0.1:1/0"  # nothing listens there


def embedded(data_dir: Path) -> dict[str, str]:
    """The environment without any of our settings but the folder for data."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"DATA_DIR": str(data_dir)}


def eventually(condition: Callable[[], bool], *, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


@dataclass(frozen=True)
class Engine:
    """A migrated portal. `environment` holds its settings, DATA_DIR among them."""

    environment: Mapping[str, str]

    @property
    def data_dir(self) -> Path:
        return Path(self.environment["DATA_DIR"])

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.data_dir.glob("*.log")))

    def connect(self) -> Any:
        """A connection to the database, beside Django."""
        url = self.environment.get("DATABASE_URL")
        return psycopg2.connect(url) if url else sqlite3.connect(self.data_dir / "portal.sqlite3", timeout=20)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def manage(self, *arguments: str, **environment: str) -> str:
        """What the command prints; it ends well."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str, **environment: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code, **environment)

    @contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """The worker or beat as `manage.py portal` starts it, leader of a process group, until the block ends."""
        command = next(program.command for program in programs("127.0.0.1", 0) if program.name == name)
        with (self.data_dir / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=BASE_DIR, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            process.terminate()
            end(process, seconds=20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def stand_still(self, pause: timedelta) -> None:
        """Leave beat's notebook as a portal that was off for so long would find it."""
        scheduler = PersistentScheduler(app, schedule_filename=str(self.data_dir / "beat-schedule"))
        for entry in scheduler.schedule.values():
            entry.last_run_at -= pause
        scheduler.close()


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.parent.name))
    return found
