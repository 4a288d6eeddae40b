"""What is usual at assets: a manager's figure, else the median of the first readings since deployment or a move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, Max, OuterRef, QuerySet, Subquery, Value, When

from contracts.models import Asset
from schedules.enums import ChangeKind
from schedules.models import Baseline, ChangeEvent, Reading
from schedules.quality import FIRST_READINGS, baseline_of

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


class Usual(NamedTuple):
    """In the metric's unit."""

    value: float
    is_set: bool  # by a manager, not from the first readings


def baselines_of(
    assets: Collection[Asset], metrics: Collection[str], *, before: datetime
) -> dict[tuple[int, str], Usual]:
    """By the asset's key and metric, where there is one, as of `before`; two queries.

    Where the site moved, only what came after counts. The assets come with their site.
    """
    if not assets or not metrics:
        return {}
    found: dict[tuple[int, str], Usual] = {}
    for row in _figures(_since(assets, before), metrics, before):
        for metric in metrics:
            first = [row[f"{metric}_{n}"] for n in range(FIRST_READINGS)]
            by_manager, measured = row[f"{metric}_set"], baseline_of([value for value in first if value is not None])
            if by_manager is not None:
                found[row["pk"], metric] = Usual(by_manager, True)
            elif measured is not None:
                found[row["pk"], metric] = Usual(measured, False)
    return found


def _since(assets: Collection[Asset], before: datetime) -> dict[int, datetime]:
    """From when on readings of each asset count: its deployment, or the last move of its site."""
    moves = ChangeEvent.objects.filter(
        kind=ChangeKind.RELOCATION, site__in={asset.site_id for asset in assets}, applied_at__lte=before
    )
    moved_at = dict(moves.values_list("site").annotate(Max("applied_at")).order_by())
    return {asset.pk: max(_deployed_at(asset), moved_at.get(asset.site_id, LONG_AGO)) for asset in assets}


def _deployed_at(asset: Asset) -> datetime:
    if asset.deployed_on is None:
        return LONG_AGO
    return datetime.combine(asset.deployed_on, time(0), ZoneInfo(asset.site.timezone))


def _figures(since: dict[int, datetime], metrics: Collection[str], before: datetime) -> Any:
    """Of each asset the oldest few readings and the newest figure of a manager: lookups in the indexes of their
    series, all in one query."""
    whens = [When(pk=pk, then=Value(at, output_field=DateTimeField())) for pk, at in since.items()]
    rows = Asset.objects.filter(pk__in=list(since)).annotate(since=Case(*whens, output_field=DateTimeField()))
    names = []
    for metric in metrics:
        oldest, newest = _oldest(metric, before), _newest(metric, before)
        columns = {f"{metric}_{n}": Subquery(oldest[n : n + 1]) for n in range(FIRST_READINGS)}
        columns[f"{metric}_set"] = Subquery(newest[:1])
        rows = rows.annotate(**columns)
        names += list(columns)
    return rows.order_by().values("pk", *names)


def _oldest(metric: str, before: datetime) -> QuerySet[Any, Any]:
    span = {"taken_at__gte": OuterRef("since"), "taken_at__lt": before}
    return (
        Reading.objects.filter(asset=OuterRef("pk"), metric=metric, **span).order_by("taken_at", "pk").values("value")
    )


def _newest(metric: str, before: datetime) -> QuerySet[Any, Any]:
    span = {"set_at__gte": OuterRef("since"), "set_at__lte": before}
    return (
        Baseline.objects.filter(asset=OuterRef("pk"), metric=metric, **span).order_by("-set_at", "-pk").values("value")
    )
