from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import override_settings

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError
from tests.conftest import NOW
from tests.tickets.conftest import World
from tickets.actions import open_ticket
from tickets.models import Ticket

Opened = Callable[..., Ticket]

FRIDAY_NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # 13:00 in Amsterdam
EASTER_FRIDAY = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)  # 16:30; the clocks go forward on Sunday 29 March


@pytest.mark.parametrize(
    ("impact", "urgency", "severity", "response_due_at", "resolution_due_at"),
    [
        # S1 and S2 run around the clock, over the weekend.
        (
            "widespread",
            "critical",
            "S1",
            datetime(2026, 3, 6, 12, 15, tzinfo=UTC),
            datetime(2026, 3, 6, 16, tzinfo=UTC),
        ),
        ("large", "high", "S2", datetime(2026, 3, 6, 12, 30, tzinfo=UTC), datetime(2026, 3, 6, 20, tzinfo=UTC)),
        # One business day: Monday 13:00. Five: Friday 13:00.
        ("large", "medium", "S3", datetime(2026, 3, 9, 12, tzinfo=UTC), datetime(2026, 3, 13, 12, tzinfo=UTC)),
        # Three business days: Wednesday 13:00; S4 has no time to be solved in.
        ("widespread", "low", "S4", datetime(2026, 3, 11, 12, tzinfo=UTC), None),
    ],
)
def test_open_ticket_sets_deadlines_over_a_weekend(
    opened: Opened,
    impact: str,
    urgency: str,
    severity: str,
    response_due_at: datetime,
    resolution_due_at: datetime | None,
) -> None:
    ticket = opened(impact=impact, urgency=urgency, now=FRIDAY_NOON)

    assert ticket.severity == severity
    assert ticket.response_due_at == response_due_at
    assert ticket.resolution_due_at == resolution_due_at
    assert ticket.response_met is None
    assert ticket.resolution_met is None


def test_open_ticket_over_the_change_to_summer_time_keeps_the_wall_time(opened: Opened) -> None:
    ticket = opened(impact="individual", urgency="high", now=EASTER_FRIDAY)  # S3

    assert ticket.response_due_at == datetime(2026, 3, 30, 14, 30, tzinfo=UTC)  # Monday 16:30, now UTC+2
    assert ticket.resolution_due_at == datetime(2026, 4, 3, 14, 30, tzinfo=UTC)


def test_open_ticket_over_the_change_to_winter_time_runs_in_real_time(opened: Opened) -> None:
    saturday = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)  # 23:00; the clocks go back at 3:00 on Sunday

    ticket = opened(impact="widespread", urgency="critical", now=saturday)

    assert ticket.resolution_due_at == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)  # 4 h later, though 2:00 by the wall


def test_open_ticket_by_customer_waits_for_an_answer(opened: Opened, customer: User) -> None:
    ticket = opened(by=customer, source="portal")

    assert ticket.state == "new"
    assert ticket.acknowledged_at is None
    assert list(ticket.events.values_list("kind", "by", "at", "is_public")) == [("opened", customer.pk, NOW, True)]
    assert ticket.events.get().data == {"severity": "S2"}
    assert ticket.next_alert_at == datetime(2026, 3, 2, 9, 22, 30, tzinfo=UTC)  # a quarter of 30 minutes before


def test_open_ticket_by_staff_is_acknowledged_at_once(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician)

    assert ticket.state == "open"
    assert ticket.acknowledged_at == NOW
    assert ticket.response_met is True
    assert list(ticket.events.values_list("kind", flat=True)) == ["opened", "acknowledged"]


def test_open_ticket_keeps_terms_and_coverage(opened: Opened, world: World) -> None:
    ticket = opened()

    assert ticket.site == world.site
    assert ticket.contract == world.contract
    assert ticket.policy_version == world.policy
    assert ticket.calendar_version == world.calendar
    assert ticket.coverage_decision == "covered"
    assert ticket.coverage_sentence == f"Covered by {world.contract.number}: Troubleshooting is part of the plan."


def test_open_ticket_on_unlisted_equipment_says_that_it_is_billable(opened: Opened, world: World) -> None:
    ticket = opened(asset=world.unlisted)

    assert ticket.contract is None
    assert ticket.policy_version.policy.is_default
    assert ticket.coverage_decision == "billable"
    assert ticket.coverage_sentence == "No contract lists AMS-FAX-1, so the work is billable."


def test_open_ticket_without_equipment_takes_the_contract_of_the_site(opened: Opened, world: World) -> None:
    ticket = opened(asset=None, site=world.site)

    assert ticket.contract == world.contract
    assert ticket.coverage_decision == "covered"


def test_open_ticket_takes_the_coverage_of_the_day_at_the_site(opened: Opened) -> None:
    new_years_eve_in_london = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # 0:30 on 1 January in Amsterdam

    assert opened(now=new_years_eve_in_london).coverage_decision == "billable"


@pytest.mark.parametrize(("affected", "severity"), [(0.76, "S1"), (0.75, "S2"), (0.5, "S2"), (0.24, "S3")])
def test_open_ticket_judges_the_share_affected(opened: Opened, affected: float, severity: str) -> None:
    assert opened(impact=None, affected=affected, urgency="high").severity == severity


@pytest.mark.parametrize("severity", ["S1", "S2"])
def test_open_ticket_that_is_urgent_mails_dispatchers_and_managers(
    opened: Opened, manager: User, dispatcher: User, technician: User, customer: User, severity: str
) -> None:
    impact = {"S1": "widespread", "S2": "localised"}[severity]

    ticket = opened(by=customer, impact=impact)

    assert ticket.severity == severity
    assert set(Message.objects.values_list("to", flat=True)) == {manager.email, dispatcher.email}
    message = Message.objects.first()
    assert message is not None
    assert message.subject == f"[{ticket.number}] {severity} at Alder Dental: Nobody can call out"
    assert "Equipment: AMS-PBX-1 Phone system" in message.text
    assert f"/tickets/{ticket.number}/" in message.text


def test_open_ticket_that_can_wait_mails_nobody(opened: Opened, manager: User, customer: User) -> None:
    opened(by=customer, impact="individual")

    assert not Message.objects.exists()


@override_settings(EMAIL_URL="smtp://mail.example")
def test_open_ticket_mails_in_the_zone_of_the_reader(opened: Opened, customer: User) -> None:
    builder.staff(now=NOW, role="manager", email="m@var.example", timezone="Europe/Amsterdam")

    opened(by=customer)

    assert "Reply by Mon 10:30" in Message.objects.get().text


@pytest.mark.parametrize(
    ("values", "attr", "code"),
    [
        ({"summary": "  "}, "summary", "required"),
        ({"impact": "huge"}, "impact", "invalid_choice"),
        ({"urgency": "panic"}, "urgency", "invalid_choice"),
        ({"impact": None}, "impact", "required"),
        ({"affected": 0.5}, "impact", "required"),
        ({"impact": None, "affected": 1.2}, "affected", "out_of_range"),
    ],
)
def test_open_ticket_refuses_bad_values_at_their_field(
    opened: Opened, values: dict[str, Any], attr: str, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        opened(**values)

    assert (caught.value.attr, caught.value.code) == (attr, code)
    assert not Ticket.objects.exists()


def test_open_ticket_refuses_equipment_of_another_site(opened: Opened, world: World) -> None:
    elsewhere = builder.site(customer=world.customer, calendar=world.calendar)

    with pytest.raises(DomainError) as caught:
        opened(site=elsewhere)

    assert caught.value.attr == "asset"


@pytest.mark.parametrize("attr", ["site", "asset"])
def test_open_ticket_refuses_a_place_of_another_customer(
    opened: Opened, world: World, customer_b: Customer, attr: str
) -> None:
    site = builder.site(customer=customer_b, calendar=world.calendar)
    asset = builder.asset(site=site, product=builder.product())
    place = {"site": site, "asset": None} if attr == "site" else {"asset": asset}

    with pytest.raises(DomainError) as caught:
        opened(**place)

    assert caught.value.attr == attr


@pytest.mark.parametrize("attr", ["customer", "site", "asset"])
def test_open_ticket_refuses_what_was_archived(opened: Opened, world: World, attr: str) -> None:
    row = getattr(world, attr)
    row.archived_at = NOW
    row.save()
    world.asset.refresh_from_db()

    with pytest.raises(DomainError) as caught:
        opened(customer=Customer.objects.get(), site=world.asset.site, asset=world.asset)

    assert (caught.value.attr, caught.value.code) == (attr, "archived")


def test_open_ticket_without_contract_or_defaults_says_what_is_missing(customer_a: Customer) -> None:
    with pytest.raises(Conflict) as caught:
        open_ticket(customer=customer_a, summary="Hum", impact="large", urgency="low", by=None, now=NOW)

    assert caught.value.code == "no_default_policy"


def test_open_ticket_where_the_calendar_never_opens_is_refused(world: World, opened: Opened) -> None:
    world.calendar.hours = {"mon": []}
    world.calendar.save()

    with pytest.raises(Conflict) as caught:
        opened(impact="individual")

    assert caught.value.code == "never_open"
