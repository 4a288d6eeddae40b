"""A customer misses its own checks: the streak is counted, and the VAR is told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Organisation, User
from portal.demo import builder
from portal.outbox.models import Message
from schedules.actions import complete_work, excuse_work, record_answer, skip_work, tell_missed_tasks
from schedules.actions.missed import claim, streak_of
from schedules.generation import generate_work
from schedules.missed import Past, Streak, missed_streak
from schedules.models import Schedule, WorkOrder
from tests.schedules.conftest import World, agreed, make_procedure, make_world, utc

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)


pytestmark = pytest.mark.django_db

# -- the streak -------------------------------------------------------------------------------


def pasts(*statuses: str) -> list[Past]:
    """Newest first, one a day, as they end on 20 March; a trailing ! is an excused one."""
    last = date(2026, 3, 20)
    return [Past(last - n * DAY, status.rstrip("!"), status.endswith("!")) for n, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "length", "first_day"),
    [
        ((), 0, None),
        (("done", "missed", "missed"), 0, None),
        (("missed",), 1, 20),
        (("missed", "missed", "missed", "done", "missed"), 3, 18),
        (("due", "missed", "missed"), 2, 18),
        (("missed", "in_progress", "missed"), 1, 20),
        (("missed", "skipped", "missed"), 2, 18),
        (("missed", "cancelled", "missed"), 2, 18),
        (("missed", "missed!", "missed"), 2, 18),
        (("missed!", "missed!"), 0, None),
    ],
)
def test_streak_counts_missed_work_until_something_was_done(
    statuses: tuple[str, ...], length: int, first_day: int | None
) -> None:
    streak = missed_streak(pasts(*statuses))
    assert (streak.length, streak.first_on) == (length, first_day and date(2026, 3, first_day))


def test_streak_is_new_until_it_was_told() -> None:
    streak = Streak(3, date(2026, 3, 18), date(2026, 3, 20))
    assert streak.is_new(None)
    assert streak.is_new(date(2026, 3, 17))
    assert not streak.is_new(date(2026, 3, 18))
    assert not streak.is_new(date(2026, 3, 25))
    assert not Streak().is_new(None)


# -- who is told ------------------------------------------------------------------------------


@pytest.fixture
def schedule(world: World, manager: User, dispatcher: User, technician: User) -> Schedule:
    """Daily on working days, by the customer, from Monday 2 March."""
    make_procedure(customer_may=True)
    world.contract(agreed(performer="customer"))
    return Schedule.objects.get()


def pass_days(days: int, start: date = MONDAY) -> datetime:
    """The portal runs on so many days, each at nine in the morning; returns the last instant."""
    for n in range(days):
        at = datetime.combine(start + n * DAY, utc(2026, 3, 2, 9).timetz())
        generate_work(now=at)
    return at


def finish(schedule: Schedule, on: date, at: datetime) -> None:
    order = WorkOrder.objects.get(schedule=schedule, nominal_on=on)
    asset = order.site.assets.get()
    record_answer(work_order=order, step_key="look", asset_id=asset.pk, outcome="pass", by=None, now=at)
    complete_work(work_order=order, finished_at=at, by=None, now=at)


def told() -> list[str]:
    return sorted(Message.objects.values_list("to", flat=True))


PLANNERS = ["dispatcher@var.example", "manager@var.example"]


def test_dispatchers_and_managers_are_told_once_after_three(schedule: Schedule) -> None:
    now = pass_days(3)  # Monday and Tuesday are missed
    assert tell_missed_tasks(now=now) == {"told": 0, "failed": 0}
    now = pass_days(4)
    assert tell_missed_tasks(now=now) == {"told": 1, "failed": 0}
    assert told() == PLANNERS
    message = Message.objects.first()
    assert message is not None
    assert message.subject == "Alder Dental misses a check"
    assert "3 times in a row since 2 March 2026" in message.text
    assert f"customer={schedule.site.customer_id}" in message.text
    assert "&amp;" not in message.text
    now = pass_days(5)
    assert tell_missed_tasks(now=now) == {"told": 0, "failed": 0}
    assert told() == PLANNERS


def test_done_one_ends_the_streak_and_the_next_is_told_again(schedule: Schedule) -> None:
    tell_missed_tasks(now=pass_days(4))
    finish(schedule, date(2026, 3, 5), utc(2026, 3, 5, 10))
    now = pass_days(8)  # to Monday the 9th: Friday is missed
    assert tell_missed_tasks(now=now)["told"] == 0
    now = pass_days(11)  # to Thursday the 12th: Friday, Monday, Tuesday, Wednesday
    assert tell_missed_tasks(now=now)["told"] == 1
    schedule.refresh_from_db()
    assert schedule.missed_told_on == date(2026, 3, 11)
    assert told() == sorted(PLANNERS * 2)


def test_a_streak_that_ended_while_no_task_ran_is_told_by_the_next_one(schedule: Schedule) -> None:
    tell_missed_tasks(now=pass_days(4))
    finish(schedule, date(2026, 3, 5), utc(2026, 3, 5, 10))
    assert tell_missed_tasks(now=pass_days(14))["told"] == 1


def test_setting_says_after_how_many(schedule: Schedule) -> None:
    Organisation.objects.update(missed_tasks_told_after=1)
    assert tell_missed_tasks(now=pass_days(2))["told"] == 1
    assert Schedule.objects.get().missed_told_on == MONDAY


def test_excused_and_skipped_days_do_not_count(schedule: Schedule, manager: User) -> None:
    now = pass_days(4)
    excuse_work(work_order=WorkOrder.objects.get(nominal_on=MONDAY), reason="Fair", by=manager, now=now)
    skip_work(work_order=WorkOrder.objects.get(nominal_on=date(2026, 3, 5)), reason="Fair", by=manager, now=now)
    assert tell_missed_tasks(now=pass_days(5))["told"] == 0


def test_our_own_missed_work_is_not_told(world: World, manager: User) -> None:
    make_procedure()
    world.contract(agreed())
    assert tell_missed_tasks(now=pass_days(5))["told"] == 0


def test_one_mail_for_all_checks_of_a_customer(world: World, manager: User, other_site: Any) -> None:
    make_procedure(customer_may=True)
    _site, asset = other_site(world, "Europe/Amsterdam")
    world.contract(agreed(performer="customer"), assets=[world.asset, asset])
    assert tell_missed_tasks(now=pass_days(4))["told"] == 2
    assert Message.objects.get().subject == "Alder Dental misses 2 checks"


def test_a_streak_that_another_worker_claimed_is_left_to_it(schedule: Schedule) -> None:
    """Both have read the row; the second finds it changed."""
    pass_days(4)
    read_by_another = Schedule.objects.get(pk=schedule.pk)
    streak = streak_of(schedule)
    assert claim(schedule, streak)
    assert not claim(read_by_another, streak)


@pytest.mark.django_db(transaction=True)
def test_claim_and_mail_stand_or_fall_together(schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    now = pass_days(4)
    with monkeypatch.context() as broken:
        broken.setattr("schedules.missed_mails.render_to_string", lambda *_: 1 / 0)
        assert tell_missed_tasks(now=now) == {"told": 0, "failed": 1}
    assert tell_missed_tasks(now=now) == {"told": 1, "failed": 0}
    assert told() == PLANNERS


def test_queries_do_not_grow_with_schedules_that_are_fine(schedule: Schedule, manager: User) -> None:
    Organisation.objects.update(missed_tasks_told_after=50)
    now = pass_days(4)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            tell_missed_tasks(now=now)
        return len(captured.captured_queries)

    before = asked()
    other = make_world(builder.customer(now=utc(2026, 3, 2, 9), name="Birch"))
    other.contract(agreed(performer="customer"))
    now = pass_days(4)
    assert asked() == before


@pytest.mark.parametrize("value", [0, 51])
def test_setting_stays_within_bounds(value: int) -> None:
    organisation = Organisation.objects.get()
    organisation.missed_tasks_told_after = value
    with pytest.raises(ValidationError):
        organisation.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        organisation.save()


# -- the manager's home -----------------------------------------------------------------------


def test_managers_home_names_who_misses_checks_until_one_is_done(
    schedule: Schedule, manager: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(manager)
    customer = schedule.site.customer
    now = pass_days(4)
    with time_machine.travel(now, tick=False):
        assert client.get("/").context["home"].missing == []
        tell_missed_tasks(now=now)
        home = client.get("/")
        assert [(row.pk, row.name, row.checks) for row in home.context["home"].missing] == [
            (customer.pk, customer.name, 1)
        ]
        address = f"/work-orders/?show=missed&performer=customer&customer={customer.pk}"
        assert address.replace("&", "&amp;") in home.content.decode()
        assert len(client.get(address).context["listing"].page.object_list) == 3
        finish(schedule, date(2026, 3, 5), now)
        assert client.get("/").context["home"].missing == []
