"""People of a customer are invited, given a role and let go; no link to an account leaks."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.actions import accept_membership, archive, change_member_role, invite_member, remove_member
from contracts.invitations import invited_membership
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


def test_person_with_an_account_belongs_to_the_customer_after_agreeing(
    customer_a: Customer, customer: User, outsider: User
) -> None:
    user, link = invite(customer_a, customer, email=outsider.email)
    assert user == outsider
    assert link in Message.objects.get(to=outsider.email, subject="Will you act for Alder Dental?").text
    assert not Customer.objects.visible_to(outsider).filter(pk=customer_a.pk).exists()
    assert not Membership.objects.filter(customer=customer_a, user=outsider).exists()

    membership = invited_membership(link.rstrip("/").rsplit("/", 1)[-1], outsider, now=NOW)
    assert membership is not None
    assert (membership.name, membership.state) == (outsider.email, "invited")
    for _again in range(2):
        accept_membership(membership=membership, by=outsider)
    assert Customer.objects.visible_to(outsider).filter(pk=customer_a.pk).exists()
    assert Membership.objects.get(customer=customer_a, user=outsider).name == "Otto Outsider"


def test_person_with_an_account_and_no_password_agrees_too(
    customer_a: Customer, customer_b: Customer, customer: User, manager: User
) -> None:
    """Whoever holds the link to the account, such as the owner who invited first, gets nothing else by it."""
    invited, account_link = invite(customer_b, manager, email="shared@example.com")
    _user, link = invite(customer_a, customer, email="shared@example.com")
    assert link not in ("", account_link)
    assert [row.customer for row in Membership.objects.filter(user=invited)] == [customer_b]


def test_invitation_to_agree_is_for_one_person_and_fourteen_days(
    customer_a: Customer, customer: User, outsider: User
) -> None:
    _user, link = invite(customer_a, customer, email=outsider.email)
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert invited_membership(token, outsider, now=NOW + timedelta(days=14))
    assert invited_membership(token, outsider, now=NOW + timedelta(days=14, seconds=1)) is None
    assert invited_membership(token, customer, now=NOW) is None
    assert invited_membership(f"{token}x", outsider, now=NOW) is None
    assert invited_membership("x", outsider, now=NOW) is None

    outsider.email = "other@birch.example"
    outsider.save()
    assert invited_membership(token, outsider, now=NOW) is None


def test_invitation_to_agree_can_be_withdrawn(customer_a: Customer, customer: User, outsider: User) -> None:
    _user, link = invite(customer_a, customer, email=outsider.email, role="owner")
    membership = Membership.everyone.get(user=outsider, customer=customer_a)
    assert change_member_role(membership=membership, role="contact", by=customer).is_pending
    remove_member(membership=membership, by=customer)
    assert invited_membership(link.rstrip("/").rsplit("/", 1)[-1], outsider, now=NOW) is None
    with pytest.raises(Conflict):
        accept_membership(membership=membership, by=outsider)
    assert not Membership.everyone.filter(customer=customer_a, user=outsider).exists()


def test_owner_who_has_not_agreed_is_no_other_owner(customer_a: Customer, customer: User, outsider: User) -> None:
    invite(customer_a, customer, email=outsider.email, role="owner")
    with pytest.raises(Conflict):
        remove_member(membership=customer.memberships.get(), by=customer)


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
