"""Who may do what in the register and the contracts.

What a person may *see* is decided by `visible_to`; these questions come after it. The table is data
because the README shows it and the tests walk it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.enums import CustomerRole
from contracts.models import Asset, Contact, Contract, Customer, Membership, Site
from portal.accounts.enums import StaffRole

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model

    from portal.accounts.models import User

_MANAGER = StaffRole.MANAGER.value
_DISPATCHER = StaffRole.DISPATCHER.value
_TECHNICIAN = StaffRole.TECHNICIAN.value
_OWNER = CustomerRole.OWNER.value
_CONTACT = CustomerRole.CONTACT.value
_VIEWER = CustomerRole.VIEWER.value
_STAFF = frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN})

ALLOWED: dict[str, frozenset[str]] = {
    # Read the register, the contracts and their history: what `visible_to` gives.
    "see_register": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN, _OWNER, _CONTACT, _VIEWER}),
    # Read the notes on customers and assets, which speak about them.
    "see_notes": _STAFF,
    # Read the catalogue, calendars, service levels and plans.
    "see_configuration": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    # Change the catalogue, calendars, service levels and plans.
    "configure": frozenset({_MANAGER}),
    # Make a contract and change it: terms, assets, activate, suspend, resume, terminate, renew.
    "manage_contract": frozenset({_MANAGER}),
    "add_customer": frozenset({_MANAGER, _DISPATCHER}),
    "edit_customer": frozenset({_MANAGER, _DISPATCHER}),
    "edit_site": frozenset({_MANAGER, _DISPATCHER}),
    "edit_contact": frozenset({_MANAGER, _DISPATCHER, _OWNER}),
    "add_asset": frozenset({_MANAGER, _DISPATCHER}),
    # The facts about an asset: what is installed, how many users, its addresses.
    "edit_asset": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    # Archive and restore customers, sites and assets.
    "archive_register": frozenset({_MANAGER, _DISPATCHER}),
    # Invite people of a customer, change their role, end their membership.
    "manage_members": frozenset({_MANAGER, _DISPATCHER, _OWNER}),
    # Hand out links by which somebody without an account does one thing for the customer, and take them back.
    "manage_guest_links": frozenset({_MANAGER, _DISPATCHER, _OWNER}),
    # See who is on duty and who is away.
    "see_duty": _STAFF,
    "plan_duty": frozenset({_MANAGER, _DISPATCHER}),
    # Note that somebody is away: dispatchers and managers anybody, technicians themselves.
    "record_absence": _STAFF,
}
"""Verb -> roles. The customer's roles count for that customer's rows alone."""


def can_see_notes(user: User | AnonymousUser) -> bool:
    return _is_allowed("see_notes", user, None)


def can_see_configuration(user: User | AnonymousUser, obj: Model | None = None) -> bool:
    return _is_allowed("see_configuration", user, obj)


def can_configure(user: User | AnonymousUser, obj: Model | None = None) -> bool:
    return _is_allowed("configure", user, obj)


def can_manage_contract(user: User | AnonymousUser, obj: Contract | Customer | None = None) -> bool:
    return _is_allowed("manage_contract", user, obj)


def can_add_customer(user: User | AnonymousUser) -> bool:
    return _is_allowed("add_customer", user, None)


def can_edit_customer(user: User | AnonymousUser, obj: Customer) -> bool:
    return _is_allowed("edit_customer", user, obj)


def can_edit_site(user: User | AnonymousUser, obj: Site | Customer | None = None) -> bool:
    """Also whether a site may be added, given its customer."""
    return _is_allowed("edit_site", user, obj)


def can_edit_contact(user: User | AnonymousUser, obj: Contact | Customer | None = None) -> bool:
    """Also whether a contact may be added or archived, given its customer."""
    return _is_allowed("edit_contact", user, obj)


def can_add_asset(user: User | AnonymousUser, obj: Site | Customer | None = None) -> bool:
    return _is_allowed("add_asset", user, obj)


def can_edit_asset(user: User | AnonymousUser, obj: Asset) -> bool:
    return _is_allowed("edit_asset", user, obj)


def can_archive_register(user: User | AnonymousUser, obj: Customer | Site | Asset) -> bool:
    return _is_allowed("archive_register", user, obj)


def can_manage_members(user: User | AnonymousUser, obj: Customer | Membership | None = None) -> bool:
    return _is_allowed("manage_members", user, obj)


def can_manage_guest_links(user: User | AnonymousUser, obj: Customer) -> bool:
    return _is_allowed("manage_guest_links", user, obj)


def can_see_duty(user: User | AnonymousUser) -> bool:
    return _is_allowed("see_duty", user, None)


def can_plan_duty(user: User | AnonymousUser) -> bool:
    return _is_allowed("plan_duty", user, None)


def can_record_absence(user: User | AnonymousUser, whose: User) -> bool:
    return _is_allowed("record_absence", user, None) and (whose == user or can_plan_duty(user))


def verbs_at(user: User | AnonymousUser, customer: Customer) -> frozenset[str]:
    """All that this person may do with that customer's rows; one query at most."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    own = user.memberships.filter(customer=customer)
    roles = {user.staff_role} if user.staff_role else set(own.values_list("role", flat=True))
    return frozenset(verb for verb, allowed in ALLOWED.items() if allowed & roles)


def is_allowed_somewhere(verb: str, user: User | AnonymousUser) -> bool:
    """Whether the verb is allowed for any row at all: asked before it is known for which one."""
    if not user.is_authenticated or not user.is_active:
        return False
    if user.staff_role:
        return user.staff_role in ALLOWED[verb]
    return user.memberships.filter(role__in=ALLOWED[verb]).exists()


def _is_allowed(verb: str, user: User | AnonymousUser, obj: Model | None) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    if user.staff_role:
        return user.staff_role in ALLOWED[verb]
    if ALLOWED[verb] <= _STAFF:
        return False
    customer_id = _customer_id(obj)
    if customer_id is None:
        return False
    return user.memberships.filter(customer=customer_id, role__in=ALLOWED[verb]).exists()


def _customer_id(obj: Model | None) -> int | None:
    """The customer to whom the row belongs; None for the VAR's own."""
    if isinstance(obj, Customer):
        return obj.pk
    if isinstance(obj, Asset):
        return obj.site.customer_id
    if isinstance(obj, Site | Contact | Contract | Membership):
        return obj.customer_id
    return None
