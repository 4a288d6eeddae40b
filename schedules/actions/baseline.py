"""A manager says what is usual at an asset."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Asset
from portal.accounts.models import User
from portal.web.errors import DomainError
from schedules.actions.reading import MAX_VALUE
from schedules.models import Baseline
from schedules.quality import BASELINE_METRICS


@transaction.atomic
def set_baseline(*, asset: Asset, metric: str, value: float, reason: str, by: User | None, now: datetime) -> Baseline:
    """From now on readings are compared with this figure, until another is set or the site moves.

    `value` is in the metric's unit. Raises DomainError at the field at fault.
    """
    if metric not in BASELINE_METRICS:
        raise DomainError(_("Choose what is measured."), attr="metric", code="invalid_choice")
    if not (math.isfinite(value) and 0 <= value <= MAX_VALUE):
        raise DomainError(_("Give a number from 0 to %(most)g.") % {"most": MAX_VALUE}, attr="value")
    if not reason.strip():
        raise DomainError(_("Give a reason."), attr="reason", code="required")
    return Baseline.objects.create(
        asset=asset, metric=metric, value=value, reason=reason.strip()[:300], set_at=now, set_by=by
    )
