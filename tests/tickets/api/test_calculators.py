from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from portal.accounts.models import User
from tests.tickets.conftest import World

As = Callable[[User], APIClient]


def first_error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["attr"]


@pytest.mark.parametrize(
    ("query", "severity"),
    [
        ("impact=widespread&urgency=critical", "S1"),
        ("impact=large&urgency=high", "S2"),
        ("affected=0.6&urgency=critical", "S1"),
        ("affected=0.25&urgency=medium", "S3"),
        ("affected=0&urgency=low", "S4"),
    ],
)
def test_severity_of_impact_or_share(customer: User, api_as: As, query: str, severity: str) -> None:
    assert api_as(customer).get(f"/api/v1/severity/?{query}").json() == {"severity": severity}


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("impact=huge&urgency=low", "impact"),
        ("impact=large&urgency=panic", "urgency"),
        ("impact=large", "urgency"),
        ("urgency=low", "impact"),
        ("impact=large&affected=0.6&urgency=low", "impact"),
        ("affected=1.01&urgency=low", "affected"),
        ("affected=nan&urgency=low", "affected"),
        ("affected=much&urgency=low", "affected"),
        ("impact=large&urgency=low&colour=red", "colour"),
    ],
)
def test_severity_refuses_bad_values_at_their_name(customer: User, api_as: As, query: str, attr: str) -> None:
    assert first_error(api_as(customer).get(f"/api/v1/severity/?{query}")) == (400, attr)


def test_severity_asks_strangers_to_sign_in(db: None) -> None:
    assert APIClient().get("/api/v1/severity/?impact=large&urgency=low").status_code == 401


# -- sla/explain ----------------------------------------------------------------------------------


def question(world: World, **values: Any) -> dict[str, Any]:
    return {
        "as_of": "2026-03-09T12:00:00Z",
        "calendar": world.calendar.calendar_id,
        "severity": "S3",
        "targets": {
            "S3": {
                "response": {"business_days": 1, "clock": "calendar"},
                "resolution": {"minutes": 960, "clock": "calendar"},
            }
        },
        "pause_on": ["waiting_customer"],
        "events": [
            {"at": "2026-03-06T15:00:00Z", "kind": "opened"},
            {"at": "2026-03-06T15:30:00Z", "kind": "acknowledged"},
            {"at": "2026-03-09T08:00:00Z", "kind": "waiting_customer"},
            {"at": "2026-03-09T10:00:00Z", "kind": "resumed"},
        ],
    } | values


def test_explain_answers_both_clocks_with_their_ledger(world: World, technician: User, api_as: As) -> None:
    answer = api_as(technician).post("/api/v1/sla/explain/", question(world)).json()

    assert answer["response"]["due_at"] == "2026-03-09T15:00:00Z"  # Monday 16:00 in Amsterdam
    assert answer["response"]["met"] is True
    resolution = answer["resolution"]
    # An hour on Friday, none until Monday 9:00, two hours paused, two counted, thirteen left from 13:00 on.
    assert (resolution["spent_minutes"], resolution["paused_minutes"]) == (180, 120)
    assert resolution["due_at"] == "2026-03-11T09:00:00Z"
    assert [row["kind"] for row in resolution["ledger"]] == ["counted", "paused", "counted"]
    assert resolution["ledger"][1]["sentence"] == "Waiting for the customer: not counted."


def test_explain_takes_the_newest_version_of_the_calendar(world: World, technician: User, api_as: As) -> None:
    world.calendar.calendar.versions.create(
        number=2, timezone="UTC", hours={"mon": [["00:00", "24:00"]]}, created_at=world.calendar.created_at
    )

    answer = api_as(technician).post("/api/v1/sla/explain/", question(world)).json()

    # One business day is a Monday of 24 hours, all of them counted.
    assert answer["response"]["due_at"] == "2026-03-10T00:00:00Z"


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"calendar": 999}, "calendar"),
        ({"calendar": [1]}, "calendar"),
        ({"calendar": None}, "calendar"),
        ({"severity": "S9"}, "severity"),
        ({"colour": "red"}, "colour"),
        ({"targets": []}, "targets"),
        ({"targets": {"S3": {"response": {"minutes": 1, "clock": "sundial"}}}}, "targets.S3.response.clock"),
        ({"events": []}, "events"),
        ({"events": [{"at": "2026-03-06T15:00:00", "kind": "opened"}]}, "events.0.at"),
        ({"events": [{"at": "2026-03-06T15:00:00Z", "kind": "sneezed"}]}, "events.0.kind"),
        ({"as_of": "2026-03-01T00:00:00Z"}, "as_of"),
        ({"as_of": None}, "as_of"),
    ],
)
def test_explain_refuses_bad_values_at_their_place(
    world: World, technician: User, api_as: As, values: dict[str, Any], attr: str
) -> None:
    assert first_error(api_as(technician).post("/api/v1/sla/explain/", question(world, **values))) == (400, attr)


@pytest.mark.parametrize("sent", [[], "x", 7, None])
def test_explain_refuses_what_is_no_object(technician: User, api_as: As, sent: Any) -> None:
    assert api_as(technician).post("/api/v1/sla/explain/", sent, format="json").status_code == 400


def test_explain_knows_no_calendar_for_customers(world: World, customer: User, api_as: As) -> None:
    assert first_error(api_as(customer).post("/api/v1/sla/explain/", question(world))) == (400, "calendar")
