"""Time and change -> work orders -> evidence."""

from schedules.models.changes import ChangeEvent, Firing, ReactiveRule
from schedules.models.evidence import Answer, AnswerPhoto, Backup, Baseline, CapacityEntry, Reading
from schedules.models.procedures import Procedure, ProcedureVersion, Step
from schedules.models.visits import (
    ReportCorrection,
    ReportFile,
    Signature,
    Visit,
    VisitEvent,
    VisitReport,
    VisitTicket,
    VisitWork,
)
from schedules.models.work import GenerationRun, Schedule, Target, WorkOrder, WorkOrderEvent

__all__ = [
    "Answer",
    "AnswerPhoto",
    "Backup",
    "Baseline",
    "CapacityEntry",
    "ChangeEvent",
    "Firing",
    "GenerationRun",
    "Procedure",
    "ProcedureVersion",
    "ReactiveRule",
    "Reading",
    "ReportCorrection",
    "ReportFile",
    "Schedule",
    "Signature",
    "Step",
    "Target",
    "Visit",
    "VisitEvent",
    "VisitReport",
    "VisitTicket",
    "VisitWork",
    "WorkOrder",
    "WorkOrderEvent",
]
