"""A visit that is signed within a portal's own process: `manage.py shell -c`."""

from datetime import datetime, timedelta

from contracts.models import Contact
from portal.demo import builder
from schedules.actions import start_visit
from tests.schedules.conftest import make_world
from tests.schedules.visits import answer_visit, make_opening, signed


def sign_a_visit(*, now: datetime) -> None:
    """Of a customer with one contact; nobody else is told of its report."""
    builder.organisation(now=now)
    world = make_world(builder.customer(now=now, name="Alder Dental"))
    Contact.objects.create(customer=world.customer, name="Gerda Gate", email="gerda@alder.example")
    make_opening()
    began = now - timedelta(hours=2)
    visit = builder.visit(site=world.site, technician=builder.staff(now=now), now=began - timedelta(hours=1))
    visit = start_visit(visit=visit, by=visit.technician, now=began)
    answer_visit(visit, at=began)
    signed(visit, at=now)
