"""Load the programme that ships with the portal; repeat it after every update."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.datafiles import DataFileError
from schedules.actions import load_programme


class Command(BaseCommand):
    help = "Loads procedures and reactive rules; what was edited here is kept and named."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = load_programme(now=timezone.now())
        except DataFileError as error:
            raise CommandError(str(error)) from error
        for verdict, names in outcome.items():
            self.stdout.write(f"{verdict}: {len(names)}")
        for name in outcome["kept"]:
            self.stdout.write(f"kept as edited here: {name}")
