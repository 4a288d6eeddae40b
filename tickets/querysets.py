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
        """Tickets with a clock that has become at risk or breached; served by ticket_alert_idx."""
        return self.filter(next_alert_at__lte=now).order_by("next_alert_at")


class TicketEventQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All to the VAR; to a customer's people what is public on their own tickets."""
        if user.is_authenticated and user.is_var:
            return self.all()
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(Q(ticket__customer__in=user.memberships.values("customer")), is_public=True)
