"""Assets as a tree: what is part of what, at one site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from contracts.models import Asset


class Branch(NamedTuple):
    """An asset and how deep it lies; 0 is the top."""

    asset: Asset
    depth: int


def as_tree(assets: Iterable[Asset]) -> list[Branch]:
    """The assets in order, each followed by its parts. One whose whole is not among them stands at the top."""
    rows = list(assets)
    known = {asset.pk for asset in rows}
    children: dict[int | None, list[Asset]] = {}
    for asset in rows:
        children.setdefault(asset.parent_id if asset.parent_id in known else None, []).append(asset)
    found: list[Branch] = []
    waiting = [Branch(asset, 0) for asset in reversed(children.get(None, []))]
    while waiting:
        branch = waiting.pop()
        found.append(branch)
        waiting += [Branch(part, branch.depth + 1) for part in reversed(children.get(branch.asset.pk, []))]
    return found


def below(asset_id: int, *, site_id: int) -> set[int]:
    """The keys of everything that is part of the asset, at whatever depth; one query."""
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Asset.objects.filter(site=site_id).values_list("pk", "parent"):
        children.setdefault(parent_id, []).append(pk)
    found: set[int] = set()
    waiting = [asset_id]
    while waiting:
        parts = children.get(waiting.pop(), [])
        waiting += [pk for pk in parts if pk not in found]
        found.update(parts)
    return found
