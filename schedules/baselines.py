"""What is usual at assets: a manager's figure, else the median of the first readings since deployment or a move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, Max, OuterRef, Subquery, Value, When

from contracts.models import Asset
from schedules.enums import ChangeKind
from schedules.models import Baseline, ChangeEvent, Reading
from schedules.quality import FIRST_READINGS, baseline_of

LONG_AGO = datetime.min.replace(year=1900, tzinfo=ZoneInfo("UTC"))


class Usual(NamedTuple):
    """In the metric's unit. `by_manager` None = from the first readings."""

    value: float
    by_manager: Baseline | None


def baselines_of(assets: Collection[Asset], metrics: Collection[str], *, before: datetime) -> dict[Any, Usual]:
    """By (asset's key, metric), where there is one, as of `before`; four queries at most.

    Where the site moved, only what came after counts. The assets need not come with their site.
    """
    if not assets or not metrics:
        return {}
    since = _since(assets, before)
    found: dict[tuple[int, str], Usual] = {}
    for (asset_id, metric), values in _first_readings(since, metrics, before).items():
        value = baseline_of(values)
        if value is not None:
            found[asset_id, metric] = Usual(value, None)
    rows = Baseline.objects.filter(asset__in=list(since), metric__in=metrics, set_at__lte=before)
    for row in rows.order_by("set_at", "pk"):
        if row.set_at >= since[row.asset_id]:
            found[row.asset_id, row.metric] = Usual(row.value, row)
    return found


def _since(assets: Collection[Asset], before: datetime) -> dict[int, datetime]:
    """From when on readings of each asset count."""
    rows = Asset.objects.filter(pk__in=[asset.pk for asset in assets])
    places = list(rows.values_list("pk", "deployed_on", "site", "site__timezone"))
    moves = ChangeEvent.objects.filter(
        kind=ChangeKind.RELOCATION, site__in={site for _pk, _on, site, _zone in places}, applied_at__lte=before
    )
    moved_at = dict(moves.values_list("site").annotate(Max("applied_at")).order_by())
    return {
        pk: max(
            datetime.combine(on, time(0), ZoneInfo(zone)) if on else LONG_AGO,
            moved_at.get(site, LONG_AGO),
        )
        for pk, on, site, zone in places
    }


def _first_readings(
    since: dict[int, datetime], metrics: Collection[str], before: datetime
) -> dict[tuple[int, str], list[float]]:
    """The oldest few of each series: one lookup in reading_series_idx for each of them, all in one query."""
    whens = [When(pk=pk, then=Value(at, output_field=DateTimeField())) for pk, at in since.items()]
    rows = Asset.objects.filter(pk__in=list(since)).annotate(since=Case(*whens, output_field=DateTimeField()))
    names = {(metric, n): f"{metric}_{n}" for metric in sorted(metrics) for n in range(FIRST_READINGS)}
    for (metric, n), name in names.items():
        rows = rows.annotate(**{name: Subquery(_oldest(metric, before)[n : n + 1])})
    found: dict[tuple[int, str], list[float]] = {}
    for row in rows.order_by().values("pk", *names.values()):
        for metric in metrics:
            values = [row[names[metric, n]] for n in range(FIRST_READINGS)]
            found[row["pk"], metric] = [value for value in values if value is not None]
    return found


def _oldest(metric: str, before: datetime) -> Any:
    rows = Reading.objects.filter(
        asset=OuterRef("pk"), metric=metric, taken_at__gte=OuterRef("since"), taken_at__lt=before
    )
    return rows.order_by("taken_at", "pk").values("value")
