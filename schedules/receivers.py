"""What the contracts tell, and what they ask."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from contracts.enums import Frequency
from contracts.models import Contract
from contracts.procedures import ProcedureFacts, ask_for_procedures
from contracts.signals import contract_changed
from portal.accounts.models import User
from schedules.actions import sync_schedules
from schedules.models import Procedure


@receiver(contract_changed, dispatch_uid="schedules.sync_schedules")
def contract_was_changed(*, contract: Contract, now: datetime, by: User | None, **_: Any) -> None:
    sync_schedules(contract=contract, now=now, by=by)


def procedures_in_words() -> list[ProcedureFacts]:
    return [
        ProcedureFacts(row.slug, str(row), row.archived_at is None and row.frequency in Frequency.values)
        for row in Procedure.objects.all()
    ]


ask_for_procedures(procedures_in_words)
