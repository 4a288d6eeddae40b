from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class PortalConfig(AppConfig):
    """Holds the commands that span all apps; has no models of its own."""

    name = "portal"
    verbose_name = "Portal"


class EditorConfig(SimpleAdminConfig):
    """The admin with what managers edit there, and nothing of what packages would list."""

    default_site = "portal.web.admin_site.EditorSite"

    def ready(self) -> None:
        super().ready()
        import_module("contracts.admin")  # models must be loaded first
        import_module("schedules.admin")
