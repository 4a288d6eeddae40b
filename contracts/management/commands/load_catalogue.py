"""Stores the shipped catalogue; prints one line of JSON."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from contracts.catalogue_rows import load_catalogue


class Command(BaseCommand):
    help = "Loads vendors, products, service levels, plans and calendars. Repeatable; local edits stay."

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = load_catalogue(now=timezone.now())
        self.stdout.write(json.dumps(asdict(outcome)))
