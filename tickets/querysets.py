"""The one door to tickets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from contracts.querysets import OfCustomers
from tickets.enums import OPEN_STATES

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class TicketQuerySet(OfCustomers[Any]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def alerting(self, now: datetime) -> Self:
        """Tickets with a clock that has become at risk or breached; served by ticket_alert_idx.

        At the instant itself a clock is neither yet.
        """
        return self.filter(next_alert_at__lt=now).order_by("next_alert_at")

    def at_risk(self, now: datetime) -> Self:
        """Open tickets with a clock that has little of its target left, but has not missed it."""
        response = Q(response_at_risk_at__lt=now, response_due_at__gte=now, response_breached_at=None)
        resolution = Q(resolution_at_risk_at__lt=now, resolution_due_at__gte=now, resolution_breached_at=None)
        return self.open().filter(response | resolution)

    def missed(self) -> Self:
        """Tickets that missed a target, whether or not they are solved by now."""
        return self.filter(Q(response_breached_at__isnull=False) | Q(resolution_breached_at__isnull=False))

    def with_zone(self) -> Self:
        """Brings what `Ticket.zone` reads, without the whole calendar."""
        hours = (f"calendar_version__{column}" for column in ("hours", "holidays", "exceptions"))
        return self.select_related("site", "calendar_version").defer(*hours)

    def unassigned(self) -> Self:
        return self.open().filter(assignee=None)


class TicketEventQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All to the VAR; to a customer's people what is public on their own tickets."""
        if user.is_authenticated and user.is_var:
            return self.all()
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(Q(ticket__customer__in=user.memberships.values("customer")), is_public=True)
