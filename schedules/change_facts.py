"""What was told about a change, and what it did to its site, in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contracts.actions.move import FACTS
from contracts.enums import Region
from contracts.models import BusinessCalendar, Site
from schedules.change_details import event_specs
from schedules.models import ChangeEvent
from schedules.models.procedures import text_in_language
from schedules.programme_specs import DetailSpec, EventSpec


def facts_of(event: ChangeEvent) -> list[tuple[str, str]]:
    """The details as label and words, in the order of their kind."""
    spec: EventSpec = event_specs()[event.kind]
    return [
        (text_in_language(dict(d.label)), _said(d, event.details[d.name]))
        for d in spec.details
        if d.name in event.details
    ]


def risk_of(event: ChangeEvent) -> str:
    """What is dangerous about it; empty where nothing stands out."""
    if not event.details.get("risky"):
        return ""
    if event.details.get("to_service") == "ip":
        return _("From telephone lines to IP telephony, the risky case: test every feature, and keep a way back.")
    return _("From IP telephony to telephone lines, the risky case: test every feature, and keep a way back.")


class SiteFact(NamedTuple):
    """One fact of the site that the move changed."""

    label: str
    before: str
    after: str


def moved_facts(event: ChangeEvent) -> list[SiteFact]:
    """What the confirmed move changed at the site; none before it is confirmed."""
    before, after = event.applied.get("before", {}), event.applied.get("after", {})
    changed = [name for name in FACTS if name in after]
    return [SiteFact(_label(name), _fact(name, before[name]), _fact(name, after[name])) for name in changed]


def _said(spec: DetailSpec, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if spec.type == "calendar":
        return _calendar(value)
    labels = {choice.value: text_in_language(dict(choice.label)) for choice in spec.choices}
    return labels.get(str(value), f"{value:g}" if isinstance(value, float) else str(value))


def _label(fact: str) -> str:
    field: Any = Site._meta.get_field(fact.removesuffix("_id"))
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


def _fact(name: str, value: Any) -> str:
    if name == "calendar_id":
        return _calendar(value)
    if name == "region":
        return str(dict(Region.choices).get(value, value))
    return str(value) or _("nothing")


def _calendar(key: Any) -> str:
    calendar: BusinessCalendar | None = BusinessCalendar.objects.filter(pk=key).first()
    return calendar.name if calendar else str(key)
