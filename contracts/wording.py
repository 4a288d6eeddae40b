"""Promised times and events as sentences for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contracts.enums import TargetClock
from contracts.models import ContractEvent, SlaTarget

# -- promised times ---------------------------------------------------------------------------


def response_in_words(target: SlaTarget) -> str:
    return _target_in_words(target.response_minutes, target.response_business_days, target.response_clock)


def resolution_in_words(target: SlaTarget) -> str:
    """Empty where no resolution is promised."""
    if target.resolution_minutes is None and target.resolution_business_days is None:
        return ""
    return _target_in_words(target.resolution_minutes, target.resolution_business_days, target.resolution_clock)


def _target_in_words(minutes: int | None, days: int | None, clock: str) -> str:
    if days is not None:
        return ngettext("%(n)d business day", "%(n)d business days", days) % {"n": days}
    span = _minutes_in_words(minutes or 0)
    if clock == TargetClock.AROUND_THE_CLOCK:
        return _("%(span)s, around the clock") % {"span": span}
    return _("%(span)s of business time") % {"span": span}


def _minutes_in_words(minutes: int) -> str:
    if minutes and minutes % 60 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


# -- events -----------------------------------------------------------------------------------

_EVENTS = {
    "drafted": gettext_lazy("Drafted."),
    "edited": gettext_lazy("The draft was edited."),
    "activated": gettext_lazy("Put in force; work from %(work_from_on)s."),
    "terms_added": gettext_lazy("Terms added from %(from_on)s until %(until_on)s."),
    "terms_removed": gettext_lazy("Terms from %(from_on)s until %(until_on)s removed."),
    "terms_changed": gettext_lazy("Terms changed from %(from_on)s."),
    "renewed": gettext_lazy("Renewed from %(from_on)s until %(until_on)s."),
    "amended": gettext_lazy("Changed from %(from_on)s."),
    "asset_uncovered": gettext_lazy("%(asset)s is covered until %(until_on)s only."),
    "terminated": gettext_lazy("Terminated; the last day is %(ended_on)s. %(reason)s"),
    "resumed": gettext_lazy("Goes on from %(on)s."),
    "ended": gettext_lazy("Ended, because its terms ran out."),
}
_DATED: dict[str, Callable[[dict[str, str]], str]] = {
    "asset_covered": lambda data: (
        _("%(asset)s covered from %(from_on)s until %(until_on)s.")
        if "until_on" in data
        else _("%(asset)s covered from %(from_on)s.")
    ),
    "suspended": lambda data: (
        _("Suspended from %(from_on)s until %(until_on)s: %(reason)s")
        if "until_on" in data
        else _("Suspended from %(from_on)s until it is resumed: %(reason)s")
    ),
}
# What the nightly task writes, which has no days of its own.
_SETTLED = {
    "suspended": gettext_lazy("A suspension began."),
    "resumed": gettext_lazy("The suspension is over."),
    "ended": gettext_lazy("Ended, because its last day is over."),
}


def event_in_words(event: ContractEvent, tags: Mapping[int, str]) -> str:
    """The event as a sentence; `tags` are the assets' tags by key."""
    if event.data.get("settled") and event.kind in _SETTLED:
        return str(_SETTLED[event.kind])
    data = {key: _value_in_words(key, value, tags) for key, value in event.data.items()}
    sentence = _DATED[event.kind](data) if event.kind in _DATED else _EVENTS.get(event.kind)
    if sentence is None:
        return event.kind.replace("_", " ").capitalize()
    return (str(sentence) % _Known(data)).strip()


class _Known(dict[str, str]):
    """Values for a sentence; one that the event does not hold is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _value_in_words(key: str, value: Any, tags: Mapping[int, str]) -> str:
    if (key == "on" or key.endswith("_on")) and isinstance(value, str):
        return date_format(date.fromisoformat(value), "j M Y")
    if key == "asset":
        return tags.get(value, "–")
    return str(value)
