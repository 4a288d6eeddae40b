"""Who, where, what, on which terms."""

from contracts.models.assets import Asset, AssetCapacity, Product, Release, Vendor
from contracts.models.calendars import BusinessCalendar, CalendarVersion
from contracts.models.contracts import Contract, ContractEvent, ContractTerms, CoveredAsset, Suspension
from contracts.models.customers import Contact, Customer, Membership, Site
from contracts.models.plans import (
    Plan,
    PlanCoverage,
    PlanProcedure,
    PlanVersion,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
)

__all__ = [
    "Asset",
    "AssetCapacity",
    "BusinessCalendar",
    "CalendarVersion",
    "Contact",
    "Contract",
    "ContractEvent",
    "ContractTerms",
    "CoveredAsset",
    "Customer",
    "Membership",
    "Plan",
    "PlanCoverage",
    "PlanProcedure",
    "PlanVersion",
    "Product",
    "Release",
    "Site",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaTarget",
    "Suspension",
    "Vendor",
]
