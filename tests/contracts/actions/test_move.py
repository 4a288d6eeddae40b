"""A site moves: what is named changes, and only that."""

from datetime import UTC, datetime

import pytest

from contracts.actions import move_site
from contracts.models import Customer, Site
from portal.demo import builder
from portal.web.errors import Conflict

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def site(customer_a: Customer) -> Site:
    return builder.site(customer=customer_a, calendar=builder.calendar(now=NOW), address="Old street 1")


def test_named_facts_change_and_are_told(site: Site) -> None:
    moved = move_site(site=site, facts={"address": "Quay 1", "timezone": site.timezone}, by=None, now=NOW)
    assert (moved.before, moved.after) == ({"address": "Old street 1"}, {"address": "Quay 1"})
    site.refresh_from_db()
    assert site.address == "Quay 1"


def test_moving_again_changes_nothing(site: Site) -> None:
    facts = {"address": "Quay 1", "region": "AMER"}
    move_site(site=site, facts=facts, by=None, now=NOW)
    assert move_site(site=site, facts=facts, by=None, now=NOW) == ({}, {})


def test_calendar_that_is_gone_is_refused(site: Site) -> None:
    with pytest.raises(Conflict):
        move_site(site=site, facts={"address": "Quay 1", "calendar_id": 999_999}, by=None, now=NOW)
    site.refresh_from_db()
    assert site.address == "Old street 1"
