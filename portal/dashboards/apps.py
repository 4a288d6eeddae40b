from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "portal.dashboards"
    label = "dashboards"

    def ready(self) -> None:
        from portal.dashboards.panels import show_panels  # noqa: PLC0415 - models are loaded only now

        show_panels()
