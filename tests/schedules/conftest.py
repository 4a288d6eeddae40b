"""A site in Amsterdam with one phone system, and procedures that contracts can ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.enums import Frequency, NonworkingDay
from contracts.models import Asset, CalendarVersion, Contract, Customer, Product, Site
from portal.demo import builder
from schedules import verify
from schedules.enums import Phase, Scope, StepKind, VersionState
from schedules.models import Procedure, ProcedureVersion, Schedule, Step, WorkOrder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def utc(*values: int) -> datetime:
    return datetime(*values, tzinfo=UTC)  # type: ignore[arg-type]


def make_procedure(
    slug: str = "daily-check", steps: list[dict[str, Any]] | None = None, *, published: bool = True, **values: Any
) -> Procedure:
    """A procedure with one check unless steps are given."""
    procedure = Procedure.objects.create(
        slug=slug,
        texts={"name": {"en": slug}},
        **{"work_kind": "inspection", "frequency": "daily", "applies_to": ["system"]} | values,
    )
    version = ProcedureVersion.objects.create(
        procedure=procedure,
        number=1,
        state=VersionState.PUBLISHED if published else VersionState.DRAFT,
        created_at=NOW,
    )
    for position, step in enumerate(steps or [{"key": "look"}], start=1):
        defaults = {
            "kind": StepKind.CHECK,
            "phase": Phase.WORK,
            "scope": Scope.ASSET,
            "texts": {"title": {"en": str(step["key"])}},
        }
        Step.objects.create(version=version, position=position, **defaults | step)
    return procedure


def agreed(slug: str = "daily-check", frequency: str = Frequency.DAILY, **values: Any) -> dict[str, Any]:
    """What a plan says about a procedure; daily work skips, other work keeps its date."""
    how = NonworkingDay.SKIP if frequency == Frequency.DAILY else NonworkingDay.AS_IS
    return {"procedure_slug": slug, "frequency": frequency, "nonworking_day": how} | values


@dataclass
class World:
    customer: Customer
    calendar: CalendarVersion
    site: Site
    product: Product
    asset: Asset

    def contract(
        self,
        *procedures: dict[str, Any],
        from_on: date = date(2026, 3, 2),
        until_on: date = date(2027, 3, 1),
        now: datetime = NOW,
        assets: list[Asset] | None = None,
        **values: Any,
    ) -> Contract:
        plan = builder.plan(now=now, procedures=list(procedures))
        return builder.contract(
            customer=self.customer,
            plan_version=plan,
            calendar_version=self.calendar,
            assets=assets or [self.asset],
            from_on=from_on,
            until_on=until_on,
            now=now,
            **values,
        )


@pytest.fixture
def world(customer_a: Customer) -> World:
    return make_world(customer_a)


def make_world(customer: Customer, **calendar: Any) -> World:
    version = builder.calendar(now=NOW, **{"timezone": "Europe/Amsterdam"} | calendar)
    site = builder.site(customer=customer, calendar=version)
    product = builder.product(voicemail_capacity_minutes=1000)
    return World(customer, version, site, product, builder.asset(site=site, product=product))


@pytest.fixture
def other_site() -> Callable[..., tuple[Site, Asset]]:
    """Makes another site with a phone system, in its own zone."""

    def make(world: World, timezone: str, **calendar: Any) -> tuple[Site, Asset]:
        version = builder.calendar(now=NOW, timezone=timezone, **calendar)
        site = builder.site(customer=world.customer, calendar=version)
        return site, builder.asset(site=site, product=world.product)

    return make


def nominal_dates(schedule: Schedule | None = None, **filters: Any) -> list[str]:
    """The nominal dates of work orders in their order, as ISO text."""
    rows = WorkOrder.objects.filter(**({"schedule": schedule} if schedule else {}), **filters)
    return [on.isoformat() for on in rows.order_by("nominal_on").values_list("nominal_on", flat=True)]


@pytest.fixture
def leaves_faults() -> None:
    """Asked for by a test that breaks a rule on purpose."""


@pytest.fixture
def rules_hold(request: pytest.FixtureRequest, db: None) -> Iterator[None]:
    """The test leaves a database without faults, unless it breaks one on purpose."""
    yield
    if "leaves_faults" not in request.fixturenames:
        assert list(verify.faults()) == []
