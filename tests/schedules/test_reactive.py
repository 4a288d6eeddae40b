"""Each row of the change table, walked through: what is asked, what locks, what the answers change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.models import Asset, AssetCapacity, Release, Site
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import Conflict, DomainError
from schedules import verify
from schedules.actions import complete_work, follow_sites, record_answer
from schedules.enums import ChangeKind, Phase, WorkStatus
from schedules.generation import generate_work
from schedules.models import Backup, CapacityEntry, ChangeEvent, Reading, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure, utc
from tests.schedules.walk import Walk, change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]
TOMORROW = NOW + timedelta(days=1)


def backups(asset: Asset) -> int:
    return Backup.objects.filter(asset=asset).count()


# -- provider_change --------------------------------------------------------------------------


def test_provider_change_tests_each_feature_by_itself(world: World, technician: User) -> None:
    services = {"from_service": "pstn", "to_service": "ip"}
    event = change(world, ChangeKind.PROVIDER_CHANGE, on_asset=False, occurs_at=TOMORROW, details=services)
    assert event.details["risky"] is True
    walk = Walk(event, technician)
    features = [key for key in walk.keys("after") if key != "backup-after"]
    assert features == [
        "incoming-call",
        "outgoing-call",
        "internal-call",
        "transfer",
        "hold",
        "conference",
        "voicemail",
        "fax",
        "emergency-number",
        "caller-id",
        "automatic-attendant",
        "after-hours",
    ]
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2
    followed = event.firings.exclude(follow_up_day=0).order_by("follow_up_day")
    assert list(followed.values_list("procedure__slug", "follow_up_day")) == [
        ("follow-up-call-quality", day) for day in (1, 3, 7)
    ]


def test_provider_of_the_same_kind_is_not_risky(world: World) -> None:
    same = {"from_service": "ip", "to_service": "ip"}
    assert change(world, ChangeKind.PROVIDER_CHANGE, on_asset=False, details=same).details["risky"] is False


# -- relocation -------------------------------------------------------------------------------


@pytest.fixture
def new_york(world: World) -> dict[str, Any]:
    """What the change says about the new place; its holidays have the third of March."""
    calendar = builder.calendar(now=NOW, name="New York", timezone="America/New_York", holidays=["2026-03-03"])
    return {
        "new_address": "40 Broadway\nNew York",
        "new_timezone": "America/New_York",
        "new_region": "AMER",
        "new_calendar": calendar.calendar_id,
        "new_access_notes": "Ask at the desk",
    }


def facts(site: Site) -> tuple[Any, ...]:
    site.refresh_from_db()
    return site.address, site.timezone, site.region, site.calendar_id, site.access_notes


def test_move_is_assessed_backed_up_tested_and_followed(
    world: World, technician: User, new_york: dict[str, Any]
) -> None:
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, occurs_at=TOMORROW, details=new_york), technician)
    assert walk.keys("before") == [
        "backup-before",
        "new-site-cabling",
        "new-site-power-and-room",
        "new-site-network",
        "deployment-tested",
    ]
    assert "test-after-move" in walk.keys("after")
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2
    assert walk.event.firings.filter(follow_up_day__in=(1, 3, 7)).count() == 3


def test_site_moves_when_the_move_is_confirmed_and_not_before(
    world: World, technician: User, new_york: dict[str, Any]
) -> None:
    before = facts(world.site)
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york), technician)
    walk.through(Phase.BEFORE)
    walk.answer("connections-recorded")
    with pytest.raises(Conflict):
        walk.answer("move-confirmed")
    walk.answer("system-moved")
    assert facts(world.site) == before
    walk.answer("move-confirmed", outcome="fail", note="Put off by a week")
    assert facts(world.site) == before
    walk.answer("move-confirmed")
    after = ("40 Broadway\nNew York", "America/New_York", "AMER", new_york["new_calendar"], "Ask at the desk")
    assert facts(world.site) == after
    walk.event.refresh_from_db()
    assert walk.event.applied_at == walk.now
    names = ("address", "timezone", "region", "calendar_id", "access_notes")
    assert walk.event.applied == {
        "before": dict(zip(names, before, strict=True)),
        "after": dict(zip(names, after, strict=True)),
    }
    moved = walk.order.events.get(kind="site_moved")
    assert (moved.by, moved.data["after"]["timezone"]) == (technician, "America/New_York")
    walk.answer("move-confirmed", note="At noon")  # again: nothing moves twice
    assert walk.order.events.filter(kind="site_moved").count() == 1


def test_schedules_follow_the_move(world: World, technician: User, new_york: dict[str, Any]) -> None:
    make_procedure()
    world.contract(agreed())
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    assert follow_sites(now=walk.now) == 1
    generate_work(now=utc(2026, 3, 5, 12, 0))
    rows = WorkOrder.objects.filter(schedule__isnull=False, nominal_on__gte=date(2026, 3, 3)).order_by("nominal_on")
    assert [(row.nominal_on.day, row.due_at) for row in rows if row.nominal_on] == [
        (4, utc(2026, 3, 4, 14, 0)),  # nine in New York; the third is a holiday there
        (5, utc(2026, 3, 5, 14, 0)),
    ]


def test_move_asks_to_follow_at_once(
    world: World, technician: User, new_york: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york), technician)
    walk.through(Phase.BEFORE)
    with django_capture_on_commit_callbacks() as callbacks:
        walk.through(Phase.CHANGE)
    assert [callback.__name__ for callback in callbacks] == ["_follow_soon"]
    address_alone = change(world, ChangeKind.RELOCATION, on_asset=False, details={"new_address": "Quay 1"})
    other = Walk(address_alone, technician)
    with django_capture_on_commit_callbacks() as callbacks:
        other.through(Phase.BEFORE, Phase.CHANGE)
    assert callbacks == []


def test_follow_ups_are_due_at_five_at_the_new_place(world: World, technician: User, new_york: dict[str, Any]) -> None:
    event = change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york)
    order = event.firings.get(follow_up_day=3).work_order
    assert order.due_at == utc(2026, 3, 5, 16, 0)  # five in Amsterdam
    walk = Walk(event, technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    order.refresh_from_db()
    assert (order.window_opens_at, order.due_at, order.window_closes_at) == (
        utc(2026, 3, 5, 5, 0),
        utc(2026, 3, 5, 22, 0),
        utc(2026, 3, 7, 5, 0),
    )


def test_withdrawn_confirmation_moves_the_site_back(world: World, technician: User, new_york: dict[str, Any]) -> None:
    before = facts(world.site)
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    Site.objects.update(access_notes="Corrected by hand since")
    walk.answer("move-confirmed", outcome="fail", note="The wrong building")
    assert facts(world.site) == (*before[:4], "Corrected by hand since")
    walk.event.refresh_from_db()
    assert (walk.event.applied_at, walk.event.applied) == (None, {})
    assert walk.order.events.filter(kind="site_moved_back").count() == 1


def test_only_what_was_said_changes(world: World, technician: User) -> None:
    zone, region = world.site.timezone, world.site.region
    walk = Walk(change(world, ChangeKind.RELOCATION, on_asset=False, details={"new_address": "Quay 1"}), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    assert facts(world.site)[:3] == ("Quay 1", zone, region)
    assert set(walk.order.events.get(kind="site_moved").data["after"]) == {"address"}


def test_customer_cannot_choose_a_calendar(world: World, customer: User, new_york: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as error:
        change(world, ChangeKind.RELOCATION, on_asset=False, details=new_york, source="customer", by=customer)
    assert error.value.attr == "details.new_calendar"


# -- voicemail_storage ------------------------------------------------------------------------


@pytest.fixture
def storage(world: World, technician: User) -> Walk:
    return Walk(change(world, ChangeKind.VOICEMAIL_STORAGE, on_asset=True, details={"level": "full"}), technician)


MAIL = ["mail-settings-reviewed", "test-message", "mail-delivery-proved"]


def test_decision_brings_up_its_own_steps(storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    assert storage.keys("change") == ["decision"]
    storage.answer("decision", text="more-memory")
    assert storage.keys("change") == ["decision", "new-capacity"]
    storage.answer("decision", text="voicemail-to-email")
    assert storage.keys("change") == ["decision", *MAIL]
    assert {str(gap.step.key) for gap in storage.checklist.missing} >= set(MAIL)
    with pytest.raises(Conflict) as error:
        storage.answer("new-capacity", value=2000.0)
    assert "More memory for the system" in error.value.message


def test_more_memory_is_the_assets_capacity_from_that_day(world: World, storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    capacity = AssetCapacity.objects.get()
    assert (capacity.metric, capacity.value, capacity.from_on) == ("voicemail_minutes", 2000, date(2026, 3, 2))
    assert world.asset.capacity("voicemail_minutes", date(2026, 3, 1)) == 1000
    assert world.asset.capacity("voicemail_minutes", date(2026, 3, 2)) == 2000
    assert storage.step("minutes-after").limits.warn_above == 1600
    storage.answer("minutes-after", value=1500.0)
    assert storage.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2


def test_capacity_and_the_reading_after_it_can_be_sent_at_once(storage: Walk, world: World) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=3000.0)
    storage.answer("minutes-after", value=2500.0)  # 2850 would fail
    assert Reading.objects.filter(value=2500.0).get().answer.outcome == "warn"


def test_another_decision_withdraws_the_capacity(world: World, storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    storage.answer("decision", text="voicemail-to-email")
    assert not AssetCapacity.objects.exists()
    assert not CapacityEntry.objects.exists()
    storage.answer("decision", text="more-memory")  # the answer of then counts again
    assert AssetCapacity.objects.get().value == 2000
    storage.answer("new-capacity", value=2500.0)
    assert [row.value for row in AssetCapacity.objects.all()] == [2500]


def test_figure_of_the_same_day_comes_back(world: World, storage: Walk) -> None:
    world.asset.capacities.create(metric="voicemail_minutes", value=1500, from_on=date(2026, 3, 2))
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    storage.answer("decision", text="voicemail-to-email")
    assert [row.value for row in world.asset.capacities.all()] == [1500]


def test_figure_that_somebody_corrected_stays(world: World, storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    world.asset.capacities.update(value=2048)
    storage.answer("decision", text="voicemail-to-email")
    assert [row.value for row in world.asset.capacities.all()] == [2048]


def test_voicemail_by_mail_has_to_be_proved(world: World, storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="voicemail-to-email")
    storage.answer("mail-settings-reviewed")
    storage.answer("test-message", note="")
    assert storage.step("test-message").missing == "proof"
    storage.photo("test-message")
    assert storage.step("test-message").missing == ""
    assert storage.complete().status == WorkStatus.DONE
    assert not AssetCapacity.objects.exists()


# -- server_change ----------------------------------------------------------------------------


def test_mail_is_proved_with_a_photo_or_a_note(world: World, technician: User) -> None:
    walk = Walk(change(world, ChangeKind.SERVER_CHANGE, on_asset=False), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    for key in ("test-message", "voicemail-by-mail"):
        walk.answer(key, note="")
    with pytest.raises(Conflict) as error:
        walk.complete()
    assert "proof of “Send a test message from the phone system”" in error.value.message
    walk.photo("test-message")
    walk.answer("voicemail-by-mail", note="Opened at reception@ at 10:14")
    assert walk.complete().status == WorkStatus.DONE


def test_mail_that_failed_needs_its_reason_and_no_proof(world: World, technician: User) -> None:
    walk = Walk(change(world, ChangeKind.SERVER_CHANGE, on_asset=False), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    walk.answer("test-message", outcome="fail", note="Refused by the server: 550")
    assert walk.step("test-message").missing == ""


# -- firmware_upgrade -------------------------------------------------------------------------


def test_upgrade_waits_for_the_backup_and_sets_the_release(world: World, technician: User) -> None:
    release = Release.objects.create(product=world.product, version="2.1")
    walk = Walk(change(world, ChangeKind.FIRMWARE_UPGRADE, on_asset=True, occurs_at=TOMORROW), technician)
    walk.answer("release-notes-read", text="Ends the echo on transferred calls")
    walk.answer("upgrade-path")
    walk.answer("time-agreed")
    with pytest.raises(Conflict):
        walk.answer("upgrade")
    walk.answer("backup-before")
    walk.answer("upgrade", text="2.1")
    world.asset.refresh_from_db()
    release.refresh_from_db()
    assert world.asset.installed_release == release
    assert release.fixes == "Ends the echo on transferred calls"
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2


def test_what_the_catalogue_says_of_a_release_stays(world: World, technician: User) -> None:
    release = Release.objects.create(product=world.product, version="2.1", fixes="As published")
    walk = Walk(change(world, ChangeKind.FIRMWARE_UPGRADE, on_asset=True), technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    release.refresh_from_db()
    assert release.fixes == "As published"


def test_release_that_our_staff_saw_joins_the_catalogue(world: World, technician: User, customer: User) -> None:
    walk = Walk(change(world, ChangeKind.FIRMWARE_UPGRADE, on_asset=True), technician)
    walk.through(Phase.BEFORE)
    walk.by = customer
    walk.answer("upgrade", text="9.9")
    assert not Release.objects.exists()  # no word of a customer changes the catalogue
    walk.by = technician
    walk.answer("upgrade", text="see the photo")
    assert not Release.objects.exists()
    walk.answer("upgrade", text="2.2-SU1")
    world.asset.refresh_from_db()
    assert world.asset.installed_release is not None
    assert (world.asset.installed_release.version, world.asset.installed_release.fixes) == ("2.2-SU1", "Written down")


# -- subnet_change ----------------------------------------------------------------------------


def subnet(world: World, by: User, lease_hours: int | None = 24, **details: Any) -> Walk:
    Site.objects.update(dhcp_lease_hours=lease_hours)
    world.site.refresh_from_db()
    walk = Walk(change(world, ChangeKind.SUBNET_CHANGE, on_asset=False, details=details), by)
    walk.answer("phones-before", value=20.0)
    return walk


def test_phones_are_reset_or_waited_for(world: World, technician: User) -> None:
    walk = subnet(world, technician)
    assert walk.keys("change") == ["method", "scope-ready"]
    walk.answer("method", text="reset-phones")
    assert walk.keys("change") == ["method", "scope-ready", "phones-reset"]
    walk.answer("method", text="wait-for-leases")
    assert walk.keys("change") == ["method", "scope-ready", "leases-run-out"]


def test_wait_lasts_as_long_as_the_sites_leases(world: World, technician: User) -> None:
    walk = subnet(world, technician, lease_hours=24)
    walk.answer("method", text="wait-for-leases")
    walk.answer("scope-ready")
    waiting = walk.step("leases-run-out")
    assert waiting.unlocks_at == NOW + timedelta(hours=24)
    assert "24 hours after the change" in waiting.locked_reason
    walk.now = NOW + timedelta(hours=23, minutes=58)
    with pytest.raises(Conflict):
        walk.answer("leases-run-out")
    walk.now = NOW + timedelta(hours=24)
    walk.answer("leases-run-out")
    assert walk.order.due_at == NOW + timedelta(hours=48)  # a day after the leases


def test_lease_time_of_the_change_comes_before_the_sites(world: World, technician: User) -> None:
    assert subnet(world, technician, lease_hours=24).checklist.lease_hours == 24
    other = Walk(change(world, ChangeKind.SUBNET_CHANGE, on_asset=False, details={"lease_hours": 8}), technician)
    assert other.checklist.lease_hours == 8


def test_unknown_lease_time_is_asked_for_and_kept(world: World, technician: User) -> None:
    walk = subnet(world, technician, lease_hours=None)
    assert walk.order.due_at == NOW + timedelta(days=1)
    walk.answer("method", text="wait-for-leases")
    assert walk.keys("change") == ["method", "lease-time", "scope-ready", "leases-run-out"]
    assert walk.step("leases-run-out").locked_reason == "First enter the DHCP lease time."
    walk.answer("lease-time", value=7.5)
    world.site.refresh_from_db()
    assert world.site.dhcp_lease_hours == 8  # whole hours, rather too long
    assert walk.step("lease-time").is_asked
    assert walk.step("leases-run-out").unlocks_at == NOW + timedelta(hours=7.5)


def test_customers_word_about_the_lease_is_not_the_sites_record(world: World, customer: User) -> None:
    walk = subnet(world, customer, lease_hours=None)
    walk.answer("method", text="wait-for-leases")
    walk.answer("lease-time", value=8.0)
    world.site.refresh_from_db()
    assert world.site.dhcp_lease_hours is None
    assert walk.step("leases-run-out").unlocks_at == NOW + timedelta(hours=8)


def test_phones_are_counted_back(world: World, technician: User) -> None:
    walk = subnet(world, technician)
    walk.through(Phase.CHANGE)
    assert walk.step("phones-back").expected == 20
    walk.answer("phones-back", value=19.0)
    assert walk.step("phones-back").answer.outcome == "fail"
    walk.answer("phones-back", value=20.0)
    assert walk.step("phones-back").answer.outcome == "pass"
    assert walk.complete().status == WorkStatus.DONE


def test_without_a_count_before_the_assets_users_are_expected(world: World, technician: User) -> None:
    Asset.objects.update(users_count=25)
    walk = Walk(change(world, ChangeKind.SUBNET_CHANGE, on_asset=False, occurs_at=NOW - timedelta(hours=1)), technician)
    assert walk.checklist.phases[0].impossible
    walk.through(Phase.CHANGE)
    assert walk.step("phones-back").expected == 25


# -- ip_change --------------------------------------------------------------------------------


def test_ip_change_is_one_check_after_half_an_hour(world: World, technician: User) -> None:
    walk = Walk(change(world, ChangeKind.IP_CHANGE, on_asset=True), technician)
    (item,) = walk.checklist.steps
    assert (item.key, item.unlocks_at) == ("phones-found-base-unit", NOW + timedelta(minutes=30))
    assert walk.event.firings.count() == 1
    walk.now = NOW + timedelta(minutes=30)
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 0


# -- user_change ------------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "added", "opens"), [(100, 9, 0), (100, 10, 7), (20, 3, 0), (20, 4, 7)])
def test_ten_users_or_a_fifth_open_the_checklist(world: World, total: int, added: int, opens: int) -> None:
    Asset.objects.update(users_count=total)
    world.asset.refresh_from_db()
    event = change(world, ChangeKind.USER_CHANGE, on_asset=True, details={"added": added})
    assert event.firings.filter(work_order__isnull=False).count() == opens


def test_many_users_are_enclosed_by_backups_and_followed_twofold(world: World, technician: User) -> None:
    event = change(world, ChangeKind.USER_CHANGE, on_asset=True, occurs_at=TOMORROW, details={"added": 12})
    walk = Walk(event, technician)
    assert "backup-before" in walk.keys("before")
    assert walk.keys("after")[-1] == "backup-after"
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2
    followed = event.firings.exclude(follow_up_day=0).order_by("follow_up_day", "procedure__slug")
    assert list(followed.values_list("follow_up_day", "procedure__slug")) == [
        (day, slug) for day in (1, 3, 7) for slug in ("follow-up-call-quality", "follow-up-voicemail")
    ]


def test_each_follow_up_is_a_reading(world: World, technician: User) -> None:
    event = change(world, ChangeKind.USER_CHANGE, on_asset=True, details={"added": 12})
    firing = event.firings.get(follow_up_day=3, procedure__slug="follow-up-voicemail")
    at = utc(2026, 3, 5, 10, 0)
    common: dict[str, Any] = {"work_order": firing.work_order, "asset_id": world.asset.pk, "by": technician, "now": at}
    record_answer(step_key="minutes-used", value=410.0, **common)
    complete_work(work_order=firing.work_order, finished_at=at, by=technician, now=at)
    reading = Reading.objects.get()
    assert (reading.metric, reading.value, reading.taken_at) == ("voicemail_minutes", 410.0, at)


# -- reported only afterwards -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "on_asset", "details"),
    [
        (ChangeKind.USER_CHANGE, True, {"added": 12}),
        (ChangeKind.SERVER_CHANGE, False, {}),
        (ChangeKind.PROVIDER_CHANGE, False, {}),
        (ChangeKind.RELOCATION, False, {"new_address": "Quay 1"}),
        (ChangeKind.FIRMWARE_UPGRADE, True, {}),
    ],
)
def test_reported_afterwards_says_that_no_backup_was_possible(
    world: World, technician: User, kind: str, on_asset: bool, details: dict[str, Any]
) -> None:
    event = change(world, kind, on_asset=on_asset, details=details, occurs_at=NOW - timedelta(hours=1))
    firing = event.firings.get(follow_up_day=0)
    assert "no backup from before was possible" in firing.reason
    assert firing.work_order.before_impossible
    assert Walk(event, technician).complete().status == WorkStatus.DONE
    assert backups(world.asset) == 1  # the one after


def test_reported_in_time_says_nothing_of_it(world: World) -> None:
    event = change(world, ChangeKind.FIRMWARE_UPGRADE, on_asset=True, occurs_at=TOMORROW)
    assert "afterwards" not in event.firings.get().reason


def test_full_storage_is_a_finding_and_can_always_be_backed_up_before(world: World, technician: User) -> None:
    full = {"level": "full"}
    event = change(world, ChangeKind.VOICEMAIL_STORAGE, on_asset=True, details=full, occurs_at=NOW - timedelta(days=2))
    walk = Walk(event, technician)
    before = walk.checklist.phases[0]
    assert (before.impossible, before.due_at) == (False, None)
    assert walk.complete().status == WorkStatus.DONE
    assert backups(world.asset) == 2


@pytest.mark.parametrize(("minutes", "impossible"), [(5, False), (6, True)])
def test_report_of_this_moment_is_not_afterwards(world: World, minutes: int, impossible: bool) -> None:
    event = change(world, ChangeKind.FIRMWARE_UPGRADE, on_asset=True, occurs_at=NOW - timedelta(minutes=minutes))
    assert event.firings.get().work_order.before_impossible is impossible


# -- what `manage.py verify` proves -----------------------------------------------------------


@pytest.mark.usefixtures("leaves_faults")
def test_verify_finds_a_capacity_that_was_left_behind(world: World, storage: Walk) -> None:
    storage.through(Phase.BEFORE)
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    assert list(verify.faults()) == []
    first = CapacityEntry.objects.get()
    storage.answer("new-capacity", value=2100.0)
    CapacityEntry.objects.create(answer=first.answer, capacity=AssetCapacity.objects.get(), recorded_at=NOW)
    (fault,) = verify.faults()
    assert "which another one replaced" in fault


@pytest.mark.usefixtures("leaves_faults")
def test_verify_finds_a_move_without_a_relocation(world: World) -> None:
    event = change(world, ChangeKind.SUBNET_CHANGE, on_asset=False)
    ChangeEvent.objects.update(applied_at=NOW)
    assert list(verify.faults()) == [f"{event.number} moved its site although it is no relocation"]
    ChangeEvent.objects.update(applied_at=None, applied={"before": {}, "after": {}})
    assert list(verify.faults()) == [f"{event.number} says what it changed at its site without an instant"]
