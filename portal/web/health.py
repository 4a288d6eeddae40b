"""/healthz: the process answers. /readyz: database, broker and migrations are fine.

Served by a middleware before all others, so that a probe needs no host name, session or TLS.
"""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError("migrations are waiting: run manage.py migrate")


def check_broker() -> None:
    if settings.REDIS_URL:
        with Connection(settings.REDIS_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1)
        return
    probe = Path(settings.BROKER_DIR) / ".ready"
    probe.touch()
    probe.unlink(missing_ok=True)


CHECKS = {"database": check_database, "migrations": check_migrations, "broker": check_broker}


def readiness() -> dict[str, str]:
    """What each part says: "ok", or the kind of its fault (details stay in the log, not on a public page)."""
    answers = {}
    for name, check in CHECKS.items():
        try:
            check()
            answers[name] = "ok"
        except Exception as fault:  # any fault at all means: not ready
            answers[name] = type(fault).__name__
    return answers


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            answers = readiness()
            return JsonResponse(answers, status=200 if set(answers.values()) == {"ok"} else 503)
        return self.get_response(request)
