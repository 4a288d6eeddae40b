"""People who sign in, the VAR's own details, and API keys. Knows no customer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.accounts.enums import StaffRole
from portal.accounts.querysets import ApiTokenQuerySet
from portal.accounts.zones import validate_timezone
from portal.files.models import File

MOST_MISSED = 50  # times in a row until somebody is told


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. With a staff role: of the VAR. Without: of a customer, by `contracts.Membership`."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_timezone],
        help_text=_("Times are shown in this zone."),
    )
    staff_role = models.CharField(_("role"), max_length=12, choices=StaffRole, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_user_per_email",
                violation_error_message=_("Somebody already signs in with this e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_var(self) -> bool:
        """Whether this person works for the VAR."""
        return bool(self.staff_role) and self.is_active

    @property
    def is_manager(self) -> bool:
        return self.is_active and self.staff_role == StaffRole.MANAGER

    @property
    def is_dispatcher(self) -> bool:
        """Dispatchers and managers: both plan and assign work."""
        return self.is_active and self.staff_role in {StaffRole.MANAGER, StaffRole.DISPATCHER}

    @property
    def is_invited(self) -> bool:
        """Whether this person has not chosen a password yet."""
        return self.is_active and not self.has_usable_password()

    @property
    def state(self) -> str:
        """active, invited or inactive."""
        if not self.is_active:
            return "inactive"
        return "invited" if self.is_invited else "active"

    # What django.contrib.admin asks: it is the managers' editor of the programme and the catalogue.
    @property
    def is_staff(self) -> bool:
        return self.is_manager

    @property
    def is_superuser(self) -> bool:
        return self.is_manager

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return self.is_manager

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return self.is_manager

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_manager


class Organisation(models.Model):
    """The VAR itself; one row, made at the first start."""

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.TextField(_("address"), max_length=500, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    missed_tasks_told_after = models.PositiveSmallIntegerField(
        _("tell us when a customer missed a check"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MISSED)],
        help_text=_("How many times in a row, from 1 to 50. Dispatchers and managers then get a mail."),
    )
    # One that took its place stays stored: reports that were signed under it go on showing it.
    logo = models.ForeignKey(File, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_organisation"),
            models.CheckConstraint(
                condition=models.Q(missed_tasks_told_after__range=(1, MOST_MISSED)), name="missed_tasks_told_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key for programs; only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=8)  # shown in lists, so that a person can tell keys apart
    key_sha256 = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    read_only = models.BooleanField(_("read only"), default=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid(self) -> bool:
        return self.revoked_at is None and self.user.is_active

    def used_recently(self, now: datetime) -> bool:
        """Whether last_used_at is less than a minute old: it is written at most that often."""
        return self.last_used_at is not None and (now - self.last_used_at).total_seconds() < 60
