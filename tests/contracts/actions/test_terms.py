"""Terms are added, renewed and changed without overlap; the anchor stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.actions import (
    add_terms,
    change_terms,
    remove_terms,
    renew_contract,
    settle_contracts,
    terminate_contract,
)
from contracts.models import Contract, ContractEvent, ContractTerms
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from tests.contracts.actions.conftest import NOW, Heard, World


def dates(contract: Contract) -> list[tuple[date, date]]:
    return list(contract.terms.values_list("from_on", "until_on"))


def kinds(contract: Contract) -> list[str]:
    return list(ContractEvent.objects.filter(contract=contract).values_list("kind", flat=True))


def test_adding_terms_to_a_draft(world: World, manager: User, heard: Heard) -> None:
    draft = world.contract(activate=False)
    contract = add_terms(
        contract=draft,
        from_on=date(2027, 1, 1),
        until_on=date(2027, 12, 31),
        plan_version=world.plan,
        calendar_version=world.calendar,
        price=Decimal("1200.00"),
        currency="USD",
        by=manager,
        now=NOW,
    )
    terms = contract.terms.last()
    assert (terms.from_on, terms.price, terms.currency) == (date(2027, 1, 1), Decimal("1200.00"), "USD")
    assert contract.state == "draft"
    assert kinds(contract) == ["terms_added"]
    assert heard.calls == [(contract.pk, "draft", NOW, manager)]


@pytest.mark.parametrize(
    ("from_on", "until_on", "attr"),
    [
        (date(2026, 12, 31), date(2027, 12, 30), "from_on"),
        (date(2025, 1, 1), date(2026, 1, 1), "from_on"),
        (date(2026, 3, 1), date(2026, 4, 1), "from_on"),
        (date(2027, 2, 1), date(2027, 1, 1), "until_on"),
    ],
)
def test_terms_refuse_overlap_and_a_negative_length(world: World, from_on: date, until_on: date, attr: str) -> None:
    contract = world.contract()
    with pytest.raises(DomainError) as refused:
        add_terms(
            contract=contract,
            from_on=from_on,
            until_on=until_on,
            plan_version=world.plan,
            calendar_version=world.calendar,
            by=None,
            now=NOW,
        )
    assert refused.value.attr == attr
    assert dates(contract) == [(date(2026, 1, 1), date(2026, 12, 31))]


def test_renewal_follows_the_last_terms_and_keeps_the_anchor(world: World, heard: Heard) -> None:
    contract = world.contract(anchor_on=date(2026, 1, 15))
    contract.terms.update(price=Decimal("900.00"), currency="USD")
    heard.calls.clear()
    renewed = renew_contract(contract=contract, until_on=date(2027, 6, 30), by=None, now=NOW)
    terms = renewed.terms.last()
    assert (terms.from_on, terms.until_on) == (date(2027, 1, 1), date(2027, 6, 30))
    assert (terms.price, terms.currency, terms.plan_version) == (Decimal("900.00"), "USD", world.plan)
    assert renewed.anchor_on == date(2026, 1, 15)
    assert kinds(contract) == ["activated", "renewed"]
    assert heard.calls == [(contract.pk, "active", NOW, None)]


def test_renewal_takes_the_newest_versions(world: World) -> None:
    contract = world.contract()
    newest = world.plan.plan.versions.create(
        number=2, policy_version=world.plan.policy_version, service_mode="on_call", created_at=NOW
    )
    calendar = world.calendar.calendar.versions.create(number=2, timezone="UTC", hours={}, created_at=NOW)
    terms = renew_contract(contract=contract, until_on=date(2027, 6, 30), by=None, now=NOW).terms.last()
    assert (terms.plan_version, terms.calendar_version) == (newest, calendar)


def test_renewal_opens_a_contract_that_ran_out(world: World) -> None:
    contract = world.contract()
    later = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
    settle_contracts(now=later)
    renewed = renew_contract(
        contract=contract, from_on=date(2027, 2, 1), until_on=date(2028, 1, 31), by=None, now=later
    )
    assert renewed.state == "active"
    assert kinds(contract) == ["activated", "ended", "renewed"]


def test_renewal_refuses_a_terminated_contract(world: World) -> None:
    contract = terminate_contract(contract=world.contract(), ended_on=date(2026, 6, 30), reason="x", by=None, now=NOW)
    with pytest.raises(Conflict, match="terminated"):
        renew_contract(contract=contract, until_on=date(2027, 12, 31), by=None, now=NOW)


def test_renewal_refuses_a_draft_and_an_overlap(world: World) -> None:
    with pytest.raises(Conflict):
        renew_contract(contract=world.contract(activate=False), until_on=date(2027, 12, 31), by=None, now=NOW)
    contract = world.contract()
    with pytest.raises(DomainError) as refused:
        renew_contract(contract=contract, from_on=date(2026, 12, 31), until_on=date(2027, 12, 31), by=None, now=NOW)
    assert refused.value.attr == "from_on"


def test_renewal_refuses_an_asset_that_another_contract_has_by_then(world: World) -> None:
    contract = world.contract()
    world.contract(from_on=date(2027, 1, 1), until_on=date(2027, 12, 31))
    with pytest.raises(Conflict) as refused:
        renew_contract(contract=contract, until_on=date(2027, 6, 30), by=None, now=NOW)
    assert refused.value.attr == "asset"
    assert dates(contract) == [(date(2026, 1, 1), date(2026, 12, 31))]


def test_change_splits_the_terms_of_that_day(world: World, manager: User) -> None:
    contract = world.contract()
    other = builder.plan(now=NOW)
    change_terms(
        contract=contract, from_on=date(2026, 7, 1), plan_version=other, price=Decimal("50.00"), by=manager, now=NOW
    )
    before, after = contract.terms.all()
    assert dates(contract) == [
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 12, 31)),
    ]
    assert (before.plan_version, after.plan_version) == (world.plan, other)
    assert (before.price, after.price) == (None, Decimal("50.00"))
    assert after.calendar_version == world.calendar
    event = ContractEvent.objects.get(contract=contract, kind="terms_changed")
    assert event.data == {"from_on": "2026-07-01", "plan_version": other.pk, "price": "50.00"}


def test_change_on_the_first_day_edits_the_terms(world: World) -> None:
    contract = world.contract()
    change_terms(contract=contract, from_on=date(2026, 1, 1), price=Decimal("50.00"), by=None, now=NOW)
    assert dates(contract) == [(date(2026, 1, 1), date(2026, 12, 31))]
    assert contract.terms.get().price == Decimal("50.00")


def test_change_outside_the_terms_is_refused(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        change_terms(contract=world.contract(), from_on=date(2027, 1, 1), price=Decimal(1), by=None, now=NOW)
    assert refused.value.attr == "from_on"


def test_only_a_draft_loses_terms(world: World) -> None:
    draft, running = world.contract(activate=False), world.contract()
    remove_terms(terms=draft.terms.get(), by=None, now=NOW)
    assert dates(draft) == []
    with pytest.raises(Conflict):
        remove_terms(terms=running.terms.get(), by=None, now=NOW)
    assert ContractTerms.objects.count() == 1
