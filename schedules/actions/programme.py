"""The programme is loaded, drafted anew, published. A version that work was done by is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.web.errors import Conflict
from schedules.actions.schedule import resync_all
from schedules.enums import VersionState
from schedules.models import Procedure, ProcedureVersion, ReactiveRule, Step
from schedules.programme_files import read_programme
from schedules.programme_rows import (
    PROCEDURE_FIELDS,
    RULE_FIELDS,
    STEP_FIELDS,
    hash_of,
    procedure_of,
    rule_of,
    steps_of,
    stored_procedure,
    stored_rule,
    stored_steps,
)
from schedules.programme_specs import ProcedureSpec, Programme, RuleSpec


@transaction.atomic
def load_programme(*, now: datetime, programme: Programme | None = None) -> dict[str, list[str]]:
    """Bring the shipped programme into the database; safe to repeat.

    What nobody touched since it was loaded follows the files, in a new version where steps changed;
    what was edited here is kept. Returns the names under `created`, `updated`, `kept` and `unchanged`.
    Raises DataFileError where a file is wrong.
    """
    programme = programme or read_programme()
    outcome: dict[str, list[str]] = {"created": [], "updated": [], "kept": [], "unchanged": []}
    for spec in programme.procedures:
        outcome[_load_procedure(spec, now)].append(spec.slug)
    for rule in programme.rules:
        outcome[_load_rule(rule)].append(f"{rule.event} → {rule.procedure}")
    if outcome["created"] or outcome["updated"]:
        resync_all(now=now)
    return outcome


@transaction.atomic
def draft_version(*, procedure: Procedure, now: datetime) -> ProcedureVersion:
    """A draft to edit, with the steps of the newest version; the draft that is there already, if any."""
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)
    newest: ProcedureVersion | None = procedure.versions.order_by("-number").first()
    if newest is not None and newest.state == VersionState.DRAFT:
        return newest
    steps = [{name: getattr(step, name) for name in STEP_FIELDS} for step in newest.steps.all()] if newest else []
    return _add_version(procedure, steps, VersionState.DRAFT, now)


@transaction.atomic
def publish_version(*, version: ProcedureVersion, now: datetime) -> ProcedureVersion:
    """Let new work use this draft; what was published before is retired. Schedules set aside are tried again."""
    Procedure.objects.select_for_update().get(pk=version.procedure_id)
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version.pk)
    if version.state != VersionState.DRAFT:
        raise Conflict(_("Only a draft can be published."))
    if not version.steps.exists():
        raise Conflict(_("Add at least one step before you publish."))
    version.procedure.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    version.state = VersionState.PUBLISHED
    version.save(update_fields=["state"])
    resync_all(now=now)
    return version


# -- loading ----------------------------------------------------------------------------------


def _load_procedure(spec: ProcedureSpec, now: datetime) -> str:
    procedure: Procedure | None = Procedure.objects.select_for_update().filter(slug=spec.slug).first()
    header, steps = procedure_of(spec), steps_of(spec)
    shipped = hash_of([header, steps])
    if procedure is None:
        procedure = Procedure.objects.create(slug=spec.slug, shipped_hash=shipped, **header)
        _add_version(procedure, steps, VersionState.PUBLISHED, now)
        return "created"
    kept_steps = stored_steps(procedure)
    verdict = _compare(hash_of([stored_procedure(procedure), kept_steps]), shipped, procedure.shipped_hash)
    if verdict == "updated":
        _update(procedure, header, PROCEDURE_FIELDS)
        if hash_of(kept_steps) != hash_of(steps):
            procedure.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
            _add_version(procedure, steps, VersionState.PUBLISHED, now)
    _remember(procedure, shipped, verdict)
    return verdict


def _load_rule(spec: RuleSpec) -> str:
    procedure = Procedure.objects.get(slug=spec.procedure)
    content = rule_of(spec)
    shipped = hash_of(content)
    rule: ReactiveRule | None = (
        ReactiveRule.objects.select_for_update().filter(kind=spec.event, procedure=procedure).first()
    )
    if rule is None:
        ReactiveRule.objects.create(kind=spec.event, procedure=procedure, shipped_hash=shipped, **content)
        return "created"
    verdict = _compare(hash_of(stored_rule(rule)), shipped, rule.shipped_hash)
    if verdict == "updated":
        _update(rule, content, RULE_FIELDS)
    _remember(rule, shipped, verdict)
    return verdict


def _compare(stored: str, shipped: str, loaded: str) -> str:
    """What to do with a row: its content now, that of the file, and that which was loaded last."""
    if stored == shipped:
        return "unchanged"
    return "updated" if stored == loaded else "kept"


def _update(row: Procedure | ReactiveRule, content: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        setattr(row, name, content[name])
    row.save(update_fields=names)


def _remember(row: Procedure | ReactiveRule, shipped: str, verdict: str) -> None:
    if verdict != "kept" and row.shipped_hash != shipped:
        row.shipped_hash = shipped
        row.save(update_fields=["shipped_hash"])


def _add_version(
    procedure: Procedure, steps: list[dict[str, Any]], state: VersionState, now: datetime
) -> ProcedureVersion:
    newest = procedure.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ProcedureVersion.objects.create(procedure=procedure, number=newest + 1, state=state, created_at=now)
    Step.objects.bulk_create(Step(version=version, **content) for content in steps)
    return version
