"""People of a customer: invited, given a role, let go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from contracts.bounds import organisation_zone
from contracts.enums import CustomerRole
from contracts.invitations import membership_link
from contracts.models import Customer, Membership
from portal.accounts.actions import Invitation, invite_user
from portal.accounts.models import User
from portal.outbox.actions import queue_message
from portal.web.errors import Conflict, DomainError


@transaction.atomic
def invite_member(
    *, customer: Customer, email: str, name: str, role: str, by: User, now: datetime
) -> tuple[Membership, Invitation]:
    """Let a person act for the customer; makes and invites the account where there is none. Safe to repeat.

    Whoever has an account already belongs to the customer only once that person has agreed, by the
    link that goes out here. The link to an account is empty for somebody who already belongs to
    another customer, unless the VAR invites: whoever holds it chooses the password.
    Raises DomainError at `email` or `role`, Conflict for an archived customer or another role.
    """
    _check_role(role)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.archived_at:
        raise Conflict(_("The customer is archived."), attr="customer")
    invitation = invite_user(
        email=email, name=name, language=customer.language, timezone=organisation_zone(), by=by, now=now
    )
    if invitation.user.staff_role:
        raise DomainError(_("This person works for us and sees every customer already."), attr="email")
    membership = _member(customer, invitation, role, now)
    if membership.is_pending:
        return membership, _ask(membership, by, now)
    if not by.is_var and invitation.user.memberships.exclude(customer=customer).exists():
        return membership, Invitation(invitation.user, "")
    return membership, invitation


def _member(customer: Customer, invitation: Invitation, role: str, now: datetime) -> Membership:
    membership, created = Membership.everyone.get_or_create(
        user=invitation.user,
        customer=customer,
        defaults={"role": role, "is_pending": not invitation.is_new, "created_at": now},
    )
    if not created and membership.role != role:
        raise Conflict(_("This person already belongs to this customer."), attr="email", code="unique")
    return membership


def _ask(membership: Membership, by: User, now: datetime) -> Invitation:
    """Queue the mail that asks the person to agree, in that person's language."""
    user, link = membership.user, membership_link(membership, now=now)
    context = {"user": user, "by": by, "customer": membership.customer, "link": link}
    with translation.override(user.language):
        queue_message(
            to=user.email,
            recipient=user,
            subject=_("Will you act for %(customer)s?") % {"customer": membership.customer},
            text=render_to_string("contracts/invitation.txt", context),
            now=now,
        )
    return Invitation(user, link)


@transaction.atomic
def accept_membership(*, membership: Membership, by: User) -> Membership:
    """The person agrees to act for the customer. Raises Conflict where the invitation was withdrawn; safe to repeat."""
    locked: Membership | None = Membership.everyone.select_for_update().filter(pk=membership.pk, user=by).first()
    if locked is None:
        raise Conflict(_("This invitation was withdrawn."))
    locked.is_pending = False
    locked.save(update_fields=["is_pending"])
    return locked


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
    row: Membership = Membership.everyone.get(pk=membership.pk)
    return row


def _keep_an_owner(membership: Membership, by: User) -> None:
    """The VAR may leave a customer without an owner, because it can invite the next one."""
    if by.is_var or membership.is_pending or membership.role != CustomerRole.OWNER:
        return
    owners = Membership.objects.filter(customer=membership.customer_id, role=CustomerRole.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise Conflict(_("At least one owner has to stay."), code="last_owner")


def _check_role(role: str) -> None:
    if role not in CustomerRole.values:
        raise DomainError(_("Choose one of the roles."), attr="role", code="invalid_choice")
