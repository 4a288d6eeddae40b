"""Customers, their people, sites and contacts; the catalogue; assets."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import Asset, CalendarVersion, Contact, Customer, Membership, Product, Release, Site, Vendor
from portal.accounts.models import User
from portal.demo import builder

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], APIClient]


@pytest.fixture
def api(manager: User, api_as: ApiAs) -> APIClient:
    return api_as(manager)


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    return builder.calendar(now=now, name="Nine to five", is_default=True)


@pytest.fixture
def site(customer_a: Customer, calendar: CalendarVersion) -> Site:
    return builder.site(customer=customer_a, calendar=calendar, name="Head office")


@pytest.fixture
def other_site(customer_b: Customer, calendar: CalendarVersion) -> Site:
    return builder.site(customer=customer_b, calendar=calendar, name="Depot")


@pytest.fixture
def product(db: None) -> Product:
    return builder.product()


@pytest.fixture
def asset(site: Site, product: Product) -> Asset:
    return builder.asset(site=site, product=product, tag="ALD-PBX-1")


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["attr"]


# -- customers --------------------------------------------------------------------------------


def test_customer_is_made_edited_and_archived(api: APIClient) -> None:
    row = api.post("/api/v1/customers/", {"name": "Alder", "email": "desk@alder.example", "notes": "Key 4"}).json()
    assert (row["name"], row["notes"], row["archived_at"]) == ("Alder", "Key 4", None)
    assert row["created_at"].endswith("Z")
    put = api.put(row["url"], {"name": "Alder Dental"}).json()
    assert (put["name"], put["email"]) == ("Alder Dental", "desk@alder.example")
    assert api.patch(row["url"], {"language": "nl"}).json()["language"] == "nl"
    assert api.post(f"{row['url']}archive/").json()["archived_at"]
    assert api.get("/api/v1/customers/?archived=false").json()["count"] == 0
    assert api.get("/api/v1/customers/?archived=true").json()["count"] == 1
    assert api.post(f"{row['url']}restore/").json()["archived_at"] is None


def test_customer_is_never_deleted(api: APIClient, customer_a: Customer) -> None:
    assert api.delete(f"/api/v1/customers/{customer_a.pk}/").status_code == 405
    assert Customer.objects.filter(pk=customer_a.pk).exists()


def test_customer_sees_its_own_row_without_our_notes(
    customer: User, customer_a: Customer, customer_b: Customer, api_as: ApiAs
) -> None:
    customer_a.notes = "Pays late"
    customer_a.save(update_fields=["notes"])
    api = api_as(customer)
    (row,) = api.get("/api/v1/customers/").json()["results"]
    assert row["id"] == customer_a.pk
    assert "notes" not in row
    assert api.get(f"/api/v1/customers/{customer_b.pk}/").status_code == 404


def test_customer_sees_its_own_asset_without_our_notes(
    customer: User, technician: User, asset: Asset, api_as: ApiAs
) -> None:
    Asset.objects.filter(pk=asset.pk).update(notes="Bought from a competitor")
    assert api_as(technician).get(address_of(asset)).json()["notes"] == "Bought from a competitor"
    api = api_as(customer)
    (row,) = api.get("/api/v1/assets/").json()["results"]
    for shown in (row, api.get(address_of(asset)).json()):
        assert shown["tag"] == asset.tag
        assert "notes" not in shown


def test_instants_are_in_utc_whatever_the_readers_zone(
    manager: User, customer_a: Customer, sign_in: Callable[[User], Any]
) -> None:
    manager.timezone = "Asia/Tehran"
    manager.save(update_fields=["timezone"])
    row = sign_in(manager).get(f"/api/v1/customers/{customer_a.pk}/").json()
    assert row["created_at"] == "2026-03-02T09:00:00Z"


def test_contact_role_edits_no_contacts(customer_a: Customer, now: datetime, api_as: ApiAs) -> None:
    person = builder.member(customer=customer_a, now=now, role="contact")
    assert api_as(person).get("/api/v1/contacts/").status_code == 200
    assert api_as(person).post("/api/v1/contacts/", {"customer": customer_a.pk, "name": "Rita"}).status_code == 403
    assert api_as(person).post("/api/v1/sites/", {}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"name": "Birch Logistics"}, "name"),
        ({"name": "New", "email": "nowhere"}, "email"),
        ({"name": "New", "language": "xx"}, "language"),
        ({"name": "New", "archived_at": "2026-01-01T00:00:00Z"}, "archived_at"),
        ({"name": "New", "is_good": True}, "is_good"),
    ],
)
def test_bad_customer_is_refused_at_its_field(
    api: APIClient, customer_b: Customer, sent: dict[str, Any], attr: str
) -> None:
    assert fault(api.post("/api/v1/customers/", sent)) == (400, attr)


def test_list_filters_sorts_and_searches(api: APIClient, customer_a: Customer, customer_b: Customer) -> None:
    def names(query: str) -> list[str]:
        return [row["name"] for row in api.get(f"/api/v1/customers/?{query}").json()["results"]]

    assert names("ordering=-name") == ["Birch Logistics", "Alder Dental"]
    assert names("name=Alder Dental") == ["Alder Dental"]
    assert names("q=birch") == ["Birch Logistics"]
    assert names("page_size=1&page=2&ordering=name") == ["Birch Logistics"]


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("colour=red", "colour"),
        ("archived=maybe", "archived"),
        ("language=xx", "language"),
        ("ordering=notes", "ordering"),
        ("page=x", "page"),
        ("name=a&name=b", "name"),
        ("cursor=abc", "cursor"),
        ("page_size=0", "page_size"),
        ("name=%00", "name"),
        ("format=xml", "format"),
    ],
)
def test_list_refuses_what_it_does_not_know(api: APIClient, query: str, attr: str) -> None:
    if attr == "format":
        assert api.get(f"/api/v1/customers/?{query}").status_code in {400, 404}
    else:
        assert fault(api.get(f"/api/v1/customers/?{query}")) == (400, attr)


def test_page_beyond_the_last_is_not_found(api: APIClient) -> None:
    assert api.get("/api/v1/customers/?page=99").status_code == 404


# -- sites and contacts -----------------------------------------------------------------------


def test_site_is_made_for_a_customer(dispatcher: User, customer_a: Customer, site: Site, api_as: ApiAs) -> None:
    sent = {"customer": customer_a.pk, "name": "Depot", "timezone": "Asia/Tehran", "calendar": site.calendar_id}
    row = api_as(dispatcher).post("/api/v1/sites/", sent).json()
    assert {name: row[name] for name in sent} == sent
    assert row["region"] == "EMEA"


@pytest.mark.parametrize(
    ("changed", "attr"),
    [
        ({"customer": 999_999}, "customer"),
        ({"customer": 2**70}, "customer"),
        ({"customer": -1}, "customer"),
        ({"customer": True}, "customer"),
        ({"customer": 1.5}, "customer"),
        ({"customer": {"id": 1}}, "customer"),
        ({"customer": None}, "customer"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"calendar": "x"}, "calendar"),
        ({"dhcp_lease_hours": -1}, "dhcp_lease_hours"),
        ({"dhcp_lease_hours": 10**30}, "dhcp_lease_hours"),
        ({"dhcp_lease_hours": 87_661}, "dhcp_lease_hours"),
    ],
)
def test_bad_site_is_refused_at_its_field(api: APIClient, site: Site, changed: dict[str, Any], attr: str) -> None:
    sent = {"customer": site.customer_id, "name": "Depot", "timezone": "UTC", "calendar": site.calendar_id}
    assert fault(api.post("/api/v1/sites/", sent | changed)) == (400, attr)


def test_site_of_a_taken_name_is_refused(api: APIClient, site: Site) -> None:
    sent = {"customer": site.customer_id, "name": "Head office", "timezone": "UTC", "calendar": site.calendar_id}
    answer = api.post("/api/v1/sites/", sent)
    assert fault(answer) == (400, "name")
    assert answer.json()["errors"][0]["code"] == "unique"
    other = api.post("/api/v1/sites/", {**sent, "name": "Depot"}).json()
    assert fault(api.patch(other["url"], {"name": "Head office"})) == (400, "name")


def test_release_of_a_taken_version_is_refused_at_the_version(api: APIClient, product: Product) -> None:
    sent = {"product": product.pk, "version": "9.1"}
    assert api.post("/api/v1/releases/", sent).status_code == 201
    assert fault(api.post("/api/v1/releases/", sent)) == (400, "version")


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", 7), ("archived_at", "2026-03-02T09:00:00Z"), ("product_name", "Other"), ("capacities", [{}])],
)
def test_patch_does_not_pretend_to_set_what_cannot_be_set(api: APIClient, asset: Asset, name: str, value: Any) -> None:
    answer = api.patch(address_of(asset), {"name": "New", name: value})
    assert fault(answer) == (400, name)
    assert answer.json()["errors"][0]["code"] == "read_only"
    asset.refresh_from_db()
    assert asset.name != "New"


def test_patch_takes_back_what_was_read(api: APIClient, asset: Asset) -> None:
    asset.capacities.create(metric="users", value=5, from_on=date(2026, 1, 1))
    row = api.get(address_of(asset)).json()
    assert api.patch(address_of(asset), row).json() == row


@pytest.mark.parametrize("text", ["20260302", "2026-W10-1", "2026-3-2", "2026-03-02T00:00:00Z"])
def test_date_is_written_in_one_way(api: APIClient, asset: Asset, text: str) -> None:
    assert fault(api.patch(address_of(asset), {"deployed_on": text})) == (400, "deployed_on")
    assert fault(api.get(f"{address_of(asset)}coverage/?work=firmware&on={text}")) == (400, "on")


def test_site_stays_with_its_customer(api: APIClient, site: Site, customer_b: Customer) -> None:
    assert fault(api.patch(f"/api/v1/sites/{site.pk}/", {"customer": customer_b.pk})) == (400, "customer")


def test_archived_row_cannot_be_chosen_but_kept(api: APIClient, site: Site, now: datetime) -> None:
    site.calendar.archived_at = now
    site.calendar.save(update_fields=["archived_at"])
    whole = api.get(f"/api/v1/sites/{site.pk}/").json()
    assert api.put(f"/api/v1/sites/{site.pk}/", whole).status_code == 200
    sent = {"customer": site.customer_id, "name": "Depot", "timezone": "UTC", "calendar": site.calendar_id}
    assert fault(api.post("/api/v1/sites/", sent)) == (400, "calendar")


def test_site_with_equipment_is_not_archived(api: APIClient, asset: Asset) -> None:
    answer = api.post(f"/api/v1/sites/{asset.site_id}/archive/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "in_use")


def test_filter_by_a_foreign_key_leaks_nothing(
    customer: User, customer_a: Customer, customer_b: Customer, site: Site, other_site: Site, api_as: ApiAs
) -> None:
    api = api_as(customer)
    assert api.get(f"/api/v1/sites/?customer={customer_a.pk}").json()["count"] == 1
    foreign = api.get(f"/api/v1/sites/?customer={customer_b.pk}")
    missing = api.get("/api/v1/sites/?customer=999999")
    assert fault(foreign) == fault(missing) == (400, "customer")
    assert foreign.content.replace(str(customer_b.pk).encode(), b"N") == missing.content.replace(b"999999", b"N")
    assert fault(api.get("/api/v1/sites/?customer=1e3")) == (400, "customer")
    assert fault(api.get("/api/v1/sites/?customer=99999999999999999999")) == (400, "customer")


def test_contact_of_a_customer_is_kept_by_its_owner(
    customer: User, customer_a: Customer, customer_b: Customer, site: Site, other_site: Site, api_as: ApiAs
) -> None:
    api = api_as(customer)
    sent = {"customer": customer_a.pk, "site": site.pk, "name": "Rita Reception", "phone": "+31 20 555 0100"}
    row = api.post("/api/v1/contacts/", sent).json()
    assert row["site"] == site.pk
    assert api.patch(row["url"], {"function": "Front desk"}).json()["function"] == "Front desk"
    assert api.post(f"{row['url']}archive/").json()["archived_at"]
    assert fault(api.post("/api/v1/contacts/", {**sent, "customer": customer_b.pk})) == (400, "customer")
    assert fault(api.post("/api/v1/contacts/", {**sent, "site": other_site.pk})) == (400, "site")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("nothing", ["", " ", 0, [], {}, [{}], {"S1": {}}, False])
def test_empty_key_is_not_read_as_null(api: APIClient, site: Site, nothing: Any) -> None:
    """Null alone says that there is none."""
    sent = {"customer": site.customer_id, "name": "Rita"}
    row = api.post("/api/v1/contacts/", {**sent, "site": site.pk}).json()
    assert fault(api.post("/api/v1/contacts/", {**sent, "site": nothing})) == (400, "site")
    assert fault(api.patch(row["url"], {"site": nothing})) == (400, "site")
    assert api.patch(row["url"], {"site": None}).json()["site"] is None


def test_contact_at_a_site_of_another_customer_is_refused(api: APIClient, site: Site, other_site: Site) -> None:
    sent = {"customer": site.customer_id, "site": other_site.pk, "name": "Rita"}
    assert fault(api.post("/api/v1/contacts/", sent)) == (400, "site")


# -- people -----------------------------------------------------------------------------------


def test_owner_invites_changes_and_removes_people(customer: User, customer_a: Customer, api_as: ApiAs) -> None:
    api = api_as(customer)
    sent = {"customer": customer_a.pk, "email": "new@alder.example", "name": "Nina New", "role": "viewer"}
    answer = api.post("/api/v1/memberships/", sent)
    row = answer.json()
    assert answer.status_code == 201
    assert row["invitation_link"].startswith("http")
    assert (row["name"], row["state"], row["role"]) == ("Nina New", "invited", "viewer")
    changed = api.patch(row["url"], {"role": "contact"}).json()
    assert changed["role"] == "contact"
    assert "invitation_link" not in changed
    assert api.post(f"{row['url']}remove/").status_code == 204
    assert api.get(row["url"]).status_code == 404


def test_invited_person_with_an_account_agrees_first(
    customer: User, outsider: User, customer_a: Customer, api_as: ApiAs, sign_in: Callable[[User], Client]
) -> None:
    api, theirs = api_as(customer), api_as(outsider)
    sent = {"customer": customer_a.pk, "email": outsider.email, "name": "Otto", "role": "viewer"}
    row = api.post("/api/v1/memberships/", sent).json()
    assert (row["name"], row["state"]) == (outsider.email, "invited")
    assert api.patch(row["url"], {"role": "contact"}).json()["state"] == "invited"
    assert theirs.get(row["url"]).status_code == 404
    assert theirs.get(f"/api/v1/customers/{customer_a.pk}/").status_code == 404
    ticket = {"customer": customer_a.pk, "summary": "No sound", "impact": "individual", "urgency": "low"}
    assert fault(theirs.post("/api/v1/tickets/", ticket)) == (400, "customer")

    sign_in(outsider).post(row["invitation_link"].removeprefix("http://127.0.0.1:8000"))
    shown = api.get(row["url"]).json()
    assert (shown["name"], shown["role"]) == ("Otto Outsider", "contact")
    assert theirs.get(f"/api/v1/customers/{customer_a.pk}/").status_code == 200


def test_last_owner_stays(customer: User, api_as: ApiAs) -> None:
    own = Membership.objects.get(user=customer)
    assert api_as(customer).patch(f"/api/v1/memberships/{own.pk}/", {"role": "viewer"}).status_code == 409
    assert api_as(customer).post(f"/api/v1/memberships/{own.pk}/remove/").status_code == 409


def test_viewer_invites_nobody(customer_a: Customer, now: datetime, api_as: ApiAs) -> None:
    viewer = builder.member(customer=customer_a, now=now, role="viewer")
    sent = {"customer": customer_a.pk, "email": "new@alder.example", "name": "Nina", "role": "owner"}
    assert api_as(viewer).post("/api/v1/memberships/", sent).status_code == 403
    own = Membership.objects.get(user=viewer)
    assert api_as(viewer).patch(f"/api/v1/memberships/{own.pk}/", {"role": "owner"}).status_code == 403


def test_owner_invites_nobody_to_another_customer(customer: User, customer_b: Customer, api_as: ApiAs) -> None:
    sent = {"customer": customer_b.pk, "email": "new@birch.example", "name": "Nina", "role": "owner"}
    assert fault(api_as(customer).post("/api/v1/memberships/", sent)) == (400, "customer")


# -- the catalogue ----------------------------------------------------------------------------


def test_product_and_release_are_configured(api: APIClient) -> None:
    vendor = api.post("/api/v1/vendors/", {"name": "Maker"}).json()
    sent = {
        "slug": "pbx-9",
        "name": "PBX 9",
        "vendor": vendor["id"],
        "kind": "system",
        "voicemail_capacity_minutes": 1000,
        "end_of_support_on": "2030-01-09",
        "components": [{"name": "IIS", "reason": "Sign-in"}],
        "ports": [{"number": 5071, "protocol": "SIP", "purpose": "Listening"}],
    }
    product = api.post("/api/v1/products/", sent).json()
    assert {name: product[name] for name in sent} == sent
    release = api.post("/api/v1/releases/", {"product": product["id"], "version": "9.1", "level": "n"}).json()
    assert (release["product"], release["version"]) == (product["id"], "9.1")
    again = api.post("/api/v1/releases/", {"product": product["id"], "version": "9.1"})
    assert again.status_code == 400
    assert api.get(f"/api/v1/releases/?product={product['id']}&level=n").json()["count"] == 1


@pytest.mark.parametrize(
    ("changed", "attr"),
    [
        ({"ports": [{"number": 70000, "protocol": "SIP"}]}, "ports.0.number"),
        ({"ports": [{"number": 5071}]}, "ports.0.protocol"),
        ({"ports": {"number": 5071}}, "ports.non_field_errors"),
        ({"components": [{"name": "IIS", "why": "x"}]}, "components.0.why"),
        ({"components": ["IIS"]}, "components.0.non_field_errors"),
        ({"kind": "toaster"}, "kind"),
        ({"slug": "no spaces"}, "slug"),
        ({"end_of_sale_on": "2026-02-30"}, "end_of_sale_on"),
        ({"end_of_sale_on": "2026-01-01T00:00:00Z"}, "end_of_sale_on"),
        ({"vendor": 999}, "vendor"),
    ],
)
def test_bad_product_is_refused_at_its_field(api: APIClient, changed: dict[str, Any], attr: str) -> None:
    sent = {"slug": "pbx-9", "name": "PBX 9", "kind": "system"}
    assert fault(api.post("/api/v1/products/", sent | changed)) == (400, attr)


def test_product_cannot_be_part_of_itself(api: APIClient, product: Product) -> None:
    part = builder.product(slug="part", part_of=product)
    assert fault(api.patch(f"/api/v1/products/{product.pk}/", {"part_of": part.pk})) == (400, "part_of")


def test_objects_inside_a_changed_product_are_complete(api: APIClient) -> None:
    product = builder.product()

    assert fault(api.patch(f"/api/v1/products/{product.pk}/", {"components": [{}]})) == (400, "components.0.name")
    assert fault(api.patch(f"/api/v1/products/{product.pk}/", {"ports": [{"number": 1}]})) == (400, "ports.0.protocol")


@pytest.mark.parametrize("resource", ["vendors", "products", "releases", "sla-policies", "plans"])
def test_catalogue_is_for_the_var(
    customer: User, technician: User, product: Product, now: datetime, api_as: ApiAs, resource: str
) -> None:
    builder.plan(now=now)
    Vendor.objects.create(name="Maker")
    Release.objects.create(product=product, version="1")
    (row,) = api_as(technician).get(f"/api/v1/{resource}/").json()["results"]
    assert api_as(technician).post(f"/api/v1/{resource}/", {}).status_code == 403
    assert api_as(technician).patch(row["url"], {}).status_code == 403
    assert api_as(customer).post(f"/api/v1/{resource}/", {}).status_code == 403
    assert api_as(customer).get(row["url"]).status_code == 404


# -- assets -----------------------------------------------------------------------------------


def test_asset_is_made_and_edited(api: APIClient, site: Site, product: Product, asset: Asset) -> None:
    release = Release.objects.create(product=product, version="9.1")
    sent = {
        "tag": "ALD-PBX-2",
        "name": "Second base unit",
        "site": site.pk,
        "product": product.pk,
        "parent": asset.pk,
        "installed_release": release.pk,
        "users_count": 40,
        "ip_address": "192.0.2.4",
        "deployed_on": "2025-01-31",
    }
    row = api.post("/api/v1/assets/", sent).json()
    assert {name: row[name] for name in sent} == sent
    assert (row["product_name"], row["installed_version"]) == ("test-pbx", "9.1")
    assert api.get(f"/api/v1/assets/?customer={site.customer_id}&parent={asset.pk}").json()["count"] == 1
    cleared = api.patch(row["url"], {"installed_release": None, "parent": None}).json()
    assert (cleared["installed_release"], cleared["installed_version"], cleared["parent"]) == (None, None, None)


def test_asset_holds_figures_from_a_day_on(technician: User, asset: Asset, api_as: ApiAs) -> None:
    address = f"/api/v1/assets/{asset.pk}/capacities/"
    sent = {"metric": "voicemail_minutes", "value": 1000, "from_on": "2026-03-02"}
    api_as(technician).post(address, sent)
    row = api_as(technician).post(address, {**sent, "value": 2000}).json()
    assert row["capacities"] == [{**sent, "value": 2000}]
    assert asset.capacity("voicemail_minutes", date(2026, 3, 2)) == 2000
    assert fault(api_as(technician).post(address, {**sent, "value": -1})) == (400, "value")


def test_bad_asset_is_refused_at_its_field(
    api: APIClient, site: Site, other_site: Site, product: Product, asset: Asset
) -> None:
    foreign = builder.asset(site=other_site, product=product)
    strange = Release.objects.create(product=builder.product(slug="other"), version="1")
    sent = {"tag": "T-1", "name": "Unit", "site": site.pk, "product": product.pk}
    assert fault(api.post("/api/v1/assets/", {**sent, "tag": asset.tag})) == (400, "tag")
    assert fault(api.post("/api/v1/assets/", {**sent, "parent": foreign.pk})) == (400, "parent")
    assert fault(api.post("/api/v1/assets/", {**sent, "installed_release": strange.pk})) == (400, "installed_release")
    assert fault(api.post("/api/v1/assets/", {**sent, "ip_address": "1.2.3"})) == (400, "ip_address")
    part = builder.asset(site=site, product=product, parent=asset)
    assert fault(api.patch(f"/api/v1/assets/{asset.pk}/", {"parent": part.pk})) == (400, "parent")
    assert fault(api.patch(f"/api/v1/assets/{asset.pk}/", {"parent": asset.pk})) == (400, "parent")
    assert fault(api.patch(f"/api/v1/assets/{asset.pk}/", {"site": other_site.pk})) == (400, "site")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("users_count", 1_000_001),
        ("users_count", 2**63 - 1),
        ("ip_address", "192.0.2.256"),
        ("ip_address", "192.0.2.4/24"),
        ("subnet", "192.0.2.0"),
        ("subnet", "192.0.2.0/33"),
        ("subnet", "192.0.2.7/24"),
        ("subnet", "the second floor"),
        ("subnet", "fe80::%eth0/64"),
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_network_facts_that_cannot_be_are_refused(
    api: APIClient, site: Site, product: Product, asset: Asset, method: str, name: str, value: Any
) -> None:
    new = {"tag": "T-1", "name": "Unit", "site": site.pk, "product": product.pk, name: value}
    answer = api.post("/api/v1/assets/", new) if method == "post" else api.patch(address_of(asset), {name: value})
    assert [error["attr"] for error in answer.json()["errors"]] == [name]
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("10.20.0.0/16", "10.20.0.0/16"),
        (" 10.20.0.0/255.255.0.0 ", "10.20.0.0/16"),
        ("2001:DB8:0:0::/64", "2001:db8::/64"),
        ("", ""),
    ],
)
def test_subnet_is_kept_with_its_prefix(api: APIClient, asset: Asset, sent: str, stored: str) -> None:
    assert api.patch(address_of(asset), {"subnet": sent}).json()["subnet"] == stored


def address_of(asset: Asset) -> str:
    return f"/api/v1/assets/{asset.pk}/"


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("products/", {"slug": "x", "name": "X", "kind": "phone", "voicemail_capacity_minutes": 10_000_001}),
        ("assets/{}/capacities/", {"metric": "users", "from_on": "2026-03-02", "value": 10_000_001}),
    ],
)
def test_figure_beyond_any_system_is_refused(api: APIClient, asset: Asset, address: str, body: dict[str, Any]) -> None:
    answer = api.post(f"/api/v1/{address.format(asset.pk)}", body)
    assert fault(answer) == (400, list(body)[-1])


def test_technician_edits_assets_but_adds_none(technician: User, asset: Asset, api_as: ApiAs) -> None:
    api = api_as(technician)
    assert api.patch(f"/api/v1/assets/{asset.pk}/", {"users_count": 12}).json()["users_count"] == 12
    assert api.post("/api/v1/assets/", {}).status_code == 403
    assert api.post(f"/api/v1/assets/{asset.pk}/archive/").status_code == 403


@pytest.mark.parametrize("verb", ["", "coverage/", "archive/", "restore/", "capacities/"])
def test_asset_of_another_customer_is_not_found(outsider: User, asset: Asset, api_as: ApiAs, verb: str) -> None:
    ask = api_as(outsider).get if verb in {"", "coverage/"} else api_as(outsider).post
    assert ask(f"/api/v1/assets/{asset.pk}/{verb}").status_code == 404


# -- coverage ---------------------------------------------------------------------------------


def test_coverage_says_by_which_contract_and_why(
    customer: User, asset: Asset, calendar: CalendarVersion, now: datetime, api_as: ApiAs
) -> None:
    contract = builder.contract(
        customer=asset.site.customer,
        plan_version=builder.plan(now=now),
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=now,
    )
    ask = api_as(customer).get
    covered = ask(f"/api/v1/assets/{asset.pk}/coverage/?work=firmware&on=2026-03-02").json()
    assert (covered["covered"], covered["decision"]) == (True, "covered")
    assert (covered["contract"], covered["contract_number"]) == (contract.pk, contract.number)
    assert covered["reason"].startswith(f"Covered by {contract.number}")
    billable = ask(f"/api/v1/assets/{asset.pk}/coverage/?work=training&on=2026-03-02").json()
    assert (billable["covered"], billable["decision"], billable["contract"]) == (False, "billable", contract.pk)
    before = ask(f"/api/v1/assets/{asset.pk}/coverage/?work=firmware&on=2025-12-31").json()
    assert (before["covered"], before["contract"]) == (False, None)


@pytest.mark.parametrize(
    ("query", "attr"),
    [("", "work"), ("work=juggling", "work"), ("work=firmware&on=9999-99-99", "on"), ("work=firmware&at=1", "at")],
)
def test_coverage_of_nonsense_is_refused(api: APIClient, asset: Asset, query: str, attr: str) -> None:
    assert fault(api.get(f"/api/v1/assets/{asset.pk}/coverage/?{query}")) == (400, attr)


# -- queries ----------------------------------------------------------------------------------


def test_memberships_are_found_by_their_person(
    api: APIClient, customer: User, outsider: User, customer_a: Customer, api_as: ApiAs
) -> None:
    found = api.get(f"/api/v1/memberships/?user={customer.pk}").json()["results"]
    assert [row["customer"] for row in found] == [customer_a.pk]
    assert fault(api_as(outsider).get(f"/api/v1/memberships/?user={customer.pk}")) == (400, "user")


@pytest.mark.parametrize("resource", ["customers", "memberships", "sites", "contacts", "assets", "products"])
def test_list_makes_the_same_queries_for_three_rows(
    api: APIClient, calendar: CalendarVersion, now: datetime, resource: str
) -> None:
    def grow() -> int:
        row = builder.customer(now=now)
        place = builder.site(customer=row, calendar=calendar)
        builder.member(customer=row, now=now)
        Contact.objects.create(customer=row, site=place, name="Rita")
        vendor, _ = Vendor.objects.get_or_create(name="Maker")
        kind = builder.product(slug=f"pbx-{row.pk}", vendor=vendor)
        release = Release.objects.create(product=kind, version="1")
        builder.asset(site=place, product=kind, installed_release=release).capacities.create(
            metric="users", value=5, from_on=date(2026, 1, 1)
        )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api.get(f"/api/v1/{resource}/").status_code == 200
        return len(queries)

    once = grow()
    grow()
    assert grow() == once <= 6
