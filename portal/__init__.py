"""The portal of a VAR: settings, the ground-floor packages, accounts, dashboards and the demo."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
