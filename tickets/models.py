"""Faults and requests: the ticket, its append-only events, its alerts."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.enums import Decision, Severity
from contracts.models import Asset, CalendarVersion, Contract, Customer, Site, SlaPolicyVersion
from tickets.enums import (
    OPEN_STATES,
    AlertKind,
    Category,
    Clock,
    EventKind,
    Impact,
    TicketSource,
    TicketState,
    Urgency,
)
from tickets.querysets import TicketEventQuerySet, TicketQuerySet


class Ticket(models.Model):
    """Changed by `tickets.actions` alone; its clock columns are derived from its events there."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("customer"))
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("site")
    )
    asset = models.ForeignKey(
        Asset,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("asset"),
    )
    category = models.CharField(_("category"), max_length=16, choices=Category, default=Category.FAULT)
    summary = models.CharField(_("summary"), max_length=200)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    impact = models.CharField(_("how many are affected"), max_length=12, choices=Impact)
    urgency = models.CharField(_("how bad is it"), max_length=8, choices=Urgency)
    severity = models.CharField(_("severity"), max_length=2, choices=Severity)
    state = models.CharField(_("state"), max_length=18, choices=TicketState, default=TicketState.NEW)
    source = models.CharField(max_length=8, choices=TicketSource)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets",
        verbose_name=_("assignee"),
    )

    # Decided at the opening and kept: a later edit of calendar, policy or contract does not move a deadline.
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets")
    policy_version = models.ForeignKey(SlaPolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    coverage_decision = models.CharField(max_length=8, choices=Decision)
    coverage_sentence = models.CharField(max_length=400)

    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    guest_name = models.CharField(max_length=120, blank=True)  # who opened it by a link, without an account
    client_uuid = models.UUIDField(null=True)  # of the form that was sent: the same one again is the same ticket
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cycle = models.PositiveSmallIntegerField(default=0)  # how often it was reopened or its severity changed

    # Derived from the events by tickets.clock and written with each of them (tickets.actions.derivation).
    response_due_at = models.DateTimeField(null=True)
    response_at_risk_at = models.DateTimeField(null=True)  # only while the clock runs towards a target
    response_breached_at = models.DateTimeField(null=True)
    response_met = models.BooleanField(null=True)
    resolution_due_at = models.DateTimeField(null=True)  # of a paused clock: as of the beginning of the pause
    resolution_at_risk_at = models.DateTimeField(null=True)
    resolution_breached_at = models.DateTimeField(null=True)
    resolution_met = models.BooleanField(null=True)
    resolution_seconds = models.PositiveIntegerField(null=True)  # its own time without pauses; only once resolved
    next_alert_at = models.DateTimeField(null=True)  # when a clock next becomes at risk or breaches

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "client_uuid"], name="one_ticket_per_form"),
        ]
        indexes = [
            models.Index(  # raise_alerts
                fields=["next_alert_at"],
                condition=models.Q(next_alert_at__isnull=False),
                name="ticket_alert_idx",
            ),
            models.Index(  # every list of what is open
                fields=["opened_at"], condition=models.Q(state__in=OPEN_STATES), name="ticket_open_idx"
            ),
            models.Index(fields=["customer", "-opened_at"], name="ticket_customer_idx"),  # the customer's page
            models.Index(fields=["-opened_at"], name="ticket_newest_idx"),  # the list
            # Attainment of a period: where a clock stopped, and where it was missed.
            models.Index(fields=["acknowledged_at"], name="ticket_acknowledged_idx"),
            models.Index(fields=["resolved_at"], name="ticket_resolved_idx"),
            models.Index(
                fields=["response_breached_at"],
                condition=models.Q(response_breached_at__isnull=False),
                name="ticket_response_missed_idx",
            ),
            models.Index(
                fields=["resolution_breached_at"],
                condition=models.Q(resolution_breached_at__isnull=False),
                name="ticket_resolution_missed_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.summary}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket_detail", args=[self.number])

    @property
    def number(self) -> str:
        return f"TK-{self.pk}"

    @property
    def zone(self) -> str:
        """Where it is: its site's zone, or that of its working hours."""
        return self.site.timezone if self.site else self.calendar_version.timezone

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class TicketEvent(models.Model):
    """What happened, when (`at`) and when the portal learned it (`recorded_at`); append-only."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=18, choices=EventKind)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    is_public = models.BooleanField(default=True)  # whether the customer sees it
    data = models.JSONField(default=dict)  # by kind: severity, assignee, clock, ...

    objects = TicketEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["ticket", "at"], name="ticket_event_idx")]


class Comment(models.Model):
    """The words of an event, apart from it so that they can be redacted while the event stays."""

    event = models.OneToOneField(TicketEvent, on_delete=models.CASCADE, related_name="comment")
    body = models.TextField(_("comment"), max_length=10_000)
    redacted_at = models.DateTimeField(null=True)


class Alert(models.Model):
    """A warning or breach that was told; the constraint lets each be claimed once."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="alerts")
    clock = models.CharField(max_length=10, choices=Clock)
    cycle = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=AlertKind)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "clock", "cycle", "kind"], name="one_alert_per_clock_cycle_kind")
        ]
