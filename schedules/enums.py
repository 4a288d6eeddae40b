"""Choices of the programme and its work. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Phase(models.TextChoices):
    """Recurring work has the one phase `work`; a change has the other four, done in this order."""

    WORK = "work", _("Work")
    BEFORE = "before", _("Before the change")
    CHANGE = "change", _("The change")
    AFTER = "after", _("After the change")
    FOLLOW_UP = "follow_up", _("Follow-up")


class Scope(models.TextChoices):
    ASSET = "asset", _("For each asset")
    ORDER = "order", _("Once")


class StepKind(models.TextChoices):
    CHECK = "check", _("Check")
    READING = "reading", _("Reading")
    CHOICE = "choice", _("Choice")
    TEXT = "text", _("Text")
    PHOTO = "photo", _("Photo")
    BACKUP = "backup", _("Backup")
    VERSION = "version", _("Installed version")


class Metric(models.TextChoices):
    VOICEMAIL_MINUTES = "voicemail_minutes", _("Voicemail minutes used")
    USERS = "users", _("Users")
    CALL_QUALITY_MOS = "call_quality_mos", _("Call quality (MOS)")
    NETWORK_UTILISATION = "network_utilisation", _("Network utilisation")
    JITTER_MS = "jitter_ms", _("Jitter")
    PACKET_LOSS = "packet_loss", _("Packet loss")
    LATENCY_MS = "latency_ms", _("Latency")
    LOG_ERRORS = "log_errors", _("Errors in the event log")
    LOG_WARNINGS = "log_warnings", _("Warnings in the event log")
    LOG_ACTIONS = "log_actions", _("Log entries needing action")


class Records(models.TextChoices):
    """What an answer changes in the register, beside readings, backups and the installed release."""

    VOICEMAIL_CAPACITY = "voicemail_capacity", _("The asset's voicemail capacity, from that day")
    SITE_MOVE = "site_move", _("The site's new address and what changes with it")
    LEASE_HOURS = "lease_hours", _("The site's DHCP lease time")
    RELEASE_FIXES = "release_fixes", _("What the installed release repairs")
    BACKUP_VERIFIED = "backup_verified", _("That the backup just taken can be read")


class WaitFor(models.TextChoices):
    """What has to pass after the change, where it is no fixed number of minutes."""

    DHCP_LEASE = "dhcp_lease", _("Until all DHCP leases have run out")


class ScheduleState(models.TextChoices):
    ACTIVE = "active", _("Active")
    SET_ASIDE = "set_aside", _("Set aside after an error")
    ENDED = "ended", _("Ended")


class WorkStatus(models.TextChoices):
    DUE = "due", _("Due")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    MISSED = "missed", _("Missed")
    SKIPPED = "skipped", _("Skipped")
    CANCELLED = "cancelled", _("Cancelled")


class Outcome(models.TextChoices):
    PASS = "pass", _("Pass")
    WARN = "warn", _("Attention")
    FAIL = "fail", _("Fail")
    NOT_APPLICABLE = "na", _("N/A")


class ChangeKind(models.TextChoices):
    USER_CHANGE = "user_change", _("Users or configuration")
    SERVER_CHANGE = "server_change", _("Mail server")
    PROVIDER_CHANGE = "provider_change", _("Telephony provider")
    RELOCATION = "relocation", _("Office move")
    VOICEMAIL_STORAGE = "voicemail_storage", _("Voicemail storage low or full")
    FIRMWARE_UPGRADE = "firmware_upgrade", _("Firmware upgrade")
    SUBNET_CHANGE = "subnet_change", _("Subnet")
    IP_CHANGE = "ip_change", _("Address of the base unit")


class ChangeSource(models.TextChoices):
    PAGE = "page", _("Reported by our staff")
    CUSTOMER = "customer", _("Reported by the customer")
    API = "api", _("API")
    MEASURED = "measured", _("Measured")


class ReadingSource(models.TextChoices):
    STEP = "step", _("Checklist")
    MANUAL = "manual", _("Entered by hand")
    API = "api", _("API")


class RuleCondition(models.TextChoices):
    """When a reactive rule opens its checklist."""

    ALWAYS = "always", _("Always")
    SIGNIFICANT = "significant", _("When the change is significant")


class VisitStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    CONFIRMED = "confirmed", _("Confirmed")
    IN_PROGRESS = "in_progress", _("In progress")
    SIGNED = "signed", _("Signed off")
    CANCELLED = "cancelled", _("Cancelled")


class ItemOutcome(models.TextChoices):
    """What became of work or a ticket in a visit."""

    PENDING = "pending", _("Open")
    DONE = "done", _("Done")
    CARRIED_OVER = "carried_over", _("Carried over")
    REMOVED = "removed", _("Taken out")


class Party(models.TextChoices):
    TECHNICIAN = "technician", _("Technician")
    CUSTOMER = "customer", _("Customer")


class SignatureOutcome(models.TextChoices):
    SIGNED = "signed", _("Signed")
    REFUSED = "refused", _("Refused to sign")
    ABSENT = "absent", _("Nobody was there to sign")


# Steps whose words are the VAR's own: where a backup lies, what a technician wrote down.
INTERNAL_KINDS = (StepKind.BACKUP, StepKind.TEXT)
OPEN_STATUSES = (WorkStatus.DUE, WorkStatus.IN_PROGRESS)
PHASE_ORDER = (Phase.WORK, Phase.BEFORE, Phase.CHANGE, Phase.AFTER, Phase.FOLLOW_UP)
OPEN_VISITS = (VisitStatus.PLANNED, VisitStatus.CONFIRMED, VisitStatus.IN_PROGRESS)
