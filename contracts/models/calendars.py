"""Business calendars: a header, and versions that are frozen once something points at them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.querysets import CalendarQuerySet
from contracts.worktime import WorkCalendar
from portal.accounts.zones import validate_timezone


class BusinessCalendar(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_default = models.BooleanField(_("default calendar"), default=False)
    # Where its public holidays come from; empty = only the dates entered by hand.
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, such as NL."))
    subdivision = models.CharField(_("subdivision"), max_length=10, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_calendar"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def current(self) -> "CalendarVersion":
        """The newest version. Raises CalendarVersion.DoesNotExist on a header without one."""
        return self.versions.latest("number")


class CalendarVersion(models.Model):
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    timezone = models.CharField(_("time zone"), max_length=64, validators=[validate_timezone])
    # The three in the API's shape; `contracts.worktime.WorkCalendar.parse` is their judge.
    hours = models.JSONField(_("opening hours"), default=dict)
    holidays = models.JSONField(_("holidays"), default=list, blank=True)
    exceptions = models.JSONField(_("exceptions"), default=dict, blank=True)
    holidays_until = models.DateField(null=True, blank=True)  # the last day for which dates were filled in
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("version of a calendar")
        verbose_name_plural = _("versions of calendars")
        ordering = ["calendar", "number"]
        constraints = [models.UniqueConstraint(fields=["calendar", "number"], name="one_calendar_version_number")]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.number}"

    def work_calendar(self) -> WorkCalendar:
        """The calculation over this version."""
        return WorkCalendar.parse(self.timezone, self.hours, self.holidays, self.exceptions)
