"""The demo's tickets: what happened on which day, and how it went on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portal.accounts.models import User
from portal.demo.world import World
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
    """A ticket: days before the demo's last instant, at which site, what, and the moves with their delay in minutes."""

    days_ago: float
    code: str  # of the site
    summary: str
    category: str
    impact: str
    urgency: str
    moves: tuple[tuple[int, Move], ...] = field(default=())


SOLVED = ((8, acknowledge), (10, take), (25, reply), (95, resolve), (3000, close))
SLOW = ((50, acknowledge), (60, take), (700, resolve))
ASKED = ((30, acknowledge), (40, take), (60, wait_for_customer), (1600, resume), (1700, resolve))
WATCHED = ((12, acknowledge), (20, take), (90, wait_for_vendor), (2900, resume), (3000, watch), (4400, resolve))
LATE = ((32, acknowledge), (33, take), (420, resolve))

# What comes again and again, in office hours, at any site: every so many days one of these.
ROUTINE_EVERY_DAYS = 9
ROUTINE: tuple[tuple[str, str, str, str, tuple[tuple[int, Move], ...]], ...] = (
    ("How do I set up call forwarding?", Category.USER_QUESTION, Impact.INDIVIDUAL, Urgency.LOW, SOLVED),
    ("New colleague needs a voicemail box", Category.CONFIGURATION, Impact.INDIVIDUAL, Urgency.LOW, SOLVED),
    ("Conference room phone restarts", Category.FAULT, Impact.INDIVIDUAL, Urgency.MEDIUM, SOLVED),
    ("Callers hear an echo", Category.FAULT, Impact.LARGE, Urgency.HIGH, SOLVED),
    ("Fax cannot receive", Category.FAULT, Impact.INDIVIDUAL, Urgency.MEDIUM, SLOW),
    ("Night switch does not turn on", Category.CONFIGURATION, Impact.LOCALISED, Urgency.MEDIUM, ASKED),
    ("Two phones show the wrong name", Category.CONFIGURATION, Impact.INDIVIDUAL, Urgency.LOW, SLOW),
    ("Calls drop after some minutes", Category.PRODUCT_DEFECT, Impact.LARGE, Urgency.HIGH, WATCHED),
    ("Voicemail greeting plays twice", Category.FAULT, Impact.INDIVIDUAL, Urgency.LOW, SLOW),
)
STORIES = (
    Story(341, "AMS", "No outside calls since 8:15", Category.OUTAGE, Impact.WIDESPREAD, Urgency.CRITICAL, SOLVED),
    Story(287, "THR", "Nobody can call out", Category.OUTAGE, Impact.WIDESPREAD, Urgency.HIGH, SOLVED),
    Story(246, "ZWO", "Caller number is not shown", Category.FAULT, Impact.LARGE, Urgency.MEDIUM, SOLVED),
    Story(181, "NWK", "Whole terminal without phones", Category.OUTAGE, Impact.WIDESPREAD, Urgency.CRITICAL, LATE),
    Story(84, "PHL", "Calls drop after some minutes", Category.PRODUCT_DEFECT, Impact.LARGE, Urgency.HIGH, WATCHED),
    Story(33, "BAL", "Bad sound between depots", Category.FAULT, Impact.LOCALISED, Urgency.HIGH, SLOW),
    Story(13, "BAL", "Callers say that we sound like robots", Category.FAULT, Impact.LARGE, Urgency.MEDIUM, SLOW),
    Story(
        6,
        "UTR",
        "Music on hold is silent",
        Category.FAULT,
        Impact.INDIVIDUAL,
        Urgency.LOW,
        ((40, acknowledge), (45, take), (50, note)),
    ),
    Story(
        3.2,
        "ISF",
        "Two lines out of order",
        Category.FAULT,
        Impact.LOCALISED,
        Urgency.HIGH,
        ((60, acknowledge), (70, take), (200, wait_for_vendor)),
    ),
    Story(1.1, "AMS", "Please add three users next week", Category.CONFIGURATION, Impact.INDIVIDUAL, Urgency.LOW, ()),
    Story(
        0.22,
        "NWK",
        "Dispatch cannot transfer calls",
        Category.FAULT,
        Impact.LOCALISED,
        Urgency.CRITICAL,
        ((14, acknowledge), (15, take), (40, reply)),
    ),
    Story(0.012, "HLM", "Half of the phones lost their line", Category.FAULT, Impact.LARGE, Urgency.CRITICAL, ()),
)


def open_story(world: World, story: Story, at: datetime) -> Ticket:
    """The customer reports it on its page."""
    asset = world.systems[story.code]
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
