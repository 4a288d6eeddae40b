"""What was found: answers, photos, readings, backups. Append-only."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models import Asset, AssetCapacity
from portal.files.models import File
from schedules.enums import Metric, Outcome, ReadingSource
from schedules.models.procedures import Step
from schedules.models.work import Target
from schedules.querysets import BackupQuerySet, BaselineQuerySet, ReadingQuerySet
from tickets.models import Ticket


class Answer(models.Model):
    """An answer to a step for a target. A later one (by made_at, then by key) takes its place; both stay."""

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True)  # made on the phone: sent twice is one answer
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="answers")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="answers")
    outcome = models.CharField(max_length=4, choices=Outcome)
    value = models.FloatField(null=True, blank=True)  # readings, in the step's unit
    text = models.CharField(max_length=2000, blank=True)  # text steps, the choice's value, the version, the location
    sha256 = models.CharField(max_length=64, blank=True)  # of a backup, 64 hex digits in lower case
    note = models.TextField(max_length=2000, blank=True)  # on a failure: the reason
    made_at = models.DateTimeField()  # by the device
    recorded_at = models.DateTimeField()  # by the server
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers")

    class Meta:
        ordering = ["made_at", "pk"]
        indexes = [models.Index(fields=["target", "step", "made_at"], name="answer_step_idx")]


class AnswerPhoto(models.Model):
    """A photo at a step; appended, whatever the answer says."""

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="photos")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="photos")
    file = models.OneToOneField(File, on_delete=models.PROTECT, related_name="answer_photo")
    made_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["made_at", "pk"]


class Reading(models.Model):
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="readings", verbose_name=_("asset"))
    metric = models.CharField(_("metric"), max_length=24, choices=Metric)
    value = models.FloatField(_("value"))
    taken_at = models.DateTimeField(_("taken at"))
    source = models.CharField(_("source"), max_length=8, choices=ReadingSource)
    answer = models.OneToOneField(Answer, null=True, blank=True, on_delete=models.CASCADE, related_name="reading")
    recorded_at = models.DateTimeField()

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        indexes = [
            models.Index(fields=["asset", "metric", "-taken_at"], name="reading_series_idx"),  # last value, trend
            models.Index(fields=["-taken_at", "-id"], name="reading_cursor_idx"),  # the API's cursor
        ]


class Backup(models.Model):
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="backups", verbose_name=_("asset"))
    taken_at = models.DateTimeField(_("taken at"))
    size_bytes = models.PositiveBigIntegerField(_("size (bytes)"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    location = models.CharField(_("where it lies"), max_length=500)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    answer = models.OneToOneField(Answer, null=True, blank=True, on_delete=models.CASCADE, related_name="backup")
    recorded_at = models.DateTimeField()

    objects = BackupQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        indexes = [models.Index(fields=["asset", "-taken_at"], name="backup_series_idx")]


class CapacityEntry(models.Model):
    """A capacity that an answer gave to an asset; deleted with it when the answer no longer counts."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="capacity_entry")
    capacity = models.ForeignKey(AssetCapacity, on_delete=models.CASCADE, related_name="entries")
    replaced_value = models.PositiveIntegerField(null=True)  # what stood there for that day; None = nothing
    recorded_at = models.DateTimeField()


class Baseline(models.Model):
    """A manager's figure in place of the asset's first readings. The newest counts, until the site moves."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="baselines", verbose_name=_("asset"))
    metric = models.CharField(_("metric"), max_length=24, choices=Metric)
    value = models.FloatField(_("value"))
    reason = models.CharField(_("reason"), max_length=300)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = BaselineQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        indexes = [models.Index(fields=["asset", "metric", "-set_at"], name="baseline_series_idx")]
