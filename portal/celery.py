"""The Celery application and the one beat table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60.0

app.conf.beat_schedule = {
    # Turns due schedules into work orders and marks superseded ones as missed.
    "generate-work": {"task": "schedules.generate_work", "schedule": MINUTE},
    # Looks again at schedules whose site got another zone or calendar.
    "follow-sites": {"task": "schedules.follow_sites", "schedule": 15 * MINUTE},
    # Claims at-risk and breached ticket clocks, once each.
    "raise-alerts": {"task": "tickets.raise_alerts", "schedule": MINUTE},
    # Sends queued mail, and again what failed; the on-commit task is only a shortcut to this.
    "send-messages": {"task": "outbox.send_messages", "schedule": MINUTE},
    # Makes the files of signed reports, mails them, and tries again what failed.
    "make-reports": {"task": "schedules.make_reports", "schedule": MINUTE},
    # Tells dispatchers and managers, once a streak, of the checks that a customer has missed.
    "tell-missed-tasks": {"task": "schedules.tell_missed_tasks", "schedule": 15 * MINUTE},
    # Ends contracts whose last term has run out, and starts or lifts dated suspensions.
    "settle-contracts": {"task": "contracts.settle_contracts", "schedule": 15 * MINUTE},
    # Deletes stored bytes that a rollback or a deleted row has left without a name.
    "delete-orphans": {"task": "files.delete_orphans", "schedule": 24 * 60 * MINUTE},
    # Forgets idempotency records after 24 hours.
    "forget-replies": {"task": "web.forget_replies", "schedule": 60 * MINUTE},
}
