"""Spans by literal tables and against a set of days; the decision by its sentences."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.coverage import (
    Clause,
    Span,
    contains,
    decide,
    first_on_or_after,
    intersect,
    normalise,
    subtract,
)

FIRST = date(2026, 1, 1)
FAR = 60  # the oracle looks at so many days; an open end reaches its last one


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def span(first: int, last: int | None) -> Span:
    return Span(day(first), None if last is None else day(last))


@pytest.mark.parametrize(
    ("given_spans", "expected"),
    [
        ([], []),
        ([span(3, 2)], []),
        ([span(3, 3)], [span(3, 3)]),
        ([span(5, 9), span(0, 4)], [span(0, 9)]),
        ([span(0, 4), span(6, 9)], [span(0, 4), span(6, 9)]),
        ([span(0, 9), span(2, 4)], [span(0, 9)]),
        ([span(0, None), span(5, 9)], [span(0, None)]),
        ([span(5, None), span(0, 4)], [span(0, None)]),
        ([Span(FIRST, date.max)], [Span(FIRST, None)]),
    ],
)
def test_normalise(given_spans: list[Span], expected: list[Span]) -> None:
    assert normalise(given_spans) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([span(0, 9)], [span(5, 14)], [span(5, 9)]),
        ([span(0, 9)], [span(10, 14)], []),
        ([span(0, 9)], [span(9, 14)], [span(9, 9)]),
        ([span(0, None)], [span(5, None)], [span(5, None)]),
        ([span(0, 9), span(20, 29)], [span(5, 24)], [span(5, 9), span(20, 24)]),
        ([span(0, 9)], [], []),
    ],
)
def test_intersect(first: list[Span], second: list[Span], expected: list[Span]) -> None:
    assert intersect(first, second) == expected
    assert intersect(second, first) == expected


@pytest.mark.parametrize(
    ("spans", "taken", "expected"),
    [
        ([span(0, 9)], [span(3, 5)], [span(0, 2), span(6, 9)]),
        ([span(0, 9)], [span(0, 9)], []),
        ([span(0, 9)], [span(5, None)], [span(0, 4)]),
        ([span(0, None)], [span(5, 9)], [span(0, 4), span(10, None)]),
        ([span(0, None)], [span(0, None)], []),
        ([span(0, 9)], [span(10, 12)], [span(0, 9)]),
        ([span(0, 9)], [span(2, 3), span(3, 6)], [span(0, 1), span(7, 9)]),
    ],
)
def test_subtract(spans: list[Span], taken: list[Span], expected: list[Span]) -> None:
    assert subtract(spans, taken) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [(day(-5), day(0)), (day(2), day(2)), (day(4), day(4)), (day(5), day(10)), (day(99), None)],
)
def test_first_on_or_after(on: date, expected: date | None) -> None:
    assert first_on_or_after([span(10, 20), span(0, 4)], on) == expected


def test_first_on_or_after_in_an_open_span() -> None:
    assert first_on_or_after([span(0, None)], day(1000)) == day(1000)


def test_contains_both_ends() -> None:
    spans = [span(0, 4)]
    assert [contains(spans, day(number)) for number in (-1, 0, 4, 5)] == [False, True, True, False]


_NUMBERS = st.integers(0, FAR - 1)
_SPANS = st.lists(st.builds(span, _NUMBERS, st.none() | _NUMBERS), max_size=5)


def days_of(spans: list[Span]) -> set[date]:
    return {day(number) for number in range(FAR) if any(one.holds(day(number)) for one in spans)}


def is_normal(spans: list[Span]) -> bool:
    gaps = all(
        one.until_on is not None and one.until_on + timedelta(days=1) < other.from_on for one, other in pairwise(spans)
    )
    return gaps and all(one.until_on is None or one.from_on <= one.until_on for one in spans)


@given(_SPANS)
def test_normalise_keeps_the_days(spans: list[Span]) -> None:
    assert days_of(normalise(spans)) == days_of(spans)
    assert is_normal(normalise(spans))


@given(_SPANS, _SPANS)
def test_intersect_and_subtract_against_sets_of_days(first: list[Span], second: list[Span]) -> None:
    shared, left = intersect(first, second), subtract(first, second)
    assert days_of(shared) == days_of(first) & days_of(second)
    assert days_of(left) == days_of(first) - days_of(second)
    assert is_normal(shared)
    assert is_normal(left)


@given(_SPANS, _NUMBERS)
def test_first_on_or_after_against_a_set_of_days(spans: list[Span], number: int) -> None:
    later = [on for on in days_of(spans) if on >= day(number)]
    assert first_on_or_after(spans, day(number)) == min(later, default=None)


def test_decision_without_a_contract_is_billable() -> None:
    decision = decide(work_kind="firmware", contract_number=None, clause=None)
    assert (decision.covered, decision.decision, decision.contract_number) == (False, "billable", None)
    assert decision.reason == "No contract covers this, so the work is billable."


def test_decision_for_an_unnamed_kind_of_work_is_billable() -> None:
    decision = decide(work_kind="training", contract_number="CT-7", clause=None)
    assert (decision.covered, decision.decision, decision.contract_number) == (False, "billable", "CT-7")
    assert decision.reason == "CT-7 does not include this kind of work (Training), so it is billable."


@pytest.mark.parametrize(
    ("clause", "covered", "reason"),
    [
        (Clause("covered", "Labour is free."), True, "Covered by CT-7: Labour is free."),
        (
            Clause("up_to", "Parts are paid.", Decimal("500.00"), "EUR"),
            True,
            "Covered by CT-7 up to EUR 500.00: Parts are paid.",
        ),
        (Clause("billable", "Quoted first."), False, "Billable under CT-7: Quoted first."),
    ],
)
def test_decision_follows_the_clause(clause: Clause, covered: bool, reason: str) -> None:
    decision = decide(work_kind="firmware", contract_number="CT-7", clause=clause)
    assert (decision.covered, decision.decision, decision.reason) == (covered, clause.decision, reason)
