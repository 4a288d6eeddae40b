from celery import shared_task
from django.utils import timezone

from portal.files import actions


@shared_task(name="files.delete_orphans")
def delete_orphans() -> None:
    actions.delete_orphans(now=timezone.now())
