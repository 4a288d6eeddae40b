"""Links by which somebody without an account does one thing for one customer."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import GuestPurpose
from contracts.models.customers import Customer, Site
from contracts.querysets import GuestLinkQuerySet


class GuestLink(models.Model):
    """Bound to one customer and one purpose; only the token's SHA-256 is kept. `subject` is the number of
    the row it is about (V-12, WO-1042), empty where the purpose needs none."""

    token_hash = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="guest_links")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="guest_links")
    purpose = models.CharField(_("purpose"), max_length=16, choices=GuestPurpose)
    subject = models.CharField(max_length=20, blank=True)
    name = models.CharField(_("for whom"), max_length=120, blank=True)  # signs what is done by the link
    email = models.EmailField(_("e-mail"), blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = GuestLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="guest_link_expires_later"
            )
        ]

    @property
    def works_until(self) -> datetime:
        """The last second it works: an end at midnight belongs to the day before."""
        return self.expires_at - timedelta(seconds=1)
