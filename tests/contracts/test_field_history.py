"""Field history of the register: kept by every way of saving, told to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from contracts import verify
from contracts.actions import archive, move_site, restore
from contracts.enums import HistoryKind
from contracts.field_history import NEWEST, Entry, copies_of, entries, newest
from contracts.models import Asset, Contact, Customer, Release, Site
from contracts.models.history import signed
from portal.accounts.models import User
from portal.demo import builder
from tests.conftest import NOW

SignIn = Callable[[User], Client]
LATER = datetime(2026, 3, 3, 10, 30, tzinfo=UTC)


@pytest.fixture
def site(customer_a: Customer) -> Site:
    calendar = builder.calendar(now=NOW, name="Usual hours", is_default=True)
    with signed(by=None, now=NOW):
        return builder.site(customer=customer_a, calendar=calendar, name="Amsterdam")


@pytest.fixture
def asset(site: Site, manager: User) -> Asset:
    with signed(by=manager, now=NOW):
        return builder.asset(site=site, product=builder.product(), tag="AMS-1", name="Exchange")


@pytest.fixture
def contact(customer_a: Customer) -> Contact:
    return Contact.objects.create(customer=customer_a, name="Desk")


def told(row: Any, user: User) -> list[tuple[str, dict[str, tuple[str, str]]]]:
    return [words(entry) for entry in newest(row, user)]


def words(entry: Entry) -> tuple[str, dict[str, tuple[str, str]]]:
    return entry.kind.value, {one.label: (one.before_words, one.after_words) for one in entry.changes}


def signature(row: Any) -> tuple[str, int | None, datetime]:
    last = row.history.latest("history_id")
    return last.history_type, last.history_user_id, last.history_date


# -- what is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Customer, Site, Contact, Asset])
def test_every_field_of_the_register_is_tracked(model: Any) -> None:
    tracked = {field.name for field in model.history.model.tracked_fields}
    assert tracked == {field.name for field in model._meta.concrete_fields}


def test_a_save_keeps_who_and_when_and_what(asset: Asset, dispatcher: User) -> None:
    asset.name = "Main exchange"
    with signed(by=dispatcher, now=LATER):
        asset.save()
    assert signature(asset) == ("~", dispatcher.pk, LATER)
    assert asset.history.latest("history_id").changed == "name"


def test_a_save_that_changes_nothing_keeps_nothing(asset: Asset) -> None:
    asset.ip_address = ""  # as the form leaves it
    asset.save()
    assert asset.history.count() == 1


def test_a_copy_holds_what_is_stored_and_not_what_was_only_set(asset: Asset) -> None:
    asset.name, asset.serial = "Never stored", "S-1"
    asset.save(update_fields=["serial"])
    last = asset.history.latest("history_id")
    assert (last.name, last.serial, last.changed) == ("Exchange", "S-1", "serial")


def test_a_copy_goes_with_the_save_that_failed(asset: Asset) -> None:
    asset.name = "Half done"
    taken = builder.asset(site=asset.site, product=asset.product, tag="AMS-2")
    with pytest.raises(IntegrityError), signed(by=None, now=LATER):
        _save_both(asset, taken)
    asset.refresh_from_db()
    assert (asset.name, asset.history.count(), taken.history.count()) == ("Exchange", 1, 1)


def _save_both(first: Asset, second: Asset) -> None:
    first.save()
    second.tag = first.tag
    second.save()


def test_archive_and_restore_are_signed(asset: Asset, manager: User, dispatcher: User) -> None:
    archive(row=asset, by=dispatcher, now=LATER)
    assert signature(asset) == ("~", dispatcher.pk, LATER)
    restore(row=asset, by=manager, now=LATER + timedelta(days=1))
    assert signature(asset) == ("~", manager.pk, LATER + timedelta(days=1))
    assert [entry.kind for entry in newest(asset, manager)] == [
        HistoryKind.RESTORED,
        HistoryKind.ARCHIVED,
        HistoryKind.ADDED,
    ]


def test_a_move_is_signed(site: Site, technician: User) -> None:
    move_site(site=site, facts={"address": "Dam 1", "region": "APJC"}, by=technician, now=LATER)
    assert signature(site) == ("~", technician.pk, LATER)
    assert told(site, technician)[0] == (
        "changed",
        {"Address": ("", "Dam 1"), "Vendor region": ("Europe, Middle East, Africa", "Asia-Pacific, Japan, China")},
    )


@time_machine.travel(LATER, tick=False)
def test_pages_sign_what_they_save(
    customer_a: Customer, site: Site, asset: Asset, dispatcher: User, sign_in: SignIn
) -> None:
    client = sign_in(dispatcher)
    client.post(
        reverse("contracts:asset_edit", args=[asset.pk]),
        {"tag": asset.tag, "name": "Renamed", "site": site.pk, "product": asset.product_id},
    )
    client.post(reverse("contracts:customer_edit", args=[customer_a.pk]), {"name": "Alder", "language": "nl"})
    client.post(
        reverse("contracts:contact_create") + f"?customer={customer_a.pk}", {"name": "Reception", "customer": "x"}
    )
    client.post(
        reverse("contracts:site_edit", args=[site.pk]),
        {"name": "Zuid", "timezone": site.timezone, "region": site.region, "calendar": site.calendar_id},
    )
    client.post(reverse("contracts:site_archive", args=[builder_site(customer_a, site).pk]))
    kinds = [signature(row) for row in (asset, customer_a, site, Contact.objects.get(name="Reception"))]
    assert kinds == [(kind, dispatcher.pk, LATER) for kind in ("~", "~", "~", "+")]
    assert signature(Site.objects.get(name="Spare")) == ("~", dispatcher.pk, LATER)


def builder_site(customer: Customer, like: Site) -> Site:
    return Site.objects.create(customer=customer, name="Spare", calendar=like.calendar, timezone=like.timezone)


@time_machine.travel(LATER, tick=False)
def test_the_api_signs_what_it_saves(customer_a: Customer, asset: Asset, dispatcher: User) -> None:
    client = APIClient()
    client.force_authenticate(dispatcher)
    assert client.patch(f"/api/v1/assets/{asset.pk}/", {"serial": "S-2"}, format="json").status_code == 200
    made = client.post("/api/v1/contacts/", {"customer": customer_a.pk, "name": "Reception"}, format="json")
    assert made.status_code == 201
    assert client.post(f"/api/v1/contacts/{made.json()['id']}/archive/", {}, format="json").status_code == 200
    assert signature(asset) == ("~", dispatcher.pk, LATER)
    kept = Contact.objects.get(name="Reception").history.order_by("history_id")
    assert [(one.history_type, one.history_user_id, one.history_date) for one in kept] == [
        ("+", dispatcher.pk, LATER),
        ("~", dispatcher.pk, LATER),
    ]


# -- what is told -----------------------------------------------------------------------------


def test_linked_rows_are_told_by_name(asset: Asset, site: Site, manager: User) -> None:
    release = Release.objects.create(product=asset.product, version="2.1")
    whole = builder.asset(site=site, product=asset.product, tag="AMS-2", name="Rack")
    asset.installed_release, asset.parent, asset.users_count = release, whole, 12
    asset.save()
    asset.parent = None
    asset.save()
    assert told(asset, manager)[:2] == [
        ("changed", {"Part of": ("AMS-2 Rack", "")}),
        ("changed", {"Part of": ("", "AMS-2 Rack"), "Release": ("", "2.1"), "Users": ("", "12")}),
    ]


def test_notes_are_for_the_var_alone(asset: Asset, technician: User, customer: User) -> None:
    asset.notes = "Never pays."
    asset.save()
    asset.notes, asset.name = "Pays late.", "Renamed"
    asset.save()
    name = {"Name": ("Exchange", "Renamed")}
    assert told(asset, technician) == [
        ("changed", name | {"Notes": ("Never pays.", "Pays late.")}),
        ("changed", {"Notes": ("", "Never pays.")}),
        ("added", {}),
    ]
    assert told(asset, customer) == [("changed", name), ("added", {})]


def test_the_last_entry_of_a_page_is_told_against_the_one_before_it(asset: Asset, manager: User) -> None:
    for number in range(3):
        asset.serial = f"S-{number}"
        asset.save()
    page = list(copies_of(asset, manager)[:2])
    found = [words(entry) for entry in entries(asset, page, manager)]
    assert found == [("changed", {"Serial number": ("S-1", "S-2")}), ("changed", {"Serial number": ("S-0", "S-1")})]


def test_a_row_older_than_its_history_is_known(asset: Asset, manager: User) -> None:
    asset.history.update(history_type="~", history_user=None)
    assert told(asset, manager) == [("known", {})]


@pytest.mark.parametrize("rows", [1, 30])
def test_history_takes_the_same_queries_however_much_changed(
    rows: int, asset: Asset, manager: User, sign_in: SignIn
) -> None:
    for number in range(rows):
        asset.serial = f"S-{number}"
        asset.installed_release = Release.objects.create(product=asset.product, version=str(number))
        asset.save()
    with CaptureQueriesContext(connection) as captured:
        assert len(newest(asset, manager)) == min(rows + 1, NEWEST)
    assert len(captured) == 1
    client = sign_in(manager)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse("contracts:asset_history", args=[asset.pk]))
    assert len(captured) == 7
    assert len(response.context["history"]) == rows + 1


def test_pages_tell_the_history(asset: Asset, site: Site, manager: User, dispatcher: User, sign_in: SignIn) -> None:
    site.region = "APJC"
    with signed(by=dispatcher, now=LATER):
        site.save()
    page = sign_in(manager).get(reverse("contracts:site_detail", args=[site.pk])).content.decode()
    for said in ("Changed", "Tue 3 Mar 2026", "Dirk Dispatcher", "Vendor region", "Asia-Pacific, Japan, China"):
        assert said in page
    href = reverse("contracts:asset_history", args=[asset.pk])
    assert (
        f'hx-get="{href}"' in sign_in(manager).get(reverse("contracts:asset_detail", args=[asset.pk])).content.decode()
    )
    fragment = sign_in(manager).get(href, headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<ol")
    assert "Mona Manager" in fragment


def test_what_people_typed_is_shown_and_never_run(asset: Asset, manager: User, sign_in: SignIn) -> None:
    asset.serial = "<script>alert(1)</script>"
    asset.save()
    page = sign_in(manager).get(reverse("contracts:asset_history", args=[asset.pk])).content
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_the_api_tells_the_history_page_by_page(asset: Asset, dispatcher: User, customer: User) -> None:
    asset.notes = "Never pays."
    asset.save()
    release = Release.objects.create(product=asset.product, version="2.1")
    asset.installed_release = release
    with signed(by=dispatcher, now=LATER):
        asset.save()
    client = APIClient()
    client.force_authenticate(customer)
    first = client.get(f"/api/v1/assets/{asset.pk}/history/", {"page_size": 1}).json()
    (entry,) = first["results"]
    assert entry | {"id": 0} == {
        "id": 0,
        "kind": "changed",
        "at": "2026-03-03T10:30:00Z",
        "by": dispatcher.pk,
        "by_name": "Dirk Dispatcher",
        "changes": [
            {
                "field": "installed_release",
                "label": "Release",
                "before": None,
                "after": release.pk,
                "before_words": "",
                "after_words": "2.1",
            }
        ],
    }
    second = client.get(first["next"]).json()
    assert [one["kind"] for one in second["results"]] == ["added"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", [{"page_size": "0"}, {"page_size": "x"}, {"cursor": "x"}, {"page": "2"}, {"page_size": "501"}]
)
def test_the_api_refuses_a_query_that_does_not_fit(query: dict[str, str], asset: Asset, manager: User) -> None:
    client = APIClient()
    client.force_authenticate(manager)
    assert client.get(f"/api/v1/assets/{asset.pk}/history/", query).status_code == 400


# -- what proves it ---------------------------------------------------------------------------


def test_verify_names_rows_that_changed_behind_their_history(asset: Asset, contact: Contact) -> None:
    assert list(verify.faults()) == []
    Asset.objects.filter(pk=asset.pk).update(serial="S-9")
    contact.history.all().delete()
    assert list(verify.faults()) == [
        f"Contact {contact.pk}: its history misses it",
        f"Asset {asset.pk}: its history misses serial",
    ]
