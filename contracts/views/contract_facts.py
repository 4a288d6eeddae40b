"""What the pages about one contract show of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from contracts.bounds import ContractBounds
from contracts.enums import ContractState
from contracts.models import Contract, ContractEvent, ContractTerms, CoveredAsset
from contracts.views.plans import coverage_rows
from contracts.wording import event_in_words

RUNNING = (ContractState.ACTIVE, ContractState.SUSPENDED)
_EVENTS_SHOWN = 50


class Cover(NamedTuple):
    """An asset on the list, and how it stands today: covered, ahead or over."""

    row: CoveredAsset
    stands: str


class Term(NamedTuple):
    """Terms, and how they stand today: present, ahead or over."""

    row: ContractTerms
    stands: str


def contract_facts(contract: Contract, now: datetime) -> dict[str, Any]:
    """The contract as its page shows it; at most nine queries."""
    bounds = ContractBounds.load(contract)
    today = bounds.local_date(now)
    terms = _terms(contract)
    shown = _terms_shown(terms, today)
    work_from_on = bounds.work_from_on(today)
    covers = [Cover(row, _stands(row, today)) for row in _covers(contract)]
    return {
        "contract": contract,
        "today": today,
        "last_on": bounds.last_on(),
        "work_from_on": work_from_on,
        "works_from_activation": contract.work_from_on is None and work_from_on == today,
        "terms": terms,
        "timeline": [Term(row, _stands(row, today)) for row in terms],
        "shown_terms": shown,
        "coverage": coverage_rows(shown.plan_version) if shown else [],
        "covers": covers,
        "suspensions": bounds.suspensions,
        "suspension": bounds.suspension_on(today),
        "events": _events(contract, covers),
        "verbs": _verbs(contract, bounds, today),
    }


def _terms(contract: Contract) -> list[ContractTerms]:
    related = ("plan_version__plan", "plan_version__policy_version__policy", "calendar_version__calendar")
    return list(contract.terms.select_related(*related))


def _terms_shown(terms: list[ContractTerms], on: date) -> ContractTerms | None:
    """Those of the day; before the first and after the last, the nearest."""
    begun = [row for row in terms if row.from_on <= on]
    return begun[-1] if begun else next(iter(terms), None)


def _covers(contract: Contract) -> list[CoveredAsset]:
    rows = contract.covered_assets.select_related("asset__site", "asset__product")
    return list(rows.order_by("asset__site__name", "asset__tag", "from_on"))


def _stands(row: ContractTerms | CoveredAsset, on: date) -> str:
    if on < row.from_on:
        return "ahead"
    return "over" if row.until_on is not None and on > row.until_on else "present"


def _events(contract: Contract, covers: list[Cover]) -> list[tuple[ContractEvent, str]]:
    """The newest first, in words."""
    tags = {cover.row.asset_id: cover.row.asset.tag for cover in covers}
    rows = contract.events.select_related("by").order_by("-at", "-pk")[:_EVENTS_SHOWN]
    return [(row, event_in_words(row, tags)) for row in rows]


def _verbs(contract: Contract, bounds: ContractBounds, today: date) -> dict[str, bool]:
    """What can be done with the contract in its state; who may do it is another question."""
    running = contract.state in RUNNING
    draft = contract.state == ContractState.DRAFT
    return {
        "activate": draft,
        "rework": draft,
        "add_terms": draft,
        "cover": draft or running,
        "amend": running,
        "renew": not draft and contract.ended_on is None,
        "suspend": running and bounds.suspension_on(today) is None,
        "resume": running and bounds.suspension_on(today) is not None,
        "terminate": running and contract.ended_on is None,
    }
