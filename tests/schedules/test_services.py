"""Time and parts are entered while the visit or the ticket is open."""

from __future__ import annotations

import pytest

from contracts.models import PartUsed, TimeEntry
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules.actions import cancel_visit, enter_part, enter_time, take_back
from schedules.enums import VisitStatus
from tests.schedules.conftest import NOW, World
from tests.schedules.visits import ARRIVED, answer_visit, make_due, signed, started
from tickets.actions import close, open_ticket, resolve
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


@pytest.fixture
def ticket(world: World) -> Ticket:
    builder.calendar(now=NOW, name="Default", is_default=True)
    builder.policy(now=NOW, name="Default", is_default=True)
    return open_ticket(
        customer=world.customer,
        site=world.site,
        summary="No sound",
        impact="individual",
        urgency="low",
        by=None,
        now=NOW,
    )


def test_time_and_parts_of_a_visit(world: World, technician: User) -> None:
    contract = world.contract()
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    time = enter_time(source=visit, minutes=25, kind="travel", by=technician, now=NOW)
    part = enter_part(source=visit, name="Handset", asset=world.asset, by=technician, now=NOW)
    assert (time.source, time.source_label, time.site) == (visit.number, "Visit of 2026-03-02", world.site)
    assert (time.contract, part.source) == (contract, visit.number)


def test_time_of_a_ticket(ticket: Ticket, technician: User) -> None:
    row = enter_time(source=ticket, minutes=25, by=technician, now=NOW)
    assert (row.source, row.source_label) == (ticket.number, "No sound")


def test_ticket_without_a_site_takes_none(ticket: Ticket) -> None:
    Ticket.objects.update(site=None)
    with pytest.raises(DomainError) as fault:
        enter_time(source=ticket, minutes=25, by=None, now=NOW)
    assert fault.value.attr == "ticket"


def test_closed_ticket_takes_and_gives_back_none(ticket: Ticket) -> None:
    row = enter_time(source=ticket, minutes=25, by=None, now=NOW)
    close(ticket=resolve(ticket=ticket, solution="Done", by=None, now=NOW), by=None, now=NOW)
    for act in (
        lambda: enter_time(source=ticket, minutes=25, by=None, now=NOW),
        lambda: take_back(row=row, by=None, now=NOW),
    ):
        with pytest.raises(Conflict) as fault:
            act()
        assert fault.value.code == "state"
    assert TimeEntry.objects.count() == 1


def test_taken_back_while_the_visit_is_open(world: World, technician: User) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    row = enter_part(source=visit, name="Handset", by=technician, now=NOW)
    take_back(row=row, by=technician, now=NOW)
    assert not PartUsed.objects.exists()
    assert "1 x Handset" in visit.events.get(kind="entry_removed").data["entry"]


def test_closed_visit_takes_and_gives_back_none(world: World, technician: User) -> None:
    make_due(world)
    visit = started(world, technician)
    row = enter_time(source=visit, minutes=25, by=None, now=ARRIVED)
    answer_visit(visit)
    signed(visit)
    off = cancel_visit(
        visit=builder.visit(site=world.site, technician=technician, now=ARRIVED, starts_at=ARRIVED.replace(hour=20)),
        reason="Flood",
        by=None,
        now=ARRIVED,
    )
    for act in (
        lambda: enter_time(source=visit, minutes=25, by=None, now=ARRIVED),
        lambda: enter_part(source=off, name="Handset", by=None, now=ARRIVED),
        lambda: take_back(row=row, by=None, now=ARRIVED),
    ):
        with pytest.raises(Conflict) as fault:
            act()
        assert fault.value.code == "state"


def test_visit_without_anything_to_look_at_is_signed_with_its_time(world: World, technician: User) -> None:
    """The site has no base unit and no due work: what was done there is the time."""
    visit = started(world, technician)
    enter_time(source=visit, minutes=45, kind="advice", by=technician, now=ARRIVED)
    assert signed(visit).status == VisitStatus.SIGNED
