from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.models import User
from tests.conftest import NOW
from tests.tickets.conftest import World
from tickets import actions
from tickets.enums import Clock
from tickets.models import Ticket
from tickets.promise import promise_of, promise_on
from tickets.ticket_page import duration_words, load_ticket_page

Opened = Callable[..., Ticket]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def explained(ticket: Ticket, user: User) -> list[tuple[str, str]]:
    page = load_ticket_page(Ticket.objects.get(pk=ticket.pk), user, NOW + 9 * HOUR)
    return [(row.severity, row.target) for row in page.explained]


def test_explained_names_the_severity_that_each_clock_was_judged_by(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician, impact="individual")  # answered as S3
    actions.change_severity(
        ticket=ticket, impact="large", urgency="high", reason="More of them", by=technician, now=NOW + HOUR
    )
    actions.resolve(ticket=ticket, by=technician, now=NOW + 2 * HOUR)
    actions.change_severity(
        ticket=ticket, impact="individual", urgency="low", reason="It was a question", by=technician, now=NOW + 3 * HOUR
    )

    assert explained(ticket, technician) == [("S3", "1 business day"), ("S2", "8 h, around the clock")]

    actions.reopen(ticket=ticket, by=technician, now=NOW + 4 * HOUR)
    assert explained(ticket, technician) == [("S3", "1 business day"), ("S4", "")]


def test_entries_name_who_and_what(opened: Opened, technician: User, dispatcher: User, customer: User) -> None:
    ticket = opened(by=customer)
    actions.assign(ticket=ticket, assignee=technician, by=dispatcher, now=NOW)
    actions.assign(ticket=ticket, assignee=None, by=dispatcher, now=NOW)
    actions.raise_alerts(now=NOW + HOUR)

    page = load_ticket_page(ticket, technician, NOW + HOUR)

    assert [(entry.title, entry.who) for entry in page.entries] == [
        ("Opened", "Carla Customer"),
        ("Assigned to Tara Technician", "Dirk Dispatcher"),
        ("Assigned to nobody", "Dirk Dispatcher"),
        ("Target missed: First response", "The portal"),
    ]
    assert len(load_ticket_page(ticket, customer, NOW + HOUR).entries) == 3


def test_promise_is_the_reply_until_somebody_answered(opened: Opened, technician: User, customer: User) -> None:
    ticket = opened(by=customer)
    assert promise_of(ticket, NOW).words == "Reply by Mon 09:30 · 10:30 in Amsterdam"

    ticket = actions.acknowledge(ticket=ticket, by=technician, now=NOW + MINUTE)
    assert promise_of(ticket, NOW).words == "Solve by Mon 17:00 · 18:00 in Amsterdam"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "Reply by Mon 10:30"),  # the site's clocks show the same
        ("Asia/Tokyo", "Reply by Mon 18:30 · 10:30 in Amsterdam"),
        ("Pacific/Auckland", "Reply by Mon 22:30 · 10:30 in Amsterdam"),
        ("Pacific/Kiritimati", "Reply by Mon 23:30 · 10:30 in Amsterdam"),
    ],
)
def test_promise_names_the_sites_time_to_readers_elsewhere(
    opened: Opened, customer: User, zone: str, words: str
) -> None:
    ticket = opened(by=customer)
    with timezone.override(zone):
        assert promise_of(ticket, NOW).words == words


def test_promise_without_a_site_names_the_time_of_its_working_hours(
    world: World, opened: Opened, customer: User
) -> None:
    ticket = opened(by=customer, asset=None)

    assert ticket.zone == ticket.calendar_version.timezone == "Europe/Amsterdam"
    assert promise_of(ticket, NOW).words == "Reply by Mon 09:30 · 10:30 in Amsterdam"


@pytest.mark.parametrize(
    ("after", "standing"), [(22 * MINUTE, "on_time"), (23 * MINUTE, "at_risk"), (31 * MINUTE, "breached")]
)
def test_promise_stands_as_the_clock_does(opened: Opened, customer: User, after: timedelta, standing: str) -> None:
    assert promise_of(opened(by=customer), NOW + after).standing == standing


def test_promise_of_a_wait_is_paused_and_of_an_end_kept_or_missed(
    opened: Opened, technician: User, customer: User
) -> None:
    ticket = opened(by=customer)
    ticket = actions.acknowledge(ticket=ticket, by=technician, now=NOW + HOUR)
    ticket = actions.wait(ticket=ticket, reason="monitoring", by=technician, now=NOW + 2 * HOUR)
    paused = promise_of(ticket, NOW + 99 * HOUR)
    assert (paused.standing, paused.words) == ("paused", "The clock is stopped")

    ticket = actions.resolve(ticket=ticket, by=technician, now=NOW + 99 * HOUR)
    assert promise_on(ticket, Clock.RESPONSE, NOW + 99 * HOUR).standing == "missed"
    assert promise_on(ticket, Clock.RESOLUTION, NOW + 99 * HOUR).standing == "met"


def test_promise_without_a_target_says_so(opened: Opened, technician: User) -> None:
    promise = promise_of(opened(by=technician, urgency="low"), NOW)

    assert (promise.words, promise.standing) == ("No fixed time", "none")


def test_promise_beyond_the_week_names_the_date(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician, impact="individual")

    assert promise_of(ticket, NOW).words == "Solve by Mon 9 Mar 09:00 · 10:00 in Amsterdam"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 min"), (59, "0 min"), (3599, "59 min"), (7200, "2 h"), (93_900, "26 h 5 min")]
)
def test_duration_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
