"""Runs all tests twice: on SQLite with the embedded broker, and on PostgreSQL with Redis.

The servers are those of DATABASE_URL and REDIS_URL, else private ones started from the installed
binaries on free loopback ports and stopped again. Arguments are handed to pytest. With REQUIRE_ALL=1
a pass, or the browser tests, left out count as a failure.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.servers import Missing, end, postgresql, private_folder, redis

BASE_DIR = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
QUICK = "not browser and not processes"
NO_TESTS = 5  # pytest's exit code where the arguments left no test


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


def clean_environment() -> dict[str, str]:
    """This process's environment without the portal's own variables, which .env.example lists."""
    ours = re.findall(r"^#?([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)
    return {name: value for name, value in os.environ.items() if name not in ours}


def pytest(settings: dict[str, str], *, marks: str, side_by_side: bool) -> int:
    """pytest's exit code, with these settings of the portal and no others; a worker for each core if side by side."""
    workers = ["-n", "logical", "--dist", "worksteal"] if side_by_side else []
    command = [sys.executable, "-m", "pytest", "-m", marks, *workers, *sys.argv[1:]]
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
    report.ran(name, pytest({}, marks=QUICK, side_by_side=True))


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
        report.ran(name, pytest(settings, marks=QUICK, side_by_side=True))
        # These start processes and watch the clock, so they run alone.
        real, marks = (
            ("browser and process tests", "browser or processes")
            if CHROMIUM.exists()
            else ("process tests", "processes")
        )
        report.ran(f"{real} there", pytest(settings, marks=marks, side_by_side=False))


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
