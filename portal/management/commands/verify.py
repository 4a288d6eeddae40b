"""Proves the portal's rules over the whole database."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import contracts.verify
import schedules.verify
import tickets.verify


def faults() -> Iterator[str]:
    """A sentence per broken rule, app by app; nothing when all hold."""
    for app in (contracts, tickets, schedules):
        yield from app.verify.faults()


class Command(BaseCommand):
    help = "Prove the rules over the whole database; prints each fault and ends with 1 if there is any."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for fault in faults():
            self.stdout.write(fault)
            found += 1
        if found:
            raise CommandError(f"{found} faults")
        self.stdout.write("No faults.")
