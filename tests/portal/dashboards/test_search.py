"""One search over everything a person may see."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contracts.models import Asset, Customer
from portal.accounts.models import User
from portal.dashboards.search import EACH, search
from portal.demo import builder
from tests.conftest import NOW

SignIn = Callable[[User], Client]


@pytest.fixture
def asset(customer_a: Customer) -> Asset:
    site = builder.site(customer=customer_a, calendar=builder.calendar(now=NOW), name="Head office")
    return builder.asset(site=site, product=builder.product(), tag="AMS-PBX-1", name="Switchboard")


def found(client: Client, text: str) -> dict[str, list[str]]:
    groups = client.get(reverse("dashboards:search_results"), {"q": text}).context["groups"]
    return {str(group.label): [row.title for row in group.rows] for group in groups}


def test_words_find_every_kind_that_has_them_all(sign_in: SignIn, manager: User, asset: Asset) -> None:
    assert found(sign_in(manager), "alder") == {
        "Customers": ["Alder Dental"],
        "Sites": ["Head office"],
        "Assets": ["AMS-PBX-1 Switchboard"],
    }
    assert found(sign_in(manager), "alder switch") == {"Assets": ["AMS-PBX-1 Switchboard"]}


@pytest.mark.parametrize("text", ["AMS-PBX-1", " ams-pbx-1 "])
def test_tag_leads_to_its_asset(sign_in: SignIn, manager: User, asset: Asset, text: str) -> None:
    response = sign_in(manager).get(reverse("dashboards:search_results"), {"q": text})
    assert response.headers["Location"] == reverse("contracts:asset_detail", args=[asset.pk])


def test_number_leads_to_its_page(sign_in: SignIn, manager: User, asset: Asset) -> None:
    calendar, site = asset.site.calendar.current(), asset.site
    contract = builder.contract(
        customer=site.customer,
        plan_version=builder.plan(now=NOW, policy_version=builder.policy(now=NOW)),
        calendar_version=calendar,
        assets=[asset],
        from_on=NOW.date(),
        until_on=NOW.date().replace(year=2027),
        now=NOW,
    )
    response = sign_in(manager).get(reverse("dashboards:search_results"), {"q": contract.number.lower()})
    assert response.headers["Location"] == reverse("contracts:contract_detail", args=[contract.number])


def test_nothing_of_another_customer_is_found(sign_in: SignIn, outsider: User, asset: Asset) -> None:
    client = sign_in(outsider)
    assert found(client, "alder") == {}
    assert client.get(reverse("dashboards:search_results"), {"q": asset.tag}).status_code == 200  # and no redirect


def test_customers_find_their_own(sign_in: SignIn, customer: User, asset: Asset) -> None:
    assert found(sign_in(customer), "alder") == {"Sites": ["Head office"], "Assets": ["AMS-PBX-1 Switchboard"]}


@pytest.mark.parametrize(
    "text", ["", "a", "%", "WO-0", "WO-999999999999999999", "XX-1", "'; --", "x" * 5000, "\x00\x00", "٣", "WO-١"]
)
def test_what_finds_nothing_says_so(sign_in: SignIn, manager: User, asset: Asset, text: str) -> None:
    assert found(sign_in(manager), text) == {}


def test_more_than_fits_leads_to_the_list(manager: User, customer_a: Customer) -> None:
    calendar = builder.calendar(now=NOW)
    for number in range(EACH + 1):
        builder.site(customer=customer_a, calendar=calendar, name=f"Depot {number}")
    (group,) = search(manager, "depot")
    assert len(group.rows) == EACH
    assert group.more_href == f"{reverse('contracts:site_list')}?q=depot"


def test_queries_do_not_grow_with_rows(
    manager: User, asset: Asset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7):
        search(manager, "alder")
    for number in range(3):
        builder.site(customer=asset.site.customer, calendar=asset.site.calendar.current(), name=f"Depot {number}")
    with django_assert_num_queries(7):
        assert len(search(manager, "alder")[1].rows) == 4
