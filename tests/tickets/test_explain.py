import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.worktime import WorkCalendar
from tickets.clock import KINDS, ClockError
from tickets.explain import MAX_EVENTS, parse_explain, to_json

OFFICE = WorkCalendar.parse(
    "Europe/Amsterdam", {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}, [], {}
)
PAYLOAD: dict[str, Any] = {
    "as_of": "2026-03-03T12:00:00+01:00",
    "calendar": 7,
    "severity": "S3",
    "targets": {
        "S1": {
            "response": {"minutes": 15, "clock": "around_the_clock"},
            "resolution": {"minutes": 240.5, "clock": "around_the_clock"},
        },
        "S3": {"response": {"business_days": 1, "clock": "calendar"}, "resolution": None},
    },
    "pause_on": ["waiting_customer"],
    "events": [
        {"at": "2026-03-02T10:00:00+01:00", "kind": "opened"},
        {"at": "2026-03-02T10:30:00Z", "kind": "waiting_customer", "severity": None},
        {"at": "2026-03-02T12:00:30+01:00", "kind": "resumed"},
    ],
}


def payload(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(PAYLOAD), **changes}


def changed(path: str, value: object) -> dict[str, Any]:
    """The payload with another value at a dotted path."""
    data = payload()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    row: Any = data
    for part in parents:
        row = row[part]
    row[last] = value
    return data


def refused(data: object) -> tuple[str, str]:
    with pytest.raises(ClockError) as caught:
        parse_explain(data, OFFICE).answer()
    return caught.value.attr, caught.value.code


def test_answer_has_the_shape_of_the_api() -> None:
    answer = to_json(parse_explain(PAYLOAD, OFFICE).answer())
    assert answer["response"] == {
        "due_at": "2026-03-03T09:00:00Z",
        "spent_minutes": 600,
        "paused_minutes": 0,
        "state": "running",
        "met": False,
        "breached_at": "2026-03-03T09:00:00Z",
        "derived_breach_at": None,
        "ledger": [
            {
                "from_at": "2026-03-02T09:00:00Z",
                "to_at": "2026-03-03T11:00:00Z",
                "kind": "counted",
                "seconds": 36000,
                "reason": "opened",
                "sentence": "Counted from the opening.",
            }
        ],
    }
    resolution: Any = answer["resolution"]
    assert (resolution["due_at"], resolution["met"], resolution["breached_at"]) == (None, None, None)
    assert (resolution["spent_minutes"], resolution["paused_minutes"]) == (569.5, 30.5)
    assert [entry["kind"] for entry in resolution["ledger"]] == ["counted", "paused", "counted"]


def test_answer_is_json() -> None:
    answer = to_json(parse_explain(PAYLOAD, OFFICE).answer())
    assert json.loads(json.dumps(answer, default=str))["resolution"]["state"] == "running"


def test_as_of_may_be_left_out_where_the_clock_stops() -> None:
    events = [*PAYLOAD["events"], {"at": "2026-03-02T12:30:00Z", "kind": "resolved"}]
    data = payload(events=events)
    del data["as_of"]
    answer: Any = to_json(parse_explain(data, OFFICE).answer())
    assert answer["response"]["met"] is True
    assert answer["resolution"]["state"] == "stopped"


def test_as_of_left_out_of_a_running_clock_is_refused() -> None:
    assert refused(changed("as_of", None)) == ("as_of", "required")


def test_every_kind_of_the_api_is_known() -> None:
    for kind in KINDS - {"opened", "severity_changed"}:
        data = payload(events=[{"at": "2026-03-02T10:00:00Z", "kind": kind}])
        assert parse_explain(data, OFFICE).events[0].kind == kind


@pytest.mark.parametrize(
    ("path", "value", "attr", "code"),
    [
        ("as_of", "2026-03-03T12:00:00", "as_of", "naive"),
        ("as_of", "2026-03-03T12:00:00 01:00", "as_of", "invalid"),
        ("as_of", "tomorrow", "as_of", "invalid"),
        ("as_of", 5, "as_of", "invalid"),
        ("as_of", "0001-01-01T00:00:00+23:59", "as_of", "out_of_range"),
        ("as_of", "9999-12-31T23:59:59-23:59", "as_of", "out_of_range"),
        ("as_of", "2026-03-01T12:00:00Z", "as_of", "before_opening"),
        ("severity", "S5", "severity", "invalid_choice"),
        ("severity", None, "severity", "required"),
        ("severity", ["S3"], "severity", "invalid"),
        ("severity", "S2", "targets.S2", "required"),
        ("surprise", 1, "surprise", "unknown"),
        ("targets", [], "targets", "invalid"),
        ("targets", None, "targets", "required"),
        ("targets.S9", {}, "targets.S9", "unknown"),
        ("targets.S3", 3, "targets.S3", "invalid"),
        ("targets.S3.repair", None, "targets.S3.repair", "unknown"),
        ("targets.S3.resolution", "soon", "targets.S3.resolution", "invalid"),
        ("targets.S3.resolution", {"minutes": 5}, "targets.S3.resolution.clock", "required"),
        ("targets.S3.resolution", {"clock": "calendar"}, "targets.S3.resolution.minutes", "one_unit"),
        ("targets.S1.response.minutes", "15", "targets.S1.response.minutes", "invalid"),
        ("targets.S1.response.minutes", True, "targets.S1.response.minutes", "invalid"),
        ("targets.S1.response.minutes", float("nan"), "targets.S1.response.minutes", "out_of_range"),
        ("targets.S1.response.minutes", 10**400, "targets.S1.response.minutes", "out_of_range"),
        ("targets.S1.response.minutes", -1, "targets.S1.response.minutes", "out_of_range"),
        ("targets.S1.response.hours", 1, "targets.S1.response.hours", "unknown"),
        ("targets.S1.response.clock", "lunar", "targets.S1.response.clock", "invalid_choice"),
        ("targets.S1.response.clock", {}, "targets.S1.response.clock", "invalid"),
        ("targets.S3.response.business_days", 1.5, "targets.S3.response.business_days", "invalid"),
        ("targets.S3.response.business_days", 10**400, "targets.S3.response.business_days", "out_of_range"),
        ("targets.S3.response.minutes", 5, "targets.S3.response.minutes", "one_unit"),
        ("targets.S3.response.clock", "around_the_clock", "targets.S3.response.clock", "needs_calendar"),
        ("pause_on", None, "pause_on", "invalid"),
        ("pause_on", "waiting_customer", "pause_on", "invalid"),
        ("pause_on.0", "lunch", "pause_on.0", "invalid_choice"),
        ("pause_on.0", {}, "pause_on.0", "invalid"),
        ("events", {}, "events", "invalid"),
        ("events", [], "events", "not_opened"),
        ("events", [None] * (MAX_EVENTS + 1), "events", "too_many"),
        ("events.1", "resumed", "events.1", "invalid"),
        ("events.1.at", None, "events.1.at", "required"),
        ("events.1.at", "2026-03-02T10:30:00", "events.1.at", "naive"),
        ("events.1.at", "2026-03-02T08:30:00Z", "events.1.at", "before_opening"),
        ("events.1.kind", "closed", "events.1.kind", "invalid_choice"),
        ("events.1.kind", ["resumed"], "events.1.kind", "invalid"),
        ("events.1.kind", "opened", "events.1.kind", "opened_twice"),
        ("events.1.kind", "resumed", "events.1.kind", "out_of_sequence"),
        ("events.1.kind", "severity_changed", "events.1.severity", "required"),
        ("events.1.severity", "S1", "events.1.severity", "not_allowed"),
        ("events.0.severity", "worst", "events.0.severity", "invalid_choice"),
        ("events.1.note", "", "events.1.note", "unknown"),
    ],
)
def test_bad_payload_names_the_field(path: str, value: object, attr: str, code: str) -> None:
    assert refused(changed(path, value)) == (attr, code)


@pytest.mark.parametrize("data", [None, [], "", 5, {1: 2}])
def test_payload_that_is_no_object_is_refused(data: object) -> None:
    assert refused(data) == ("non_field_errors", "invalid")


def test_space_in_an_instant_names_the_cure() -> None:
    with pytest.raises(ClockError) as caught:
        parse_explain(changed("as_of", "2026-03-03T12:00:00 01:00"), OFFICE)
    assert "%2B" in str(caught.value.message)


def test_calendar_that_never_opens_is_an_error_of_the_calendar() -> None:
    with pytest.raises(ClockError) as caught:
        parse_explain(PAYLOAD, WorkCalendar.parse("UTC", {}, [], {})).answer()
    assert caught.value.attr == "calendar"


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["S1", "calendar", "opened", "resolved", "2026-03-02T09:00:00Z", "2026-03-02", "24:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["at", "kind", "severity", "clock", "minutes", "S1", "response"]), inner)
    ),
    max_leaves=6,
)
PATHS = [
    "as_of",
    "severity",
    "pause_on",
    "pause_on.0",
    "events",
    "events.0",
    "targets",
    "targets.S1",
    "targets.S3",
    "targets.S3.response",
    "targets.S3.resolution",
    "targets.S3.response.business_days",
    "targets.S3.response.clock",
    "targets.S1.response.minutes",
    *(f"events.{number}.{field}" for number in range(3) for field in ("at", "kind", "severity")),
]


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(PATHS), ANY_JSON)
def test_hostile_values_raise_nothing_but_a_clock_error(path: str, value: object) -> None:
    # A value may happen to be a good one.
    with contextlib.suppress(ClockError):
        to_json(parse_explain(changed(path, value), OFFICE).answer())


@given(ANY_JSON)
def test_hostile_payloads_raise_nothing_but_a_clock_error(data: object) -> None:
    with pytest.raises(ClockError):
        parse_explain(data, OFFICE).answer()
