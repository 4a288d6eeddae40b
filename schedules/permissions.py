"""Who may do what with work, changes and the programme.

What a person may *see* is decided by `visible_to`; these questions come after it. The table is data
because the README shows it and the tests walk it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.enums import CustomerRole, Performer
from contracts.models import Customer
from portal.accounts.enums import StaffRole
from schedules.models import Visit, WorkOrder

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

ALLOWED: dict[str, frozenset[str]] = {
    # See work orders, schedules, changes, readings and backups: the VAR all, a customer its own.
    "see_work": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN, _OWNER, _CONTACT, _VIEWER}),
    # Start, answer, complete; a customer's people only work that is theirs to do (`can_work`).
    "work": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN, _OWNER, _CONTACT}),
    "skip_work": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    "assign_work": frozenset({_MANAGER, _DISPATCHER}),
    "take_work": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),  # oneself, while it is nobody's
    "hand_over_work": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),  # to the customer, and take it back
    "cancel_work": frozenset({_MANAGER, _DISPATCHER}),  # and reinstate it
    "excuse_work": frozenset({_MANAGER}),
    "report_change": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN, _OWNER, _CONTACT}),
    # Enter readings and backups that no checklist asked for.
    "record_evidence": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    "set_baseline": frozenset({_MANAGER}),  # say what is usual at an asset, in place of its first readings
    # Visits: when, who, what, and what came of it; customers without the VAR's notes and reasons.
    "see_visit": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN, _OWNER, _CONTACT, _VIEWER}),
    "plan_visit": frozenset({_MANAGER, _DISPATCHER}),  # also move it and call it off
    "do_visit": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),  # arrive, add and take out work, sign off
    "confirm_visit": frozenset({_MANAGER, _DISPATCHER, _OWNER, _CONTACT}),  # or ask for another time
    "correct_report": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    # Enter time and parts, of a visit or a ticket.
    "record_service": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    "see_programme": frozenset({_MANAGER, _DISPATCHER, _TECHNICIAN}),
    "edit_programme": frozenset({_MANAGER}),  # also retry a schedule that was set aside
}
"""Verb -> roles. The customer's roles count for that customer's rows alone."""


def can_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    """Start, answer and complete it. The customer's people: what the plan gives to them and they may do."""
    if not _is_allowed("work", user, work_order.site.customer_id):
        return False
    if user.is_authenticated and user.is_var:
        return True
    return is_for_the_customer(work_order)


def is_for_the_customer(work_order: WorkOrder) -> bool:
    """Whether it is the customer's to do, and something that customers may do at all."""
    return work_order.performer == Performer.CUSTOMER and work_order.procedure_version.procedure.customer_may


def can_see_inside(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    """See the checklist itself: the VAR, and whose work it is. Others see what was done, and no more."""
    return (user.is_authenticated and user.is_var) or can_work(user, work_order)


def can_skip_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    return _is_allowed("skip_work", user, work_order.site.customer_id)


def can_assign_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    return _is_allowed("assign_work", user, work_order.site.customer_id)


def can_take_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    """Take work that nobody has, or give one's own back."""
    if work_order.assignee_id not in (None, user.pk):
        return False
    return _is_allowed("take_work", user, work_order.site.customer_id)


def can_hand_over_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    """Let the customer do what a change opened, or take it back."""
    return _is_allowed("hand_over_work", user, work_order.site.customer_id)


def can_cancel_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    """Cancel and reinstate."""
    return _is_allowed("cancel_work", user, work_order.site.customer_id)


def can_excuse_work(user: User | AnonymousUser, work_order: WorkOrder) -> bool:
    return _is_allowed("excuse_work", user, work_order.site.customer_id)


def can_report_change(user: User | AnonymousUser, customer: Customer) -> bool:
    return _is_allowed("report_change", user, customer.pk)


def may_report_changes(user: User | AnonymousUser) -> bool:
    """Whether there is any customer for whom this person may report one."""
    if not user.is_authenticated or not user.is_active:
        return False
    if user.staff_role:
        return user.staff_role in ALLOWED["report_change"]
    return user.memberships.filter(role__in=ALLOWED["report_change"]).exists()


def can_record_evidence(user: User | AnonymousUser) -> bool:
    return _is_allowed("record_evidence", user, None)


def can_plan_visit(user: User | AnonymousUser) -> bool:
    return _is_allowed("plan_visit", user, None)


def can_do_visit(user: User | AnonymousUser) -> bool:
    """Any technician, not the planned one alone: colleagues stand in for each other."""
    return _is_allowed("do_visit", user, None)


def can_confirm_visit(user: User | AnonymousUser, visit: Visit) -> bool:
    return _is_allowed("confirm_visit", user, visit.site.customer_id)


def can_correct_report(user: User | AnonymousUser) -> bool:
    return _is_allowed("correct_report", user, None)


def can_record_service(user: User | AnonymousUser) -> bool:
    return _is_allowed("record_service", user, None)


def can_set_baseline(user: User | AnonymousUser) -> bool:
    return _is_allowed("set_baseline", user, None)


def can_see_programme(user: User | AnonymousUser) -> bool:
    return _is_allowed("see_programme", user, None)


def can_edit_programme(user: User | AnonymousUser) -> bool:
    return _is_allowed("edit_programme", user, None)


def _is_allowed(verb: str, user: User | AnonymousUser, customer_id: int | None) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    if user.staff_role:
        return user.staff_role in ALLOWED[verb]
    if customer_id is None or ALLOWED[verb] <= _STAFF:
        return False
    return user.memberships.filter(customer=customer_id, role__in=ALLOWED[verb]).exists()
