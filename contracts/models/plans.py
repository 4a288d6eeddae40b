"""SLA policies and plans: a header, and versions that are frozen once something points at them."""

from datetime import time

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import (
    Cadence,
    Decision,
    Frequency,
    NonworkingDay,
    Performer,
    ServiceMode,
    Severity,
    TargetClock,
    WorkKind,
)
from contracts.querysets import PlanQuerySet, SlaPolicyQuerySet
from contracts.worktime import MAX_TARGET_DAYS, MAX_TARGET_MINUTES

MAX_INTERVAL = 366  # periods between two dates of a procedure
_AT_MOST_MINUTES = MaxValueValidator(MAX_TARGET_MINUTES)
_AT_MOST_DAYS = MaxValueValidator(MAX_TARGET_DAYS)


class SlaPolicy(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    # Answers for tickets that no contract covers.
    is_default = models.BooleanField(_("default policy"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SlaPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_policy"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def current(self) -> "SlaPolicyVersion":
        return self.versions.latest("number")


class SlaPolicyVersion(models.Model):
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    pause_on = models.JSONField(default=list, blank=True)  # of waiting_customer, waiting_vendor, monitoring
    at_risk_share = models.DecimalField(max_digits=3, decimal_places=2, default="0.25")  # of the target left
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of an SLA policy")
        verbose_name_plural = _("versions of SLA policies")
        ordering = ["policy", "number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_number")]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class SlaTarget(models.Model):
    """One row per severity. Times are minutes or business days, never both; no resolution = no target."""

    version = models.ForeignKey(SlaPolicyVersion, on_delete=models.CASCADE, related_name="targets")
    severity = models.CharField(max_length=2, choices=Severity)
    response_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_MOST_MINUTES])
    response_business_days = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_MOST_DAYS])
    response_clock = models.CharField(max_length=16, choices=TargetClock)
    resolution_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_MOST_MINUTES])
    resolution_business_days = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_MOST_DAYS])
    resolution_clock = models.CharField(max_length=16, choices=TargetClock, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["severity"]
        constraints = [
            models.UniqueConstraint(fields=["version", "severity"], name="one_target_per_severity"),
            models.CheckConstraint(
                condition=models.Q(response_minutes__isnull=True) ^ models.Q(response_business_days__isnull=True),
                name="response_in_one_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(resolution_minutes__isnull=True) | models.Q(resolution_business_days__isnull=True),
                name="resolution_in_at_most_one_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.severity}"


class Plan(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def current(self) -> "PlanVersion":
        return self.versions.latest("number")


class PlanVersion(models.Model):
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    policy_version = models.ForeignKey(SlaPolicyVersion, on_delete=models.PROTECT, related_name="+")
    service_mode = models.CharField(_("service mode"), max_length=10, choices=ServiceMode)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a plan")
        verbose_name_plural = _("versions of plans")
        ordering = ["plan", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_plan_version_number")]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class PlanCoverage(models.Model):
    """What a kind of work costs the customer. A kind without a row is billable."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="coverage")
    work_kind = models.CharField(max_length=20, choices=WorkKind)
    decision = models.CharField(max_length=8, choices=Decision)
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)  # in the terms' currency
    clause = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("covered work")
        verbose_name_plural = _("covered work")
        ordering = ["work_kind"]
        constraints = [
            models.UniqueConstraint(fields=["version", "work_kind"], name="one_coverage_per_work_kind"),
            models.CheckConstraint(
                condition=~models.Q(decision=Decision.UP_TO) | models.Q(amount__isnull=False),
                name="up_to_has_amount",
            ),
        ]


class PlanProcedure(models.Model):
    """A procedure of the programme, by its slug, with its cadence under this plan."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="procedures")
    procedure_slug = models.SlugField(max_length=80)
    frequency = models.CharField(max_length=10, choices=Frequency)
    interval = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(MAX_INTERVAL)])
    due_time = models.TimeField(default=time(9))  # wall time at the site
    weekdays = models.JSONField(default=list, blank=True)  # ["mon", ...]; empty = by the anchor
    month_rule = models.JSONField(default=dict, blank=True)  # the API's shape; empty = by the anchor
    cadence = models.CharField(max_length=8, choices=Cadence, default=Cadence.FIXED)
    nonworking_day = models.CharField(max_length=8, choices=NonworkingDay, default=NonworkingDay.NEXT)
    performer = models.CharField(max_length=8, choices=Performer, default=Performer.VAR)

    class Meta:
        verbose_name = _("recurring work")
        verbose_name_plural = _("recurring work")
        ordering = ["version", "procedure_slug"]
        constraints = [
            models.UniqueConstraint(fields=["version", "procedure_slug"], name="one_cadence_per_procedure"),
        ]
