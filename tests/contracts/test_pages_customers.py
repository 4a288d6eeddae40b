"""Customers, their people, sites and contacts on pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import BusinessCalendar, CalendarVersion, Contact, Customer, Membership, Site
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message

SignIn = Callable[[User], Client]


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    return builder.calendar(now=now, is_default=True)


def errors(response: Any) -> dict[str, list[str]]:
    """The fields at fault, as the page's form names them."""
    return dict(response.context["form"].errors)


def test_customer_create_stores_and_shows_it(dispatcher: User, sign_in: SignIn) -> None:
    response = sign_in(dispatcher).post(
        reverse("contracts:customer_create"),
        {"name": "Cedar Clinic", "language": "nl", "phone": "+31 20 1"},
        follow=True,
    )
    assert Customer.objects.get(name="Cedar Clinic").language == "nl"
    assert b'<h1 class="page-title">Cedar Clinic</h1>' in response.content
    assert b"The customer was saved." in response.content


def test_customer_create_with_a_taken_name_keeps_what_was_typed(
    customer_a: Customer, dispatcher: User, sign_in: SignIn
) -> None:
    values = {"name": customer_a.name, "language": "en", "phone": "+31 20 555"}
    response = sign_in(dispatcher).post(reverse("contracts:customer_create"), values)
    assert errors(response) == {"name": ["Another customer has this name."]}
    assert b"+31 20 555" in response.content


def test_customer_detail_hides_internal_notes_from_its_people(
    customer_a: Customer, customer: User, manager: User, sign_in: SignIn
) -> None:
    Customer.objects.filter(pk=customer_a.pk).update(notes="Pays late.")
    href = reverse("contracts:customer_detail", args=[customer_a.pk])
    assert b"Pays late." in sign_in(manager).get(href).content
    assert b"Pays late." not in sign_in(customer).get(href).content


def test_customer_archive_leaves_the_list_and_comes_back(
    customer_a: Customer, customer_b: Customer, dispatcher: User, sign_in: SignIn
) -> None:
    client = sign_in(dispatcher)
    client.post(reverse("contracts:customer_archive", args=[customer_a.pk]))
    href = reverse("contracts:customer_list")
    assert list(client.get(href).context["listing"].page) == [customer_b]
    assert list(client.get(href, {"shown": "archived"}).context["listing"].page) == [customer_a]
    client.post(reverse("contracts:customer_restore", args=[customer_a.pk]))
    assert Customer.objects.get(pk=customer_a.pk).archived_at is None


def test_lists_search_sort_and_refuse_odd_filters(
    customer_a: Customer, customer_b: Customer, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)
    href = reverse("contracts:customer_list")
    found = client.get(href, {"q": "alder"}).context["listing"].page.object_list
    assert [row.name for row in found] == ["Alder Dental"]
    turned = client.get(href, {"ordering": "-name"}).context["listing"].page.object_list
    assert [row.name for row in turned] == ["Birch Logistics", "Alder Dental"]
    assert not client.get(href, {"shown": "nonsense"}).context["listing"].page.object_list


@pytest.mark.parametrize("name", ["customer_list", "site_list", "contact_list", "asset_list"])
def test_register_list_makes_the_same_queries_with_more_rows(
    name: str,
    calendar: CalendarVersion,
    now: datetime,
    manager: User,
    sign_in: SignIn,
) -> None:
    def add(number: int) -> None:
        owner = builder.customer(now=now, name=f"Customer no. {number}")
        site = builder.site(customer=owner, calendar=calendar)
        Contact.objects.create(customer=owner, site=site, name=f"Contact {number}")
        builder.asset(site=site, product=builder.product(slug=f"product-{number}"))

    client = sign_in(manager)
    add(1)
    one = _queries(client, name)
    add(2)
    add(3)
    assert _queries(client, name) == one <= 15


def _queries(client: Client, name: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        client.get(reverse(f"contracts:{name}"))
    return len(counted)


# -- people -----------------------------------------------------------------------------------


def test_member_invite_shows_the_link_and_queues_a_mail(customer_a: Customer, customer: User, sign_in: SignIn) -> None:
    values = {"name": "Nina New", "email": "nina@alder.example", "role": "viewer"}
    response = sign_in(customer).post(reverse("contracts:member_invite", args=[customer_a.pk]), values)
    assert Membership.objects.get(user__email="nina@alder.example").role == "viewer"
    assert response.context["invitation"].link.encode() in response.content
    assert Message.objects.filter(to="nina@alder.example").exists()


def test_member_with_an_account_agrees_by_the_link(
    customer_a: Customer, customer: User, outsider: User, technician: User, sign_in: SignIn
) -> None:
    owner, invited = sign_in(customer), sign_in(outsider)
    detail = reverse("contracts:customer_detail", args=[customer_a.pk])
    values = {"name": "Otto", "email": outsider.email, "role": "contact"}
    response = owner.post(reverse("contracts:member_invite", args=[customer_a.pk]), values)
    link = response.context["invitation"].link
    assert link in response.content.decode()
    assert "after agreeing by the link" in response.content.decode()
    assert outsider.name not in owner.get(detail).content.decode()
    assert outsider.email in owner.get(detail).content.decode()
    assert invited.get(detail).status_code == 404

    path = link.removeprefix("http://127.0.0.1:8000")
    for stranger in (owner, sign_in(technician)):
        assert stranger.get(path).status_code == stranger.post(path).status_code == 404
    assert Client().get(path).headers["Location"].startswith("/accounts/login/?next=")
    assert "Act for Alder Dental?" in invited.get(path).content.decode()
    assert invited.get(detail).status_code == 404  # looking is not agreeing

    home = invited.post(path, follow=True)
    assert "You act for Alder Dental now." in home.content.decode()
    assert invited.get(detail).status_code == 200
    assert outsider.name in owner.get(detail).content.decode()
    assert invited.post(path).status_code == 404  # used


def test_member_who_has_not_agreed_is_removed(
    customer_a: Customer, customer: User, outsider: User, sign_in: SignIn
) -> None:
    client = sign_in(customer)
    values = {"name": "Otto", "email": outsider.email, "role": "contact"}
    client.post(reverse("contracts:member_invite", args=[customer_a.pk]), values)
    member = Membership.everyone.get(user=outsider, customer=customer_a)
    client.post(reverse("contracts:member_change_role", args=[member.pk]), {"role": "viewer"})
    assert Membership.everyone.get(pk=member.pk).role == "viewer"
    client.post(reverse("contracts:member_remove", args=[member.pk]))
    assert not Membership.everyone.filter(pk=member.pk).exists()


def test_member_invite_of_our_own_staff_is_refused_at_the_field(
    customer_a: Customer, manager: User, technician: User, sign_in: SignIn
) -> None:
    values = {"name": "Tara", "email": technician.email, "role": "viewer"}
    response = sign_in(manager).post(reverse("contracts:member_invite", args=[customer_a.pk]), values)
    assert list(errors(response)) == ["email"]
    assert technician.email.encode() in response.content


def test_member_of_a_customer_cannot_lose_its_last_owner(customer_a: Customer, customer: User, sign_in: SignIn) -> None:
    member = Membership.objects.get(user=customer)
    href = reverse("contracts:member_change_role", args=[member.pk])
    response = sign_in(customer).post(href, {"role": "viewer"}, follow=True)
    assert b"At least one owner has to stay." in response.content
    assert Membership.objects.get(pk=member.pk).role == "owner"


def test_member_change_role_and_remove(customer_a: Customer, now: datetime, manager: User, sign_in: SignIn) -> None:
    person = builder.member(now=now, customer=customer_a, role="viewer")
    member = Membership.objects.get(user=person)
    client = sign_in(manager)
    client.post(reverse("contracts:member_change_role", args=[member.pk]), {"role": "contact"})
    assert Membership.objects.get(pk=member.pk).role == "contact"
    client.post(reverse("contracts:member_change_role", args=[member.pk]), {"role": "king"})
    assert Membership.objects.get(pk=member.pk).role == "contact"
    client.post(reverse("contracts:member_remove", args=[member.pk]))
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_viewer_may_not_invite(customer_a: Customer, now: datetime, sign_in: SignIn) -> None:
    viewer = builder.member(now=now, customer=customer_a, role="viewer")
    href = reverse("contracts:member_invite", args=[customer_a.pk])
    assert sign_in(viewer).get(href).status_code == 403


# -- sites ------------------------------------------------------------------------------------


def site_values(followed: BusinessCalendar, **values: Any) -> dict[str, Any]:
    usual = {"name": "Harbour", "timezone": "Europe/Amsterdam", "region": "EMEA", "calendar": followed.pk}
    return {**usual, "dhcp_lease_hours": "8", **values}


def test_site_create_belongs_to_the_customer_in_the_address(
    customer_a: Customer, calendar: CalendarVersion, dispatcher: User, sign_in: SignIn
) -> None:
    href = f"{reverse('contracts:site_create')}?customer={customer_a.pk}"
    response = sign_in(dispatcher).post(href, site_values(calendar.calendar))
    site = Site.objects.get(name="Harbour")
    assert (site.customer, site.dhcp_lease_hours) == (customer_a, 8)
    assert response["Location"] == reverse("contracts:site_detail", args=[site.pk])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("dhcp_lease_hours", "-1"),
        ("dhcp_lease_hours", "87661"),
        ("calendar", "999"),
        ("name", ""),
    ],
)
def test_site_create_names_the_faulty_field_and_keeps_the_rest(
    name: str, value: str, customer_a: Customer, calendar: CalendarVersion, dispatcher: User, sign_in: SignIn
) -> None:
    href = f"{reverse('contracts:site_create')}?customer={customer_a.pk}"
    values = site_values(calendar.calendar, access_notes="Ring twice", **{name: value})
    response = sign_in(dispatcher).post(href, values)
    assert list(errors(response)) == [name]
    assert b"Ring twice" in response.content


def test_site_name_is_taken_once_per_customer(
    customer_a: Customer, customer_b: Customer, calendar: CalendarVersion, dispatcher: User, sign_in: SignIn
) -> None:
    builder.site(customer=customer_a, calendar=calendar, name="Harbour")
    client, href = sign_in(dispatcher), reverse("contracts:site_create")
    mine = client.post(f"{href}?customer={customer_a.pk}", site_values(calendar.calendar))
    assert list(errors(mine)) == ["name"]
    client.post(f"{href}?customer={customer_b.pk}", site_values(calendar.calendar))
    assert Site.objects.filter(name="Harbour").count() == 2


def test_site_create_without_a_customer_asks_for_one(customer_a: Customer, dispatcher: User, sign_in: SignIn) -> None:
    response = sign_in(dispatcher).get(reverse("contracts:site_create"))
    assert list(response.context["form"].fields) == ["customer"]
    assert sign_in(dispatcher).get(reverse("contracts:site_create"), {"customer": "x"}).status_code == 404


def test_site_with_assets_is_not_archived(
    customer_a: Customer, calendar: CalendarVersion, dispatcher: User, sign_in: SignIn
) -> None:
    site = builder.site(customer=customer_a, calendar=calendar)
    builder.asset(site=site, product=builder.product(), tag="PBX-A")
    response = sign_in(dispatcher).post(reverse("contracts:site_archive", args=[site.pk]), follow=True)
    assert b"PBX-A is still at this site." in response.content
    assert Site.objects.get(pk=site.pk).archived_at is None


def test_site_detail_shows_assets_as_a_tree(
    customer_a: Customer, calendar: CalendarVersion, customer: User, sign_in: SignIn
) -> None:
    site = builder.site(customer=customer_a, calendar=calendar)
    product = builder.product()
    top = builder.asset(site=site, product=product, tag="Z-TOP")
    part = builder.asset(site=site, product=product, tag="A-PART", parent=top)
    builder.asset(site=site, product=product, tag="B-LEAF", parent=part)
    tree = sign_in(customer).get(reverse("contracts:site_detail", args=[site.pk])).context["tree"]
    assert [(branch.asset.tag, branch.depth) for branch in tree] == [("Z-TOP", 0), ("A-PART", 1), ("B-LEAF", 2)]


# -- contacts ---------------------------------------------------------------------------------


def test_contact_create_by_an_owner_is_for_its_own_customer(
    customer_a: Customer, customer: User, sign_in: SignIn
) -> None:
    sign_in(customer).post(reverse("contracts:contact_create"), {"name": "Cora", "email": "cora@alder.example"})
    assert Contact.objects.get(name="Cora").customer == customer_a


def test_contact_at_another_customers_site_is_refused(
    customer_a: Customer, customer_b: Customer, calendar: CalendarVersion, customer: User, sign_in: SignIn
) -> None:
    theirs = builder.site(customer=customer_b, calendar=calendar)
    values = {"name": "Cora", "site": theirs.pk, "function": "Reception"}
    response = sign_in(customer).post(reverse("contracts:contact_create"), values)
    assert list(errors(response)) == ["site"]
    assert b"Reception" in response.content


def test_contact_archive_by_an_owner(customer_a: Customer, customer: User, sign_in: SignIn) -> None:
    contact = Contact.objects.create(customer=customer_a, name="Cora")
    client = sign_in(customer)
    client.post(reverse("contracts:contact_archive", args=[contact.pk]))
    assert Contact.objects.get(pk=contact.pk).archived_at is not None
    client.post(reverse("contracts:contact_restore", args=[contact.pk]))
    assert Contact.objects.get(pk=contact.pk).archived_at is None
