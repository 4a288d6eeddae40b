"""The shipped programme as rows, and the rows as content that can be compared with what was shipped."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from contracts.enums import Performer
from schedules.enums import VersionState
from schedules.models import Procedure, ReactiveRule, Step
from schedules.programme_specs import OnlyIfSpec, ProcedureSpec, RuleSpec, StepSpec

Content = dict[str, Any]

PROCEDURE_FIELDS = (
    "texts",
    "work_kind",
    "frequency",
    "applies_to",
    "performer",
    "customer_may",
    "accumulates",
    "estimated_minutes",
)
STEP_FIELDS = (
    "key",
    "position",
    "phase",
    "scope",
    "kind",
    "texts",
    "required",
    "photo_required",
    "unit",
    "metric",
    "minimum",
    "maximum",
    "warn_below",
    "warn_above",
    "fail_below",
    "fail_above",
    "warn_above_share",
    "fail_above_share",
    "choices",
    "ticket",
    "locked_until",
    "wait_minutes",
    "products",
    "proof_required",
    "worse_by",
    "expected_from",
    "wait_for",
    "only_if",
    "records",
)
# Fields that steps got since the first release, as they are where a file does not name them. They leave
# no trace in the hash then: a database filled before them still tells what was edited from what was not.
LATER_FIELDS: Content = {
    "proof_required": False,
    "worse_by": None,
    "expected_from": "",
    "wait_for": "",
    "only_if": {},
    "records": "",
}
RULE_FIELDS = ("condition", "follow_ups", "texts", "is_active")


def procedure_of(spec: ProcedureSpec) -> Content:
    """The fields of the procedure's row. `either` is ours to do, and the customer may."""
    return {
        "texts": {"name": spec.name, "summary": spec.summary},
        "work_kind": spec.work_kind,
        "frequency": spec.frequency if spec.is_recurring else "",
        "applies_to": list(spec.applies_to),
        "performer": Performer.CUSTOMER.value if spec.performer == Performer.CUSTOMER else Performer.VAR.value,
        "customer_may": spec.performer != Performer.VAR,
        "accumulates": spec.accumulates,
        "estimated_minutes": spec.estimated_minutes,
    }


def steps_of(spec: ProcedureSpec) -> list[Content]:
    """The fields of each step's row, in their order."""
    return [_without_defaults(_step(step, position)) for position, step in enumerate(spec.steps, start=1)]


def rule_of(spec: RuleSpec) -> Content:
    return {
        "condition": spec.when,
        "follow_ups": [{"procedure": follow.procedure, "days": list(follow.days)} for follow in spec.follow_ups],
        "texts": {"reason": spec.reason},
        "is_active": True,
    }


def stored_procedure(procedure: Procedure) -> Content:
    return {name: getattr(procedure, name) for name in PROCEDURE_FIELDS}


def stored_steps(procedure: Procedure) -> list[Content]:
    """Those of the published version; none where nothing is published."""
    rows = Step.objects.filter(version__procedure=procedure, version__state=VersionState.PUBLISHED)
    return [_without_defaults({name: getattr(row, name) for name in STEP_FIELDS}) for row in rows.order_by("position")]


def stored_rule(rule: ReactiveRule) -> Content:
    return {name: getattr(rule, name) for name in RULE_FIELDS}


def hash_of(content: Any) -> str:
    """SHA-256 (hex) of content; the order of keys and whether 5 is written 5.0 do not count."""
    canonical = json.dumps(_plain(content), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _step(spec: StepSpec, position: int) -> Content:
    limits = spec.limits
    return {
        "key": spec.key,
        "position": position,
        "phase": spec.phase,
        "scope": spec.scope,
        "kind": spec.kind,
        "texts": {"title": spec.title, "instruction": spec.instruction, "normal": spec.normal},
        "required": spec.required,
        "photo_required": "photo" in spec.evidence,
        "unit": spec.unit,
        "metric": spec.metric,
        "minimum": _float(limits.minimum),
        "maximum": _float(limits.maximum),
        "warn_below": _float(limits.warn_below),
        "warn_above": _float(limits.warn_above),
        "fail_below": _float(limits.fail_below),
        "fail_above": _float(limits.fail_above),
        "warn_above_share": _float(limits.warn_above_share_of_capacity),
        "fail_above_share": _float(limits.fail_above_share_of_capacity),
        "choices": [{"value": choice.value, "label": choice.label} for choice in spec.choices],
        "ticket": _ticket(spec),
        "locked_until": spec.locked_until,
        "wait_minutes": spec.wait_minutes or None,
        "products": list(spec.products),
        "proof_required": "proof" in spec.evidence,
        "worse_by": _float(spec.worse_by),
        "expected_from": spec.expected_from,
        "wait_for": spec.wait_for,
        "only_if": _condition(spec.only_if),
        "records": spec.records,
    }


def _without_defaults(step: Content) -> Content:
    return {name: value for name, value in step.items() if name not in LATER_FIELDS or value != LATER_FIELDS[name]}


def _condition(spec: OnlyIfSpec | None) -> Content:
    return {} if spec is None else {"step": spec.step, "value": list(spec.value)}


def _ticket(spec: StepSpec) -> Content:
    if spec.ticket is None:
        return {}
    return {"category": spec.ticket.category, "impact": spec.ticket.impact, "urgency": spec.ticket.urgency}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    if isinstance(content, float) and content.is_integer():
        return int(content)
    return content if isinstance(content, int | float | bool | None) else str(content)
