"""readings/, an asset's trend, and backups/."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import AssetCapacity
from portal.accounts.models import User
from portal.demo import builder
from schedules.models import Backup, Reading
from tests.schedules.conftest import NOW, World

pytestmark = pytest.mark.django_db
READINGS = "/api/v1/readings/"
BACKUPS = "/api/v1/backups/"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def api(technician: User, api_as: Callable[[User], APIClient]) -> APIClient:
    return api_as(technician)


def reading(world: World, **values: Any) -> dict[str, Any]:
    common = {"asset": world.asset.pk, "metric": "voicemail_minutes", "value": 500}
    return common | {"taken_at": "2026-03-02T08:00:00Z"} | values


def backup(world: World, **values: Any) -> dict[str, Any]:
    return {"asset": world.asset.pk, "taken_at": "2026-03-02T02:00:00Z", "location": "//files/pbx"} | values


def faults(answer: Any) -> tuple[int, list[str | None]]:
    return answer.status_code, [error["attr"] for error in answer.json()["errors"]]


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code in (200, 201)
    return len(captured)


# -- readings ---------------------------------------------------------------------------------


def test_reading_is_stored(api: APIClient, world: World) -> None:
    answer = api.post(READINGS, reading(world, value=512.5))
    row = answer.json()
    assert answer.status_code == 201
    assert row["url"] == f"http://testserver{READINGS}{row['id']}/"
    assert (row["asset"], row["metric"], row["value"]) == (world.asset.pk, "voicemail_minutes", 512.5)
    assert (row["taken_at"], row["recorded_at"]) == ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
    assert (row["source"], row["answer"]) == ("api", None)
    assert api.get(row["url"]).json() == row
    assert api.post(READINGS, reading(world, source="manual")).json()["source"] == "manual"


def test_batch_is_stored_in_its_order(api: APIClient, world: World) -> None:
    answer = api.post(READINGS, [reading(world, value=value) for value in (3, 1, 2)])
    assert answer.status_code == 201
    assert [row["value"] for row in answer.json()] == [3.0, 1.0, 2.0]
    assert all(api.get(row["url"]).status_code == 200 for row in answer.json())


def test_batch_of_a_thousand_takes_the_queries_of_one_of_three(
    api: APIClient, world: World, other_site: Callable[..., Any]
) -> None:
    _site, other = other_site(world, "Asia/Tokyo")
    small = [reading(world), reading(world), reading(world, asset=other.pk)]
    large = [reading(world, asset=asset) for asset in (world.asset.pk, other.pk) for _ in range(500)]
    few = queries(lambda: api.post(READINGS, small))
    many = queries(lambda: api.post(READINGS, large))
    assert Reading.objects.count() == 1003
    # SQLite takes so many variables in one statement and no more; that is not one query for each row.
    assert many <= few + 10
    assert few <= 6


def test_batch_over_a_thousand_is_refused(api: APIClient, world: World) -> None:
    answer = api.post(READINGS, [reading(world)] * 1001)
    assert (answer.status_code, Reading.objects.count()) == (400, 0)


def test_fault_in_the_first_row_of_a_batch_is_named_by_its_index(api: APIClient, world: World) -> None:
    assert faults(api.post(READINGS, [reading(world, value="x"), reading(world)])) == (400, ["0.value"])


def test_batch_is_stored_whole_or_not_at_all(api: APIClient, world: World) -> None:
    sent: list[Any] = [reading(world) for _ in range(15)]
    sent[12] = reading(world, value="x")
    assert faults(api.post(READINGS, sent)) == (400, ["12.value"])
    sent[12] = reading(world, value=-1)
    assert faults(api.post(READINGS, sent)) == (400, ["12.value"])
    sent[12] = reading(world, taken_at="2026-03-02T09:10:01Z")
    assert faults(api.post(READINGS, sent)) == (400, ["12.taken_at"])
    sent[3], sent[12] = reading(world, asset=999_999), {}
    assert faults(api.post(READINGS, sent)) == (
        400,
        ["3.asset", "12.asset", "12.metric", "12.value", "12.taken_at"],
    )
    sent[3], sent[12] = reading(world, colour="red"), 7
    assert faults(api.post(READINGS, sent)) == (400, ["3.colour", "12.non_field_errors"])
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"asset": None}, "asset"),
        ({"asset": 999_999}, "asset"),
        ({"asset": 10**30}, "asset"),
        ({"asset": 0}, "asset"),
        ({"asset": "x"}, "asset"),
        ({"asset": True}, "asset"),
        ({"asset": {}}, "asset"),
        ({"asset": []}, "asset"),
        ({"metric": "mood"}, "metric"),
        ({"metric": None}, "metric"),
        ({"metric": {}}, "metric"),
        ({"value": None}, "value"),
        ({"value": "500"}, "value"),
        ({"value": True}, "value"),
        ({"value": -0.1}, "value"),
        ({"value": 1e300}, "value"),
        ({"value": 10**400}, "value"),
        ({"taken_at": "2026-03-02T08:00:00"}, "taken_at"),
        ({"taken_at": "2026-03-02T09:10:01Z"}, "taken_at"),
        ({"taken_at": "0001-01-01T00:00:00Z"}, "taken_at"),
        ({"taken_at": []}, "taken_at"),
        ({"source": "step"}, "source"),
        ({"source": "a\u0000"}, "source"),
        ({"recorded_at": "2026-03-02T08:00:00Z"}, "recorded_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_reading_names_the_field_at_fault(api: APIClient, world: World, values: dict[str, Any], attr: str) -> None:
    assert faults(api.post(READINGS, reading(world, **values))) == (400, [attr])
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    "raw", ["[]", "null", "7", '"x"', "[[]]", "[null]", "{", '[{"value": NaN}]', '{"readings": []}']
)
def test_readings_of_what_is_none_are_400(api: APIClient, raw: str) -> None:
    assert api.post(READINGS, raw, content_type="application/json").status_code == 400


def test_reading_up_to_ten_minutes_ahead_is_a_clock_that_is_fast(api: APIClient, world: World) -> None:
    assert api.post(READINGS, reading(world, taken_at="2026-03-02T10:10:00+01:00")).status_code == 201


def test_readings_with_a_key_are_stored_once(api: APIClient, world: World) -> None:
    key = {"Idempotency-Key": "r1"}
    first = api.post(READINGS, [reading(world)], headers=key)
    again = api.post(READINGS, [reading(world)], headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Reading.objects.count() == 1
    assert api.post(READINGS, [reading(world, value=1)], headers=key).status_code == 422


def test_readings_page_by_cursor_without_a_count(api: APIClient, world: World) -> None:
    api.post(READINGS, [reading(world, value=value) for value in range(5)])  # all at one instant
    seen, url = [], f"{READINGS}?page_size=2"
    while url:
        page = api.get(url).json()
        assert "count" not in page
        seen += [row["value"] for row in page["results"]]
        url = page["next"]
    assert seen == [4.0, 3.0, 2.0, 1.0, 0.0]


def test_readings_are_filtered(api: APIClient, world: World, other_site: Callable[..., Any]) -> None:
    _site, other = other_site(world, "Asia/Tokyo")
    api.post(READINGS, [reading(world), reading(world, metric="users"), reading(world, asset=other.pk)])
    found = {
        f"asset={world.asset.pk}": 2,
        "metric=users": 1,
        f"customer={world.customer.pk}": 3,
        "source=manual": 0,
        "taken_before=2026-03-02T08:00:00Z": 0,
        "taken_after=2026-03-02T08:00:00Z": 3,
    }
    assert {query: len(api.get(f"{READINGS}?{query}").json()["results"]) for query in found} == found


@pytest.mark.parametrize(
    "query", ["asset=0", "asset=99999999999999999999", "metric=mood", "taken_after=x", "cursor=x", "colour=red"]
)
def test_readings_refuse_a_strange_filter(api: APIClient, world: World, query: str) -> None:
    assert faults(api.get(f"{READINGS}?{query}")) == (400, [query.split("=")[0]])


@pytest.mark.parametrize("url", [READINGS, BACKUPS])
def test_lists_take_the_same_queries_for_one_and_three(api: APIClient, world: World, url: str) -> None:
    make = reading if url == READINGS else backup
    api.post(url, make(world))
    one = queries(lambda: api.get(url))
    for _ in range(2):
        api.post(url, make(world))
    assert len(api.get(url).json()["results"]) == 3
    assert queries(lambda: api.get(url)) == one


@pytest.mark.parametrize("url", [READINGS, BACKUPS])
def test_evidence_is_seen_by_its_customer_and_entered_by_the_var(
    api: APIClient, world: World, customer: User, outsider: User, api_as: Callable[[User], APIClient], url: str
) -> None:
    make = reading if url == READINGS else backup
    row = api.post(url, make(world)).json()
    own, other = api_as(customer), api_as(outsider)
    assert own.get(row["url"]).status_code == 200
    assert own.post(url, make(world)).status_code == 403
    assert other.get(row["url"]).status_code == 404
    assert other.get(url).json()["results"] == []
    assert faults(other.get(f"{url}?asset={world.asset.pk}")) == (400, ["asset"])
    for method in (api.put, api.patch, api.delete):
        assert method(row["url"], {}).status_code == 405
    assert APIClient().get(url).status_code == 401


@pytest.mark.parametrize("role", ["owner", "contact", "viewer"])
def test_where_a_backup_lies_is_the_vars_business(
    api: APIClient, world: World, now: datetime, api_as: Callable[[User], APIClient], role: str
) -> None:
    row = api.post(BACKUPS, backup(world, bytes=5)).json()
    person = api_as(builder.member(customer=world.site.customer, role=role, now=now))
    shown = person.get(row["url"]).json()
    assert shown == {name: value for name, value in row.items() if name != "location"}
    assert person.get(BACKUPS).json()["results"] == [shown]
    assert api.get(BACKUPS).json()["results"] == [row]


@pytest.mark.parametrize("url", [READINGS, BACKUPS])
def test_evidence_of_archived_equipment_is_refused(api: APIClient, world: World, url: str) -> None:
    world.asset.archived_at = NOW
    world.asset.save()
    make = reading if url == READINGS else backup
    answer = api.post(url, make(world))
    assert faults(answer) == (400, ["asset"])
    assert answer.json()["errors"][0]["code"] == "archived"


# -- trend ------------------------------------------------------------------------------------


def trend_url(world: World, query: str = "metric=voicemail_minutes") -> str:
    return f"/api/v1/assets/{world.asset.pk}/trend/?{query}"


def test_trend_says_when_the_voicemail_is_full(api: APIClient, world: World) -> None:
    api.post(
        READINGS,
        [reading(world, value=value, taken_at=f"2026-02-{day}T08:00:00Z") for day, value in ((16, 600), (23, 670))],
    )
    api.post(READINGS, reading(world, value=740))
    api.post(READINGS, reading(world, value=999, taken_at="2025-11-01T08:00:00Z"))  # too long ago
    api.post(READINGS, reading(world, value=5, metric="users"))
    answer = api.get(trend_url(world)).json()
    assert answer.pop("slope_per_day") == pytest.approx(10)
    assert answer == {
        "asset": world.asset.pk,
        "metric": "voicemail_minutes",
        "since": "2025-12-02T09:00:00Z",
        "readings": 3,
        "last": {"value": 740.0, "taken_at": "2026-03-02T08:00:00Z"},
        "capacity": 1000,
        "full_on": "2026-03-28",
        "baseline": 670.0,  # the median of the first three: 999, 600, 670
    }


def test_trend_follows_the_assets_own_capacity(api: APIClient, world: World) -> None:
    AssetCapacity.objects.create(asset=world.asset, metric="voicemail_minutes", value=700, from_on="2026-03-01")
    api.post(READINGS, reading(world, value=740, taken_at="2026-03-01T23:30:00Z"))
    answer = api.get(trend_url(world)).json()
    assert (answer["capacity"], answer["slope_per_day"]) == (700, None)
    assert answer["full_on"] == "2026-03-02"  # in Amsterdam


def test_trend_of_nothing_is_empty(api: APIClient, world: World) -> None:
    answer = api.get(trend_url(world, "metric=jitter_ms")).json()
    assert (answer["readings"], answer["last"], answer["slope_per_day"]) == (0, None, None)
    assert (answer["capacity"], answer["full_on"]) == (None, None)


@pytest.mark.parametrize("query", ["", "metric=mood", "metric=users&metric=users", "metric=users&days=3", "metric=%00"])
def test_trend_refuses_a_strange_question(api: APIClient, world: World, query: str) -> None:
    assert api.get(trend_url(world, query)).status_code == 400


def test_trend_of_an_asset_that_is_not_visible_is_404(
    api: APIClient, world: World, customer: User, outsider: User, api_as: Callable[[User], APIClient]
) -> None:
    assert api_as(outsider).get(trend_url(world)).status_code == 404
    assert api_as(customer).get(trend_url(world)).status_code == 200
    for pk in ("999999", "99999999999999999999", "x", "0"):
        assert api.get(f"/api/v1/assets/{pk}/trend/?metric=users").status_code == 404


# -- backups ----------------------------------------------------------------------------------


def test_backup_enters_the_register(api: APIClient, world: World) -> None:
    sent = backup(world, bytes=2**40, sha256="AB" * 32, verified_at="2026-03-02T03:00:00Z")
    answer = api.post(BACKUPS, sent)
    row = answer.json()
    assert answer.status_code == 201
    assert row["url"] == f"http://testserver{BACKUPS}{row['id']}/"
    assert (row["bytes"], row["sha256"], row["location"]) == (2**40, "ab" * 32, "//files/pbx")
    assert (row["verified_at"], row["recorded_at"]) == ("2026-03-02T03:00:00Z", "2026-03-02T09:00:00Z")
    assert api.get(row["url"]).json() == row
    assert api.post(BACKUPS, backup(world)).json()["bytes"] is None


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"asset": 999_999}, "asset"),
        ({"asset": 10**30}, "asset"),
        ({"taken_at": "2026-03-02T09:10:01Z"}, "taken_at"),
        ({"taken_at": None}, "taken_at"),
        ({"verified_at": "2026-03-02T01:00:00Z"}, "verified_at"),
        ({"verified_at": "2026-03-03T01:00:00Z"}, "verified_at"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": 2**63}, "bytes"),
        ({"bytes": 10**400}, "bytes"),
        ({"bytes": 1.5}, "bytes"),
        ({"bytes": "many"}, "bytes"),
        ({"bytes": []}, "bytes"),
        ({"sha256": "ab"}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
        ({"sha256": "a" * 65}, "sha256"),
        ({"sha256": "a" * 10_000}, "sha256"),
        ({"location": ""}, "location"),
        ({"location": "x" * 501}, "location"),
        ({"location": "a\u0000b"}, "location"),
        ({"location": None}, "location"),
        ({"recorded_at": "2026-03-02T08:00:00Z"}, "recorded_at"),
        ({"size_bytes": 1}, "size_bytes"),
    ],
)
def test_backup_names_the_field_at_fault(api: APIClient, world: World, values: dict[str, Any], attr: str) -> None:
    assert faults(api.post(BACKUPS, backup(world, **values))) == (400, [attr])
    assert not Backup.objects.exists()


def test_backup_with_a_key_is_stored_once(api: APIClient, world: World) -> None:
    for _ in range(2):
        assert api.post(BACKUPS, backup(world), headers={"Idempotency-Key": "b1"}).status_code == 201
    assert Backup.objects.count() == 1


def test_backups_are_filtered_and_sorted(api: APIClient, world: World) -> None:
    api.post(BACKUPS, backup(world))
    api.post(BACKUPS, backup(world, taken_at="2026-03-01T02:00:00Z", verified_at="2026-03-02T03:00:00Z"))
    found = {
        f"asset={world.asset.pk}": 2,
        f"customer={world.customer.pk}": 2,
        "verified=true": 1,
        "verified=false": 1,
        "taken_before=2026-03-02T02:00:00Z": 1,
        "taken_after=2026-03-02T02:00:00Z": 1,
    }
    assert {query: api.get(f"{BACKUPS}?{query}").json()["count"] for query in found} == found
    newest = [row["taken_at"][:10] for row in api.get(BACKUPS).json()["results"]]
    oldest = [row["taken_at"][:10] for row in api.get(f"{BACKUPS}?ordering=taken_at").json()["results"]]
    assert newest == oldest[::-1] == ["2026-03-02", "2026-03-01"]
    for query in ("asset=x", "verified=1", "ordering=location", "page=0x1", "colour=red"):
        assert faults(api.get(f"{BACKUPS}?{query}")) == (400, [query.split("=")[0]])
