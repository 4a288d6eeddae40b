"""A customer in Amsterdam with one covered phone system, and what answers where no contract does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from contracts.models import Asset, CalendarVersion, Contract, Customer, Site, SlaPolicyVersion
from portal.accounts.models import User
from portal.demo import builder
from tests.conftest import NOW
from tickets.actions import open_ticket
from tickets.models import Ticket


@dataclass(frozen=True)
class World:
    customer: Customer
    calendar: CalendarVersion
    policy: SlaPolicyVersion
    site: Site
    asset: Asset
    unlisted: Asset
    contract: Contract


@pytest.fixture
def defaults(db: None) -> SlaPolicyVersion:
    builder.calendar(now=NOW, name="Default", is_default=True)
    return builder.policy(now=NOW, name="Default", is_default=True)


@pytest.fixture
def world(customer_a: Customer, defaults: SlaPolicyVersion) -> World:
    calendar = builder.calendar(now=NOW, name="Amsterdam office")
    policy = builder.policy(now=NOW, name="Gold")
    site = builder.site(customer=customer_a, calendar=calendar, name="Head office")
    product = builder.product()
    asset = builder.asset(site=site, product=product, tag="AMS-PBX-1")
    unlisted = builder.asset(site=site, product=product, tag="AMS-FAX-1", name="Fax")
    contract = builder.contract(
        customer=customer_a,
        plan_version=builder.plan(now=NOW, policy_version=policy),
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=NOW,
    )
    return World(customer_a, calendar, policy, site, asset, unlisted, contract)


@pytest.fixture
def opened(world: World) -> Callable[..., Ticket]:
    """Open a ticket on the covered phone system; S2 and nobody signed in unless told otherwise."""

    def open_one(*, by: User | None = None, now: datetime = NOW, **values: Any) -> Ticket:
        fields: dict[str, Any] = {
            "customer": world.customer,
            "asset": world.asset,
            "summary": "Nobody can call out",
            "impact": "localised",
            "urgency": "high",
        }
        return open_ticket(**fields | values, by=by, now=now)

    return open_one
