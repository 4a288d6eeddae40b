"""What people type on the pages about work and changes."""

from schedules.forms.answers import AnswerForm, PhotoForm
from schedules.forms.changes import ChangeEventForm
from schedules.forms.work import AssignForm, ReasonForm

__all__ = ["AnswerForm", "AssignForm", "ChangeEventForm", "PhotoForm", "ReasonForm"]
