"""The shipped programme becomes rows, repeatedly, and local edits are kept."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from portal.web.errors import Conflict
from schedules.actions import draft_version, load_programme, publish_version, record_answer, start_work
from schedules.checklist import checklist_of
from schedules.enums import VersionState
from schedules.generation import generate_work
from schedules.models import Procedure, ProcedureVersion, ReactiveRule, Schedule, Step, WorkOrder
from schedules.programme_files import read_procedure, read_programme
from schedules.programme_rows import hash_of, stored_procedure, stored_steps
from schedules.programme_specs import OnlyIfSpec, Programme
from tests.schedules.conftest import NOW, World, agreed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]

WEEKLY = "voicemail-usage"


def changed(programme: Programme, slug: str, **values: object) -> Programme:
    procedures = tuple(
        replace(spec, **values) if spec.slug == slug else spec  # type: ignore[arg-type]
        for spec in programme.procedures
    )
    return replace(programme, procedures=procedures)


def without_last_step(programme: Programme, slug: str) -> Programme:
    return changed(programme, slug, steps=programme.procedure(slug).steps[:-1])


def test_programme_is_loaded_once(capsys: pytest.CaptureFixture[str]) -> None:
    programme = read_programme()
    first = load_programme(now=NOW)
    assert len(first["created"]) == len(programme.procedures) + len(programme.rules)
    assert Step.objects.count() == sum(len(spec.steps) for spec in programme.procedures)
    assert not ProcedureVersion.objects.exclude(state=VersionState.PUBLISHED).exists()
    again = load_programme(now=NOW)
    assert len(again["unchanged"]) == len(first["created"])
    assert not again["created"] + again["updated"] + again["kept"]
    call_command("load_programme")
    assert "kept: 0" in capsys.readouterr().out


def test_rows_say_what_the_files_say() -> None:
    load_programme(now=NOW)
    daily = Procedure.objects.get(slug="administration-check")
    assert (daily.frequency, daily.performer, daily.customer_may, daily.accumulates) == ("daily", "var", True, False)
    assert Procedure.objects.get(slug="firmware-review").accumulates
    minutes = Step.objects.get(version__procedure__slug=WEEKLY, key="minutes-used")
    assert (minutes.warn_above_share, minutes.fail_above_share, minutes.metric) == (0.8, 0.95, "voicemail_minutes")
    upgrade = Step.objects.get(version__procedure__slug="firmware-upgrade", key="upgrade")
    assert upgrade.locked_until == "backup-before"
    assert ReactiveRule.objects.get(kind="ip_change").procedure.slug == "ip-change"


def test_changed_file_publishes_a_new_version() -> None:
    programme = read_programme()
    load_programme(now=NOW)
    outcome = load_programme(now=NOW, programme=without_last_step(programme, WEEKLY))
    assert outcome["updated"] == [WEEKLY]
    versions = ProcedureVersion.objects.filter(procedure__slug=WEEKLY).order_by("number")
    assert [(version.number, version.state) for version in versions] == [(1, "retired"), (2, "published")]
    assert versions[0].steps.count() == versions[1].steps.count() + 1


def test_changed_header_alone_makes_no_version() -> None:
    programme = read_programme()
    load_programme(now=NOW)
    load_programme(now=NOW, programme=changed(programme, WEEKLY, estimated_minutes=15))
    assert Procedure.objects.get(slug=WEEKLY).estimated_minutes == 15
    assert ProcedureVersion.objects.filter(procedure__slug=WEEKLY).count() == 1


def test_local_edit_is_kept_when_the_file_changes() -> None:
    programme = read_programme()
    load_programme(now=NOW)
    Step.objects.filter(version__procedure__slug=WEEKLY, key="minutes-used").update(warn_above_share=0.7)
    for _run in range(2):
        outcome = load_programme(now=NOW, programme=without_last_step(programme, WEEKLY))
        assert outcome["kept"] == [WEEKLY]
    step = Step.objects.get(version__procedure__slug=WEEKLY, key="minutes-used")
    assert step.warn_above_share == 0.7


def test_edit_put_back_follows_the_file_again() -> None:
    programme = read_programme()
    load_programme(now=NOW)
    step = Step.objects.filter(version__procedure__slug=WEEKLY, key="minutes-used")
    step.update(warn_above_share=0.7)
    load_programme(now=NOW)
    step.update(warn_above_share=0.8)
    assert load_programme(now=NOW, programme=without_last_step(programme, WEEKLY))["updated"] == [WEEKLY]


def first_release(tmp_path: Path) -> Programme:
    """A programme that names nothing which steps got later."""
    path = tmp_path / "sample.yaml"
    path.write_text(FIRST_RELEASE, encoding="utf-8")
    return Programme(procedures=(read_procedure(path),), events=(), rules=())


FIRST_RELEASE = """
slug: sample
name: {en: Sample}
summary: {en: A sample}
work_kind: change
frequency: none
performer: either
applies_to: [system]
estimated_minutes: 5
steps:
  - key: saved
    phase: before
    scope: asset
    kind: backup
    title: {en: Save it}
    instruction: {en: Do it.}
    normal: {en: Done.}
  - key: counted
    phase: change
    scope: asset
    kind: reading
    title: {en: Count}
    instruction: {en: Count.}
    normal: {en: Many.}
    unit: ms
    metric: jitter_ms
    minimum: 0
    maximum: 100
    warn_above: 20.5
    locked_until: saved
    evidence: [photo]
  - key: seen
    phase: after
    scope: order
    kind: check
    title: {en: See}
    instruction: {en: Look.}
    normal: {en: Seen.}
    wait_minutes: 30
    ticket: {category: fault, impact: localised, urgency: high}
"""
# As the first release computed it, before steps knew conditions.
LOADED_HASH = "8577751095162ae40fec70e737851655e95082d5e043211362db8e8921942f28"


def test_database_of_the_first_release_is_not_taken_for_edited(tmp_path: Path) -> None:
    programme = first_release(tmp_path)
    load_programme(now=NOW, programme=programme)
    procedure = Procedure.objects.get(slug="sample")
    assert procedure.shipped_hash == LOADED_HASH
    assert hash_of([stored_procedure(procedure), stored_steps(procedure)]) == LOADED_HASH


@pytest.mark.parametrize(
    "later",
    [
        {"only_if": OnlyIfSpec(step="saved", value=("x",))},
        {"worse_by": 0.5},
        {"expected_from": "counted"},
        {"wait_for": "dhcp_lease"},
        {"records": "site_move"},
        {"evidence": ("proof",)},
    ],
)
def test_what_steps_got_later_makes_a_new_version(tmp_path: Path, later: dict[str, object]) -> None:
    programme = first_release(tmp_path)
    load_programme(now=NOW, programme=programme)
    *steps, last = programme.procedure("sample").steps
    newer = changed(programme, "sample", steps=(*steps, replace(last, **later)))  # type: ignore[arg-type]
    assert load_programme(now=NOW, programme=newer)["updated"] == ["sample"]
    assert load_programme(now=NOW, programme=newer)["unchanged"] == ["sample"]
    assert Procedure.objects.get(slug="sample").published().number == 2


def test_begun_work_stays_with_its_version(world: World) -> None:
    programme = read_programme()
    load_programme(now=NOW)
    world.contract(agreed("administration-check"))
    generate_work(now=NOW)
    order = WorkOrder.objects.get()
    start_work(work_order=order, by=None, now=NOW)
    load_programme(now=NOW, programme=without_last_step(programme, "administration-check"))
    order.refresh_from_db()
    assert (order.procedure_version.number, order.procedure_version.state) == (1, "retired")
    assert len(checklist_of(order, now=NOW).asked) == 3
    key = programme.procedure("administration-check").steps[-1].key
    record_answer(work_order=order, step_key=key, asset_id=world.asset.pk, outcome="pass", by=None, now=NOW)


def test_untouched_work_takes_the_new_version(world: World) -> None:
    programme = read_programme()
    load_programme(now=NOW)
    world.contract(agreed("administration-check"))
    generate_work(now=NOW)
    load_programme(now=NOW, programme=without_last_step(programme, "administration-check"))
    order = WorkOrder.objects.get()
    assert len(checklist_of(order, now=NOW).asked) == 2
    assert start_work(work_order=order, by=None, now=NOW).procedure_version.number == 2


def test_edited_rule_is_kept() -> None:
    load_programme(now=NOW)
    ReactiveRule.objects.filter(kind="ip_change").update(is_active=False)
    assert load_programme(now=NOW)["kept"] == ["ip_change → ip-change"]
    assert not ReactiveRule.objects.get(kind="ip_change").is_active


def test_contract_older_than_the_programme_gets_its_schedules(world: World) -> None:
    world.contract(agreed("administration-check"))
    assert not Schedule.objects.exists()
    load_programme(now=NOW)
    assert Schedule.objects.get().next_nominal_on == NOW.date()


def test_draft_copies_the_newest_steps_and_is_one() -> None:
    load_programme(now=NOW)
    procedure = Procedure.objects.get(slug=WEEKLY)
    draft = draft_version(procedure=procedure, now=NOW)
    assert (draft.number, draft.state) == (2, VersionState.DRAFT)
    assert list(draft.steps.values_list("key", flat=True)) == list(
        procedure.published().steps.values_list("key", flat=True)
    )
    assert draft_version(procedure=procedure, now=NOW) == draft


def test_published_version_retires_the_other() -> None:
    load_programme(now=NOW)
    procedure = Procedure.objects.get(slug=WEEKLY)
    first = procedure.published()
    draft = publish_version(version=draft_version(procedure=procedure, now=NOW), now=NOW)
    first.refresh_from_db()
    assert (procedure.published(), first.state) == (draft, VersionState.RETIRED)


def test_only_a_draft_with_steps_is_published() -> None:
    load_programme(now=NOW)
    procedure = Procedure.objects.get(slug=WEEKLY)
    with pytest.raises(Conflict):
        publish_version(version=procedure.published(), now=NOW)
    draft = draft_version(procedure=procedure, now=NOW)
    draft.steps.all().delete()
    with pytest.raises(Conflict):
        publish_version(version=draft, now=NOW)
