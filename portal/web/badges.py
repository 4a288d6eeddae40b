"""How states look: one tone and one icon for each word that the apps use as a state."""

from typing import NamedTuple


class Look(NamedTuple):
    tone: str  # good, busy, wait, warn, bad, quiet
    icon: str


_LOOKS = {
    # work
    "due": Look("busy", "clock"),
    "overdue": Look("bad", "alarm"),
    "in_progress": Look("busy", "progress"),
    "done": Look("good", "circle-check"),
    "late": Look("warn", "clock-exclamation"),
    "missed": Look("bad", "circle-x"),
    "skipped": Look("quiet", "player-skip-forward"),
    "cancelled": Look("quiet", "ban"),
    # visits ("in_progress" and "cancelled" look as those of work)
    "planned": Look("busy", "calendar-event"),
    "confirmed": Look("good", "calendar-check"),
    "signed": Look("good", "writing-sign"),
    "other_time": Look("warn", "calendar-question"),
    "ready": Look("good", "checks"),
    "carried_over": Look("wait", "arrow-forward"),
    "removed": Look("quiet", "minus"),
    # answers
    "pass": Look("good", "check"),
    "warn": Look("warn", "alert-triangle"),
    "fail": Look("bad", "x"),
    "na": Look("quiet", "minus"),
    "untouched": Look("quiet", "circle-dashed"),
    "begun": Look("wait", "circle-dot"),
    "locked": Look("quiet", "lock"),
    # duty
    "on_duty": Look("good", "headset"),
    # tickets
    "S1": Look("bad", "flame"),
    "S2": Look("warn", "alert-triangle"),
    "S3": Look("busy", "info-circle"),
    "S4": Look("quiet", "help-circle"),
    "new": Look("warn", "sparkles"),
    "open": Look("busy", "progress"),
    "waiting_customer": Look("wait", "user-pause"),
    "waiting_vendor": Look("wait", "building-factory"),
    "monitoring": Look("wait", "eye"),
    "resolved": Look("good", "circle-check"),
    "closed": Look("quiet", "archive"),
    "at_risk": Look("warn", "alarm"),
    "breached": Look("bad", "circle-x"),
    "met": Look("good", "circle-check"),
    "running": Look("busy", "clock"),
    "paused": Look("wait", "player-pause"),
    # contracts, coverage
    "draft": Look("quiet", "pencil"),
    "active": Look("good", "circle-check"),
    "suspended": Look("warn", "player-pause"),
    "ended": Look("quiet", "archive"),
    "covered": Look("good", "shield-check"),
    "up_to": Look("warn", "shield-half"),
    "billable": Look("warn", "receipt"),
    "set_aside": Look("bad", "alert-octagon"),
    # mail
    "queued": Look("busy", "clock"),
    "sent": Look("good", "send"),
    "shown": Look("quiet", "eye"),
    "failed": Look("bad", "alert-octagon"),
    "archived": Look("quiet", "archive"),
    "inactive": Look("quiet", "user-off"),
    "invited": Look("wait", "mail"),
}
PLAIN = Look("quiet", "point")


def badge_of(state: str) -> Look:
    return _LOOKS.get(str(state), PLAIN)
