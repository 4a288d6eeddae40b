"""The benchmarks by name, and how they are measured and printed."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from django.core.management import call_command

from benchmarks import deadlines, generation, lists

Figure = dict[str, Any]
BENCHMARKS: dict[str, Callable[[float], Figure]] = {
    "deadline_speed": deadlines.deadline_speed,
    "list_page": lists.list_page,
    "generation_vs_insert": generation.generation_vs_insert,
}


def run(names: list[str]) -> None:
    """Print one line per figure asked for, or of all; ends the process with a sentence on an unknown name."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}.")
    scale = float(os.environ.get("SCALE", "1"))
    for name in names or BENCHMARKS:
        call_command("migrate", interactive=False, verbosity=0)
        print(json.dumps({"benchmark": name, **BENCHMARKS[name](scale)}), flush=True)
        call_command("flush", interactive=False, verbosity=0)
