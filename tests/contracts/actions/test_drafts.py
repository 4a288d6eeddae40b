"""Drafts: written as a whole, reworked as often as needed."""

from datetime import date
from typing import Any

import pytest

from contracts.actions import draft_contract, edit_draft
from contracts.actions.drafts import Header, covers_of, new_covers
from contracts.models import Contract, ContractEvent
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from tests.contracts.actions.conftest import NOW, Heard, World

HEADER = Header(name="Care", reference="PO 1", work_from_on=None)


def kinds(contract: Contract) -> list[str]:
    return list(ContractEvent.objects.filter(contract=contract).values_list("kind", flat=True))


def agreed(world: World, **values: Any) -> Any:
    usual = {"from_on": date(2026, 1, 1), "until_on": date(2026, 12, 31), "price": None, "currency": "EUR"}
    return {**usual, "plan_version": world.plan, "calendar_version": world.calendar, **values}


@pytest.fixture
def draft(world: World, manager: User) -> Contract:
    return draft_contract(
        customer=world.customer,
        header=HEADER,
        terms=[agreed(world)],
        covers=new_covers([world.first]),
        by=manager,
        now=NOW,
    )


def edit(draft: Contract, **values: Any) -> Contract:
    return edit_draft(
        **{"contract": draft, "header": {}, "terms": None, "covers": None, "by": None, "now": NOW} | values
    )


def covers(contract: Contract) -> list[tuple[int, date, date | None]]:
    rows = contract.covered_assets.order_by("asset", "from_on")
    return [(cover.asset_id, cover.from_on, cover.until_on) for cover in rows]


def test_draft_tells_what_was_entered(draft: Contract, world: World) -> None:
    assert kinds(draft) == ["drafted", "terms_added", "asset_covered"]
    assert covers(draft) == [(world.first.pk, date(2026, 1, 1), None)]


def test_draft_that_already_says_so_stays_untouched(draft: Contract, world: World, heard: Heard) -> None:
    before = (draft.terms.get().pk, draft.covered_assets.get().pk)
    edit(draft, header=HEADER, terms=[agreed(world)], covers=covers_of(draft, [world.first]))
    assert (draft.terms.get().pk, draft.covered_assets.get().pk) == before
    assert kinds(draft) == ["drafted", "terms_added", "asset_covered"]
    assert heard.calls == []


def test_edit_tells_only_what_changed(draft: Contract) -> None:
    edit(draft, header=Header(name="Care", reference="PO 2"))
    event = ContractEvent.objects.filter(contract=draft).last()
    assert event is not None
    assert (event.kind, event.data) == ("edited", {"reference": "PO 2"})


def test_covers_from_the_start_follow_the_terms_and_others_keep_their_days(draft: Contract, world: World) -> None:
    given = {"asset": world.second, "from_on": date(2026, 6, 1), "until_on": date(2026, 8, 31)}
    edit(draft, covers=[*new_covers([world.first]), given])
    later = agreed(world, from_on=date(2026, 3, 1))
    edit(draft, terms=[later], covers=covers_of(draft, [world.first, world.second]))
    assert covers(draft) == [
        (world.first.pk, date(2026, 3, 1), None),
        (world.second.pk, date(2026, 6, 1), date(2026, 8, 31)),
    ]


def test_asset_that_is_left_out_goes_off_the_list(draft: Contract, world: World) -> None:
    edit(draft, covers=covers_of(draft, [world.second]))
    assert covers(draft) == [(world.second.pk, date(2026, 1, 1), None)]


@pytest.mark.parametrize("part", ["terms", "covers"])
def test_the_same_twice_is_refused_at_the_second(draft: Contract, world: World, part: str) -> None:
    twice = {"terms": [agreed(world)] * 2, "covers": new_covers([world.first]) * 2}
    with pytest.raises(DomainError) as refused:
        edit(draft, **{part: twice[part]})
    assert refused.value.attr == {"terms": "terms.1.from_on", "covers": "covered_assets.1.asset"}[part]


def test_contract_in_force_is_no_draft(world: World) -> None:
    contract = world.contract()
    with pytest.raises(Conflict):
        edit(contract, header=Header(name="Other"))
