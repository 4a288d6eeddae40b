"""Private PostgreSQL and Redis servers: installed binaries on free loopback ports, gone with the block."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 30.0


class Missing(Exception):
    """A program that a pass needs is not installed; the message says which."""


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
