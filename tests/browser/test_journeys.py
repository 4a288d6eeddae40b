"""The four accounts do their jobs, on a phone and on a desk."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from contracts.enums import ContractState
from contracts.models import Contract
from portal.demo import builder
from schedules.enums import Outcome, WorkStatus
from schedules.models import Answer, ChangeEvent, WorkOrder
from tests.browser.conftest import Visitor, World
from tickets.enums import TicketSource, TicketState
from tickets.models import Ticket

SignedIn = Callable[[str], Visitor]


def daily_check(world: World) -> WorkOrder:
    orders = WorkOrder.objects.open().filter(procedure_version__procedure__slug="administration-check")
    return orders.order_by("-due_at")[0]


def test_technician_does_the_daily_check(signed_in: SignedIn, world: World) -> None:
    order = daily_check(world)
    visitor = signed_in("technician")
    page = visitor.page
    page.locator(f"a[href='/work-orders/{order.number}/']").click()
    visitor.look()
    first, second, third = (page.locator("[data-step]").nth(number) for number in range(3))

    first.get_by_role("button", name="Pass").click()
    expect(first).to_contain_text("Saved")
    second.get_by_role("button", name="Fail", exact=True).click()
    second.get_by_label("What is wrong?").fill("Line 3 is out of service.")
    second.get_by_role("button", name="Save as failed").click()
    expect(second).to_contain_text("Saved")
    expect(page.get_by_text("2 of 3")).to_be_visible()

    page.get_by_role("button", name="Complete this work").click()
    expect(page.get_by_role("link", name=re.compile("See that no fault"))).to_be_visible()  # the gap, linked
    visitor.look()
    third.get_by_role("button", name="N/A").click()
    expect(third).to_contain_text("Saved")

    second.get_by_role("button", name="Open a ticket").click()
    expect(page.get_by_text(re.compile(r"TK-\d+")).first).to_be_visible()
    visitor.open(f"/work-orders/{order.number}/")
    page.get_by_role("button", name="Complete this work").click()
    page.wait_for_load_state()
    visitor.look()

    order.refresh_from_db()
    assert order.status == WorkStatus.DONE
    outcomes = list(Answer.objects.order_by("step__position").values_list("outcome", flat=True))
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE]
    assert Answer.objects.get(outcome=Outcome.FAIL).ticket.source == TicketSource.STEP


def test_technician_records_a_reading(signed_in: SignedIn, world: World) -> None:
    order = WorkOrder.objects.get(procedure_version__procedure__slug="event-logs")
    visitor = signed_in("technician")
    visitor.open(f"/work-orders/{order.number}/")
    page = visitor.page
    step = page.locator("[data-step]", has=page.locator("input[name=value]")).first
    step.locator("input[name=value]").fill("abc")
    step.get_by_role("button", name="Save", exact=True).click()
    expect(step.get_by_role("alert").first).to_be_visible()
    assert step.locator("input[name=value]").input_value() == "abc"  # nothing typed is lost
    step.locator("input[name=value]").fill("0")
    step.get_by_role("button", name="Save", exact=True).click()
    expect(step).to_contain_text("Saved")
    assert Answer.objects.get().value == 0


def test_customer_reports_a_fault_and_sees_when_it_is_answered(signed_in: SignedIn, world: World) -> None:
    visitor = signed_in("customer")
    page = visitor.page
    expect(page.get_by_text(re.compile("Covered until"))).to_be_visible()
    page.get_by_role("link", name="Report a fault").click()
    visitor.look()
    page.get_by_role("button", name="Report the fault").click()  # nothing filled in
    visitor.look()
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    page.get_by_label("What is wrong, in a few words?").fill("Nobody can call")
    page.get_by_label("No calling at all").check()
    page.get_by_label("Nearly everybody").check()
    page.get_by_role("button", name="Report the fault").click()
    page.wait_for_load_state()
    visitor.look()
    expect(page.get_by_text(re.compile("Reply by"))).to_be_visible()

    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.state) == ("S1", TicketState.NEW)
    visitor.open("/")
    expect(page.get_by_text("Nobody can call")).to_be_visible()


def test_customer_reports_a_change(signed_in: SignedIn, world: World) -> None:
    visitor = signed_in("customer")
    page = visitor.page
    page.get_by_role("link", name="Report a change").click()
    visitor.look()
    page.get_by_role("link", name=re.compile("Subnet changed")).click()
    visitor.look()
    page.get_by_label("Site").select_option(index=1)
    visitor.press("form.form-card button[type=submit]")
    event = ChangeEvent.objects.get()
    expect(page.locator("main")).to_contain_text("Reset the phones or wait for the leases")
    assert event.firings.exclude(work_order=None).exists()


def test_dispatcher_takes_a_ticket_through(signed_in: SignedIn, world: World) -> None:
    visitor = signed_in("dispatcher")
    page = visitor.page
    visitor.open(f"/tickets/new/?asset={world.asset.pk}")
    page.get_by_label("What is wrong, in a few words?").fill("Echo on the line")
    page.get_by_role("button", name="Open the ticket").click()
    page.wait_for_load_state()
    visitor.look()
    page.get_by_label("Your comment").fill("We look into it this afternoon.")
    page.get_by_role("button", name="Send to the customer").click()
    expect(page.get_by_text("We look into it this afternoon.")).to_be_visible()
    page.locator("summary", has_text="Resolve").click()
    page.get_by_label("How was it solved?").fill("Changed the gain of the line.")
    page.locator("details[open]").get_by_role("button", name="Resolve").click()
    page.wait_for_load_state()
    visitor.look()
    assert Ticket.objects.get().state == TicketState.RESOLVED


def test_manager_makes_a_contract_and_puts_it_in_force(signed_in: SignedIn, world: World) -> None:
    other = builder.asset(site=world.asset.site, product=world.asset.product, tag="ALD-PBX-2")
    visitor = signed_in("manager")
    page = visitor.page
    visitor.open(f"/contracts/new/?customer={world.contract.customer_id}")
    page.get_by_label("Name", exact=False).first.fill("Second system")
    page.get_by_label("Plan", exact=False).first.select_option(label="Resident")
    page.get_by_label("Calendar").select_option(label="Around the clock")
    page.locator("[name=from_on]").fill(f"{timezone.localdate():%Y-%m-%d}")
    page.locator("[name=until_on]").fill(f"{timezone.localdate() + timedelta(days=180):%Y-%m-%d}")
    page.get_by_label("ALD-PBX-2").check()
    visitor.press("form.form-card button.btn-primary")
    contract = Contract.objects.get(name="Second system")
    assert contract.state == ContractState.DRAFT
    visitor.open(f"/contracts/{contract.number}/activate/")
    visitor.press("form.form-card button.btn-primary")
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE
    assert contract.schedules.count() == 5
    assert [cover.asset for cover in contract.covered_assets.all()] == [other]


def test_manager_looks_at_every_list(signed_in: SignedIn, world: World) -> None:
    visitor = signed_in("manager")
    lists = (
        "work-orders tickets changes customers contracts sites assets contacts plans sla-policies calendars products"
    )
    for name in [*lists.split(), "schedules", "team", "outbox", "account/api-keys"]:
        visitor.open(f"/{name}/")
