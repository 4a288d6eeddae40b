from importlib import import_module

from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "schedules"

    def ready(self) -> None:
        import_module("schedules.receivers")  # models must be loaded first
