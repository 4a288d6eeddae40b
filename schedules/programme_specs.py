"""What the shipped programme says, as values: procedures with their steps, change events and reactive rules."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.datafiles import Texts

REACTIVE = "none"
AT_VISITS = "visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSpec:
    """What a reading is judged by, in the step's unit; shares are of the asset's capacity on that day, 0 to 1.

    Outside minimum..maximum the figure is impossible and refused. A figure that equals a limit is still good.
    """

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    warn_above: Decimal | None = None
    warn_below: Decimal | None = None
    fail_above: Decimal | None = None
    fail_below: Decimal | None = None
    warn_above_share_of_capacity: Decimal | None = None
    fail_above_share_of_capacity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSpec:
    """One answer of a choice."""

    value: str
    label: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSpec:
    """The ticket that a failed step proposes."""

    category: str
    impact: str
    urgency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyIfSpec:
    """The step is asked only where that earlier choice was answered with one of these values."""

    step: str
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step; `locked_until` names an earlier step that must be passed first, `wait_minutes` is waited before it.

    Empty `products` means every product; otherwise the step is only for assets of those product slugs.
    `worse_by` is in the reading's unit, `expected_from` names the reading that this one has to reach.
    """

    key: str
    phase: str
    scope: str
    kind: str
    title: Texts
    instruction: Texts
    normal: Texts
    required: bool
    evidence: tuple[str, ...]
    unit: str
    metric: str
    limits: LimitsSpec
    choices: tuple[ChoiceSpec, ...]
    ticket: TicketSpec | None
    locked_until: str
    wait_minutes: int
    products: tuple[str, ...]
    worse_by: Decimal | None
    expected_from: str
    wait_for: str
    only_if: OnlyIfSpec | None
    records: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureSpec:
    """One procedure; frequency `none` marks those that only a change opens, `visit` those that each visit opens."""

    slug: str
    name: Texts
    summary: Texts
    work_kind: str
    frequency: str
    accumulates: bool
    performer: str
    applies_to: tuple[str, ...]
    estimated_minutes: int
    steps: tuple[StepSpec, ...]

    @property
    def is_reactive(self) -> bool:
        """Whether only a change opens it."""
        return self.frequency == REACTIVE

    @property
    def is_recurring(self) -> bool:
        """Whether it has dates of its own, which a plan may set."""
        return self.frequency not in (REACTIVE, AT_VISITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailSpec:
    """One typed field of a change event's details; a text is at most `maximum` characters long."""

    name: str
    type: str
    required: bool
    label: Texts
    help: Texts
    choices: tuple[ChoiceSpec, ...]
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """One kind of change event; `subject` says whether it is reported for an asset or for a site.

    A `finding` is a state that was met with: the change is the work that it opens, and lies ahead.
    """

    kind: str
    subject: str
    name: Texts
    summary: Texts
    details: tuple[DetailSpec, ...]
    finding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpSpec:
    """A procedure repeated so many days after the change."""

    procedure: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What a change event opens, and the sentence that says why."""

    event: str
    procedure: str
    when: str
    follow_ups: tuple[FollowUpSpec, ...]
    reason: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """All that ships: procedures in the order of their slugs, events and rules in the order of the file."""

    procedures: tuple[ProcedureSpec, ...]
    events: tuple[EventSpec, ...]
    rules: tuple[RuleSpec, ...]

    def procedure(self, slug: str) -> ProcedureSpec:
        """The procedure of that slug. Raises KeyError."""
        return {procedure.slug: procedure for procedure in self.procedures}[slug]
