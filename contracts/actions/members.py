"""People of a customer: invited, given a role, let go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.bounds import organisation_zone
from contracts.enums import CustomerRole
from contracts.models import Customer, Membership
from portal.accounts.actions import Invitation, invite_user
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError


@transaction.atomic
def invite_member(
    *, customer: Customer, email: str, name: str, role: str, by: User, now: datetime
) -> tuple[Membership, Invitation]:
    """Let a person act for the customer; makes and invites the account where there is none. Safe to repeat.

    The invitation's link is empty for somebody who already belongs to another customer, unless the
    VAR invites: whoever holds the link chooses the password, so it goes to that person by mail alone.
    Raises DomainError at `email` or `role`, Conflict for an archived customer or another role.
    """
    _check_role(role)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    invitation = invite_user(
        email=email, name=name, language=customer.language, timezone=organisation_zone(), by=by, now=now
    )
    user = invitation.user
    if user.staff_role:
        raise DomainError(_("This person works for us and sees every customer already."), attr="email")
    membership, created = Membership.objects.get_or_create(
        user=user, customer=customer, defaults={"role": role, "created_at": now}
    )
    if not created and membership.role != role:
        raise Conflict(_("This person already belongs to this customer."), attr="email", code="unique")
    if not by.is_var and user.memberships.exclude(customer=customer).exists():
        return membership, Invitation(user, "")
    return membership, invitation


@transaction.atomic
def change_member_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Give a person another role. Raises Conflict where a customer would take away its own last owner."""
    _check_role(role)
    membership = _locked(membership)
    if role != CustomerRole.OWNER:
        _keep_an_owner(membership, by)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """End a person's membership; the account stays. Raises Conflict as `change_member_role` does."""
    membership = _locked(membership)
    _keep_an_owner(membership, by)
    membership.delete()


def _locked(membership: Membership) -> Membership:
    """The membership, with its customer locked: two owners cannot remove each other at once."""
    Customer.objects.select_for_update().get(pk=membership.customer_id)
    row: Membership = Membership.objects.get(pk=membership.pk)
    return row


def _keep_an_owner(membership: Membership, by: User) -> None:
    """The VAR may leave a customer without an owner, because it can invite the next one."""
    if by.is_var or membership.role != CustomerRole.OWNER:
        return
    owners = Membership.objects.filter(customer=membership.customer_id, role=CustomerRole.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise Conflict(_("At least one owner has to stay."), code="last_owner")


def _check_role(role: str) -> None:
    if role not in CustomerRole.values:
        raise DomainError(_("Choose one of the roles."), attr="role", code="invalid_choice")
