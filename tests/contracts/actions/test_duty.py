"""The duty roster, absences, hours of resident technicians."""

from datetime import date, datetime, time, timedelta

import pytest

from contracts.actions import (
    add_absence,
    add_presence,
    add_shift,
    remove_absence,
    remove_presence,
    remove_shift,
)
from contracts.enums import ServiceMode
from contracts.models import Absence, Asset, Contract, Customer, DutyShift, PlanVersion, Presence
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from tests.conftest import NOW

HOUR = timedelta(hours=1)
TONIGHT = NOW + 9 * HOUR


def shift(user: User, starts_at: datetime = TONIGHT, hours: int = 12) -> DutyShift:
    return add_shift(user=user, starts_at=starts_at, ends_at=starts_at + hours * HOUR, now=NOW)


def test_shift_is_kept_with_the_accounts_phone(technician: User) -> None:
    technician.phone = "+31 6 1234"
    technician.save(update_fields=["phone"])
    row = shift(technician)
    assert (row.user, row.phone, row.created_at) == (technician, "+31 6 1234", NOW)


def test_shift_holds_from_its_beginning_until_before_its_end(technician: User) -> None:
    row = shift(technician)
    assert not DutyShift.objects.at(row.starts_at - timedelta(microseconds=1)).exists()
    assert DutyShift.objects.at(row.starts_at).get() == row
    assert not DutyShift.objects.at(row.ends_at).exists()


def test_shifts_may_touch_but_not_overlap(technician: User, dispatcher: User) -> None:
    first = shift(technician)
    shift(dispatcher, first.ends_at)
    with pytest.raises(Conflict, match="Tara Technician is on duty then"):
        shift(dispatcher, first.ends_at - HOUR)
    assert DutyShift.objects.count() == 2


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "attr"),
    [
        (TONIGHT, TONIGHT, "ends_at"),
        (TONIGHT, TONIGHT - HOUR, "ends_at"),
        (NOW - 5 * HOUR, NOW, "ends_at"),
        (TONIGHT, TONIGHT + timedelta(days=32), "ends_at"),
        (NOW + timedelta(days=800), NOW + timedelta(days=801), "starts_at"),
    ],
)
def test_impossible_shift_is_refused(technician: User, starts_at: datetime, ends_at: datetime, attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        add_shift(user=technician, starts_at=starts_at, ends_at=ends_at, now=NOW)
    assert refused.value.attr == attr
    assert not DutyShift.objects.exists()


def test_only_active_staff_is_on_duty(customer: User, technician: User) -> None:
    technician.is_active = False
    technician.save(update_fields=["is_active"])
    for person in (customer, technician):
        with pytest.raises(DomainError, match="active person of our own staff"):
            shift(person)


def test_absent_people_are_not_on_duty_nor_people_on_duty_absent(technician: User, dispatcher: User) -> None:
    add_absence(user=technician, starts_at=TONIGHT, ends_at=TONIGHT + HOUR, reason="Dentist", now=NOW)
    with pytest.raises(Conflict, match="Tara Technician is absent then"):
        shift(technician)
    row = shift(dispatcher)
    with pytest.raises(Conflict, match="give that shift to somebody else first"):
        add_absence(user=dispatcher, starts_at=row.ends_at - HOUR, ends_at=row.ends_at + HOUR, now=NOW)
    add_absence(user=dispatcher, starts_at=row.ends_at, ends_at=row.ends_at + HOUR, now=NOW)


def test_shift_ahead_is_removed_one_that_began_stays(technician: User) -> None:
    row = shift(technician)
    with pytest.raises(Conflict, match="has begun"):
        remove_shift(shift=row, now=row.starts_at)
    remove_shift(shift=row, now=row.starts_at - HOUR)
    assert not DutyShift.objects.exists()


def test_absence_is_taken_back_twice(technician: User) -> None:
    row = add_absence(user=technician, starts_at=TONIGHT, ends_at=TONIGHT + HOUR, now=NOW)
    remove_absence(absence=row)
    remove_absence(absence=row)
    assert not Absence.objects.exists()


# -- resident technicians -----------------------------------------------------------------------


@pytest.fixture
def contract(customer_a: Customer) -> Contract:
    calendar = builder.calendar(now=NOW)
    site = builder.site(customer=customer_a, calendar=calendar, name="Head office")
    asset: Asset = builder.asset(site=site, product=builder.product(), tag="A-1")
    plan = builder.plan(now=NOW, policy_version=builder.policy(now=NOW))
    PlanVersion.objects.filter(pk=plan.pk).update(service_mode=ServiceMode.RESIDENT)
    return builder.contract(
        customer=customer_a,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=NOW,
    )


def presence(contract: Contract, user: User, **values: object) -> Presence:
    fields: dict[str, object] = {
        "site": contract.customer.sites.get(),
        "weekday": 0,
        "starts": time(9),
        "ends": time(12),
        "from_on": date(2026, 3, 1),
    }
    return add_presence(contract=contract, user=user, **fields | values)  # type: ignore[arg-type]


def test_hours_are_added_and_taken_back(contract: Contract, technician: User) -> None:
    row = presence(contract, technician)
    assert contract.presences.get() == row
    remove_presence(presence=row)
    remove_presence(presence=row)
    assert not contract.presences.exists()


def test_hours_of_one_person_do_not_overlap(contract: Contract, technician: User, dispatcher: User) -> None:
    presence(contract, technician, until_on=date(2026, 6, 30))
    with pytest.raises(Conflict, match="Tara Technician has other hours then"):
        presence(contract, technician, starts=time(11), ends=time(13), from_on=date(2026, 6, 30))
    presence(contract, technician, starts=time(12), ends=time(13))
    presence(contract, technician, weekday=1)
    presence(contract, technician, from_on=date(2026, 7, 1))
    presence(contract, dispatcher)
    assert contract.presences.count() == 5


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"weekday": 7}, "weekday"),
        ({"weekday": -1}, "weekday"),
        ({"ends": time(9)}, "ends"),
        ({"until_on": date(2026, 2, 28)}, "until_on"),
    ],
)
def test_impossible_hours_are_refused(
    contract: Contract, technician: User, values: dict[str, object], attr: str
) -> None:
    with pytest.raises(DomainError) as refused:
        presence(contract, technician, **values)
    assert refused.value.attr == attr


def test_other_customers_site_and_other_service_modes_are_refused(
    contract: Contract, customer_b: Customer, technician: User
) -> None:
    other = builder.site(customer=customer_b, calendar=contract.terms.get().calendar_version, name="Elsewhere")
    with pytest.raises(DomainError, match="not one of the customer's sites"):
        presence(contract, technician, site=other)
    PlanVersion.objects.update(service_mode=ServiceMode.ON_CALL)
    with pytest.raises(Conflict, match="no resident technician"):
        presence(contract, technician)
