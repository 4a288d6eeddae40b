"""Contracts on pages: from the draft to the end."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Asset, CalendarVersion, Contract, ContractEvent, Customer, PlanVersion
from portal.accounts.models import User
from portal.demo import builder

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        yield


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    return builder.calendar(now=now, is_default=True)


@pytest.fixture
def plan(now: datetime) -> PlanVersion:
    return builder.plan(now=now, procedures=[{"procedure_slug": "event-logs", "frequency": "monthly"}])


@pytest.fixture
def asset(customer_a: Customer, calendar: CalendarVersion) -> Asset:
    return builder.asset(
        site=builder.site(customer=customer_a, calendar=calendar), product=builder.product(), tag="AMS-1"
    )


@pytest.fixture
def contract(
    customer_a: Customer, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, now: datetime, manager: User
) -> Contract:
    """In force for the year 2026."""
    return builder.contract(
        customer=customer_a,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=now,
        by=manager,
    )


@pytest.fixture
def draft(customer_a: Customer, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, now: datetime) -> Contract:
    return builder.contract(
        customer=customer_a,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=now,
        activate=False,
    )


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def page(name: str, contract: Contract) -> str:
    return reverse(f"contracts:contract_{name}", args=[contract.number])


def draft_values(plan: PlanVersion, calendar: CalendarVersion, **values: Any) -> dict[str, Any]:
    usual = {"name": "Care", "from_on": "2026-04-01", "until_on": "2027-03-31", "price": "1200.50", "currency": "EUR"}
    return {**usual, "plan": plan.plan_id, "calendar": calendar.calendar_id, **values}


def test_contract_create_drafts_terms_and_assets(
    customer_a: Customer, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, manager: User, sign_in: SignIn
) -> None:
    href = f"{reverse('contracts:contract_create')}?customer={customer_a.pk}"
    response = sign_in(manager).post(href, draft_values(plan, calendar, assets=[asset.pk]))
    contract = Contract.objects.get(name="Care")
    assert response["Location"] == page("detail", contract)
    assert contract.state == "draft"
    assert (contract.terms.get().plan_version, contract.terms.get().price) == (plan, Decimal("1200.50"))
    assert contract.covered_assets.get().from_on == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("until_on", "2026-03-31"),
        ("from_on", "soon"),
        ("plan", "999"),
        ("currency", "Euro"),
        ("price", "-1"),
        ("assets", "999"),
        ("name", ""),
    ],
)
def test_contract_create_names_the_faulty_field_and_keeps_the_rest(
    name: str,
    value: str,
    customer_a: Customer,
    plan: PlanVersion,
    calendar: CalendarVersion,
    manager: User,
    sign_in: SignIn,
) -> None:
    href = f"{reverse('contracts:contract_create')}?customer={customer_a.pk}"
    values = draft_values(plan, calendar, reference="PO 4711") | {name: value}
    response = sign_in(manager).post(href, values)
    assert list(errors(response)) == [name]
    assert b"PO 4711" in response.content
    assert not Contract.objects.exists()


def test_contract_create_offers_no_asset_of_another_customer(
    customer_b: Customer, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, manager: User, sign_in: SignIn
) -> None:
    href = f"{reverse('contracts:contract_create')}?customer={customer_b.pk}"
    response = sign_in(manager).post(href, draft_values(plan, calendar, assets=[asset.pk]))
    assert list(errors(response)) == ["assets"]


def test_draft_edit_replaces_terms_and_moves_the_covers(
    draft: Contract, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, manager: User, sign_in: SignIn
) -> None:
    second = builder.asset(site=asset.site, product=asset.product)
    values = draft_values(plan, calendar, assets=[asset.pk, second.pk], work_from_on="2026-05-01")
    sign_in(manager).post(page("edit", draft), values)
    draft.refresh_from_db()
    assert (draft.name, draft.work_from_on) == ("Care", date(2026, 5, 1))
    assert (draft.terms.get().from_on, draft.terms.get().price) == (date(2026, 4, 1), Decimal("1200.50"))
    covers = {cover.asset: cover.from_on for cover in draft.covered_assets.all()}
    assert covers == {asset: date(2026, 4, 1), second: date(2026, 4, 1)}
    sign_in(manager).post(page("edit", draft), draft_values(plan, calendar, assets=[second.pk]))
    assert [cover.asset for cover in draft.covered_assets.all()] == [second]


def test_draft_with_several_terms_is_edited_without_them(
    draft: Contract, plan: PlanVersion, calendar: CalendarVersion, asset: Asset, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)
    values = draft_values(plan, calendar, from_on="2027-01-01", until_on="2027-12-31")
    client.post(page("add_terms", draft), values)
    assert draft.terms.count() == 2
    overlapping = client.post(page("add_terms", draft), values)
    assert list(errors(overlapping)) == ["from_on"]
    client.post(page("edit", draft), {"name": "Renamed", "assets": [asset.pk]})
    draft.refresh_from_db()
    assert (draft.name, draft.terms.count()) == ("Renamed", 2)
    last = draft.terms.last()
    assert last is not None
    client.post(reverse("contracts:contract_remove_terms", args=[draft.number, last.pk]))
    assert draft.terms.count() == 1


def test_draft_is_hidden_from_its_customer(draft: Contract, customer: User, sign_in: SignIn) -> None:
    client = sign_in(customer)
    assert client.get(page("detail", draft)).status_code == 404
    assert not client.get(reverse("contracts:contract_list")).context["listing"].page.object_list


def test_activate_says_what_will_happen_and_does_it(draft: Contract, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    shown = client.get(page("activate", draft)).content.decode()
    assert "Recurring work is made from today, 2 Mar 2026, on" in shown
    assert "Every month from the contract&#x27;s first day by 09:00" in shown
    response = client.post(page("activate", draft))
    assert response["Location"] == page("detail", draft)
    draft.refresh_from_db()
    assert draft.state == "active"
    again = client.post(page("activate", draft))
    assert again.status_code == 200
    assert "was activated before" in str(again.context["form"].errors)


@pytest.mark.parametrize(
    ("from_on", "told", "promised"),
    [
        ("2026-01-01", "the day of activation", "from today, 2 Mar 2026, on; nothing is made for the past"),
        ("2026-04-01", "1 Apr 2026", "made from 1 Apr 2026 on"),
    ],
)
def test_draft_tells_no_work_before_its_terms(
    draft: Contract, manager: User, sign_in: SignIn, from_on: str, told: str, promised: str
) -> None:
    draft.terms.update(from_on=from_on)
    client = sign_in(manager)
    detail = " ".join(client.get(page("detail", draft)).content.decode().split())
    assert f"<dt>Work from</dt> <dd>{told}</dd>" in detail
    assert promised in client.get(page("activate", draft)).content.decode()


def test_contract_shows_amounts_grouped_in_its_currency(
    contract: Contract, plan: PlanVersion, manager: User, sign_in: SignIn
) -> None:
    plan.coverage.create(work_kind="parts", decision="up_to", amount=Decimal("1500"), clause="Some parts.")
    contract.terms.update(price=Decimal("18900"), currency="USD")
    shown = sign_in(manager).get(page("detail", contract)).content.decode()
    assert "USD\N{NO-BREAK SPACE}18,900.00" in shown
    assert "Up to USD\N{NO-BREAK SPACE}1,500.00" in shown


def test_activate_refuses_an_asset_that_is_covered_elsewhere(
    contract: Contract, draft: Contract, manager: User, sign_in: SignIn
) -> None:
    response = sign_in(manager).post(page("activate", draft))
    assert f"AMS-1 is already covered by {contract.number}" in response.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_cover_and_uncover_an_asset(contract: Contract, asset: Asset, manager: User, sign_in: SignIn) -> None:
    second = builder.asset(site=asset.site, product=asset.product, tag="AMS-2")
    client = sign_in(manager)
    bad = client.post(page("cover", contract), {"asset": second.pk, "from_on": "2026-05-01", "until_on": "2026-04-01"})
    assert list(errors(bad)) == ["until_on"]
    assert b"2026-05-01" in bad.content
    client.post(page("cover", contract), {"asset": second.pk, "from_on": "2026-05-01"})
    cover = contract.covered_assets.get(asset=second)
    href = reverse("contracts:contract_uncover", args=[contract.number, cover.pk])
    client.post(href, {"until_on": "2026-06-30"})
    cover.refresh_from_db()
    assert (cover.from_on, cover.until_on) == (date(2026, 5, 1), date(2026, 6, 30))
    longer = client.post(href, {"until_on": "2026-07-31"})
    assert list(errors(longer)) == ["until_on"]


def test_renew_starts_the_day_after_and_keeps_the_anchor(
    contract: Contract, plan: PlanVersion, calendar: CalendarVersion, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)
    values = draft_values(plan, calendar, from_on="", until_on="2027-12-31", price="1500")
    client.post(page("renew", contract), values)
    last = contract.terms.last()
    assert last is not None
    assert (last.from_on, last.until_on, last.price) == (date(2027, 1, 1), date(2027, 12, 31), Decimal("1500"))
    contract.refresh_from_db()
    assert contract.anchor_on == date(2026, 1, 1)
    overlapping = client.post(page("renew", contract), {**values, "from_on": "2027-06-01"})
    assert "from_on" in errors(overlapping) or "until_on" in errors(overlapping)


def test_amend_splits_the_terms(contract: Contract, now: datetime, manager: User, sign_in: SignIn) -> None:
    better = builder.plan(now=now, name="Better")
    client = sign_in(manager)
    client.post(page("amend", contract), {"from_on": "2026-07-01", "plan": better.plan_id})
    assert [(row.from_on, row.plan_version == better) for row in contract.terms.all()] == [
        (date(2026, 1, 1), False),
        (date(2026, 7, 1), True),
    ]
    nothing = client.post(page("amend", contract), {"from_on": "2026-08-01"})
    assert list(errors(nothing)) == ["__all__"]
    outside = client.post(page("amend", contract), {"from_on": "2030-01-01", "price": "1"})
    assert list(errors(outside)) == ["from_on"]


def test_suspend_and_resume(contract: Contract, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    missing = client.post(page("suspend", contract), {"from_on": "2026-03-02", "reason": ""})
    assert list(errors(missing)) == ["reason"]
    client.post(page("suspend", contract), {"from_on": "2026-03-02", "reason": "Renovation"})
    contract.refresh_from_db()
    assert contract.state == "suspended"
    shown = client.get(page("detail", contract)).content.decode()
    assert "until it is resumed: Renovation" in shown
    assert page("resume", contract) in shown
    client.post(page("resume", contract), {"on": "2026-03-02"})
    contract.refresh_from_db()
    assert contract.state == "active"
    again = client.post(page("resume", contract), {"on": "2026-03-02"})
    assert list(errors(again)) == ["on"]


def test_terminate_ends_it_on_its_day(contract: Contract, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    late = client.post(page("terminate", contract), {"ended_on": "2027-01-31", "reason": "Moved away"})
    assert list(errors(late)) == ["ended_on"]
    assert b"Moved away" in late.content
    client.post(page("terminate", contract), {"ended_on": "2026-06-30", "reason": "Moved away"})
    contract.refresh_from_db()
    assert (contract.state, contract.ended_on) == ("active", date(2026, 6, 30))
    assert "30 Jun 2026 is its last day" in client.get(page("detail", contract)).content.decode()


def test_contract_edit_renames_a_running_one(contract: Contract, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    assert list(errors(client.post(page("edit", contract), {"name": ""}))) == ["name"]
    client.post(page("edit", contract), {"name": "Better name", "reference": "PO 1"})
    contract.refresh_from_db()
    assert (contract.name, contract.reference) == ("Better name", "PO 1")


def test_contract_detail_for_its_customer_offers_nothing_to_change(
    contract: Contract, customer: User, sign_in: SignIn
) -> None:
    shown = sign_in(customer).get(page("detail", contract)).content.decode()
    assert "AMS-1" in shown
    assert "Backup is part of the plan." in shown
    assert "Not part of the plan." in shown
    for verb in ("amend", "suspend", "terminate", "renew", "edit", "cover"):
        assert page(verb, contract) not in shown


def test_contract_detail_tells_each_event_in_words(contract: Contract, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    client.post(page("suspend", contract), {"from_on": "2026-04-01", "until_on": "2026-04-02", "reason": "Fair"})
    client.post(page("resume", contract), {"on": "2026-04-02"})
    shown = client.get(page("detail", contract)).content.decode()
    assert "Put in force; work from 2 Mar 2026." in shown
    assert "Suspended from 1 Apr 2026 until 2 Apr 2026: Fair" in shown
    assert "Goes on from 2 Apr 2026." in shown
    assert "Mona Manager" in shown
    assert ContractEvent.objects.filter(contract=contract).count() == 3


def test_contract_list_filters_and_sorts(
    contract: Contract, plan: PlanVersion, calendar: CalendarVersion, now: datetime, manager: User, sign_in: SignIn
) -> None:
    other = builder.customer(now=now, name="Cedar Clinic")
    asset = builder.asset(site=builder.site(customer=other, calendar=calendar), product=builder.product())
    soon = builder.contract(
        customer=other,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 3, 31),
        now=now,
    )
    client = sign_in(manager)

    def found(**query: Any) -> list[Contract]:
        return list(client.get(reverse("contracts:contract_list"), query).context["listing"].page)

    assert found() == [soon, contract]
    assert found(ordering="ends") == [soon, contract]
    assert found(ordering="-ends") == [contract, soon]
    assert found(ending="30") == [soon]
    assert found(customer=contract.customer_id) == [contract]
    assert found(state="draft") == []
    assert found(q=contract.number) == [contract]
    assert found(q="cedar") == [soon]


def test_contract_list_makes_the_same_queries_with_more_rows(
    contract: Contract, plan: PlanVersion, calendar: CalendarVersion, now: datetime, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)

    def count() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("contracts:contract_list"))
        return len(counted)

    one = count()
    for _number in range(2):
        builder.contract(
            customer=builder.customer(now=now),
            plan_version=plan,
            calendar_version=calendar,
            assets=[],
            from_on=date(2026, 1, 1),
            until_on=date(2026, 3, 31),
            now=now,
            activate=False,
        )
    assert count() == one <= 15
