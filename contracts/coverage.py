"""What a contract covers: arithmetic of dated spans, and the decision about one piece of work. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from contracts.enums import Decision, WorkKind
from contracts.money import money


class Span(NamedTuple):
    """Days from one to another, both inclusive; until None = open end. Empty when it ends before it starts."""

    from_on: date
    until_on: date | None

    def holds(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)


# Spans are calculated as half-open pairs of day numbers; an open end lies behind the last day there is.
_Days = tuple[int, int]
_OPEN = date.max.toordinal() + 1


def normalise(spans: Iterable[Span]) -> list[Span]:
    """The same days as few spans in order: no two overlap or touch, none is empty."""
    return _as_spans(_merge(_as_days(spans)))


def intersect(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """The days that lie in both, normalised."""
    pairs = (
        (max(one[0], other[0]), min(one[1], other[1]))
        for one in _merge(_as_days(first))
        for other in _merge(_as_days(second))
    )
    return _as_spans(_merge(pairs))


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The days of `spans` that do not lie in `taken`, normalised."""
    left = _merge(_as_days(spans))
    for hole in _merge(_as_days(taken)):
        left = [
            piece for days in left for piece in ((days[0], min(days[1], hole[0])), (max(days[0], hole[1]), days[1]))
        ]
        left = _merge(left)
    return _as_spans(left)


def contains(spans: Iterable[Span], on: date) -> bool:
    return any(span.holds(on) for span in spans)


def first_on_or_after(spans: Iterable[Span], on: date) -> date | None:
    """The earliest day of the spans that is not before `on`; None where none is left."""
    for span in normalise(spans):
        if span.until_on is None or span.until_on >= on:
            return max(span.from_on, on)
    return None


def _as_days(spans: Iterable[Span]) -> Iterable[_Days]:
    for span in spans:
        end = _OPEN if span.until_on is None else span.until_on.toordinal() + 1
        yield span.from_on.toordinal(), end


def _merge(pairs: Iterable[_Days]) -> list[_Days]:
    merged: list[_Days] = []
    for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _as_spans(pairs: Iterable[_Days]) -> list[Span]:
    return [Span(date.fromordinal(start), None if end == _OPEN else date.fromordinal(end - 1)) for start, end in pairs]


# -- the decision ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clause:
    """What a plan says about one kind of work; amount and currency count for `up_to` alone."""

    decision: str
    text: str
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class CoverageDecision:
    """Whether work is paid for by a contract, by which, and why in a sentence for people."""

    covered: bool  # in full, or up to an amount
    decision: str  # of contracts.enums.Decision
    contract_number: str | None
    reason: str


def decide(
    *, work_kind: str, contract_number: str | None, clause: Clause | None, uncovered_reason: str = ""
) -> CoverageDecision:
    """The decision for a kind of work under the covering contract.

    `contract_number` None = no contract covers the asset that day, and `uncovered_reason` says how
    so. `clause` None = the contract is silent about that kind of work. Both make it billable.
    """
    if contract_number is None:
        return CoverageDecision(False, Decision.BILLABLE, None, uncovered_reason or _no_contract())
    if clause is None:
        reason = _("%(contract)s does not include this kind of work (%(work)s), so it is billable.") % {
            "contract": contract_number,
            "work": WorkKind(work_kind).label,
        }
        return CoverageDecision(False, Decision.BILLABLE, contract_number, reason)
    covered = clause.decision != Decision.BILLABLE
    return CoverageDecision(covered, Decision(clause.decision), contract_number, _sentence(contract_number, clause))


def _no_contract() -> str:
    return _("No contract covers this, so the work is billable.")


def _sentence(contract_number: str, clause: Clause) -> str:
    values = {
        "contract": contract_number,
        "clause": clause.text,
        "amount": "" if clause.amount is None else money(clause.amount, clause.currency),
    }
    if clause.decision == Decision.UP_TO:
        return _("Covered by %(contract)s up to %(amount)s: %(clause)s") % values
    if clause.decision == Decision.COVERED:
        return _("Covered by %(contract)s: %(clause)s") % values
    return _("Billable under %(contract)s: %(clause)s") % values
