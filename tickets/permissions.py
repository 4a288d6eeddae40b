"""Who may do what with tickets.

What a person may *see* is decided by `visible_to`; these questions come after it, and before what
the state of the ticket forbids. The table is data because the README shows it and the tests walk it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.enums import CustomerRole
from contracts.models import Customer
from portal.accounts.enums import StaffRole
from tickets.models import Ticket

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

_MANAGER = StaffRole.MANAGER.value
_DISPATCHER = StaffRole.DISPATCHER.value
_TECHNICIAN = StaffRole.TECHNICIAN.value
_OWNER = CustomerRole.OWNER.value
_CONTACT = CustomerRole.CONTACT.value
_VIEWER = CustomerRole.VIEWER.value
_STAFF = frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN})
_SPEAKING = _STAFF | {_OWNER, _CONTACT}

ALLOWED: dict[str, frozenset[str]] = {
    # Read tickets and their deadlines: everybody of the VAR, and the customer its own.
    "see_ticket": _SPEAKING | {_VIEWER},
    "open_ticket": _SPEAKING,
    # Correct the summary and the description: customers what they opened themselves.
    "edit_ticket": _SPEAKING,
    "comment": _SPEAKING,
    # Read and write notes that the customer does not see.
    "write_internal": _STAFF,
    "acknowledge": _STAFF,
    # Take a ticket oneself.
    "take": _STAFF,
    # Give a ticket to somebody, or to nobody.
    "assign": frozenset({_MANAGER, _DISPATCHER}),
    # Wait, resume, resolve, close.
    "work_on_ticket": _STAFF,
    "change_severity": _STAFF,
    # Customers within 14 days of resolving.
    "reopen": _SPEAKING,
}
"""Verb -> roles. The customer's roles count for that customer's tickets alone."""


def can_open_ticket(user: User | AnonymousUser, obj: Customer | None = None) -> bool:
    """For that customer; without one, whether there is any."""
    if obj is None and user.is_authenticated and not user.is_var:
        return user.is_active and user.memberships.filter(role__in=ALLOWED["open_ticket"]).exists()
    return _is_allowed("open_ticket", user, obj.pk if obj else None)


def can_edit_ticket(user: User | AnonymousUser, obj: Ticket) -> bool:
    """Who opened it may as long as it is new, which the action checks."""
    is_own = user.is_authenticated and (user.is_var or obj.opened_by_id == user.pk)
    return is_own and _is_allowed("edit_ticket", user, obj.customer_id)


def can_comment(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("comment", user, obj.customer_id)


def can_write_internal(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("write_internal", user, obj.customer_id)


def can_acknowledge(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("acknowledge", user, obj.customer_id)


def can_take(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("take", user, obj.customer_id)


def can_assign(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("assign", user, obj.customer_id)


def can_work_on_ticket(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("work_on_ticket", user, obj.customer_id)


def can_change_severity(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("change_severity", user, obj.customer_id)


def can_reopen(user: User | AnonymousUser, obj: Ticket) -> bool:
    return _is_allowed("reopen", user, obj.customer_id)


def _is_allowed(verb: str, user: User | AnonymousUser, customer_id: int | None) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    if user.staff_role:
        return user.staff_role in ALLOWED[verb]
    if customer_id is None or not ALLOWED[verb] - _STAFF:
        return False
    return user.memberships.filter(customer=customer_id, role__in=ALLOWED[verb]).exists()
