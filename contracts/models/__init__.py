"""Who, where, what, on which terms."""

from contracts.models.assets import Asset, AssetCapacity, Product, Release, Vendor
from contracts.models.calendars import BusinessCalendar, CalendarVersion
from contracts.models.contracts import Contract, ContractEvent, ContractTerms, CoveredAsset, Suspension
from contracts.models.customers import Contact, Customer, Membership, Site
from contracts.models.duty import Absence, DutyShift, Presence
from contracts.models.guests import GuestLink
from contracts.models.plans import (
    Plan,
    PlanCoverage,
    PlanProcedure,
    PlanVersion,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
)
from contracts.models.services import PartUsed, TimeEntry

__all__ = [
    "Absence",
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
    "DutyShift",
    "GuestLink",
    "Membership",
    "PartUsed",
    "Plan",
    "PlanCoverage",
    "PlanProcedure",
    "PlanVersion",
    "Presence",
    "Product",
    "Release",
    "Site",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaTarget",
    "Suspension",
    "TimeEntry",
    "Vendor",
]
