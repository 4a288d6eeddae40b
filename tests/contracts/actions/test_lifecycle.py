"""Contracts begin, rest, go on and end: row, event, signal and what is refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.actions import (
    activate_contract,
    archive,
    renew_contract,
    resume_contract,
    settle_contracts,
    suspend_contract,
    terminate_contract,
)
from contracts.bounds import ContractBounds
from contracts.coverage import Span
from contracts.models import Contract, ContractEvent, ContractTerms
from contracts.signals import contract_changed
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from tests.contracts.actions.conftest import NOW, Heard, World, at_once, make_world, needs_connections


def spans(contract: Contract, world: World) -> list[Span]:
    contract.refresh_from_db()
    return ContractBounds.load(contract).spans_for([world.first.pk])


def kinds(contract: Contract) -> list[str]:
    return list(ContractEvent.objects.filter(contract=contract).values_list("kind", flat=True))


# -- activate ---------------------------------------------------------------------------------


def test_activation_sets_the_dates_and_tells(world: World, manager: User, heard: Heard) -> None:
    draft = world.contract(activate=False)
    contract = activate_contract(contract=draft, by=manager, now=NOW)
    assert contract.state == "active"
    assert contract.activated_at == NOW
    assert contract.work_from_on == date(2026, 3, 2)
    assert contract.anchor_on == date(2026, 1, 1)
    event = ContractEvent.objects.get(contract=contract)
    assert (event.kind, event.at, event.by) == ("activated", NOW, manager)
    assert event.data == {"work_from_on": "2026-03-02"}
    assert heard.calls == [(contract.pk, "active", NOW, manager)]


def test_activation_dates_work_in_the_calendars_zone(world: World) -> None:
    tehran = builder.calendar(now=NOW, timezone="Asia/Tehran")
    late = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)  # half past midnight on the 3rd in Tehran
    contract = world.contract(calendar_version=tehran, now=late)
    assert contract.work_from_on == date(2026, 3, 3)


def test_activation_keeps_dates_that_the_draft_names(world: World) -> None:
    contract = world.contract(work_from_on=date(2026, 4, 1), anchor_on=date(2026, 1, 15))
    assert (contract.work_from_on, contract.anchor_on) == (date(2026, 4, 1), date(2026, 1, 15))


@pytest.mark.parametrize("work_from_on", [None, date(2026, 3, 15)])
def test_activation_makes_no_work_before_the_terms(world: World, work_from_on: date | None) -> None:
    contract = world.contract(from_on=date(2026, 4, 1), work_from_on=work_from_on)
    assert contract.work_from_on == date(2026, 4, 1)
    event = ContractEvent.objects.get(contract=contract)
    assert event.data == {"work_from_on": "2026-04-01"}


def test_activation_needs_terms(world: World) -> None:
    draft = world.contract(activate=False)
    ContractTerms.objects.all().delete()
    with pytest.raises(Conflict) as refused:
        activate_contract(contract=draft, by=None, now=NOW)
    assert refused.value.attr == "terms"


def test_activation_needs_a_covered_asset(world: World) -> None:
    draft = world.contract(activate=False, assets=[])
    with pytest.raises(Conflict) as refused:
        activate_contract(contract=draft, by=None, now=NOW)
    assert refused.value.attr == "covered_assets"


def test_activation_refuses_terms_that_are_over(world: World) -> None:
    draft = world.contract(activate=False, from_on=date(2025, 1, 1), until_on=date(2025, 12, 31))
    with pytest.raises(Conflict, match="past"):
        activate_contract(contract=draft, by=None, now=NOW)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert kinds(draft) == []


def test_activation_happens_once(world: World) -> None:
    contract = world.contract()
    with pytest.raises(Conflict):
        activate_contract(contract=contract, by=None, now=NOW)
    assert kinds(contract) == ["activated"]


def test_activation_refuses_archived_customer_and_asset(world: World) -> None:
    draft = world.contract(activate=False)
    archive(row=world.first, now=NOW)
    with pytest.raises(Conflict, match=world.first.tag):
        activate_contract(contract=draft, by=None, now=NOW)
    archive(row=world.customer, now=NOW)
    with pytest.raises(Conflict, match="customer"):
        activate_contract(contract=draft, by=None, now=NOW)


def test_activation_refuses_an_asset_that_another_contract_covers(world: World) -> None:
    other = world.contract()
    draft = world.contract(activate=False, from_on=date(2026, 12, 31), until_on=date(2027, 12, 30))
    with pytest.raises(Conflict) as refused:
        activate_contract(contract=draft, by=None, now=NOW)
    assert refused.value.attr == "asset"
    assert refused.value.message == f"{world.first.tag} is already covered by {other.number} on 2026-12-31."


def test_activation_follows_a_contract_that_ends_the_day_before(world: World) -> None:
    world.contract()
    assert world.contract(from_on=date(2027, 1, 1), until_on=date(2027, 12, 31)).state == "active"


def test_activation_is_undone_when_a_receiver_fails(world: World) -> None:
    def fail(**rest: Any) -> None:
        raise RuntimeError("no schedules today")

    draft = world.contract(activate=False)
    contract_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            activate_contract(contract=draft, by=None, now=NOW)
    finally:
        contract_changed.disconnect(fail)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert kinds(draft) == []


# -- suspend and resume -----------------------------------------------------------------------


def test_suspension_from_today_rests_at_once(world: World, manager: User, heard: Heard) -> None:
    contract = world.contract()
    heard.calls.clear()
    suspended = suspend_contract(
        contract=contract, from_on=date(2026, 3, 2), until_on=None, reason="unpaid", by=manager, now=NOW
    )
    assert suspended.state == "suspended"
    assert kinds(contract) == ["activated", "suspended"]
    assert heard.calls == [(contract.pk, "suspended", NOW, manager)]
    assert spans(contract, world) == []


def test_suspension_ahead_leaves_the_contract_active(world: World) -> None:
    contract = suspend_contract(
        contract=world.contract(),
        from_on=date(2026, 7, 1),
        until_on=date(2026, 7, 31),
        reason="closed in July",
        by=None,
        now=NOW,
    )
    assert contract.state == "active"
    assert spans(contract, world) == [
        Span(date(2026, 3, 2), date(2026, 6, 30)),
        Span(date(2026, 8, 1), date(2026, 12, 31)),
    ]


@pytest.mark.parametrize(
    ("from_on", "until_on", "reason", "attr"),
    [
        (date(2026, 5, 2), date(2026, 5, 1), "x", "until_on"),
        (date(2026, 5, 1), None, " ", "reason"),
        (date(2027, 1, 1), None, "x", "from_on"),
    ],
)
def test_suspension_refuses_bad_input(
    world: World, from_on: date, until_on: date | None, reason: str, attr: str
) -> None:
    contract = world.contract()
    with pytest.raises(DomainError) as refused:
        suspend_contract(contract=contract, from_on=from_on, until_on=until_on, reason=reason, by=None, now=NOW)
    assert refused.value.attr == attr
    assert not contract.suspensions.exists()


def test_suspension_refuses_an_overlap(world: World) -> None:
    contract = world.contract()
    suspend_contract(contract=contract, from_on=date(2026, 5, 1), until_on=None, reason="x", by=None, now=NOW)
    with pytest.raises(Conflict):
        suspend_contract(
            contract=contract, from_on=date(2026, 6, 1), until_on=date(2026, 6, 2), reason="x", by=None, now=NOW
        )


def test_suspension_refuses_a_draft(world: World) -> None:
    draft = world.contract(activate=False)
    with pytest.raises(Conflict):
        suspend_contract(contract=draft, from_on=date(2026, 5, 1), until_on=None, reason="x", by=None, now=NOW)


def test_resumption_ends_the_suspension_the_day_before(world: World, heard: Heard) -> None:
    contract = world.contract()
    suspend_contract(contract=contract, from_on=date(2026, 3, 2), until_on=None, reason="x", by=None, now=NOW)
    heard.calls.clear()
    later = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    resumed = resume_contract(contract=contract, on=date(2026, 3, 10), by=None, now=later)
    assert resumed.state == "active"
    assert contract.suspensions.get().until_on == date(2026, 3, 9)
    assert kinds(contract)[-1] == "resumed"
    assert heard.calls == [(contract.pk, "active", later, None)]
    assert spans(contract, world) == [Span(date(2026, 3, 10), date(2026, 12, 31))]


def test_resumption_ahead_leaves_the_contract_suspended(world: World) -> None:
    contract = world.contract()
    suspend_contract(contract=contract, from_on=date(2026, 3, 2), until_on=None, reason="x", by=None, now=NOW)
    assert resume_contract(contract=contract, on=date(2026, 4, 1), by=None, now=NOW).state == "suspended"


def test_resumption_on_the_first_day_takes_the_suspension_back(world: World) -> None:
    contract = world.contract()
    suspend_contract(contract=contract, from_on=date(2026, 7, 1), until_on=None, reason="x", by=None, now=NOW)
    resume_contract(contract=contract, on=date(2026, 7, 1), by=None, now=NOW)
    assert not contract.suspensions.exists()
    assert kinds(contract) == ["activated", "suspended", "resumed"]


def test_resumption_of_a_contract_that_is_not_suspended_is_refused(world: World) -> None:
    with pytest.raises(Conflict):
        resume_contract(contract=world.contract(), on=date(2026, 4, 1), by=None, now=NOW)


# -- terminate --------------------------------------------------------------------------------


def test_termination_with_notice_runs_until_its_day(world: World, manager: User, heard: Heard) -> None:
    contract = world.contract()
    heard.calls.clear()
    notice = terminate_contract(
        contract=contract, ended_on=date(2026, 6, 30), reason="moving away", by=manager, now=NOW
    )
    assert (notice.state, notice.ended_on) == ("active", date(2026, 6, 30))
    assert heard.calls == [(contract.pk, "active", NOW, manager)]
    assert spans(contract, world) == [Span(date(2026, 3, 2), date(2026, 6, 30))]


def test_termination_in_the_past_ends_at_once(world: World) -> None:
    contract = terminate_contract(
        contract=world.contract(), ended_on=date(2026, 3, 1), reason="bankrupt", by=None, now=NOW
    )
    assert contract.state == "ended"
    assert kinds(contract) == ["activated", "terminated"]
    assert spans(contract, world) == []


@pytest.mark.parametrize(
    ("ended_on", "reason", "attr"),
    [
        (date(2026, 12, 31), "x", "ended_on"),
        (date(2025, 12, 30), "x", "ended_on"),
        (date(2026, 6, 30), "", "reason"),
    ],
)
def test_termination_refuses_bad_input(world: World, ended_on: date, reason: str, attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        terminate_contract(contract=world.contract(), ended_on=ended_on, reason=reason, by=None, now=NOW)
    assert refused.value.attr == attr


def test_termination_frees_the_asset_for_another_contract(world: World) -> None:
    terminate_contract(contract=world.contract(), ended_on=date(2026, 3, 31), reason="x", by=None, now=NOW)
    assert world.contract(from_on=date(2026, 4, 1), until_on=date(2026, 12, 31)).state == "active"


@pytest.mark.parametrize("action", [terminate_contract, suspend_contract, resume_contract])
def test_ended_contract_is_not_changed(world: World, action: Any) -> None:
    contract = terminate_contract(contract=world.contract(), ended_on=date(2026, 3, 1), reason="x", by=None, now=NOW)
    on = date(2026, 5, 1)
    inputs = {
        terminate_contract: {"ended_on": on, "reason": "x"},
        suspend_contract: {"from_on": on, "until_on": None, "reason": "x"},
        resume_contract: {"on": on},
    }
    with pytest.raises(Conflict, match="ended"):
        action(contract=contract, by=None, now=NOW, **inputs[action])


# -- settle -----------------------------------------------------------------------------------


def test_settling_ends_what_ran_out(world: World, heard: Heard) -> None:
    contract = world.contract()
    heard.calls.clear()
    last_evening = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # half an hour before midnight in Amsterdam
    assert settle_contracts(now=last_evening) == {"ended": 0, "suspended": 0, "resumed": 0, "failed": 0}
    midnight = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert settle_contracts(now=midnight)["ended"] == 1
    contract.refresh_from_db()
    assert contract.state == "ended"
    assert contract.ended_on is None
    assert kinds(contract) == ["activated", "ended"]
    assert heard.calls == [(contract.pk, "ended", midnight, None)]


def test_settling_twice_does_nothing_more(world: World, heard: Heard) -> None:
    contract = world.contract()
    later = datetime(2027, 2, 1, tzinfo=UTC)
    settle_contracts(now=later)
    heard.calls.clear()
    assert sum(settle_contracts(now=later).values()) == 0
    assert kinds(contract) == ["activated", "ended"]
    assert heard.calls == []


def test_settling_starts_and_lifts_a_suspension(world: World) -> None:
    contract = world.contract()
    suspend_contract(
        contract=contract, from_on=date(2026, 7, 1), until_on=date(2026, 7, 31), reason="x", by=None, now=NOW
    )
    assert settle_contracts(now=datetime(2026, 6, 30, 12, tzinfo=UTC))["suspended"] == 0
    assert settle_contracts(now=datetime(2026, 7, 1, 12, tzinfo=UTC))["suspended"] == 1
    assert settle_contracts(now=datetime(2026, 8, 1, 12, tzinfo=UTC))["resumed"] == 1
    assert kinds(contract) == ["activated", "suspended", "suspended", "resumed"]


def test_settling_carries_out_a_notice(world: World) -> None:
    contract = world.contract()
    terminate_contract(contract=contract, ended_on=date(2026, 6, 30), reason="x", by=None, now=NOW)
    assert settle_contracts(now=datetime(2026, 6, 30, 12, tzinfo=UTC))["ended"] == 0
    assert settle_contracts(now=datetime(2026, 7, 1, 12, tzinfo=UTC))["ended"] == 1


def test_settling_leaves_a_renewed_contract_running(world: World) -> None:
    contract = world.contract()
    renew_contract(contract=contract, until_on=date(2027, 12, 31), by=None, now=NOW)
    assert sum(settle_contracts(now=datetime(2027, 6, 1, tzinfo=UTC)).values()) == 0


def test_settling_goes_on_after_a_failure(world: World) -> None:
    broken = world.contract()
    sound = world.contract(assets=[world.second])

    def fail(*, contract: Contract, **rest: Any) -> None:
        if contract.pk == broken.pk:
            raise RuntimeError("not this one")

    contract_changed.connect(fail)
    try:
        counts = settle_contracts(now=datetime(2027, 2, 1, tzinfo=UTC))
    finally:
        contract_changed.disconnect(fail)
    assert counts == {"ended": 1, "suspended": 0, "resumed": 0, "failed": 1}
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == ("active", "ended")


def test_settling_makes_the_same_queries_for_many_sound_contracts(world: World, django_assert_num_queries: Any) -> None:
    world.contract()
    world.contract(assets=[world.second])
    with django_assert_num_queries(1):
        settle_contracts(now=NOW)


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_settle_at_once_write_one_event() -> None:
    contract = make_world().contract()

    def settle() -> object:
        return settle_contracts(now=datetime(2027, 2, 1, tzinfo=UTC))

    assert at_once(settle, settle) == ["done", "done"]
    assert kinds(contract) == ["activated", "ended"]


@needs_connections
@pytest.mark.django_db(transaction=True)
def test_renewal_while_settling_leaves_the_contract_running() -> None:
    contract = make_world().contract()
    later = datetime(2027, 2, 1, tzinfo=UTC)

    def settle() -> object:
        return settle_contracts(now=later)

    def renew() -> object:
        return renew_contract(contract=contract, until_on=date(2027, 12, 31), by=None, now=later)

    assert at_once(settle, renew) == ["done", "done"]
    contract.refresh_from_db()
    assert contract.state == "active"
    assert "renewed" in kinds(contract)
