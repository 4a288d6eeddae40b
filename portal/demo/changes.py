"""The demo's changes: one of each kind, and which of them the portal heard of only afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.demo.world import World
from schedules.actions import record_change
from schedules.enums import ChangeKind, ChangeSource
from schedules.models import ChangeEvent


@dataclass(frozen=True)
class Change:
    """A change: days before the last instant, at which site, and how much ahead of it it was announced.

    `left_open` = what it opens is still to be done at the end.
    """

    days_ago: float
    kind: str
    code: str  # of the site
    announced: timedelta
    details: dict[str, Any]
    on_asset: bool
    left_open: bool = False


CHANGES = (
    Change(
        331, ChangeKind.FIRMWARE_UPGRADE, "NWK", timedelta(days=2), {"from_release": "20.5", "to_release": "20.9"}, True
    ),
    Change(302, ChangeKind.USER_CHANGE, "AMS", timedelta(days=3), {"added": 9, "removed": 4, "modified": 2}, True),
    Change(268, ChangeKind.SERVER_CHANGE, "GRN", timedelta(days=1), {"server": "mail.vandijk.example"}, False),
    Change(205, ChangeKind.IP_CHANGE, "PHL", timedelta(hours=5), {"new_address": "10.20.0.5"}, True),
    Change(
        160,
        ChangeKind.PROVIDER_CHANGE,
        "THR",
        timedelta(days=5),
        {"from_provider": "City lines", "to_provider": "Alvand IP", "from_service": "pstn", "to_service": "ip"},
        False,
    ),
    Change(98, ChangeKind.SUBNET_CHANGE, "BAL", timedelta(days=1), {"new_subnet": "10.31.0.0/22"}, False),
    Change(61, ChangeKind.RELOCATION, "PHL", timedelta(days=6), {"new_address": "40 Broad St, Philadelphia"}, False),
    Change(41, ChangeKind.USER_CHANGE, "SHZ", timedelta(days=2), {"added": 11, "removed": 1, "modified": 0}, True),
    Change(
        19,
        ChangeKind.PROVIDER_CHANGE,
        "AMS",
        timedelta(days=4),
        {"from_provider": "Delta lines", "to_provider": "Polder IP", "from_service": "pstn", "to_service": "ip"},
        False,
    ),
    # Reported afterwards, and lately.
    Change(
        1.2,
        ChangeKind.VOICEMAIL_STORAGE,
        "HLM",
        timedelta(hours=-3),
        {"level": "low", "minutes_used": 850},
        True,
        left_open=True,
    ),
)


def report(world: World, change: Change, occurs_at: datetime, now: datetime) -> ChangeEvent:
    """The customer announces it, or tells of it afterwards."""
    system = world.systems[change.code]
    return record_change(
        kind=change.kind,
        site=None if change.on_asset else system.site,
        asset=system if change.on_asset else None,
        occurs_at=occurs_at,
        details=change.details,
        source=ChangeSource.CUSTOMER,
        by=world.owners[system.site.customer_id],
        now=now,
    )
