"""Assets come on and off a contract; no two contracts cover one on any day, also when they ask at once."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts.actions import activate_contract, amend_contract, archive, cover_asset, uncover_asset
from contracts.bounds import ContractBounds
from contracts.coverage import Span
from contracts.models import Contract, ContractEvent, CoveredAsset
from contracts.verify import faults
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from tests.contracts.actions.conftest import NOW, Heard, World, at_once, make_world, needs_connections


def kinds(contract: Contract) -> list[str]:
    return list(ContractEvent.objects.filter(contract=contract).values_list("kind", flat=True))


def test_covering_lists_the_asset_and_tells(world: World, manager: User, heard: Heard) -> None:
    contract = world.contract()
    heard.calls.clear()
    cover = cover_asset(contract=contract, asset=world.second, from_on=date(2026, 4, 1), by=manager, now=NOW)
    assert (cover.asset, cover.from_on, cover.until_on) == (world.second, date(2026, 4, 1), None)
    event = ContractEvent.objects.get(contract=contract, kind="asset_covered")
    assert event.data == {"asset": world.second.pk, "from_on": "2026-04-01"}
    assert heard.calls == [(contract.pk, "active", NOW, manager)]
    spans = ContractBounds.load(contract).spans_for([world.second.pk])
    assert spans == [Span(date(2026, 4, 1), date(2026, 12, 31))]


def test_covering_refuses_a_double_cover(world: World) -> None:
    world.contract()
    other = world.contract(assets=[world.second])
    with pytest.raises(Conflict) as refused:
        cover_asset(contract=other, asset=world.first, from_on=date(2026, 12, 31), by=None, now=NOW)
    assert refused.value.attr == "asset"
    assert not other.covered_assets.filter(asset=world.first).exists()
    assert kinds(other) == ["activated"]


def test_covering_begins_after_the_other_contract_let_go(world: World) -> None:
    one = world.contract()
    other = world.contract(assets=[world.second])
    uncover_asset(cover=one.covered_assets.get(), until_on=date(2026, 5, 31), by=None, now=NOW)
    cover_asset(contract=other, asset=world.first, from_on=date(2026, 6, 1), by=None, now=NOW)
    assert list(faults()) == []


def test_covering_refuses_a_second_row_for_the_same_days(world: World) -> None:
    contract = world.contract()
    with pytest.raises(Conflict):
        cover_asset(contract=contract, asset=world.first, from_on=date(2026, 6, 1), by=None, now=NOW)


def test_covering_refuses_another_customers_asset(world: World) -> None:
    stranger = make_asset_of_another_customer(world)
    with pytest.raises(DomainError) as refused:
        cover_asset(contract=world.contract(), asset=stranger, from_on=date(2026, 4, 1), by=None, now=NOW)
    assert (refused.value.attr, refused.value.code) == ("asset", "other_customer")


def make_asset_of_another_customer(world: World) -> Any:
    site = builder.site(customer=builder.customer(now=NOW), calendar=world.calendar)
    return builder.asset(site=site, product=builder.product())


def test_covering_refuses_an_archived_asset(world: World) -> None:
    contract = world.contract()
    archive(row=world.second, now=NOW)
    with pytest.raises(Conflict):
        cover_asset(contract=contract, asset=world.second, from_on=date(2026, 4, 1), by=None, now=NOW)


def test_covering_refuses_days_in_the_wrong_order(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        cover_asset(
            contract=world.contract(),
            asset=world.second,
            from_on=date(2026, 4, 2),
            until_on=date(2026, 4, 1),
            by=None,
            now=NOW,
        )
    assert refused.value.attr == "until_on"


def test_drafts_may_list_what_another_contract_covers(world: World) -> None:
    world.contract()
    draft = world.contract(activate=False, assets=[])
    cover_asset(contract=draft, asset=world.first, from_on=date(2026, 4, 1), by=None, now=NOW)
    with pytest.raises(Conflict, match="already covered"):
        activate_contract(contract=draft, by=None, now=NOW)


def test_uncovering_sets_the_last_day(world: World, manager: User, heard: Heard) -> None:
    contract = world.contract()
    heard.calls.clear()
    cover = uncover_asset(cover=contract.covered_assets.get(), until_on=date(2026, 5, 31), by=manager, now=NOW)
    assert cover is not None
    assert cover.until_on == date(2026, 5, 31)
    assert kinds(contract) == ["activated", "asset_uncovered"]
    assert heard.calls == [(contract.pk, "active", NOW, manager)]


def test_uncovering_before_the_first_day_removes_the_row(world: World) -> None:
    contract = world.contract()
    assert uncover_asset(cover=contract.covered_assets.get(), until_on=date(2025, 12, 31), by=None, now=NOW) is None
    assert not CoveredAsset.objects.exists()


def test_uncovering_does_not_lengthen(world: World) -> None:
    contract = world.contract()
    cover = uncover_asset(cover=contract.covered_assets.get(), until_on=date(2026, 5, 31), by=None, now=NOW)
    assert cover is not None
    with pytest.raises(DomainError):
        uncover_asset(cover=cover, until_on=date(2026, 6, 30), by=None, now=NOW)


def test_amendment_changes_assets_and_plan_together(world: World, manager: User, heard: Heard) -> None:
    contract = world.contract()
    other = builder.plan(now=NOW)
    heard.calls.clear()
    amend_contract(
        contract=contract,
        from_on=date(2026, 7, 1),
        add_assets=[world.second],
        remove_assets=[world.first],
        plan_version=other,
        by=manager,
        now=NOW,
    )
    bounds = ContractBounds.load(contract)
    assert bounds.agreed([world.first.pk]) == [Span(date(2026, 1, 1), date(2026, 6, 30))]
    assert bounds.agreed([world.second.pk]) == [Span(date(2026, 7, 1), date(2026, 12, 31))]
    terms = bounds.terms_on(date(2026, 7, 1))
    assert terms is not None
    assert terms.plan_version == other
    assert heard.calls == [(contract.pk, "active", NOW, manager)]
    event = ContractEvent.objects.get(contract=contract, kind="amended")
    assert event.data["added"] == [world.second.pk]
    assert event.data["removed"] == [world.first.pk]


def test_amendment_is_all_or_nothing(world: World) -> None:
    contract = world.contract()
    stranger = make_asset_of_another_customer(world)
    with pytest.raises(DomainError):
        amend_contract(
            contract=contract,
            from_on=date(2026, 7, 1),
            add_assets=[stranger],
            remove_assets=[world.first],
            by=None,
            now=NOW,
        )
    assert contract.covered_assets.get().until_on is None


def test_amendment_refuses_nothing_and_what_is_not_listed(world: World) -> None:
    contract = world.contract()
    with pytest.raises(DomainError):
        amend_contract(contract=contract, from_on=date(2026, 7, 1), by=None, now=NOW)
    with pytest.raises(DomainError) as refused:
        amend_contract(contract=contract, from_on=date(2026, 7, 1), remove_assets=[world.second], by=None, now=NOW)
    assert refused.value.attr == "remove_assets"


# -- at once ----------------------------------------------------------------------------------


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_contracts_that_cover_one_asset_at_once() -> None:
    world = make_world()
    third = builder.asset(site=world.site, product=builder.product())
    contracts = [world.contract(), world.contract(assets=[world.second])]

    def cover(contract: Contract) -> Callable[[], object]:
        return lambda: cover_asset(contract=contract, asset=third, from_on=date(2026, 4, 1), by=None, now=NOW)

    assert at_once(*(cover(contract) for contract in contracts)) == ["already_covered", "done"]
    assert CoveredAsset.objects.filter(asset=third).count() == 1
    assert list(faults()) == []


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_drafts_with_the_same_assets_activated_at_once() -> None:
    world = make_world()
    drafts = [
        world.contract(activate=False, assets=[world.first, world.second]),
        world.contract(activate=False, assets=[world.second, world.first]),
    ]

    def activate(draft: Contract) -> Callable[[], object]:
        return lambda: activate_contract(contract=draft, by=None, now=NOW)

    assert at_once(*(activate(draft) for draft in drafts)) == ["already_covered", "done"]
    assert sorted(Contract.objects.values_list("state", flat=True)) == ["active", "draft"]
    assert list(faults()) == []


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_one_draft_activated_twice_at_once() -> None:
    draft = make_world().contract(activate=False)

    def activate() -> object:
        return activate_contract(contract=draft, by=None, now=NOW)

    assert at_once(activate, activate) == ["conflict", "done"]
    assert kinds(draft) == ["activated"]
