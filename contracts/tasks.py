"""Celery tasks of the contracts."""

from celery import shared_task
from django.utils import timezone

from contracts.actions import settle_contracts


@shared_task(name="contracts.settle_contracts")
def settle() -> dict[str, int]:
    """Give every running contract the state of its dates; safe to run twice."""
    return settle_contracts(now=timezone.now())
