"""Customers with many sites and recurring work, made by the one builder."""

from datetime import date, datetime

from contracts.models import Asset, CalendarVersion, Product
from portal.demo import builder
from schedules.enums import VersionState
from schedules.models import Procedure, ProcedureVersion

SLUGS = ("check", "voicemail", "event-logs", "firmware", "performance")
SITES_PER_CONTRACT = 20
SCHEDULES_PER_CONTRACT = SITES_PER_CONTRACT * len(SLUGS)


def make_contracts(number: int, *, now: datetime) -> None:
    """So many contracts of twenty sites with five daily procedures each: a hundred schedules a contract."""
    builder.organisation(now=now)
    for slug in SLUGS:
        make_procedure(slug, now)
    agreed = [{"procedure_slug": slug, "frequency": "daily", "nonworking_day": "skip"} for slug in SLUGS]
    plan = builder.plan(now=now, procedures=agreed)
    calendar = builder.calendar(now=now)
    product = builder.product()
    for _contract in range(number):
        builder.contract(
            customer=(customer := builder.customer(now=now)),
            plan_version=plan,
            calendar_version=calendar,
            assets=[make_asset(customer, calendar, product) for _site in range(SITES_PER_CONTRACT)],
            from_on=now.date(),
            until_on=date(now.year + 1, now.month, now.day),
            now=now,
        )


def make_procedure(slug: str, now: datetime) -> None:
    procedure = Procedure.objects.create(
        slug=slug, texts={"name": {"en": slug}}, work_kind="inspection", frequency="daily", applies_to=["system"]
    )
    ProcedureVersion.objects.create(procedure=procedure, number=1, state=VersionState.PUBLISHED, created_at=now)


def make_asset(customer: object, calendar: CalendarVersion, product: Product) -> Asset:
    return builder.asset(site=builder.site(customer=customer, calendar=calendar), product=product)
