"""The one door to work, evidence and changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db.models import F, OuterRef, Subquery

from contracts.models import CalendarVersion, GuestLink
from contracts.querysets import ForTheVar, OfCustomers
from schedules.enums import OPEN_STATUSES, OPEN_VISITS, ScheduleState, WorkStatus


class ProcedureQuerySet(ForTheVar[Any]):
    pass


class ScheduleQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"

    def due(self, now: datetime) -> Self:
        """Active schedules whose next release instant has passed; served by schedule_due_idx."""
        return self.filter(state=ScheduleState.ACTIVE, next_release_at__lte=now).order_by("next_release_at", "pk")

    def behind_their_site(self) -> Self:
        """Schedules whose site got another zone, calendar or version of it since they were looked at."""
        versions = CalendarVersion.objects.filter(calendar=OuterRef("site__calendar")).order_by("-number")
        rows = self.exclude(state=ScheduleState.ENDED).annotate(newest=Subquery(versions.values("pk")[:1]))
        return rows.exclude(timezone=F("site__timezone"), calendar_version=F("newest"))


class WorkOrderQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"

    def open(self) -> Self:
        return self.filter(status__in=OPEN_STATUSES)

    def overdue(self, now: datetime) -> Self:
        """Open although the due instant has passed."""
        return self.open().filter(due_at__lt=now)

    def lapsed(self, now: datetime) -> Self:
        """Untouched and superseded by now; served by work_lapse_idx."""
        return self.filter(status=WorkStatus.DUE, lapses_at__lte=now)

    def actionable(self, now: datetime) -> Self:
        """Open work whose window has opened: what a technician can do now."""
        return self.open().filter(window_opens_at__lte=now)


class TargetQuerySet(OfCustomers[Any]):
    customer_path = "work_order__site__customer"


class ReadingQuerySet(OfCustomers[Any]):
    customer_path = "asset__site__customer"


class BackupQuerySet(OfCustomers[Any]):
    customer_path = "asset__site__customer"


class BaselineQuerySet(OfCustomers[Any]):
    customer_path = "asset__site__customer"


class ChangeEventQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"


class VisitQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"

    def behind(self, link: GuestLink) -> Self:
        """The one visit that a guest's link is about."""
        return self.filter(site__customer=link.customer_id, pk=_key_in(link.subject, "V-"))

    def open(self) -> Self:
        return self.filter(status__in=OPEN_VISITS)

    def overlapping(self, technician: Any, starts_at: datetime, ends_at: datetime) -> Self:
        """Open visits of that person that share time with the half-open span; served by visit_open_technician_idx."""
        return self.open().filter(technician=technician, planned_start_at__lt=ends_at, planned_end_at__gt=starts_at)


class VisitReportQuerySet(OfCustomers[Any]):
    customer_path = "visit__site__customer"

    def behind(self, link: GuestLink) -> Self:
        """The report of the one visit that a guest's link is about."""
        return self.filter(visit__site__customer=link.customer_id, visit=_key_in(link.subject, "V-"))

    def due(self, now: datetime) -> Self:
        """Reports whose file has to be made now; served by report_file_due_idx."""
        return self.filter(file_due_at__lte=now).order_by("file_due_at", "pk")


def _key_in(number: str, prefix: str) -> int:
    """The key of the row with that number; 0, which no row has, where it is no such number."""
    digits = number.removeprefix(prefix)
    return int(digits) if number.startswith(prefix) and digits.isascii() and digits.isdigit() else 0
