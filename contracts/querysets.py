"""The one door to the register: every page and route starts from `visible_to`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from contracts.enums import ContractState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

Row = TypeVar("Row", bound=models.Model, covariant=True)


class OfCustomers(models.QuerySet[Row]):
    """Rows that belong to a customer, found over `customer_path`.

    People of the VAR see all; a customer's people see their customers' rows; anybody else nothing.
    """

    customer_path = "customer"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_var:
            return self.all()
        mine = user.memberships.values("customer")
        return self.filter(**{f"{self.customer_path}__in": mine})

    def current(self) -> Self:
        """Not archived."""
        return self.filter(archived_at=None)


class ForTheVar(models.QuerySet[Row]):
    """Rows that only people of the VAR see: the catalogue, calendars, policies, plans."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.all() if user.is_authenticated and user.is_var else self.none()

    def current(self) -> Self:
        """Not archived."""
        return self.filter(archived_at=None)


class CustomerQuerySet(OfCustomers[Any]):
    customer_path = "pk"


class MembershipQuerySet(OfCustomers[Any]):
    pass


class MembershipManager(models.Manager.from_queryset(MembershipQuerySet)):  # type: ignore[misc]  # made at run time
    """Those who act for a customer: rights are asked here, so whoever has not agreed yet is left out."""

    def get_queryset(self) -> MembershipQuerySet:
        rows: MembershipQuerySet = super().get_queryset().filter(is_pending=False)
        return rows


class SiteQuerySet(OfCustomers[Any]):
    pass


class ContactQuerySet(OfCustomers[Any]):
    pass


class AssetQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"


class CalendarQuerySet(ForTheVar[Any]):
    pass


class ProductQuerySet(ForTheVar[Any]):
    pass


class ReleaseQuerySet(ForTheVar[Any]):
    pass


class SlaPolicyQuerySet(ForTheVar[Any]):
    pass


class PlanQuerySet(ForTheVar[Any]):
    pass


class ContractQuerySet(OfCustomers[Any]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A customer's people see their contracts once they are more than a draft."""
        rows = super().visible_to(user)
        if user.is_authenticated and user.is_var:
            return rows
        return rows.exclude(state=ContractState.DRAFT)

    def running(self) -> Self:
        return self.filter(state__in=[ContractState.ACTIVE, ContractState.SUSPENDED])

    def with_last_day(self) -> Self:
        """Adds `last_on`: the last day by the terms or an early end; None without terms."""
        # Grouped in a subquery of its own, so that other joins do not multiply the rows.
        terms = self.model.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
        last = Subquery(terms.annotate(last=Max("terms__until_on")).values("last"))
        # An early end lies before the last day of the terms.
        return self.annotate(last_on=Coalesce("ended_on", last))

    def unsettled(self, now: datetime) -> Self:
        """Running contracts whose dates may ask for another state; a few too many, whatever their zone."""
        tomorrow = now.date() + timedelta(days=1)
        return self.running().filter(
            Q(state=ContractState.SUSPENDED)
            | Q(ended_on__lte=tomorrow)
            | ~Q(terms__until_on__gt=tomorrow)
            | Q(pk__in=self.model.objects.filter(suspensions__from_on__lte=tomorrow).values("pk"))
        )


class CoveredAssetQuerySet(OfCustomers[Any]):
    customer_path = "contract__customer"

    def on(self, on: date) -> Self:
        """Listed on that day."""
        return self.filter(Q(until_on=None) | Q(until_on__gte=on), from_on__lte=on)

    def in_force(self, on: date) -> Self:
        """Covers whose contract answers on that day: no draft, within its terms, not suspended."""
        rests = Q(contract__suspensions__until_on=None) | Q(contract__suspensions__until_on__gte=on)
        resting = self.model.objects.filter(rests, contract__suspensions__from_on__lte=on)
        return (
            self.on(on)
            .filter(
                Q(contract__ended_on=None) | Q(contract__ended_on__gte=on),
                contract__terms__from_on__lte=on,
                contract__terms__until_on__gte=on,
            )
            .exclude(contract__state=ContractState.DRAFT)
            .exclude(pk__in=resting.values("pk"))
        )


class TimeEntryQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"


class PartUsedQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"


class DutyShiftQuerySet(ForTheVar[Any]):
    def at(self, now: datetime) -> Self:
        """The shift that holds at that instant, if any; served by duty_shift_idx."""
        return self.filter(starts_at__lte=now, ends_at__gt=now)


class AbsenceQuerySet(ForTheVar[Any]):
    def sharing(self, starts_at: datetime, ends_at: datetime) -> Self:
        """Absences that share time with the half-open span; served by absence_idx."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class PresenceQuerySet(OfCustomers[Any]):
    customer_path = "site__customer"


class GuestLinkQuerySet(OfCustomers[Any]):
    def holding(self, now: datetime) -> Self:
        """Neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=now)
