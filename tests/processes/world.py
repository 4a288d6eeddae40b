"""What the engine finds to do. Runs inside a portal's own process: `manage.py shell -c`."""

from datetime import datetime, time, timedelta

from contracts.models import CalendarVersion, Customer
from portal.demo import builder
from tests.schedules.conftest import agreed, make_procedure
from tickets.actions import open_ticket

OFF = timedelta(days=2)
ALWAYS_OPEN = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def fill(*, now: datetime, sites: int = 1) -> None:
    """Daily work due at midnight at every site, from two days ago on; an S1 that nobody answered for an hour."""
    builder.organisation(now=now)
    builder.staff(now=now, role="dispatcher", email="dispatcher@var.example")
    calendar = builder.calendar(now=now - OFF, timezone="UTC", hours=ALWAYS_OPEN)
    customer = builder.customer(now=now - OFF, name="Alder Dental")
    make_procedure()
    _contract(customer, calendar, sites=sites, now=now - OFF)
    open_ticket(
        customer=customer,
        site=customer.sites.first(),
        summary="Nobody can call",
        impact="widespread",
        urgency="critical",
        by=builder.member(now=now, customer=customer),
        now=now - timedelta(hours=1),
    )


def _contract(customer: Customer, calendar: CalendarVersion, *, sites: int, now: datetime) -> None:
    product = builder.product()
    places = [builder.site(customer=customer, calendar=calendar) for _number in range(sites)]
    builder.contract(
        customer=customer,
        plan_version=builder.plan(now=now, procedures=[agreed(nonworking_day="as_is", due_time=time(0))]),
        calendar_version=calendar,
        assets=[builder.asset(site=site, product=product) for site in places],
        from_on=now.date() - timedelta(days=10),
        until_on=now.date() + timedelta(days=300),
        now=now,
    )
