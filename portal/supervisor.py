"""Runs programs side by side: passes their lines on, restarts what ends, stops all of them together.

Each program leads a process group of its own. When it ends, whatever it left behind in that group is
killed before it is started again, so a killed worker never leaves a second beat behind.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

TICK = 0.2  # seconds between two looks at the programs
GRACE = 20.0  # seconds a program gets to stop by itself
LAST_WORDS = 2.0  # seconds to pass on what an ended program has written
STEADY = 10.0  # seconds after which a program counts as well started
LONGEST_WAIT = 30.0  # seconds between two starts at most

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Loaded before any fork: the child calls it between fork and exec.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]


def restart_delay(failures: int) -> float:
    """Seconds to wait before the next start after so many failures in a row, from 1: 0.5, 1, 2 ... 30."""
    return min(0.5 * 2.0 ** min(failures - 1, 10), LONGEST_WAIT)


def stop_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the supervisor itself is killed; elsewhere than on Linux nothing can."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One program and the process that runs it now, if any. Instants are readings of the monotonic clock."""

    def __init__(self, program: Program, *, environment: Mapping[str, str], say: Say) -> None:
        self.program = program
        self.environment = environment
        self.say = say
        self.process: subprocess.Popen[str] | None = None
        self.started_at = 0.0
        self.start_at = 0.0
        self.failures = 0

    def tend(self, now: float) -> None:
        """Start the program when its time has come; clear up after it when it has ended."""
        if self.process is None and now >= self.start_at:
            self.start(now)
        elif self.process is not None and self.process.poll() is not None:
            self.clear_up(now)

    def start(self, now: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
            self.program.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=stop_with_parent,  # one system call, no lock taken
        )
        self.started_at = now
        self.relaying = threading.Thread(target=self.relay, args=[self.process], daemon=True)
        self.relaying.start()

    def relay(self, process: subprocess.Popen[str]) -> None:
        """Pass the program's lines on; go on reading when nobody listens, else the program would block."""
        for line in process.stdout or ():
            with suppress(OSError, ValueError):
                self.say(f"{self.program.name:<7}| {line.rstrip()}")

    def clear_up(self, now: float) -> None:
        assert self.process is not None
        self.kill_group()
        self.failures = 1 if now - self.started_at >= STEADY else self.failures + 1
        delay = restart_delay(self.failures)
        self.start_at = now + delay
        self.say(f"{self.program.name} ended ({self.process.returncode}); starts again in {delay:g} s")
        self.process = None

    def ask_to_stop(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def await_end(self, until: float) -> None:
        """Wait until that instant, then kill what is left of the program's group in any case."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, until - time.monotonic()))
        self.kill_group()
        self.process.wait()
        self.relaying.join(LAST_WORDS)

    def kill_group(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def supervise(programs: Sequence[Program], *, environment: Mapping[str, str], say: Say, stop: threading.Event) -> None:
    """Keep the programs running until `stop` is set, then end them all: politely first, by force after GRACE.

    Call it in the main thread: the kernel ties the programs' lives to the thread that started them.
    """
    children = [Child(program, environment=environment, say=say) for program in programs]
    try:
        while not stop.is_set():
            for child in children:
                child.tend(time.monotonic())
            stop.wait(TICK)
    finally:
        end_all(children)


def end_all(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + GRACE
    for child in children:
        child.await_end(until)
