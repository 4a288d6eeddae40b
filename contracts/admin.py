"""The managers' editor of the catalogue, until it has pages of its own.

Versions are shown and not edited: whatever points at one keeps what was agreed.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from contracts.models import (
    BusinessCalendar,
    CalendarVersion,
    Plan,
    PlanCoverage,
    PlanProcedure,
    PlanVersion,
    Product,
    Release,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
    Vendor,
)

if TYPE_CHECKING:  # the two are generic to the type checker alone
    Inline = admin.TabularInline[Any, Any]
    Page = admin.ModelAdmin[Any]
else:
    Inline, Page = admin.TabularInline, admin.ModelAdmin


class ReadOnly:
    """For rows that actions make."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, Inline):
    extra = 0
    show_change_link = True


class ReleaseInline(Inline):
    model = Release
    extra = 0


@admin.register(Vendor)
class VendorAdmin(Page):
    list_display = ["name", "support_contract_number", "support_phone"]
    search_fields = ["name"]


@admin.register(Product)
class ProductAdmin(Page):
    list_display = ["name", "vendor", "kind", "end_of_sale_on", "end_of_support_on"]
    list_select_related = ["vendor"]
    list_filter = ["vendor", "kind"]
    search_fields = ["name", "slug"]
    readonly_fields = ["archived_at"]
    inlines = [ReleaseInline]


class CalendarVersionInline(ReadOnlyInline):
    model = CalendarVersion
    fields = ["number", "timezone", "holidays_until", "created_at", "created_by"]


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ReadOnly, Page):
    list_display = ["name", "is_default", "country", "subdivision"]
    inlines = [CalendarVersionInline]


@admin.register(CalendarVersion)
class CalendarVersionAdmin(ReadOnly, Page):
    list_display = ["calendar", "number", "timezone"]
    list_select_related = ["calendar"]


class SlaPolicyVersionInline(ReadOnlyInline):
    model = SlaPolicyVersion


class SlaTargetInline(ReadOnlyInline):
    model = SlaTarget
    show_change_link = False


@admin.register(SlaPolicy)
class SlaPolicyAdmin(ReadOnly, Page):
    list_display = ["name", "is_default"]
    inlines = [SlaPolicyVersionInline]


@admin.register(SlaPolicyVersion)
class SlaPolicyVersionAdmin(ReadOnly, Page):
    list_display = ["policy", "number", "at_risk_share"]
    list_select_related = ["policy"]
    inlines = [SlaTargetInline]


class PlanVersionInline(ReadOnlyInline):
    model = PlanVersion


class PlanCoverageInline(ReadOnlyInline):
    model = PlanCoverage
    show_change_link = False


class PlanProcedureInline(ReadOnlyInline):
    model = PlanProcedure
    show_change_link = False


@admin.register(Plan)
class PlanAdmin(ReadOnly, Page):
    list_display = ["name"]
    inlines = [PlanVersionInline]


@admin.register(PlanVersion)
class PlanVersionAdmin(ReadOnly, Page):
    list_display = ["plan", "number", "service_mode"]
    list_select_related = ["plan"]
    inlines = [PlanCoverageInline, PlanProcedureInline]
