from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from tests.conftest import NOW
from tickets import actions
from tickets.attainment import attainment, mean_times
from tickets.models import Ticket

Opened = Callable[..., Ticket]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def figures(**period: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    rows = attainment(**{"from_at": MARCH, "until_at": APRIL} | period)
    assert len(rows) == 8
    return {(str(row.clock), str(row.severity)): (row.met, row.missed) for row in rows if row.total}


def test_attainment_counts_met_and_missed_by_clock_and_severity(
    opened: Opened, technician: User, customer: User
) -> None:
    in_time, late = opened(by=customer), opened(by=customer)
    actions.acknowledge(ticket=in_time, by=technician, now=NOW + 10 * MINUTE)
    actions.acknowledge(ticket=late, by=technician, now=NOW + 50 * MINUTE)
    actions.resolve(ticket=in_time, by=technician, now=NOW + 2 * HOUR)
    opened(by=customer, impact="individual")

    assert figures() == {("response", "S2"): (1, 1), ("resolution", "S2"): (1, 0)}


def test_attainment_counts_in_the_period_of_the_stop_or_the_breach(
    opened: Opened, technician: User, customer: User
) -> None:
    end_of_march = APRIL - 10 * MINUTE
    ticket = opened(by=customer, now=end_of_march)
    actions.raise_alerts(now=APRIL + HOUR)  # missed on 1 April at 00:20
    actions.resolve(ticket=ticket, by=technician, now=APRIL + 2 * HOUR)

    assert figures() == {}
    assert figures(from_at=APRIL, until_at=APRIL + timedelta(days=30)) == {
        ("response", "S2"): (0, 1),
        ("resolution", "S2"): (1, 0),
    }


def test_attainment_of_an_open_ticket_counts_once_it_is_missed(opened: Opened, customer: User) -> None:
    opened(by=customer)
    assert figures() == {}

    actions.raise_alerts(now=NOW + HOUR)
    assert figures() == {("response", "S2"): (0, 1)}


def test_attainment_share_is_none_where_nothing_was_judged(opened: Opened, technician: User) -> None:
    opened(by=technician)
    rows = {(str(row.clock), str(row.severity)): row for row in attainment(from_at=MARCH, until_at=APRIL)}

    assert rows["response", "S2"].share == 1.0
    assert rows["response", "S1"].share is None


def test_attainment_may_be_narrowed_down(opened: Opened, technician: User) -> None:
    ticket = opened(by=technician)
    rows = attainment(from_at=MARCH, until_at=APRIL, tickets=Ticket.objects.exclude(contract=ticket.contract))

    assert sum(row.total for row in rows) == 0


def test_attainment_takes_two_queries_and_mean_times_one(opened: Opened, technician: User) -> None:
    opened(by=technician)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        attainment(from_at=MARCH, until_at=APRIL)
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        mean_times(from_at=MARCH, until_at=APRIL)
    assert len(queries) == 1


def test_mean_times_are_those_of_the_period(opened: Opened, technician: User, customer: User) -> None:
    quick, slow = opened(by=customer), opened(by=customer)
    actions.acknowledge(ticket=quick, by=technician, now=NOW + 10 * MINUTE)
    actions.acknowledge(ticket=slow, by=technician, now=NOW + 20 * MINUTE)
    actions.wait(ticket=slow, reason="waiting_vendor", by=technician, now=NOW + HOUR)
    actions.resolve(ticket=quick, by=technician, now=NOW + 2 * HOUR)
    actions.resolve(ticket=slow, by=technician, now=NOW + 9 * HOUR)  # eight hours of it waiting

    means = mean_times(from_at=MARCH, until_at=APRIL)

    assert means.to_acknowledge == 15 * MINUTE
    assert means.to_resolve == 90 * MINUTE
    assert mean_times(from_at=APRIL, until_at=APRIL + HOUR).to_resolve is None


def test_mean_time_to_resolve_is_in_working_time(opened: Opened, technician: User) -> None:
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # 16:00, an hour before closing
    ticket = opened(by=technician, impact="individual", now=friday)
    actions.resolve(ticket=ticket, by=technician, now=datetime(2026, 3, 9, 9, 0, tzinfo=UTC))

    assert mean_times(from_at=MARCH, until_at=APRIL).to_resolve == 2 * HOUR
