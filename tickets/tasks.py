"""Celery tasks of the tickets."""

from celery import shared_task
from django.utils import timezone

from tickets import actions


@shared_task(name="tickets.raise_alerts")
def raise_alerts() -> dict[str, int]:
    """Tell what is at risk or missed, once each; safe to run twice."""
    return actions.raise_alerts(now=timezone.now())
