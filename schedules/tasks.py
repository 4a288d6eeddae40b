from celery import shared_task
from django.utils import timezone

from schedules import actions, generation
from schedules.actions.relocation import FOLLOW_SITES
from schedules.actions.report import MAKE_REPORTS
from schedules.report import delivery


@shared_task(name="schedules.generate_work")
def generate_work() -> None:
    generation.generate_work(now=timezone.now())


@shared_task(name=FOLLOW_SITES)
def follow_sites() -> None:
    actions.follow_sites(now=timezone.now())


@shared_task(name="schedules.tell_missed_tasks")
def tell_missed_tasks() -> dict[str, int]:
    """Tell what customers have missed, once a streak; safe to run twice."""
    return actions.tell_missed_tasks(now=timezone.now())


@shared_task(name=MAKE_REPORTS)
def make_reports() -> None:
    while delivery.make_due_reports(now=timezone.now()):
        pass
