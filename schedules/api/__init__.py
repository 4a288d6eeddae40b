"""The app's API: `routes` are (prefix, viewset), `paths` are single addresses; portal.api_urls joins them."""

from typing import Any

from django.urls import path

from schedules.api.baselines import BaselineViewSet
from schedules.api.changes import ChangeEventViewSet
from schedules.api.evidence import BackupViewSet, ReadingViewSet, TrendView
from schedules.api.preview import PreviewView
from schedules.api.programme import ProcedureViewSet
from schedules.api.schedules import ScheduleViewSet
from schedules.api.services import PartUsedViewSet, TimeEntryViewSet
from schedules.api.visits import VisitViewSet
from schedules.api.work_orders import WorkOrderViewSet

routes: list[tuple[str, Any]] = [
    ("procedures", ProcedureViewSet),
    ("schedules", ScheduleViewSet),
    ("work-orders", WorkOrderViewSet),
    ("change-events", ChangeEventViewSet),
    ("readings", ReadingViewSet),
    ("backups", BackupViewSet),
    ("baselines", BaselineViewSet),
    ("visits", VisitViewSet),
    ("time-entries", TimeEntryViewSet),
    ("parts-used", PartUsedViewSet),
]
report_pdf = VisitViewSet.as_view({"get": "report_pdf"}, detail=True)
paths: list[Any] = [
    # A file, so its address ends in its name.
    path("visits/<str:pk>/report.pdf", report_pdf, name="visits-report-pdf"),
    path("schedules/preview/", PreviewView.as_view(), name="schedule_preview"),
    # An asset's address, but readings are known here and not among the contracts.
    path("assets/<int:pk>/trend/", TrendView.as_view(), name="asset_trend"),
]
