"""Proves the rules of recurring work over a whole database: each fault is a sentence, none is silence.

What constraints cannot say is said here: work in bounds, instants as they are derived, one open row
of a floating schedule, complete checklists, no orphans. For work whose schedule was defined anew
after its making, only what still is untouched is derived again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import islice, product

from django.db.models import Count, Exists, F, OuterRef, Q

from contracts.enums import Cadence
from contracts.models import Contract, Site
from schedules.agreements import Agreements
from schedules.checklist import checklist_of
from schedules.enums import OPEN_STATUSES, ChangeKind, ScheduleState, WorkStatus
from schedules.models import (
    Answer,
    AnswerPhoto,
    CapacityEntry,
    ChangeEvent,
    Firing,
    Procedure,
    Schedule,
    WorkOrder,
)
from schedules.series import Series
from schedules.shaping import lapse_of
from schedules.visit_faults import visit_faults

SCHEDULES_AT_ONCE = 200


def faults() -> Iterator[str]:
    """Every fault that there is, as a sentence that names its rows."""
    yield from _site_faults()
    yield from _schedule_faults()
    yield from _floating_faults()
    yield from _missing_schedule_faults()
    yield from _state_faults()
    yield from _orphan_faults()
    yield from _unfinished_faults()
    yield from _firing_faults()
    yield from _capacity_faults()
    yield from _move_faults()
    yield from visit_faults()


# -- schedules and the dates of their work ----------------------------------------------------


def _site_faults() -> Iterator[str]:
    for schedule in Schedule.objects.behind_their_site().order_by("pk"):
        yield f"Schedule {schedule.pk} has not followed its site's zone or calendar yet"


def _schedule_faults() -> Iterator[str]:
    rows = Schedule.objects.select_related("contract", "site", "procedure").order_by("pk").iterator()
    while batch := list(islice(rows, SCHEDULES_AT_ONCE)):
        agreements = Agreements.of_schedules(batch)
        work: dict[int, list[WorkOrder]] = defaultdict(list)
        for row in WorkOrder.objects.filter(schedule__in=batch).order_by("nominal_on"):
            work[row.schedule_id].append(row)
        for schedule in batch:
            yield from _faults_of(schedule, agreements, work[schedule.pk])


def _faults_of(schedule: Schedule, agreements: Agreements, rows: list[WorkOrder]) -> Iterator[str]:
    if schedule.state == ScheduleState.SET_ASIDE:
        yield f"Schedule {schedule.pk} is set aside: {schedule.error}"
        return
    series = agreements.series_of(schedule)
    yield from _next_faults(schedule, series, rows)
    due = {row.nominal_on: row.due_at for row in rows if row.nominal_on}
    for row in rows:
        yield from _window_faults(row, schedule, agreements)
        if row.status == WorkStatus.DUE and row.nominal_on:
            lapses_at = lapse_of(row.nominal_on, series, schedule.procedure, due)
            if row.lapses_at != lapses_at:
                yield f"{row.number} lapses at {row.lapses_at}, derived is {lapses_at}"


def _next_faults(schedule: Schedule, series: Series, rows: list[WorkOrder]) -> Iterator[str]:
    """The next date is one of the series, nothing is left out before it, and its release instant is derived."""
    if schedule.next_nominal_on is None:
        if schedule.next_release_at is not None:
            yield f"Schedule {schedule.pk} has a release instant without a date"
        yield from _silence_faults(schedule, series, rows)
        return
    planned = next(series.planned(schedule.next_nominal_on), None)
    if planned is None or planned.nominal_on != schedule.next_nominal_on:
        yield f"Schedule {schedule.pk} waits for {schedule.next_nominal_on}, which is none of its dates"
    elif (release_at := planned.window.release_at) != schedule.next_release_at:
        yield f"Schedule {schedule.pk} is released at {schedule.next_release_at}, derived is {release_at}"
    elif schedule.next_nominal_on in {row.nominal_on for row in rows}:
        yield f"Schedule {schedule.pk} waits for {schedule.next_nominal_on}, which it has work for"


def _silence_faults(schedule: Schedule, series: Series, rows: list[WorkOrder]) -> Iterator[str]:
    """A fixed schedule that waits for nothing has no date after its last work."""
    if schedule.cadence == Cadence.FLOATING or not rows:
        return
    last_on = max(row.nominal_on for row in rows if row.nominal_on)
    following = series.after(last_on)
    if following is not None:
        yield f"Schedule {schedule.pk} has stopped although {following.nominal_on} follows {last_on}"


def _window_faults(row: WorkOrder, schedule: Schedule, agreements: Agreements) -> Iterator[str]:
    """In bounds, and due as derived by the calendar of its making."""
    series = agreements.series_of(schedule, as_of=row.created_at)
    if row.nominal_on is None or not _is_comparable(row, schedule, series):
        return
    planned = series.on(row.nominal_on)
    if planned is None:
        if row.status == WorkStatus.DUE:
            yield f"{row.number} of {row.nominal_on} is out of bounds"
        return
    stored = (row.window_opens_at, row.due_at, row.window_closes_at)
    derived = (planned.window.opens_at, planned.window.due_at, planned.window.closes_at)
    if stored != derived:
        yield f"{row.number} of {row.nominal_on} is due at {row.due_at}, derived is {planned.window.due_at}"


def _is_comparable(row: WorkOrder, schedule: Schedule, series: Series) -> bool:
    """Untouched work follows every change; other work only if the schedule is still the one that made it."""
    if row.status == WorkStatus.DUE:
        return True
    stretch = series.stretch_on(row.nominal_on or date.min)
    if stretch is None or row.created_at < schedule.defined_at:
        return False
    return all(getattr(schedule, name) == value for name, value in stretch.definition.columns().items())


def _floating_faults() -> Iterator[str]:
    rows = Schedule.objects.filter(cadence=Cadence.FLOATING).annotate(
        open_count=Count("work_orders", filter=Q(work_orders__status__in=OPEN_STATUSES))
    )
    for schedule in rows.filter(open_count__gt=1):
        yield f"Floating schedule {schedule.pk} has {schedule.open_count} open work orders"
    for schedule in rows.filter(open_count=1, next_nominal_on__isnull=False):
        yield f"Floating schedule {schedule.pk} waits for a date although its work is open"


def _missing_schedule_faults() -> Iterator[str]:
    """What the last terms of a running contract name has a schedule at each site with equipment for it."""
    there = set(Schedule.objects.values_list("contract", "site", "procedure__slug"))
    procedures = list(Procedure.objects.filter(archived_at=None))
    contracts = list(Contract.objects.running().order_by("pk"))
    agreements = Agreements(contracts)
    sites = Site.objects.in_bulk({pk for contract in contracts for pk in agreements.site_ids(contract.pk)})
    for contract in contracts:
        for site_id, procedure in product(sorted(agreements.site_ids(contract.pk)), procedures):
            series = agreements.series(contract.pk, sites[site_id], procedure)
            last = agreements.bounds[contract.pk].last_on()
            stretch = series.stretch_on(last) if last else None
            if stretch and stretch.spans and (contract.pk, site_id, procedure.slug) not in there:
                yield f"{contract.number} has no schedule for {procedure.slug} at {sites[site_id]}"


# -- states -----------------------------------------------------------------------------------


def _state_faults() -> Iterator[str]:
    """What the status says agrees with the instants beside it."""
    rules = {
        "is closed without an instant": Q(closed_at__isnull=True) & ~Q(status__in=OPEN_STATUSES),
        "is open with a closing instant": Q(closed_at__isnull=False, status__in=OPEN_STATUSES),
        "is in progress without a start": Q(status=WorkStatus.IN_PROGRESS, started_at__isnull=True),
        "is untouched with a start": Q(status=WorkStatus.DUE, started_at__isnull=False),
        "is missed at another instant than it lapsed": Q(status=WorkStatus.MISSED) & ~Q(closed_at=F("lapses_at")),
        "is excused although it was neither missed nor skipped": Q(excused_at__isnull=False)
        & ~Q(status__in=[WorkStatus.MISSED, WorkStatus.SKIPPED]),
        "stands at another site than its schedule": Q(schedule__isnull=False) & ~Q(site=F("schedule__site")),
        "has another contract than its schedule": Q(schedule__isnull=False) & ~Q(contract=F("schedule__contract")),
    }
    for text, rule in rules.items():
        for row in WorkOrder.objects.filter(rule).order_by("pk"):
            yield f"{row.number} {text}"


def _orphan_faults() -> Iterator[str]:
    """Answers and photos belong to a step of the version that the work is done by; targets only to begun work."""
    strays = ~Q(step__version=F("target__work_order__procedure_version"))
    for answer in Answer.objects.filter(strays).order_by("pk"):
        yield f"Answer {answer.pk} belongs to a step of another version"
    for photo in AnswerPhoto.objects.filter(strays).order_by("pk"):
        yield f"Photo {photo.pk} belongs to a step of another version"
    unbegun = WorkOrder.objects.filter(started_at__isnull=True, targets__isnull=False).distinct()
    for row in unbegun.order_by("pk"):
        yield f"{row.number} has targets although it was not begun"
    begun = WorkOrder.objects.filter(started_at__isnull=False, targets__isnull=True)
    for row in begun.order_by("pk"):
        yield f"{row.number} was begun without targets"


def _unfinished_faults() -> Iterator[str]:
    """Work that is done has an answer to every required step."""
    related = ("site", "contract", "procedure_version__procedure")
    for row in WorkOrder.objects.filter(status=WorkStatus.DONE).select_related(*related).order_by("pk").iterator():
        assert row.closed_at is not None
        missing = checklist_of(row, now=row.closed_at).missing
        if missing:
            yield f"{row.number} is done but lacks {len(missing)} answers or photos"


def _capacity_faults() -> Iterator[str]:
    """A capacity stands for the answer that counts, and for no other."""
    newer = Answer.objects.filter(
        Q(made_at__gt=OuterRef("answer__made_at")) | Q(made_at=OuterRef("answer__made_at"), pk__gt=OuterRef("answer")),
        target=OuterRef("answer__target"),
        step=OuterRef("answer__step"),
    )
    for entry in CapacityEntry.objects.filter(Exists(newer)).order_by("pk"):
        yield f"Capacity {entry.capacity_id} comes from answer {entry.answer_id}, which another one replaced"


def _move_faults() -> Iterator[str]:
    """A site moved by a change that says what it changed, and by none but a relocation."""
    rows = ChangeEvent.objects.exclude(applied_at=None).exclude(kind=ChangeKind.RELOCATION)
    for event in rows.order_by("pk"):
        yield f"{event.number} moved its site although it is no relocation"
    for event in ChangeEvent.objects.filter(applied_at=None).exclude(applied={}).order_by("pk"):
        yield f"{event.number} says what it changed at its site without an instant"


def _firing_faults() -> Iterator[str]:
    for firing in Firing.objects.filter(work_order__isnull=False).exclude(work_order__site=F("event__site")):
        yield f"Firing {firing.pk} opened work at another site than its change"
    strays = WorkOrder.objects.filter(schedule__isnull=True, firing__isnull=True)
    for row in strays.exclude(visit_work__is_opening=True).order_by("pk"):
        yield f"{row.number} comes from neither a schedule, a change nor a visit"
