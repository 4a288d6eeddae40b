"""The supervisor with small real programs; the portal's own are in tests/processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from portal import supervisor
from portal.supervisor import Program, restart_delay, supervise

SLEEPER = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
print("hello", flush=True)
time.sleep(60)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("pid", os.getpid(), flush=True)
time.sleep(60)
"""
WITH_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("pid", os.getpid(), "child", child.pid, flush=True)
time.sleep(60)
"""
PARENT = """
import os, sys, threading
from portal.supervisor import Program, supervise
sleeper = Program("sleeper", [sys.executable, "-c", sys.argv[1]])
supervise([sleeper], environment=os.environ, say=lambda line: print(line, flush=True), stop=threading.Event())
"""


def python(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def run(*programs: Program, until: Callable[[list[str]], bool]) -> list[str]:
    """The lines said until the condition on them holds; the programs have ended on return."""
    lines: list[str] = []
    stop = threading.Event()

    def say(line: str) -> None:
        lines.append(line)
        if until(lines):
            stop.set()

    supervise(programs, environment=os.environ, say=say, stop=stop)
    return lines


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not count."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
        return bool(state) and not state.startswith("Z")
    return False


def wait_for_end(pid: int, *, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(pid)


def pids(lines: list[str]) -> list[int]:
    return [int(line.split()[-1]) for line in lines if " pid " in line or " child " in line]


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (7, 30), (5000, 30)])
def test_restart_delay_doubles_up_to_half_a_minute(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds


def test_lines_are_passed_on_with_the_name_of_their_program() -> None:
    lines = run(python("one", POLITE), python("two", POLITE), until=lambda said: len(said) == 2)

    assert {"one    | hello", "two    | hello"} <= set(lines)


def test_stop_ends_a_program_politely() -> None:
    lines = run(python("web", POLITE), until=lambda said: said == ["web    | hello"])

    assert lines == ["web    | hello", "web    | bye"]


def test_stop_kills_a_program_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.5)

    lines = run(python("web", STUBBORN), until=lambda said: bool(pids(said)))

    assert not is_alive(pids(lines)[0])


def test_stop_leaves_no_grandchild() -> None:
    lines = run(python("web", WITH_CHILD), until=lambda said: bool(pids(said)))

    assert wait_for_end(pids(lines)[0])


def test_killed_program_comes_back() -> None:
    def kill_the_first(lines: list[str]) -> bool:
        if len(lines) == 1:
            os.kill(pids(lines)[0], signal.SIGKILL)
        return len(pids(lines)) == 2

    lines = run(python("worker", SLEEPER), until=kill_the_first)

    assert lines[1] == "worker ended (-9); starts again in 0.5 s"
    assert len(set(pids(lines))) == 2


def test_killed_program_leaves_no_child_behind_when_it_comes_back() -> None:
    survivors: list[bool] = []

    def kill_the_first(lines: list[str]) -> bool:
        if len(lines) == 1:
            os.kill(int(lines[0].split()[3]), signal.SIGKILL)
        if len(lines) == 3:
            survivors.append(is_alive(int(lines[0].split()[-1])))
        return len(lines) == 3

    run(python("worker", WITH_CHILD), until=kill_the_first)

    assert survivors == [False]


def test_program_that_keeps_ending_is_started_ever_more_slowly() -> None:
    lines = run(python("web", "raise SystemExit(3)"), until=lambda said: len(said) == 3)

    assert lines == [f"web ended (3); starts again in {wait} s" for wait in ("0.5", "1", "2")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_killed_supervisor_takes_its_programs_along() -> None:
    command = [sys.executable, "-c", PARENT, SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = pids([parent.stdout.readline()])[0]
        assert is_alive(pid)

        parent.kill()

        assert wait_for_end(pid)
