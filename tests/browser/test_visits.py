"""A dispatcher plans a visit at the desk, a technician does it on a phone and both sign on its screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, expect
from pytest_django.live_server_helper import LiveServer

from schedules.enums import ItemOutcome, StepKind, VisitStatus
from schedules.models import Backup, Visit, WorkOrder
from tests.browser.conftest import SIZES, Visitor, World
from tickets.actions import open_ticket
from tickets.models import Ticket


@pytest.fixture
def people(browser: Browser, live_server: LiveServer, world: World) -> Iterator[dict[str, Visitor]]:
    """The dispatcher at a desk, the technician on a phone, the customer on a phone; each signed in."""
    found, contexts = {}, []
    for role, size in (("dispatcher", "desk"), ("technician", "phone"), ("customer", "phone")):
        context = browser.new_context(viewport=SIZES[size], has_touch=size == "phone")
        context.set_default_timeout(15_000)
        contexts.append(context)
        found[role] = Visitor(context.new_page(), live_server.url)
        found[role].sign_in(world.people[role])
    yield found
    for context in contexts:
        context.close()


@pytest.fixture
def ticket(world: World) -> Ticket:
    now = timezone.now()
    return open_ticket(
        customer=world.asset.site.customer,
        site=world.asset.site,
        asset=world.asset,
        summary="Hum on line 3",
        impact="individual",
        urgency="medium",
        by=world.people["customer"],
        now=now,
    )


def draw(pad: Locator) -> None:
    """A few strokes with a finger."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = pad.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 90)
    mouse.down()
    for step in range(1, 9):
        mouse.move(box["x"] + 30 + 25 * step, box["y"] + (40 if step % 2 else 120))
    mouse.up()


def plan_it(visitor: Visitor, world: World, ticket: Ticket) -> Visit:
    """From the site's page, in a minute."""
    page = visitor.page
    visitor.open(f"/sites/{world.asset.site_id}/")
    visitor.press("a:has-text('Plan a visit')")
    page.locator("[name=technician]").select_option(label="Technician One")
    expect(page.get_by_role("heading", name="Technician One on that day")).to_be_visible()
    start = (timezone.now() + timedelta(minutes=2)).astimezone(ZoneInfo(world.asset.site.timezone))
    before = page.locator("[name=ends_at]").input_value()
    page.locator("[name=starts_at]").fill(f"{start:%Y-%m-%dT%H:%M}")
    expect(page.locator("[name=ends_at]")).not_to_have_value(before)  # it keeps its length
    expect(page.get_by_label(ticket.summary)).to_be_checked()
    shorter = page.locator("[data-sum-minutes]").inner_text()
    page.locator("[name=work_orders]").first.set_checked(not page.locator("[name=work_orders]").first.is_checked())
    expect(page.locator("[data-sum-minutes]")).not_to_have_text(shorter)
    visitor.look()
    page.get_by_role("button", name="Plan this visit").click()
    page.wait_for_url(re.compile(r"/visits/V-\d+/"))
    visitor.look()
    return Visit.objects.get()


def answer_everything(visitor: Visitor, order: WorkOrder) -> None:
    """Open it from the visit, pass each step, complete it; and be back on the visit."""
    page = visitor.page
    page.locator(f"a[href='/work-orders/{order.number}/']").first.click()
    page.wait_for_url(re.compile(order.number))
    visitor.look()
    for card in page.locator("[data-step]").all():
        if card.locator("input[name=text]").count():
            card.locator("input[name=text]").fill("//nas/backups/today")
            card.get_by_role("button", name="Save", exact=True).click()
        else:
            card.get_by_role("button", name="Pass").click()
        expect(card).to_contain_text("Saved")
    page.get_by_role("button", name="Complete this work").click()
    page.wait_for_url(re.compile(r"/visits/V-\d+/"))


def test_a_visit_is_planned_done_on_a_phone_and_signed(
    people: dict[str, Visitor], world: World, ticket: Ticket
) -> None:
    visit = plan_it(people["dispatcher"], world, ticket)
    visitor = people["technician"]
    page = visitor.page

    visitor.open("/")
    page.get_by_role("button", name="Start the visit").click()
    page.wait_for_url(re.compile(visit.number))
    visitor.look()
    opening = [item.work_order for item in visit.work.filter(is_opening=True).select_related("work_order")]
    assert len(opening) == 2

    # Signing is asked for too early: what it begins with comes first, and the drawing stays where it is.
    visitor.open(f"/visits/{visit.number}/sign-off/")
    expect(page.get_by_role("heading", name="First finish this")).to_be_visible()
    draw(page.locator("[data-sign=technician] canvas"))
    page.locator("[name=customer_name]").fill("Carla Customer")
    drawn = page.locator("[name=technician_drawn]").input_value()
    assert drawn.startswith("data:image/png")
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="Not signed off yet")).to_be_visible()
    visitor.look()
    assert page.locator("[name=technician_drawn]").input_value() == drawn
    page.get_by_role("link", name=re.compile("administration")).first.click()  # to the gap ...
    page.wait_for_url(re.compile("work-orders"))
    page.get_by_role("link", name=re.compile("Part of visit")).click()  # ... and back

    for order in opening:
        answer_everything(visitor, order)
    visitor.look()
    record_travel(visitor)

    visitor.open(f"/visits/{visit.number}/sign-off/")
    assert page.locator("[name=technician_drawn]").input_value() == drawn
    expect(page.locator("[name=customer_name]")).to_have_value("Carla Customer")
    for field in page.get_by_label("Why is it carried over?").all():
        field.fill("A part is missing")
    draw(page.locator("[data-sign=customer] canvas"))
    draw(page.locator("[data-sign=technician] canvas"))
    page.locator("[data-sign=technician]").get_by_role("button", name="Clear").click()
    assert page.locator("[name=technician_drawn]").input_value() == ""
    draw(page.locator("[data-sign=technician] canvas"))
    visitor.look()
    page.get_by_role("button", name="Sign off").click()
    page.wait_for_url(re.compile(rf"/visits/{visit.number}/$"))
    visitor.look()

    visit.refresh_from_db()
    assert visit.status == VisitStatus.SIGNED
    assert {row.outcome for row in visit.signatures.all()} == {"signed"}
    assert visit.ticket_items.get().outcome == ItemOutcome.CARRIED_OVER
    assert Backup.objects.filter(asset=world.asset, answer__step__kind=StepKind.BACKUP).exists()
    people["customer"].open(f"/visits/{visit.number}/")


def record_travel(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("summary", has_text="Record time or travel").click()
    page.get_by_label("Minutes").fill("25")
    page.get_by_label("What kind").select_option(label="Travel")
    page.locator("details[open]").get_by_role("button", name="Record it").click()
    expect(page.get_by_text("25 min").first).to_be_visible()
    visitor.look()


def test_no_connection_loses_no_signature(people: dict[str, Visitor], world: World, ticket: Ticket) -> None:
    visit = plan_it(people["dispatcher"], world, ticket)
    visitor = people["technician"]
    page = visitor.page
    visitor.open(f"/visits/{visit.number}/")
    page.get_by_role("button", name="Start the visit").click()
    visitor.open(f"/visits/{visit.number}/sign-off/")
    draw(page.locator("[data-sign=customer] canvas"))
    drawn = page.locator("[name=customer_drawn]").input_value()
    page.context.set_offline(True)
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Not sent: no connection.")).to_be_visible()
    assert page.locator("[name=customer_drawn]").input_value() == drawn
    page.context.set_offline(False)
    page.set_viewport_size({"width": 844, "height": 390})  # the phone is turned
    expect(page.locator("[data-sign=customer] canvas")).to_be_visible()
    assert page.locator("[name=customer_drawn]").input_value() == drawn
    visitor.complaints.clear()  # the browser's own words about the lost connection
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="Not signed off yet")).to_be_visible()
    assert page.locator("[name=customer_drawn]").input_value() == drawn
