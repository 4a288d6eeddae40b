"""A sound database has no faults; each broken rule is named. The breaks go past the actions on purpose."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Asset, Contact, Contract, Membership, Site
from contracts.verify import faults
from portal.demo import builder

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = date(2026, 6, 1)


class Sound:
    """Two contracts of one customer over one asset each."""

    def __init__(self) -> None:
        self.calendar = builder.calendar(now=NOW, is_default=True)
        self.customer = builder.customer(now=NOW)
        self.stranger = builder.customer(now=NOW)
        self.site = builder.site(customer=self.customer, calendar=self.calendar)
        self.elsewhere = builder.site(customer=self.stranger, calendar=self.calendar)
        self.plan = builder.plan(now=NOW)
        self.one, self.other = (self.contract() for _ in range(2))
        self.asset, self.second = self.one.covered_assets.get().asset, self.other.covered_assets.get().asset

    def contract(self) -> Contract:
        return builder.contract(
            customer=self.customer,
            plan_version=self.plan,
            calendar_version=self.calendar,
            assets=[builder.asset(site=self.site, product=builder.product())],
            from_on=date(2026, 1, 1),
            until_on=date(2026, 12, 31),
            now=NOW,
        )


def overlapping_terms(world: Sound) -> None:
    terms = world.one.terms.get()
    terms.pk, terms.from_on = None, LATER
    terms.save()


def overlapping_suspensions(world: Sound) -> None:
    world.one.suspensions.create(from_on=LATER, reason="x")
    world.one.suspensions.create(from_on=LATER, until_on=LATER, reason="y")


def listed_twice(world: Sound) -> None:
    world.one.covered_assets.create(asset=world.asset, from_on=LATER)


def covered_twice(world: Sound) -> None:
    world.other.covered_assets.create(asset=world.asset, from_on=LATER)


def without_terms(world: Sound) -> None:
    world.one.terms.all().delete()


def ended_after_its_terms(world: Sound) -> None:
    world.one.events.create(kind="terminated", at=NOW)
    Contract.objects.filter(pk=world.one.pk).update(ended_on=date(2027, 1, 1))


def strange_asset(world: Sound) -> None:
    asset = builder.asset(site=world.elsewhere, product=builder.product())
    world.one.covered_assets.create(asset=asset, from_on=LATER)


def archived_but_covered(world: Sound) -> None:
    Asset.objects.filter(pk=world.asset.pk).update(archived_at=NOW)


def without_activation(world: Sound) -> None:
    world.one.events.all().delete()


def without_termination(world: Sound) -> None:
    Contract.objects.filter(pk=world.one.pk).update(ended_on=LATER)


def release_of_another_product(world: Sound) -> None:
    release = builder.product(slug="other").releases.create(version="1")
    Asset.objects.filter(pk=world.asset.pk).update(installed_release=release)


def part_of_a_stranger(world: Sound) -> None:
    parent = builder.asset(site=world.elsewhere, product=builder.product())
    Asset.objects.filter(pk=world.asset.pk).update(parent=parent)


def at_an_archived_site(world: Sound) -> None:
    Site.objects.filter(pk=world.site.pk).update(archived_at=NOW)


def on_both_sides(world: Sound) -> None:
    Membership.objects.create(user=builder.staff(now=NOW), customer=world.customer, role="owner", created_at=NOW)


def contact_elsewhere(world: Sound) -> None:
    Contact.objects.create(customer=world.customer, site=world.elsewhere, name="Lost")


def header_without_version(world: Sound) -> None:
    world.plan.plan.__class__.objects.create(name="Empty")


def broken_calendar(world: Sound) -> None:
    world.calendar.hours = {"mon": [["09:00", "25:00"]]}
    world.calendar.save()


def missing_target(world: Sound) -> None:
    world.plan.policy_version.targets.filter(severity="S1").delete()


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        (overlapping_terms, "overlap those from"),
        (overlapping_suspensions, "overlaps that from"),
        (listed_twice, "is listed twice"),
        (covered_twice, "is covered by"),
        (without_terms, "active without terms"),
        (ended_after_its_terms, "after its last terms"),
        (strange_asset, "belongs to another customer"),
        (archived_but_covered, "which is archived"),
        (without_activation, "never activated by an event"),
        (without_termination, "ended early without an event"),
        (release_of_another_product, "runs a release of another product"),
        (part_of_a_stranger, "part of another customer's asset"),
        (at_an_archived_site, "at a site that is archived"),
        (on_both_sides, "at once"),
        (contact_elsewhere, "at another customer's site"),
        (header_without_version, "has no version"),
        (broken_calendar, "hours.mon.0"),
        (missing_target, "a target for each severity"),
    ],
)
def test_broken_rule_is_named(breaking: Callable[[Sound], None], said: str) -> None:
    world = Sound()
    assert list(faults()) == []
    breaking(world)
    found = list(faults())
    assert found
    assert any(said in fault for fault in found)


def test_larger_database_costs_no_more_queries() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(faults()) == []
        return len(queries)

    world = Sound()
    small = count()
    for _ in range(3):
        world.contract()
    assert count() == small
