"""Plans on pages: what they say in words, and the form that makes each change a new version."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from contracts.enums import WorkKind
from contracts.models import Plan, SlaPolicy
from portal.accounts.models import User
from portal.demo import builder
from schedules.models import Procedure

SignIn = Callable[[User], Client]

# As the programme ships them; the last one answers a change and never recurs.
PROGRAMME = {
    "administration-check": ("Look at the administration interface", "daily"),
    "voicemail-usage": ("Check the voicemail storage", "weekly"),
    "event-logs": ("Review the event logs", "monthly"),
    "firmware-review": ("Review the firmware", "quarterly"),
    "subnet-change": ("Another subnet", ""),
}


@pytest.fixture(autouse=True)
def programme(db: None) -> None:
    for slug, (name, frequency) in PROGRAMME.items():
        Procedure.objects.create(
            slug=slug, texts={"name": {"en": name, "nl": f"{name} (nl)"}}, work_kind="inspection", frequency=frequency
        )


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


# -- in words ---------------------------------------------------------------------------------


def test_plan_shows_amounts_grouped_in_the_currency_of_contracts(now: datetime, manager: User, sign_in: SignIn) -> None:
    version = builder.plan(now=now)
    version.coverage.create(work_kind="parts", decision="up_to", amount=Decimal("1500"), clause="Some parts.")
    shown = sign_in(manager).get(reverse("contracts:plan_detail", args=[version.plan_id])).content.decode()
    assert "Up to 1,500.00<" in shown
    assert "Some parts. The amount is in the currency of the contract." in shown


def recurring(response: Any) -> list[str]:
    return [work.name for work in response.context["procedures"]]


def test_plan_names_its_procedures_in_the_order_of_their_names(now: datetime, manager: User, sign_in: SignIn) -> None:
    rows = [{"procedure_slug": slug, "frequency": "monthly"} for slug in ("voicemail-usage", "event-logs", "gone")]
    version = builder.plan(now=now, procedures=rows)
    Procedure.objects.filter(slug="event-logs").update(archived_at=now)
    page = sign_in(manager).get(reverse("contracts:plan_detail", args=[version.plan_id]))
    assert recurring(page) == ["Check the voicemail storage", "gone", "Review the event logs"]
    assert b"voicemail-usage" not in page.content


def test_plan_names_its_procedures_in_the_readers_language(now: datetime, manager: User, sign_in: SignIn) -> None:
    version = builder.plan(now=now, procedures=[{"procedure_slug": "event-logs", "frequency": "monthly"}])
    manager.language = "nl"
    manager.save(update_fields=["language"])
    with translation.override("nl"):
        page = sign_in(manager).get(reverse("contracts:plan_detail", args=[version.plan_id]))
    assert recurring(page) == ["Review the event logs (nl)"]


def choices(response: Any) -> dict[str, str]:
    return dict(response.context["rows"].forms[0].fields["procedure_slug"].choices)


def test_plan_form_offers_what_recurs_by_name(policy: SlaPolicy, now: datetime, manager: User, sign_in: SignIn) -> None:
    Procedure.objects.filter(slug="voicemail-usage").update(archived_at=now)
    offered = choices(sign_in(manager).get(reverse("contracts:plan_create")))
    assert list(offered.values()) == [
        "Choose a procedure",
        "Look at the administration interface",
        "Review the event logs",
        "Review the firmware",
    ]


def test_plan_form_keeps_what_the_plan_named_before(now: datetime, manager: User, sign_in: SignIn) -> None:
    rows = [{"procedure_slug": slug, "frequency": "monthly"} for slug in ("voicemail-usage", "gone")]
    version = builder.plan(now=now, procedures=rows)
    Procedure.objects.filter(slug="voicemail-usage").update(archived_at=now)
    page = sign_in(manager).get(reverse("contracts:plan_edit", args=[version.plan_id]))
    assert {"voicemail-usage": "Check the voicemail storage", "gone": "gone"}.items() <= choices(page).items()
    assert [form.name() for form in page.context["rows"].forms] == ["gone", "Check the voicemail storage", ""]


def test_plan_form_asks_for_the_procedures_once(now: datetime, manager: User, sign_in: SignIn) -> None:
    client = sign_in(manager)

    def count(*slugs: str) -> int:
        rows = [{"procedure_slug": slug, "frequency": "monthly"} for slug in slugs]
        version = builder.plan(now=now, procedures=rows)
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("contracts:plan_edit", args=[version.plan_id]))
        return len(counted)

    assert count("event-logs") == count("event-logs", "firmware-review", "voicemail-usage") <= 15


@pytest.mark.parametrize("slug", ["subnet-change", "no-such-procedure"])
def test_plan_refuses_a_procedure_that_cannot_recur(
    policy: SlaPolicy, manager: User, sign_in: SignIn, slug: str
) -> None:
    values = plan_values(policy, [{"procedure_slug": slug}])
    response = sign_in(manager).post(reverse("contracts:plan_create"), values)
    assert list(response.context["rows"].forms[0].errors) == ["procedure_slug"]
    assert not Plan.objects.exists()


# -- the form ---------------------------------------------------------------------------------


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
    assert "Every month on the first Monday of the month by 09:00" in page
    assert "Every week on Mon, Thu by 09:00" in page


def test_plan_fault_is_named_at_its_row(policy: SlaPolicy, manager: User, sign_in: SignIn) -> None:
    rows = [{"procedure_slug": "event-logs"}, {"procedure_slug": "administration-check", "frequency": "daily"}]
    response = sign_in(manager).post(reverse("contracts:plan_create"), plan_values(policy, rows))
    faults = response.context["rows"].errors
    assert (list(faults[0]), list(faults[1])) == ([], ["nonworking_day"])
    assert response.context["rows"].forms[1]["procedure_slug"].value() == "administration-check"
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
