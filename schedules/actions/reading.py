"""Readings that no checklist asked for, one or a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Asset
from portal.web.errors import DomainError
from schedules.actions.work_order import CLOCK_SKEW
from schedules.enums import ReadingSource
from schedules.models import Reading

MAX_BATCH = 1000
MAX_VALUE = 1e12  # no metric comes near; sums of squares stay finite


@dataclass(frozen=True)
class Measured:
    """A figure as a device or a person gave it; `value` in the unit of its metric."""

    asset: Asset
    metric: str
    value: float
    taken_at: datetime
    source: str = ReadingSource.API


@transaction.atomic
def record_readings(*, readings: Sequence[Measured], now: datetime) -> list[Reading]:
    """Store up to a thousand readings, all or none, with one statement.

    Raises DomainError at `<index>.value` or `<index>.taken_at`, whichever is first at fault.
    """
    if len(readings) > MAX_BATCH:
        raise DomainError(_("Send at most %(n)s readings at once.") % {"n": MAX_BATCH}, code="max_length")
    for index, measured in enumerate(readings):
        _check(index, measured, now)
    return Reading.objects.bulk_create(
        Reading(
            asset=measured.asset,
            metric=measured.metric,
            value=measured.value,
            taken_at=measured.taken_at,
            source=measured.source,
            recorded_at=now,
        )
        for measured in readings
    )


def _check(index: int, measured: Measured, now: datetime) -> None:
    if not (math.isfinite(measured.value) and 0 <= measured.value <= MAX_VALUE):
        raise DomainError(_("Give a number from 0 to %(most)g.") % {"most": MAX_VALUE}, attr=f"{index}.value")
    if measured.taken_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr=f"{index}.taken_at")
