"""The three first screens."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from contracts.models import Asset, Contract, Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import Measured, assign_work, confirm_visit, load_programme, record_readings
from schedules.enums import Metric
from schedules.generation import generate_work
from schedules.models import WorkOrder
from tickets.actions import open_ticket, raise_alerts, wait
from tickets.enums import TicketSource, TicketState

pytestmark = pytest.mark.django_db

ACTIVATED = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # Monday, six o'clock in Amsterdam
SignIn = Callable[[User], Client]


@pytest.fixture
def asset(customer_a: Customer) -> Asset:
    calendar = builder.calendar(now=ACTIVATED, is_default=True)
    builder.policy(now=ACTIVATED, is_default=True)
    site = builder.site(customer=customer_a, calendar=calendar, name="Alder Street")
    return builder.asset(site=site, product=builder.product(), tag="ALD-PBX-1")


@pytest.fixture
def contract(asset: Asset, manager: User) -> Contract:
    load_programme(now=ACTIVATED)
    daily = {
        "procedure_slug": "administration-check",
        "frequency": "daily",
        "due_time": time(9),
        "nonworking_day": "skip",
    }
    contract = builder.contract(
        customer=asset.site.customer,
        plan_version=builder.plan(now=ACTIVATED, name="Daily care", procedures=[daily]),
        calendar_version=asset.site.calendar.current(),
        assets=[asset],
        from_on=date(2026, 3, 2),
        until_on=date(2026, 4, 30),
        now=ACTIVATED,
        by=manager,
    )
    generate_work(now=ACTIVATED)
    return contract


def _facts(order: WorkOrder) -> dict[str, Any]:
    """What a copy of a work order is made from."""
    return {field.name: getattr(order, field.name) for field in order._meta.concrete_fields if not field.primary_key}


def test_home_of_a_stranger_leads_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_technicians_home_shows_todays_work_and_what_is_late(
    contract: Contract, technician: User, sign_in: SignIn
) -> None:
    page = sign_in(technician).get("/")
    day = page.context["day"]
    assert [order.site.name for work in day.sites for order in work.orders] == ["Alder Street"]
    assert day.sites[0].overdue == 1  # due at nine in Amsterdam, eight in UTC
    assert "Look at the administration interface" in page.content.decode()


@time_machine.travel(datetime(2026, 3, 2, 7, 0, tzinfo=UTC), tick=False)
def test_technicians_home_leaves_a_colleagues_work_to_him_unless_asked(
    contract: Contract, technician: User, dispatcher: User, sign_in: SignIn
) -> None:
    colleague = builder.staff(now=ACTIVATED)
    order = WorkOrder.objects.get()
    assign_work(work_order=order, assignee=colleague, by=dispatcher, now=ACTIVATED)
    client = sign_in(technician)
    assert client.get("/").context["day"].sites == []
    assert client.get("/today/?all=1").context["day"].shown == 1


@time_machine.travel(datetime(2026, 3, 2, 7, 0, tzinfo=UTC), tick=False)
def test_today_is_not_for_customers(contract: Contract, customer: User, sign_in: SignIn) -> None:
    assert sign_in(customer).get("/today/").status_code == 403


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_says_covered_until_when_and_for_what(
    contract: Contract, customer: User, sign_in: SignIn
) -> None:
    page = sign_in(customer).get("/").content.decode()
    assert "Covered until 30 April 2026" in page
    assert "Daily care" in page
    assert "Firmware upgrade" in page


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_says_up_to_which_amount(contract: Contract, customer: User, sign_in: SignIn) -> None:
    version = contract.terms.get().plan_version
    version.coverage.create(work_kind="parts", decision="up_to", amount=1500, clause="Some parts.")
    assert "up to EUR\N{NO-BREAK SPACE}1,500.00" in sign_in(customer).get("/").content.decode()


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_names_what_no_contract_lists(
    contract: Contract, asset: Asset, customer: User, sign_in: SignIn
) -> None:
    builder.asset(site=asset.site, product=builder.product(), tag="ALD-GW-1", name="Gateway")
    page = sign_in(customer).get("/")
    assert [row.tag for row in page.context["home"].uncovered] == ["ALD-GW-1"]


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_promises_a_reply(contract: Contract, asset: Asset, customer: User, sign_in: SignIn) -> None:
    now = datetime(2026, 3, 2, 9, 50, tzinfo=UTC)
    open_ticket(
        customer=asset.site.customer,
        site=asset.site,
        asset=asset,
        summary="No calls",
        impact="widespread",
        urgency="critical",
        source=TicketSource.PORTAL,
        by=customer,
        now=now,
    )
    page = sign_in(customer).get("/").content.decode()
    assert "No calls" in page
    assert "Reply by Mon 10:05 · 11:05 in Amsterdam (in 5 min)" in page  # S1: fifteen minutes, around the clock


@time_machine.travel(datetime(2026, 3, 2, 7, 0, tzinfo=UTC), tick=False)
def test_customers_home_tells_the_same_work_at_two_sites_once(
    contract: Contract, asset: Asset, customer: User, sign_in: SignIn
) -> None:
    order = WorkOrder.objects.get()
    other = builder.site(customer=asset.site.customer, calendar=asset.site.calendar.current(), name="Birch Street")
    WorkOrder.objects.create(**{**_facts(order), "site": other, "schedule": None})
    coming = sign_in(customer).get("/").context["home"].next_due
    assert [line.sites for line in coming] == [["Alder Street", "Birch Street"]]


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_says_what_is_asked_of_the_customer(
    contract: Contract, asset: Asset, technician: User, customer: User, sign_in: SignIn
) -> None:
    client = sign_in(customer)
    assert "We need nothing from you at the moment." in client.get("/").content.decode()
    WorkOrder.objects.update(performer="customer", window_closes_at=datetime(2026, 3, 2, 22, 0, tzinfo=UTC))
    now = datetime(2026, 3, 2, 9, 50, tzinfo=UTC)
    ticket = open_ticket(
        customer=asset.site.customer,
        asset=asset,
        summary="Echo on the line",
        impact="individual",
        urgency="high",
        source=TicketSource.PORTAL,
        by=customer,
        now=now,
    )
    wait(ticket=ticket, reason=TicketState.WAITING_CUSTOMER, note="Which line?", by=technician, now=now)
    home = client.get("/").context["home"]
    assert [row.summary for row in home.asked] == ["Echo on the line"]
    assert [line.first for line in home.own_work] == [WorkOrder.objects.get()]
    assert home.next_due == []


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
def test_customers_home_asks_whether_a_visit_suits(
    contract: Contract, asset: Asset, technician: User, dispatcher: User, customer: User, sign_in: SignIn
) -> None:
    now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    visit = builder.visit(site=asset.site, technician=technician, now=now, by=dispatcher)
    client = sign_in(customer)
    home = client.get("/").context["home"]
    assert (home.visits, home.to_confirm) == ([visit], [visit])
    assert f'action="/visits/{visit.number}/confirm/"' in client.get("/").content.decode()
    viewer = sign_in(builder.member(customer=asset.site.customer, role="viewer", now=now))
    assert "/confirm/" not in viewer.get("/").content.decode()
    confirm_visit(visit=visit, by=customer, now=now)
    home = client.get("/").context["home"]
    assert (home.visits, home.to_confirm) == ([visit], [])


def test_customers_home_of_another_customer_is_not_there(contract: Contract, outsider: User, sign_in: SignIn) -> None:
    assert sign_in(outsider).get(f"/?customer={contract.customer_id}").status_code == 404
    assert sign_in(outsider).get("/?customer=x").status_code == 404


def test_home_without_any_customer_says_what_to_do(sign_in: SignIn) -> None:
    nobody = builder.user(now=ACTIVATED, email="nobody@nowhere.example", name="No Body")
    page = sign_in(nobody).get("/")
    assert page.status_code == 200
    assert "You do not belong to a customer yet" in page.content.decode()


@time_machine.travel(datetime(2026, 3, 3, 12, 0, tzinfo=UTC), tick=False)
def test_managers_home_counts_what_needs_attention(
    contract: Contract, asset: Asset, manager: User, customer: User, sign_in: SignIn
) -> None:
    opened = datetime(2026, 3, 3, 11, 40, tzinfo=UTC)
    open_ticket(
        customer=asset.site.customer,
        asset=asset,
        summary="No calls",
        impact="widespread",
        urgency="critical",
        by=customer,
        source=TicketSource.PORTAL,
        now=opened,
    )
    now = opened + timedelta(minutes=20)
    raise_alerts(now=now)
    generate_work(now=now)
    home = sign_in(manager).get("/").context["home"]
    assert (home.missed_open, home.unassigned, home.at_risk) == (1, 1, 0)
    assert home.overdue == 1  # Tuesday's; Monday's was missed
    assert home.compliance["var"].missed == 1
    assert [(row.contract, row.days) for row in home.ending] == [(contract, 58)]
    assert (home.uncovered, home.set_aside) == (0, 0)
    s1 = home.attainment[0]
    assert (s1.severity, s1.response.met, s1.response.missed) == ("S1", 0, 1)


@time_machine.travel(datetime(2026, 3, 3, 12, 0, tzinfo=UTC), tick=False)
def test_managers_home_names_systems_whose_voicemail_is_nearly_full(
    asset: Asset, manager: User, sign_in: SignIn
) -> None:
    def read(value: float, day: int) -> None:
        at = datetime(2026, 3, day, 9, 0, tzinfo=UTC)
        measured = Measured(asset=asset, metric=Metric.VOICEMAIL_MINUTES, value=value, taken_at=at)
        record_readings(readings=[measured], now=at)

    client = sign_in(manager)
    assert client.get("/").context["home"].uncovered == 1
    asset.capacities.create(metric=Metric.VOICEMAIL_MINUTES, value=1000, from_on=date(2026, 1, 1))
    read(799, 1)
    assert client.get("/").context["home"].filling == []
    read(800, 2)
    assert [(row, row.used, row.room) for row in client.get("/").context["home"].filling] == [(asset, 800, 1000)]
    asset.capacities.create(metric=Metric.VOICEMAIL_MINUTES, value=2000, from_on=date(2026, 3, 3))
    assert client.get("/").context["home"].filling == []


@time_machine.travel(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), tick=False)
@pytest.mark.parametrize("role", ["manager", "technician", "customer"])
def test_homes_ask_a_bounded_number_of_questions(
    role: str,
    contract: Contract,
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    client = sign_in(request.getfixturevalue(role))
    with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
        client.get("/")
