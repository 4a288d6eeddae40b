"""What the tests of visits share: a site whose visits have an opening, and somebody who answers everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.models import Asset
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import record_answer, sign_off, start_visit
from schedules.checklist import checklist_of
from schedules.enums import ItemOutcome, StepKind
from schedules.generation import generate_work
from schedules.models import Visit, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure

HOUR = timedelta(hours=1)
ARRIVED = NOW + HOUR  # 11:00 in Amsterdam
LEFT = NOW + 3 * HOUR


def make_opening() -> None:
    """The two procedures that every visit begins with, as the programme has them."""
    make_procedure("administration-check")
    make_procedure(
        "visit-backup",
        steps=[{"key": "taken", "kind": StepKind.BACKUP}, {"key": "readable", "records": "backup_verified"}],
        work_kind="backup",
        frequency="",
        applies_to=["system", "server", "application"],
    )


def make_due(world: World, *slugs: str, now: datetime = NOW) -> list[WorkOrder]:
    """The day's check and work of these procedures, due today and untouched; by key."""
    make_opening()
    for slug in slugs:
        make_procedure(slug)
    world.contract(agreed("administration-check"), *(agreed(slug, "weekly") for slug in slugs))
    generate_work(now=now)
    return list(WorkOrder.objects.order_by("pk"))


def due(slug: str) -> WorkOrder:
    return WorkOrder.objects.get(procedure_version__procedure__slug=slug)


def answer_all(work_order: WorkOrder, *, at: datetime = ARRIVED, outcome: str = "pass", by: User | None = None) -> None:
    row = WorkOrder.objects.select_related("site", "procedure_version__procedure").get(pk=work_order.pk)
    for item in checklist_of(row, now=at).steps:
        asset: Asset | None = item.asset
        given: dict[str, Any] = {"text": "//nas/1" if item.step.kind == StepKind.BACKUP else ""}
        given["note"] = "Broken" if outcome == "fail" else ""
        record_answer(
            work_order=row,
            step_key=item.key,
            asset_id=asset.pk if asset else None,
            outcome=outcome,
            by=by,
            now=at,
            **given,
        )


def started(world: World, technician: User, *, at: datetime = ARRIVED, **values: Any) -> Visit:
    visit = builder.visit(site=world.site, technician=technician, now=NOW, **values)
    return start_visit(visit=visit, by=technician, now=at)


def answer_visit(visit: Visit, *, at: datetime = ARRIVED, only_opening: bool = False) -> None:
    """Everything in it that is pending passes."""
    items = visit.work.filter(outcome=ItemOutcome.PENDING).select_related("work_order")
    for item in items:
        if item.is_opening or not only_opening:
            answer_all(item.work_order, at=at, by=visit.technician)


def signed(visit: Visit, *, at: datetime = LEFT, **values: Any) -> Visit:
    """Signed off by both, nothing carried over unless told."""
    given: dict[str, Any] = {
        "finished_at": at,
        "carry_over": {},
        "technician": builder.sign("Tara Technician"),
        "customer": builder.sign("Carla Customer"),
        "by": visit.technician,
        "now": at,
    }
    return sign_off(visit=visit, **given | values)
