"""A report is frozen when its visit is signed; corrections are added to it, never made in it.

The row says when a file is due (`file_due_at`), so a lost task or a worker that dies only delays it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.actions.visit_work import write_event
from schedules.models import ReportCorrection, Visit, VisitReport
from schedules.report import build_report

logger = logging.getLogger(__name__)

CORRECTION_LENGTH = 2000
MOST_CORRECTIONS = 100
MAKE_REPORTS = "schedules.make_reports"  # the task, by its name: it stands above this module


@transaction.atomic
def freeze_report(*, visit: Visit, now: datetime) -> VisitReport:
    """The report of a visit that is signed now; called once, by the sign-off, in its transaction."""
    content = build_report(visit, now=now)
    report = VisitReport.objects.create(visit=visit, content=content, created_at=now, file_due_at=now)
    transaction.on_commit(_make_soon)
    return report


@transaction.atomic
def correct_report(*, report: VisitReport, text: str, by: User, now: datetime) -> ReportCorrection:
    """Add what has to be said afterwards; the signed report and its file stay, a new file carries it, and
    whoever got the report is told. Raises DomainError at "text"."""
    text = text.strip()
    if not text:
        raise DomainError(_("Say what has to be corrected."), attr="text", code="required")
    if len(text) > CORRECTION_LENGTH:
        raise DomainError(_("At most %(length)s characters fit.") % {"length": CORRECTION_LENGTH}, attr="text")
    locked = VisitReport.objects.select_for_update().get(pk=report.pk)
    if locked.corrections.count() >= MOST_CORRECTIONS:
        raise Conflict(_("This report has too many corrections. Plan another visit instead."))
    correction = ReportCorrection.objects.create(report=locked, text=text, at=now, by=by)
    write_event(locked.visit, "corrected", by=by, now=now)
    locked.file_due_at, locked.file_attempts, locked.file_error = now, 0, ""
    locked.save(update_fields=["file_due_at", "file_attempts", "file_error"])
    transaction.on_commit(_make_soon)
    return correction


def _make_soon() -> None:
    """A shortcut: the minute's sweep makes it anyway, so a broker that is down only delays."""
    try:
        current_app.send_task(MAKE_REPORTS, retry=False)
    except (OperationalError, OSError) as fault:
        logger.warning("the report waits for the next sweep, the broker does not answer: %s", fault)
