"""Every change of state of schedules, work, answers, changes and the programme: one function each."""

from schedules.actions.schedule import resync_all, retry_schedule, sync_schedules

__all__ = ["resync_all", "retry_schedule", "sync_schedules"]
