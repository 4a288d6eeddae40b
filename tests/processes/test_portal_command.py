"""`manage.py portal` as a whole, embedded: real web, worker and beat processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from tests.processes.engine import embedded, eventually
from tests.servers import free_port

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc"),
]


@dataclass(frozen=True)
class Portal:
    process: subprocess.Popen[bytes]
    data_dir: Path
    port: int

    @property
    def log(self) -> str:
        return (self.data_dir / "log").read_text()

    def pids(self, *words: str) -> list[int]:
        """Every live process of this portal whose command line holds all the words."""
        return [pid for pid in pids_started_with(f"DATA_DIR={self.data_dir}") if set(words) <= set(command_of(pid))]

    def programs(self, word: str) -> list[int]:
        """The processes that the supervisor itself started with the word."""
        return [pid for pid in self.pids(word) if parent_of(pid) == self.process.pid]

    def is_ready(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
        return False


def pids_started_with(variable: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if variable.encode() in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def command_of(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def parent_of(pid: int) -> int | None:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A portal on an empty folder that answers already; whatever is left of it is killed afterwards."""
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "manage.py", "portal", "--port", str(port)]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=embedded(tmp_path), stdout=log, stderr=log)
    running = Portal(process, tmp_path, port)
    try:
        assert eventually(lambda: f"ready: http://127.0.0.1:{port}" in running.log), running.log
        yield running
    finally:
        process.kill()
        process.wait()
        for pid in running.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_empty_folder_is_served_and_ctrl_c_leaves_no_process(portal: Portal) -> None:
    assert portal.is_ready()
    assert eventually(lambda: "celery.apps.worker" in portal.log and "beat: Starting" in portal.log), portal.log

    portal.process.send_signal(signal.SIGINT)

    assert portal.process.wait(timeout=30) == 0
    assert portal.pids() == []
    assert portal.log.endswith("The portal has stopped.\n")


def test_killed_programs_come_back(portal: Portal) -> None:
    programs = ["worker", "beat", "gunicorn"]
    assert eventually(lambda: all(len(portal.programs(name)) == 1 for name in programs))
    before = {name: portal.programs(name)[0] for name in programs}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def all_are_back() -> bool:
        return all(portal.programs(name) not in ([], [pid]) for name, pid in before.items())

    assert eventually(all_are_back), portal.log
    assert eventually(portal.is_ready), portal.log


def test_killed_supervisor_leaves_no_process(portal: Portal) -> None:
    assert portal.programs("worker")

    portal.process.kill()

    assert eventually(lambda: portal.pids() == []), [command_of(pid) for pid in portal.pids()]


def test_taken_port_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "portal", "--port", str(port)],
            cwd=settings.BASE_DIR,
            env=embedded(tmp_path),
            capture_output=True,
            text=True,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: Cannot listen on 127.0.0.1:{port}: Address already in use.")
    assert done.stderr.count("\n") == 1
