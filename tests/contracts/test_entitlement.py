"""Which contract answers, for what, and what a ticket's clock runs on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts.actions import suspend_contract, terminate_contract
from contracts.entitlement import cover_of, coverage_of, coverage_without_asset, terms_for_ticket
from contracts.models import Asset, CalendarVersion, Contract, Customer, PlanVersion, Site, SlaPolicyVersion
from portal.demo import builder
from portal.web.errors import Conflict

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ON = date(2026, 5, 1)


@pytest.fixture
def calendar() -> CalendarVersion:
    return builder.calendar(now=NOW, is_default=True)


@pytest.fixture
def site(customer_a: Customer, calendar: CalendarVersion) -> Site:
    return builder.site(customer=customer_a, calendar=calendar)


@pytest.fixture
def asset(site: Site) -> Asset:
    return builder.asset(site=site, product=builder.product(), tag="AMS-1")


@pytest.fixture
def plan() -> PlanVersion:
    version = builder.plan(now=NOW, covered=["firmware"])
    version.coverage.create(work_kind="parts", decision="up_to", amount=Decimal("500.00"), clause="Parts are paid.")
    version.coverage.create(work_kind="training", decision="billable", clause="Training is quoted.")
    return version


@pytest.fixture
def default_policy() -> SlaPolicyVersion:
    return builder.policy(now=NOW, is_default=True)


@pytest.fixture
def make(plan: PlanVersion) -> Callable[..., Contract]:
    def contract(*assets: Asset, **values: Any) -> Contract:
        standard: dict[str, Any] = {
            "customer": assets[0].site.customer,
            "plan_version": plan,
            "calendar_version": builder.calendar(now=NOW),
            "from_on": date(2026, 1, 1),
            "until_on": date(2026, 12, 31),
            "now": NOW,
        }
        return builder.contract(assets=assets, **standard | values)

    return contract


@pytest.mark.parametrize(
    ("work", "covered", "decision", "reason"),
    [
        ("firmware", True, "covered", "Covered by {number}: Firmware upgrade is part of the plan."),
        ("parts", True, "up_to", "Covered by {number} up to EUR 500.00: Parts are paid."),
        ("training", False, "billable", "Billable under {number}: Training is quoted."),
        ("advice", False, "billable", "{number} does not include this kind of work (Advice), so it is billable."),
    ],
)
def test_coverage_follows_the_terms(
    make: Callable[..., Contract], asset: Asset, work: str, covered: bool, decision: str, reason: str
) -> None:
    contract = make(asset)
    found = coverage_of(asset=asset, work_kind=work, on=ON)
    assert (found.covered, found.decision, found.contract_number) == (covered, decision, contract.number)
    assert found.reason == reason.format(number=contract.number)


def test_coverage_of_an_unlisted_asset(asset: Asset) -> None:
    found = coverage_of(asset=asset, work_kind="firmware", on=ON)
    assert (found.covered, found.decision, found.contract_number) == (False, "billable", None)
    assert found.reason == "No contract lists AMS-1, so the work is billable."


def test_coverage_says_why_a_listed_asset_is_not_covered(make: Callable[..., Contract], asset: Asset) -> None:
    contract = make(asset)
    suspend_contract(contract=contract, from_on=date(2026, 4, 1), until_on=None, reason="unpaid", by=None, now=NOW)
    found = coverage_of(asset=asset, work_kind="firmware", on=ON)
    assert found.contract_number is None
    expected = f"{contract.number} is suspended since April 1, 2026 (unpaid). So the work is billable."
    assert found.reason == expected


def test_coverage_takes_the_contract_of_that_day(make: Callable[..., Contract], asset: Asset) -> None:
    old = make(asset)
    terminate_contract(contract=old, ended_on=date(2026, 4, 30), reason="x", by=None, now=NOW)
    new = make(asset, from_on=date(2026, 5, 1))
    found = [cover_of(asset, on) for on in (date(2026, 4, 30), date(2026, 5, 1), date(2027, 1, 1))]
    assert [cover and cover.contract for cover in found] == [old, new, None]


def test_coverage_costs_few_queries(
    make: Callable[..., Contract], asset: Asset, django_assert_max_num_queries: Any
) -> None:
    make(asset)
    with django_assert_max_num_queries(5):
        coverage_of(asset=asset, work_kind="firmware", on=ON)


def test_ticket_on_a_covered_asset(make: Callable[..., Contract], asset: Asset, plan: PlanVersion) -> None:
    contract = make(asset)
    found = terms_for_ticket(customer=contract.customer, site=asset.site, asset=asset, on=ON)
    assert found.contract == contract
    assert found.policy_version == plan.policy_version
    assert found.calendar_version == contract.terms.get().calendar_version


def test_ticket_on_an_uncovered_asset_runs_on_the_defaults(
    make: Callable[..., Contract], asset: Asset, default_policy: SlaPolicyVersion, calendar: CalendarVersion
) -> None:
    make(asset)
    other = builder.asset(site=asset.site, product=builder.product())
    found = terms_for_ticket(customer=asset.site.customer, site=asset.site, asset=other, on=ON)
    assert found == (None, default_policy, calendar)


def test_ticket_without_an_asset_takes_the_sites_contract(
    make: Callable[..., Contract],
    asset: Asset,
    site: Site,
    calendar: CalendarVersion,
    default_policy: SlaPolicyVersion,
) -> None:
    elsewhere = builder.site(customer=site.customer, calendar=builder.calendar(now=NOW, timezone="Asia/Tehran"))
    empty = builder.site(customer=site.customer, calendar=builder.calendar(now=NOW))
    other = builder.asset(site=elsewhere, product=builder.product())
    here, there = make(asset), make(other)

    def found(at: Site | None) -> Any:
        return terms_for_ticket(customer=site.customer, site=at, asset=None, on=ON)

    assert found(site).contract == here
    assert found(elsewhere).contract == there
    assert found(empty) == (None, default_policy, empty.calendar.current())
    # Two contracts, and nothing says which.
    assert found(None) == (None, default_policy, calendar)
    terminate_contract(contract=there, ended_on=date(2026, 4, 1), reason="x", by=None, now=NOW)
    assert found(None).contract == here


def test_ticket_before_defaults_were_chosen_is_refused(customer_a: Customer) -> None:
    with pytest.raises(Conflict) as refused:
        terms_for_ticket(customer=customer_a, site=None, asset=None, on=ON)
    assert refused.value.code == "no_default_policy"
    builder.policy(now=NOW, is_default=True)
    with pytest.raises(Conflict) as refused:
        terms_for_ticket(customer=customer_a, site=None, asset=None, on=ON)
    assert refused.value.code == "no_default_calendar"


def test_coverage_without_an_asset(make: Callable[..., Contract], asset: Asset, customer_b: Customer) -> None:
    contract = make(asset)
    at_site = coverage_without_asset(customer=asset.site.customer, site=asset.site, work_kind="firmware", on=ON)
    assert at_site.contract_number == contract.number
    stranger = coverage_without_asset(customer=customer_b, site=None, work_kind="firmware", on=ON)
    assert (stranger.covered, stranger.contract_number) == (False, None)
