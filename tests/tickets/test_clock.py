from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.worktime import AROUND_THE_CLOCK, WorkCalendar
from tickets.clock import KINDS, PAUSES, ClockError, Clocks, ClockTarget, Event, Targets, Terms, evaluate

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in WEEKDAYS}

# 9 to 5, Monday to Friday. 2 March 2026 is a Monday; Amsterdam changes to summer time on 29 March.
OFFICE = WorkCalendar.parse("UTC", NINE_TO_FIVE, ["2026-03-04"], {"2026-03-05": [["09:00", "12:00"]]})
AMSTERDAM = WorkCalendar.parse("Europe/Amsterdam", NINE_TO_FIVE, [], {})
NEW_YORK = WorkCalendar.parse("America/New_York", NINE_TO_FIVE, [], {})
ALL_WAITS = frozenset({"waiting_customer", "waiting_vendor", "monitoring"})


def minutes(value: float, clock: str = "calendar") -> ClockTarget:
    return ClockTarget(value, None, clock)  # type: ignore[arg-type]


def days(value: int) -> ClockTarget:
    return ClockTarget(None, value, "calendar")


TARGETS: Targets = {
    "S1": {"response": minutes(15, "around_the_clock"), "resolution": minutes(240, "around_the_clock")},
    "S2": {"response": minutes(30, "around_the_clock"), "resolution": minutes(480, "around_the_clock")},
    "S3": {"response": days(1), "resolution": minutes(240)},
    "S4": {"response": days(3), "resolution": None},
}


def at(text: str) -> datetime:
    """`02T10:00` in March 2026, UTC; or a whole instant."""
    whole = text if len(text) > 8 else f"2026-03-{text}"
    return datetime.fromisoformat(whole).replace(tzinfo=UTC)


def story(*lines: str) -> list[Event]:
    """`02T10:00 opened` or `02T10:00 severity_changed S1`."""
    parts = [line.split() for line in lines]
    return [Event(at(part[0]), part[1], part[2] if len(part) > 2 else None) for part in parts]


def clocks(
    events: Sequence[Event],
    as_of: str | None = None,
    *,
    severity: str = "S3",
    calendar: WorkCalendar = OFFICE,
    pause_on: frozenset[str] = ALL_WAITS,
    targets: Targets = TARGETS,
) -> Clocks:
    return evaluate(
        calendar=calendar,
        targets=targets,
        pause_on=pause_on,
        events=events,
        as_of=at(as_of) if as_of else None,
        severity=severity,
    )


def hours(value: float) -> timedelta:
    return timedelta(hours=value)


# -- deadlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "opened", "response", "resolution"),
    [
        ("S1", "07T23:50", "08T00:05", "08T03:50"),  # a Saturday night: around the clock
        ("S2", "02T10:00", "02T10:30", "02T18:00"),
        ("S3", "02T10:00", "03T10:00", "02T14:00"),
        ("S3", "02T15:00", "03T15:00", "03T11:00"),  # over the night
        ("S3", "03T15:00", "05T12:00", "05T11:00"),  # over a holiday; cut to a short day
        ("S3", "06T16:00", "09T16:00", "09T12:00"),  # over a weekend
        ("S3", "07T10:00", "09T17:00", "09T13:00"),  # on a Saturday: the day's working minutes
        ("S4", "06T16:00", "11T16:00", None),
    ],
)
def test_deadlines_of_an_open_ticket(severity: str, opened: str, response: str, resolution: str | None) -> None:
    result = clocks(story(f"{opened} opened"), opened, severity=severity)
    assert result.response.due_at == at(response)
    assert result.resolution.due_at == (at(resolution) if resolution else None)


@pytest.mark.parametrize(
    ("calendar", "opened", "due"),
    [
        # Friday 16:00 CET, Monday 12:00 CEST: the spring night is shorter, the working time is not.
        (AMSTERDAM, "2026-03-27T15:00", "2026-03-30T10:00"),
        # Friday 16:00 CEST, Monday 12:00 CET.
        (AMSTERDAM, "2026-10-23T14:00", "2026-10-26T11:00"),
        (NEW_YORK, "2026-03-06T21:00", "2026-03-09T16:00"),
        (NEW_YORK, "2026-10-30T20:00", "2026-11-02T17:00"),
    ],
)
def test_calendar_deadline_over_a_change_of_the_clocks(calendar: WorkCalendar, opened: str, due: str) -> None:
    result = clocks(story(f"{opened} opened"), opened, calendar=calendar)
    assert result.resolution.due_at == at(due)


def test_business_day_over_the_spring_change_keeps_the_wall_time() -> None:
    opened = "2026-03-27T14:00"  # 15:00 in Amsterdam
    result = clocks(story(f"{opened} opened"), opened, calendar=AMSTERDAM)
    assert result.response.due_at == at("2026-03-30T13:00")  # 15:00 as well


def test_around_the_clock_counts_real_hours_over_the_spring_change() -> None:
    hours_open = {day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")}
    always = WorkCalendar.parse("Europe/Amsterdam", hours_open, [], {})
    targets: Targets = {"S3": {"response": None, "resolution": minutes(1440)}}
    opened = "2026-03-28T11:00"  # noon on the day before
    result = clocks(story(f"{opened} opened"), opened, calendar=always, targets=targets)
    assert result.resolution.due_at == at("2026-03-29T11:00")  # 13:00 on the wall


def test_instants_with_other_offsets_come_out_in_utc() -> None:
    opened = Event(datetime.fromisoformat("2026-03-02T11:00:00+01:00"), "opened")
    result = clocks([opened], "02T10:00")
    assert str(result.resolution.due_at) == "2026-03-02 14:00:00+00:00"


# -- half-open ends -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "breached", "met"),
    [("02T14:00", None, None), ("02T14:01", "02T14:00", False), ("07T00:00", "02T14:00", False)],
)
def test_breach_begins_after_the_deadline(as_of: str, breached: str | None, met: bool | None) -> None:
    clock = clocks(story("02T10:00 opened"), as_of).resolution
    assert clock.breached_at == (at(breached) if breached else None)
    assert (clock.met, clock.state, clock.derived_breach_at) == (met, "running", None)


@pytest.mark.parametrize(("resolved", "met"), [("02T13:00", True), ("02T14:00", True), ("02T14:01", False)])
def test_resolved_at_the_deadline_is_in_time(resolved: str, met: bool) -> None:
    clock = clocks(story("02T10:00 opened", f"{resolved} resolved")).resolution
    assert (clock.state, clock.met, clock.due_at) == ("stopped", met, at("02T14:00"))
    assert clock.breached_at == (None if met else at("02T14:00"))


def test_deadline_at_the_closing_stays_there_whatever_happens_at_that_minute() -> None:
    plain = clocks(story("02T13:00 opened"), "02T20:00").resolution
    answered = clocks(story("02T13:00 opened", "02T17:00 acknowledged"), "02T20:00").resolution
    flicker = story("02T13:00 opened", "02T17:00 waiting_customer", "02T17:00 resumed")
    assert plain.due_at == answered.due_at == at("02T17:00")
    assert clocks(flicker, "02T20:00").resolution.due_at == at("02T17:00")
    assert plain.breached_at == answered.breached_at == at("02T17:00")


# -- response -------------------------------------------------------------------------------------


def test_response_stops_at_the_first_acknowledgement() -> None:
    events = story("02T10:00 opened", "02T10:10 acknowledged", "02T12:00 acknowledged")
    clock = clocks(events, "02T13:00", severity="S1").response
    assert (clock.state, clock.met, clock.spent) == ("stopped", True, timedelta(minutes=10))
    assert clock.due_at == at("02T10:15")


def test_response_of_a_ticket_opened_by_staff_takes_no_time() -> None:
    acknowledged_first_in_the_list = story("02T10:00 acknowledged", "02T10:00 opened")
    clock = clocks(acknowledged_first_in_the_list, "02T13:00", severity="S1").response
    assert (clock.state, clock.met, clock.spent, clock.ledger) == ("stopped", True, timedelta(0), ())


def test_response_of_a_ticket_resolved_without_acknowledgement_ends_there() -> None:
    late = clocks(story("02T10:00 opened", "02T10:16 resolved"), severity="S1").response
    assert (late.state, late.met, late.breached_at) == ("stopped", False, at("02T10:15"))


def test_response_does_not_pause() -> None:
    waiting = clocks(story("02T10:00 opened", "02T10:05 waiting_customer"), "02T10:20", severity="S1")
    assert (waiting.response.state, waiting.response.paused) == ("running", timedelta(0))
    assert waiting.response.breached_at == at("02T10:15")
    assert waiting.resolution.state == "paused"


def test_response_does_not_restart_when_reopened() -> None:
    events = story("02T10:00 opened", "02T10:10 acknowledged", "02T11:00 resolved", "02T12:00 reopened")
    clock = clocks(events, "03T12:00", severity="S1").response
    assert (clock.state, clock.met, clock.spent) == ("stopped", True, timedelta(minutes=10))


def test_response_that_stopped_is_not_judged_by_a_later_severity() -> None:
    events = story("02T10:00 opened", "02T11:00 acknowledged", "02T12:00 severity_changed S1")
    clock = clocks(events, "02T12:30").response
    assert (clock.met, clock.due_at, clock.breached_at) == (True, at("03T10:00"), None)


# -- pauses ---------------------------------------------------------------------------------------


def test_pause_is_counted_in_working_time_not_in_wall_time() -> None:
    events = story("02T15:00 opened", "02T16:00 waiting_customer", "03T10:00 resumed")
    clock = clocks(events, "03T10:00").resolution
    assert (clock.paused, clock.spent) == (hours(2), hours(1))  # not 18 hours
    assert clock.due_at == at("03T13:00")


def test_pause_around_the_clock_is_counted_in_real_time() -> None:
    events = story("02T15:00 opened", "02T16:00 waiting_customer", "03T10:00 resumed")
    clock = clocks(events, "03T10:00", severity="S1").resolution
    assert (clock.paused, clock.spent, clock.due_at) == (hours(18), hours(1), at("03T13:00"))


def test_pause_over_a_weekend_and_a_holiday_costs_nothing() -> None:
    events = story("03T16:00 opened", "03T17:00 waiting_vendor", "05T09:00 resumed")
    clock = clocks(events, "05T09:00").resolution
    assert (clock.paused, clock.due_at) == (timedelta(0), at("05T12:00"))


def test_pause_over_the_spring_change_takes_working_time() -> None:
    # From Friday 16:00 CET to Monday 10:00 CEST: one working hour on each day.
    events = story("2026-03-27T14:00 opened", "2026-03-27T15:00 waiting_customer", "2026-03-30T08:00 resumed")
    clock = clocks(events, "2026-03-30T08:00", calendar=AMSTERDAM).resolution
    assert (clock.paused, clock.due_at) == (hours(2), at("2026-03-30T11:00"))


def test_no_breach_while_paused() -> None:
    events = story("02T10:00 opened", "02T13:59 waiting_customer")
    clock = clocks(events, "06T16:00").resolution
    assert (clock.state, clock.met, clock.breached_at) == ("paused", None, None)
    assert clock.due_at == at("06T16:01")  # if the wait ended now


def test_pause_at_the_deadline_itself_breaches_only_after_it() -> None:
    events = story("02T10:00 opened", "02T14:00 waiting_customer", "02T15:00 resumed")
    assert clocks(events, "02T14:30").resolution.breached_at is None
    resumed = clocks(events, "02T15:30").resolution
    assert (resumed.due_at, resumed.breached_at) == (at("02T15:00"), at("02T15:00"))


def test_pause_after_the_breach_does_not_move_it() -> None:
    events = story("02T10:00 opened", "02T15:00 waiting_customer", "02T16:00 resumed")
    clock = clocks(events, "02T16:30").resolution
    assert (clock.due_at, clock.breached_at, clock.met) == (at("02T14:00"), at("02T14:00"), False)


def test_paused_straight_to_resolved_keeps_the_pause() -> None:
    events = story("02T10:00 opened", "02T11:00 waiting_customer", "03T11:00 resolved")
    clock = clocks(events).resolution
    assert (clock.state, clock.met) == ("stopped", True)
    assert (clock.spent, clock.paused, clock.due_at) == (hours(1), hours(8), at("03T14:00"))


def test_two_waits_at_once_count_once_and_end_together() -> None:
    events = story("02T09:00 opened", "02T10:00 waiting_customer", "02T11:00 waiting_vendor", "02T13:00 resumed")
    clock = clocks(events, "02T14:00").resolution
    assert (clock.spent, clock.paused, clock.due_at) == (hours(2), hours(3), at("02T16:00"))
    assert [entry.reason for entry in clock.ledger] == [
        "opened",
        "waiting_customer",
        "waiting_vendor",
        "resumed",
    ]


def test_only_the_reasons_of_the_policy_pause() -> None:
    events = story("02T09:00 opened", "02T10:00 waiting_customer", "02T11:00 waiting_vendor")
    clock = clocks(events, "02T12:00", pause_on=frozenset({"waiting_customer"})).resolution
    assert (clock.state, clock.spent, clock.paused) == ("running", hours(2), hours(1))


@pytest.mark.parametrize("reason", sorted(PAUSES))
def test_every_reason_can_pause_or_run_on(reason: str) -> None:
    events = story("02T09:00 opened", f"02T10:00 {reason}", "02T12:00 resumed")
    paused = clocks(events, "02T12:00").resolution
    running = clocks(events, "02T12:00", pause_on=frozenset()).resolution
    assert (paused.paused, paused.due_at) == (hours(2), at("02T15:00"))
    assert (running.paused, running.due_at) == (timedelta(0), at("02T13:00"))


def test_pause_adds_to_a_target_in_business_days() -> None:
    targets: Targets = {"S3": {"response": None, "resolution": days(2)}}
    events = story("02T10:00 opened", "02T11:00 waiting_customer", "02T12:00 resumed")
    # Monday 10:00 and two business days over the holiday: Thursday 10:00; an hour more.
    clock = clocks(events, "02T12:00", targets=targets).resolution
    assert clock.due_at == at("05T11:00")


# -- severity -------------------------------------------------------------------------------------


def test_raised_severity_derives_from_the_opening() -> None:
    events = story("02T10:00 opened", "02T11:00 severity_changed S2")
    result = clocks(events, "02T11:00")
    assert result.resolution.due_at == at("02T18:00")
    assert (result.response.due_at, result.response.breached_at) == (at("02T10:30"), at("02T11:00"))


def test_breach_found_by_a_change_is_recorded_at_the_change() -> None:
    events = story("02T09:00 opened", "02T14:00 severity_changed S1")
    targets: Targets = {**TARGETS, "S3": {"response": days(1), "resolution": days(2)}}
    clock = clocks(events, "02T15:00", targets=targets).resolution
    assert (clock.breached_at, clock.derived_breach_at) == (at("02T14:00"), at("02T13:00"))
    assert (clock.due_at, clock.met) == (at("02T13:00"), False)


def test_change_of_severity_keeps_the_pauses_in_the_new_clock() -> None:
    events = story(
        "02T15:00 opened",
        "02T16:00 waiting_customer",
        "03T10:00 resumed",
        "03T10:00 severity_changed S1",
    )
    clock = clocks(events, "03T10:00").resolution
    # Around the clock the wait took 18 hours, and one of four hours is spent.
    assert (clock.paused, clock.spent, clock.due_at) == (hours(18), hours(1), at("03T13:00"))


def test_change_of_severity_while_paused_keeps_the_pause() -> None:
    events = story("02T10:00 opened", "02T11:00 waiting_customer", "02T12:00 severity_changed S1")
    clock = clocks(events, "02T13:00").resolution
    assert (clock.state, clock.paused, clock.due_at) == ("paused", hours(2), at("02T16:00"))
    assert [entry.kind for entry in clock.ledger] == ["counted", "paused"]


def test_lowered_severity_judges_a_running_clock_again() -> None:
    events = story("02T09:00 opened", "02T14:00 severity_changed S2")
    before = clocks(events, "02T13:30", severity="S1").resolution
    after = clocks(events, "02T14:30", severity="S1").resolution
    later = clocks(events, "02T18:00", severity="S1").resolution
    assert before.breached_at == at("02T13:00")
    assert (after.breached_at, after.met, after.due_at) == (None, None, at("02T17:00"))
    assert later.breached_at == at("02T17:00")


def test_breach_that_already_stands_keeps_its_instant() -> None:
    events = story("02T10:00 opened", "02T15:00 severity_changed S1")
    targets: Targets = {**TARGETS, "S3": {"response": None, "resolution": minutes(270)}}
    clock = clocks(events, "02T16:00", targets=targets).resolution
    assert (clock.breached_at, clock.derived_breach_at) == (at("02T14:30"), None)


def test_target_removed_by_a_change_ends_the_breach() -> None:
    events = story("02T10:00 opened", "02T15:00 severity_changed S4")
    clock = clocks(events, "06T16:00").resolution
    assert (clock.due_at, clock.met, clock.breached_at, clock.at_risk_at) == (None, None, None, None)


def test_severity_corrected_after_the_resolution_is_not_judged() -> None:
    events = story("02T10:00 opened", "02T13:59 resolved", "02T15:00 severity_changed S1")
    resolved = clocks(events).resolution
    assert (resolved.met, resolved.due_at, resolved.state) == (True, at("02T14:00"), "stopped")
    reopened = clocks([*events, Event(at("02T16:00"), "reopened")], "02T16:00").resolution
    assert reopened.due_at == at("02T16:01")


def test_severity_of_the_opening_event_counts() -> None:
    result = clocks(story("02T10:00 opened S1"), "02T10:00", severity="S3")
    assert result.response.due_at == at("02T10:15")


# -- reopened and re-based ------------------------------------------------------------------------


def test_reopened_goes_on_with_the_unspent_budget() -> None:
    events = story("02T09:00 opened", "02T10:00 resolved", "05T09:00 reopened")
    clock = clocks(events, "05T10:00").resolution
    assert (clock.state, clock.met, clock.spent, clock.paused) == ("running", None, hours(2), hours(0))
    assert clock.due_at == at("05T12:00")
    assert [entry.kind for entry in clock.ledger] == ["counted", "stopped", "counted"]


def test_reopened_after_a_breach_stays_breached() -> None:
    events = story("02T09:00 opened", "02T15:00 resolved", "03T09:00 reopened", "03T10:00 resolved")
    clock = clocks(events).resolution
    assert (clock.met, clock.breached_at, clock.due_at) == (False, at("02T13:00"), at("02T13:00"))
    assert clock.spent == hours(7)


def test_rebased_without_terms_moves_nothing() -> None:
    events = story("02T10:00 opened", "02T11:00 waiting_customer", "02T12:00 rebased", "02T13:00 resumed")
    clock = clocks(events, "02T13:00").resolution
    assert (clock.due_at, clock.spent, clock.paused) == (at("02T16:00"), hours(1), hours(2))


def test_rebased_keeps_what_was_counted_and_goes_on_in_the_new_terms() -> None:
    terms = Terms(AROUND_THE_CLOCK, {"S3": {"response": minutes(10), "resolution": minutes(300)}})
    events = [
        *story("02T15:00 opened", "02T16:00 acknowledged"),
        Event(at("03T10:00"), "rebased", terms=terms),
    ]
    result = clocks(events, "03T10:00")
    # Three hours counted in office hours, two more of the new five around the clock.
    assert (result.resolution.spent, result.resolution.due_at) == (hours(3), at("03T12:00"))
    assert (result.response.met, result.response.due_at) == (True, at("03T15:00"))


def test_breach_found_by_a_rebase_is_recorded_there() -> None:
    terms = Terms(OFFICE, {"S3": {"response": None, "resolution": minutes(60)}})
    events = [*story("02T10:00 opened"), Event(at("02T13:00"), "rebased", terms=terms)]
    clock = clocks(events, "02T13:00").resolution
    assert (clock.breached_at, clock.derived_breach_at) == (at("02T13:00"), at("02T11:00"))


# -- no target ------------------------------------------------------------------------------------


def test_without_a_target_the_time_is_counted_but_not_judged() -> None:
    events = story("02T16:00 opened", "02T16:30 waiting_vendor", "03T09:30 resumed", "03T10:00 resolved")
    clock = clocks(events, severity="S4").resolution
    assert (clock.due_at, clock.met, clock.breached_at) == (None, None, None)
    assert (clock.spent, clock.paused) == (hours(1), hours(1))


def test_without_a_target_time_runs_in_the_clock_of_the_other_target() -> None:
    targets: Targets = {"S1": {"response": minutes(15, "around_the_clock"), "resolution": None}}
    clock = clocks(story("02T16:00 opened"), "02T20:00", severity="S1", targets=targets).resolution
    assert clock.spent == hours(4)


# -- warnings -------------------------------------------------------------------------------------


def test_at_risk_with_less_than_a_quarter_left() -> None:
    events = story("02T10:00 opened", "02T10:05 acknowledged")
    assert clocks(events, "02T13:00").resolution.at_risk_at == at("02T13:00")
    assert clocks(events, "02T13:00").at_risk() == ()
    assert clocks(events, "02T13:01").at_risk() == ("resolution",)
    assert clocks(events, "02T14:01").at_risk() == ()
    assert clocks(events, "02T14:01").breached() == ("resolution",)


def test_at_risk_follows_the_share_of_the_policy_and_the_working_hours() -> None:
    result = evaluate(
        calendar=OFFICE,
        targets=TARGETS,
        pause_on=ALL_WAITS,
        events=story("02T15:00 opened"),
        as_of=at("02T15:00"),
        severity="S3",
        at_risk_share=0.5,
    )
    assert result.resolution.at_risk_at == at("02T17:00")
    assert clocks(story("02T15:00 opened"), "02T15:00").resolution.at_risk_at == at("03T10:00")


@pytest.mark.parametrize("last", ["02T10:10 waiting_customer", "02T10:10 resolved"])
def test_at_risk_never_while_paused_or_stopped(last: str) -> None:
    clock = clocks(story("02T10:00 opened", "02T10:05 acknowledged", last), "02T13:30")
    assert clock.resolution.at_risk_at is None
    assert (clock.at_risk(), clock.next_alert_at()) == ((), None)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("02T10:00", "02T13:00"),
        ("02T13:00", "02T13:00"),
        ("02T13:01", "02T14:00"),
        ("02T14:00", "02T14:00"),
        ("02T14:01", None),
    ],
)
def test_next_alert_is_what_has_not_passed(as_of: str, expected: str | None) -> None:
    events = story("02T10:00 opened", "02T10:00 acknowledged")
    assert clocks(events, as_of).next_alert_at() == (at(expected) if expected else None)


# -- events and instants --------------------------------------------------------------------------


def test_order_of_arrival_does_not_matter() -> None:
    events = story("02T10:00 opened", "02T11:00 waiting_customer", "02T12:00 resumed", "02T13:00 resolved")
    assert clocks(events) == clocks([events[3], events[1], events[0], events[2]])


def test_earlier_fact_that_arrives_late_withdraws_a_breach() -> None:
    known = story("02T10:00 opened")
    assert clocks(known, "02T10:30", severity="S1").breached() == ("response",)
    known.append(Event(at("02T10:10"), "acknowledged"))
    assert clocks(known, "02T10:30", severity="S1").breached() == ()


def test_events_after_the_instant_are_not_counted() -> None:
    events = story("02T10:00 opened", "02T12:00 waiting_customer", "02T13:00 resolved")
    clock = clocks(events, "02T11:00").resolution
    assert (clock.state, clock.spent, clock.paused) == ("running", hours(1), hours(0))


@pytest.mark.parametrize(
    ("lines", "attr", "code"),
    [
        ([], "events", "not_opened"),
        (["02T10:00 acknowledged"], "events", "not_opened"),
        (["02T10:00 opened", "02T11:00 opened"], "events.1.kind", "opened_twice"),
        (["02T10:00 opened", "02T09:00 acknowledged"], "events.1.at", "before_opening"),
        (["02T10:00 opened", "02T11:00 resumed"], "events.1.kind", "out_of_sequence"),
        (["02T10:00 opened", "02T11:00 reopened"], "events.1.kind", "out_of_sequence"),
        (["02T11:00 resolved", "02T10:00 opened", "02T12:00 resumed"], "events.2.kind", "out_of_sequence"),
        (["02T12:00 acknowledged", "02T10:00 opened", "02T11:00 resolved"], "events.0.kind", "out_of_sequence"),
        (["02T10:00 opened", "02T11:00 resolved", "02T11:00 resolved"], "events.2.kind", "out_of_sequence"),
        (["02T10:00 opened", "02T11:00 resolved", "02T12:00 rebased"], "events.2.kind", "out_of_sequence"),
    ],
)
def test_impossible_events_are_named(lines: list[str], attr: str, code: str) -> None:
    with pytest.raises(ClockError) as caught:
        clocks(story(*lines), "06T10:00")
    assert (caught.value.attr, caught.value.code) == (attr, code)


@pytest.mark.parametrize(
    ("lines", "severity", "fine"),
    [
        (["02T10:00 opened", "02T11:00 resolved"], "S3", True),
        (["02T10:00 opened", "02T11:00 acknowledged"], "S4", True),
        (["02T10:00 opened", "02T11:00 acknowledged"], "S3", False),
        (["02T10:00 opened"], "S4", False),
        (["02T10:00 opened", "02T11:00 acknowledged", "02T12:00 waiting_customer"], "S3", False),
        (["02T10:00 opened", "02T11:00 resolved", "02T12:00 reopened"], "S3", False),
    ],
)
def test_as_of_is_needed_unless_the_last_event_stops_the_clock(lines: list[str], severity: str, fine: bool) -> None:
    if fine:
        assert clocks(story(*lines), severity=severity).as_of == at("02T11:00")
        return
    with pytest.raises(ClockError) as caught:
        clocks(story(*lines), severity=severity)
    assert (caught.value.attr, caught.value.code) == ("as_of", "required")


def test_as_of_before_the_opening_is_refused() -> None:
    with pytest.raises(ClockError) as caught:
        clocks(story("02T10:00 opened"), "02T09:59")
    assert (caught.value.attr, caught.value.code) == ("as_of", "before_opening")


def test_severity_without_targets_is_refused() -> None:
    with pytest.raises(ClockError) as caught:
        clocks(story("02T10:00 opened"), "02T10:00", severity="S2", targets={"S1": {}})
    assert (caught.value.attr, caught.value.code) == ("targets.S2", "required")


def test_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(ClockError) as caught:
        clocks(story("02T10:00 opened"), "02T10:00", calendar=WorkCalendar.parse("UTC", {}, [], {}))
    assert (caught.value.attr, caught.value.code) == ("calendar", "never_open")


@pytest.mark.parametrize(
    ("arguments", "attr", "code"),
    [
        ((None, None, "calendar"), "minutes", "one_unit"),
        ((5, 1, "calendar"), "minutes", "one_unit"),
        ((0, None, "calendar"), "minutes", "out_of_range"),
        ((-1, None, "calendar"), "minutes", "out_of_range"),
        ((float("nan"), None, "calendar"), "minutes", "out_of_range"),
        ((float("inf"), None, "calendar"), "minutes", "out_of_range"),
        ((None, 0, "calendar"), "business_days", "out_of_range"),
        ((None, 1, "around_the_clock"), "clock", "needs_calendar"),
        ((5, None, "lunar"), "clock", "invalid_choice"),
    ],
)
def test_target_that_makes_no_sense_is_refused(
    arguments: tuple[float | None, int | None, str], attr: str, code: str
) -> None:
    with pytest.raises(ClockError) as caught:
        ClockTarget(*arguments)  # type: ignore[arg-type]
    assert (caught.value.attr, caught.value.code) == (attr, code)


@pytest.mark.parametrize(
    ("instant", "kind", "severity", "attr", "code"),
    [
        (datetime(2026, 3, 2), "opened", None, "at", "naive"),  # noqa: DTZ001 - what is refused
        (datetime(1970, 1, 1, tzinfo=UTC), "opened", None, "at", "out_of_range"),
        (at("02T10:00"), "closed", None, "kind", "invalid_choice"),
        (at("02T10:00"), "severity_changed", None, "severity", "required"),
        (at("02T10:00"), "resolved", "S1", "severity", "not_allowed"),
    ],
)
def test_event_that_makes_no_sense_is_refused(
    instant: datetime, kind: str, severity: str | None, attr: str, code: str
) -> None:
    with pytest.raises(ClockError) as caught:
        Event(instant, kind, severity)
    assert (caught.value.attr, caught.value.code) == (attr, code)


# -- the ledger -----------------------------------------------------------------------------------


def test_ledger_explains_a_deadline() -> None:
    events = story(
        "01T20:00 opened",  # a Sunday
        "02T09:10 acknowledged",
        "02T10:00 waiting_customer",
        "02T12:00 resumed",
        "02T18:00 severity_changed S3",
        "03T10:00 resolved",
    )
    entries = clocks(events, "06T10:00").resolution.ledger
    assert [(entry.from_at, entry.to_at, entry.kind, entry.seconds, entry.reason) for entry in entries] == [
        (at("01T20:00"), at("02T09:00"), "outside_hours", 13 * 3600, "outside_hours"),
        (at("02T09:00"), at("02T10:00"), "counted", 3600, "opened"),
        (at("02T10:00"), at("02T12:00"), "paused", 2 * 3600, "waiting_customer"),
        (at("02T12:00"), at("02T18:00"), "counted", 5 * 3600, "resumed"),
        (at("02T18:00"), at("03T09:00"), "outside_hours", 15 * 3600, "outside_hours"),
        (at("03T09:00"), at("03T10:00"), "counted", 3600, "severity_changed"),
    ]


def test_ledger_has_a_sentence_for_whatever_can_happen() -> None:
    waits = [
        line
        for day, reason in enumerate(sorted(PAUSES), start=9)
        for line in (f"{day:02}T10:00 {reason}", f"{day:02}T12:00 resumed")
    ]
    events = story(
        "01T20:00 opened",
        "02T10:00 severity_changed S3",
        "02T11:00 rebased",
        *waits,
        "13T10:00 resolved",
        "13T11:00 reopened",
    )
    both = [clocks(events, "13T12:00", pause_on=reasons) for reasons in (ALL_WAITS, frozenset[str]())]
    entries = [entry for result in both for entry in result.resolution.ledger]
    assert {entry.reason for entry in entries} == KINDS - {"acknowledged"} | {"outside_hours"}
    assert len({str(entry.sentence) for entry in entries}) == 13


# -- random stories -------------------------------------------------------------------------------

NEXT = {
    "open": [*sorted(PAUSES), "acknowledged", "severity_changed", "rebased", "resolved"],
    "waiting": [*sorted(PAUSES), "acknowledged", "severity_changed", "rebased", "resumed", "resolved"],
    "resolved": ["reopened", "severity_changed"],
}
PHASES = {"resumed": "open", "reopened": "open", "resolved": "resolved", **dict.fromkeys(PAUSES, "waiting")}


@st.composite
def stories(draw: st.DrawFn, start: str = "2026-03-26T06:00") -> list[Event]:
    """Legal events around a weekend on which Amsterdam's clocks change."""
    moment = at(start) + timedelta(minutes=draw(st.integers(0, 3000)))
    events, phase = [Event(moment, "opened")], "open"
    for _number in range(draw(st.integers(0, 9))):
        moment += timedelta(minutes=draw(st.one_of(st.just(0), st.integers(1, 1500), st.just(480))))
        kind = draw(st.sampled_from(NEXT[phase]))
        severity = draw(st.sampled_from(sorted(TARGETS))) if kind == "severity_changed" else None
        events.append(Event(moment, kind, severity))
        phase = PHASES.get(kind, phase)
    return events


def looked_at(events: list[Event], later: int, **options: object) -> Clocks:
    return evaluate(
        calendar=AMSTERDAM,
        targets=TARGETS,
        events=events,
        as_of=events[-1].at + timedelta(minutes=later),
        severity="S3",
        **{"pause_on": ALL_WAITS, **options},  # type: ignore[arg-type]
    )


later = st.one_of(st.just(0), st.integers(1, 3000))
pauses = st.frozensets(st.sampled_from(sorted(PAUSES)))


@settings(deadline=None)
@given(stories(), later, pauses)
def test_ledger_always_agrees_with_the_sums(events: list[Event], later: int, pause_on: frozenset[str]) -> None:
    result = looked_at(events, later, pause_on=pause_on)
    for clock in (result.response, result.resolution):
        for kind, total in (("counted", clock.spent), ("paused", clock.paused)):
            found = sum(entry.seconds for entry in clock.ledger if entry.kind == kind)
            assert found == pytest.approx(total.total_seconds())


@settings(deadline=None)
@given(stories(), later)
def test_ledger_has_neither_gap_nor_overlap(events: list[Event], later: int) -> None:
    result = looked_at(events, later)
    for clock in (result.response, result.resolution):
        edges = [(entry.from_at, entry.to_at) for entry in clock.ledger]
        assert all(first < last for first, last in edges)
        assert all(one[1] == two[0] for one, two in pairwise(edges))
        assert not edges or edges[0][0] == events[0].at


@settings(deadline=None)
@given(stories(), later)
def test_response_does_not_depend_on_pauses(events: list[Event], later: int) -> None:
    without = [event for event in events if event.kind not in PAUSES | {"resumed"}]
    as_of = events[-1].at + timedelta(minutes=later)
    gap = int((as_of - without[-1].at).total_seconds() // 60)
    assert looked_at(events, later).response == looked_at(without, gap).response


@settings(deadline=None)
@given(stories(), later, pauses)
def test_pausing_for_more_reasons_never_brings_the_deadline_forward(
    events: list[Event], later: int, fewer: frozenset[str]
) -> None:
    more = looked_at(events, later, pause_on=ALL_WAITS).resolution
    less = looked_at(events, later, pause_on=fewer).resolution
    assert (more.due_at is None) == (less.due_at is None)
    assert more.due_at is None or less.due_at is None or more.due_at >= less.due_at
    assert more.spent + more.paused == less.spent + less.paused


@settings(deadline=None)
@given(stories(), later)
def test_verdict_agrees_with_the_deadline(events: list[Event], later: int) -> None:
    result = looked_at(events, later)
    for clock in (result.response, result.resolution):
        assert (clock.met is False) == (clock.breached_at is not None)
        if clock.breached_at is not None:
            assert clock.due_at is not None
            assert clock.breached_at <= result.as_of
            assert clock.due_at < result.as_of
            assert clock.derived_breach_at is None or clock.derived_breach_at < clock.breached_at
        elif clock.state == "running" and clock.due_at is not None:
            assert clock.due_at >= result.as_of


@settings(deadline=None)
@given(stories(), later, st.randoms(use_true_random=False))
def test_events_of_different_instants_may_come_in_any_order(events: list[Event], later: int, random: "object") -> None:
    spread = [Event(e.at + timedelta(seconds=n), e.kind, e.severity) for n, e in enumerate(events)]
    shuffled = list(spread)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    as_of = spread[-1].at + timedelta(minutes=later)
    results = [
        evaluate(
            calendar=AMSTERDAM,
            targets=TARGETS,
            pause_on=ALL_WAITS,
            events=given_events,
            as_of=as_of,
            severity="S3",
        )
        for given_events in (spread, shuffled)
    ]
    assert results[0] == results[1]
