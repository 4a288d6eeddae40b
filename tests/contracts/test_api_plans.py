"""sla-policies/ and plans/: headers whose newest version is read and written with them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.models import SlaPolicy
from portal.accounts.models import User
from portal.demo import builder

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], APIClient]

TARGETS: dict[str, Any] = {
    "S1": {
        "response": {"minutes": 15, "clock": "around_the_clock"},
        "resolution": {"minutes": 240, "clock": "around_the_clock"},
    },
    "S2": {"response": {"minutes": 30, "clock": "around_the_clock"}, "resolution": None},
    "S3": {
        "response": {"business_days": 1, "clock": "calendar"},
        "resolution": {"business_days": 2, "clock": "calendar"},
    },
    "S4": {"response": {"business_days": 3, "clock": "calendar"}, "resolution": None},
}
POLICY: dict[str, Any] = {
    "name": "Gold",
    "targets": TARGETS,
    "pause_on": ["waiting_customer"],
    "at_risk_share": 0.2,
    "is_default": True,
}
PROCEDURE: dict[str, Any] = {
    "procedure_slug": "event-logs",
    "frequency": "monthly",
    "interval": 1,
    "due_time": "12:00:00",
    "weekdays": [],
    "month_rule": {"kind": "nth_weekday", "nth": -1, "weekday": "fri"},
    "cadence": "fixed",
    "nonworking_day": "next",
    "performer": "var",
}
PLAN: dict[str, Any] = {
    "name": "Visits",
    "service_mode": "periodic",
    "coverage": [
        {"work_kind": "firmware", "decision": "covered", "amount": None, "clause": "Labour is included."},
        {"work_kind": "parts", "decision": "up_to", "amount": "250.00", "clause": "Up to this amount."},
    ],
    "procedures": [PROCEDURE],
}


@pytest.fixture
def api(manager: User, api_as: ApiAs) -> APIClient:
    return api_as(manager)


@pytest.fixture
def policy(api: APIClient) -> dict[str, Any]:
    row: dict[str, Any] = api.post("/api/v1/sla-policies/", POLICY).json()
    return row


@pytest.fixture
def plan(api: APIClient, policy: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = api.post("/api/v1/plans/", {**PLAN, "policy": policy["id"]}).json()
    return row


def changed(sent: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at the dotted path."""
    name, _, rest = path.partition(".")
    inner = sent.get(name) if isinstance(sent, dict) else None
    return {**sent, name: changed(inner or {}, rest, value) if rest else value}


# -- service levels ---------------------------------------------------------------------------


def test_policy_is_made_and_read_in_one_shape(api: APIClient, policy: dict[str, Any]) -> None:
    assert {name: policy[name] for name in POLICY} == POLICY
    assert policy["version"] == 1
    assert api.get(policy["url"]).json() == policy


def test_policy_read_and_put_back_makes_no_version(api: APIClient, policy: dict[str, Any]) -> None:
    assert api.put(policy["url"], policy).json() == policy


def test_policy_with_another_target_is_a_new_version(api: APIClient, policy: dict[str, Any]) -> None:
    before = SlaPolicy.objects.get(pk=policy["id"]).current()
    targets = changed(TARGETS, "S1.response.minutes", 10)
    answer = api.patch(policy["url"], {"targets": targets}).json()
    assert (answer["version"], answer["targets"], answer["pause_on"]) == (2, targets, ["waiting_customer"])
    assert before.targets.get(severity="S1").response_minutes == 15


@pytest.mark.parametrize(
    ("path", "value", "attr"),
    [
        ("targets.S1.response.minutes", 0, "targets.S1.response.minutes"),
        ("targets.S1.response.minutes", 10**12, "targets.S1.response.minutes"),
        ("targets.S1.response.minutes", 5_256_001, "targets.S1.response.minutes"),
        ("targets.S3.response.business_days", 2_601, "targets.S3.response.business_days"),
        ("targets.S1.response.minutes", "soon", "targets.S1.response.minutes"),
        ("targets.S1.response.business_days", 1, "targets.S1.response.minutes"),
        ("targets.S1.response.clock", "sundial", "targets.S1.response.clock"),
        ("targets.S3.response.clock", "around_the_clock", "targets.S3.response.clock"),
        ("targets.S1.response", None, "targets.S1.response"),
        ("targets.S1", [], "targets.S1.non_field_errors"),
        ("targets.S5", {}, "targets.S5"),
        ("targets", {"S1": TARGETS["S1"]}, "targets.S2"),
        ("targets", "all", "targets.non_field_errors"),
        ("pause_on", ["lunch"], "pause_on.0"),
        ("pause_on", "lunch", "pause_on"),
        ("at_risk_share", 1, "at_risk_share"),
        ("at_risk_share", -0.1, "at_risk_share"),
        ("at_risk_share", "NaN", "at_risk_share"),
        ("name", None, "name"),
    ],
)
def test_bad_policy_is_refused_at_its_field(api: APIClient, path: str, value: Any, attr: str) -> None:
    answer = api.post("/api/v1/sla-policies/", changed(POLICY, path, value))
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)
    assert not SlaPolicy.objects.exists()


def test_longest_targets_can_still_be_counted(api: APIClient) -> None:
    targets = changed(TARGETS, "S1.resolution.minutes", 5_256_000)
    targets = changed(targets, "S3.resolution.business_days", 2_600)
    builder.calendar(now=datetime(2026, 3, 2, 9, tzinfo=UTC), is_default=True)
    customer = api.post("/api/v1/customers/", {"name": "Alder"}).json()
    assert api.post("/api/v1/sla-policies/", {**POLICY, "targets": targets}).status_code == 201
    for impact, urgency in (("widespread", "critical"), ("individual", "medium")):
        ticket = {"customer": customer["id"], "summary": "Dead", "impact": impact, "urgency": urgency}
        assert api.post("/api/v1/tickets/", ticket).json()["resolution_due_at"] > "2035"


def test_default_policy_is_only_handed_over(api: APIClient, policy: dict[str, Any]) -> None:
    answer = api.patch(policy["url"], {"is_default": False})
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "is_default")
    other = api.post("/api/v1/sla-policies/", {**POLICY, "name": "Silver"}).json()
    assert other["is_default"]
    assert not api.get(policy["url"]).json()["is_default"]
    assert api.post(f"{other['url']}archive/").status_code == 409
    assert api.post(f"{policy['url']}archive/").status_code == 200


# -- plans ------------------------------------------------------------------------------------


def test_plan_is_made_and_read_in_one_shape(api: APIClient, plan: dict[str, Any], policy: dict[str, Any]) -> None:
    assert {name: plan[name] for name in PLAN} == PLAN
    assert (plan["policy"], plan["policy_version"], plan["version"]) == (policy["id"], 1, 1)
    assert api.put(plan["url"], plan).json() == plan


def test_plan_without_a_month_rule_goes_by_the_anchor(api: APIClient, policy: dict[str, Any]) -> None:
    procedure = {"procedure_slug": "backups", "frequency": "weekly", "performer": "var"}
    sent = {**PLAN, "policy": policy["id"], "procedures": [procedure]}
    plan = api.post("/api/v1/plans/", sent).json()
    assert plan["procedures"][0]["month_rule"] is None
    assert api.put(plan["url"], plan).json() == plan


def test_plan_keeps_its_policy_version_until_told(api: APIClient, plan: dict[str, Any], policy: dict[str, Any]) -> None:
    api.patch(policy["url"], {"pause_on": []})
    renamed = api.patch(plan["url"], {"name": "Monthly visits"}).json()
    assert (renamed["policy_version"], renamed["version"]) == (1, 1)
    told = api.patch(plan["url"], {"policy": policy["id"]}).json()
    assert (told["policy_version"], told["version"]) == (2, 2)


def test_plan_with_other_coverage_is_a_new_version(api: APIClient, plan: dict[str, Any]) -> None:
    answer = api.patch(plan["url"], {"coverage": PLAN["coverage"][:1]}).json()
    assert (answer["version"], answer["coverage"]) == (2, PLAN["coverage"][:1])
    assert answer["procedures"] == PLAN["procedures"]


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"service_mode": "sometimes"}, "service_mode"),
        ({"policy": 999}, "policy"),
        ({"coverage": None}, "coverage"),
        ({"coverage": [{"work_kind": "firmware"}]}, "coverage.0.decision"),
        ({"coverage": [PLAN["coverage"][0], PLAN["coverage"][0]]}, "coverage.1.work_kind"),
        ({"coverage": [{**PLAN["coverage"][1], "amount": None}]}, "coverage.0.amount"),
        ({"coverage": [{**PLAN["coverage"][1], "amount": -1}]}, "coverage.0.amount"),
        ({"coverage": [{**PLAN["coverage"][1], "amount": "1e30"}]}, "coverage.0.amount"),
        ({"procedures": [{**PROCEDURE, "interval": 0}]}, "procedures.0.interval"),
        ({"procedures": [{**PROCEDURE, "interval": 40000}]}, "procedures.0.interval"),
        ({"procedures": [{**PROCEDURE, "due_time": "25:00"}]}, "procedures.0.due_time"),
        ({"procedures": [{**PROCEDURE, "weekdays": ["mon"]}]}, "procedures.0.weekdays"),
        ({"procedures": [{**PROCEDURE, "weekdays": ["noday"]}]}, "procedures.0.weekdays.0"),
        ({"procedures": [{**PROCEDURE, "month_rule": {"kind": "nth_weekday"}}]}, "procedures.0.month_rule.nth"),
        (
            {"procedures": [{**PROCEDURE, "month_rule": {"kind": "last_day", "nth": 1}}]},
            "procedures.0.month_rule.nth",
        ),
        ({"procedures": [{**PROCEDURE, "month_rule": {}}]}, "procedures.0.month_rule.kind"),
        ({"procedures": [{**PROCEDURE, "procedure_slug": "No slug"}]}, "procedures.0.procedure_slug"),
        ({"procedures": [PROCEDURE, PROCEDURE]}, "procedures.1.procedure_slug"),
    ],
)
def test_bad_plan_is_refused_at_its_field(
    api: APIClient, policy: dict[str, Any], values: dict[str, Any], attr: str
) -> None:
    answer = api.post("/api/v1/plans/", {**PLAN, "policy": policy["id"]} | values)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)


@pytest.mark.parametrize("resource", ["sla-policies", "plans", "calendars"])
def test_list_makes_the_same_queries_for_three_rows(api: APIClient, now: datetime, resource: str) -> None:
    def grow() -> int:
        builder.calendar(now=now)
        version = builder.plan(now=now, procedures=[{"procedure_slug": "event-logs", "frequency": "monthly"}])
        assert version.plan.current() == version
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/{resource}/").status_code == 200
        return len(queries)

    once = grow()
    grow()
    assert grow() == once <= 6
