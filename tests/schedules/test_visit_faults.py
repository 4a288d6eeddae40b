"""Each broken rule of visits is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from portal.accounts.models import User
from portal.demo import builder
from schedules import verify
from schedules.models import Signature, Visit, VisitReport, VisitWork, WorkOrder
from tests.schedules.conftest import NOW, World, make_world
from tests.schedules.visits import ARRIVED, HOUR, LEFT, answer_visit, due, make_due, signed, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(world: World, technician: User) -> None:
    """One signed with work carried over, one in progress, one planned."""
    make_due(world, "voicemail")
    first = started(world, technician)
    answer_visit(first, only_opening=True)
    signed(first, carry_over={due("voicemail").pk: "No password"})
    started(world, technician, at=LEFT + HOUR, starts_at=LEFT + HOUR)
    builder.visit(site=world.site, technician=technician, now=NOW, starts_at=LEFT + 10 * HOUR)
    assert list(verify.faults()) == []


def of(status: str) -> Visit:
    return Visit.objects.get(status=status)


def hold_in_the_signed() -> None:
    of("in_progress").work.all().delete()
    of("signed").work.filter(outcome="carried_over").update(outcome="pending")


def move_over_each_other() -> None:
    now = of("in_progress")
    Visit.objects.filter(status="planned").update(planned_start_at=now.planned_end_at - timedelta(minutes=1))


BREAKS: dict[str, tuple[Callable[[], object], str]] = {
    "pending item of a closed visit": (hold_in_the_signed, "is closed but still holds WO-"),
    "signed without a report": (lambda: VisitReport.objects.all().delete(), "is signed without a report"),
    "signed without a signature": (
        lambda: Signature.objects.filter(party="customer").delete(),
        "is signed without a word of the customer",
    ),
    "opening missing": (
        lambda: of("in_progress").work.filter(is_opening=True).delete(),
        "began without administration-check",
    ),
    "backup missing": (
        lambda: VisitWork.objects.filter(
            visit__status="in_progress", work_order__procedure_version__procedure__slug="visit-backup"
        ).delete(),
        "began without visit-backup",
    ),
    "overlap": (move_over_each_other, "overlaps another open visit"),
    "opening carried over": (
        lambda: of("signed").work.filter(is_opening=True).update(outcome="carried_over", reason="x"),
        "carried over its opening",
    ),
    "carried over without a reason": (
        lambda: VisitWork.objects.filter(outcome="carried_over").update(reason=""),
        "over without a reason",
    ),
    "done work that is open": (
        lambda: VisitWork.objects.filter(outcome="carried_over").update(outcome="done"),
        "done, which is open",
    ),
    "open with a closing instant": (
        lambda: Visit.objects.filter(status="planned").update(closed_at=NOW),
        "is open with a closing instant",
    ),
    "in progress without an arrival": (
        lambda: Visit.objects.filter(status="in_progress").update(started_at=None),
        "is in progress without an arrival",
    ),
    "confirmed without an instant": (
        lambda: Visit.objects.filter(status="planned").update(status="confirmed"),
        "is confirmed without an instant",
    ),
    "arrival before the start": (
        lambda: Visit.objects.filter(status="planned").update(started_at=NOW),
        "has an arrival before it began",
    ),
    "ends before it begins": (
        lambda: Visit.objects.filter(status="signed").update(started_at=F("finished_at") + HOUR),
        "ended before it began",
    ),
    "report of an open visit": (
        lambda: VisitReport.objects.update(visit=of("in_progress")),
        "has a report although it is not signed",
    ),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_broken_rule_is_found(visits: None, name: str) -> None:
    break_it, sentence = BREAKS[name]
    break_it()
    assert any(sentence in fault for fault in verify.faults()), list(verify.faults())


def test_work_of_another_site_is_found(visits: None, world: World) -> None:
    Visit.objects.filter(status="planned").update(site=make_world(world.customer).site)
    VisitWork.objects.create(visit=of("planned"), work_order=due("voicemail"), outcome="removed")
    assert any("of another site" in fault for fault in verify.faults())


def test_work_that_nothing_explains_is_found(visits: None) -> None:
    VisitWork.objects.filter(work_order__procedure_version__procedure__slug="visit-backup").delete()
    assert any("neither a schedule, a change nor a visit" in fault for fault in verify.faults())


def test_site_without_base_units_needs_no_opening(world: World, technician: User) -> None:
    make_due(world)
    bare = builder.site(customer=world.customer, calendar=world.calendar)
    visit = builder.visit(site=bare, technician=technician, now=NOW)
    Visit.objects.filter(pk=visit.pk).update(status="in_progress", started_at=ARRIVED)
    assert list(verify.faults()) == []
    assert WorkOrder.objects.count() == 1
