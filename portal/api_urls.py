"""/api/v1/: the routes of every app, the schema and its page."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

import contracts.api
import schedules.api
import tickets.api

router = DefaultRouter()
for app in (contracts.api, tickets.api, schedules.api):
    for prefix, viewset in app.routes:
        router.register(prefix, viewset, basename=prefix.rstrip("/"))

# The single addresses come first: `schedules/preview/` must not be read as the schedule "preview".
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    *contracts.api.paths,
    *tickets.api.paths,
    *schedules.api.paths,
    *router.urls,
]
app_name = "api"
