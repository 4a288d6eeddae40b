"""Whether a list page slows down with the number of rows behind it."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.test import Client

from benchmarks.timing import median_seconds
from benchmarks.world import make_contracts
from portal.demo import builder
from schedules.generation import generate_work
from schedules.models import WorkOrder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FEW, MANY = 50, 100_000  # one page, and two thousand
LOADS = 9
OPEN_SHARE = 10  # every tenth row
COPIED = (
    "procedure_version_id, site_id, contract_id, performer, before_impossible, coverage_decision, coverage_sentence,"
    " created_at, status_reason"
)
# Copies of the orders that are there, hours apart: most of them done, as after some years.
GROW = f"""
INSERT INTO schedules_workorder ({COPIED}, status, window_opens_at, due_at, window_closes_at, finished_at, closed_at)
SELECT {COPIED}, CASE WHEN copy %% %s = 0 THEN 'due' ELSE 'done' END,
    due_at - span, due_at - span, due_at - span, due_at - span, due_at - span
FROM schedules_workorder CROSS JOIN generate_series(1, %s) AS copy CROSS JOIN make_interval(hours => copy) AS span
"""  # noqa: S608


def list_page(scale: float) -> dict[str, Any]:
    """The manager's list of open work, and of all, over many rows and over as many as fill one page."""
    make_contracts(1, now=NOW)
    generate_work(now=NOW)
    WorkOrder.objects.exclude(pk__in=WorkOrder.objects.values("pk")[:FEW]).delete()
    client = manager()
    open_of_few, all_of_few = loads(client)
    many = grow(round(MANY * scale))
    open_of_many, all_of_many = loads(client)
    return {
        "ratio": round(open_of_many / open_of_few, 2),
        "of": f"the list of open work over {many} rows, by the same page over {FEW}",
        "milliseconds": round(open_of_many * 1000, 1),
        "all_work_ratio": round(all_of_many / all_of_few, 2),
        "all_work_milliseconds": round(all_of_many * 1000, 1),
    }


def manager() -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        builder.staff(now=NOW, role="manager"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def loads(client: Client) -> tuple[float, float]:
    """Seconds of the page of open work and of the page of all."""
    only_open, everything = (
        median_seconds(lambda path=path: load(client, path), times=LOADS)
        for path in ("/work-orders/", "/work-orders/?status=all")
    )
    return only_open, everything


def load(client: Client, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code}")


def grow(rows: int) -> int:
    """Fill the table up to so many rows; how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(GROW, [OPEN_SHARE, max(rows // FEW - 1, 0)])
        cursor.execute("VACUUM ANALYZE schedules_workorder")
    return WorkOrder.objects.count()
