"""The days on which a contract holds, why it does not on others, and what loading costs."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.actions import cover_asset, renew_contract, suspend_contract, terminate_contract, uncover_asset
from contracts.bounds import ContractBounds, organisation_zone
from contracts.coverage import Span, contains
from contracts.models import Asset, Contract, Customer
from portal.accounts.models import Organisation
from portal.demo import builder

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def assets(customer_a: Customer) -> list[Asset]:
    calendar = builder.calendar(now=NOW)
    site = builder.site(customer=customer_a, calendar=calendar)
    return [builder.asset(site=site, product=builder.product()) for _ in range(3)]


@pytest.fixture
def make(customer_a: Customer, assets: list[Asset]) -> Callable[..., Contract]:
    def contract(**values: Any) -> Contract:
        standard: dict[str, Any] = {
            "customer": customer_a,
            "plan_version": builder.plan(now=NOW),
            "calendar_version": assets[0].site.calendar.current(),
            "assets": assets[:1],
            "from_on": date(2026, 1, 1),
            "until_on": date(2026, 12, 31),
            "work_from_on": date(2026, 1, 1),
            "now": NOW,
        }
        return builder.contract(**standard | values)

    return contract


def spans(contract: Contract, *assets: Asset) -> list[Span]:
    contract.refresh_from_db()
    return ContractBounds.load(contract).spans_for([asset.pk for asset in assets])


def test_spans_are_the_terms(make: Callable[..., Contract], assets: list[Asset]) -> None:
    assert spans(make(), assets[0]) == [Span(date(2026, 1, 1), date(2026, 12, 31))]


def test_spans_begin_with_the_work(make: Callable[..., Contract], assets: list[Asset]) -> None:
    contract = make(work_from_on=date(2026, 5, 1))
    assert spans(contract, assets[0]) == [Span(date(2026, 5, 1), date(2026, 12, 31))]


def test_spans_of_a_draft_are_none(make: Callable[..., Contract], assets: list[Asset]) -> None:
    assert spans(make(activate=False), assets[0]) == []


def test_spans_join_over_a_renewal_and_show_a_gap(make: Callable[..., Contract], assets: list[Asset]) -> None:
    contract = make()
    renew_contract(contract=contract, until_on=date(2027, 6, 30), by=None, now=NOW)
    renew_contract(contract=contract, from_on=date(2027, 9, 1), until_on=date(2027, 12, 31), by=None, now=NOW)
    assert spans(contract, assets[0]) == [
        Span(date(2026, 1, 1), date(2027, 6, 30)),
        Span(date(2027, 9, 1), date(2027, 12, 31)),
    ]


def test_spans_are_the_union_of_the_assets_covers(make: Callable[..., Contract], assets: list[Asset]) -> None:
    contract = make()
    uncover_asset(cover=contract.covered_assets.get(), until_on=date(2026, 3, 31), by=None, now=NOW)
    cover_asset(
        contract=contract,
        asset=assets[1],
        from_on=date(2026, 3, 1),
        until_on=date(2026, 5, 31),
        by=None,
        now=NOW,
    )
    assert spans(contract, assets[0]) == [Span(date(2026, 1, 1), date(2026, 3, 31))]
    assert spans(contract, assets[0], assets[1]) == [Span(date(2026, 1, 1), date(2026, 5, 31))]
    assert spans(contract, assets[2]) == []
    assert spans(contract) == []


def test_spans_leave_out_suspensions_and_what_follows_the_end(
    make: Callable[..., Contract], assets: list[Asset]
) -> None:
    contract = make()
    suspend_contract(
        contract=contract, from_on=date(2026, 4, 1), until_on=date(2026, 4, 30), reason="x", by=None, now=NOW
    )
    suspend_contract(contract=contract, from_on=date(2026, 8, 1), until_on=None, reason="x", by=None, now=NOW)
    terminate_contract(contract=contract, ended_on=date(2026, 7, 15), reason="x", by=None, now=NOW)
    assert spans(contract, assets[0]) == [
        Span(date(2026, 1, 1), date(2026, 3, 31)),
        Span(date(2026, 5, 1), date(2026, 7, 15)),
    ]


def test_suspended_days_stay_claimed(make: Callable[..., Contract], assets: list[Asset]) -> None:
    contract = make()
    suspend_contract(contract=contract, from_on=date(2026, 4, 1), until_on=None, reason="x", by=None, now=NOW)
    bounds = ContractBounds.load(contract)
    assert contains(bounds.claimed([assets[0].pk]), date(2026, 6, 1))
    assert not contains(bounds.in_force([assets[0].pk]), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (date(2025, 12, 31), "{number} starts on Jan. 1, 2026."),
        (date(2026, 1, 1), "Work under {number} begins on Feb. 1, 2026."),
        (date(2026, 2, 1), ""),
        (date(2026, 4, 10), "{number} is suspended from April 1, 2026 until April 30, 2026 (unpaid)."),
        (date(2026, 8, 10), "{number} is suspended since Aug. 1, 2026 (closed)."),
        (date(2026, 6, 20), "{number} does not list this equipment on June 20, 2026."),
        (date(2027, 1, 1), "{number} ended on Dec. 31, 2026."),
    ],
)
def test_reason_outside_names_the_cause(
    make: Callable[..., Contract], assets: list[Asset], on: date, reason: str
) -> None:
    contract = make(work_from_on=date(2026, 2, 1))
    for from_on, until_on, why in (
        (date(2026, 4, 1), date(2026, 4, 30), "unpaid"),
        (date(2026, 8, 1), None, "closed"),
    ):
        suspend_contract(contract=contract, from_on=from_on, until_on=until_on, reason=why, by=None, now=NOW)
    uncover_asset(cover=contract.covered_assets.get(), until_on=date(2026, 6, 15), by=None, now=NOW)
    bounds = ContractBounds.load(contract)
    assert bounds.reason_outside(on, [assets[0].pk]) == reason.format(number=contract.number)


def test_reason_outside_for_draft_gap_and_early_end(make: Callable[..., Contract], assets: list[Asset]) -> None:
    draft = make(activate=False, assets=assets[1:2])
    reason = ContractBounds.load(draft).reason_outside(date(2026, 5, 1), [assets[1].pk])
    assert reason == f"{draft.number} is not active yet."
    contract = make()
    renew_contract(contract=contract, from_on=date(2027, 2, 1), until_on=date(2027, 12, 31), by=None, now=NOW)
    contract = terminate_contract(contract=contract, ended_on=date(2027, 3, 31), reason="x", by=None, now=NOW)
    bounds = ContractBounds.load(contract)
    assert (
        bounds.reason_outside(date(2027, 1, 5), [assets[0].pk]) == f"{contract.number} has no terms for Jan. 5, 2027."
    )
    assert bounds.reason_outside(date(2027, 4, 1), [assets[0].pk]) == f"{contract.number} ended on March 31, 2027."


def test_reason_is_empty_exactly_within_the_spans(make: Callable[..., Contract], assets: list[Asset]) -> None:
    contract = make(work_from_on=date(2026, 2, 1))
    suspend_contract(
        contract=contract, from_on=date(2026, 4, 1), until_on=date(2026, 4, 30), reason="x", by=None, now=NOW
    )
    bounds = ContractBounds.load(contract)
    for number in range(date(2025, 12, 1).toordinal(), date(2027, 2, 1).toordinal()):
        on = date.fromordinal(number)
        inside = contains(bounds.spans_for([assets[0].pk]), on)
        assert inside == (bounds.reason_outside(on, [assets[0].pk]) == "")


def test_loading_many_costs_three_queries(
    make: Callable[..., Contract], assets: list[Asset], django_assert_num_queries: Any
) -> None:
    contracts = [make(assets=[asset]) for asset in assets]
    with django_assert_num_queries(3):
        loaded = ContractBounds.load_many(contracts)
        for contract, asset in zip(contracts, assets, strict=True):
            assert loaded[contract.pk].spans_for([asset.pk])
            assert loaded[contract.pk].terms_on(date(2026, 5, 1)).plan_version.policy_version
            loaded[contract.pk].local_date(NOW)


def test_local_date_is_that_of_the_calendars_zone(make: Callable[..., Contract], assets: list[Asset]) -> None:
    auckland = builder.calendar(now=NOW, timezone="Pacific/Auckland")
    bounds = ContractBounds.load(make(calendar_version=auckland))
    assert bounds.local_date(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) == date(2026, 3, 3)


def test_local_date_without_terms_is_the_organisations(customer_a: Customer) -> None:
    Organisation.objects.update(timezone="America/New_York")
    draft = Contract.objects.create(customer=customer_a, name="Draft", created_at=NOW)
    late = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert ContractBounds.load(draft).local_date(late) == date(2026, 3, 1)


def test_zone_before_the_first_start_is_utc() -> None:
    Organisation.objects.all().delete()
    assert organisation_zone() == "UTC"
