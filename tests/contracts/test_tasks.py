"""The beat's task settles by the clock of the moment."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from contracts.tasks import settle
from portal.celery import app
from portal.demo import builder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_settle_ends_what_ran_out_by_now() -> None:
    calendar = builder.calendar(now=NOW)
    customer = builder.customer(now=NOW)
    asset = builder.asset(site=builder.site(customer=customer, calendar=calendar), product=builder.product())
    contract = builder.contract(
        customer=customer,
        plan_version=builder.plan(now=NOW),
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 3, 31),
        now=NOW,
    )
    with time_machine.travel(datetime(2026, 4, 1, 12, 0, tzinfo=UTC), tick=False):
        assert settle()["ended"] == 1
    contract.refresh_from_db()
    assert contract.state == "ended"
    assert contract.events.last().at == datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def test_beat_calls_the_task_by_its_name() -> None:
    assert app.conf.beat_schedule["settle-contracts"]["task"] == settle.name
