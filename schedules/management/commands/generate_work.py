"""Run the generator once, now or as of an instant."""

import json
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from schedules.generation import generate_work


def aware_instant(value: str) -> datetime:
    """An ISO 8601 instant with an offset; anything else would mean a different time on every machine."""
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError("give an instant with its offset, such as 2026-03-02T09:00:00Z")
    return found


class Command(BaseCommand):
    help = "Inserts the work that is due and marks superseded work as missed; prints one line of JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=aware_instant, help="an instant with its offset instead of now")
        parser.add_argument("--batch-size", type=int, default=500, help="schedules per transaction (default: 500)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["as_of"] or timezone.now()
        self.stdout.write(json.dumps(generate_work(now=now, batch_size=options["batch_size"])))
