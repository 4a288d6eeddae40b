from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from tests.conftest import NOW
from tickets import permissions
from tickets.models import Ticket

QUESTIONS = {
    "edit_ticket": permissions.can_edit_ticket,
    "comment": permissions.can_comment,
    "write_internal": permissions.can_write_internal,
    "acknowledge": permissions.can_acknowledge,
    "take": permissions.can_take,
    "assign": permissions.can_assign,
    "work_on_ticket": permissions.can_work_on_ticket,
    "change_severity": permissions.can_change_severity,
    "reopen": permissions.can_reopen,
}
STAFF = ("manager", "dispatcher", "technician")
ROLES = (*STAFF, "owner", "contact", "viewer")


def person(role: str, customer: Customer) -> User:
    return builder.staff(now=NOW, role=role) if role in STAFF else builder.member(now=NOW, customer=customer, role=role)


def test_every_verb_of_the_table_has_its_question() -> None:
    assert set(permissions.ALLOWED) == {*QUESTIONS, "open_ticket", "see_ticket"}
    assert all(roles <= set(ROLES) for roles in permissions.ALLOWED.values())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("verb", QUESTIONS)
def test_role_may_what_the_table_says(
    opened: Callable[..., Ticket], customer_a: Customer, role: str, verb: str
) -> None:
    somebody = person(role, customer_a)
    ticket = opened(by=somebody)

    assert QUESTIONS[verb](somebody, ticket) is (role in permissions.ALLOWED[verb])


@pytest.mark.parametrize("role", ["owner", "contact", "viewer"])
def test_people_of_a_customer_edit_only_what_they_opened(
    opened: Callable[..., Ticket], customer: User, customer_a: Customer, role: str
) -> None:
    assert permissions.can_edit_ticket(person(role, customer_a), opened(by=customer)) is False
    assert permissions.can_edit_ticket(person(role, customer_a), opened()) is False


@pytest.mark.parametrize("role", ROLES)
def test_role_may_open_tickets_as_the_table_says(customer_a: Customer, role: str) -> None:
    somebody, expected = person(role, customer_a), role in permissions.ALLOWED["open_ticket"]

    assert permissions.can_open_ticket(somebody, customer_a) is expected
    assert permissions.can_open_ticket(somebody) is expected


@pytest.mark.parametrize("verb", QUESTIONS)
def test_nobody_else_may_anything(opened: Callable[..., Ticket], outsider: User, verb: str) -> None:
    ticket, gone = opened(), builder.staff(now=NOW, role="manager")
    gone.is_active = False

    for somebody in (outsider, gone, AnonymousUser()):
        assert QUESTIONS[verb](somebody, ticket) is False
        assert permissions.can_open_ticket(somebody, ticket.customer) is False
