"""`python -m benchmarks [NAME]`: all figures, or that one.

SCALE multiplies the number of rows; the default fits a machine with two cores and three minutes.
"""

import subprocess
import sys
from pathlib import Path

from tests.passes import clean_environment
from tests.servers import Missing, postgresql, private_folder

BASE_DIR = Path(__file__).resolve().parent.parent


def run(arguments: list[str]) -> int:
    """Measure in a process whose settings name the private database."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c"]
    code = f"from benchmarks.figures import run; run({arguments!r})"
    with postgresql() as database, private_folder(None) as data:
        settings = {"DATABASE_URL": database, "DATA_DIR": str(data), "SECRET_KEY": "benchmarks"}
        settings |= {"PUBLIC_URL": "http://127.0.0.1:8000", "LOG_LEVEL": "WARNING"}
        environment = clean_environment() | settings
        return subprocess.run([*command, code], cwd=BASE_DIR, env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except Missing as missing:
        sys.exit(f"Cannot measure: {missing}")
