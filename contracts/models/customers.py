"""Customers, their people and their sites."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import CustomerRole, Region
from contracts.models.calendars import BusinessCalendar
from contracts.models.history import FieldHistory
from contracts.querysets import ContactQuerySet, CustomerQuerySet, MembershipManager, MembershipQuerySet, SiteQuerySet
from portal.accounts.zones import validate_timezone

MOST_LEASE_HOURS = 87_660  # ten years; longer ones are never waited for


class Customer(models.Model):
    name = models.CharField(_("name"), max_length=160, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    notes = models.TextField(_("internal notes"), max_length=4000, blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CustomerQuerySet.as_manager()
    history = FieldHistory()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person who may act for a customer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=CustomerRole)
    # Had an account already when invited, and has not agreed yet: gives no rights. See MembershipManager.
    is_pending = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = MembershipManager()
    everyone = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"],
                name="one_membership_per_customer",
                violation_error_message=_("This person already belongs to this customer."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.customer}"

    @property
    def name(self) -> str:
        """What the account is called is told to this customer once the person has agreed."""
        return self.user.email if self.is_pending else self.user.name

    @property
    def state(self) -> str:
        """active, invited or inactive."""
        return "invited" if self.is_pending and self.user.is_active else self.user.state


class Site(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="sites", verbose_name=_("customer"))
    name = models.CharField(_("name"), max_length=160)
    address = models.TextField(_("address"), max_length=500, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, validators=[validate_timezone])
    region = models.CharField(_("vendor region"), max_length=4, choices=Region, default=Region.EMEA)
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        related_name="sites",
        verbose_name=_("calendar"),
        help_text=_("Its holidays and hours decide on which days work is due here."),
    )
    access_notes = models.CharField(_("access"), max_length=300, blank=True, help_text=_("How and when to get in."))
    dhcp_lease_hours = models.PositiveIntegerField(
        _("DHCP lease time (hours)"),
        null=True,
        blank=True,
        help_text=_("How long phones keep an address."),
        validators=[MaxValueValidator(MOST_LEASE_HOURS)],
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SiteQuerySet.as_manager()
    history = FieldHistory()

    class Meta:
        ordering = ["customer", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "name"],
                name="one_site_name_per_customer",
                violation_error_message=_("This customer already has a site of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person at the customer who needs no account."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("customer")
    )
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contacts",
        verbose_name=_("site"),
    )
    name = models.CharField(_("name"), max_length=120)
    function = models.CharField(_("function"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()
    history = FieldHistory()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
