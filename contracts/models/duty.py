"""When people of the VAR are there: duty on call, presence of a resident technician, absences."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.contracts import Contract
from contracts.models.customers import Site
from contracts.querysets import AbsenceQuerySet, DutyShiftQuerySet, PresenceQuerySet

_ENDS_AFTER_START = models.Q(ends_at__gt=models.F("starts_at"))


class DutyShift(models.Model):
    """From an instant until an instant (half-open) this person answers urgent calls. Shifts never overlap."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="duty_shifts", verbose_name=_("person")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    phone = models.CharField(_("reached at"), max_length=40, blank=True)
    created_at = models.DateTimeField()

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=_ENDS_AFTER_START, name="shift_ends_after_start"),
            models.UniqueConstraint(fields=["starts_at"], name="one_shift_per_start"),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="duty_shift_idx")]  # who is on duty at an instant


class Absence(models.Model):
    """From an instant until an instant (half-open) this person plans no visit and has no duty."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences", verbose_name=_("person")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=160, blank=True)
    created_at = models.DateTimeField()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=_ENDS_AFTER_START, name="absence_ends_after_start")]
        indexes = [models.Index(fields=["user", "ends_at"], name="absence_idx")]  # does a visit or shift fall into one


class Presence(models.Model):
    """Weekly hours of a resident technician at a site, in the site's zone, from a day until a day (inclusive)."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="presences")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="presences", verbose_name=_("site"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="presences", verbose_name=_("person")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"))  # 0 is Monday
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"), null=True, blank=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "site", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="presence_ends_after_start"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="presence_weekday"),
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="presence_last_day_after_first",
            ),
        ]
