"""Where nobody is on duty."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.duty import Hours, holes

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
END = START + timedelta(days=1)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def test_no_shift_leaves_one_hole() -> None:
    assert holes([], starts_at=START, ends_at=END) == [Hours(START, END)]


def test_shifts_that_touch_leave_none() -> None:
    assert holes([(at(12), at(24)), (at(0), at(12))], starts_at=START, ends_at=END) == []


def test_hole_between_before_and_after() -> None:
    found = holes([(at(6), at(8)), (at(10), at(20))], starts_at=START, ends_at=END)
    assert found == [Hours(at(0), at(6)), Hours(at(8), at(10)), Hours(at(20), at(24))]


def test_shifts_that_reach_outside_are_cut() -> None:
    assert holes([(at(-5), at(3)), (at(20), at(40))], starts_at=START, ends_at=END) == [Hours(at(3), at(20))]


def test_shift_inside_another_changes_nothing() -> None:
    assert holes([(at(0), at(20)), (at(5), at(6))], starts_at=START, ends_at=END) == [Hours(at(20), at(24))]


spans = st.lists(st.tuples(st.integers(-5, 30), st.integers(1, 10)), max_size=8)


@given(spans)
def test_each_hour_is_either_covered_or_in_a_hole(rows: list[tuple[int, int]]) -> None:
    shifts = [(at(begin), at(begin + length)) for begin, length in rows]
    found = holes(shifts, starts_at=START, ends_at=END)
    for hour in range(24):
        covered = any(begin <= at(hour) < end for begin, end in shifts)
        in_hole = any(hole.starts_at <= at(hour) < hole.ends_at for hole in found)
        assert covered != in_hole
