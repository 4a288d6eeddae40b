"""Calendars, service levels and plans on pages: each change is a new version."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.enums import WorkKind
from contracts.models import BusinessCalendar, Plan, SlaPolicy
from portal.accounts.models import User
from portal.demo import builder

SignIn = Callable[[User], Client]


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


@pytest.mark.parametrize("name", ["product_list", "calendar_list", "sla_policy_list", "plan_list"])
def test_set_up_list_makes_the_same_queries_with_more_rows(
    name: str, now: datetime, manager: User, sign_in: SignIn
) -> None:
    client = sign_in(manager)

    def count(number: int) -> int:
        builder.calendar(now=now)
        builder.plan(now=now)
        builder.product(slug=f"product-{number}")
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse(f"contracts:{name}"))
        return len(counted)

    assert count(1) == [count(2), count(3)][1] <= 15


# -- calendars --------------------------------------------------------------------------------


def calendar_values(**values: Any) -> dict[str, Any]:
    return {"name": "Office", "timezone": "Europe/Amsterdam", "mon": "09:00-12:30, 13:30-17:00", **values}


def test_calendar_create_reads_what_people_write(manager: User, sign_in: SignIn) -> None:
    values = calendar_values(
        tue="9:00–17:00", wed="closed", holidays="2026-12-25\n\n2026-01-01", exceptions="2026-12-24 09:00-12:00"
    )
    response = sign_in(manager).post(reverse("contracts:calendar_create"), values)
    version = BusinessCalendar.objects.get(name="Office").current()
    assert response["Location"] == reverse("contracts:calendar_detail", args=[version.calendar_id])
    assert version.hours == {"mon": [["09:00", "12:30"], ["13:30", "17:00"]], "tue": [["09:00", "17:00"]]}
    assert version.holidays == ["2026-01-01", "2026-12-25"]
    assert version.exceptions == {"2026-12-24": [["09:00", "12:00"]]}
    assert version.calendar.is_default  # the first one is


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("mon", "nine to five", "nine to five"),
        ("mon", "25:00-26:00", "25:00"),
        ("mon", "09:00-09:00", "equals"),
        ("tue", "09:00-12:00, 11:00-13:00", "overlap"),
        ("holidays", "2026-02-30", "2026-02-30"),
        ("holidays", "2026-12-25\n2026-12-25", "listed twice"),
        ("exceptions", "2026-12-24", "Add the hours"),
        ("exceptions", "2026-12-24 noon", "noon"),
        ("country", "QQ", "QQ"),
        ("timezone", "Nowhere", "Nowhere"),
    ],
)
def test_calendar_fault_is_named_at_its_field(name: str, value: str, word: str, manager: User, sign_in: SignIn) -> None:
    response = sign_in(manager).post(
        reverse("contracts:calendar_create"), calendar_values(fri="10:00-11:11", **{name: value})
    )
    assert list(errors(response)) == [name]
    assert word in " ".join(errors(response)[name])
    assert b"10:00-11:11" in response.content
    assert not BusinessCalendar.objects.exists()


def test_calendar_without_hours_is_refused_at_the_first_day(manager: User, sign_in: SignIn) -> None:
    values = calendar_values(mon="", tue="closed", exceptions="2026-12-24 09:00-12:00")
    response = sign_in(manager).post(reverse("contracts:calendar_create"), values)
    assert list(errors(response)) == ["mon"]
    assert "at least one day of the week" in errors(response)["mon"][0]
    assert b"2026-12-24 09:00-12:00" in response.content
    assert not BusinessCalendar.objects.exists()


def test_calendar_edit_makes_a_version_and_keeps_the_old_one(now: datetime, manager: User, sign_in: SignIn) -> None:
    calendar = builder.calendar(now=now, holidays=["2026-12-25"], is_default=True).calendar
    client, href = sign_in(manager), reverse("contracts:calendar_edit", args=[calendar.pk])
    shown = client.get(href).context["form"].initial
    unchanged = {name: value for name, value in shown.items() if value}
    client.post(href, unchanged)
    assert calendar.current().number == 1
    client.post(href, {**unchanged, "sat": "10:00-12:00"})
    assert calendar.current().number == 2
    detail = reverse("contracts:calendar_detail", args=[calendar.pk])
    assert b"10:00\xe2\x80\x9312:00" in client.get(detail).content
    assert b"10:00\xe2\x80\x9312:00" not in client.get(detail, {"version": "1"}).content
    assert client.get(detail, {"version": "7"}).status_code == 404


@time_machine.travel("2026-03-02T09:00:00Z", tick=False)
def test_calendar_fill_shows_public_holidays_without_saving(manager: User, sign_in: SignIn) -> None:
    values = calendar_values(name="", country="nl", holidays="2026-07-31", fill="1")
    response = sign_in(manager).post(reverse("contracts:calendar_create"), values)
    lines = response.context["form"]["holidays"].value().splitlines()
    assert {"2026-07-31", "2026-12-25", "2027-12-25"} <= set(lines)
    assert not response.context["form"].errors
    assert not BusinessCalendar.objects.exists()


# -- service levels ---------------------------------------------------------------------------


def policy_values(client: Client, **values: Any) -> dict[str, Any]:
    """What the empty form starts from, with a name."""
    initial = client.get(reverse("contracts:sla_policy_create")).context["form"]
    shown = {name: initial[name].value() for name in initial.fields if initial[name].value() not in (None, False)}
    return {"S1_resolution_unit": "hours", **shown, "name": "Gold", **values}


def test_policy_create_starts_from_the_usual_responses(manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    values = policy_values(client, S1_resolution_amount="4", S3_resolution_amount="5")
    response = client.post(reverse("contracts:sla_policy_create"), values, follow=True)
    targets = {row.severity: row for row in SlaPolicy.objects.get(name="Gold").current().targets.all()}
    assert (targets["S1"].response_minutes, targets["S1"].resolution_minutes) == (15, 240)
    assert (targets["S3"].response_business_days, targets["S3"].resolution_business_days) == (1, 5)
    assert targets["S4"].resolution_minutes is None
    for words in ("15 minutes, around the clock", "4 hours, around the clock", "5 business days", "none promised"):
        assert words in response.content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("S2_response_amount", ""),
        ("S2_response_amount", "0"),
        ("S1_response_amount", "5256001"),
        ("S4_response_amount", "2601"),
        ("S3_response_clock", "around_the_clock"),
        ("S4_response_unit", "weeks"),
        ("at_risk_percent", "100"),
        ("name", ""),
    ],
)
def test_policy_fault_is_named_at_its_field(name: str, value: str, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    values = policy_values(client, S3_resolution_amount="17", **{name: value})
    response = client.post(reverse("contracts:sla_policy_create"), values)
    assert list(errors(response)) == [name]
    assert b'value="17"' in response.content


def test_policy_of_too_many_hours_is_refused_at_the_amount(manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)
    values = policy_values(client, S1_resolution_amount="87601", S1_resolution_unit="hours")
    response = client.post(reverse("contracts:sla_policy_create"), values)
    assert list(errors(response)) == ["S1_resolution_amount"]


def test_policy_edit_keeps_targets_and_makes_a_version(now: datetime, manager: User, sign_in: SignIn) -> None:
    policy = builder.policy(now=now, name="Gold", is_default=True).policy
    client, href = sign_in(manager), reverse("contracts:sla_policy_edit", args=[policy.pk])
    form = client.get(href).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    client.post(href, values)
    assert policy.current().number == 1
    client.post(href, {**values, "S1_response_amount": "10"})
    assert policy.current().targets.get(severity="S1").response_minutes == 10


# -- plans ------------------------------------------------------------------------------------


def plan_values(kept: SlaPolicy, rows: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "Care", "policy": kept.pk, "service_mode": "periodic"}
    data |= {f"{kind}_decision": "billable" for kind in WorkKind.values}
    data |= {"procedures-TOTAL_FORMS": len(rows), "procedures-INITIAL_FORMS": 0}
    usual = {"frequency": "monthly", "interval": 1, "due_time": "09:00", "nonworking_day": "next"}
    usual |= {"performer": "var", "cadence": "fixed"}
    for index, row in enumerate(rows):
        data |= {f"procedures-{index}-{name}": value for name, value in {**usual, **row}.items()}
    return {**data, **values}


@pytest.fixture
def policy(now: datetime) -> SlaPolicy:
    return builder.policy(now=now).policy


def test_plan_create_stores_coverage_and_procedures(policy: SlaPolicy, manager: User, sign_in: SignIn) -> None:
    rows = [
        {"procedure_slug": "event-logs", "month_rule": "nth_weekday:1:mon"},
        {"procedure_slug": "voicemail-usage", "frequency": "weekly", "weekdays": ["mon", "thu"]},
        {"procedure_slug": ""},
    ]
    values = plan_values(policy, rows, backup_decision="covered", backup_clause="Backups are ours.")
    response = sign_in(manager).post(reverse("contracts:plan_create"), values, follow=True)
    version = Plan.objects.get(name="Care").current()
    assert [(row.work_kind, row.decision) for row in version.coverage.all()] == [("backup", "covered")]
    assert version.procedures.count() == 2
    page = response.content.decode()
    assert "Every month on the first Monday of the month, by 09:00" in page
    assert "Every week on Monday, Thursday, by 09:00" in page


def test_plan_fault_is_named_at_its_row(policy: SlaPolicy, manager: User, sign_in: SignIn) -> None:
    rows = [{"procedure_slug": "event-logs"}, {"procedure_slug": "daily-look", "frequency": "daily"}]
    response = sign_in(manager).post(reverse("contracts:plan_create"), plan_values(policy, rows))
    faults = response.context["rows"].errors
    assert (list(faults[0]), list(faults[1])) == ([], ["nonworking_day"])
    assert b"daily-look" in response.content
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"backup_decision": "covered"}, "backup_clause"),
        ({"parts_decision": "up_to", "parts_clause": "Some."}, "parts_amount"),
        ({"policy": "999"}, "policy"),
        ({"name": ""}, "name"),
    ],
)
def test_plan_fault_is_named_at_its_field(
    values: dict[str, str], field: str, policy: SlaPolicy, manager: User, sign_in: SignIn
) -> None:
    response = sign_in(manager).post(reverse("contracts:plan_create"), plan_values(policy, [], **values))
    assert list(errors(response)) == [field]


def test_plan_with_the_same_procedure_twice_is_refused(policy: SlaPolicy, manager: User, sign_in: SignIn) -> None:
    rows = [{"procedure_slug": "event-logs"}, {"procedure_slug": "event-logs"}]
    response = sign_in(manager).post(reverse("contracts:plan_create"), plan_values(policy, rows))
    assert list(response.context["rows"].forms[1].errors) == ["procedure_slug"]


def test_plan_more_rows_keeps_what_was_typed_and_saves_nothing(
    policy: SlaPolicy, manager: User, sign_in: SignIn
) -> None:
    rows = [{"procedure_slug": "event-logs", "frequency": "weekly", "weekdays": ["fri"]}]
    values = plan_values(policy, rows, name="", backup_clause="Typed", more="1")
    response = sign_in(manager).post(reverse("contracts:plan_create"), values)
    forms = response.context["rows"].forms
    assert len(forms) == 3
    assert forms[0]["weekdays"].value() == ["fri"]
    assert b"Typed" in response.content
    assert not response.context["form"].errors
    assert not Plan.objects.exists()


def test_plan_edit_keeps_untouched_rows_and_removes_ticked_ones(now: datetime, manager: User, sign_in: SignIn) -> None:
    procedures = [
        {"procedure_slug": "event-logs", "frequency": "monthly", "month_rule": {"kind": "last_day"}},
        {"procedure_slug": "firmware-review", "frequency": "quarterly"},
    ]
    version = builder.plan(now=now, name="Care", procedures=procedures)
    plan, policy = version.plan, version.policy_version.policy
    rows = [
        {"procedure_slug": "event-logs", "month_rule": "last_day"},
        {"procedure_slug": "firmware-review", "frequency": "quarterly", "DELETE": "on"},
    ]
    coverage = {
        f"{row.work_kind}_{name}": getattr(row, name)
        for row in version.coverage.all()
        for name in ("decision", "clause")
    }
    values = plan_values(policy, rows, **coverage) | {"procedures-INITIAL_FORMS": 2}
    sign_in(manager).post(reverse("contracts:plan_edit", args=[plan.pk]), values)
    newest = plan.current()
    assert (newest.number, newest.coverage.count()) == (2, version.coverage.count())
    assert [row.month_rule for row in newest.procedures.all()] == [{"kind": "last_day"}]
