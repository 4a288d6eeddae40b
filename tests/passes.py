"""Runs all tests twice: on SQLite with the embedded broker, and on PostgreSQL with Redis.

The servers are those of DATABASE_URL and REDIS_URL, else private ones started from the installed
binaries on free loopback ports and stopped again. Arguments are handed to pytest. With REQUIRE_ALL=1
a pass, or the browser tests, left out count as a failure.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

BASE_DIR = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
START_SECONDS = 30.0
NO_TESTS = 5  # pytest's exit code where the arguments left no test


class Missing(Exception):
    """A program that a pass needs is not installed; the message says which."""


@dataclass
class Report:
    """What ran, how it ended, and what was left out."""

    lines: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    failed: bool = False

    def ran(self, name: str, code: int) -> None:
        outcome = {0: "passed", NO_TESTS: "no test selected"}.get(code, "FAILED")
        self.failed |= outcome == "FAILED"
        self.lines.append(f"{outcome}: {name}")

    def exit_code(self) -> int:
        print("\n".join(["", "Passes", *(f"  {line}" for line in self.lines + self.left_out)]), flush=True)
        required = os.environ.get("REQUIRE_ALL") == "1"
        return int(self.failed or (required and bool(self.left_out)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server on port {port} did not start:\n{log.read_text()}")


def end(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Wait for a process that was told to stop; kill it after so many seconds."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def server(command: list[str], *, port: int, folder: Path, user: str | None) -> Iterator[None]:
    """Run the server until the block is left. SIGINT is PostgreSQL's fast stop, and Redis heeds it too."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, user=user, start_new_session=True)
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        end(process, seconds=20)


@contextmanager
def private_folder(user: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="portal-test-") as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


def postgres_binary(name: str) -> str:
    """The newest installed one; Debian keeps them off the PATH."""
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    found = str(newest) if newest else shutil.which(name)
    if not found:
        raise Missing(f"PostgreSQL ({name}) is not installed and DATABASE_URL is not set")
    return found


def postgres_user() -> str | None:
    """PostgreSQL refuses root, so root runs it as the user that its package made."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise Missing("PostgreSQL refuses to run as root and there is no user named postgres") from None


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a private PostgreSQL that keeps its data only as long as the block lasts."""
    initdb, postgres, user = postgres_binary("initdb"), postgres_binary("postgres"), postgres_user()
    with private_folder(user) as folder:
        data, port = folder / "data", free_port()
        make = [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(make, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": ""}
        unsafe = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [part for name, value in (options | unsafe).items() for part in ("-c", f"{name}={value}")]
        with server([postgres, "-D", str(data), *flags], port=port, folder=folder, user=user):
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a private Redis that writes nothing to disk."""
    binary = shutil.which("redis-server")
    if not binary:
        raise Missing("redis-server is not installed and REDIS_URL is not set")
    port = free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with private_folder(None) as folder, server(command, port=port, folder=folder, user=None):
        yield f"redis://127.0.0.1:{port}/0"


def clean_environment() -> dict[str, str]:
    """This process's environment without the portal's own variables, which .env.example lists."""
    ours = re.findall(r"^#?([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)
    return {name: value for name, value in os.environ.items() if name not in ours}


def pytest(settings: dict[str, str], *, marks: str) -> int:
    """pytest's exit code, with these settings of the portal and no others."""
    command = [sys.executable, "-m", "pytest", *(["-m", marks] if marks else []), *sys.argv[1:]]
    with private_folder(None) as data:
        environment = clean_environment() | {"DATA_DIR": str(data)} | settings
        process = subprocess.Popen(command, cwd=BASE_DIR, env=environment)
        try:
            return process.wait()
        except SystemExit:
            process.send_signal(signal.SIGINT)
            end(process, seconds=60)
            raise
        except KeyboardInterrupt:  # the terminal has told pytest too
            end(process, seconds=60)
            raise


def embedded_pass(report: Report) -> None:
    name = "SQLite and the embedded broker"
    print(f"== {name}", flush=True)
    report.ran(name, pytest({}, marks="not browser and not processes"))


def servers_pass(report: Report) -> None:
    with ExitStack() as stack:
        try:
            database = os.environ.get("DATABASE_URL") or stack.enter_context(postgresql())
            broker = os.environ.get("REDIS_URL") or stack.enter_context(redis())
        except Missing as missing:
            report.left_out.append(f"left out: PostgreSQL and Redis, browser and process tests: {missing}")
            return
        if not CHROMIUM.exists():
            report.left_out.append(f"left out: browser tests: {CHROMIUM} is not installed")
        name = f"PostgreSQL ({origin('DATABASE_URL')}) and Redis ({origin('REDIS_URL')})"
        print(f"== {name}", flush=True)
        settings = {"DATABASE_URL": database, "REDIS_URL": broker}
        settings |= {"SECRET_KEY": "tests-only", "PUBLIC_URL": "http://127.0.0.1:8000"}
        report.ran(name, pytest(settings, marks="" if CHROMIUM.exists() else "not browser"))


def origin(variable: str) -> str:
    return f"of {variable}" if os.environ.get(variable) else "private"


def end_on_sigterm(_number: int, _frame: FrameType | None) -> None:
    sys.exit("Told to stop.")


def main() -> int:
    signal.signal(signal.SIGTERM, end_on_sigterm)
    report = Report()
    embedded_pass(report)
    servers_pass(report)
    return report.exit_code()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
