"""People of a customer are invited, given a role and let go; no link to an account leaks."""

from datetime import UTC, datetime

import pytest

from contracts.actions import archive, change_member_role, invite_member, remove_member
from contracts.models import Customer, Membership
from portal.accounts.models import User
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def invite(customer: Customer, by: User, *, email: str = "new@alder.example", role: str = "viewer") -> tuple[User, str]:
    membership, invitation = invite_member(customer=customer, email=email, name="Nell New", role=role, by=by, now=NOW)
    assert membership.user == invitation.user
    return invitation.user, invitation.link


def test_invitation_makes_account_and_membership(customer_a: Customer, customer: User) -> None:
    user, link = invite(customer_a, customer)
    membership = Membership.objects.get(user=user)
    assert (membership.customer, membership.role, membership.created_at) == (customer_a, "viewer", NOW)
    assert (user.staff_role, user.timezone) == ("", "Europe/Amsterdam")
    assert link
    assert link in Message.objects.get(to="new@alder.example").text


def test_invitation_twice_is_one_membership(customer_a: Customer, manager: User) -> None:
    first, _link = invite(customer_a, manager)
    second, _link = invite(customer_a, manager, email="NEW@alder.example")
    assert first == second
    assert Membership.objects.filter(customer=customer_a).count() == 1


def test_invitation_does_not_change_a_role(customer_a: Customer, manager: User) -> None:
    invite(customer_a, manager)
    with pytest.raises(Conflict) as refused:
        invite(customer_a, manager, role="owner")
    assert refused.value.attr == "email"


def test_link_of_another_customers_person_is_not_shown(
    customer_a: Customer, customer_b: Customer, customer: User, manager: User
) -> None:
    pending, _link = invite(customer_b, manager, email="shared@example.com")
    user, link = invite(customer_a, customer, email="shared@example.com")
    assert user == pending
    assert link == ""
    assert Membership.objects.filter(user=pending).count() == 2


def test_person_of_the_var_is_not_a_member(customer_a: Customer, manager: User, technician: User) -> None:
    with pytest.raises(DomainError) as refused:
        invite(customer_a, manager, email=technician.email)
    assert refused.value.attr == "email"
    assert not Membership.objects.exists()


def test_unknown_role_and_archived_customer_are_refused(customer_a: Customer, manager: User) -> None:
    with pytest.raises(DomainError) as refused:
        invite(customer_a, manager, role="king")
    assert refused.value.attr == "role"
    archive(row=customer_a, now=NOW)
    with pytest.raises(Conflict):
        invite(customer_a, manager)
    assert not Membership.objects.exists()


def test_last_owner_stays_unless_the_var_says_so(customer: User, manager: User) -> None:
    membership = customer.memberships.get()
    with pytest.raises(Conflict):
        remove_member(membership=membership, by=customer)
    with pytest.raises(Conflict):
        change_member_role(membership=membership, role="viewer", by=customer)
    assert change_member_role(membership=membership, role="contact", by=manager).role == "contact"
    remove_member(membership=membership, by=manager)
    assert not customer.memberships.exists()


def test_owner_leaves_to_another_owner(customer_a: Customer, customer: User) -> None:
    invite(customer_a, customer, role="owner")
    remove_member(membership=customer.memberships.get(), by=customer)
    assert Membership.objects.get(customer=customer_a).role == "owner"
