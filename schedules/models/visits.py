"""Visits: who goes where when, what the visit holds, who signed, and the frozen report."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models import Site
from portal.files.models import File
from schedules.enums import OPEN_VISITS, ItemOutcome, Party, SignatureOutcome, VisitStatus
from schedules.models.work import WorkOrder
from schedules.querysets import VisitQuerySet, VisitReportQuerySet
from tickets.models import Ticket


class Visit(models.Model):
    """States: planned -> confirmed -> in_progress -> signed, or cancelled. Changed by `schedules.actions` alone."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits", verbose_name=_("site"))
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits", verbose_name=_("technician")
    )
    status = models.CharField(_("status"), max_length=12, choices=VisitStatus, default=VisitStatus.PLANNED)
    status_reason = models.CharField(max_length=300, blank=True)  # why cancelled
    planned_start_at = models.DateTimeField(_("from"))
    planned_end_at = models.DateTimeField(_("until"))
    note = models.TextField(_("note for the technician"), max_length=2000, blank=True)
    # What the customer asks for instead of the planned time; empty once a new time was planned.
    other_time_wanted = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)  # arrived, by the device
    finished_at = models.DateTimeField(null=True)  # work done, by the device
    closed_at = models.DateTimeField(null=True)  # signed or cancelled

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_start_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(planned_end_at__gt=models.F("planned_start_at")), name="visit_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=VisitStatus.SIGNED)
                | models.Q(started_at__isnull=False, finished_at__isnull=False, closed_at__isnull=False),
                name="signed_visit_has_times",
            ),
        ]
        indexes = [
            models.Index(  # a technician's day, and whether two visits overlap
                fields=["technician", "planned_start_at"],
                condition=models.Q(status__in=OPEN_VISITS),
                name="visit_open_technician_idx",
            ),
            models.Index(fields=["site", "-planned_start_at"], name="visit_site_idx"),
            models.Index(fields=["-planned_start_at", "-id"], name="visit_newest_idx"),  # the list of all
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"V-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_VISITS


class VisitWork(models.Model):
    """A work order in a visit. While pending, no other visit can hold it."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="work")
    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="visit_work")
    position = models.PositiveSmallIntegerField(default=0)
    is_opening = models.BooleanField(default=False)  # the review and the backups that every visit begins with
    outcome = models.CharField(max_length=12, choices=ItemOutcome, default=ItemOutcome.PENDING)
    reason = models.CharField(max_length=300, blank=True)  # why it is carried over

    class Meta:
        ordering = ["visit", "-is_opening", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "work_order"], name="work_once_per_visit"),
            models.UniqueConstraint(
                fields=["work_order"],
                condition=models.Q(outcome=ItemOutcome.PENDING),
                name="work_held_by_one_visit",
            ),
        ]


class VisitTicket(models.Model):
    """A ticket that is looked at during a visit. While pending, no other visit can hold it."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="ticket_items")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="visit_items")
    outcome = models.CharField(max_length=12, choices=ItemOutcome, default=ItemOutcome.PENDING)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["visit", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "ticket"], name="ticket_once_per_visit"),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(outcome=ItemOutcome.PENDING),
                name="ticket_held_by_one_visit",
            ),
        ]


class VisitEvent(models.Model):
    """What happened to a visit; append-only."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)  # planned, confirmed, other_time, rescheduled, started, signed ...
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]


class Signature(models.Model):
    """How one party ended the visit: a drawn signature, or why there is none."""

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="signatures")
    party = models.CharField(max_length=10, choices=Party)
    outcome = models.CharField(max_length=8, choices=SignatureOutcome)
    name = models.CharField(_("name"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    image = models.OneToOneField(File, null=True, blank=True, on_delete=models.PROTECT, related_name="signature")
    signed_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["visit", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "party"], name="one_signature_per_party"),
            models.CheckConstraint(
                condition=models.Q(outcome=SignatureOutcome.SIGNED, image__isnull=False)
                | (~models.Q(outcome=SignatureOutcome.SIGNED) & models.Q(image__isnull=True) & ~models.Q(reason="")),
                name="signed_has_image_else_reason",
            ),
        ]


class VisitReport(models.Model):
    """The visit as it was when it was signed: `content` is written once and never changed."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="report")
    content = models.JSONField()
    created_at = models.DateTimeField()
    # When the file of it has to be made and mailed, or tried again; None = it is, or was given up.
    file_due_at = models.DateTimeField(null=True)
    file_attempts = models.PositiveSmallIntegerField(default=0)
    file_error = models.CharField(max_length=300, blank=True)  # why it was given up

    objects = VisitReportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(  # make_reports: what is due
                fields=["file_due_at"], condition=models.Q(file_due_at__isnull=False), name="report_file_due_idx"
            )
        ]


class ReportCorrection(models.Model):
    """What has to be said about a report afterwards; appended to it."""

    report = models.ForeignKey(VisitReport, on_delete=models.PROTECT, related_name="corrections")
    text = models.CharField(_("correction"), max_length=2000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "pk"]


class ReportFile(models.Model):
    """A PDF of the report: with no correction the one that was signed, later ones carry the corrections so far."""

    report = models.ForeignKey(VisitReport, on_delete=models.PROTECT, related_name="files")
    corrections = models.PositiveSmallIntegerField(default=0)  # how many it carries
    file = models.OneToOneField(File, on_delete=models.PROTECT, related_name="report_file")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["report", "corrections"]
        constraints = [models.UniqueConstraint(fields=["report", "corrections"], name="one_pdf_per_correction")]
