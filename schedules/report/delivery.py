"""Makes the file of a report and mails it: when it is due, again after a fault, and at once for who asks.

A report is claimed by moving its instant beyond the time that making the file may take; a worker killed in
between leaves it due, and each reader of the customer is told once all the same.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from portal.files.actions import store_file
from portal.files.contents import PDF
from portal.files.models import File
from schedules.models import ReportCorrection, ReportFile, VisitReport
from schedules.report.pdf import ReportPdfError, render_report
from schedules.visit_mails import tell_report

logger = logging.getLogger(__name__)

BATCH = 20
CLAIM_LASTS = timedelta(minutes=10)  # longer than making one file takes
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))  # after the first, second, third failure


def make_due_reports(*, now: datetime) -> int:
    """Make and mail the files that are due; returns how many were tried. Safe to run at once and again."""
    rows = VisitReport.objects.due(now).select_related("visit__site__customer", "visit__technician")
    tried = 0
    for report in list(rows[:BATCH]):
        if _claim(report, now):
            tried += 1
            _deliver(report, now)
    return tried


def report_file(*, report: VisitReport, now: datetime) -> File:
    """The file with every correction so far, made now if it is not there yet; the signed one is always made too.

    Safe to repeat and to run at once. Raises ReportPdfError where it cannot be made.
    """
    corrections = list(report.corrections.select_related("by"))
    signed = _file_with(report, [], now)
    return _file_with(report, corrections, now) if corrections else signed


def _file_with(report: VisitReport, corrections: list[ReportCorrection], now: datetime) -> File:
    known = report.files.filter(corrections=len(corrections)).select_related("file").first()
    if known is not None:
        return known.file
    data = render_report(report, corrections)  # outside the lock: it takes its time
    return _keep(report, data, len(corrections), now)


def _claim(report: VisitReport, now: datetime) -> bool:
    """Whether this caller makes the file; of several that ask, one is told yes."""
    rows = VisitReport.objects.filter(pk=report.pk, file_due_at=report.file_due_at)
    until = now + CLAIM_LASTS
    claimed = rows.update(file_due_at=until, file_attempts=F("file_attempts") + 1)
    report.file_due_at, report.file_attempts = until, report.file_attempts + 1
    return bool(claimed)


def _deliver(report: VisitReport, now: datetime) -> None:
    """Make it and tell the customer; after the last failure without a file, since the page shows the same."""
    count, fault, file = report.corrections.count(), "", None
    try:
        file = report_file(report=report, now=now)
    except ReportPdfError as error:
        fault = str(error)[:300]
        logger.warning("the file of report %s was not made (attempt %s): %s", report.pk, report.file_attempts, fault)
    if fault and report.file_attempts <= len(PAUSES):
        _settle(report, file_due_at=now + PAUSES[report.file_attempts - 1])
        return
    with transaction.atomic():
        tell_report(report, file=file, corrections=count, now=now)
        _settle(report, file_due_at=None, file_error=fault)


def _settle(report: VisitReport, **values: object) -> None:
    """Write the outcome, unless a correction has asked for another file by now."""
    VisitReport.objects.filter(pk=report.pk, file_due_at=report.file_due_at).update(**values)


@transaction.atomic
def _keep(report: VisitReport, data: bytes, corrections: int, now: datetime) -> File:
    """Store it, unless somebody else has just stored the same."""
    VisitReport.objects.select_for_update().get(pk=report.pk)
    known = report.files.filter(corrections=corrections).select_related("file").first()
    if known is not None:
        return known.file
    upload = SimpleUploadedFile(_name(report, corrections), data, content_type=PDF)
    file = store_file(upload=upload, by=None, now=now, allowed={PDF})
    ReportFile.objects.create(report=report, corrections=corrections, file=file, created_at=now)
    return file


def _name(report: VisitReport, corrections: int) -> str:
    """Such as "V-12-alder-dental.pdf", and "V-12-alder-dental-2.pdf" once two corrections are in it."""
    parts = [report.content["number"], slugify(report.content["customer"]["name"]), str(corrections or "")]
    return "-".join(part for part in parts if part) + ".pdf"
