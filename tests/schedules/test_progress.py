"""The progress of many work orders is what each one's checklist says."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from contracts.models import Asset, Site
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import add_photo, cancel_work, complete_work, load_programme, record_answer, record_change
from schedules.checklist import checklist_of
from schedules.enums import Outcome, Phase, Scope, StepKind, VersionState
from schedules.generation import generate_work
from schedules.models import ProcedureVersion, Step, WorkOrder
from schedules.progress import Progress, progress_of
from tests.schedules.conftest import NOW, World, agreed, make_procedure

pytestmark = pytest.mark.django_db
STEPS: list[dict[str, Any]] = [
    {"key": "look", "photo_required": True},
    {"key": "note", "kind": StepKind.TEXT, "required": False},
    {"key": "only-others", "products": ["something-else"]},
    {"key": "once", "scope": Scope.ORDER},
]


def orders() -> list[WorkOrder]:
    return list(WorkOrder.objects.select_related("site", "procedure_version__procedure").order_by("pk"))


def by_checklist(order: WorkOrder) -> tuple[int, int, int, set[tuple[str, str, str]]]:
    checklist = checklist_of(order, now=NOW)
    steps = [step for phase in checklist.phases if not phase.impossible for step in phase.asked]
    answers = [step.answer for step in steps if step.answer]
    failed = sum(answer.outcome == Outcome.FAIL for answer in answers)
    missing = {(one.step.key, one.asset.tag if one.asset else "", one.what) for one in checklist.missing}
    return len(steps), len(answers), failed, missing


def by_progress(progress: Progress) -> tuple[int, int, int, set[tuple[str, str, str]]]:
    missing = {(one.step.key, one.asset.tag if one.asset else "", one.what) for one in progress.missing}
    return progress.total, progress.answered, progress.failed, missing


def agree() -> dict[int, Progress]:
    rows = orders()
    found = progress_of(rows, now=NOW)
    for row in rows:
        assert by_progress(found[row.pk]) == by_checklist(row), row
    return found


@pytest.fixture
def order(world: World) -> WorkOrder:
    builder.asset(site=world.site, product=world.product, tag="NOT-COVERED")
    make_procedure(steps=STEPS)
    world.contract(agreed(), assets=[world.asset, builder.asset(site=world.site, product=world.product)])
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def answer(order: WorkOrder, asset: Asset | None, by: User, key: str = "look", outcome: str = Outcome.PASS) -> None:
    asset_id = asset.pk if asset else None
    note = "Broken" if outcome == Outcome.FAIL else ""
    record_answer(work_order=order, step_key=key, asset_id=asset_id, outcome=outcome, note=note, by=by, now=NOW)


def test_untouched_work_counts_what_it_would_apply_to(order: WorkOrder) -> None:
    progress = agree()[order.pk]
    assert (progress.total, progress.answered, len(progress.missing)) == (5, 0, 3)


def test_answers_photos_and_failures_count(order: WorkOrder, world: World, technician: User) -> None:
    answer(order, world.asset, technician, outcome=Outcome.FAIL)
    answer(order, None, technician, key="once")
    progress = agree()[order.pk]
    assert progress.words == ["2 of 5", "1 needs a photo", "1 failed"]
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    upload = SimpleUploadedFile("x.jpg", content.getvalue())
    add_photo(work_order=order, step_key="look", asset_id=world.asset.pk, upload=upload, by=technician, now=NOW)
    answer(order, world.asset, technician)
    assert agree()[order.pk].words == ["2 of 5"]


def test_work_that_began_keeps_its_version(order: WorkOrder, world: World, technician: User) -> None:
    later = ProcedureVersion.objects.create(
        procedure=order.procedure_version.procedure, number=2, state=VersionState.DRAFT, created_at=NOW
    )
    Step.objects.create(version=later, position=1, key="new", kind=StepKind.CHECK, scope=Scope.ORDER)
    ProcedureVersion.objects.exclude(pk=later.pk).update(state=VersionState.RETIRED)
    ProcedureVersion.objects.filter(pk=later.pk).update(state=VersionState.PUBLISHED)
    assert agree()[order.pk].total == 1
    ProcedureVersion.objects.filter(pk=later.pk).update(state=VersionState.RETIRED)
    ProcedureVersion.objects.exclude(pk=later.pk).update(state=VersionState.PUBLISHED)
    answer(order, world.asset, technician)
    ProcedureVersion.objects.exclude(pk=later.pk).update(state=VersionState.RETIRED)
    ProcedureVersion.objects.filter(pk=later.pk).update(state=VersionState.PUBLISHED)
    assert agree()[order.pk].total == 5


def test_closed_work_agrees(order: WorkOrder, world: World, technician: User) -> None:
    generate_work(now=NOW)
    cancel_work(work_order=order, reason="Closed", by=technician, now=NOW)
    assert agree()[order.pk].total == 1  # what is done once; nothing was applied to equipment


def test_complete_work_misses_nothing(world: World, technician: User) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    order = WorkOrder.objects.get()
    answer(order, world.asset, technician, outcome=Outcome.NOT_APPLICABLE)
    assert agree()[order.pk].is_complete
    complete_work(work_order=order, finished_at=NOW, by=technician, now=NOW)
    assert agree()[order.pk].is_complete


def test_what_was_not_possible_any_more_does_not_count(world: World) -> None:
    phases: list[dict[str, Any]] = [{"key": "before", "phase": Phase.BEFORE}, {"key": "after", "phase": Phase.AFTER}]
    procedure = make_procedure("by-hand", steps=phases)
    order = WorkOrder.objects.create(
        procedure_version=procedure.published(),
        site=world.site,
        asset=world.asset,
        window_opens_at=NOW,
        due_at=NOW,
        window_closes_at=NOW,
        before_impossible=True,
        created_at=NOW,
    )
    assert agree()[order.pk].total == 1


def test_whole_programme_agrees_in_the_same_number_of_queries(world: World, technician: User) -> None:
    load_programme(now=NOW)
    world.contract(agreed("administration-check"), agreed("event-logs", "monthly"))
    generate_work(now=NOW)

    def asked() -> int:
        rows = orders()
        with CaptureQueriesContext(connection) as captured:
            progress_of(rows, now=NOW)
        return len(captured)

    before = asked()
    for kind, subject in (("ip_change", "asset"), ("subnet_change", "site")):
        about = {subject: getattr(world, subject)}
        details = {"new_address": "10.0.0.9"} if kind == "ip_change" else {}
        record_change(kind=kind, occurs_at=NOW, details=details, by=technician, now=NOW, **about)
    agree()
    assert before <= asked() <= 5


def test_choices_and_proofs_agree(world: World, technician: User) -> None:
    load_programme(now=NOW)
    event = record_change(
        kind="voicemail_storage", asset=world.asset, occurs_at=NOW, details={"level": "full"}, by=None, now=NOW
    )
    order = event.firings.get().work_order
    common: dict[str, Any] = {"work_order": order, "asset_id": world.asset.pk, "by": technician, "now": NOW}
    before = agree()[order.pk]
    for key, values in (("backup-before", {"text": "nas"}), ("minutes-before", {"value": 900.0})):
        record_answer(step_key=key, **values, **common)  # type: ignore[arg-type]
    record_answer(step_key="use-examined", text="Everybody keeps everything", **common)
    record_answer(step_key="decision", text="more-memory", **common)
    assert agree()[order.pk].total == before.total + 1
    record_answer(step_key="decision", text="voicemail-to-email", **common)
    assert agree()[order.pk].total == before.total + 3
    record_answer(step_key="test-message", outcome="pass", **common)
    assert [one.what for one in agree()[order.pk].missing].count("proof") == 1


@pytest.mark.parametrize(("told", "at_site", "asked"), [({}, None, 2), ({"lease_hours": 8}, None, 1), ({}, 24, 1)])
def test_lease_time_agrees(world: World, technician: User, told: Any, at_site: int | None, asked: int) -> None:
    load_programme(now=NOW)
    Site.objects.update(dhcp_lease_hours=at_site)
    event = record_change(kind="subnet_change", site=world.site, occurs_at=NOW, details=told, by=None, now=NOW)
    order = event.firings.get().work_order
    before = agree()[order.pk].total
    common: dict[str, Any] = {"work_order": order, "by": technician, "now": NOW}
    record_answer(step_key="phones-before", asset_id=world.asset.pk, value=12.0, **common)
    record_answer(step_key="method", asset_id=None, text="wait-for-leases", **common)
    assert agree()[order.pk].total == before + asked
