"""Assets, products and releases on pages."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contracts.models import Asset, AssetCapacity, CalendarVersion, Customer, Product, Release, Site, Vendor
from portal.accounts.models import User
from portal.demo import builder

SignIn = Callable[[User], Client]


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    return builder.calendar(now=now, is_default=True)


@pytest.fixture
def site(customer_a: Customer, calendar: CalendarVersion) -> Site:
    return builder.site(customer=customer_a, calendar=calendar)


@pytest.fixture
def product(db: None) -> Product:
    return builder.product(voicemail_capacity_minutes=1000)


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def new_asset(site: Site, product: Product) -> str:
    return f"{reverse('contracts:asset_create')}?site={site.pk}&product={product.pk}"


def values_of(asset: Asset, **values: Any) -> dict[str, Any]:
    usual = {"tag": asset.tag, "name": asset.name, "site": asset.site_id, "product": asset.product_id}
    return {**usual, **values}


def test_asset_detail_hides_internal_notes_from_its_people(
    site: Site, product: Product, technician: User, customer: User, sign_in: SignIn
) -> None:
    asset = builder.asset(site=site, product=product, notes="Bought from a competitor.")
    href = reverse("contracts:asset_detail", args=[asset.pk])
    assert b"Bought from a competitor." in sign_in(technician).get(href).content
    assert b"Bought from a competitor." not in sign_in(customer).get(href).content


def test_asset_create_asks_for_site_and_product_first(site: Site, dispatcher: User, sign_in: SignIn) -> None:
    response = sign_in(dispatcher).get(reverse("contracts:asset_create"), {"site": site.pk})
    assert list(response.context["form"].fields) == ["site", "product"]


def test_asset_create_stores_it(site: Site, product: Product, dispatcher: User, sign_in: SignIn) -> None:
    release = Release.objects.create(product=product, version="2.0")
    values = {"tag": "AMS-1", "name": "Base unit", "installed_release": release.pk, "deployed_on": "2026-01-31"}
    response = sign_in(dispatcher).post(new_asset(site, product), values)
    asset = Asset.objects.get(tag="AMS-1")
    assert (asset.site, asset.product, asset.installed_release) == (site, product, release)
    assert asset.deployed_on == date(2026, 1, 31)
    assert response["Location"] == reverse("contracts:asset_detail", args=[asset.pk])


def test_asset_create_with_a_taken_tag_keeps_what_was_typed(
    site: Site, product: Product, dispatcher: User, sign_in: SignIn
) -> None:
    builder.asset(site=site, product=product, tag="AMS-1")
    values = {"tag": "AMS-1", "name": "The second one", "ip_address": "192.168.1.300"}
    response = sign_in(dispatcher).post(new_asset(site, product), values)
    assert sorted(errors(response)) == ["ip_address", "tag"]
    assert b"The second one" in response.content


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("users_count", "1000001", "1000000"),
        ("ip_address", "192.0.2.4/24", "valid"),
        ("subnet", "192.0.2.7/24", "192.0.2.0/24"),
        ("subnet", "192.0.2.0/33", "192.168.20.0/24"),
    ],
)
def test_asset_with_impossible_network_facts_names_the_field(
    site: Site, product: Product, technician: User, sign_in: SignIn, name: str, value: str, word: str
) -> None:
    asset = builder.asset(site=site, product=product)
    href = reverse("contracts:asset_edit", args=[asset.pk])
    response = sign_in(technician).post(href, values_of(asset, **{name: value}))
    assert list(errors(response)) == [name]
    assert len(errors(response)[name]) == 1
    assert word in errors(response)[name][0]
    assert value in response.content.decode()


def test_asset_subnet_is_kept_with_its_prefix(site: Site, product: Product, technician: User, sign_in: SignIn) -> None:
    asset = builder.asset(site=site, product=product)
    href = reverse("contracts:asset_edit", args=[asset.pk])
    sign_in(technician).post(href, values_of(asset, subnet="10.20.0.0/255.255.0.0"))
    asset.refresh_from_db()
    assert asset.subnet == "10.20.0.0/16"


def test_asset_release_of_another_product_is_refused(
    site: Site, product: Product, technician: User, sign_in: SignIn
) -> None:
    asset = builder.asset(site=site, product=product)
    foreign = Release.objects.create(product=builder.product(slug="other"), version="9")
    href = reverse("contracts:asset_edit", args=[asset.pk])
    response = sign_in(technician).post(href, values_of(asset, installed_release=foreign.pk))
    assert errors(response) == {"installed_release": ["This is not a release of the product."]}


def test_asset_is_never_part_of_itself_or_of_its_parts(
    site: Site, product: Product, technician: User, sign_in: SignIn
) -> None:
    top = builder.asset(site=site, product=product)
    part = builder.asset(site=site, product=product, parent=top)
    leaf = builder.asset(site=site, product=product, parent=part)
    href = reverse("contracts:asset_edit", args=[top.pk])
    for parent in (top, part, leaf):
        response = sign_in(technician).post(href, values_of(top, parent=parent.pk))
        assert list(errors(response)) == ["parent"]
    assert Asset.objects.get(pk=top.pk).parent is None


def test_asset_is_no_part_of_one_at_another_site(
    site: Site, product: Product, calendar: CalendarVersion, technician: User, sign_in: SignIn
) -> None:
    elsewhere = builder.asset(site=builder.site(customer=site.customer, calendar=calendar), product=product)
    asset = builder.asset(site=site, product=product)
    href = reverse("contracts:asset_edit", args=[asset.pk])
    response = sign_in(technician).post(href, values_of(asset, parent=elsewhere.pk))
    assert list(errors(response)) == ["parent"]


def test_asset_keeps_the_archived_one_that_it_is_part_of(
    site: Site, product: Product, technician: User, sign_in: SignIn, now: datetime
) -> None:
    top, other = builder.asset(site=site, product=product), builder.asset(site=site, product=product)
    part = builder.asset(site=site, product=product, parent=top)
    Asset.objects.filter(pk__in=[top.pk, other.pk]).update(archived_at=now)
    href = reverse("contracts:asset_edit", args=[part.pk])
    client = sign_in(technician)
    assert list(errors(client.post(href, values_of(part, parent=other.pk)))) == ["parent"]
    assert client.post(href, values_of(part, parent=top.pk)).status_code == 302


def test_asset_moves_within_its_customer_and_not_without_its_parts(
    site: Site, product: Product, calendar: CalendarVersion, customer_b: Customer, technician: User, sign_in: SignIn
) -> None:
    second = builder.site(customer=site.customer, calendar=calendar)
    foreign = builder.site(customer=customer_b, calendar=calendar)
    asset = builder.asset(site=site, product=product)
    part = builder.asset(site=site, product=product, parent=asset, tag="PART-1")
    client, href = sign_in(technician), reverse("contracts:asset_edit", args=[asset.pk])
    refused = client.post(href, values_of(asset, site=second.pk))
    assert "PART-1" in errors(refused)["site"][0]
    assert list(errors(client.post(href, values_of(asset, site=foreign.pk)))) == ["site"]
    Asset.objects.filter(pk=part.pk).update(parent=None)
    client.post(href, values_of(asset, site=second.pk))
    assert Asset.objects.get(pk=asset.pk).site == second


def test_asset_capacity_holds_from_its_day_on(site: Site, product: Product, technician: User, sign_in: SignIn) -> None:
    asset = builder.asset(site=site, product=product)
    client, href = sign_in(technician), reverse("contracts:asset_set_capacity", args=[asset.pk])
    values = {"metric": "voicemail_minutes", "value": "2000", "from_on": "2026-05-01"}
    client.post(href, values)
    assert asset.capacity("voicemail_minutes", date(2026, 4, 30)) == 1000
    assert asset.capacity("voicemail_minutes", date(2026, 5, 1)) == 2000
    again = client.post(href, {**values, "value": "3000"})
    assert list(errors(again)) == ["from_on"]
    assert b'value="3000"' in again.content
    assert AssetCapacity.objects.count() == 1


@time_machine.travel("2026-03-02T09:00:00Z", tick=False)
def test_asset_detail_says_what_is_covered_today(
    site: Site, product: Product, calendar: CalendarVersion, now: datetime, customer: User, sign_in: SignIn
) -> None:
    asset = builder.asset(site=site, product=product, tag="AMS-1")
    client, href = sign_in(customer), reverse("contracts:asset_detail", args=[asset.pk])
    assert b"No contract lists AMS-1, so the work is billable." in client.get(href).content
    builder.contract(
        customer=site.customer,
        plan_version=builder.plan(now=now),
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 3, 2),
        until_on=date(2026, 12, 31),
        now=now,
    )
    page = client.get(href).content.decode()
    assert "Backup is part of the plan." in page
    assert "does not include this kind of work (Training)" in page


@time_machine.travel("2026-03-02T09:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("ends", "word"), [("2026-03-02", "no longer supports"), ("2026-08-01", "ends on 1 Aug 2026"), ("2028-01-01", "")]
)
def test_asset_detail_warns_of_the_end_of_support(
    ends: str, word: str, site: Site, product: Product, technician: User, sign_in: SignIn
) -> None:
    Product.objects.filter(pk=product.pk).update(end_of_support_on=ends)
    asset = builder.asset(site=site, product=product)
    response = sign_in(technician).get(reverse("contracts:asset_detail", args=[asset.pk]))
    alert = 'role="note"' in response.content.decode()
    assert alert == bool(word)
    assert word in response.content.decode()


@time_machine.travel("2026-03-02T09:00:00Z", tick=False)
def test_asset_list_filters_by_coverage_support_and_kind(
    site: Site, product: Product, calendar: CalendarVersion, now: datetime, manager: User, sign_in: SignIn
) -> None:
    covered = builder.asset(site=site, product=product, tag="COVERED")
    old = builder.product(slug="old", kind="phone", end_of_support_on=date(2020, 1, 1))
    builder.asset(site=site, product=old, tag="OLD")
    resting = builder.asset(site=site, product=product, tag="DRAFTED")
    terms = {"from_on": date(2026, 1, 1), "until_on": date(2026, 12, 31), "now": now}
    plan = builder.plan(now=now)
    common = {"customer": site.customer, "plan_version": plan, "calendar_version": calendar, **terms}
    builder.contract(assets=[covered], **common)
    builder.contract(assets=[resting], activate=False, **common)
    client = sign_in(manager)

    def tags(**query: str) -> list[str]:
        listing = client.get(reverse("contracts:asset_list"), query).context["listing"]
        return [row.tag for row in listing.page]

    assert tags(covered="yes") == ["COVERED"]
    assert tags(covered="no") == ["DRAFTED", "OLD"]
    assert tags(supported="no") == ["OLD"]
    assert tags(supported="yes") == ["COVERED", "DRAFTED"]
    assert tags(kind="phone") == ["OLD"]
    assert tags(ordering="-tag") == ["OLD", "DRAFTED", "COVERED"]


# -- products ---------------------------------------------------------------------------------


def product_values(**values: Any) -> dict[str, Any]:
    return {"name": "Acme PBX", "kind": "system", "keep_previous_release": "on", **values}


def test_product_create_reads_lines_and_makes_the_vendor(manager: User, sign_in: SignIn) -> None:
    values = product_values(
        vendor_name="Acme", components="Web server: its configuration tool\nDatabase", ports="5071 tcp: SIP listening"
    )
    sign_in(manager).post(reverse("contracts:product_create"), values)
    product = Product.objects.get(name="Acme PBX")
    assert (product.slug, product.vendor) == ("acme-pbx", Vendor.objects.get(name="Acme"))
    assert product.components == [
        {"name": "Web server", "reason": "its configuration tool"},
        {"name": "Database", "reason": ""},
    ]
    assert product.ports == [{"number": 5071, "protocol": "TCP", "purpose": "SIP listening"}]


@pytest.mark.parametrize("ports", ["SIP", "99999 TCP: too high", "5060"])
def test_product_port_that_cannot_be_read_is_named(ports: str, manager: User, sign_in: SignIn) -> None:
    response = sign_in(manager).post(reverse("contracts:product_create"), product_values(ports=ports, notes="Kept"))
    assert list(errors(response)) == ["ports"]
    assert ports in errors(response)["ports"][0]
    assert b"Kept" in response.content


def test_product_edit_shows_its_lines_and_keeps_its_slug(product: Product, manager: User, sign_in: SignIn) -> None:
    Product.objects.filter(pk=product.pk).update(ports=[{"number": 8404, "protocol": "TCP", "purpose": "servers"}])
    client, href = sign_in(manager), reverse("contracts:product_edit", args=[product.pk])
    assert b"8404 TCP: servers" in client.get(href).content
    client.post(href, product_values(name="Renamed", ports="8404 TCP: servers"))
    renamed = Product.objects.get(pk=product.pk)
    assert (renamed.name, renamed.slug, renamed.ports[0]["number"]) == ("Renamed", "test-pbx", 8404)


def test_product_is_no_part_of_itself(product: Product, manager: User, sign_in: SignIn) -> None:
    part = builder.product(slug="part", part_of=product)
    href = reverse("contracts:product_edit", args=[product.pk])
    for whole in (product, part):
        assert list(errors(sign_in(manager).post(href, product_values(part_of=whole.pk)))) == ["part_of"]


def test_release_of_the_same_version_is_refused(product: Product, manager: User, sign_in: SignIn) -> None:
    client, href = sign_in(manager), reverse("contracts:release_create", args=[product.pk])
    client.post(href, {"version": "15.0", "level": "n", "released_on": "2026-01-01"})
    assert Release.objects.get().level == "n"
    response = client.post(href, {"version": "15.0", "fixes": "The echo"})
    assert list(errors(response)) == ["version"]
    assert b"The echo" in response.content


def test_product_in_use_is_not_archived(site: Site, product: Product, manager: User, sign_in: SignIn) -> None:
    builder.asset(site=site, product=product, tag="AMS-1")
    href = reverse("contracts:product_archive", args=[product.pk])
    assert b"AMS-1 is one of these." in sign_in(manager).post(href, follow=True).content
