from celery import shared_task
from django.utils import timezone

from schedules import generation


@shared_task(name="schedules.generate_work")
def generate_work() -> None:
    generation.generate_work(now=timezone.now())
