"""Signing off: gaps first, then everything at once and for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.demo import builder
from portal.files.models import File
from portal.web.errors import Conflict, DomainError
from schedules.actions import Sign, VisitIncompleteError, complete_work, plan_visit, record_answer, start_visit
from schedules.enums import ItemOutcome, Party, SignatureOutcome, VisitStatus
from schedules.generation import generate_work
from schedules.models import Backup, Signature, Visit, VisitReport, WorkOrder
from schedules.visit_gaps import gaps_of
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc
from tests.schedules.visits import ARRIVED, HOUR, LEFT, answer_all, answer_visit, due, make_due, signed, started
from tickets.actions import open_ticket, resolve

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


@pytest.fixture
def visit(world: World, technician: User) -> Visit:
    """In progress, with the opening and a voicemail check; nothing is answered."""
    make_due(world, "voicemail")
    return started(world, technician)


def gaps(fault: pytest.ExceptionInfo[VisitIncompleteError]) -> set[str]:
    return {gap.number for gap in fault.value.gaps}


# -- what it does -----------------------------------------------------------------------------


def test_signed_visit_is_closed_with_all_that_belongs_to_it(visit: Visit, world: World, technician: User) -> None:
    answer_visit(visit)
    row = signed(visit)
    assert (row.status, row.finished_at, row.closed_at) == (VisitStatus.SIGNED, LEFT, LEFT)
    assert {item.outcome for item in row.work.all()} == {ItemOutcome.DONE}
    for work in WorkOrder.objects.all():
        assert (work.status, work.finished_at) == ("done", LEFT)
    marks = {mark.party: mark for mark in row.signatures.all()}
    assert {party: mark.name for party, mark in marks.items()} == {
        Party.TECHNICIAN: "Tara Technician",
        Party.CUSTOMER: "Carla Customer",
    }
    assert all(mark.image and mark.image.content_type == "image/png" for mark in marks.values())
    assert row.report.created_at == LEFT
    assert row.events.last().kind == "signed"  # type: ignore[union-attr]


def test_review_is_the_days_own_check_and_the_backup_is_in_the_register(visit: Visit, world: World) -> None:
    answer_visit(visit)
    signed(visit)
    daily = due("administration-check")
    assert (daily.status, daily.schedule is None, daily.nominal_on.isoformat()) == ("done", False, "2026-03-02")  # type: ignore[union-attr]
    assert WorkOrder.objects.filter(procedure_version__procedure__slug="administration-check").count() == 1
    backup = Backup.objects.get()
    assert (backup.asset, backup.verified_at) == (world.asset, ARRIVED)


def test_backup_that_cannot_be_read_is_not_verified(visit: Visit, world: World) -> None:
    answer_all(due("visit-backup"))
    again = {"work_order": due("visit-backup"), "step_key": "readable", "asset_id": world.asset.pk, "by": None}
    record_answer(**again, outcome="fail", note="Empty file", now=ARRIVED + HOUR)
    assert Backup.objects.get().verified_at is None
    record_answer(**again, outcome="pass", now=ARRIVED + 2 * HOUR)
    assert Backup.objects.get().verified_at == ARRIVED + 2 * HOUR


def test_backup_taken_anew_has_to_be_proved_anew(visit: Visit, world: World) -> None:
    answer_all(due("visit-backup"))
    again = {"work_order": due("visit-backup"), "asset_id": world.asset.pk, "by": None, "now": ARRIVED + HOUR}
    record_answer(**again, step_key="taken", text="//nas/2")
    assert (Backup.objects.get().location, Backup.objects.get().verified_at) == ("//nas/2", None)


def test_work_that_was_completed_before_is_done(visit: Visit) -> None:
    answer_visit(visit)
    complete_work(work_order=due("voicemail"), finished_at=ARRIVED, by=None, now=ARRIVED)
    row = signed(visit)
    assert row.work.get(work_order=due("voicemail")).outcome == ItemOutcome.DONE
    assert due("voicemail").finished_at == ARRIVED


def test_failed_backup_counts_as_answered(visit: Visit) -> None:
    answer_all(due("administration-check"))
    answer_all(due("voicemail"))
    answer_all(due("visit-backup"), outcome="fail")
    assert signed(visit).status == VisitStatus.SIGNED
    assert not Backup.objects.exists()


def test_floating_work_gets_its_next_date(world: World, technician: User) -> None:
    make_due(world)
    make_procedure("floating")
    asset = builder.asset(site=world.site, product=world.product)
    world.contract(agreed("floating", "weekly", cadence="floating"), assets=[asset])
    generate_work(now=NOW)
    visit = started(world, technician)
    answer_visit(visit)
    signed(visit)
    assert due("floating").schedule.next_nominal_on.isoformat() == "2026-03-09"  # type: ignore[union-attr]


# -- gaps -------------------------------------------------------------------------------------


def test_gaps_are_listed_and_nothing_is_stored(visit: Visit, world: World) -> None:
    answer_all(due("administration-check"))
    record_answer(
        work_order=due("visit-backup"),
        step_key="taken",
        asset_id=world.asset.pk,
        text="//nas/1",
        by=None,
        now=ARRIVED,
    )
    with pytest.raises(VisitIncompleteError) as fault:
        signed(visit)
    assert gaps(fault) == {due("visit-backup").number, due("voicemail").number}
    by_number = {gap.number: gap for gap in fault.value.gaps}
    backup, voicemail = by_number[due("visit-backup").number], by_number[due("voicemail").number]
    assert [(gap.step.key, gap.asset) for gap in backup.missing] == [("readable", world.asset)]
    assert (backup.is_opening, voicemail.is_opening, voicemail.missing) == (True, False, [])
    visit.refresh_from_db()
    assert visit.status == VisitStatus.IN_PROGRESS
    assert not Signature.objects.exists()
    assert not VisitReport.objects.exists()
    assert due("administration-check").status == "in_progress"


def test_work_is_carried_over_with_a_reason(visit: Visit, technician: User) -> None:
    answer_visit(visit, only_opening=True)
    work = due("voicemail")
    row = signed(visit, carry_over={work.pk: " No password "})
    item = row.work.get(work_order=work)
    assert (item.outcome, item.reason) == (ItemOutcome.CARRIED_OVER, "No password")
    work.refresh_from_db()
    assert (work.status, work.assignee) == ("due", None)
    following = builder.visit(
        site=visit.site, technician=technician, now=LEFT, starts_at=LEFT + HOUR, work_orders=[work]
    )
    assert following.work.get().work_order == work


def test_begun_work_that_is_carried_over_stays_begun(visit: Visit, technician: User) -> None:
    answer_visit(visit)
    signed(visit, carry_over={due("voicemail").pk: "Has to be seen again"})
    assert (due("voicemail").status, due("voicemail").assignee) == ("in_progress", technician)


@pytest.mark.parametrize("slug", ["administration-check", "visit-backup"])
def test_opening_is_not_carried_over(visit: Visit, slug: str) -> None:
    with pytest.raises(DomainError) as fault:
        signed(visit, carry_over={due(slug).pk: "No time"})
    assert (fault.value.attr, fault.value.code) == (f"carry_over.{due(slug).pk}", "opening")


def test_carried_over_without_a_reason_or_not_in_the_visit_is_refused(visit: Visit) -> None:
    answer_visit(visit, only_opening=True)
    for key, reason in ((due("voicemail").pk, "  "), (10**6, "No time")):
        with pytest.raises(DomainError) as fault:
            signed(visit, carry_over={key: reason})
        assert fault.value.attr == f"carry_over.{key}"


def test_tickets_are_solved_or_carried_over(world: World, technician: User) -> None:
    builder.calendar(now=NOW, name="Default", is_default=True)
    builder.policy(now=NOW, name="Default", is_default=True)
    make_due(world)
    common: dict[str, Any] = {"customer": world.customer, "site": world.site, "by": None, "now": NOW}
    solved, open_one = (
        open_ticket(summary=text, impact="individual", urgency="low", **common) for text in ("Solved", "Open")
    )
    visit = started(world, technician, tickets=[solved, open_one])
    answer_visit(visit)
    resolve(ticket=solved, solution="Restarted", by=technician, now=ARRIVED)
    with pytest.raises(VisitIncompleteError) as fault:
        signed(visit)
    assert gaps(fault) == {open_one.number}
    row = signed(visit, carry_over_tickets={open_one.pk: "A part is missing"})
    outcomes = {item.ticket: (item.outcome, item.reason) for item in row.ticket_items.all()}
    assert outcomes == {
        solved: (ItemOutcome.DONE, ""),
        open_one: (ItemOutcome.CARRIED_OVER, "A part is missing"),
    }


def test_work_that_lapsed_meanwhile_is_no_gap(world: World, technician: User) -> None:
    """Planned on Monday, the visit lasts until Tuesday's check has taken Monday's place."""
    make_due(world)
    monday = due("administration-check")
    visit = plan_visit(
        site=world.site,
        technician=technician,
        starts_at=utc(2026, 3, 3, 8, 0),
        ends_at=utc(2026, 3, 3, 12, 0),
        work_orders=[monday],
        by=None,
        now=NOW,
    )
    generate_work(now=utc(2026, 3, 3, 8, 0))
    visit = start_visit(visit=visit, by=None, now=utc(2026, 3, 3, 8, 0))
    for item in visit.work.exclude(work_order=monday):
        answer_all(item.work_order, at=utc(2026, 3, 3, 8, 0))
    evening = utc(2026, 3, 3, 18, 0)
    generate_work(now=evening)
    row = signed(visit, at=evening)
    assert row.work.get(work_order=monday).outcome == ItemOutcome.REMOVED


def test_gaps_take_as_many_queries_for_thirty_work_orders(world: World, technician: User) -> None:
    names = [f"work-{number}" for number in range(30)]
    make_due(world, *names)
    visit = started(world, technician)

    def queries(count: int) -> int:
        for name in names[:count]:
            answer_all(due(name))
        with CaptureQueriesContext(connection) as captured:
            assert gaps_of(visit, now=ARRIVED)
        return len(captured)

    assert queries(1) == queries(30) <= 8


def test_signing_asks_a_bounded_number_for_each_work_order(world: World, technician: User) -> None:
    names = [f"work-{number}" for number in range(30)]
    make_due(world, *names)
    visit = started(world, technician)
    answer_visit(visit)
    with CaptureQueriesContext(connection) as captured:
        signed(visit)
    assert len(captured) < 70 + 32 * 20


# -- no signature without answers ----------------------------------------------------------------


def test_signature_without_answers_is_refused(world: World, technician: User) -> None:
    """All of it was answered before anybody arrived."""
    make_procedure("logs")
    world.contract(agreed("logs", "weekly"))
    generate_work(now=NOW)
    answer_all(due("logs"), at=NOW)
    visit = started(world, technician)
    with pytest.raises(Conflict) as fault:
        signed(visit)
    assert fault.value.code == "no_answers"
    assert not VisitReport.objects.exists()


def test_visit_without_work_and_without_time_is_refused(world: World, technician: User) -> None:
    visit = started(world, technician)
    with pytest.raises(Conflict) as fault:
        signed(visit)
    assert fault.value.code == "no_answers"


# -- signatures -------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [SignatureOutcome.REFUSED, SignatureOutcome.ABSENT])
def test_no_signature_has_its_reason(visit: Visit, outcome: str) -> None:
    answer_visit(visit)
    row = signed(visit, customer=Sign(outcome=outcome, name="Carla", reason=" Had to leave "))
    mark = row.signatures.get(party=Party.CUSTOMER)
    assert (mark.outcome, mark.reason, mark.image) == (outcome, "Had to leave", None)


FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " "}, "customer.name"),
    "name too long": ({"name": "x" * 121}, "customer.name"),
    "no signature": ({"upload": None}, "customer.image"),
    "refused without reason": ({"outcome": "refused"}, "customer.reason"),
    "no such outcome": ({"outcome": "maybe"}, "customer.outcome"),
    "no picture": ({"upload": SimpleUploadedFile("s.png", b"text", content_type="image/png")}, "customer.image"),
    "empty picture": ({"upload": SimpleUploadedFile("s.png", b"", content_type="image/png")}, "customer.image"),
}


@pytest.mark.parametrize("name", list(FAULTY))
def test_faulty_signature_is_refused_at_its_field_and_nothing_is_stored(visit: Visit, name: str) -> None:
    values, attr = FAULTY[name]
    answer_visit(visit)
    with pytest.raises(DomainError) as fault:
        signed(visit, customer=replace(builder.sign("Carla"), **values))
    assert fault.value.attr == attr
    assert not Signature.objects.exists()
    assert not File.objects.exists()
    assert due("voicemail").status == "in_progress"


# -- twice, and when --------------------------------------------------------------------------


def test_signed_twice_is_signed_once(visit: Visit) -> None:
    answer_visit(visit)
    technician, customer = builder.sign("Tara"), builder.sign("Carla")
    first = signed(visit, technician=technician, customer=customer)
    again = signed(visit, technician=technician, customer=customer, at=LEFT + HOUR)
    assert (again.pk, again.closed_at) == (first.pk, LEFT)
    assert again.events.filter(kind="signed").count() == 1
    with pytest.raises(Conflict) as fault:
        signed(visit)  # other signatures
    assert fault.value.code == "state"


def test_signature_of_another_visit_is_not_taken_for_this(visit: Visit, world: World, technician: User) -> None:
    answer_visit(visit)
    mark = builder.sign("Carla")
    signed(visit, customer=mark)
    other = started(world, technician, at=LEFT + HOUR, starts_at=LEFT + HOUR)
    answer_visit(other, at=LEFT + HOUR)
    with pytest.raises(Conflict) as fault:
        signed(other, customer=replace(builder.sign("Carla"), client_uuid=mark.client_uuid), at=LEFT + 2 * HOUR)
    assert fault.value.attr == "customer.client_uuid"


@pytest.mark.parametrize("shift", [timedelta(minutes=11), -4 * HOUR])
def test_finish_ahead_or_before_the_arrival_is_refused(visit: Visit, shift: timedelta) -> None:
    answer_visit(visit)
    with pytest.raises(DomainError) as fault:
        signed(visit, finished_at=LEFT + shift)
    assert fault.value.attr == "finished_at"


def test_visit_that_was_not_begun_is_not_signed(world: World, technician: User) -> None:
    visit = builder.visit(site=world.site, technician=technician, now=NOW)
    with pytest.raises(Conflict, match="arrive first") as fault:
        signed(visit)
    assert fault.value.code == "state"
