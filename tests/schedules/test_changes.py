"""A change is one event, opens its checklists in order, and says why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.models import Asset, Site
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules.actions import complete_work, load_programme, record_answer, record_change, start_work
from schedules.checklist import Checklist, checklist_of
from schedules.enums import ChangeKind
from schedules.models import ChangeEvent, WorkOrder
from tests.schedules.conftest import NOW, World, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold", "programme")]

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def programme(db: None) -> None:
    load_programme(now=NOW)


def report(kind: str, subject: Asset | Site, **values: Any) -> ChangeEvent:
    place = {"asset": subject} if isinstance(subject, Asset) else {"site": subject}
    defaults: dict[str, Any] = {"occurs_at": TOMORROW, "details": {}, "by": None, "now": NOW}
    return record_change(kind=kind, **place, **defaults | values)


def opened(event: ChangeEvent) -> list[tuple[str, int]]:
    """Procedure and follow-up day of the work that it opened."""
    rows = event.firings.filter(work_order__isnull=False).order_by("follow_up_day", "procedure__slug")
    return list(rows.values_list("procedure__slug", "follow_up_day"))


def checklist(event: ChangeEvent, now: datetime = NOW) -> Checklist:
    return checklist_of(event.firings.get(follow_up_day=0).work_order, now=now)


DETAILS: dict[str, dict[str, Any]] = {
    ChangeKind.USER_CHANGE: {"added": 12},
    ChangeKind.RELOCATION: {"new_address": "Quay 1"},
    ChangeKind.VOICEMAIL_STORAGE: {"level": "full"},
}
SITE_KINDS = (
    ChangeKind.SERVER_CHANGE,
    ChangeKind.PROVIDER_CHANGE,
    ChangeKind.RELOCATION,
    ChangeKind.SUBNET_CHANGE,
)
QUALITY = [("follow-up-call-quality", day) for day in (1, 3, 7)]
OPENS: dict[str, list[tuple[str, int]]] = {
    ChangeKind.USER_CHANGE: [
        ("user-change", 0),
        *[(slug, day) for day in (1, 3, 7) for slug in ("follow-up-call-quality", "follow-up-voicemail")],
    ],
    ChangeKind.SERVER_CHANGE: [("server-change", 0)],
    ChangeKind.PROVIDER_CHANGE: [("provider-change", 0), *QUALITY],
    ChangeKind.RELOCATION: [("relocation", 0), *QUALITY],
    ChangeKind.VOICEMAIL_STORAGE: [("voicemail-storage", 0)],
    ChangeKind.FIRMWARE_UPGRADE: [("firmware-upgrade", 0)],
    ChangeKind.SUBNET_CHANGE: [("subnet-change", 0)],
    ChangeKind.IP_CHANGE: [("ip-change", 0)],
}


@pytest.mark.parametrize("kind", ChangeKind.values)
def test_each_kind_opens_its_checklists_and_says_why(world: World, kind: str, technician: User) -> None:
    world.contract()
    subject = world.site if kind in SITE_KINDS else world.asset
    event = report(kind, subject, details=DETAILS.get(kind, {}), by=technician)
    assert opened(event) == OPENS[kind]
    assert all(firing.reason for firing in event.firings.all())
    for firing in event.firings.all():
        assert firing.work_order.events.get().kind == "opened"
        assert (firing.work_order.site, firing.work_order.before_impossible) == (world.site, False)
    assert event.reported_by == technician


def test_checklist_is_open_now_and_due_a_day_after_the_change(world: World) -> None:
    contract = world.contract()
    row = report(ChangeKind.SUBNET_CHANGE, world.site).firings.get().work_order
    assert (row.window_opens_at, row.due_at) == (NOW, TOMORROW + timedelta(days=1))
    assert row.window_closes_at == row.due_at + timedelta(days=1)
    assert (row.contract, row.coverage_decision) == (contract, "covered")
    assert row.lapses_at is None


def test_follow_up_days_are_local(world: World) -> None:
    event = report(ChangeKind.PROVIDER_CHANGE, world.site, occurs_at=datetime(2026, 3, 27, 23, 30, tzinfo=UTC))
    row = event.firings.get(follow_up_day=1).work_order  # it is the 28th in Amsterdam; the clocks change on the 29th
    assert (row.window_opens_at, row.due_at, row.window_closes_at) == (
        utc(2026, 3, 28, 23, 0),
        utc(2026, 3, 29, 15, 0),
        utc(2026, 3, 30, 22, 0),
    )


def test_follow_up_days_that_had_passed_are_not_opened(world: World) -> None:
    event = report(ChangeKind.PROVIDER_CHANGE, world.site, occurs_at=NOW - timedelta(days=4))
    assert opened(event) == [("provider-change", 0), ("follow-up-call-quality", 3), ("follow-up-call-quality", 7)]
    assert "passed" in event.firings.get(follow_up_day=1).reason


def test_without_contract_it_is_billable(world: World) -> None:
    row = report(ChangeKind.FIRMWARE_UPGRADE, world.asset).firings.get().work_order
    assert (row.contract, row.coverage_decision) == (None, "billable")
    started = start_work(work_order=row, by=None, now=NOW)
    assert {target.asset for target in started.targets.all()} == {world.asset, None}


# -- told twice -------------------------------------------------------------------------------


def test_told_twice_is_one_event(world: World) -> None:
    first = report(ChangeKind.SUBNET_CHANGE, world.site, details={"lease_hours": 8})
    again = report(
        ChangeKind.SUBNET_CHANGE, world.site, details={"lease_hours": 8}, occurs_at=TOMORROW + timedelta(hours=1)
    )
    assert (again, again.times_reported) == (first, 2)
    assert WorkOrder.objects.count() == 1
    assert again.firings.get().work_order == first.firings.get().work_order


def test_another_day_or_site_or_detail_is_another_event(world: World, other_site: Any) -> None:
    report(ChangeKind.SUBNET_CHANGE, world.site)
    report(ChangeKind.SUBNET_CHANGE, world.site, occurs_at=TOMORROW + timedelta(days=1))
    report(ChangeKind.SUBNET_CHANGE, world.site, details={"lease_hours": 8})
    report(ChangeKind.SUBNET_CHANGE, other_site(world, "Europe/Amsterdam")[0])
    assert ChangeEvent.objects.count() == 4


def test_same_external_id_is_one_event_whatever_else_it_says(world: World) -> None:
    first = report(ChangeKind.SUBNET_CHANGE, world.site, external_id="pbx-77")
    again = report(ChangeKind.SUBNET_CHANGE, world.site, external_id="pbx-77", occurs_at=TOMORROW + timedelta(days=3))
    assert again == first


def test_same_external_id_of_another_kind_is_a_conflict(world: World) -> None:
    report(ChangeKind.SUBNET_CHANGE, world.site, external_id="pbx-77")
    with pytest.raises(Conflict) as error:
        report(ChangeKind.SERVER_CHANGE, world.site, external_id="pbx-77")
    assert error.value.attr == "external_id"


def test_same_external_id_at_another_customer_is_another_event(world: World, customer_b: Any) -> None:
    report(ChangeKind.SUBNET_CHANGE, world.site, external_id="1")
    other = builder.site(customer=customer_b, calendar=world.calendar)
    report(ChangeKind.SUBNET_CHANGE, other, external_id="1")
    assert ChangeEvent.objects.count() == 2


# -- significance -----------------------------------------------------------------------------


def test_few_users_open_nothing_and_say_why(world: World) -> None:
    world.asset.users_count = 40
    world.asset.save()
    event = report(ChangeKind.USER_CHANGE, world.asset, details={"added": 3})
    assert not event.significant
    assert event.firings.get().work_order is None
    assert event.firings.get().reason == "3 of 40 users in 7 days: below 8"


def test_changes_of_seven_days_are_summed(world: World) -> None:
    world.asset.users_count = 40
    world.asset.save()
    report(ChangeKind.USER_CHANGE, world.asset, details={"added": 3}, occurs_at=NOW)
    report(ChangeKind.USER_CHANGE, world.asset, details={"removed": 2}, occurs_at=NOW + timedelta(days=3))
    third = report(ChangeKind.USER_CHANGE, world.asset, details={"modified": 3}, occurs_at=NOW + timedelta(days=6))
    assert third.significant
    assert third.firings.get(follow_up_day=0).reason.startswith("8 of 40 users in 7 days: 8 or more.")
    # What its checklist covers does not make the next small change significant.
    fourth = report(ChangeKind.USER_CHANGE, world.asset, details={"added": 1}, occurs_at=NOW + timedelta(days=6))
    assert not fourth.significant


def test_changes_eight_days_apart_are_not_summed(world: World) -> None:
    report(ChangeKind.USER_CHANGE, world.asset, details={"added": 9}, occurs_at=NOW)
    later = report(ChangeKind.USER_CHANGE, world.asset, details={"added": 9}, occurs_at=NOW + timedelta(days=7))
    assert not later.significant
    assert later.firings.get().reason == "9 users in 7 days: below 10"


@pytest.mark.parametrize("values", [{"details": {"added": 1}, "significant": True}, {"details": {"significant": True}}])
def test_a_person_may_call_it_significant(world: World, values: dict[str, Any]) -> None:
    assert ("user-change", 0) in opened(report(ChangeKind.USER_CHANGE, world.asset, **values))


# -- order ------------------------------------------------------------------------------------


def test_upgrade_is_locked_until_the_backup_is_stored(world: World, technician: User) -> None:
    event = report(ChangeKind.FIRMWARE_UPGRADE, world.asset)
    row = event.firings.get().work_order
    common: dict[str, Any] = {"work_order": row, "by": technician, "now": NOW}
    asset = {"asset_id": world.asset.pk}
    with pytest.raises(Conflict) as error:
        record_answer(step_key="upgrade", text="2.0", **asset, **common)
    assert error.value.code == "locked"
    record_answer(step_key="release-notes-read", text="Read", **asset, **common)
    record_answer(step_key="upgrade-path", outcome="pass", **asset, **common)
    record_answer(step_key="time-agreed", asset_id=None, outcome="pass", **common)
    record_answer(step_key="backup-before", outcome="na", **asset, **common)
    locked = checklist(event).find("upgrade", world.asset.pk)
    assert locked is not None
    assert "Take a backup" in locked.locked_reason
    record_answer(
        step_key="backup-before",
        text="//nas",
        **asset,
        **common | {"now": NOW + timedelta(minutes=1)},
    )
    record_answer(step_key="upgrade", text="2.0", **asset, **common | {"now": NOW + timedelta(minutes=2)})


def test_later_phase_waits_for_the_earlier(world: World) -> None:
    event = report(ChangeKind.SUBNET_CHANGE, world.site)
    phases = {phase.phase: phase for phase in checklist(event).phases}
    assert list(phases) == ["before", "change", "after"]
    assert phases["before"].due_at == TOMORROW
    assert not any(step.locked_reason for step in phases["before"].steps)
    assert all(step.locked_reason for name in ("change", "after") for step in phases[name].steps)


def test_reported_afterwards_skips_the_phase_before(world: World) -> None:
    event = report(ChangeKind.FIRMWARE_UPGRADE, world.asset, occurs_at=NOW - timedelta(hours=2))
    found = checklist(event)
    assert found.phases[0].impossible
    assert all("reported afterwards" in step.locked_reason for step in found.phases[0].steps)
    upgrade = found.find("upgrade", world.asset.pk)
    assert upgrade is not None
    assert upgrade.locked_reason == ""
    assert {item.step.phase for item in found.missing} == {"change", "after"}


def test_ip_change_is_checked_after_half_an_hour(world: World, technician: User) -> None:
    event = report(ChangeKind.IP_CHANGE, world.asset, occurs_at=NOW)
    row = event.firings.get().work_order
    assert row.window_opens_at == NOW + timedelta(minutes=30)
    step = {"work_order": row, "step_key": "phones-found-base-unit", "asset_id": world.asset.pk, "outcome": "pass"}
    with pytest.raises(Conflict):
        record_answer(**step, by=technician, now=NOW + timedelta(minutes=29))
    later = NOW + timedelta(minutes=30)
    record_answer(**step, by=technician, now=later)
    assert complete_work(work_order=row, finished_at=later, by=technician, now=later).was_on_time


# -- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "attr"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "ip_change", "asset": None}, "asset"),
        ({"kind": "subnet_change"}, "asset"),
        ({"kind": "subnet_change", "asset": None}, "site"),
        ({"kind": "ip_change", "details": {"new_address": "here"}}, "details.new_address"),
        ({"kind": "ip_change", "details": {"colour": "red"}}, "details.colour"),
        ({"kind": "ip_change", "details": []}, "details"),
        ({"kind": "user_change", "details": {}}, "details"),
        ({"kind": "ip_change", "occurs_at": NOW - timedelta(days=400)}, "occurs_at"),
        ({"kind": "ip_change", "occurs_at": NOW + timedelta(days=800)}, "occurs_at"),
    ],
)
def test_bad_report_names_its_field(world: World, values: dict[str, Any], attr: str) -> None:
    with pytest.raises(DomainError) as error:
        record_change(**{"asset": world.asset, "occurs_at": NOW, "by": None, "now": NOW} | values)
    assert error.value.attr == attr
    assert not ChangeEvent.objects.exists()


def test_equipment_of_another_site_is_refused(world: World, other_site: Any) -> None:
    site, _asset = other_site(world, "Europe/Amsterdam")
    with pytest.raises(DomainError) as error:
        record_change(kind="ip_change", site=site, asset=world.asset, occurs_at=NOW, by=None, now=NOW)
    assert error.value.attr == "site"


def test_local_day_decides_whether_it_is_told_twice(world: World) -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # 3 March in Amsterdam
    first = report(ChangeKind.SUBNET_CHANGE, world.site, occurs_at=late)
    same = report(ChangeKind.SUBNET_CHANGE, world.site, occurs_at=datetime(2026, 3, 3, 12, 0, tzinfo=UTC))
    assert same == first
    assert first.occurs_at.date() == date(2026, 3, 2)
