"""Who is told of a visit, in which words, and what stays inside."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.models import Contact, Customer, GuestLink
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from schedules.actions import ask_other_time, cancel_visit, confirm_visit, reschedule_visit
from schedules.models import Visit
from tests.schedules.conftest import NOW, World
from tests.schedules.visits import make_due
from tickets.actions import open_ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
INSIDE = "Umbrage"


@pytest.fixture
def visit(world: World, technician: User, dispatcher: User, customer: User) -> Visit:
    """Planned by the dispatcher, with a work order and a ticket; an owner and a contact are told."""
    Contact.objects.create(customer=world.customer, site=world.site, name="Gerda Gate", email="gerda@alder.example")
    work = make_due(world, "voicemail")
    ticket = open_ticket(
        customer=world.customer,
        site=world.site,
        summary="No <sound> & so on",
        impact="individual",
        urgency="low",
        by=None,
        now=NOW,
    )
    Message.objects.all().delete()
    return builder.visit(
        site=world.site,
        technician=technician,
        work_orders=[row for row in work if row.procedure_version.procedure.slug == "voicemail"],
        tickets=[ticket],
        note=INSIDE,
        by=dispatcher,
        now=NOW,
    )


def sent() -> dict[str, Message]:
    """The messages since last asked, by address."""
    rows = {row.to: row for row in Message.objects.order_by("pk")}
    Message.objects.all().delete()
    return rows


def test_planned_visit_is_proposed_to_the_customer_and_told_to_the_technician(visit: Visit, world: World) -> None:
    messages = sent()
    assert set(messages) == {"customer@alder.example", "gerda@alder.example", "technician@var.example"}
    mail = messages["gerda@alder.example"]
    assert mail.subject == f"[{visit.number}] Our visit on Monday 2 March: does it suit you?"
    for words in (
        "Hello Gerda Gate,",
        "When: Monday 2 March 2026, 11:00 to 13:00 (Amsterdam time)",
        f"Where: {world.site.name}",
        "Who comes: Tara Technician",
        "- voicemail",
        "No <sound> & so on",
        "/g/",
    ):
        assert words in mail.text
    assert "\n\n\n" not in mail.text
    assert f"/visits/{visit.number}/" in messages["customer@alder.example"].text
    assert "/g/" not in messages["customer@alder.example"].text
    link = GuestLink.objects.get()
    assert (link.purpose, link.subject, link.expires_at) == ("confirm_visit", visit.number, visit.planned_end_at)


def test_what_is_ours_stays_inside(visit: Visit, dispatcher: User) -> None:
    messages = sent()
    assert INSIDE in messages["technician@var.example"].text
    reschedule_visit(
        visit=visit, starts_at=NOW + 24 * HOUR, ends_at=NOW + 26 * HOUR, reason=INSIDE, by=dispatcher, now=NOW
    )
    messages |= {f"moved {to}": row for to, row in sent().items()}
    cancel_visit(visit=visit, reason=INSIDE, by=dispatcher, now=NOW)
    messages |= {f"off {to}": row for to, row in sent().items()}
    for to, row in messages.items():
        if "alder.example" in to:
            assert INSIDE not in row.text + row.subject, to
    assert len([to for to in messages if "alder.example" in to]) == 6


def test_confirmed_by_the_customer_tells_planner_technician_and_its_others(
    visit: Visit, customer: User, dispatcher: User
) -> None:
    sent()
    confirm_visit(visit=visit, by=customer, now=NOW)
    messages = sent()
    assert set(messages) == {"gerda@alder.example", "technician@var.example", "dispatcher@var.example"}
    assert "Carla Customer" in messages["dispatcher@var.example"].text
    assert messages["gerda@alder.example"].subject == f"[{visit.number}] Agreed: our visit on Monday 2 March"
    confirm_visit(visit=visit, by=customer, now=NOW)
    assert sent() == {}


def test_confirmed_by_a_dispatcher_is_not_said_to_be_the_customers_word(visit: Visit, dispatcher: User) -> None:
    sent()
    confirm_visit(visit=visit, by=dispatcher, now=NOW)
    messages = sent()
    assert "our visit is agreed." in messages["gerda@alder.example"].text
    assert "Dirk Dispatcher confirmed" in messages["technician@var.example"].text


def test_confirmed_by_a_guest_names_the_guest(visit: Visit) -> None:
    sent()
    confirm_visit(visit=visit, by=None, guest_name="Gerda Gate", now=NOW)
    assert "Gerda Gate confirmed the visit" in sent()["technician@var.example"].text


def test_wish_for_another_time_reaches_who_planned_it(visit: Visit, customer: User) -> None:
    sent()
    ask_other_time(visit=visit, wish="Tuesday after two", by=customer, now=NOW)
    messages = sent()
    assert set(messages) == {"dispatcher@var.example"}
    assert "Tuesday after two" in messages["dispatcher@var.example"].text


def test_wish_reaches_every_dispatcher_where_the_planner_is_gone(
    visit: Visit, customer: User, dispatcher: User, manager: User
) -> None:
    sent()
    User.objects.filter(pk=dispatcher.pk).update(is_active=False)
    ask_other_time(visit=visit, wish="Tuesday after two", by=customer, now=NOW)
    assert set(sent()) == {"manager@var.example"}


def test_moved_visit_is_proposed_anew_and_both_technicians_are_told(
    visit: Visit, dispatcher: User, manager: User
) -> None:
    sent()
    tomorrow = NOW + 24 * HOUR
    reschedule_visit(
        visit=visit, technician=manager, starts_at=tomorrow, ends_at=tomorrow + HOUR, by=dispatcher, now=NOW
    )
    messages = sent()
    assert "Tuesday 3 March 2026, 10:00 to 11:00 (Amsterdam time)" in messages["gerda@alder.example"].text
    assert messages["manager@var.example"].subject.endswith("on Tuesday 3 March")
    assert "No longer yours" in messages["technician@var.example"].subject


def test_cancelled_visit_is_told_to_both_sides(visit: Visit, dispatcher: User) -> None:
    sent()
    cancel_visit(visit=visit, reason="Flood", by=dispatcher, now=NOW)
    messages = sent()
    assert set(messages) == {"customer@alder.example", "gerda@alder.example", "technician@var.example"}
    assert "Flood" in messages["technician@var.example"].text


def test_customer_without_people_is_told_at_its_own_address(world: World, technician: User) -> None:
    Customer.objects.filter(pk=world.customer.pk).update(email="info@alder.example")
    world.site.refresh_from_db()
    builder.visit(site=world.site, technician=technician, now=NOW)
    assert set(sent()) == {"info@alder.example", "technician@var.example"}


def test_customer_that_nobody_can_write_to_is_no_fault(world: World, technician: User) -> None:
    builder.visit(site=world.site, technician=technician, by=technician, now=NOW)
    assert sent() == {}


def test_times_are_the_sites_whatever_the_readers_zone(world: World, technician: User, customer: User) -> None:
    world.site.timezone = "Asia/Tokyo"
    world.site.save()
    User.objects.filter(pk=customer.pk).update(timezone="America/New_York")
    builder.visit(site=world.site, technician=technician, now=NOW, starts_at=NOW + 14 * HOUR)
    text = sent()["customer@alder.example"].text
    assert "Tuesday 3 March 2026, 08:00 to 10:00 (Tokyo time)" in text
