"""Schedules, and the work orders they or a change make."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import Cadence, Decision, Frequency, NonworkingDay, Performer
from contracts.models import Asset, CalendarVersion, Contract, Site
from schedules.enums import OPEN_STATUSES, ScheduleState, WorkStatus
from schedules.models.procedures import Procedure, ProcedureVersion
from schedules.querysets import ScheduleQuerySet, TargetQuerySet, WorkOrderQuerySet


class Schedule(models.Model):
    """One procedure at one site under one contract. Kept in step with the contract by `schedules.actions`.

    Frequency to performer are what the contract's terms say for the next date, or said for the last.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="schedules")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="schedules")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="schedules")
    frequency = models.CharField(max_length=10, choices=Frequency)
    interval = models.PositiveSmallIntegerField(default=1)
    anchor_on = models.DateField()
    due_time = models.TimeField()  # wall time at the site
    timezone = models.CharField(max_length=64)  # the site's
    weekdays = models.JSONField(default=list, blank=True)
    month_rule = models.JSONField(default=dict, blank=True)
    cadence = models.CharField(max_length=8, choices=Cadence, default=Cadence.FIXED)
    nonworking_day = models.CharField(max_length=8, choices=NonworkingDay)
    performer = models.CharField(max_length=8, choices=Performer, default=Performer.VAR)
    # The site's, when it was looked at last: a newer one tells that the dates have to be looked at again.
    calendar_version = models.ForeignKey(CalendarVersion, null=True, on_delete=models.PROTECT, related_name="+")
    # Since when the columns above hold; older work was derived from others.
    defined_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ScheduleState, default=ScheduleState.ACTIVE)
    # The next nominal date within bounds and the instant its work is inserted; None = nothing lies ahead.
    next_nominal_on = models.DateField(null=True)
    next_release_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)  # why it was set aside
    # The newest date that the customer had missed when we were told of it; None = never told.
    missed_told_on = models.DateField(null=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "site", "procedure"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "site", "procedure"], name="one_schedule_per_site_procedure"),
            models.CheckConstraint(
                condition=models.Q(next_release_at__isnull=True) | models.Q(next_nominal_on__isnull=False),
                name="release_has_nominal_date",
            ),
        ]
        indexes = [
            models.Index(  # a tick's one query: which schedules are due
                fields=["next_release_at"],
                condition=models.Q(state=ScheduleState.ACTIVE),
                name="schedule_due_idx",
            ),
            models.Index(  # tell_missed_tasks, and the manager's home: the work that customers do
                fields=["site"],
                condition=models.Q(state=ScheduleState.ACTIVE, performer=Performer.CUSTOMER),
                name="schedule_customer_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} – {self.site}"


class WorkOrder(models.Model):
    """Work to be done at a site, from a schedule's nominal date or from a change."""

    schedule = models.ForeignKey(Schedule, null=True, blank=True, on_delete=models.PROTECT, related_name="work_orders")
    nominal_on = models.DateField(null=True, blank=True)
    procedure_version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="work_orders")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="work_orders")
    asset = models.ForeignKey(  # the one asset that a change concerns; None = all covered ones of the site
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="work_orders"
    )
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="work_orders")
    status = models.CharField(_("status"), max_length=12, choices=WorkStatus, default=WorkStatus.DUE)
    status_reason = models.CharField(max_length=300, blank=True)  # why missed, skipped or cancelled
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="work_orders",
        verbose_name=_("assignee"),
    )
    performer = models.CharField(max_length=8, choices=Performer, default=Performer.VAR)
    window_opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    window_closes_at = models.DateTimeField()
    # When the next date of the schedule falls due and makes this one missed, if nobody began; None = never.
    lapses_at = models.DateTimeField(null=True)
    # The change happened before it was reported: the steps of the phase `before` cannot be done any more.
    before_impossible = models.BooleanField(default=False)
    coverage_decision = models.CharField(max_length=8, choices=Decision, default=Decision.COVERED)
    coverage_sentence = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)  # when the person finished, by the device
    closed_at = models.DateTimeField(null=True)  # the instant of done, missed, skipped or cancelled
    excused_at = models.DateTimeField(null=True)  # a manager's word: missed or skipped does not count

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "nominal_on"],
                condition=models.Q(schedule__isnull=False),
                name="one_work_order_per_nominal_date",
            ),
            models.CheckConstraint(
                condition=models.Q(schedule__isnull=True) | models.Q(nominal_on__isnull=False),
                name="scheduled_work_has_nominal_date",
            ),
            models.CheckConstraint(
                condition=models.Q(window_opens_at__lte=models.F("due_at"))
                & models.Q(window_closes_at__gte=models.F("due_at")),
                name="window_encloses_due",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=WorkStatus.DONE) | models.Q(finished_at__isnull=False),
                name="done_work_has_finish",
            ),
        ]
        indexes = [
            models.Index(  # today, overdue, the open work of a person or site
                fields=["due_at"], condition=models.Q(status__in=OPEN_STATUSES), name="work_open_idx"
            ),
            models.Index(
                fields=["site", "due_at"],
                condition=models.Q(status__in=OPEN_STATUSES),
                name="work_open_site_idx",
            ),
            models.Index(  # generate_work: what is superseded by now
                fields=["lapses_at"],
                condition=models.Q(status=WorkStatus.DUE, lapses_at__isnull=False),
                name="work_lapse_idx",
            ),
            models.Index(fields=["window_closes_at"], name="work_window_idx"),  # PM compliance of a period
            models.Index(fields=["site", "-due_at"], name="work_site_idx"),  # lists of a site or customer
            models.Index(fields=["-due_at"], name="work_due_idx"),  # the list of all
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"WO-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def was_on_time(self) -> bool:
        """Finished inside its window, both ends included."""
        return self.finished_at is not None and self.window_opens_at <= self.finished_at <= self.window_closes_at


class Target(models.Model):
    """What steps apply to: one row per asset, and one without for the steps done once. Fixed when work starts."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="targets")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="targets")

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["work_order", "asset"]
        constraints = [
            models.UniqueConstraint(fields=["work_order", "asset"], name="one_target_per_asset"),
            models.UniqueConstraint(
                fields=["work_order"], condition=models.Q(asset__isnull=True), name="one_target_for_the_order"
            ),
        ]


class WorkOrderEvent(models.Model):
    """What happened to a work order; append-only."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16)  # assigned, started, completed, missed, skipped, cancelled, reinstated ...
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]


class GenerationRun(models.Model):
    """One batch of the generator: what it did, for the page that a manager looks at when work is missing."""

    at = models.DateTimeField(db_index=True)
    claimed = models.PositiveIntegerField(default=0)  # schedules
    created = models.PositiveIntegerField(default=0)  # work orders
    missed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)  # schedules set aside

    class Meta:
        ordering = ["-at", "-pk"]
