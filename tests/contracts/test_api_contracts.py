"""contracts/: drafted as a whole, changed by verbs."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import Asset, CalendarVersion, Contract, Customer, PlanVersion
from portal.accounts.models import User
from portal.demo import builder

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def at_now(now: datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def api(manager: User, api_as: ApiAs) -> APIClient:
    return api_as(manager)


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    return builder.calendar(now=now, is_default=True)


@pytest.fixture
def plan(now: datetime) -> PlanVersion:
    return builder.plan(now=now, name="Visits")


@pytest.fixture
def assets(customer_a: Customer, calendar: CalendarVersion) -> list[Asset]:
    site = builder.site(customer=customer_a, calendar=calendar)
    return [builder.asset(site=site, product=builder.product(), tag=f"ALD-{n}") for n in (1, 2)]


@pytest.fixture
def sent(customer_a: Customer, plan: PlanVersion, calendar: CalendarVersion, assets: list[Asset]) -> dict[str, Any]:
    """A draft for this year, with the first asset."""
    terms = {"from_on": "2026-01-01", "until_on": "2026-12-31", "plan": plan.plan_id, "calendar": calendar.calendar_id}
    return {
        "customer": customer_a.pk,
        "name": "Maintenance",
        "reference": "PO 7",
        "terms": [{**terms, "price": "1200.00", "currency": "EUR"}],
        "covered_assets": [assets[0].pk],
    }


@pytest.fixture
def draft(api: APIClient, sent: dict[str, Any]) -> dict[str, Any]:
    answer = api.post("/api/v1/contracts/", sent)
    assert answer.status_code == 201, answer.json()
    row: dict[str, Any] = answer.json()
    return row


@pytest.fixture
def active(api: APIClient, draft: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(f"{draft['url']}activate/")
    assert answer.status_code == 200, answer.json()
    row: dict[str, Any] = answer.json()
    return row


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["attr"]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


# -- drafts -----------------------------------------------------------------------------------


def test_draft_is_made_as_a_whole(draft: dict[str, Any], sent: dict[str, Any], assets: list[Asset]) -> None:
    (terms,), (cover,) = draft["terms"], draft["covered_assets"]
    assert {name: terms[name] for name in sent["terms"][0]} == sent["terms"][0]
    assert (terms["plan_name"], terms["plan_version"], terms["calendar_version"]) == ("Visits", 1, 1)
    assert (cover["asset"], cover["tag"], cover["from_on"], cover["until_on"]) == (
        assets[0].pk,
        "ALD-1",
        "2026-01-01",
        None,
    )
    assert (draft["number"], draft["state"]) == (f"CT-{draft['id']}", "draft")
    assert draft["activated_at"] is None


def test_contract_is_found_by_key_and_number(api: APIClient, draft: dict[str, Any]) -> None:
    assert api.get(draft["url"]).json() == draft
    assert api.get(f"/api/v1/contracts/{draft['number']}/").json() == draft


def test_draft_without_terms_and_assets_is_enough(api: APIClient, customer_a: Customer) -> None:
    row = api.post("/api/v1/contracts/", {"customer": customer_a.pk, "name": "Later"}).json()
    assert (row["terms"], row["covered_assets"]) == ([], [])
    assert code(api.post(f"{row['url']}activate/")) == (409, "no_terms")


def test_draft_read_and_put_back_says_the_same(api: APIClient, draft: dict[str, Any]) -> None:
    def without_ids(row: dict[str, Any]) -> dict[str, Any]:
        parts = {
            name: [{key: part[key] for key in part if key != "id"} for part in row[name]]
            for name in ("terms", "covered_assets")
        }
        return row | parts

    answer = api.put(draft["url"], draft)
    assert answer.status_code == 200
    assert without_ids(answer.json()) == without_ids(draft)


def test_patch_of_a_draft_keeps_what_is_left_out(api: APIClient, draft: dict[str, Any], assets: list[Asset]) -> None:
    covers = [{"asset": assets[1].pk, "from_on": "2026-02-01", "until_on": "2026-06-30"}]
    answer = api.patch(draft["url"], {"covered_assets": covers, "work_from_on": "2026-04-01"}).json()
    (cover,) = answer["covered_assets"]
    assert {name: cover[name] for name in covers[0]} == covers[0]
    assert (answer["name"], answer["terms"], answer["work_from_on"]) == ("Maintenance", draft["terms"], "2026-04-01")


def test_contract_in_force_is_not_edited(api: APIClient, active: dict[str, Any]) -> None:
    assert api.patch(active["url"], {"name": "Other"}).status_code == 409
    assert api.put(active["url"], active).status_code == 409
    assert api.delete(active["url"]).status_code == 405


@pytest.mark.parametrize(
    ("part", "value", "attr"),
    [
        ("from_on", "2027-01-01", "terms.0.until_on"),
        ("from_on", "0001-01-01", "terms.0.from_on"),
        ("until_on", "9999-12-31", "terms.0.until_on"),
        ("until_on", "9999-99-99", "terms.0.until_on"),
        ("plan", 999, "terms.0.plan"),
        ("plan", 2**64, "terms.0.plan"),
        ("calendar", None, "terms.0.calendar"),
        ("price", "-1", "terms.0.price"),
        ("price", "1e12", "terms.0.price"),
        ("price", "NaN", "terms.0.price"),
        ("currency", "euro", "terms.0.currency"),
        ("currency", "EUR\n", None),
        ("discount", 5, "terms.0.discount"),
    ],
)
def test_bad_terms_are_refused_at_their_field(
    api: APIClient, sent: dict[str, Any], part: str, value: Any, attr: str | None
) -> None:
    sent["terms"][0][part] = value
    answer = api.post("/api/v1/contracts/", sent)
    if attr is None:  # white space at the end is taken off, as in any text
        assert answer.status_code == 201
    else:
        assert fault(answer) == (400, attr)
        assert not Contract.objects.exists()


def test_terms_that_overlap_are_refused_at_the_second(api: APIClient, sent: dict[str, Any]) -> None:
    sent["terms"].append({**sent["terms"][0], "from_on": "2026-12-31", "until_on": "2027-12-30"})
    assert fault(api.post("/api/v1/contracts/", sent)) == (400, "terms.1.from_on")
    assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("covers", "attr"),
    [
        ([999], "covered_assets.0.asset"),
        ([None], "covered_assets.0"),
        ([1.5], "covered_assets.0.non_field_errors"),
        ({"asset": 1}, "covered_assets.non_field_errors"),
        ([{"from_on": "2026-01-01"}], "covered_assets.0.asset"),
    ],
)
def test_bad_covers_are_refused_at_their_field(api: APIClient, sent: dict[str, Any], covers: Any, attr: str) -> None:
    assert fault(api.post("/api/v1/contracts/", sent | {"covered_assets": covers})) == (400, attr)


def test_asset_of_another_customer_is_refused(
    api: APIClient, sent: dict[str, Any], customer_b: Customer, calendar: CalendarVersion
) -> None:
    site = builder.site(customer=customer_b, calendar=calendar)
    sent["covered_assets"].append(builder.asset(site=site, product=builder.product()).pk)
    assert fault(api.post("/api/v1/contracts/", sent)) == (400, "covered_assets.1.asset")


def test_asset_listed_twice_is_refused(api: APIClient, sent: dict[str, Any]) -> None:
    sent["covered_assets"] *= 2
    assert code(api.post("/api/v1/contracts/", sent)) == (409, "already_covered")
    assert not Contract.objects.exists()


# -- verbs ------------------------------------------------------------------------------------


def test_activation_puts_it_in_force_once(api: APIClient, active: dict[str, Any]) -> None:
    assert (active["state"], active["work_from_on"], active["anchor_on"]) == ("active", "2026-03-02", "2026-01-01")
    assert active["activated_at"] == "2026-03-02T09:00:00Z"
    assert api.post(f"{active['url']}activate/").status_code == 409
    assert fault(api.post(f"{active['url']}activate/", {"now": True})) == (400, "now")


def test_two_contracts_never_cover_one_asset(api: APIClient, active: dict[str, Any], sent: dict[str, Any]) -> None:
    other = api.post("/api/v1/contracts/", sent).json()
    assert code(api.post(f"{other['url']}activate/")) == (409, "already_covered")


def test_amendment_changes_list_plan_and_price_from_a_day(
    api: APIClient, active: dict[str, Any], assets: list[Asset], now: datetime
) -> None:
    better = builder.plan(now=now, name="Resident")
    change = {
        "from_on": "2026-04-01",
        "add_assets": [assets[1].pk],
        "remove_assets": [assets[0].pk],
        "plan": better.plan_id,
        "price": "1500",
    }
    row = api.post(f"{active['url']}amend/", change).json()
    assert [(terms["until_on"], terms["plan_name"], terms["price"]) for terms in row["terms"]] == [
        ("2026-03-31", "Visits", "1200.00"),
        ("2026-12-31", "Resident", "1500.00"),
    ]
    assert [(cover["tag"], cover["from_on"], cover["until_on"]) for cover in row["covered_assets"]] == [
        ("ALD-1", "2026-01-01", "2026-03-31"),
        ("ALD-2", "2026-04-01", None),
    ]


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({}, "from_on"),
        ({"from_on": "2026-04-01"}, None),
        ({"from_on": "2028-04-01", "price": 1}, "from_on"),
        ({"from_on": "2026-04-01", "add_assets": [999]}, "add_assets.0"),
        ({"from_on": "2026-04-01", "add_assets": ["x"]}, "add_assets.0"),
        ({"from_on": "2026-04-01", "add_assets": [2**70]}, "add_assets.0"),
        ({"from_on": "2026-04-01", "add_assets": [1] * 501}, "add_assets"),
        ({"from_on": "2026-04-01", "add_assets": {"id": 1}}, "add_assets"),
        ({"from_on": "0001-01-01", "remove_assets": []}, "from_on"),
        ({"from_on": "2026-04-01", "colour": "red"}, "colour"),
    ],
)
def test_bad_amendment_is_refused_at_its_field(
    api: APIClient, active: dict[str, Any], change: dict[str, Any], attr: str | None
) -> None:
    assert fault(api.post(f"{active['url']}amend/", change)) == (400, attr or "non_field_errors")


def test_removal_of_what_is_not_listed_is_refused(api: APIClient, active: dict[str, Any], assets: list[Asset]) -> None:
    change = {"from_on": "2026-04-01", "remove_assets": [assets[1].pk]}
    assert fault(api.post(f"{active['url']}amend/", change)) == (400, "remove_assets")


def test_suspension_and_resumption(api: APIClient, active: dict[str, Any]) -> None:
    rest = {"from_on": "2026-03-02", "reason": "Unpaid"}
    row = api.post(f"{active['url']}suspend/", rest).json()
    assert (row["state"], row["suspensions"][0]["reason"]) == ("suspended", "Unpaid")
    assert api.post(f"{active['url']}suspend/", rest).status_code == 409
    row = api.post(f"{active['url']}resume/", {"on": "2026-03-02"}).json()
    assert (row["state"], row["suspensions"]) == ("active", [])
    assert code(api.post(f"{active['url']}resume/", {"on": "2026-03-02"})) == (409, "not_suspended")
    assert fault(api.post(f"{active['url']}suspend/", {"from_on": "2026-03-09"})) == (400, "reason")


def test_renewal_and_termination(api: APIClient, active: dict[str, Any]) -> None:
    row = api.post(f"{active['url']}renew/", {"until_on": "2027-12-31"}).json()
    assert [(terms["from_on"], terms["price"]) for terms in row["terms"]] == [
        ("2026-01-01", "1200.00"),
        ("2027-01-01", "1200.00"),
    ]
    assert fault(api.post(f"{active['url']}renew/", {"until_on": "2027-12-31"})) == (400, "until_on")
    row = api.post(f"{active['url']}terminate/", {"ended_on": "2026-03-01", "reason": "Moved away"}).json()
    assert (row["state"], row["ended_on"]) == ("ended", "2026-03-01")
    for verb, body in {
        "terminate": {"ended_on": "2026-03-01", "reason": "Again"},
        "suspend": {"from_on": "2026-04-01", "reason": "x"},
        "resume": {"on": "2026-04-01"},
        "amend": {"from_on": "2026-04-01", "price": 1},
        "renew": {"until_on": "2028-12-31"},
    }.items():
        assert api.post(f"{active['url']}{verb}/", body).status_code == 409, verb


def test_activation_repeated_with_its_key_acts_once(api: APIClient, draft: dict[str, Any]) -> None:
    address, key = f"{draft['url']}activate/", {"Idempotency-Key": "activate-1"}
    first, again = api.post(address, headers=key), api.post(address, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert api.post(address, {"x": 1}, headers=key).status_code == 422


# -- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["activate", "amend", "suspend", "resume", "terminate", "renew"])
def test_verbs_are_the_managers(
    active: dict[str, Any], dispatcher: User, customer: User, outsider: User, api_as: ApiAs, verb: str
) -> None:
    for person, status in ((dispatcher, 403), (customer, 403), (outsider, 404)):
        assert api_as(person).post(f"{active['url']}{verb}/", {}).status_code == status


def test_customer_sees_its_contracts_but_no_drafts(
    api: APIClient, active: dict[str, Any], sent: dict[str, Any], customer: User, outsider: User, api_as: ApiAs
) -> None:
    hidden = api.post("/api/v1/contracts/", {**sent, "covered_assets": []}).json()
    mine = api_as(customer).get("/api/v1/contracts/").json()["results"]
    assert [row["id"] for row in mine] == [active["id"]]
    assert api_as(customer).get(hidden["url"]).status_code == 404
    assert api_as(customer).patch(active["url"], {"name": "Mine"}).status_code == 403
    assert api_as(customer).post("/api/v1/contracts/", sent).status_code == 403
    assert api_as(outsider).get("/api/v1/contracts/").json()["count"] == 0


def test_list_filters_by_state_and_customer(api: APIClient, active: dict[str, Any], customer_b: Customer) -> None:
    assert api.get("/api/v1/contracts/?state=active").json()["count"] == 1
    assert api.get("/api/v1/contracts/?state=draft").json()["count"] == 0
    assert api.get(f"/api/v1/contracts/?customer={customer_b.pk}").json()["count"] == 0
    assert fault(api.get("/api/v1/contracts/?state=happy")) == (400, "state")


def test_list_makes_the_same_queries_for_three_rows(
    api: APIClient, plan: PlanVersion, calendar: CalendarVersion, now: datetime
) -> None:
    def grow() -> int:
        row = builder.customer(now=now)
        asset = builder.asset(site=builder.site(customer=row, calendar=calendar), product=builder.product())
        contract = builder.contract(
            customer=row,
            plan_version=plan,
            calendar_version=calendar,
            assets=[asset],
            from_on=date(2026, 1, 1),
            until_on=date(2026, 12, 31),
            now=now,
        )
        contract.suspensions.create(from_on=date(2026, 5, 1), until_on=date(2026, 5, 2), reason="Moving")
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/contracts/").status_code == 200
        return len(queries)

    once = grow()
    grow()
    assert grow() == once <= 6
