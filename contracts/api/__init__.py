"""The app's API: `routes` are (prefix, viewset), `paths` are single addresses; portal.api_urls joins them."""

from typing import Any

from contracts.api.assets import AssetViewSet
from contracts.api.calendars import CalendarViewSet
from contracts.api.catalogue import ProductViewSet, ReleaseViewSet, VendorViewSet
from contracts.api.contracts import ContractViewSet
from contracts.api.duty import AbsenceViewSet, DutyShiftViewSet
from contracts.api.plans import PlanViewSet
from contracts.api.policies import PolicyViewSet
from contracts.api.register import ContactViewSet, CustomerViewSet, MembershipViewSet, SiteViewSet

routes: list[tuple[str, Any]] = [
    ("calendars", CalendarViewSet),
    ("customers", CustomerViewSet),
    ("memberships", MembershipViewSet),
    ("sites", SiteViewSet),
    ("contacts", ContactViewSet),
    ("vendors", VendorViewSet),
    ("products", ProductViewSet),
    ("releases", ReleaseViewSet),
    ("assets", AssetViewSet),
    ("sla-policies", PolicyViewSet),
    ("plans", PlanViewSet),
    ("contracts", ContractViewSet),
    ("duty-shifts", DutyShiftViewSet),
    ("absences", AbsenceViewSet),
]
paths: list[Any] = []
