"""What the contracts tell."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from contracts.models import Contract
from contracts.signals import contract_changed
from portal.accounts.models import User
from schedules.actions import sync_schedules


@receiver(contract_changed, dispatch_uid="schedules.sync_schedules")
def contract_was_changed(*, contract: Contract, now: datetime, by: User | None, **_: Any) -> None:
    sync_schedules(contract=contract, now=now, by=by)
