from celery import shared_task
from django.utils import timezone

from portal.outbox.sending import send_due


@shared_task(name="outbox.send_messages")
def send_messages() -> None:
    while send_due(now=timezone.now()):
        pass
