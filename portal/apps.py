from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Holds the commands that span all apps; has no models of its own."""

    name = "portal"
    verbose_name = "Portal"
