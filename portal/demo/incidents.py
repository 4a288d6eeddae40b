"""The demo's tickets and changes: what happened on which day, and how it went on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.accounts.models import User
from portal.demo.world import World
from schedules.enums import ChangeKind
from tickets import actions
from tickets.enums import Category, Impact, TicketSource, Urgency
from tickets.models import Ticket

Move = Callable[[Ticket, User, datetime], object]


def acknowledge(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.acknowledge(ticket=ticket, by=by, now=at)


def take(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.assign(ticket=ticket, assignee=by, by=by, now=at)


def wait_for_customer(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.wait(ticket=ticket, reason="waiting_customer", note="Please try it once more.", by=by, now=at)


def wait_for_vendor(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.wait(ticket=ticket, reason="waiting_vendor", note="Case opened with the vendor.", by=by, now=at)


def watch(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.wait(ticket=ticket, reason="monitoring", note="It works; we watch it for a day.", by=by, now=at)


def resume(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.resume(ticket=ticket, by=by, now=at)


def reply(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.comment(ticket=ticket, body="We found the cause and are working on it.", by=by, now=at)


def note(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.comment(ticket=ticket, body="Compare with last month's event log.", is_public=False, by=by, now=at)


def resolve(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.resolve(ticket=ticket, solution="Cause removed and tested with the customer.", by=by, now=at)


def close(ticket: Ticket, by: User, at: datetime) -> object:
    return actions.close(ticket=ticket, by=by, now=at)


@dataclass(frozen=True)
class Story:
    """A ticket: days before the demo's last instant, where, what, and the moves with their delay in minutes."""

    days_ago: float
    system: int  # index into World.systems
    summary: str
    category: str
    impact: str
    urgency: str
    moves: tuple[tuple[int, Move], ...] = field(default=())


SOLVED = ((8, acknowledge), (10, take), (25, reply), (95, resolve), (3000, close))
SLOW = ((50, acknowledge), (60, take), (700, resolve))

STORIES = (
    Story(84, 0, "No outside calls at all since 8:15", Category.OUTAGE, Impact.WIDESPREAD, Urgency.CRITICAL, SOLVED),
    Story(80, 7, "Voicemail greeting plays twice", Category.FAULT, Impact.INDIVIDUAL, Urgency.LOW, SLOW),
    Story(73, 3, "Callers hear an echo", Category.FAULT, Impact.LARGE, Urgency.HIGH, SOLVED),
    Story(66, 12, "How do I set up call forwarding?", Category.USER_QUESTION, Impact.INDIVIDUAL, Urgency.LOW, SOLVED),
    Story(
        61,
        8,
        "Night switch does not turn on",
        Category.CONFIGURATION,
        Impact.LOCALISED,
        Urgency.MEDIUM,
        ((30, acknowledge), (40, take), (60, wait_for_customer), (1600, resume), (1700, resolve)),
    ),
    Story(
        55,
        6,
        "Whole terminal without phones",
        Category.OUTAGE,
        Impact.WIDESPREAD,
        Urgency.CRITICAL,
        ((32, acknowledge), (33, take), (420, resolve)),
    ),
    Story(47, 14, "Fax cannot receive", Category.FAULT, Impact.INDIVIDUAL, Urgency.MEDIUM, SOLVED),
    Story(
        41,
        1,
        "Calls drop after some minutes",
        Category.PRODUCT_DEFECT,
        Impact.LARGE,
        Urgency.HIGH,
        ((12, acknowledge), (20, take), (90, wait_for_vendor), (2900, resume), (3000, watch), (4400, resolve)),
    ),
    Story(
        33, 16, "New colleague needs a voicemail box", Category.CONFIGURATION, Impact.INDIVIDUAL, Urgency.LOW, SOLVED
    ),
    Story(27, 9, "Bad sound between depots", Category.FAULT, Impact.LOCALISED, Urgency.HIGH, SLOW),
    Story(20, 4, "Conference room phone restarts", Category.FAULT, Impact.INDIVIDUAL, Urgency.MEDIUM, SOLVED),
    Story(13, 10, "Caller number is not shown", Category.FAULT, Impact.LARGE, Urgency.MEDIUM, SLOW),
    Story(
        6,
        2,
        "Music on hold is silent",
        Category.FAULT,
        Impact.INDIVIDUAL,
        Urgency.LOW,
        ((40, acknowledge), (45, take), (50, note)),
    ),
    Story(
        3.2,
        13,
        "Two lines out of order",
        Category.FAULT,
        Impact.LOCALISED,
        Urgency.HIGH,
        ((60, acknowledge), (70, take), (200, wait_for_vendor)),
    ),
    Story(1.1, 0, "Please add three users next week", Category.CONFIGURATION, Impact.INDIVIDUAL, Urgency.LOW, ()),
    Story(
        0.22,
        6,
        "Dispatch cannot transfer calls",
        Category.FAULT,
        Impact.LOCALISED,
        Urgency.CRITICAL,
        ((14, acknowledge), (15, take), (40, reply)),
    ),
    Story(0.012, 1, "Half of the phones lost their line", Category.FAULT, Impact.LARGE, Urgency.CRITICAL, ()),
)


def open_story(world: World, story: Story, at: datetime) -> Ticket:
    """The customer reports it on its page."""
    asset = world.systems[story.system]
    customer = asset.site.customer
    return actions.open_ticket(
        customer=customer,
        site=asset.site,
        asset=asset,
        category=story.category,
        summary=story.summary,
        description="Reported by the front desk.",
        impact=story.impact,
        urgency=story.urgency,
        source=TicketSource.PORTAL,
        by=world.owners[customer.pk],
        now=at,
    )


@dataclass(frozen=True)
class Change:
    """A change: days before the last instant, and how much ahead of it it was announced."""

    days_ago: float
    kind: str
    system: int
    announced: timedelta
    details: dict[str, Any]
    on_asset: bool


CHANGES = (
    Change(79, ChangeKind.FIRMWARE_UPGRADE, 6, timedelta(days=2), {"from_release": "20.5", "to_release": "20.9"}, True),
    Change(70, ChangeKind.USER_CHANGE, 0, timedelta(days=3), {"added": 9, "removed": 4, "modified": 2}, True),
    Change(62, ChangeKind.SERVER_CHANGE, 3, timedelta(days=1), {"server": "mail.vandijk.example"}, False),
    Change(52, ChangeKind.IP_CHANGE, 8, timedelta(hours=5), {"new_address": "10.20.0.5"}, True),
    Change(
        44,
        ChangeKind.PROVIDER_CHANGE,
        12,
        timedelta(days=5),
        {"from_provider": "City lines", "to_provider": "Alvand IP", "from_service": "pstn", "to_service": "ip"},
        False,
    ),
    Change(30, ChangeKind.SUBNET_CHANGE, 9, timedelta(days=1), {"new_subnet": "10.31.0.0/22"}, False),
    Change(18, ChangeKind.RELOCATION, 10, timedelta(days=6), {"new_address": "40 Broadway, Albany NY"}, False),
    # Reported afterwards, and lately: its follow-ups are still open.
    Change(2, ChangeKind.VOICEMAIL_STORAGE, 1, timedelta(hours=-3), {"level": "low", "minutes_used": 880}, True),
)
