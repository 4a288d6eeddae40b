"""Which recurrence rules are refused, and what their JSON may look like."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rule import MonthRule, Rule, RuleError, parse_rule

# What is refused


@pytest.mark.parametrize(
    ("attr", "code", "fields"),
    [
        ("frequency", "invalid_choice", {"frequency": "hourly"}),
        ("frequency", "invalid_choice", {"frequency": ["daily"]}),
        ("cadence", "invalid_choice", {"cadence": "loose"}),
        ("nonworking_day", "invalid_choice", {"nonworking_day": "nearest"}),
        ("interval", "invalid", {"interval": 0}),
        ("interval", "invalid", {"interval": -1}),
        ("interval", "invalid", {"interval": 1001}),
        ("interval", "invalid", {"interval": 1.5}),
        ("interval", "invalid", {"interval": True}),
        ("anchor_on", "invalid", {"anchor_on": "2026-01-31"}),
        ("anchor_on", "invalid", {"anchor_on": datetime(2026, 1, 31, tzinfo=UTC)}),
        ("anchor_on", "out_of_range", {"anchor_on": date(1899, 12, 31)}),
        ("anchor_on", "out_of_range", {"anchor_on": date(2201, 1, 1)}),
        ("from_on", "out_of_range", {"from_on": date(1, 1, 1)}),
        ("until_on", "out_of_range", {"until_on": date.max}),
        ("until_on", "before_start", {"from_on": date(2026, 2, 1), "until_on": date(2026, 1, 31)}),
        ("due_time", "invalid", {"due_time": "09:00"}),
        ("due_time", "invalid", {"due_time": time(9, tzinfo=UTC)}),
        ("due_time", "invalid", {"due_time": time(9, 0, 0, 1)}),
        ("timezone", "invalid_choice", {"timezone": "Europe/Atlantis"}),
        ("timezone", "invalid_choice", {"timezone": ""}),
        ("timezone", "invalid_choice", {"timezone": "localtime"}),
        ("timezone", "invalid_choice", {"timezone": "../../etc/passwd"}),
        ("timezone", "invalid_choice", {"timezone": "UTC\0"}),
        ("timezone", "invalid_choice", {"timezone": None}),
        ("nonworking_day", "not_allowed", {"frequency": "daily", "nonworking_day": "next"}),
        ("nonworking_day", "not_allowed", {"frequency": "daily", "nonworking_day": "previous"}),
        ("nonworking_day", "not_allowed", {"frequency": "daily", "interval": 6, "nonworking_day": "next"}),
        ("weekdays", "not_allowed", {"weekdays": frozenset({0})}),
        (
            "weekdays",
            "not_allowed",
            {"frequency": "weekly", "cadence": "floating", "weekdays": frozenset({0})},
        ),
        ("weekdays", "invalid_choice", {"frequency": "weekly", "weekdays": frozenset({7})}),
        ("weekdays", "invalid_choice", {"frequency": "weekly", "weekdays": frozenset({True})}),
        ("weekdays", "invalid_choice", {"frequency": "weekly", "weekdays": frozenset({"mon"})}),
        ("weekdays", "invalid", {"frequency": "weekly", "weekdays": [0]}),
        # Every seventh day from a Saturday is never a Monday.
        ("weekdays", "no_date", {"frequency": "daily", "interval": 7, "weekdays": frozenset({0})}),
        ("month_rule", "not_allowed", {"frequency": "weekly", "month_rule": MonthRule("last_day")}),
        ("month_rule", "not_allowed", {"cadence": "floating", "month_rule": MonthRule("last_day")}),
        ("month_rule", "invalid", {"month_rule": "last_day"}),
    ],
)
def test_rule_refuses(attr: str, code: str, fields: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "frequency": "monthly",
        "anchor_on": date(2026, 1, 31),
        "due_time": time(9),
        "timezone": "Europe/Amsterdam",
    }
    with pytest.raises(RuleError) as refused:
        Rule(**good | fields)
    assert (refused.value.attr, refused.value.code) == (attr, code)


@pytest.mark.parametrize(
    ("attr", "fields"),
    [
        ("month_rule.kind", {"kind": "first_day"}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0, "nth": 0}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0, "nth": 6}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0, "nth": -2}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0, "nth": True}),
        ("month_rule.nth", {"kind": "nth_weekday", "weekday": 0, "nth": "1"}),
        ("month_rule.weekday", {"kind": "nth_weekday", "nth": 1}),
        ("month_rule.weekday", {"kind": "nth_weekday", "nth": 1, "weekday": 7}),
        ("month_rule.nth", {"kind": "last_day", "nth": 1}),
        ("month_rule.weekday", {"kind": "anchor", "weekday": 0}),
    ],
)
def test_month_rule_refuses(attr: str, fields: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as refused:
        MonthRule(**fields)
    assert refused.value.attr == attr


# From JSON

GIVEN: dict[str, object] = {
    "frequency": "monthly",
    "anchor_on": "2026-01-31",
    "due_time": "09:00",
    "timezone": "Europe/Amsterdam",
}


def test_parse_fills_in_the_defaults() -> None:
    assert parse_rule(GIVEN) == Rule(
        frequency="monthly",
        anchor_on=date(2026, 1, 31),
        due_time=time(9),
        timezone="Europe/Amsterdam",
        interval=1,
        weekdays=frozenset(),
        month_rule=MonthRule("anchor"),
        cadence="fixed",
    )
    assert parse_rule(GIVEN).nonworking_rule == "as_is"
    assert parse_rule(GIVEN | {"frequency": "daily"}).nonworking_rule == "skip"


def test_parse_takes_null_as_left_out() -> None:
    names = (
        "interval",
        "weekdays",
        "month_rule",
        "cadence",
        "nonworking_day",
        "from_on",
        "until_on",
        "calendar",
    )
    assert parse_rule(GIVEN | dict.fromkeys(names)) == parse_rule(GIVEN)


def test_parse_takes_every_field() -> None:
    parsed = parse_rule(
        {
            "frequency": "weekly",
            "interval": 2,
            "anchor_on": "2026-01-05",
            "due_time": "17:30:15",
            "timezone": "Asia/Tehran",
            "weekdays": ["thu", "mon", "mon"],
            "month_rule": {"kind": "anchor", "nth": None},
            "cadence": "fixed",
            "nonworking_day": "previous",
            "calendar": 7,
            "from_on": "2026-01-01",
            "until_on": "2026-12-31",
        }
    )
    assert parsed == Rule(
        frequency="weekly",
        anchor_on=date(2026, 1, 5),
        due_time=time(17, 30, 15),
        timezone="Asia/Tehran",
        interval=2,
        weekdays=frozenset({0, 3}),
        nonworking_day="previous",
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
    )


def test_parse_takes_a_month_rule() -> None:
    parsed = parse_rule(GIVEN | {"month_rule": {"kind": "nth_weekday", "nth": -1, "weekday": "sun"}})
    assert parsed.month_rule == MonthRule("nth_weekday", -1, 6)


@pytest.mark.parametrize("field", ["frequency", "anchor_on", "due_time", "timezone"])
def test_parse_names_what_is_missing(field: str) -> None:
    left = {name: value for name, value in GIVEN.items() if name != field}
    for data in (left, left | {field: None}):
        with pytest.raises(RuleError) as refused:
            parse_rule(data)
        assert (refused.value.attr, refused.value.code) == (field, "required")


@pytest.mark.parametrize(
    ("attr", "fields"),
    [
        ("colour", {"colour": "red"}),
        ("frequency", {"frequency": 1}),
        ("frequency", {"frequency": {}}),
        ("interval", {"interval": "2"}),
        ("interval", {"interval": 1e300}),
        ("interval", {"interval": 10**30}),
        ("anchor_on", {"anchor_on": "2026-02-30"}),
        ("anchor_on", {"anchor_on": "20260131"}),
        ("anchor_on", {"anchor_on": "2026-W05-6"}),
        ("anchor_on", {"anchor_on": "2026-01-31T09:00:00Z"}),
        ("anchor_on", {"anchor_on": "2026-01-31\n"}),
        ("anchor_on", {"anchor_on": "٢٠٢٦-٠١-٣١"}),  # Arabic digits
        ("anchor_on", {"anchor_on": "0000-01-01"}),
        ("anchor_on", {"anchor_on": 20260131}),
        ("from_on", {"from_on": ["2026-01-31"]}),
        ("until_on", {"until_on": "soon"}),
        ("due_time", {"due_time": "9:00"}),
        ("due_time", {"due_time": "24:00"}),
        ("due_time", {"due_time": "09:00Z"}),
        ("due_time", {"due_time": "09:60"}),
        ("due_time", {"due_time": 9}),
        ("timezone", {"timezone": 1}),
        ("timezone", {"timezone": ["UTC"]}),
        ("weekdays", {"frequency": "weekly", "weekdays": "mon"}),
        ("weekdays", {"frequency": "weekly", "weekdays": ["monday"]}),
        ("weekdays", {"frequency": "weekly", "weekdays": [0]}),
        ("weekdays", {"frequency": "weekly", "weekdays": [["mon"]]}),
        ("weekdays", {"frequency": "weekly", "weekdays": {"mon": True}}),
        ("month_rule", {"month_rule": "last_day"}),
        ("month_rule", {"month_rule": ["last_day"]}),
        ("month_rule.day", {"month_rule": {"kind": "anchor", "day": 3}}),
        ("month_rule.kind", {"month_rule": {"kind": ["last_day"]}}),
        ("month_rule.nth", {"month_rule": {"kind": "nth_weekday", "nth": 2.0, "weekday": "mon"}}),
        ("month_rule.weekday", {"month_rule": {"kind": "nth_weekday", "nth": 1, "weekday": 0}}),
        ("cadence", {"cadence": False}),
        ("nonworking_day", {"nonworking_day": ""}),
    ],
)
def test_parse_refuses(attr: str, fields: dict[str, object]) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(GIVEN | fields)
    assert refused.value.attr == attr


@pytest.mark.parametrize("data", [None, [], "rule", 7])
def test_parse_refuses_what_is_no_object(data: object) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(data)
    assert refused.value.attr == "non_field_errors"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


OPTIONAL = ("interval", "weekdays", "month_rule", "cadence", "nonworking_day", "from_on", "until_on")


@given(st.fixed_dictionaries(dict.fromkeys(GIVEN, JUNK), optional=dict.fromkeys(OPTIONAL, JUNK)))
def test_parse_of_junk_raises_nothing_else(data: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        parse_rule(data)


def refused_field(data: dict[str, object]) -> str | None:
    try:
        parse_rule(data)
    except RuleError as refused:
        return refused.attr.split(".")[0]
    return None


@given(st.sampled_from([*GIVEN, *OPTIONAL]), JUNK)
def test_parse_of_one_junk_field_names_it_or_takes_it(field: str, junk: object) -> None:
    assert refused_field(GIVEN | {field: junk}) in (field, None)
