"""What is usual at an asset: its first readings, a manager's figure, anew after a move; worse than that asks why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from contracts.models import Asset
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import DomainError
from schedules.actions import Measured, record_answer, record_readings, set_baseline
from schedules.baselines import baselines_of
from schedules.checklist import checklist_of
from schedules.enums import Outcome, StepKind
from schedules.generation import generate_work
from schedules.models import Answer, Baseline, ChangeEvent, Reading, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc

pytestmark = pytest.mark.django_db
MOS = "call_quality_mos"
FIRST = utc(2026, 1, 5, 9, 0)


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def measure(asset: Asset, *values: float, first: datetime = FIRST, metric: str = MOS) -> None:
    """One reading a day."""
    taken = (first + timedelta(days=day) for day in range(len(values)))
    record_readings(
        readings=[Measured(asset, metric, value, at) for value, at in zip(values, taken, strict=True)], now=NOW
    )


def usual(asset: Asset, before: datetime = NOW, metric: str = MOS) -> float | None:
    asset.refresh_from_db()
    found = baselines_of([asset], [metric], before=before).get((asset.pk, metric))
    return found.value if found else None


def set_by_hand(asset: Asset, value: float, at: datetime = NOW) -> Baseline:
    return set_baseline(asset=asset, metric=MOS, value=value, reason="Measured anew", by=None, now=at)


# -- which figure it is -----------------------------------------------------------------------


def test_baseline_is_the_median_of_the_first_three_readings(world: World) -> None:
    measure(world.asset, 4.4, 4.0)
    assert usual(world.asset) is None
    measure(world.asset, 4.2, 1.0, 1.0, first=utc(2026, 1, 10, 9, 0))
    assert usual(world.asset) == 4.2
    assert usual(world.asset, metric="jitter_ms") is None


def test_readings_from_before_the_deployment_do_not_count(world: World) -> None:
    measure(world.asset, 2.0, 2.0, 2.0, 4.4, 4.2, 4.0)  # from 5 January on
    Asset.objects.update(deployed_on=date(2026, 1, 8))
    assert usual(world.asset) == 4.2


def test_deployment_begins_at_the_sites_midnight(world: World) -> None:
    Asset.objects.update(deployed_on=date(2026, 1, 8))
    measure(world.asset, 1.0, first=utc(2026, 1, 7, 22, 59))  # 23:59 in Amsterdam
    measure(world.asset, 4.4, 4.2, 4.0, first=utc(2026, 1, 7, 23, 0))
    assert usual(world.asset) == 4.2


def test_only_what_was_known_then_counts(world: World) -> None:
    measure(world.asset, 4.4, 4.2, 4.0)
    assert usual(world.asset, before=utc(2026, 1, 7, 9, 0)) is None
    assert usual(world.asset, before=utc(2026, 1, 7, 9, 1)) == 4.2


def test_managers_figure_takes_the_place_and_the_newest_counts(world: World, manager: User) -> None:
    measure(world.asset, 4.4, 4.2, 4.0)
    set_by_hand(world.asset, 3.8, at=NOW - timedelta(days=2))
    set_by_hand(world.asset, 3.9, at=NOW - timedelta(days=1))
    assert usual(world.asset) == 3.9
    assert usual(world.asset, before=NOW - timedelta(days=2)) == 3.8


def test_move_begins_a_new_baseline(world: World) -> None:
    measure(world.asset, 4.4, 4.2, 4.0)
    set_by_hand(world.asset, 4.1, at=utc(2026, 1, 20, 9, 0))
    ChangeEvent.objects.create(
        kind="relocation",
        site=world.site,
        occurs_at=utc(2026, 2, 1, 9, 0),
        applied_at=utc(2026, 2, 1, 9, 0),
        fingerprint="x",
        source="page",
        reported_at=NOW,
    )
    assert usual(world.asset) is None
    measure(world.asset, 3.9, 3.8, 3.7, first=utc(2026, 2, 2, 9, 0))
    assert usual(world.asset) == 3.8
    assert usual(world.asset, before=utc(2026, 1, 31, 9, 0)) == 4.1


def test_many_assets_and_metrics_take_two_queries(world: World, django_assert_max_num_queries: Any) -> None:
    assets = [world.asset, *(builder.asset(site=world.site, product=world.product) for _number in range(4))]
    for asset in assets:
        measure(asset, 4.4, 4.2, 4.0)
        measure(asset, 9, 8, 7, metric="jitter_ms")
    with django_assert_max_num_queries(2):
        found = baselines_of(assets, [MOS, "jitter_ms", "packet_loss"], before=NOW)
    assert len(found) == 10


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"value": -1.0}, "value"),
        ({"value": float("nan")}, "value"),
        ({"value": float("inf")}, "value"),
        ({"value": 1e13}, "value"),
        ({"metric": "voicemail_minutes"}, "metric"),
        ({"metric": "mood"}, "metric"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_impossible_baseline_is_refused(world: World, values: dict[str, Any], attr: str) -> None:
    good: dict[str, Any] = {"metric": MOS, "value": 4.1, "reason": "Anew"}
    with pytest.raises(DomainError) as error:
        set_baseline(asset=world.asset, by=None, now=NOW, **good | values)
    assert error.value.attr == attr
    assert not Baseline.objects.exists()


# -- what it means for a reading --------------------------------------------------------------


@pytest.fixture
def order(world: World) -> WorkOrder:
    """A review of a system whose quality was 4.4 from the start."""
    step = {"key": "quality", "kind": StepKind.READING, "metric": MOS, "unit": "MOS", "minimum": 1, "maximum": 5}
    make_procedure(steps=[step | {"warn_below": 4.0, "fail_below": 3.6, "worse_by": 0.2}])
    world.contract(agreed())
    measure(world.asset, 4.4, 4.5, 4.4)
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def answer(order: WorkOrder, value: float, note: str = "", **values: Any) -> Answer:
    asset = order.site.assets.get()
    given = {"value": value, "note": note, "by": None, "now": NOW} | values
    return record_answer(work_order=order, step_key="quality", asset_id=asset.pk, **given)


def test_reading_as_usual_passes(order: WorkOrder) -> None:
    assert answer(order, 4.2).outcome == Outcome.PASS


@pytest.mark.parametrize(("value", "outcome"), [(4.19, "warn"), (4.1, "warn"), (3.9, "warn"), (3.5, "fail")])
def test_reading_that_is_worse_than_usual_asks_why(order: WorkOrder, value: float, outcome: str) -> None:
    with pytest.raises(DomainError) as error:
        answer(order, value)
    assert (error.value.attr, error.value.code) == ("note", "required")
    assert "4.4 MOS" in error.value.message
    assert not Answer.objects.exists()
    assert answer(order, value, note="The uplink is full since Monday").outcome == outcome
    assert Reading.objects.filter(value=value).count() == 1


def test_without_a_baseline_nothing_is_asked(order: WorkOrder) -> None:
    Reading.objects.all().delete()
    assert answer(order, 3.9).outcome == Outcome.WARN


def test_own_reading_is_not_compared_with_itself(order: WorkOrder, world: World) -> None:
    Reading.objects.order_by("-taken_at")[0].delete()
    answer(order, 1.0)  # the third: a baseline only for what comes after
    item = checklist_of(order, now=NOW).find("quality", world.asset.pk)
    assert item is not None
    assert item.baseline is None


def test_checklist_shows_the_baseline_and_judges_by_it(order: WorkOrder, world: World) -> None:
    item = checklist_of(order, now=NOW).find("quality", world.asset.pk)
    assert item is not None
    assert (item.baseline, item.limits.warn_below, item.limits.fail_below) == (4.4, 4.2, 3.6)


# -- page and API -----------------------------------------------------------------------------


def test_page_asks_why_beside_the_note(
    order: WorkOrder, world: World, technician: User, sign_in: Callable[[User], Client]
) -> None:
    client, url = sign_in(technician), f"/work-orders/{order.number}/"
    page = client.get(url).content.decode()
    assert "Usual here <strong>4.4 MOS</strong>" in page
    assert "Attention under 4.2 MOS" in page
    sent = {"client_uuid": "7c7c6e3a-5f5b-4d0a-9a55-0b7f6a1f6c01", "value": "3,9"}
    address = f"{url}steps/quality/{world.asset.pk}/"
    page = client.post(address, sent).content.decode()
    assert "This is worse than usual here (4.4 MOS). Say what may be behind it." in page
    assert 'value="3,9"' in page
    assert not Answer.objects.exists()
    client.post(address, sent | {"note": "New switch"})
    assert Answer.objects.get().outcome == Outcome.WARN
    assert "0.5 MOS less than last time" in client.get(url).content.decode()


def test_api_shows_it_and_asks_why(
    order: WorkOrder, world: World, technician: User, api_as: Callable[[User], APIClient]
) -> None:
    api, url = api_as(technician), f"/api/v1/work-orders/{order.number}/"
    (step,) = api.get(url).json()["steps"]
    assert (step["baseline"], step["worse_by"], step["limits"]["warn_below"]) == (4.4, 0.2, 4.2)
    put = f"{url}steps/quality/{world.asset.pk}/"
    refused = api.put(put, {"value": 3.9}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "note")
    assert api.put(put, {"value": 3.9, "note": "New switch"}, format="json").status_code == 200
    trend = api.get(f"/api/v1/assets/{world.asset.pk}/trend/?metric={MOS}").json()
    assert trend["baseline"] == 4.4


def test_manager_sets_it_on_a_page(world: World, manager: User, sign_in: Callable[[User], Client]) -> None:
    measure(world.asset, 4.4, 4.5, 4.4)
    client, url = sign_in(manager), f"/assets/{world.asset.pk}/baseline/"
    page = client.get(f"{url}?metric={MOS}").content.decode()
    assert "4.4 MOS, the median of the first three readings" in page
    assert "not known yet" in page
    wrong = client.post(url, {"metric": MOS, "value": "much", "reason": "Anew"}).content.decode()
    assert "Enter a number" in wrong
    assert 'value="much"' in wrong
    empty = client.post(url, {}).content.decode()
    assert empty.count("This field is required.") == 3
    page = client.post(url, {"metric": MOS, "value": "4,1", "reason": "New lines"}, follow=True).content.decode()
    assert "4.1 MOS, set by Mona Manager: New lines" in page
    row = Baseline.objects.get()
    assert (row.asset, row.value, row.set_by, row.set_at) == (world.asset, 4.1, manager, NOW)


def test_api_sets_it_and_keeps_reasons_from_customers(
    world: World, manager: User, customer: User, api_as: Callable[[User], APIClient]
) -> None:
    sent = {"asset": world.asset.pk, "metric": MOS, "value": 4.1, "reason": "New lines"}
    made = api_as(manager).post("/api/v1/baselines/", sent, format="json")
    assert made.status_code == 201
    assert (made.json()["value"], made.json()["reason"], made.json()["set_by"]) == (4.1, "New lines", manager.pk)
    (row,) = api_as(customer).get("/api/v1/baselines/").json()["results"]
    assert row["value"] == 4.1
    assert not {"reason", "set_by"} & set(row)
    for wrong, attr in (({"value": "4"}, "value"), ({"metric": "users"}, "metric"), ({"extra": 1}, "extra")):
        answer = api_as(manager).post("/api/v1/baselines/", sent | wrong, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)
    assert Baseline.objects.count() == 1
