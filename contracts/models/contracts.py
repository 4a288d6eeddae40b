"""Contracts: dated terms, dated suspensions, assets covered from a day until a day."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.enums import ContractState
from contracts.models.assets import Asset
from contracts.models.calendars import CalendarVersion
from contracts.models.customers import Customer
from contracts.models.plans import PlanVersion
from contracts.querysets import ContractQuerySet, CoveredAssetQuerySet


class Contract(models.Model):
    """States: draft -> active <-> suspended -> ended. Changed by `contracts.actions` alone."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("customer")
    )
    name = models.CharField(_("name"), max_length=160)
    reference = models.CharField(_("customer's reference"), max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=ContractState, default=ContractState.DRAFT)
    # The first day for which work is made; None while a draft that leaves it to the activation.
    work_from_on = models.DateField(
        _("work from"), null=True, blank=True, help_text=_("Left empty: the day of activation.")
    )
    # The date that recurring dates are counted from; a renewal keeps it.
    anchor_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)  # the last day it holds, when terminated early
    activated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=ContractState.DRAFT)
                | models.Q(activated_at__isnull=False, work_from_on__isnull=False, anchor_on__isnull=False),
                name="running_contract_has_dates",
            )
        ]
        indexes = [
            # Contracts in force: the coverage of an asset, the settle task.
            models.Index(
                fields=["customer"],
                condition=models.Q(state__in=[ContractState.ACTIVE, ContractState.SUSPENDED]),
                name="contract_running_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def number(self) -> str:
        return f"CT-{self.pk}"

    def terms_on(self, on: date) -> ContractTerms | None:
        """The terms that hold on that day, whatever the contract's state."""
        return self.terms.filter(from_on__lte=on, until_on__gte=on).order_by("-from_on").first()


class ContractTerms(models.Model):
    """What was agreed from a day until a day, both inclusive. Terms of one contract never overlap."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="terms")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("calendar")
    )
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    class Meta:
        ordering = ["contract", "from_on"]
        constraints = [
            models.CheckConstraint(condition=models.Q(until_on__gte=models.F("from_on")), name="terms_end_after_start"),
            models.UniqueConstraint(fields=["contract", "from_on"], name="one_terms_per_start"),
        ]
        indexes = [models.Index(fields=["until_on"], name="terms_ending_idx")]  # contracts ending, the settle task

    def __str__(self) -> str:
        return f"{self.contract.number} {self.from_on} – {self.until_on}"


class Suspension(models.Model):
    """Days, both inclusive, on which the contract rests; until None = until it is resumed."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="suspensions")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        ordering = ["contract", "from_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="suspension_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=models.Q(until_on__isnull=True), name="one_open_suspension"
            ),
        ]


class CoveredAsset(models.Model):
    """An asset on a contract's list, from a day until a day (inclusive; None = as long as the terms)."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="covered_assets")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="covers")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = CoveredAssetQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "asset"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="cover_ends_after_start",
            ),
            models.UniqueConstraint(fields=["contract", "asset", "from_on"], name="one_cover_per_start"),
        ]


class ContractEvent(models.Model):
    """What happened to a contract; append-only."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)  # the action's name
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
