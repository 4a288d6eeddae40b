"""The report of a visit as it is frozen when the visit is signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schedules.models import Visit


def build_report(visit: Visit, *, now: datetime) -> dict[str, Any]:
    """What is stored once and never changed."""
    return {"version": 1, "visit": visit.number, "frozen_at": now.isoformat()}
