"""What work consumed: time and parts, each with what the contract said about it that day."""

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import Decision, TimeKind
from contracts.models.assets import Asset
from contracts.models.contracts import Contract
from contracts.models.customers import Site
from contracts.querysets import PartUsedQuerySet, TimeEntryQuerySet


class Consumption(models.Model):
    """Something used at a site. `source` is the number of what it was used for (V-12, TK-3), since that
    lives in a higher app. The decision and its sentence are those of the day and stay."""

    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True)  # made on the phone: sent twice is one row
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="%(class)s_rows", verbose_name=_("site"))
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)s_rows", verbose_name=_("asset")
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)s_rows"
    )
    source = models.CharField(max_length=20)
    source_label = models.CharField(max_length=160, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    coverage_decision = models.CharField(max_length=8, choices=Decision)
    coverage_sentence = models.CharField(max_length=400, blank=True)
    used_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True


class TimeEntry(Consumption):
    """Minutes that a person of the VAR spent; `used_at` is when they began."""

    kind = models.CharField(_("kind"), max_length=8, choices=TimeKind, default=TimeKind.LABOUR)
    minutes = models.PositiveIntegerField(_("minutes"), validators=[MinValueValidator(1)])

    objects = TimeEntryQuerySet.as_manager()

    class Meta:
        ordering = ["used_at", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(minutes__gt=0), name="time_entry_has_minutes")]
        indexes = [
            models.Index(fields=["source"], name="time_entry_source_idx"),  # what a visit or ticket took
            models.Index(fields=["site", "-used_at"], name="time_entry_site_idx"),
        ]


class PartUsed(Consumption):
    """A part that was built in or handed over; `used_at` is when."""

    name = models.CharField(_("part"), max_length=160)
    part_number = models.CharField(_("part number"), max_length=80, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=80, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1, validators=[MinValueValidator(1)])

    objects = PartUsedQuerySet.as_manager()

    class Meta:
        ordering = ["used_at", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="part_used_has_quantity")]
        indexes = [
            models.Index(fields=["source"], name="part_used_source_idx"),
            models.Index(fields=["site", "-used_at"], name="part_used_site_idx"),
        ]
