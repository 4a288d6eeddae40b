"""The one door to work, evidence and changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from contracts.enums import Performer
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

    def by_customers(self) -> Self:
        """Active schedules whose work the customer does; served by schedule_customer_idx."""
        return self.filter(state=ScheduleState.ACTIVE, performer=Performer.CUSTOMER)

    def newly_missed(self, told_after: int) -> Self:
        """Those that may have a streak of which nobody was told: their newest date and the n-th newest were
        missed, and since the one that was told of, something was done. `missed_streak` decides."""
        counted = _counted().order_by("-nominal_on")  # by one_work_order_per_nominal_date
        newest, nth = (Subquery(counted.values("status")[n : n + 1]) for n in (0, told_after - 1))
        rows = self.by_customers().alias(newest=newest, nth=nth)
        return rows.filter(newest=WorkStatus.MISSED, nth=WorkStatus.MISSED).exclude(_told_and_not_done())

    def told_and_still_missed(self) -> Self:
        """Those of which we were told, and where nothing has been done since."""
        newest = Subquery(_counted().order_by("-nominal_on").values("status")[:1])
        return self.by_customers().alias(newest=newest).filter(_told_and_not_done(), newest=WorkStatus.MISSED)


def _counted() -> QuerySet[Any]:
    """The customer's work of the schedule at hand that ends a streak of missed dates or adds to it."""
    ends = [WorkStatus.DONE, WorkStatus.IN_PROGRESS]
    rows = apps.get_model("schedules", "WorkOrder").objects.filter(schedule=OuterRef("pk"))
    rows = rows.filter(performer=Performer.CUSTOMER)
    return rows.filter(Q(status__in=ends) | Q(status=WorkStatus.MISSED, excused_at=None))


def _told_and_not_done() -> Q:
    done = _counted().filter(nominal_on__gt=OuterRef("missed_told_on")).exclude(status=WorkStatus.MISSED)
    return Q(~Exists(done), missed_told_on__isnull=False)


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

    def behind(self, link: GuestLink) -> Self:
        """The one check of the customer that a guest's link is about, while it is the customer's to do."""
        mine = self.filter(performer=Performer.CUSTOMER, procedure_version__procedure__customer_may=True)
        return mine.filter(site__customer=link.customer_id, pk=_key_in(link.subject, "WO-"))


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
