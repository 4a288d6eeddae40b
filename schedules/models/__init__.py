"""Time and change -> work orders -> evidence."""

from schedules.models.changes import ChangeEvent, Firing, ReactiveRule
from schedules.models.evidence import Answer, AnswerPhoto, Backup, Reading
from schedules.models.procedures import Procedure, ProcedureVersion, Step
from schedules.models.work import GenerationRun, Schedule, Target, WorkOrder, WorkOrderEvent

__all__ = [
    "Answer",
    "AnswerPhoto",
    "Backup",
    "ChangeEvent",
    "Firing",
    "GenerationRun",
    "Procedure",
    "ProcedureVersion",
    "ReactiveRule",
    "Reading",
    "Schedule",
    "Step",
    "Target",
    "WorkOrder",
    "WorkOrderEvent",
]
