from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulesConfig(AppConfig):
    name = "schedules"
    verbose_name = _("Programme")

    def ready(self) -> None:
        import_module("schedules.receivers")  # models must be loaded first
