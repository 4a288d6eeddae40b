"""The generator against the database's own speed: the same rows, put in by one bare statement."""

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.timing import seconds
from benchmarks.world import SCHEDULES_PER_CONTRACT, make_contracts
from schedules.generation import generate_work
from schedules.models import Procedure, WorkOrder

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
DAYS = 5  # Monday to Friday
SCHEDULES = 4000
ROUNDS = 3

KEEP_SCHEDULES = "CREATE TABLE kept_schedules AS SELECT id, next_nominal_on, next_release_at FROM schedules_schedule"
KEEP_ROWS = "CREATE TABLE kept_rows AS SELECT * FROM schedules_workorder"
RESET = (
    "TRUNCATE schedules_workorder, schedules_generationrun CASCADE",
    "UPDATE schedules_schedule SET next_nominal_on = kept.next_nominal_on, next_release_at = kept.next_release_at"
    " FROM kept_schedules AS kept WHERE kept.id = schedules_schedule.id",
    "VACUUM ANALYZE schedules_schedule",
    "CHECKPOINT",
)
DROP = "DROP TABLE kept_schedules, kept_rows"


def generation_vs_insert(scale: float) -> dict[str, Any]:
    """Work orders per second of `generate_work` by those of INSERT ... SELECT; the median of three rounds.

    The generator catches up a working week. Work that accumulates is nothing but inserted; of other
    work the first four days are marked as missed as well, which is the second ratio.
    """
    make_contracts(max(round(SCHEDULES * scale / SCHEDULES_PER_CONTRACT), 1), now=BEGIN)
    execute(KEEP_SCHEDULES)
    totals = catch_up()
    execute(KEEP_ROWS)
    rounds = [measure_round() for _round in range(ROUNDS)]
    execute(DROP)
    return {
        "ratio": round(median(bare / plain for plain, _missing, bare in rounds), 3),
        "of": "work orders per second of generate_work, by those of a bare INSERT ... SELECT ON CONFLICT DO NOTHING",
        "with_missed_ratio": round(median(bare / missing for _plain, missing, bare in rounds), 3),
        "orders": totals["created"],
        "schedules": totals["claimed"],
        "orders_per_second": round(totals["created"] / median(plain for plain, _missing, _bare in rounds)),
        "bare_orders_per_second": round(totals["created"] / median(bare for _plain, _missing, bare in rounds)),
    }


def catch_up() -> dict[str, int]:
    return generate_work(now=BEGIN + timedelta(days=DAYS - 1))


def measure_round() -> tuple[float, float, float]:
    """Seconds of the generator without and with work to miss, and of the statement, each on an empty table."""
    plain, missing = (measure_generator(accumulates=accumulates) for accumulates in (True, False))
    execute(*RESET)
    return plain, missing, seconds(insert_kept_rows)


def measure_generator(*, accumulates: bool) -> float:
    Procedure.objects.update(accumulates=accumulates)
    execute(*RESET)
    return seconds(catch_up)


def insert_kept_rows() -> None:
    columns = ", ".join(field.column for field in WorkOrder._meta.concrete_fields if not field.primary_key)
    execute(
        f"INSERT INTO schedules_workorder ({columns}) SELECT {columns} FROM kept_rows ON CONFLICT DO NOTHING"  # noqa: S608
    )


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
