"""The lists of work, visits, changes and schedules as files."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.web.sheets import Field, Sheet

_WORK = [
    Field(_("Number"), "number"),
    Field(_("Work"), "procedure_version.procedure.name"),
    Field(_("Customer"), "site.customer.name"),
    Field(_("Site"), "site.name"),
    Field(_("Asset"), "asset.tag"),
    Field(_("Contract"), "contract.number"),
    Field(_("Date"), "nominal_on"),
    Field(_("Due"), "due_at"),
    Field(_("Window closes"), "window_closes_at"),
    Field(_("Status"), "get_status_display"),
    Field(_("Finished"), "finished_at"),
    Field(_("Done by"), "get_performer_display"),
    Field(_("Cover"), "get_coverage_decision_display"),
]


def work_sheet(user: User) -> Sheet:
    """Who does the work, and why some was not done, is the VAR's own matter."""
    ours = [Field(_("Assigned to"), "assignee.name"), Field(_("Reason"), "status_reason")] if user.is_var else []
    return Sheet("work", [*_WORK, *ours])


CHANGES = Sheet(
    "changes",
    [
        Field(_("Number"), "number"),
        Field(_("Change"), "get_kind_display"),
        Field(_("Customer"), "site.customer.name"),
        Field(_("Site"), "site.name"),
        Field(_("Asset"), "asset.tag"),
        Field(_("When"), "occurs_at"),
        Field(_("Reported"), "reported_at"),
        Field(_("How"), "get_source_display"),
        Field(_("Work"), "work_count"),
        Field(_("Open work"), "open_count"),
    ],
)
SCHEDULES = Sheet(
    "schedules",
    [
        Field(_("Work"), "procedure.name"),
        Field(_("Customer"), "site.customer.name"),
        Field(_("Site"), "site.name"),
        Field(_("Contract"), "contract.number"),
        Field(_("How often"), "get_frequency_display"),
        Field(_("Interval"), "interval"),
        Field(_("Next date"), "next_nominal_on"),
        Field(_("Done by"), "get_performer_display"),
        Field(_("State"), "get_state_display"),
    ],
)
VISITS = Sheet(
    "visits",
    [
        Field(_("Number"), "number"),
        Field(_("Customer"), "site.customer.name"),
        Field(_("Site"), "site.name"),
        Field(_("Technician"), "technician.name"),
        Field(_("From"), "planned_start_at"),
        Field(_("Until"), "planned_end_at"),
        Field(_("Status"), "get_status_display"),
        Field(_("Arrived"), "started_at"),
        Field(_("Finished"), "finished_at"),
    ],
)
