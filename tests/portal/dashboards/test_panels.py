"""What the pages of the register show of work, visits, tickets and readings."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Asset, AssetCapacity, Customer, Site
from contracts.panels import Panel, panels_of
from portal.accounts.models import User
from portal.demo import builder
from schedules.models import Backup, Reading
from tests.conftest import NOW
from tickets.actions import open_ticket
from tickets.models import Ticket

SignIn = Callable[[User], Client]


@pytest.fixture
def asset(customer_a: Customer) -> Asset:
    calendar = builder.calendar(now=NOW, is_default=True)
    builder.policy(now=NOW, is_default=True)
    site = builder.site(customer=customer_a, calendar=calendar, name="Head office")
    return builder.asset(site=site, product=builder.product(), tag="AMS-PBX-1", name="Switchboard")


def ticket(asset: Asset, summary: str = "No sound") -> Ticket:
    return open_ticket(
        customer=asset.site.customer,
        asset=asset,
        summary=summary,
        impact="localised",
        urgency="high",
        by=None,
        now=NOW,
    )


def panels(row: Asset | Site | Customer, user: User) -> dict[str, Panel]:
    return {panel.title: panel for panel in panels_of(row, user, NOW)}


def read(asset: Asset, *values: float, metric: str = "voicemail_minutes") -> None:
    """A reading each week, the last one now."""
    for weeks, value in enumerate(reversed(values)):
        Reading.objects.create(
            asset=asset,
            metric=metric,
            value=value,
            taken_at=NOW - timedelta(weeks=weeks),
            recorded_at=NOW,
            source="manual",
        )


def test_asset_shows_its_tickets(asset: Asset, manager: User) -> None:
    row = ticket(asset)
    (line,) = panels(asset, manager)["Tickets"].lines
    assert (line.title, line.href, line.state) == ("No sound", row.get_absolute_url(), "new")


def test_readings_tell_value_capacity_slope_and_when_it_is_full(asset: Asset, manager: User) -> None:
    AssetCapacity.objects.create(asset=asset, metric="voicemail_minutes", value=1000, from_on=NOW.date())
    read(asset, 700, 750, 800)
    (line,) = panels(asset, manager)["Readings"].lines
    assert line.title == "Voicemail minutes used: 800 of 1,000"
    assert line.note == "Mon 2 Mar 2026, 09:00 · +50 a week · full about 30 Mar 2026"
    assert line.state == "warn"


def test_readings_that_stand_still_warn_of_nothing(asset: Asset, manager: User) -> None:
    AssetCapacity.objects.create(asset=asset, metric="voicemail_minutes", value=1000, from_on=NOW.date())
    read(asset, 300, 300, 300)
    read(asset, 4.25, metric="call_quality_mos")
    minutes, quality = panels(asset, manager)["Readings"].lines
    assert (minutes.note, minutes.state) == ("Mon 2 Mar 2026, 09:00 · steady", "")
    assert (quality.title, quality.note) == ("Call quality (MOS): 4.25", "Mon 2 Mar 2026, 09:00")


def test_where_backups_lie_is_the_vars_own(asset: Asset, manager: User, customer: User) -> None:
    Backup.objects.create(asset=asset, taken_at=NOW, location="nas/secret", recorded_at=NOW)
    assert panels(asset, manager)["Backups"].lines[0].note == "nas/secret"
    (line,) = panels(asset, customer)["Backups"].lines
    assert (line.note, line.state_words) == ("", "Not verified")


def test_outsider_sees_nothing_even_of_a_row_at_hand(asset: Asset, outsider: User) -> None:
    ticket(asset)
    read(asset, 10, 20, 30)
    Backup.objects.create(asset=asset, taken_at=NOW, location="nas", recorded_at=NOW)
    for row in (asset, asset.site, asset.site.customer):
        assert not any(panel.lines for panel in panels_of(row, outsider, NOW))


@pytest.mark.parametrize("name", ["asset", "site", "customer"])
def test_page_has_the_same_queries_with_more_rows(
    name: str, asset: Asset, sign_in: SignIn, manager: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    row = {"asset": asset, "site": asset.site, "customer": asset.site.customer}[name]
    client, address = sign_in(manager), reverse(f"contracts:{name}_detail", args=[row.pk])
    ticket(asset)
    client.get(address)  # the zone's and the content types' caches are warm
    with django_assert_max_num_queries(15) as first:  # type: ignore[attr-defined]
        client.get(address)
    for number in range(3):
        ticket(asset, f"Fault {number}")
    read(asset, 10, 20, 30)
    with django_assert_max_num_queries(15) as second:  # type: ignore[attr-defined]
        page = client.get(address)
    assert len(second) == len(first)
    assert "Fault 2" in page.content.decode()
