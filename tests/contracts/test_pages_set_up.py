"""Calendars and service levels on pages: each change is a new version."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import BusinessCalendar, SlaPolicy
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
