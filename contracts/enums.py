"""Choices of the register and the contracts. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomerRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    CONTACT = "contact", _("Contact")
    VIEWER = "viewer", _("Viewer")


class ProductKind(models.TextChoices):
    SYSTEM = "system", _("Phone system")
    SERVER = "server", _("Server")
    APPLICATION = "application", _("Application")
    GATEWAY = "gateway", _("Gateway")
    SESSION_BORDER_CONTROLLER = "session_border_controller", _("Session border controller")
    SWITCH = "switch", _("Network switch")
    PHONE = "phone", _("Phone")
    OTHER = "other", _("Other")


class ReleaseLevel(models.TextChoices):
    """How far a release is behind the newest, as vendors count: n is the newest."""

    NEWEST = "n", _("n (newest)")
    PREVIOUS = "n-1", _("n-1")
    OLD = "n-2", _("n-2 (has to go)")


class Region(models.TextChoices):
    """The vendor's regions, which decide its maintenance windows."""

    AMER = "AMER", _("Americas")
    APJC = "APJC", _("Asia-Pacific, Japan, China")
    AUS = "AUS", _("Australia")
    EMEA = "EMEA", _("Europe, Middle East, Africa")


class WorkKind(models.TextChoices):
    """Kinds of work a contract decides about, each apart."""

    INSPECTION = "inspection", _("Periodic inspection")
    BACKUP = "backup", _("Backup")
    VOICEMAIL = "voicemail", _("Voicemail check")
    EVENT_LOGS = "event_logs", _("Event log review")
    FIRMWARE = "firmware", _("Firmware upgrade")
    SOFTWARE_UPGRADE = "software_upgrade", _("Software version upgrade")
    PERFORMANCE = "performance", _("Performance review")
    TROUBLESHOOTING = "troubleshooting", _("Troubleshooting")
    CHANGE = "change", _("Change")
    ADDITIONS = "additions", _("Addition of users or features")
    ADVICE = "advice", _("Advice")
    TRAINING = "training", _("Training")
    PARTS = "parts", _("Replacement parts")


class Decision(models.TextChoices):
    COVERED = "covered", _("Covered")
    UP_TO = "up_to", _("Covered up to an amount")
    BILLABLE = "billable", _("Billable")


class ServiceMode(models.TextChoices):
    RESIDENT = "resident", _("Resident technician")
    PERIODIC = "periodic", _("Periodic visits")
    ON_CALL = "on_call", _("On call")


class Severity(models.TextChoices):
    S1 = "S1", _("S1")
    S2 = "S2", _("S2")
    S3 = "S3", _("S3")
    S4 = "S4", _("S4")


class TargetClock(models.TextChoices):
    AROUND_THE_CLOCK = "around_the_clock", _("Around the clock")
    CALENDAR = "calendar", _("In the contract's calendar")


class ContractState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


class Frequency(models.TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    SEMIANNUAL = "semiannual", _("Every six months")
    ANNUAL = "annual", _("Yearly")


class Cadence(models.TextChoices):
    FIXED = "fixed", _("Fixed dates")
    FLOATING = "floating", _("Counted from the last completion")


class NonworkingDay(models.TextChoices):
    AS_IS = "as_is", _("Keep the date")
    NEXT = "next", _("Next working day")
    PREVIOUS = "previous", _("Previous working day")
    SKIP = "skip", _("Skip it")


class Performer(models.TextChoices):
    VAR = "var", _("Our technician")
    CUSTOMER = "customer", _("The customer")


class CapacityMetric(models.TextChoices):
    VOICEMAIL_MINUTES = "voicemail_minutes", _("Voicemail minutes")
    USERS = "users", _("Users")


class HistoryKind(models.TextChoices):
    """What an entry of a row's field history tells."""

    ADDED = "added", _("Added")
    KNOWN = "known", _("Known as it was when the history began")
    CHANGED = "changed", _("Changed")
    ARCHIVED = "archived", _("Archived")
    RESTORED = "restored", _("Brought back")


class TimeKind(models.TextChoices):
    LABOUR = "labour", _("Work")
    TRAVEL = "travel", _("Travel")
    TRAINING = "training", _("Training")
    ADVICE = "advice", _("Advice")


class GuestPurpose(models.TextChoices):
    """The one thing that a link without an account is for."""

    REPORT_FAULT = "report_fault", _("Report a fault")
    ANNOUNCE_CHANGE = "announce_change", _("Report a change")
    CONFIRM_VISIT = "confirm_visit", _("Confirm a visit")
    READ_REPORT = "read_report", _("Read a report")
    DO_TASK = "do_task", _("Do a check")
