"""Changes at a customer, the rules they meet, and why each rule fired or did not."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models import Asset, Site
from schedules.enums import ChangeKind, ChangeSource, RuleCondition
from schedules.models.procedures import Procedure, text_in_language
from schedules.models.work import WorkOrder
from schedules.querysets import ChangeEventQuerySet


class ChangeEvent(models.Model):
    kind = models.CharField(_("what changes"), max_length=20, choices=ChangeKind)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="change_events", verbose_name=_("site"))
    asset = models.ForeignKey(
        Asset,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="change_events",
        verbose_name=_("asset"),
    )
    occurs_at = models.DateTimeField(_("when"))  # may lie ahead
    details = models.JSONField(default=dict, blank=True)  # typed by kind, see schedules.change_details
    external_id = models.CharField(max_length=120, blank=True)
    # What makes two reports the same change: the sender's id, or kind, subject, day and details.
    fingerprint = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=8, choices=ChangeSource)
    significant = models.BooleanField(default=True)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    guest_name = models.CharField(max_length=120, blank=True)  # who reported it by a link, without an account
    times_reported = models.PositiveIntegerField(default=1)
    # A relocation: when the site moved, and its facts before and after; None = not yet.
    applied_at = models.DateTimeField(null=True)
    applied = models.JSONField(default=dict, blank=True)  # {"before": {field: value}, "after": {...}}

    objects = ChangeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-occurs_at", "-pk"]
        indexes = [models.Index(fields=["site", "-occurs_at"], name="change_site_idx")]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"

    @property
    def number(self) -> str:
        return f"CE-{self.pk}"


class ReactiveRule(models.Model):
    """Opens a checklist, and a series of follow-ups, when a kind of change is recorded."""

    kind = models.CharField(max_length=20, choices=ChangeKind)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="rules")
    condition = models.CharField(max_length=12, choices=RuleCondition, default=RuleCondition.ALWAYS)
    follow_ups = models.JSONField(default=list, blank=True)  # [{"procedure": slug, "days": [1, 3, 7]}]
    texts = models.JSONField(default=dict)  # {"reason": {"en": ...}}
    is_active = models.BooleanField(default=True)
    shipped_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("rule for a change")
        verbose_name_plural = _("rules for changes")
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "procedure"], name="one_rule_per_kind_procedure")]

    @property
    def reason(self) -> str:
        return text_in_language(self.texts.get("reason", {}))


class Firing(models.Model):
    """A rule that looked at an event: the work order it opened and why, or why it opened none."""

    event = models.ForeignKey(ChangeEvent, on_delete=models.CASCADE, related_name="firings")
    rule = models.ForeignKey(ReactiveRule, on_delete=models.PROTECT, related_name="firings")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="+")
    follow_up_day = models.PositiveSmallIntegerField(default=0)  # 0 = the checklist itself
    work_order = models.OneToOneField(WorkOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="firing")
    reason = models.CharField(max_length=400)

    class Meta:
        ordering = ["event", "follow_up_day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "rule", "procedure", "follow_up_day"], name="one_firing_per_rule_and_day"
            )
        ]
