"""`sla/explain/`: a question about the clocks as untrusted JSON, and its answer as JSON.

No rows are read; the calendar that the payload names is looked up by the API and handed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from django.utils.translation import gettext_lazy as _

from contracts.worktime import WorkCalendar
from tickets.clock import (
    PAUSES,
    ClockError,
    Clocks,
    ClockState,
    ClockTarget,
    Event,
    LedgerEntry,
    Targets,
    check_instant,
    evaluate,
)

SEVERITIES: Final = ("S1", "S2", "S3", "S4")
MAX_EVENTS: Final = 500  # bounds the work one request can ask for

_FIELDS: Final = frozenset({"as_of", "calendar", "severity", "targets", "pause_on", "events"})
_Made = TypeVar("_Made", ClockTarget, Event)
_CLOCKS: Final = frozenset({"response", "resolution"})


@dataclass(frozen=True, slots=True)
class Question:
    """The arguments of `evaluate`."""

    calendar: WorkCalendar
    severity: str
    targets: Targets
    pause_on: frozenset[str]
    events: tuple[Event, ...]
    as_of: datetime | None

    def answer(self) -> Clocks:
        """Raises ClockError for events or targets that contradict each other."""
        return evaluate(
            calendar=self.calendar,
            targets=self.targets,
            pause_on=self.pause_on,
            events=self.events,
            as_of=self.as_of,
            severity=self.severity,
        )


def parse_explain(data: object, calendar: WorkCalendar) -> Question:
    """The question in a payload, which may be any JSON. Raises ClockError, and nothing else.

    The field `calendar` is left to the caller.
    """
    payload = _mapping("", data)
    _refuse_unknown("", payload, _FIELDS)
    as_of = payload.get("as_of")
    return Question(
        calendar=calendar,
        severity=_severity("severity", _required("", payload, "severity")),
        targets=_targets(_required("", payload, "targets")),
        pause_on=_pause_on(payload.get("pause_on", [])),
        events=_events(_required("", payload, "events")),
        as_of=None if as_of is None else _instant("as_of", as_of),
    )


def to_json(clocks: Clocks) -> dict[str, object]:
    """The answer; instants in UTC, minutes in the clock's own time and maybe fractional.

    Sentences stay lazy, so that they are translated where they are rendered.
    """
    return {"response": _clock_json(clocks.response), "resolution": _clock_json(clocks.resolution)}


def ledger_json(ledger: tuple[LedgerEntry, ...]) -> list[dict[str, object]]:
    return [
        {
            "from_at": _utc(entry.from_at),
            "to_at": _utc(entry.to_at),
            "kind": entry.kind,
            "seconds": entry.seconds,
            "reason": entry.reason,
            "sentence": entry.sentence,
        }
        for entry in ledger
    ]


def _clock_json(clock: ClockState) -> dict[str, object]:
    return {
        "due_at": _utc(clock.due_at),
        "spent_minutes": clock.spent / timedelta(minutes=1),
        "paused_minutes": clock.paused / timedelta(minutes=1),
        "state": clock.state,
        "met": clock.met,
        "breached_at": _utc(clock.breached_at),
        "derived_breach_at": _utc(clock.derived_breach_at),
        "ledger": ledger_json(clock.ledger),
    }


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


# -- the parts of a payload -----------------------------------------------------------------------


def _targets(value: object) -> Targets:
    rows = _mapping("targets", value)
    _refuse_unknown("targets", rows, frozenset(SEVERITIES))
    return {severity: _targets_of(f"targets.{severity}", row) for severity, row in rows.items()}


def _targets_of(attr: str, value: object) -> Mapping[str, ClockTarget | None]:
    row = _mapping(attr, value)
    _refuse_unknown(attr, row, _CLOCKS)
    return {name: _target(f"{attr}.{name}", row.get(name)) for name in sorted(_CLOCKS)}


def _target(attr: str, value: object) -> ClockTarget | None:
    if value is None:
        return None
    row = _mapping(attr, value)
    _refuse_unknown(attr, row, frozenset({"minutes", "business_days", "clock"}))
    clock = _text(f"{attr}.clock", _required(attr, row, "clock"))
    minutes, days = row.get("minutes"), row.get("business_days")
    if minutes is not None and not _is_number(minutes):
        raise ClockError(f"{attr}.minutes", _("Give a number."), "invalid")
    if days is not None and type(days) is not int:
        raise ClockError(f"{attr}.business_days", _("Give a whole number."), "invalid")
    # ClockTarget itself refuses a clock that is neither of the two.
    return _under(attr, lambda: ClockTarget(minutes, days, clock))  # type: ignore[arg-type]


def _pause_on(value: object) -> frozenset[str]:
    reasons = _list("pause_on", value)
    for number, reason in enumerate(reasons):
        if _text(f"pause_on.{number}", reason) not in PAUSES:
            message = _("Pauses are waiting_customer, waiting_vendor and monitoring.")
            raise ClockError(f"pause_on.{number}", message, "invalid_choice")
    return frozenset(str(reason) for reason in reasons)


def _events(value: object) -> tuple[Event, ...]:
    rows = _list("events", value)
    if len(rows) > MAX_EVENTS:
        raise ClockError("events", _("These are too many events for one question."), "too_many")
    return tuple(_event(f"events.{number}", row) for number, row in enumerate(rows))


def _event(attr: str, value: object) -> Event:
    row = _mapping(attr, value)
    _refuse_unknown(attr, row, frozenset({"at", "kind", "severity"}))
    at = _instant(f"{attr}.at", _required(attr, row, "at"))
    kind = _text(f"{attr}.kind", _required(attr, row, "kind"))
    given = row.get("severity")
    severity = None if given is None else _severity(f"{attr}.severity", given)
    return _under(attr, lambda: Event(at, kind, severity))


def _severity(attr: str, value: object) -> str:
    text = _text(attr, value)
    if text not in SEVERITIES:
        raise ClockError(attr, _("A severity is S1, S2, S3 or S4."), "invalid_choice")
    return text


def _instant(attr: str, value: object) -> datetime:
    text = _text(attr, value)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        if " " in text:
            message = _("Not an instant. A plus sign in an address is written %2B; or use Z.")
            raise ClockError(attr, message, "invalid") from None
        raise ClockError(attr, _("Give an instant such as 2026-03-02T09:00:00Z."), "invalid") from None
    check_instant(attr, at)
    return at


# -- JSON -----------------------------------------------------------------------------------------


def _mapping(attr: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ClockError(attr or "non_field_errors", _("Give an object."), "invalid")
    return value


def _list(attr: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ClockError(attr, _("Give a list."), "invalid")
    return value


def _text(attr: str, value: object) -> str:
    if not isinstance(value, str):
        raise ClockError(attr, _("Give a text."), "invalid")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _required(parent: str, row: Mapping[str, object], name: str) -> object:
    if row.get(name) is None:
        raise ClockError(_path(parent, name), _("This is needed."), "required")
    return row[name]


def _refuse_unknown(parent: str, row: Mapping[str, object], known: frozenset[str]) -> None:
    for name in sorted(row.keys() - known):
        raise ClockError(_path(parent, name), _("This field is not known."), "unknown")


def _path(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


def _under(attr: str, make: Callable[[], _Made]) -> _Made:
    """What `make` makes; the fields its errors name are those of `attr`."""
    try:
        return make()
    except ClockError as error:
        raise ClockError(f"{attr}.{error.attr}", error.message, error.code) from error
