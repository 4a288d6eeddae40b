"""A changed definition makes a version; the same one makes none; a bad one names its field."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from contracts.actions import archive, save_calendar, save_plan, save_policy
from contracts.models import (
    BusinessCalendar,
    CalendarVersion,
    PlanCoverage,
    PlanProcedure,
    PlanVersion,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
)
from portal.demo.builder import NINE_TO_FIVE
from portal.web.errors import Conflict, DomainError

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# -- calendars --------------------------------------------------------------------------------


def calendar(header: BusinessCalendar | None = None, **values: Any) -> CalendarVersion:
    standard: dict[str, Any] = {"name": "Office", "timezone": "Europe/Amsterdam", "hours": NINE_TO_FIVE}
    return save_calendar(calendar=header, by=None, now=NOW, **standard | values)


def test_first_calendar_is_the_default() -> None:
    version = calendar()
    assert version.number == 1
    assert version.calendar.is_default
    assert not calendar(name="Second").calendar.is_default


def test_calendar_with_the_same_definition_keeps_its_version() -> None:
    version = calendar(holidays=["2026-12-25", "2026-01-01"])
    same = calendar(version.calendar, name="Renamed", holidays=["2026-01-01", "2026-12-25"], is_default=True)
    assert same == version
    assert same.calendar.name == "Renamed"


def test_changed_hours_make_a_version_and_leave_the_old_one() -> None:
    version = calendar()
    newer = calendar(version.calendar, hours={"mon": [["08:00", "24:00"]]}, is_default=True)
    assert newer.number == 2
    version.refresh_from_db()
    assert version.hours == NINE_TO_FIVE
    assert version.calendar.current() == newer


def test_country_fills_in_its_holidays_beside_those_given() -> None:
    version = calendar(country="NL", holidays=["2026-10-03", "2026-12-25"])
    assert {"2026-10-03", "2025-04-26", "2029-12-26"} <= set(version.holidays)
    assert len(version.holidays) == len(set(version.holidays))
    assert str(version.holidays_until) == "2029-12-31"
    again = calendar(version.calendar, country="NL", holidays=version.holidays, is_default=True)
    assert again == version


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"hours": {"mon": [["09:00", "25:00"]]}}, "hours.mon.0"),
        ({"holidays": ["2026-02-30"]}, "holidays.0"),
        ({"holidays": "2026-02-03", "country": "NL"}, "holidays"),
        ({"exceptions": {"2026-12-24": [["12:00", "12:00"]]}}, "exceptions.2026-12-24.0"),
        ({"exceptions": []}, "exceptions"),
        ({"country": "XX"}, "country"),
        ({"country": "NL", "subdivision": "Qq"}, "subdivision"),
        ({"subdivision": "ZH"}, "country"),
        ({"name": " "}, "name"),
    ],
)
def test_bad_calendar_names_its_field(values: dict[str, Any], attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        calendar(**values)
    assert refused.value.attr == attr
    assert not BusinessCalendar.objects.exists()


def test_name_is_taken_once() -> None:
    calendar()
    with pytest.raises(DomainError) as refused:
        calendar()
    assert refused.value.attr == "name"


def test_default_is_handed_over_but_not_dropped() -> None:
    first, second = calendar().calendar, calendar(name="Second").calendar
    with pytest.raises(DomainError) as refused:
        calendar(first, is_default=False)
    assert refused.value.attr == "is_default"
    calendar(second, name="Second", is_default=True)
    assert list(BusinessCalendar.objects.filter(is_default=True)) == [second]


def test_archived_calendar_is_not_changed() -> None:
    calendar()
    second = archive(row=calendar(name="Second").calendar, now=NOW)
    with pytest.raises(Conflict):
        calendar(second, name="Second")


# -- service levels ---------------------------------------------------------------------------


def targets(**first: Any) -> list[SlaTarget]:
    standard: dict[str, Any] = {"response_minutes": 15, "response_clock": "around_the_clock"}
    rows = [SlaTarget(severity=severity, **standard) for severity in ("S2", "S3", "S4")]
    return [SlaTarget(severity="S1", **standard | first), *rows]


def policy(header: SlaPolicy | None = None, **values: Any) -> SlaPolicyVersion:
    return save_policy(policy=header, now=NOW, **{"name": "Gold", "targets": targets()} | values)


def test_policy_makes_a_version_only_where_it_differs() -> None:
    version = policy()
    assert version.policy.is_default
    assert version.targets.count() == 4
    assert policy(version.policy, is_default=True, pause_on=reversed(version.pause_on)) == version
    newer = policy(version.policy, is_default=True, targets=targets(response_minutes=10))
    assert newer.number == 2
    assert newer.targets.get(severity="S1").response_minutes == 10
    assert version.targets.get(severity="S1").response_minutes == 15


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"targets": targets()[:3]}, "targets"),
        ({"targets": targets(response_business_days=1)}, "targets.0.response_minutes"),
        ({"targets": targets(response_minutes=None, response_business_days=1)}, "targets.0.response_clock"),
        ({"targets": targets(resolution_minutes=60)}, "targets.0.resolution_clock"),
        ({"targets": targets(resolution_minutes=60, resolution_business_days=1)}, "targets.0.resolution_minutes"),
        ({"targets": targets(response_clock="lunar")}, "targets.0.response_clock"),
        ({"pause_on": ["lunch"]}, "pause_on"),
        ({"at_risk_share": Decimal(1)}, "at_risk_share"),
    ],
)
def test_bad_policy_names_its_field(values: dict[str, Any], attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        policy(**values)
    assert refused.value.attr == attr
    assert not SlaPolicy.objects.exists()


# -- plans ------------------------------------------------------------------------------------


def procedure(**values: Any) -> PlanProcedure:
    standard: dict[str, Any] = {
        "procedure_slug": "firmware-review",
        "frequency": "quarterly",
        "due_time": time(12),
        "nonworking_day": "next",
    }
    return PlanProcedure(**standard | values)


def coverage(**values: Any) -> PlanCoverage:
    return PlanCoverage(**{"work_kind": "firmware", "decision": "covered", "clause": "Labour is free."} | values)


def plan(**values: Any) -> PlanVersion:
    standard: dict[str, Any] = {
        "plan": None,
        "name": "Full",
        "service_mode": "periodic",
        "coverage": [coverage()],
        "procedures": [procedure()],
    }
    if "policy_version" not in values:
        values["policy_version"] = policy(name=f"Policy {SlaPolicy.objects.count()}")
    return save_plan(now=NOW, **standard | values)


def test_plan_makes_a_version_only_where_it_differs() -> None:
    version = plan()
    again = plan(plan=version.plan, policy_version=version.policy_version)
    assert again == version
    newer = plan(
        plan=version.plan,
        policy_version=version.policy_version,
        coverage=[coverage(decision="up_to", amount=Decimal(500))],
    )
    assert newer.number == 2
    assert newer.coverage.get().amount == Decimal("500.00")
    same = plan(
        plan=version.plan,
        policy_version=version.policy_version,
        coverage=[coverage(decision="up_to", amount=Decimal("500.00"))],
    )
    assert same == newer
    assert version.coverage.get().decision == "covered"
    assert newer.procedures.get().procedure_slug == "firmware-review"


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"coverage": [coverage(decision="up_to")]}, "coverage.0.amount"),
        ({"coverage": [coverage(amount=Decimal(5))]}, "coverage.0.amount"),
        ({"coverage": [coverage(), coverage()]}, "coverage.1.work_kind"),
        ({"coverage": [coverage(work_kind="gardening")]}, "coverage.0.work_kind"),
        ({"procedures": [procedure(frequency="daily")]}, "procedures.0.nonworking_day"),
        ({"procedures": [procedure(weekdays=["mon"])]}, "procedures.0.weekdays"),
        ({"procedures": [procedure(frequency="weekly", weekdays=["moon"])]}, "procedures.0.weekdays"),
        ({"procedures": [procedure(frequency="weekly", month_rule={"kind": "last_day"})]}, "procedures.0.month_rule"),
        ({"procedures": [procedure(cadence="floating", month_rule={"kind": "last_day"})]}, "procedures.0.month_rule"),
        ({"procedures": [procedure(interval=0)]}, "procedures.0.interval"),
        ({"procedures": [procedure(), procedure()]}, "procedures.1.procedure_slug"),
        ({"service_mode": "telepathy"}, "service_mode"),
    ],
)
def test_bad_plan_names_its_field(values: dict[str, Any], attr: str) -> None:
    with pytest.raises(DomainError) as refused:
        plan(**values)
    assert refused.value.attr == attr
    assert not PlanVersion.objects.exists()
