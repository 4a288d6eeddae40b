"""What work that has not begun would apply to, for many work orders in two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from contracts.coverage import Span
from contracts.models import Asset, CoveredAsset
from schedules.models import WorkOrder


def prospective_assets_of(orders: Collection[WorkOrder], *, now: datetime) -> dict[int, list[Asset]]:
    """The assets that the steps would apply to if the work began now, by tag; by work order.

    A change's one asset; else what the contract covers there today, or covered on the nominal date;
    without a contract everything in use there. Only kinds that the procedure applies to.
    """
    covers, assets = _covers(orders), _assets(orders)
    found: dict[int, list[Asset]] = {}
    for order in orders:
        if order.asset_id:
            found[order.pk] = [asset for asset in assets if asset.pk == order.asset_id]
        elif order.contract_id is None:
            there = [asset for asset in assets if asset.site_id == order.site_id and asset.archived_at is None]
            found[order.pk] = _of_kind(there, order)
        else:
            found[order.pk] = _listed(covers[order.contract_id, order.site_id], order, now)
    return found


def _assets(orders: Collection[WorkOrder]) -> list[Asset]:
    named = {order.asset_id for order in orders} - {None}
    sites = {order.site_id for order in orders if order.contract_id is None and order.asset_id is None}
    if not named and not sites:
        return []
    rows = Asset.objects.filter(Q(pk__in=named) | Q(site__in=sites, archived_at=None))
    return list(rows.select_related("product", "site").order_by("tag"))


def _covers(orders: Collection[WorkOrder]) -> dict[tuple[int, int], list[CoveredAsset]]:
    """What each contract lists at each site, whenever, by tag."""
    found: dict[tuple[int, int], list[CoveredAsset]] = defaultdict(list)
    wanted = [order for order in orders if order.contract_id and order.asset_id is None]
    if wanted:
        rows = CoveredAsset.objects.filter(
            contract__in={order.contract_id for order in wanted},
            asset__site__in={order.site_id for order in wanted},
            asset__archived_at=None,
        )
        for cover in rows.select_related("asset__product", "asset__site").order_by("asset__tag"):
            found[cover.contract_id, cover.asset.site_id].append(cover)
    return found


def _listed(covers: list[CoveredAsset], order: WorkOrder, now: datetime) -> list[Asset]:
    today = now.astimezone(ZoneInfo(order.site.timezone)).date()
    on_list = _on(covers, today)
    fitting = _of_kind(on_list, order)
    return fitting or _of_kind(_on(covers, order.nominal_on or today), order)


def _on(covers: list[CoveredAsset], on: date) -> list[Asset]:
    return [cover.asset for cover in covers if Span(cover.from_on, cover.until_on).holds(on)]


def _of_kind(assets: list[Asset], order: WorkOrder) -> list[Asset]:
    kinds = order.procedure_version.procedure.applies_to
    return [asset for asset in assets if not kinds or asset.product.kind in kinds]
