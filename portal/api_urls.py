"""/api/v1/: the routes of every app, the schema and its page."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

import contracts.api
import schedules.api
import tickets.api
from portal.web.api import NothingHere, SchemaView

router = DefaultRouter()
router.include_format_suffixes = False
for app in (contracts.api, tickets.api, schedules.api):
    for prefix, viewset in app.routes:
        router.register(prefix, viewset, basename=prefix.rstrip("/"))

docs = SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="web/api_docs.html")

# The single addresses come first: `schedules/preview/` must not be read as the schedule "preview".
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", login_required(docs), name="docs"),
    *contracts.api.paths,
    *tickets.api.paths,
    *schedules.api.paths,
    *router.urls,
    re_path(r"^.*$", NothingHere.as_view(), name="nothing_here"),
]
app_name = "api"
