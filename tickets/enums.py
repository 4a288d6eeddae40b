"""Choices of tickets. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    USER_QUESTION = "user_question", _("Question of a user")
    FAULT = "fault", _("Fault")
    CONFIGURATION = "configuration", _("Technical configuration")
    PRODUCT_DEFECT = "product_defect", _("Possible product defect")
    OUTAGE = "outage", _("Outage")


class Impact(models.TextChoices):
    """The share of the customer's environment that is affected."""

    WIDESPREAD = "widespread", _("Nearly everybody (over 75 %)")
    LARGE = "large", _("More than half (over 50 %)")
    LOCALISED = "localised", _("A part (25 to 50 %)")
    INDIVIDUAL = "individual", _("A few people (under 25 %)")


class Urgency(models.TextChoices):
    CRITICAL = "critical", _("No calling at all, and no fallback")
    HIGH = "high", _("Calling works badly")
    MEDIUM = "medium", _("Another function is down")
    LOW = "low", _("Another function works badly, or a question")


class TicketState(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING_CUSTOMER = "waiting_customer", _("Waiting for the customer")
    WAITING_VENDOR = "waiting_vendor", _("Waiting for the vendor")
    MONITORING = "monitoring", _("Watching that it stays well")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class TicketSource(models.TextChoices):
    PORTAL = "portal", _("Customer's page")
    STAFF = "staff", _("Our staff")
    API = "api", _("API")
    STEP = "step", _("Failed step")


class EventKind(models.TextChoices):
    OPENED = "opened", _("Opened")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ASSIGNED = "assigned", _("Assigned")
    COMMENTED = "commented", _("Comment")
    EDITED = "edited", _("Corrected")
    WAITING_CUSTOMER = "waiting_customer", _("Waiting for the customer")
    WAITING_VENDOR = "waiting_vendor", _("Waiting for the vendor")
    MONITORING = "monitoring", _("Monitoring")
    RESUMED = "resumed", _("Resumed")
    SEVERITY_CHANGED = "severity_changed", _("Severity changed")
    RESOLVED = "resolved", _("Resolved")
    REOPENED = "reopened", _("Reopened")
    CLOSED = "closed", _("Closed")
    AT_RISK = "at_risk", _("At risk")
    BREACHED = "breached", _("Target missed")


class Clock(models.TextChoices):
    RESPONSE = "response", _("First response")
    RESOLUTION = "resolution", _("Resolution")


class AlertKind(models.TextChoices):
    AT_RISK = "at_risk", _("At risk")
    BREACHED = "breached", _("Missed")


OPEN_STATES = (
    TicketState.NEW,
    TicketState.OPEN,
    TicketState.WAITING_CUSTOMER,
    TicketState.WAITING_VENDOR,
    TicketState.MONITORING,
)
WAITING_STATES = (TicketState.WAITING_CUSTOMER, TicketState.WAITING_VENDOR, TicketState.MONITORING)
# What the SLA clock reads; the other kinds tell people, not the clock.
CLOCK_KINDS = (
    EventKind.OPENED,
    EventKind.ACKNOWLEDGED,
    EventKind.WAITING_CUSTOMER,
    EventKind.WAITING_VENDOR,
    EventKind.MONITORING,
    EventKind.RESUMED,
    EventKind.SEVERITY_CHANGED,
    EventKind.RESOLVED,
    EventKind.REOPENED,
)
