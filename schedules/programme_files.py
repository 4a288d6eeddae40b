"""Reads the programme that ships with the product: procedures with their steps, change events and reactive rules."""

from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from contracts.enums import Frequency, Performer, ProductKind, WorkKind
from portal.datafiles import (
    DataFileError,
    Fields,
    flag,
    list_of,
    number,
    one_of,
    read_mapping,
    refuse_repeats,
    slug,
    text,
    texts,
    whole_number,
)
from schedules.enums import PHASE_ORDER, ChangeKind, Metric, Phase, Records, RuleCondition, Scope, StepKind, WaitFor
from schedules.programme_links import check_links
from schedules.programme_specs import (
    AT_VISITS,
    REACTIVE,
    ChoiceSpec,
    DetailSpec,
    EventSpec,
    FollowUpSpec,
    LimitsSpec,
    OnlyIfSpec,
    ProcedureSpec,
    Programme,
    RuleSpec,
    StepSpec,
    TicketSpec,
)
from tickets.enums import Category, Impact, Urgency

PROGRAMME_FOLDER = Path(__file__).parent / "programme"
RULES_FILE = "rules.yaml"

PERFORMERS = frozenset((*Performer.values, "either"))
SUBJECTS = frozenset(("asset", "site"))
EVIDENCE = frozenset(("photo", "proof"))

DETAIL_TYPES = frozenset(
    ("integer", "number", "boolean", "text", "choice", "network", "ip_address", "timezone", "calendar")
)
METRIC_UNITS = {
    Metric.VOICEMAIL_MINUTES: "min",
    Metric.USERS: "users",
    Metric.CALL_QUALITY_MOS: "MOS",
    Metric.NETWORK_UTILISATION: "%",
    Metric.JITTER_MS: "ms",
    Metric.PACKET_LOSS: "%",
    Metric.LATENCY_MS: "ms",
    Metric.LOG_ERRORS: "entries",
    Metric.LOG_WARNINGS: "entries",
    Metric.LOG_ACTIONS: "kinds",
}
# What a step has to be so that its answer can change that part of the register.
RECORDED_BY = {
    Records.VOICEMAIL_CAPACITY: (StepKind.READING, Scope.ASSET),
    Records.SITE_MOVE: (StepKind.CHECK, Scope.ORDER),
    Records.LEASE_HOURS: (StepKind.READING, Scope.ORDER),
    Records.RELEASE_FIXES: (StepKind.TEXT, Scope.ASSET),
    Records.BACKUP_VERIFIED: (StepKind.CHECK, Scope.ASSET),
}


def read_programme(folder: Path = PROGRAMME_FOLDER) -> Programme:
    """The whole programme, checked across its files. Raises DataFileError naming file and key."""
    paths = sorted(path for path in folder.glob("*.yaml") if path.name != RULES_FILE)
    procedures = tuple(read_procedure(path) for path in paths)
    rules_file = read_mapping(folder / RULES_FILE)
    events = tuple(_event(event) for event in rules_file.children("events"))
    rules = tuple(
        _rule(rule, {procedure.slug: procedure for procedure in procedures}) for rule in rules_file.children("rules")
    )
    rules_file.done()
    _check_events_and_rules(rules_file, events, rules)
    return Programme(procedures=procedures, events=events, rules=rules)


def read_events(folder: Path = PROGRAMME_FOLDER) -> tuple[EventSpec, ...]:
    """The change events alone, with the fields of their details. Raises DataFileError naming file and key."""
    return tuple(_event(event) for event in read_mapping(folder / RULES_FILE).children("events"))


def read_procedure(path: Path) -> ProcedureSpec:
    """One procedure file, named after its slug. Raises DataFileError naming file and key."""
    source = read_mapping(path)
    procedure = ProcedureSpec(
        slug=source.required("slug", slug),
        name=source.required("name", texts),
        summary=source.required("summary", texts),
        work_kind=source.required("work_kind", one_of(WorkKind.values)),
        frequency=source.required("frequency", one_of((*Frequency.values, REACTIVE, AT_VISITS))),
        accumulates=source.optional("accumulates", flag, False),
        performer=source.required("performer", one_of(PERFORMERS)),
        applies_to=source.required("applies_to", list_of(one_of(ProductKind.values))),
        estimated_minutes=source.required("estimated_minutes", whole_number(1, 2400)),
        steps=tuple(_step(step) for step in source.children("steps")),
    )
    source.done()
    _check_procedure(source, procedure)
    return procedure


def _step(source: Fields) -> StepSpec:
    step = StepSpec(
        key=source.required("key", slug),
        phase=source.required("phase", one_of(Phase.values)),
        scope=source.required("scope", one_of(Scope.values)),
        kind=source.required("kind", one_of(StepKind.values)),
        title=source.required("title", texts),
        instruction=source.required("instruction", texts),
        normal=source.required("normal", texts),
        required=source.optional("required", flag, True),
        evidence=source.optional("evidence", list_of(one_of(EVIDENCE)), ()),
        unit=source.optional("unit", text, ""),
        metric=source.optional("metric", one_of(Metric.values), ""),
        limits=LimitsSpec(**{limit.name: source.optional(limit.name, number, None) for limit in fields(LimitsSpec)}),
        choices=tuple(_choice(choice) for choice in source.children("choices")),
        ticket=_ticket(source.child("ticket")),
        locked_until=source.optional("locked_until", slug, ""),
        wait_minutes=source.optional("wait_minutes", whole_number(1, 20160), 0),
        products=source.optional("products", list_of(slug), ()),
        worse_by=source.optional("worse_by", number, None),
        expected_from=source.optional("expected_from", slug, ""),
        wait_for=source.optional("wait_for", one_of(WaitFor.values), ""),
        only_if=_only_if(source.child("only_if")),
        records=source.optional("records", one_of(Records.values), ""),
    )
    source.done()
    _check_step(source, step)
    return step


def _only_if(source: Fields | None) -> OnlyIfSpec | None:
    if source is None:
        return None
    condition = OnlyIfSpec(step=source.required("step", slug), value=source.required("value", list_of(text)))
    source.done()
    return condition


def _choice(source: Fields) -> ChoiceSpec:
    choice = ChoiceSpec(value=source.required("value", text), label=source.required("label", texts))
    source.done()
    return choice


def _ticket(source: Fields | None) -> TicketSpec | None:
    if source is None:
        return None
    ticket = TicketSpec(
        category=source.required("category", one_of(Category.values)),
        impact=source.required("impact", one_of(Impact.values)),
        urgency=source.required("urgency", one_of(Urgency.values)),
    )
    source.done()
    return ticket


def _event(source: Fields) -> EventSpec:
    event = EventSpec(
        kind=source.required("kind", one_of(ChangeKind.values)),
        subject=source.required("subject", one_of(SUBJECTS)),
        name=source.required("name", texts),
        summary=source.required("summary", texts),
        details=tuple(_detail(detail) for detail in source.children("details")),
        finding=source.optional("finding", flag, False),
    )
    source.done()
    refuse_repeats(source, "details", [detail.name for detail in event.details])
    return event


def _detail(source: Fields) -> DetailSpec:
    detail = DetailSpec(
        name=source.required("name", text),
        type=source.required("type", one_of(DETAIL_TYPES)),
        required=source.optional("required", flag, False),
        label=source.required("label", texts),
        help=source.optional("help", texts, {}),
        choices=tuple(_choice(choice) for choice in source.children("choices")),
        minimum=source.optional("minimum", whole_number(), None),
        maximum=source.optional("maximum", whole_number(), None),
    )
    source.done()
    if not detail.name.isidentifier():
        raise source.error("name", "must be a field name in letters, digits and underscores")
    _check_choices(source, detail.type, detail.choices)
    if detail.type in ("integer", "number", "text") and detail.maximum is None:
        raise source.error("maximum", "is missing")
    return detail


def _rule(source: Fields, procedures: dict[str, ProcedureSpec]) -> RuleSpec:
    reactive = {name for name, procedure in procedures.items() if procedure.is_reactive}
    rule = RuleSpec(
        event=source.required("event", one_of(ChangeKind.values)),
        procedure=source.required("procedure", one_of(reactive)),
        when=source.required("when", one_of(RuleCondition.values)),
        follow_ups=tuple(_follow_up(follow_up, reactive) for follow_up in source.children("follow_ups")),
        reason=source.required("reason", texts),
    )
    source.done()
    return rule


def _follow_up(source: Fields, reactive: set[str]) -> FollowUpSpec:
    follow_up = FollowUpSpec(
        procedure=source.required("procedure", one_of(reactive)),
        days=source.required("days", list_of(whole_number(1, 365))),
    )
    source.done()
    if not follow_up.days or list(follow_up.days) != sorted(follow_up.days):
        raise source.error("days", "must be one or more days in rising order")
    return follow_up


def _check_procedure(source: Fields, procedure: ProcedureSpec) -> None:
    if source.path.stem != procedure.slug:
        raise source.error("slug", f"must be the file's name, {source.path.stem!r}")
    if not procedure.applies_to:
        raise source.error("applies_to", "must name a kind of asset")
    if not procedure.steps:
        raise source.error("steps", "must not be empty")
    refuse_repeats(source, "steps", [step.key for step in procedure.steps])
    _check_phases(source, procedure)
    check_links(source, procedure.steps)


def _check_phases(source: Fields, procedure: ProcedureSpec) -> None:
    """Recurring work and that of visits has one phase; a checklist of a change goes through its phases in order."""
    if procedure.accumulates and not procedure.is_recurring:
        raise source.error("accumulates", "only recurring work can accumulate")
    for step in procedure.steps:
        if (step.phase == Phase.WORK) == procedure.is_reactive:
            raise source.error(f"steps[{step.key}].phase", "is work, except where a change opens the procedure")
    phases = [PHASE_ORDER.index(Phase(step.phase)) for step in procedure.steps]
    if phases != sorted(phases):
        raise source.error("steps", "must stand in the order before, change, after, follow_up")


def _check_step(source: Fields, step: StepSpec) -> None:
    _check_choices(source, step.kind, step.choices)
    if step.kind == StepKind.READING:
        _check_reading(source, step)
    elif step.unit or step.metric or step.limits != LimitsSpec() or step.expected_from:
        raise source.error("kind", "only a reading has a unit, a metric, limits or an expected figure")
    if step.worse_by is not None and not (step.metric and step.worse_by > 0):
        raise source.error("worse_by", "must be over 0, and belongs to a reading with a metric")
    if step.records and RECORDED_BY[Records(step.records)] != (step.kind, step.scope):
        raise source.error("records", "cannot come from a step of this kind and scope")
    if step.wait_for and step.wait_minutes:
        raise source.error("wait_for", "stands in the place of wait_minutes")


def _check_choices(source: Fields, kind: str, choices: tuple[ChoiceSpec, ...]) -> None:
    if kind == StepKind.CHOICE and len(choices) < 2:
        raise source.error("choices", "must be two or more")
    if kind != StepKind.CHOICE and choices:
        raise source.error("choices", "belong to a choice alone")
    refuse_repeats(source, "choices", [choice.value for choice in choices])


def _check_reading(source: Fields, step: StepSpec) -> None:
    if not step.unit:
        raise source.error("unit", "is missing")
    if step.metric and step.unit != METRIC_UNITS[Metric(step.metric)]:
        raise source.error("unit", f"must be {METRIC_UNITS[Metric(step.metric)]!r} for this metric")
    if step.metric and step.scope != Scope.ASSET:
        raise source.error("scope", "must be asset, since a reading belongs to one")
    _check_limits(source, step.limits)


def _check_limits(source: Fields, limits: LimitsSpec) -> None:
    """From the lowest to the highest: impossible, failed, doubtful, good, doubtful, failed, impossible."""
    if limits.minimum is None or limits.maximum is None:
        raise source.error("minimum", "and maximum are needed, so that a slip of the finger is seen")
    names = ("minimum", "fail_below", "warn_below", "warn_above", "fail_above", "maximum")
    present = [name for name in names if getattr(limits, name) is not None]
    for lower, upper in pairwise(present):
        if getattr(limits, lower) > getattr(limits, upper):
            raise source.error(upper, f"must not lie under {lower}")
    for name in ("warn_above_share_of_capacity", "fail_above_share_of_capacity"):
        share = getattr(limits, name)
        if share is not None and not 0 < share <= 1:
            raise source.error(name, "must be a share over 0 and up to 1")


def _check_events_and_rules(source: Fields, events: tuple[EventSpec, ...], rules: tuple[RuleSpec, ...]) -> None:
    refuse_repeats(source, "events", [event.kind for event in events])
    refuse_repeats(source, "rules", [(rule.event, rule.procedure) for rule in rules])
    for kind in ChangeKind.values:
        if kind not in {event.kind for event in events}:
            raise DataFileError(source.path, "events", f"{kind} is missing")
        if kind not in {rule.event for rule in rules}:
            raise DataFileError(source.path, "rules", f"{kind} opens nothing")
