"""Fills an empty database with the demo."""

import json
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Organisation
from portal.demo.history import History
from portal.demo.world import VAR_NAME, build_world
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from schedules.models import Answer, Visit, VisitReport, WorkOrder
from tickets.models import Ticket

DAYS = 365


class Command(BaseCommand):
    help = "Fill an empty database with four customers and a year of history; does nothing where the demo is."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--days", type=int, default=DAYS, help="how much history (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other figures")

    def handle(self, *args: Any, **options: Any) -> None:
        there = Organisation.objects.first()
        if there and there.name == VAR_NAME:
            self.stdout.write("The demo is there already; its data are kept.")
            return
        if there:
            raise CommandError("This database holds other data. The demo wants an empty one.")
        began = time.monotonic()
        self._fill(options["days"], options["seed"])
        self.stdout.write(json.dumps(self._counts() | {"seconds": round(time.monotonic() - began, 1)}))

    @transaction.atomic
    def _fill(self, days: int, seed: int) -> None:
        """All or nothing: a demo that was cut off leaves an empty database."""
        last = timezone.now().replace(microsecond=0)
        first = last - timedelta(days=days)
        world = build_world(first=first, last=last)
        History(world, first=first, last=last, seed=seed).play()
        # Nobody lives behind the demo's addresses: what waits is shown, not sent.
        VisitReport.objects.update(file_due_at=None)  # a file is made when somebody asks for it
        Message.objects.filter(state=MessageState.QUEUED).update(state=MessageState.SHOWN, next_attempt_at=None)
        # People have read what they were told, but for the last day.
        Message.objects.filter(created_at__lt=last - timedelta(days=1)).update(read_at=last)

    def _counts(self) -> dict[str, int]:
        return {
            "work_orders": WorkOrder.objects.count(),
            "answers": Answer.objects.count(),
            "tickets": Ticket.objects.count(),
            "visits": Visit.objects.count(),
        }
