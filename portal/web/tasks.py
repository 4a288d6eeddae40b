from celery import shared_task
from django.utils import timezone

from portal.web import idempotency


@shared_task(name="web.forget_replies")
def forget_replies() -> None:
    idempotency.forget_replies(now=timezone.now())
