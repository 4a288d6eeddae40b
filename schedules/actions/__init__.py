"""Every change of state of schedules, work, answers, changes and the programme: one function each."""

from schedules.actions.answer import Entry, add_photo, answer_and_complete, record_answer, record_answers
from schedules.actions.answer_ticket import open_ticket_from_answer
from schedules.actions.baseline import set_baseline
from schedules.actions.change import record_change
from schedules.actions.hand_over import hand_over
from schedules.actions.missed import tell_missed_tasks
from schedules.actions.programme import draft_version, load_programme, publish_version
from schedules.actions.reading import Measured, record_readings
from schedules.actions.report import correct_report, freeze_report
from schedules.actions.schedule import follow_sites, resync_all, retry_schedule, sync_schedules
from schedules.actions.services import enter_part, enter_time, take_back
from schedules.actions.sign_off import Sign, VisitIncompleteError, sign_off
from schedules.actions.visit import ask_other_time, cancel_visit, confirm_visit, plan_visit, reschedule_visit
from schedules.actions.visit_start import start_visit
from schedules.actions.visit_work import add_ticket, add_work, remove_ticket, remove_work
from schedules.actions.work_order import (
    IncompleteError,
    assign_work,
    cancel_work,
    complete_work,
    excuse_work,
    reinstate_work,
    skip_work,
    start_work,
)

__all__ = [
    "Entry",
    "IncompleteError",
    "Measured",
    "Sign",
    "VisitIncompleteError",
    "add_photo",
    "add_ticket",
    "add_work",
    "answer_and_complete",
    "ask_other_time",
    "assign_work",
    "cancel_visit",
    "cancel_work",
    "complete_work",
    "confirm_visit",
    "correct_report",
    "draft_version",
    "enter_part",
    "enter_time",
    "excuse_work",
    "follow_sites",
    "freeze_report",
    "hand_over",
    "load_programme",
    "open_ticket_from_answer",
    "plan_visit",
    "publish_version",
    "record_answer",
    "record_answers",
    "record_change",
    "record_readings",
    "reinstate_work",
    "remove_ticket",
    "remove_work",
    "reschedule_visit",
    "resync_all",
    "retry_schedule",
    "set_baseline",
    "sign_off",
    "skip_work",
    "start_visit",
    "start_work",
    "sync_schedules",
    "take_back",
    "tell_missed_tasks",
]
