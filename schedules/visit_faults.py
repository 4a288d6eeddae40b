"""Proves the rules of visits over a whole database; part of `schedules.verify`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from contracts.models import Asset
from schedules.actions.visit_start import OPENING
from schedules.enums import OPEN_STATUSES, OPEN_VISITS, ItemOutcome, Party, VersionState, VisitStatus
from schedules.models import Procedure, Signature, Visit, VisitReport, VisitTicket, VisitWork

CLOSED = [VisitStatus.SIGNED, VisitStatus.CANCELLED]


def visit_faults() -> Iterator[str]:
    """Every fault that there is, as a sentence that names its rows."""
    yield from _state_faults()
    yield from _item_faults()
    yield from _opening_faults()
    yield from _signed_faults()
    yield from _overlap_faults()


def _state_faults() -> Iterator[str]:
    rules = {
        "is closed without an instant": Q(status__in=CLOSED, closed_at=None),
        "is open with a closing instant": Q(status__in=OPEN_VISITS, closed_at__isnull=False),
        "is in progress without an arrival": Q(status=VisitStatus.IN_PROGRESS, started_at=None),
        "has an arrival before it began": Q(
            status__in=[VisitStatus.PLANNED, VisitStatus.CONFIRMED], started_at__isnull=False
        ),
        "is confirmed without an instant": Q(status=VisitStatus.CONFIRMED, confirmed_at=None),
        "ended before it began": Q(finished_at__lt=F("started_at")),
    }
    for text, rule in rules.items():
        for row in Visit.objects.filter(rule).order_by("pk"):
            yield f"{row.number} {text}"


def _item_faults() -> Iterator[str]:
    """Items stand at the visit's site; a closed visit holds none; what is done, is done."""
    work = VisitWork.objects.select_related("visit", "work_order").order_by("pk")
    tickets = VisitTicket.objects.select_related("visit", "ticket").order_by("pk")
    for item in work.filter(visit__status__in=CLOSED, outcome=ItemOutcome.PENDING):
        yield f"{item.visit.number} is closed but still holds {item.work_order.number}"
    for one in tickets.filter(visit__status__in=CLOSED, outcome=ItemOutcome.PENDING):
        yield f"{one.visit.number} is closed but still holds {one.ticket.number}"
    for item in work.exclude(work_order__site=F("visit__site")):
        yield f"{item.visit.number} has {item.work_order.number} of another site"
    for one in tickets.exclude(ticket__customer=F("visit__site__customer")):
        yield f"{one.visit.number} has {one.ticket.number} of another customer"
    for item in work.filter(outcome=ItemOutcome.DONE, work_order__status__in=OPEN_STATUSES):
        yield f"{item.visit.number} tells {item.work_order.number} done, which is open"
    for item in work.filter(outcome=ItemOutcome.CARRIED_OVER, reason=""):
        yield f"{item.visit.number} carries {item.work_order.number} over without a reason"


def _opening_faults() -> Iterator[str]:
    """A visit in progress has its opening, where the site has equipment for it; no opening is carried over."""
    for procedure in Procedure.objects.filter(slug__in=OPENING, versions__state=VersionState.PUBLISHED):
        there = Asset.objects.filter(site=OuterRef("site"), archived_at=None, product__kind__in=procedure.applies_to)
        opened = VisitWork.objects.filter(
            visit=OuterRef("pk"), is_opening=True, work_order__procedure_version__procedure=procedure
        )
        begun = Visit.objects.filter(status=VisitStatus.IN_PROGRESS).order_by("pk")
        for row in begun.filter(Exists(there)).exclude(Exists(opened)):
            yield f"{row.number} began without {procedure.slug}"
    left = VisitWork.objects.filter(visit__status=VisitStatus.SIGNED, is_opening=True, outcome=ItemOutcome.CARRIED_OVER)
    for item in left.select_related("visit", "work_order").order_by("pk"):
        yield f"{item.visit.number} carried over its opening {item.work_order.number}"


def _signed_faults() -> Iterator[str]:
    """Signed = a report, and a word of each party; no other visit has either."""
    report = VisitReport.objects.filter(visit=OuterRef("pk"))
    signed = Visit.objects.filter(status=VisitStatus.SIGNED).order_by("pk")
    for row in signed.exclude(Exists(report)):
        yield f"{row.number} is signed without a report"
    for party in Party:
        mark = Signature.objects.filter(visit=OuterRef("pk"), party=party)
        for row in signed.exclude(Exists(mark)):
            yield f"{row.number} is signed without a word of the {party.value}"
    for report_row in VisitReport.objects.exclude(visit__status=VisitStatus.SIGNED).select_related("visit"):
        yield f"{report_row.visit.number} has a report although it is not signed"


def _overlap_faults() -> Iterator[str]:
    """Open visits of one technician share no time."""
    later = Visit.objects.open().filter(
        technician=OuterRef("technician"),
        pk__gt=OuterRef("pk"),
        planned_start_at__lt=OuterRef("planned_end_at"),
        planned_end_at__gt=OuterRef("planned_start_at"),
    )
    for row in Visit.objects.open().filter(Exists(later)).order_by("pk"):
        yield f"{row.number} overlaps another open visit of its technician"
