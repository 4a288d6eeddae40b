"""Time and parts, each with what the contract said that day."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.actions import record_part, record_time, remove_service
from contracts.enums import Decision, TimeKind, WorkKind
from contracts.models import Asset, Contract, Customer, PartUsed, Site, TimeEntry
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(customer_a: Customer) -> Asset:
    version = builder.calendar(now=NOW)
    site = builder.site(customer=customer_a, calendar=version)
    return builder.asset(site=site, product=builder.product())


@pytest.fixture
def site(asset: Asset) -> Site:
    return asset.site


@pytest.fixture
def contract(asset: Asset) -> Contract:
    return builder.contract(
        customer=asset.site.customer,
        plan_version=builder.plan(now=NOW),
        calendar_version=asset.site.calendar.current(),
        assets=[asset],
        from_on=date(2026, 3, 2),
        until_on=date(2027, 3, 1),
        now=NOW,
    )


def time(site: Site, **values: Any) -> TimeEntry:
    return record_time(**{"site": site, "source": "V-1", "minutes": 30, "by": None, "now": NOW} | values)


def part(site: Site, **values: Any) -> PartUsed:
    return record_part(**{"site": site, "source": "V-1", "name": "Handset", "by": None, "now": NOW} | values)


def test_time_keeps_what_the_contract_says(site: Site, contract: Contract, technician: User) -> None:
    row = time(site, source_label="Visit", work_kind=WorkKind.INSPECTION, note=" Swapped ", by=technician)
    assert (row.contract, row.coverage_decision) == (contract, Decision.COVERED)
    assert contract.number in row.coverage_sentence
    assert (row.note, row.used_at, row.recorded_at) == ("Swapped", NOW - timedelta(minutes=30), NOW)


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        (TimeKind.LABOUR, Decision.COVERED),
        (TimeKind.TRAVEL, Decision.COVERED),
        (TimeKind.TRAINING, Decision.BILLABLE),
        (TimeKind.ADVICE, Decision.BILLABLE),
    ],
)
def test_kind_of_time_decides_what_is_asked(site: Site, contract: Contract, kind: str, decision: str) -> None:
    """The plan covers inspections, and is silent about training and advice."""
    assert time(site, kind=kind, work_kind=WorkKind.INSPECTION).coverage_decision == decision


def test_part_is_judged_as_a_part(site: Site, asset: Asset, contract: Contract) -> None:
    row = part(site, asset=asset, quantity=2, part_number=" 4711 ", serial_number="S1")
    assert (row.coverage_decision, row.contract) == (Decision.BILLABLE, contract)
    assert (row.quantity, row.part_number, row.serial_number) == (2, "4711", "S1")


def test_nothing_covered_is_billable_and_says_why(site: Site, asset: Asset) -> None:
    row = time(site, asset=asset)
    assert (row.contract, row.coverage_decision) == (None, Decision.BILLABLE)
    assert asset.tag in row.coverage_sentence
    assert time(site).coverage_sentence


def test_local_day_of_use_decides(asset: Asset, contract: Contract) -> None:
    """The contract begins on 2 March in Amsterdam, an hour before it does in UTC."""
    first = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert time(asset.site, used_at=first).contract == contract
    assert time(asset.site, used_at=first - timedelta(minutes=1)).contract is None


def test_sent_twice_is_one_row(site: Site) -> None:
    key = uuid.uuid4()
    assert time(site, client_uuid=key).pk == time(site, client_uuid=key).pk
    assert part(site, client_uuid=key).pk == part(site, client_uuid=key).pk
    with pytest.raises(Conflict) as fault:
        time(site, client_uuid=key, minutes=31)
    assert fault.value.attr == "client_uuid"
    with pytest.raises(Conflict):
        part(site, client_uuid=key, source="V-2")


FAULTY_TIME: dict[str, dict[str, Any]] = {
    "kind": {"kind": "sleep"},
    "minutes": {"minutes": 0},
    "note": {"note": "x" * 301},
    "used_at": {"used_at": NOW + timedelta(minutes=11)},
}


@pytest.mark.parametrize("attr", list(FAULTY_TIME))
def test_faulty_time_is_refused_at_its_field(site: Site, attr: str) -> None:
    with pytest.raises(DomainError) as fault:
        time(site, **FAULTY_TIME[attr])
    assert fault.value.attr == attr
    assert not TimeEntry.objects.exists()


FAULTY_PART: dict[str, dict[str, Any]] = {
    "name": {"name": " "},
    "quantity": {"quantity": 0},
    "part_number": {"part_number": "x" * 81},
}


@pytest.mark.parametrize("attr", list(FAULTY_PART))
def test_faulty_part_is_refused_at_its_field(site: Site, attr: str) -> None:
    with pytest.raises(DomainError) as fault:
        part(site, **FAULTY_PART[attr])
    assert fault.value.attr == attr


def test_more_than_a_day_is_refused(site: Site) -> None:
    with pytest.raises(DomainError):
        time(site, minutes=1441)


def test_equipment_of_another_site_is_refused(asset: Asset) -> None:
    other = builder.site(customer=asset.site.customer, calendar=builder.calendar(now=NOW))
    with pytest.raises(DomainError) as fault:
        part(other, asset=asset)
    assert fault.value.attr == "asset"


def test_removed_is_gone_and_removed_again_as_well(site: Site) -> None:
    row = time(site)
    remove_service(row=row)
    remove_service(row=row)
    assert not TimeEntry.objects.exists()
