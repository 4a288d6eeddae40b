from celery import shared_task
from django.utils import timezone

from schedules import actions, generation


@shared_task(name="schedules.generate_work")
def generate_work() -> None:
    generation.generate_work(now=timezone.now())


@shared_task(name="schedules.follow_sites")
def follow_sites() -> None:
    actions.follow_sites(now=timezone.now())
