from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from portal.web.errors import Conflict, DomainError
from tests.conftest import NOW
from tickets import actions
from tickets.models import Comment, Ticket
from tickets.verify import faults

Opened = Callable[..., Ticket]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.values_list("kind", flat=True))


def mailed() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("to", "subject"))


@pytest.fixture
def new(opened: Opened, customer: User) -> Ticket:
    """S3, opened by the customer at 10:00 in Amsterdam: nobody is told at once."""
    return opened(by=customer, impact="individual", urgency="high")


@pytest.fixture
def answered(new: Ticket, technician: User) -> Ticket:
    return actions.acknowledge(ticket=new, by=technician, now=NOW + HOUR)


@pytest.fixture(autouse=True)
def verified(db: None) -> Any:
    yield
    assert list(faults()) == []


# -- acknowledge, assign --------------------------------------------------------------------------


def test_acknowledge_stops_the_response_clock(new: Ticket, technician: User) -> None:
    ticket = actions.acknowledge(ticket=new, by=technician, now=NOW + HOUR)

    assert (ticket.state, ticket.acknowledged_at) == ("open", NOW + HOUR)
    assert ticket.response_met is True
    assert ticket.response_at_risk_at is None
    assert kinds(ticket) == ["opened", "acknowledged"]


def test_acknowledge_too_late_is_a_breach_at_the_deadline(new: Ticket, technician: User) -> None:
    ticket = actions.acknowledge(ticket=new, by=technician, now=datetime(2026, 3, 3, 9, 30, tzinfo=UTC))

    assert ticket.response_met is False
    assert ticket.response_breached_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert list(ticket.alerts.values_list("clock", "kind")) == [("response", "breached")]
    assert kinds(ticket) == ["opened", "breached", "acknowledged"]


def test_acknowledge_twice_is_refused(answered: Ticket, technician: User) -> None:
    with pytest.raises(Conflict):
        actions.acknowledge(ticket=answered, by=technician, now=NOW + HOUR)


def test_an_event_is_never_entered_before_the_last_one(answered: Ticket, technician: User) -> None:
    """Two web servers, one of them a second slow."""
    ticket = actions.resolve(ticket=answered, solution="Done", by=technician, now=NOW + HOUR - timedelta(seconds=1))

    assert ticket.resolved_at == NOW + HOUR
    assert ticket.events.get(kind="resolved").recorded_at == NOW + HOUR - timedelta(seconds=1)


def test_assign_is_no_acknowledgement_and_tells_the_assignee(new: Ticket, technician: User, dispatcher: User) -> None:
    ticket = actions.assign(ticket=new, assignee=technician, by=dispatcher, now=NOW + MINUTE)

    assert (ticket.state, ticket.assignee, ticket.acknowledged_at) == ("new", technician, None)
    assert ticket.events.get(kind="assigned").data == {"assignee": technician.pk}
    assert mailed() == [(technician.email, f"[{ticket.number}] Assigned to you: Nobody can call out")]


def test_assign_to_oneself_or_again_tells_nobody(new: Ticket, technician: User, dispatcher: User) -> None:
    actions.assign(ticket=new, assignee=technician, by=technician, now=NOW + MINUTE)
    ticket = actions.assign(ticket=new, assignee=technician, by=dispatcher, now=NOW + HOUR)

    assert kinds(ticket) == ["opened", "assigned"]
    assert mailed() == []


def test_assign_to_nobody_takes_it_back(new: Ticket, technician: User, dispatcher: User) -> None:
    actions.assign(ticket=new, assignee=technician, by=technician, now=NOW + MINUTE)
    ticket = actions.assign(ticket=new, assignee=None, by=dispatcher, now=NOW + HOUR)

    assert ticket.assignee is None
    assert kinds(ticket) == ["opened", "assigned", "assigned"]


def test_assign_refuses_people_who_are_not_active_staff(new: Ticket, customer: User, dispatcher: User) -> None:
    gone = builder.staff(now=NOW)
    gone.is_active = False
    gone.save()

    for person in (customer, gone):
        with pytest.raises(DomainError) as caught:
            actions.assign(ticket=new, assignee=person, by=dispatcher, now=NOW)
        assert caught.value.attr == "assignee"


# -- comment --------------------------------------------------------------------------------------


def test_comment_in_public_by_staff_acknowledges_and_mails_the_opener(
    new: Ticket, technician: User, customer: User
) -> None:
    event = actions.comment(ticket=new, body=" We look at it. ", by=technician, now=NOW + MINUTE)
    new.refresh_from_db()

    assert (event.kind, event.is_public, event.comment.body) == ("commented", True, "We look at it.")
    assert (new.state, new.acknowledged_at) == ("open", NOW + MINUTE)
    assert kinds(new) == ["opened", "commented", "acknowledged"]
    assert mailed() == [(customer.email, f"[{new.number}] New comment: Nobody can call out")]
    assert f"Tara Technician wrote on {new.number}:\n\nWe look at it." in Message.objects.get().text


def test_comment_internal_does_not_acknowledge_and_mails_nobody(new: Ticket, technician: User) -> None:
    event = actions.comment(ticket=new, body="Again them", is_public=False, by=technician, now=NOW + MINUTE)
    new.refresh_from_db()

    assert not event.is_public
    assert new.acknowledged_at is None
    assert mailed() == []


def test_comment_by_customer_goes_to_the_assignee(new: Ticket, technician: User, customer: User) -> None:
    actions.assign(ticket=new, assignee=technician, by=technician, now=NOW)
    actions.comment(ticket=new, body="Any news?", by=customer, now=NOW + MINUTE)
    new.refresh_from_db()

    assert new.acknowledged_at is None
    assert [to for to, _subject in mailed()] == [technician.email]


def test_comment_by_customer_ends_the_wait_for_the_customer(answered: Ticket, technician: User, customer: User) -> None:
    actions.wait(ticket=answered, reason="waiting_customer", note="Which phones?", by=technician, now=NOW + HOUR)
    actions.comment(ticket=answered, body="All of them.", by=customer, now=NOW + 3 * HOUR)
    answered.refresh_from_db()

    assert answered.state == "open"
    assert kinds(answered)[-2:] == ["commented", "resumed"]
    # Five business days from Monday 10:00, and the two hours in which we waited.
    assert answered.resolution_due_at == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)


def test_comment_by_customer_does_not_end_other_waits(answered: Ticket, technician: User, customer: User) -> None:
    actions.wait(ticket=answered, reason="waiting_vendor", by=technician, now=NOW + HOUR)
    actions.comment(ticket=answered, body="And?", by=customer, now=NOW + 3 * HOUR)
    answered.refresh_from_db()

    assert answered.state == "waiting_vendor"


def test_comment_goes_to_no_opener_who_has_left_the_customer(new: Ticket, technician: User, customer: User) -> None:
    customer.memberships.all().delete()

    actions.comment(ticket=new, body="Hello", by=technician, now=NOW)

    assert mailed() == []


@pytest.mark.parametrize("body", ["", "  \n "])
def test_comment_without_words_is_refused(new: Ticket, technician: User, body: str) -> None:
    with pytest.raises(DomainError) as caught:
        actions.comment(ticket=new, body=body, by=technician, now=NOW)

    assert caught.value.attr == "body"
    assert not Comment.objects.exists()


def test_comment_internal_by_customer_is_refused(new: Ticket, customer: User) -> None:
    with pytest.raises(DomainError) as caught:
        actions.comment(ticket=new, body="Psst", is_public=False, by=customer, now=NOW)

    assert caught.value.attr == "is_public"


# -- wait, resume ---------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["waiting_customer", "waiting_vendor", "monitoring"])
def test_wait_pauses_and_resume_adds_the_working_time(answered: Ticket, technician: User, reason: str) -> None:
    friday_afternoon = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 16:00, an hour before closing
    waiting = actions.wait(ticket=answered, reason=reason, by=technician, now=friday_afternoon)

    assert waiting.state == reason
    assert waiting.resolution_at_risk_at is None
    assert waiting.next_alert_at is None

    monday = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)  # 10:00: two working hours later
    ticket = actions.resume(ticket=answered, by=technician, now=monday)

    assert ticket.state == "open"
    assert ticket.resolution_due_at == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
    assert ticket.next_alert_at == ticket.resolution_due_at
    assert list(ticket.alerts.values_list("clock", "kind")) == [("resolution", "at_risk")]  # found by the action


def test_wait_may_change_its_reason_but_not_repeat_it(answered: Ticket, technician: User) -> None:
    actions.wait(ticket=answered, reason="waiting_customer", by=technician, now=NOW + HOUR)
    ticket = actions.wait(ticket=answered, reason="waiting_vendor", by=technician, now=NOW + 2 * HOUR)

    assert ticket.state == "waiting_vendor"
    with pytest.raises(Conflict):
        actions.wait(ticket=answered, reason="waiting_vendor", by=technician, now=NOW + 3 * HOUR)


def test_wait_for_the_customer_tells_the_opener_what_is_needed(
    answered: Ticket, technician: User, customer: User
) -> None:
    actions.wait(ticket=answered, reason="waiting_customer", note="Which phones?", by=technician, now=NOW + HOUR)

    assert mailed() == [(customer.email, f"[{answered.number}] We wait for your answer: Nobody can call out")]
    assert "Which phones?" in Message.objects.get().text


def test_wait_before_an_answer_leaves_the_response_clock_running(new: Ticket, technician: User) -> None:
    actions.wait(ticket=new, reason="waiting_vendor", by=technician, now=NOW + HOUR)
    ticket = actions.resume(ticket=new, by=technician, now=NOW + 2 * HOUR)

    assert ticket.state == "new"
    assert ticket.response_due_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_wait_for_an_unknown_reason_is_refused(answered: Ticket, technician: User) -> None:
    with pytest.raises(DomainError) as caught:
        actions.wait(ticket=answered, reason="lunch", by=technician, now=NOW + HOUR)

    assert caught.value.attr == "reason"


def test_resume_of_what_does_not_wait_is_refused(answered: Ticket, technician: User) -> None:
    with pytest.raises(Conflict):
        actions.resume(ticket=answered, by=technician, now=NOW + HOUR)


# -- severity -------------------------------------------------------------------------------------


def test_change_severity_derives_the_deadlines_from_the_opening(
    answered: Ticket, dispatcher: User, manager: User
) -> None:
    ticket = actions.change_severity(
        ticket=answered, impact="widespread", urgency="critical", reason="All of it", by=dispatcher, now=NOW + 2 * HOUR
    )

    assert (ticket.severity, ticket.impact, ticket.urgency, ticket.cycle) == ("S1", "widespread", "critical", 1)
    assert ticket.resolution_due_at == NOW + 4 * HOUR
    assert ticket.response_met is True  # a clock that has stopped is not judged again
    event = ticket.events.get(kind="severity_changed")
    assert event.data == {"severity": "S1", "from": "S3", "impact": "widespread", "urgency": "critical"}
    assert event.comment.body == "All of it"
    assert {to for to, _subject in mailed()} == {manager.email, dispatcher.email}


def test_change_severity_records_a_breach_it_finds_at_the_change(new: Ticket, dispatcher: User) -> None:
    ticket = actions.change_severity(
        ticket=new, impact="widespread", urgency="critical", reason="All", by=dispatcher, now=NOW + 2 * HOUR
    )

    assert ticket.response_breached_at == NOW + 2 * HOUR
    event = ticket.events.get(kind="breached")
    assert (event.at, event.is_public) == (NOW + 2 * HOUR, False)
    assert event.data["derived_breach_at"] == "2026-03-02T09:15:00+00:00"


def test_change_severity_downwards_withdraws_a_breach_and_may_be_missed_again(
    opened: Opened, customer: User, dispatcher: User
) -> None:
    ticket = opened(by=customer)  # S2, an answer within 30 minutes
    actions.raise_alerts(now=NOW + HOUR)
    lowered = actions.change_severity(
        ticket=ticket, impact="individual", urgency="high", reason="One phone", by=dispatcher, now=NOW + 2 * HOUR
    )

    assert lowered.severity == "S3"
    assert lowered.response_breached_at is None

    actions.raise_alerts(now=datetime(2026, 3, 3, 10, 0, tzinfo=UTC))
    ticket.refresh_from_db()

    assert ticket.response_breached_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert list(ticket.alerts.filter(kind="breached").values_list("clock", "cycle")) == [
        ("response", 0),
        ("response", 1),
    ]


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"impact": "individual", "urgency": "high", "reason": "x"}, "impact"),
        ({"impact": "huge", "urgency": "high", "reason": "x"}, "impact"),
        ({"impact": "large", "urgency": "panic", "reason": "x"}, "urgency"),
        ({"impact": "large", "urgency": "high", "reason": " "}, "reason"),
    ],
)
def test_change_severity_refuses_bad_values(
    answered: Ticket, dispatcher: User, values: dict[str, str], attr: str
) -> None:
    with pytest.raises(DomainError) as caught:
        actions.change_severity(ticket=answered, **values, by=dispatcher, now=NOW + HOUR)

    assert caught.value.attr == attr


# -- resolve, reopen, close -----------------------------------------------------------------------


def test_resolve_stops_both_clocks_and_tells_the_opener(new: Ticket, technician: User, customer: User) -> None:
    ticket = actions.resolve(ticket=new, solution="Restarted the gateway.", by=technician, now=NOW + 3 * HOUR)

    assert (ticket.state, ticket.acknowledged_at, ticket.resolved_at) == ("resolved", NOW + 3 * HOUR, NOW + 3 * HOUR)
    assert (ticket.response_met, ticket.resolution_met, ticket.resolution_seconds) == (True, True, 3 * 3600)
    assert ticket.next_alert_at is None
    assert kinds(ticket) == ["opened", "acknowledged", "resolved"]
    assert mailed() == [(customer.email, f"[{ticket.number}] Solved: Nobody can call out")]
    assert "Restarted the gateway." in Message.objects.get().text


def test_resolve_straight_from_a_wait_keeps_the_pause(answered: Ticket, technician: User) -> None:
    actions.wait(ticket=answered, reason="monitoring", by=technician, now=NOW + 2 * HOUR)
    ticket = actions.resolve(ticket=answered, solution="Stable.", by=technician, now=NOW + 5 * HOUR)

    assert ticket.resolution_seconds == 2 * 3600


def test_reopen_goes_on_with_the_unspent_time(answered: Ticket, technician: User, customer: User) -> None:
    actions.assign(ticket=answered, assignee=technician, by=technician, now=NOW + HOUR)
    actions.resolve(ticket=answered, solution="Done", by=technician, now=NOW + 2 * HOUR)
    ticket = actions.reopen(ticket=answered, reason="Still dead", by=customer, now=NOW + 4 * HOUR)

    assert (ticket.state, ticket.resolved_at, ticket.cycle) == ("open", None, 1)
    assert ticket.resolution_due_at == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)  # two hours later than at first
    assert ticket.resolution_met is None
    assert ticket.resolution_seconds is None
    assert mailed()[-1] == (technician.email, f"[{ticket.number}] Reopened: Nobody can call out")


def test_reopen_by_customer_after_fourteen_days_is_refused_but_staff_may(
    answered: Ticket, technician: User, customer: User
) -> None:
    actions.resolve(ticket=answered, solution="Done", by=technician, now=NOW + 2 * HOUR)
    late = NOW + 2 * HOUR + timedelta(days=14, seconds=1)

    with pytest.raises(Conflict) as caught:
        actions.reopen(ticket=answered, reason="Still dead", by=customer, now=late)
    assert caught.value.code == "too_late"

    assert actions.reopen(ticket=answered, reason="Still dead", by=technician, now=late).state == "open"


def test_close_ends_it_for_good(answered: Ticket, technician: User, customer: User) -> None:
    actions.resolve(ticket=answered, solution="Done", by=technician, now=NOW + 2 * HOUR)
    ticket = actions.close(ticket=answered, by=technician, now=NOW + 3 * HOUR)

    assert (ticket.state, ticket.closed_at) == ("closed", NOW + 3 * HOUR)
    for act in (actions.reopen, actions.resume, actions.acknowledge, actions.resolve, actions.close):
        with pytest.raises(Conflict):
            act(ticket=ticket, by=technician, now=NOW + 4 * HOUR)
    with pytest.raises(Conflict):
        actions.comment(ticket=ticket, body="Thanks", by=customer, now=NOW + 4 * HOUR)


@pytest.mark.parametrize("act", [actions.reopen, actions.close])
def test_what_is_open_is_not_reopened_or_closed(answered: Ticket, technician: User, act: Any) -> None:
    with pytest.raises(Conflict):
        act(ticket=answered, by=technician, now=NOW + HOUR)


def test_editing_policy_and_calendar_afterwards_moves_no_deadline(answered: Ticket, technician: User) -> None:
    """Edits make versions; the ticket keeps the ones it was opened on."""
    before = answered.resolution_due_at
    calendar, policy = answered.calendar_version.calendar, answered.policy_version.policy
    calendar.versions.create(number=2, timezone="Asia/Tokyo", hours={"sun": [["01:00", "02:00"]]}, created_at=NOW)
    policy.versions.create(number=2, created_at=NOW)

    ticket = actions.assign(ticket=answered, assignee=technician, by=technician, now=NOW + 2 * HOUR)

    assert ticket.resolution_due_at == before
