"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("portal.dashboards.urls")),
    path("", include("portal.dashboards.urls_welcome")),
    path("", include("contracts.urls")),
    path("", include("tickets.urls")),
    path("", include("schedules.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.outbox.urls")),
    path("accounts/", include("portal.accounts.urls_sign_in")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("portal.api_urls")),
]
