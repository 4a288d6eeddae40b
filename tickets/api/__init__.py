"""The app's API: `routes` are (prefix, viewset), `paths` are single addresses; portal.api_urls joins them."""

from typing import Any

from django.urls import path

from tickets.api.calculators import ExplainView, SeverityView
from tickets.api.tickets import TicketViewSet

routes: list[tuple[str, Any]] = [("tickets", TicketViewSet)]
paths: list[Any] = [
    path("severity/", SeverityView.as_view(), name="severity"),
    path("sla/explain/", ExplainView.as_view(), name="sla_explain"),
]
