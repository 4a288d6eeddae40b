"""The list of tickets as a file."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.web.sheets import Field, Sheet

_OF_EVERYBODY = [
    Field(_("Number"), "number"),
    Field(_("Severity"), "severity"),
    Field(_("Summary"), "summary"),
    Field(_("Category"), "get_category_display"),
    Field(_("Customer"), "customer.name"),
    Field(_("Site"), "site.name"),
    Field(_("Asset"), "asset.tag"),
    Field(_("State"), "get_state_display"),
    Field(_("Opened"), "opened_at"),
    Field(_("Answer due"), "response_due_at"),
    Field(_("Acknowledged"), "acknowledged_at"),
    Field(_("Answered in time"), "response_met"),
    Field(_("Solution due"), "resolution_due_at"),
    Field(_("Resolved"), "resolved_at"),
    Field(_("Solved in time"), "resolution_met"),
    Field(_("Cover"), "get_coverage_decision_display"),
]


def ticket_sheet(user: User) -> Sheet:
    """Who does the work is the VAR's own matter."""
    ours = [Field(_("Assigned to"), "assignee.name")] if user.is_var else []
    return Sheet("tickets", [*_OF_EVERYBODY, *ours])
