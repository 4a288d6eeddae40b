import pytest

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.generation import generate_work
from schedules.models import WorkOrder
from schedules.permissions import (
    can_assign_work,
    can_cancel_work,
    can_edit_programme,
    can_excuse_work,
    can_report_change,
    can_skip_work,
    can_work,
)
from tests.schedules.conftest import NOW, World, agreed, make_procedure

pytestmark = pytest.mark.django_db

STAFF = {
    "manager": {"work", "skip", "assign", "cancel", "excuse", "programme"},
    "dispatcher": {"work", "skip", "assign", "cancel"},
    "technician": {"work", "skip"},
    "customer": set(),
    "outsider": set(),
}
VERBS = {
    "work": can_work,
    "skip": can_skip_work,
    "assign": can_assign_work,
    "cancel": can_cancel_work,
    "excuse": can_excuse_work,
    "programme": lambda user, _work_order: can_edit_programme(user),
}


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    make_procedure(customer_may=True)
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.select_related("site", "procedure_version__procedure").get()


@pytest.mark.parametrize("role", list(STAFF))
def test_each_role_may_what_the_table_says(request: pytest.FixtureRequest, work_order: WorkOrder, role: str) -> None:
    user = request.getfixturevalue(role)
    assert {name for name, can in VERBS.items() if can(user, work_order)} == STAFF[role]


@pytest.mark.parametrize(
    ("role", "performer", "customer_may", "allowed"),
    [
        ("owner", "customer", True, True),
        ("contact", "customer", True, True),
        ("viewer", "customer", True, False),
        ("owner", "customer", False, False),
        ("owner", "var", True, False),
    ],
)
def test_customer_does_what_the_plan_gives_it(
    work_order: WorkOrder, customer_a: Customer, role: str, performer: str, customer_may: bool, allowed: bool
) -> None:
    person = builder.member(now=NOW, customer=customer_a, role=role)
    work_order.performer = performer
    work_order.procedure_version.procedure.customer_may = customer_may
    assert can_work(person, work_order) is allowed


def test_nobody_acts_for_another_customer(work_order: WorkOrder, outsider: User, customer_a: Customer) -> None:
    work_order.performer = "customer"
    assert not can_work(outsider, work_order)
    assert not can_report_change(outsider, customer_a)


def test_inactive_person_may_nothing(work_order: WorkOrder, manager: User, customer_a: Customer) -> None:
    manager.is_active = False
    assert not any(can(manager, work_order) for can in VERBS.values())
    assert not can_report_change(manager, customer_a)
