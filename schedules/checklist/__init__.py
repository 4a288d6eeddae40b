"""A work order as a checklist: phases, what they apply to, steps with their answers, what is missing.

The one view of the page, the API and the actions. Before the work starts it shows what the steps
would apply to.
"""

from schedules.checklist.building import applies, capacities, checklist_of, prospective_assets, prospective_version
from schedules.checklist.locks import refresh
from schedules.checklist.parts import (
    ORDER_TARGET,
    Checklist,
    ChecklistPhase,
    ChecklistStep,
    ChecklistTarget,
    Missing,
    Previous,
    lease_hours_known,
)

__all__ = [
    "ORDER_TARGET",
    "Checklist",
    "ChecklistPhase",
    "ChecklistStep",
    "ChecklistTarget",
    "Missing",
    "Previous",
    "applies",
    "capacities",
    "checklist_of",
    "lease_hours_known",
    "prospective_assets",
    "prospective_version",
    "refresh",
]
