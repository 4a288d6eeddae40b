"""Chromium against the live server, on a phone and on a desk, with the four accounts of a small world."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from contracts.actions import activate_contract
from contracts.catalogue_rows import load_catalogue
from contracts.models import Asset, BusinessCalendar, Contract, Plan, Product
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import load_programme
from schedules.generation import generate_work

# Playwright's own loop runs in this thread, which Django would otherwise refuse to share with its database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "a long pass phrase"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {"executable_path": str(CHROMIUM), "args": quiet}


@dataclass
class World:
    people: dict[str, User]
    asset: Asset
    contract: Contract


@pytest.fixture
def world(transactional_db: None) -> World:
    """One customer with one covered phone system, whose work of today is there; and the four accounts."""
    now = timezone.now()
    load_catalogue(now=now)
    load_programme(now=now)
    people = {role: _person(role, now) for role in ("manager", "dispatcher", "technician")}
    customer = builder.customer(now=now, name="Alder Dental")
    people["customer"] = builder.member(
        now=now, customer=customer, email="customer@alder.example", name="Carla Customer", password=PASSWORD
    )
    calendar = BusinessCalendar.objects.get(name="Around the clock").current()
    site = builder.site(customer=customer, calendar=calendar, name="Alder Street")
    product = Product.objects.get(slug="response-point")
    asset = builder.asset(site=site, product=product, tag="ALD-PBX-1", users_count=20)
    today = now.date()
    contract = builder.contract(
        customer=customer,
        plan_version=Plan.objects.get(name="Periodic visits").current(),
        calendar_version=calendar,
        assets=[asset],
        from_on=today - timedelta(days=1),
        until_on=today + timedelta(days=364),
        now=now,
        activate=False,
        work_from_on=today - timedelta(days=1),
    )
    contract = activate_contract(contract=contract, by=people["manager"], now=now)
    generate_work(now=now)
    return World(people, asset, contract)


def _person(role: str, now: Any) -> User:
    return builder.staff(now=now, role=role, email=f"{role}@var.example", name=f"{role.title()} One", password=PASSWORD)


class Visitor:
    """Somebody at a browser, who complains about what a page does wrong."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, user: User) -> None:
        self.page.goto(f"{self.address}/accounts/login/")
        self.look()
        self.page.locator("input[name=login]").fill(user.email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_url(f"{self.address}/")

    def open(self, path: str) -> None:
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        self.look()

    def press(self, selector: str) -> None:
        """Press what leads to another page, and look at that."""
        with self.page.expect_navigation():
            self.page.locator(selector).last.click()
        self.look()

    def look(self) -> None:
        """Axe finds nothing, nothing is wider than the screen, nothing complained."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, f"{self.page.url} is {too_wide} px too wide"
        assert self.complaints == []


@pytest.fixture(params=list(SIZES))
def visitor(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Visitor]:
    context = browser.new_context(viewport=SIZES[request.param], has_touch=request.param == "phone")
    context.set_default_timeout(15_000)
    yield Visitor(context.new_page(), live_server.url)
    context.close()


@pytest.fixture
def signed_in(visitor: Visitor, world: World) -> Callable[[str], Visitor]:
    def as_(role: str) -> Visitor:
        visitor.sign_in(world.people[role])
        visitor.look()
        return visitor

    return as_
