"""The technician arrives: the visit gets its opening, and the due work of the site joins it."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from contracts.entitlement import entitlement_of
from contracts.enums import Performer
from portal.accounts.models import User
from portal.web.errors import DomainError
from schedules.actions.visit_work import assign_held, join_work, lock_visit, require_status, write_event
from schedules.actions.work_order import CLOCK_SKEW
from schedules.checklist import prospective_assets
from schedules.enums import ItemOutcome, VersionState, VisitStatus, WorkStatus
from schedules.models import ProcedureVersion, Visit, VisitWork, WorkOrder, WorkOrderEvent
from schedules.visit_times import LocalDay, local_day

REVIEW = "administration-check"  # every visit begins with it
BACKUP = "visit-backup"  # and with a backup of each base unit
OPENING = (REVIEW, BACKUP)


@transaction.atomic
def start_visit(*, visit: Visit, by: User | None, now: datetime, started_at: datetime | None = None) -> Visit:
    """Arrive, as of the device's instant. Safe to repeat.

    In come the day's review (the site's own daily check where it is open, else one for this visit), a
    backup of each base unit, and the VAR's open work that is due by the end of the day at the site.
    """
    row = lock_visit(visit)
    if row.status == VisitStatus.IN_PROGRESS:
        return row
    require_status(row, VisitStatus.PLANNED, VisitStatus.CONFIRMED)
    started_at = started_at or now
    if started_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr="started_at")
    if started_at < row.created_at - CLOCK_SKEW:
        raise DomainError(_("The visit was planned later than that."), attr="started_at")
    row.status, row.started_at = VisitStatus.IN_PROGRESS, started_at
    row.save(update_fields=["status", "started_at"])
    _attach(row, local_day(row.site, started_at), now)
    assign_held(row, by=by, now=now)
    write_event(row, "started", by=by, now=now)
    return row


def _attach(row: Visit, day: LocalDay, now: datetime) -> None:
    due = _due_work(row, day)
    reviews = {work.pk for work in due if _is_review(work, day)}
    join_work(row, due, opening=reviews)
    row.work.filter(work_order__in=reviews, outcome=ItemOutcome.PENDING).update(is_opening=True)
    wanted = [BACKUP] if _has_review(row) else [REVIEW, BACKUP]
    opened = [work for slug in wanted if (work := _open(row, slug, day, now)) is not None]
    join_work(row, opened, opening={work.pk for work in opened})


def _due_work(row: Visit, day: LocalDay) -> list[WorkOrder]:
    """Due by the end of the day, ours or the day's review; not what a later date replaces on this very day."""
    replaced = Q(status=WorkStatus.DUE, lapses_at__lt=day.ends_at)
    review = Q(procedure_version__procedure__slug=REVIEW, due_at__gte=day.begins_at)
    elsewhere = VisitWork.objects.filter(work_order=OuterRef("pk"), outcome=ItemOutcome.PENDING).exclude(visit=row)
    taken_out = row.work.filter(work_order=OuterRef("pk")).exclude(outcome=ItemOutcome.PENDING)
    rows = WorkOrder.objects.open().filter(Q(performer=Performer.VAR) | review, site=row.site, due_at__lt=day.ends_at)
    free = rows.exclude(replaced).exclude(Exists(elsewhere)).exclude(Exists(taken_out))
    return list(free.select_related("procedure_version__procedure"))


def _is_review(work: WorkOrder, day: LocalDay) -> bool:
    return work.procedure_version.procedure.slug == REVIEW and work.due_at >= day.begins_at


def _has_review(row: Visit) -> bool:
    return row.work.filter(is_opening=True, outcome=ItemOutcome.PENDING).exists()


def _open(row: Visit, slug: str, day: LocalDay, now: datetime) -> WorkOrder | None:
    """Work that this visit alone has; None where the site has nothing that the procedure applies to."""
    published = ProcedureVersion.objects.filter(procedure__slug=slug, state=VersionState.PUBLISHED)
    version = published.select_related("procedure").first()
    if version is None:
        return None
    work = _work_order(row, version, day, now)
    if not prospective_assets(work, now=now):
        return None
    work.save()
    WorkOrderEvent.objects.create(work_order=work, kind="opened", at=now, data={"visit": row.pk})
    return work


def _work_order(row: Visit, version: ProcedureVersion, day: LocalDay, now: datetime) -> WorkOrder:
    assert row.started_at is not None
    evening = datetime.combine(day.on, time(23, 59), ZoneInfo(row.site.timezone))
    due_at = max(row.started_at, evening)
    contract, coverage = entitlement_of(site=row.site, asset=None, work_kind=version.procedure.work_kind, on=day.on)
    work = WorkOrder(
        procedure_version=version,
        site=row.site,
        window_opens_at=row.started_at,
        due_at=due_at,
        window_closes_at=max(due_at, day.ends_at),
        coverage_decision=coverage.decision,
        coverage_sentence=coverage.reason[:400],
        created_at=now,
    )
    everything = prospective_assets(work, now=now)
    work.contract = contract
    if len(prospective_assets(work, now=now)) < len(everything):
        work.contract = None  # several contracts, or equipment that none lists: a backup of each all the same
    return work
