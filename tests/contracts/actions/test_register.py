"""Rows leave daily use unless something needs them, and come back unless what they belong to is gone."""

from datetime import date
from typing import Any

import pytest

from contracts.actions import archive, restore, terminate_contract, uncover_asset
from contracts.models import Contact
from portal.demo import builder
from portal.web.errors import Conflict
from tests.contracts.actions.conftest import NOW, World


def test_archive_and_restore_twice_each(world: World) -> None:
    assert archive(row=world.second, now=NOW).archived_at == NOW
    later = NOW.replace(hour=10)
    assert archive(row=world.second, now=later).archived_at == NOW
    assert restore(row=world.second, now=NOW).archived_at is None
    assert restore(row=world.second, now=NOW).archived_at is None


def test_covered_asset_stays_in_use(world: World) -> None:
    contract = world.contract()
    with pytest.raises(Conflict, match=contract.number):
        archive(row=world.first, now=NOW)
    uncover_asset(cover=contract.covered_assets.get(), until_on=date(2026, 2, 28), by=None, now=NOW)
    assert archive(row=world.first, now=NOW).archived_at == NOW


def test_asset_of_an_ended_contract_can_go(world: World) -> None:
    terminate_contract(contract=world.contract(), ended_on=date(2026, 2, 28), reason="x", by=None, now=NOW)
    assert archive(row=world.first, now=NOW).archived_at == NOW


def test_asset_with_parts_stays_in_use(world: World) -> None:
    world.second.parent = world.first
    world.second.save()
    with pytest.raises(Conflict, match=world.second.tag):
        archive(row=world.first, now=NOW)


@pytest.mark.parametrize("name", ["customer", "site", "product", "calendar", "policy"])
def test_row_in_use_stays(world: World, name: str) -> None:
    world.contract()
    rows: dict[str, Any] = {
        "customer": world.customer,
        "site": world.site,
        "product": world.first.product,
        "calendar": world.site.calendar,
        "policy": world.plan.policy_version.policy,
    }
    with pytest.raises(Conflict) as refused:
        archive(row=rows[name], now=NOW)
    assert refused.value.code == "in_use"
    rows[name].refresh_from_db()
    assert rows[name].archived_at is None


def test_default_calendar_stays_even_where_no_site_follows_it(db: None) -> None:
    calendar = builder.calendar(now=NOW, is_default=True).calendar
    with pytest.raises(Conflict, match="default"):
        archive(row=calendar, now=NOW)


def test_plan_can_go_while_contracts_run_on_it(world: World) -> None:
    contract = world.contract()
    assert archive(row=world.plan.plan, now=NOW).archived_at == NOW
    assert contract.terms.get().plan_version == world.plan


def test_row_returns_after_its_owner(world: World) -> None:
    for row in (world.first, world.second, world.site, world.customer):
        archive(row=row, now=NOW)
    with pytest.raises(Conflict, match=world.site.name):
        restore(row=world.first, now=NOW)
    with pytest.raises(Conflict, match=world.customer.name):
        restore(row=world.site, now=NOW)
    for row in (world.customer, world.site, world.first):
        assert restore(row=row, now=NOW).archived_at is None


def test_contact_can_always_go(world: World) -> None:
    contact = Contact.objects.create(customer=world.customer, name="Reception")
    assert archive(row=contact, now=NOW).archived_at == NOW
