"""Lists as files."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from portal.web import lists, sheets
from portal.web.sheets import Field, Sheet

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LISTS = [
    "contracts:customer_list",
    "contracts:site_list",
    "contracts:contact_list",
    "contracts:asset_list",
    "contracts:contract_list",
    "contracts:product_list",
    "contracts:plan_list",
    "contracts:sla_policy_list",
    "contracts:calendar_list",
    "tickets:ticket_list",
    "schedules:work_order_list",
    "schedules:visit_list",
    "schedules:change_event_list",
    "schedules:schedule_list",
    "outbox:message_list",
    "accounts:team",
]


def rows_of(response: object) -> list[list[str]]:
    text = response.content.decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text, newline="")))


def page_of(response: object) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(response.content)) as book:  # type: ignore[attr-defined]
        return ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file


def cells_of(response: object) -> list[str]:
    """Every text and figure of the one page, row by row."""
    return ["".join(cell.itertext()) for cell in page_of(response).iter(f"{NAMESPACE}c")]


def count_of(response: object, kind: str) -> int:
    """Rows without the heads."""
    rows = rows_of(response) if kind == "csv" else list(page_of(response).iter(f"{NAMESPACE}row"))
    return len(rows) - 1


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_is_a_file_too(client: Client, manager: User, customer_a: Customer, name: str, kind: str) -> None:
    client.force_login(manager)
    response = client.get(reverse(name), {"export": kind})
    assert response.status_code == 200
    assert response["Content-Type"] == sheets.CONTENT_TYPES[kind]
    assert f".{kind}" in response["Content-Disposition"]
    page = client.get(reverse(name))
    assert count_of(response, kind) == len(page.context["listing"].rows)


def test_export_holds_what_the_filters_leave(client: Client, manager: User) -> None:
    builder.customer(now=NOW, name="Alpha")
    builder.customer(now=NOW, name="Beta")
    client.force_login(manager)
    rows = rows_of(client.get(reverse("contracts:customer_list"), {"q": "beta", "export": "csv"}))
    assert [row[0] for row in rows] == ["Customer", "Beta"]


def test_export_goes_beyond_the_page(client: Client, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        builder.customer(now=NOW, name=name)
    monkeypatch.setattr(lists, "PAGE_SIZE", 1)
    client.force_login(manager)
    rows = rows_of(client.get(reverse("contracts:customer_list"), {"ordering": "-name", "export": "csv"}))
    assert [row[0] for row in rows[1:]] == ["Gamma", "Beta", "Alpha"]


def test_too_many_rows_are_refused_in_words(client: Client, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    builder.customer(now=NOW, name="Alpha")
    builder.customer(now=NOW, name="Beta")
    monkeypatch.setattr(sheets, "MAX_ROWS", 1)
    client.force_login(manager)
    response = client.get(reverse("contracts:customer_list"), {"export": "csv", "q": "a"}, follow=True)
    assert response.redirect_chain == [(reverse("contracts:customer_list") + "?q=a", 302)]
    assert "Filter the list, then export it." in response.content.decode()


@pytest.mark.parametrize("kind", ["pdf", "CSV", "../csv"])
def test_unknown_kind_of_file_is_not_there(client: Client, manager: User, kind: str) -> None:
    client.force_login(manager)
    assert client.get(reverse("contracts:customer_list"), {"export": kind}).status_code == 404


def test_filter_at_fault_shows_the_page(client: Client, manager: User) -> None:
    client.force_login(manager)
    response = client.get(reverse("tickets:ticket_list"), {"severity": "S9", "export": "csv"})
    assert response["Content-Type"].startswith("text/html")


def test_queries_do_not_grow_with_rows(
    client: Client, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(manager)
    address, query = reverse("contracts:customer_list"), {"export": "csv"}
    builder.customer(now=NOW, name="Alpha")
    with django_assert_num_queries(5):  # session, person, page, too many?, rows
        client.get(address, query)
    for name in ("Beta", "Gamma"):
        builder.customer(now=NOW, name=name)
    with django_assert_num_queries(5):
        assert len(rows_of(client.get(address, query))) == 4


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\tx", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_masked(name: str, db: None) -> None:
    Customer.objects.create(name=name, created_at=NOW)
    sheet = Sheet("customers", [Field("Customer", "name")])
    assert rows_of(sheet.response(Customer.objects.all(), "csv"))[1] == [f"'{name}"]
    assert (
        "<f>"
        not in zipfile.ZipFile(io.BytesIO(sheet.response(Customer.objects.all(), "xlsx").content))
        .read("xl/worksheets/sheet1.xml")
        .decode()
    )


def test_phone_numbers_keep_their_sign(db: None) -> None:
    Customer.objects.create(name="Alpha", phone="+31 20 123 45 67", created_at=NOW)
    sheet = Sheet("customers", [Field("Phone", "phone")])
    assert rows_of(sheet.response(Customer.objects.all(), "csv")) == [["Phone"], ["+31 20 123 45 67"]]


def test_missing_links_are_empty_cells(db: None) -> None:
    Customer.objects.create(name="Alpha", created_at=NOW)
    sheet = Sheet("customers", [Field("Gone", "archived_at"), Field("Year", "archived_at.year")])
    assert rows_of(sheet.response(Customer.objects.all(), "csv"))[1] == ["", ""]


def test_text_of_any_script_and_length_fits(db: None) -> None:
    Customer.objects.create(name="شرکت تلفن 📞", notes="x" * 40_000, created_at=NOW)
    sheet = Sheet("customers", [Field("Customer", "name"), Field("Notes", "notes")])
    assert rows_of(sheet.response(Customer.objects.all(), "csv"))[1] == ["شرکت تلفن 📞", "x" * 40_000]
    assert cells_of(sheet.response(Customer.objects.all(), "xlsx"))[2:] == ["شرکت تلفن 📞", "x" * 32_767]
