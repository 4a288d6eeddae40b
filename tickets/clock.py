"""The SLA clocks of a ticket: events in; deadlines, time spent, pauses, breaches and the ledger out.

How the rules are read here:

- *Own time*: a clock that runs around the clock counts real time, one in the calendar working time.
  Its target, `spent`, `paused` and the ledger are all in its own time.
- The deadline is the instant at which the counted time, from the opening on, uses up the target.
  Pauses and the time between resolved and reopened are not counted, so they move it by themselves.
- Intervals are half-open: at the deadline itself a clock is neither breached nor too late, an
  instant later it is both. While it is paused or stopped nothing passes its deadline.
- Response ends at the first acknowledgement, or where the ticket is resolved without one. It never
  pauses and never restarts. Resolution ends when the ticket is resolved.
- A ticket waits for one thing at a time: the latest reason holds, and only the policy's pause.
- A change of severity derives the deadline again from the opening. What it finds already passed is
  breached at the change; what it finds ahead is no breach any more while the clock runs.
- A re-base keeps what was counted under the old terms and goes on from that instant with the new
  calendar, up to the new target. Without new terms it moves nothing.
- A target in business days becomes its working time at the opening.
- Without a target the time is still counted, in the clock of the severity's other target.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext_lazy as _

from contracts.worktime import AROUND_THE_CLOCK, MAX_TARGET_DAYS, MAX_TARGET_MINUTES, NeverOpen, WorkCalendar

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Basis = Literal["around_the_clock", "calendar"]
ClockName = Literal["response", "resolution"]
State = Literal["running", "paused", "stopped"]
StretchKind = Literal["counted", "paused", "stopped"]
EntryKind = Literal["counted", "paused", "stopped", "outside_hours"]

PAUSES: Final = frozenset({"waiting_customer", "waiting_vendor", "monitoring"})
CHANGES: Final = frozenset({"acknowledged", "severity_changed", "rebased"})
KINDS: Final = PAUSES | CHANGES | {"opened", "resumed", "resolved", "reopened"}
BASES: Final[tuple[Basis, ...]] = ("around_the_clock", "calendar")

AT_RISK_SHARE: Final = 0.25  # of the target left, unless the policy says otherwise
YEARS: Final = range(2001, 2100)  # no two instants further apart than the calendar looks ahead

# What may happen to a ticket that is open, waits, or is resolved. The severity of a resolved one
# may still be corrected; it counts from its reopening.
_LEGAL: Final[Mapping[str, frozenset[str]]] = {
    "open": PAUSES | CHANGES | {"resolved"},
    "waiting": PAUSES | CHANGES | {"resumed", "resolved"},
    "resolved": frozenset({"reopened", "severity_changed"}),
}
# The phase an event leads to; any other event leaves it.
_LEADS_TO: Final[Mapping[str, str]] = {
    "resumed": "open",
    "reopened": "open",
    "resolved": "resolved",
    **{reason: reason for reason in PAUSES},
}

_STATES: Final[Mapping[StretchKind, State]] = {
    "counted": "running",
    "paused": "paused",
    "stopped": "stopped",
}
_ZERO: Final = timedelta(0)

_SENTENCES: Final[Mapping[tuple[EntryKind, str], "_StrPromise"]] = {
    ("counted", "opened"): _("Counted from the opening."),
    ("counted", "resumed"): _("Counted on after the wait."),
    ("counted", "reopened"): _("Counted on after the ticket was reopened."),
    ("counted", "severity_changed"): _("Counted on after the severity was changed."),
    ("counted", "rebased"): _("Counted on under the new terms."),
    ("counted", "waiting_customer"): _("Waiting for the customer; the policy counts that."),
    ("counted", "waiting_vendor"): _("Waiting for the vendor; the policy counts that."),
    ("counted", "monitoring"): _("Kept open to watch stability; the policy counts that."),
    ("paused", "waiting_customer"): _("Waiting for the customer: not counted."),
    ("paused", "waiting_vendor"): _("Waiting for the vendor: not counted."),
    ("paused", "monitoring"): _("Kept open to watch stability: not counted."),
    ("stopped", "resolved"): _("Resolved: not counted."),
    ("outside_hours", "outside_hours"): _("Outside the working hours: not counted."),
}


class ClockError(ValueError):
    """Targets or events that make no clock.

    `attr` is the dotted path of the fault (`events.3.kind`, N as the events were given), `message`
    the translatable text for a person, `code` the word for a program.
    """

    def __init__(self, attr: str, message: "str | _StrPromise", code: str) -> None:
        super().__init__(f"{attr}: {code}")
        self.attr = attr
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class ClockTarget:
    """A time to keep: in minutes or in business days, never both. Raises ClockError."""

    minutes: float | None
    business_days: int | None
    clock: Basis

    def __post_init__(self) -> None:
        if self.clock not in BASES:
            raise ClockError("clock", _("A clock is around_the_clock or calendar."), "invalid_choice")
        if (self.minutes is None) == (self.business_days is None):
            raise ClockError("minutes", _("Give either minutes or business days."), "one_unit")
        if self.minutes is not None and not 0 < self.minutes <= MAX_TARGET_MINUTES:  # also refuses NaN
            raise ClockError("minutes", _("Give minutes above zero, ten years at most."), "out_of_range")
        if self.business_days is not None:
            self._check_business_days(self.business_days)

    def _check_business_days(self, days: int) -> None:
        if self.clock != "calendar":
            raise ClockError("clock", _("Business days run in the calendar."), "needs_calendar")
        if not 1 <= days <= MAX_TARGET_DAYS:
            raise ClockError("business_days", _("Give business days from one up."), "out_of_range")

    def budget(self, calendar: WorkCalendar, opened_at: datetime) -> timedelta:
        """The target in the clock's own time. Raises NeverOpen."""
        if self.business_days is not None:
            return calendar.business_days_duration(opened_at, self.business_days)
        return timedelta(minutes=self.minutes or 0)


# severity -> {"response": target or None, "resolution": target or None}
Targets = Mapping[str, Mapping[str, ClockTarget | None]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ticket is measured by."""

    calendar: WorkCalendar
    targets: Targets


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a ticket, at an aware instant. Raises ClockError.

    `severity` is the new one of `severity_changed`, and may be given with `opened`; `terms` are
    those that a `rebased` puts in force.
    """

    at: datetime
    kind: str
    severity: str | None = None
    terms: Terms | None = None

    def __post_init__(self) -> None:
        check_instant("at", self.at)
        if self.kind not in KINDS:
            raise ClockError("kind", _("This kind of event is not known."), "invalid_choice")
        if self.kind == "severity_changed" and self.severity is None:
            raise ClockError("severity", _("Say which severity it was changed to."), "required")
        if self.kind not in ("opened", "severity_changed") and self.severity is not None:
            raise ClockError("severity", _("This kind of event sets no severity."), "not_allowed")
        if self.kind != "rebased" and self.terms is not None:
            raise ClockError("terms", _("Only a re-base sets terms."), "not_allowed")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One stretch of a clock's life, half-open.

    `seconds` of what is counted or paused are in the clock's own time and add up to `spent` and
    `paused`; of the other kinds they are real time. `reason` is the event behind it.
    """

    from_at: datetime
    to_at: datetime
    kind: EntryKind
    seconds: float
    reason: str

    @property
    def sentence(self) -> "_StrPromise":
        return _SENTENCES[self.kind, self.reason]


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock as of an instant. Instants are in UTC, durations in the clock's own time.

    `due_at` is None without a target; of a paused clock it is the deadline if the pause ended now.
    `met` is False once breached, True when stopped in time, None while open or without a target.
    `derived_breach_at` is set where a change found the breach: the deadline it derived, which had
    passed before `breached_at`. `at_risk_at`, only of a running clock with a target, is the instant
    from which on less than the given share of the target is left.
    """

    due_at: datetime | None
    spent: timedelta
    paused: timedelta
    state: State
    met: bool | None
    breached_at: datetime | None
    derived_breach_at: datetime | None
    at_risk_at: datetime | None
    ledger: tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True)
class Clocks:
    as_of: datetime
    response: ClockState
    resolution: ClockState

    def at_risk(self) -> tuple[ClockName, ...]:
        """The running clocks with less than the share of their target left, but not breached."""
        return tuple(name for name, clock in self._named() if self._is_at_risk(clock))

    def breached(self) -> tuple[ClockName, ...]:
        return tuple(name for name, clock in self._named() if clock.breached_at is not None)

    def next_alert_at(self) -> datetime | None:
        """The earliest deadline or at-risk instant not yet passed; None where nothing can come.

        It has passed once now is later than it, not when equal: poll with `next_alert_at < now`.
        """
        instants = (at for _name, clock in self._named() for at in _alerts_of(clock))
        return min((at for at in instants if at >= self.as_of), default=None)

    def _named(self) -> tuple[tuple[ClockName, ClockState], ...]:
        return ("response", self.response), ("resolution", self.resolution)

    def _is_at_risk(self, clock: ClockState) -> bool:
        at = clock.at_risk_at
        return at is not None and at < self.as_of and clock.breached_at is None


def evaluate(
    *,
    calendar: WorkCalendar,
    targets: Targets,
    pause_on: frozenset[str],
    events: Sequence[Event],
    as_of: datetime | None,
    severity: str,
    at_risk_share: float = AT_RISK_SHARE,
) -> Clocks:
    """Both clocks of a ticket as of an instant; later events are checked but not counted.

    `calendar`, `targets` and `severity` are those in force at the opening. Events may come in any
    order; those of one instant are taken as given, the opening first. `as_of` None stands for the
    last event where that leaves no clock running. Raises ClockError.
    """
    marks = _read(events, severity, Terms(calendar, targets))
    until = _until(marks, as_of)
    known = [mark for mark in marks if mark.at <= until]
    try:
        clocks = Clocks(
            as_of=until,
            response=_response(known, until, at_risk_share),
            resolution=_resolution(known, until, pause_on, at_risk_share),
        )
    except NeverOpen as error:
        message = _("The calendar never offers the time that the target asks for.")
        raise ClockError("calendar", message, "never_open") from error
    if as_of is None:
        _check_ended(clocks)
    return clocks


def check_instant(attr: str, at: datetime) -> None:
    """Raises ClockError for an instant that is naive, or out of `YEARS`."""
    if at.utcoffset() is None:
        raise ClockError(attr, _("An instant needs an offset from UTC, or Z."), "naive")
    if at.year not in YEARS:
        raise ClockError(attr, _("This year is out of range."), "out_of_range")


# -- reading the events ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    """An event, and what holds from it on. `phase` is open, resolved, or what is waited for."""

    at: datetime
    kind: str
    phase: str
    severity: str
    terms: Terms


def _read(events: Sequence[Event], severity: str, terms: Terms) -> list[_Mark]:
    ordered = sorted(enumerate(events), key=lambda pair: (pair[1].at, pair[1].kind != "opened"))
    _check_opening(ordered)
    marks: list[_Mark] = []
    phase = "open"
    for index, event in ordered:
        if event.kind != "opened":
            _check_legal(index, event.kind, phase)
        severity, terms = event.severity or severity, event.terms or terms
        _check_targets(severity, terms)
        phase = _LEADS_TO.get(event.kind, phase)
        marks.append(_Mark(event.at.astimezone(UTC), event.kind, phase, severity, terms))
    return marks


def _check_opening(ordered: list[tuple[int, Event]]) -> None:
    openings = [index for index, event in ordered if event.kind == "opened"]
    if not openings:
        raise ClockError("events", _("The events begin with the opening."), "not_opened")
    if len(openings) > 1:
        raise ClockError(f"events.{openings[1]}.kind", _("A ticket is opened once."), "opened_twice")
    first, event = ordered[0]
    if event.kind != "opened":
        raise ClockError(f"events.{first}.at", _("This is before the opening."), "before_opening")


def _check_legal(index: int, kind: str, phase: str) -> None:
    if kind not in _LEGAL["waiting" if phase in PAUSES else phase]:
        message = _("This cannot happen to the ticket at that point.")
        raise ClockError(f"events.{index}.kind", message, "out_of_sequence")


def _check_targets(severity: str, terms: Terms) -> None:
    if severity not in terms.targets:
        raise ClockError(f"targets.{severity}", _("Give the targets of this severity."), "required")


def _until(marks: list[_Mark], as_of: datetime | None) -> datetime:
    if as_of is None:
        return marks[-1].at
    check_instant("as_of", as_of)
    if as_of < marks[0].at:
        raise ClockError("as_of", _("This is before the opening."), "before_opening")
    return as_of.astimezone(UTC)


def _check_ended(clocks: Clocks) -> None:
    """Without an instant to look from, no clock that has a target may be left open."""
    answered = clocks.response.state == "stopped" and clocks.resolution.due_at is None
    if clocks.resolution.state != "stopped" and not answered:
        raise ClockError("as_of", _("A clock still runs: say as of when."), "required")


def _alerts_of(clock: ClockState) -> Iterator[datetime]:
    if clock.state == "running" and clock.at_risk_at and clock.due_at:
        yield from (clock.at_risk_at, clock.due_at)


# -- one clock ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From one event to the next, half-open."""

    from_at: datetime
    to_at: datetime
    kind: StretchKind
    reason: str
    calendar: WorkCalendar

    def hours(self, basis: Basis) -> WorkCalendar:
        return self.calendar if basis == "calendar" else AROUND_THE_CLOCK

    def own_time(self, basis: Basis) -> timedelta:
        return self.hours(basis).working_time(self.from_at, self.to_at)


@dataclass(frozen=True, slots=True)
class _Breach:
    at: datetime
    derived_at: datetime | None = None


def _response(marks: list[_Mark], until: datetime, share: float) -> ClockState:
    answers = (number for number, mark in enumerate(marks) if mark.kind in ("acknowledged", "resolved"))
    answer = next(answers, None)
    own, end = marks[:answer], until if answer is None else marks[answer].at
    stretches = [
        _Stretch(mark.at, to_at, "counted", "opened", mark.terms.calendar) for mark, to_at in _with_ends(own, end)
    ]
    return _Clock("response", own, stretches, "running" if answer is None else "stopped").judged(share)


def _resolution(marks: list[_Mark], until: datetime, pause_on: frozenset[str], share: float) -> ClockState:
    stretches = [
        _Stretch(mark.at, to_at, _kind_of(mark.phase, pause_on), reason, mark.terms.calendar)
        for (mark, to_at), reason in zip(_with_ends(marks, until), _reasons(marks), strict=True)
    ]
    return _Clock("resolution", marks, stretches, _STATES[stretches[-1].kind]).judged(share)


def _with_ends(marks: list[_Mark], until: datetime) -> Iterator[tuple[_Mark, datetime]]:
    return zip(marks, [*(mark.at for mark in marks[1:]), until], strict=True)


def _kind_of(phase: str, pause_on: frozenset[str]) -> StretchKind:
    if phase == "resolved":
        return "stopped"
    return "paused" if phase in pause_on else "counted"


def _reasons(marks: list[_Mark]) -> Iterator[str]:
    """For the ledger: what the ticket waits for or how it ended, else what set the clock going."""
    reason = "opened"
    for mark in marks:
        if mark.phase != "open":
            reason = mark.phase
        elif mark.kind != "acknowledged":
            reason = mark.kind
        yield reason


@dataclass(frozen=True, slots=True)
class _Clock:
    """One clock of one ticket: the marks that concern it, and the stretch that each one begins."""

    name: ClockName
    marks: list[_Mark]
    stretches: list[_Stretch]
    state: State

    def judged(self, share: float) -> ClockState:
        final = self._derivations()[-1]
        basis, budget = self._basis(final), self._budget(final)
        breach = self._breach()
        return ClockState(
            due_at=None if budget is None else _deadline(self.stretches, basis, budget)[0],
            spent=_total(self.stretches, "counted", basis),
            paused=_total(self.stretches, "paused", basis),
            state=self.state,
            met=self._met(budget, breach),
            breached_at=breach.at if breach else None,
            derived_breach_at=breach.derived_at if breach else None,
            at_risk_at=self._at_risk_at(basis, budget, share),
            ledger=tuple(_ledger(self.stretches, basis)),
        )

    def _derivations(self) -> list[int]:
        """The marks at which the deadline is derived: the opening, and each change of its terms.

        One that comes while the ticket is resolved waits for the reopening: a clock that has
        stopped is not judged again.
        """
        found = [0]
        for number, mark in enumerate(self.marks):
            last = self.marks[found[-1]]
            changed = mark.severity != last.severity or mark.terms is not last.terms
            if changed and mark.phase != "resolved":
                found.append(number)
        return found

    def _target(self, number: int) -> ClockTarget | None:
        mark = self.marks[number]
        return mark.terms.targets[mark.severity].get(self.name)

    def _budget(self, number: int) -> timedelta | None:
        target = self._target(number)
        if target is None:
            return None
        return target.budget(self.marks[number].terms.calendar, self.marks[0].at)

    def _basis(self, number: int) -> Basis:
        mark = self.marks[number]
        others = mark.terms.targets[mark.severity].values()
        target = self._target(number) or next((other for other in others if other), None)
        return target.clock if target else "calendar"

    def _breach(self) -> _Breach | None:
        """The breach that stands at the end, by all deadlines that were ever in force in turn."""
        breach: _Breach | None = None
        for number, end in pairwise([*self._derivations(), len(self.stretches)]):
            budget = self._budget(number)
            breach = None if budget is None else self._breach_until(number, end, budget, breach)
        return breach

    def _breach_until(self, number: int, end: int, budget: timedelta, before: _Breach | None) -> _Breach | None:
        due_at, passed = _deadline(self.stretches[:end], self._basis(number), budget)
        if not passed:
            return None
        changed_at = self.marks[number].at
        return _Breach(due_at) if due_at >= changed_at else before or _Breach(changed_at, due_at)

    def _met(self, budget: timedelta | None, breach: _Breach | None) -> bool | None:
        if budget is None:
            return None
        if breach is not None:
            return False
        return True if self.state == "stopped" else None

    def _at_risk_at(self, basis: Basis, budget: timedelta | None, share: float) -> datetime | None:
        if budget is None or self.state != "running":
            return None
        return _deadline(self.stretches, basis, budget * (1 - share))[0]


def _deadline(stretches: list[_Stretch], basis: Basis, budget: timedelta) -> tuple[datetime, bool]:
    """The instant at which `budget` is counted, and whether the clock ran past it.

    Not reached, it is where the clock would get by running on: from the end of a pause, else from
    where it last ran, however the ticket then stopped.
    """
    left = budget
    due_at = stretches[0].hours(basis).deadline(stretches[0].from_at, left)
    for run in _joined(stretches, lambda stretch: (stretch.kind, stretch.calendar)):
        if run.kind == "paused":
            due_at = run.hours(basis).deadline(run.to_at, left)
        elif run.kind == "counted":
            due_at = run.hours(basis).deadline(run.from_at, left)
            if due_at < run.to_at:
                return due_at, True
            left -= run.own_time(basis)
    return due_at, False


def _joined(stretches: list[_Stretch], key: Callable[[_Stretch], object]) -> Iterator[_Stretch]:
    """Neighbours that are alike by `key` as one; what has no length does not part them.

    Else an event at the very closing would look like a new start, whose next working time is
    tomorrow's. The last one always counts: it is where the clock goes on from.
    """
    *earlier, last = stretches
    lasting = [stretch for stretch in earlier if stretch.from_at < stretch.to_at]
    for _key, group in groupby([*lasting, last], key):
        alike = list(group)
        yield replace(alike[0], to_at=alike[-1].to_at)


def _total(stretches: list[_Stretch], kind: StretchKind, basis: Basis) -> timedelta:
    return sum((stretch.own_time(basis) for stretch in stretches if stretch.kind == kind), _ZERO)


# -- the ledger -----------------------------------------------------------------------------------


def _ledger(stretches: list[_Stretch], basis: Basis) -> Iterator[LedgerEntry]:
    """The clock's life up to its end, from the opening on without a gap."""
    parts = list(_joined(stretches, lambda stretch: (stretch.kind, stretch.reason, stretch.calendar)))
    if parts[-1].kind == "stopped":
        parts.pop()
    for part in parts:
        if part.kind == "stopped":
            yield _in_real_time(part.from_at, part.to_at, "stopped", part.reason)
        else:
            yield from _entries_in_hours(part, basis)


def _entries_in_hours(part: _Stretch, basis: Basis) -> Iterator[LedgerEntry]:
    """What is closed at its beginning apart, as that explains a late start; the rest as a sum."""
    own_time = part.own_time(basis)
    opening = part.hours(basis).next_opening(part.from_at) if own_time else part.to_at
    if part.from_at < opening:
        yield _in_real_time(part.from_at, opening, "outside_hours", "outside_hours")
    if own_time:
        yield LedgerEntry(opening, part.to_at, part.kind, own_time.total_seconds(), part.reason)


def _in_real_time(from_at: datetime, to_at: datetime, kind: EntryKind, reason: str) -> LedgerEntry:
    return LedgerEntry(from_at, to_at, kind, (to_at - from_at).total_seconds(), reason)
