"""schedules/preview/: the calculator of dates, over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from portal.accounts.models import User
from portal.demo import builder
from tests.schedules.conftest import NOW

pytestmark = pytest.mark.django_db
URL = "/api/v1/schedules/preview/"


@pytest.fixture
def api(technician: User, api_as: Callable[[User], APIClient]) -> APIClient:
    return api_as(technician)


def rule(**values: Any) -> dict[str, Any]:
    return {
        "frequency": "monthly",
        "anchor_on": "2026-01-31",
        "due_time": "09:00",
        "timezone": "Europe/Amsterdam",
        "until_on": "2026-04-30",
    } | values


def fault(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["errors"][0]["attr"]


def test_preview_clamps_month_ends_and_counts_from_the_anchor(api: APIClient) -> None:
    answer = api.post(URL, rule())
    assert answer.status_code == 200
    assert [(row["nominal_on"], row["due_at"]) for row in answer.json()["occurrences"]] == [
        ("2026-01-31", "2026-01-31T08:00:00Z"),
        ("2026-02-28", "2026-02-28T08:00:00Z"),
        ("2026-03-31", "2026-03-31T07:00:00Z"),
        ("2026-04-30", "2026-04-30T07:00:00Z"),
    ]
    assert answer.json()["occurrences"][1]["reason"] == "This month is shorter: its last day counts."


def test_preview_asks_the_newest_version_of_the_calendar(api: APIClient) -> None:
    first = builder.calendar(now=NOW)
    version = first.calendar.versions.create(
        number=2, timezone="Europe/Amsterdam", hours=first.hours, holidays=["2026-03-04"], created_at=NOW
    )
    sent = rule(frequency="daily", anchor_on="2026-03-03", until_on="2026-03-05", calendar=version.calendar_id)
    found = api.post(URL, sent).json()["occurrences"]
    assert [row["due_at"] is None for row in found] == [False, True, False]
    assert found[1]["reason"] == "Skipped: not a working day."


def test_preview_without_an_end_gives_the_first_500(api: APIClient) -> None:
    sent = rule(frequency="daily", anchor_on="2026-01-01", until_on=None)
    assert len(api.post(URL, sent).json()["occurrences"]) == 500


def test_preview_of_too_many_dates_says_so(api: APIClient) -> None:
    within = rule(frequency="daily", anchor_on="2026-01-01", until_on="2031-06-23")
    assert len(api.post(URL, within).json()["occurrences"]) == 2000
    assert fault(api.post(URL, within | {"until_on": "2031-06-24"})) == (400, "until_on")


def test_preview_of_floating_work_gives_its_one_date(api: APIClient) -> None:
    found = api.post(URL, rule(cadence="floating")).json()["occurrences"]
    assert [row["nominal_on"] for row in found] == ["2026-01-31"]


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"frequency": "hourly"}, "frequency"),
        ({"frequency": None}, "frequency"),
        ({"interval": True}, "interval"),
        ({"interval": 10**30}, "interval"),
        ({"interval": 1.5}, "interval"),
        ({"anchor_on": "2026-02-30"}, "anchor_on"),
        ({"anchor_on": 20260131}, "anchor_on"),
        ({"anchor_on": "9999-12-31"}, "anchor_on"),
        ({"due_time": "25:00"}, "due_time"),
        ({"due_time": ["09:00"]}, "due_time"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": {}}, "timezone"),
        ({"timezone": "a\u0000b"}, "timezone"),
        ({"weekdays": ["mon"]}, "weekdays"),
        ({"weekdays": "mon"}, "weekdays"),
        ({"weekdays": [{}]}, "weekdays"),
        ({"month_rule": []}, "month_rule"),
        ({"month_rule": {"kind": "nth_weekday", "nth": 6, "weekday": "mon"}}, "month_rule.nth"),
        ({"month_rule": {"kind": "last_day", "colour": 1}}, "month_rule.colour"),
        ({"month_rule": {"kind": "last_working_day"}}, "calendar"),
        ({"cadence": 1}, "cadence"),
        ({"nonworking_day": []}, "nonworking_day"),
        ({"calendar": 10**30}, "calendar"),
        ({"calendar": 999_999}, "calendar"),
        ({"calendar": "x"}, "calendar"),
        ({"calendar": ""}, "calendar"),
        ({"calendar": True}, "calendar"),
        ({"calendar": {}}, "calendar"),
        ({"until_on": "2025-01-01", "from_on": "2026-01-01"}, "until_on"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_preview_names_the_field_at_fault(api: APIClient, values: dict[str, Any], attr: str) -> None:
    assert fault(api.post(URL, rule(**values))) == (400, attr)


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "7", "{", "", "[[]]"])
def test_preview_of_what_is_no_rule_is_400(api: APIClient, body: str) -> None:
    assert api.post(URL, body, content_type="application/json").status_code == 400


def test_preview_without_a_calendar_counts_every_day(api: APIClient) -> None:
    assert api.post(URL, rule(calendar=None)).json() == api.post(URL, rule()).json()


def test_preview_does_not_tell_customers_of_calendars(customer: User, api_as: Callable[[User], APIClient]) -> None:
    calendar = builder.calendar(now=NOW).calendar_id
    api = api_as(customer)
    assert fault(api.post(URL, rule(calendar=calendar))) == (400, "calendar")
    assert api.post(URL, rule()).status_code == 200


def test_preview_refuses_query_parameters(api: APIClient) -> None:
    assert fault(api.post(f"{URL}?colour=red", rule())) == (400, "colour")
