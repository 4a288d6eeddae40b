"""A customer with two assets, a draft over the first, and an ear for the signal."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from contracts.models import Asset, CalendarVersion, Contract, Customer, PlanVersion, Site
from contracts.signals import contract_changed
from portal.demo import builder
from portal.web.errors import Conflict

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class World:
    customer: Customer
    site: Site
    first: Asset
    second: Asset
    plan: PlanVersion
    calendar: CalendarVersion

    def contract(self, **values: Any) -> Contract:
        """2026, over the first asset, active since NOW, unless told otherwise."""
        standard: dict[str, Any] = {
            "customer": self.customer,
            "plan_version": self.plan,
            "calendar_version": self.calendar,
            "assets": [self.first],
            "from_on": date(2026, 1, 1),
            "until_on": date(2026, 12, 31),
            "now": NOW,
        }
        return builder.contract(**standard | values)


def make_world() -> World:
    calendar = builder.calendar(now=NOW, is_default=True)
    customer = builder.customer(now=NOW)
    site = builder.site(customer=customer, calendar=calendar)
    first, second = (builder.asset(site=site, product=builder.product()) for _ in range(2))
    return World(customer, site, first, second, builder.plan(now=NOW), calendar)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@dataclass
class Heard:
    """What `contract_changed` told: contract, state at that moment, now and by."""

    calls: list[tuple[int, str, datetime, Any]] = field(default_factory=list)

    def __call__(self, *, contract: Contract, now: datetime, by: Any, **rest: Any) -> None:
        self.calls.append((contract.pk, contract.state, now, by))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Listens from the start of the test; clear `calls` after the set-up."""
    ear = Heard()
    contract_changed.connect(ear)
    yield ear
    contract_changed.disconnect(ear)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Run the works in threads, each with its own connection, from one starting line: "done" or the refusal."""
    outcomes: list[str] = []
    line = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            line.wait(timeout=10)
            work()
            outcomes.append("done")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


needs_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite lives in memory and has one connection"
)
