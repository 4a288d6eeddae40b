"""Loading the catalogue again changes nothing, and never what the VAR has changed."""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command

from contracts.catalogue_files import ReleaseSpec, read_catalogue
from contracts.catalogue_rows import load_catalogue, note_release
from contracts.models import BusinessCalendar, Plan, Product, SlaPolicy, Vendor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_catalogue_becomes_rows() -> None:
    shipped = read_catalogue()
    outcome = load_catalogue(now=NOW)
    assert outcome.kept == []
    assert outcome.updated == outcome.unchanged == 0
    assert Vendor.objects.count() == len(shipped.vendors)
    assert Product.objects.count() == len(shipped.products)
    base_unit = Product.objects.get(slug="response-point")
    assert base_unit.voicemail_capacity_minutes == 1000
    assert base_unit.vendor.name == "Microsoft"
    assert set(Plan.objects.values_list("name", flat=True)) == {plan.name for plan in shipped.plans}
    resident = Plan.objects.get(name="Resident").current()
    assert resident.coverage.get(work_kind="software_upgrade").decision == "billable"
    assert resident.procedures.get(procedure_slug="administration-check").nonworking_day == "skip"


def test_catalogue_has_one_default_calendar_and_policy() -> None:
    load_catalogue(now=NOW)
    assert BusinessCalendar.objects.get(is_default=True).name == "Business week"
    assert SlaPolicy.objects.get(is_default=True).name == "Standard"


def test_calendar_of_a_country_has_its_holidays_as_dates() -> None:
    load_catalogue(now=NOW)
    version = BusinessCalendar.objects.get(country="NL").current()
    assert "2026-04-27" in version.holidays  # King's Day
    assert version.holidays_until == date(2029, 12, 31)


def test_loading_twice_changes_nothing() -> None:
    load_catalogue(now=NOW)
    before = list(Product.objects.order_by("pk").values())
    again = load_catalogue(now=NOW)
    assert (again.created, again.updated, again.kept) == (0, 0, [])
    assert list(Product.objects.order_by("pk").values()) == before


def test_edited_product_is_kept_and_reported() -> None:
    load_catalogue(now=NOW)
    Product.objects.filter(slug="response-point").update(notes="Ours.")
    outcome = load_catalogue(now=NOW)
    assert outcome.kept == ["response-point"]
    assert Product.objects.get(slug="response-point").notes == "Ours."


def test_edited_plan_and_vendor_are_left_alone() -> None:
    load_catalogue(now=NOW)
    Vendor.objects.filter(name="Cisco").update(support_phone="+31 20 555 0100")
    load_catalogue(now=NOW)
    assert Vendor.objects.get(name="Cisco").support_phone == "+31 20 555 0100"
    assert Plan.objects.get(name="Resident").versions.count() == 1


def test_newer_catalogue_updates_untouched_products_once() -> None:
    shipped = read_catalogue()
    load_catalogue(now=NOW, catalogue=shipped)
    newest = ReleaseSpec(version="99.0", level="n", released_on=date(2026, 2, 1))
    products = tuple(
        replace(spec, notes="Newer.", releases=(newest,)) if spec.slug == "response-point" else spec
        for spec in shipped.products
    )
    newer = replace(shipped, products=products)
    assert load_catalogue(now=NOW, catalogue=newer).updated == 1
    assert load_catalogue(now=NOW, catalogue=newer).updated == 0
    row = Product.objects.get(slug="response-point")
    assert row.notes == "Newer."
    assert row.releases.get(version="99.0").released_on == date(2026, 2, 1)


def test_release_added_by_the_var_keeps_the_product() -> None:
    load_catalogue(now=NOW)
    Product.objects.get(slug="response-point").releases.create(version="own")
    assert load_catalogue(now=NOW).kept == ["response-point"]


def test_existing_defaults_stay() -> None:
    own = BusinessCalendar.objects.create(name="Own", is_default=True)
    own.versions.create(number=1, timezone="UTC", hours={}, created_at=NOW)
    load_catalogue(now=NOW)
    assert BusinessCalendar.objects.get(is_default=True) == own


def test_command_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalogue")
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert json.loads(line)["created"] == sum(len(group) for group in asdict(read_catalogue()).values())


def test_release_seen_on_a_device_joins_and_the_product_still_follows() -> None:
    load_catalogue(now=NOW)
    product = Product.objects.get(slug="response-point")
    seen = note_release(product=product, version="7.7-SU1")
    assert note_release(product=product, version="7.7-su1") == seen
    assert load_catalogue(now=NOW).kept == []
    newer = replace(
        read_catalogue(),
        products=tuple(
            replace(spec, notes="Said anew") if spec.slug == "response-point" else spec
            for spec in read_catalogue().products
        ),
    )
    assert load_catalogue(now=NOW, catalogue=newer).updated == 1
    product.refresh_from_db()
    assert product.notes == "Said anew"
    assert product.releases.filter(version="7.7-SU1").exists()


def test_edited_product_stays_edited_when_a_release_joins() -> None:
    load_catalogue(now=NOW)
    Product.objects.filter(slug="response-point").update(notes="Ours.")
    note_release(product=Product.objects.get(slug="response-point"), version="7.7")
    assert load_catalogue(now=NOW).kept == ["response-point"]
