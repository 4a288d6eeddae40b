"""Time makes work: twice, at once, late, killed; nothing double, nothing lost."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import (
    amend_contract,
    renew_contract,
    resume_contract,
    settle_contracts,
    suspend_contract,
    terminate_contract,
)
from contracts.models import CalendarVersion
from portal.demo import builder
from schedules import verify
from schedules.actions import follow_sites, retry_schedule
from schedules.enums import ScheduleState, VersionState, WorkStatus
from schedules.generation import generate_work
from schedules.models import GenerationRun, ProcedureVersion, Schedule, WorkOrder, WorkOrderEvent
from tests.schedules.conftest import NOW, World, agreed, make_procedure, nominal_dates, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_hold")]


def days(*numbers: int, month: int = 3) -> list[str]:
    return [date(2026, month, number).isoformat() for number in numbers]


# -- release, repeats, days off ---------------------------------------------------------------


def test_activated_contract_makes_work_of_today(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    assert generate_work(now=NOW) == {"created": 1, "missed": 0, "claimed": 1, "failed": 0}
    work_order = WorkOrder.objects.get()
    assert work_order.nominal_on == date(2026, 3, 2)
    assert work_order.window_opens_at == utc(2026, 3, 1, 23, 0)
    assert work_order.due_at == utc(2026, 3, 2, 8, 0)
    assert work_order.window_closes_at == utc(2026, 3, 2, 16, 0)
    assert work_order.lapses_at == utc(2026, 3, 3, 8, 0)
    assert (work_order.contract, work_order.site) == (contract, world.site)
    assert work_order.coverage_decision == "covered"
    assert contract.number in work_order.coverage_sentence


def test_second_run_creates_nothing(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    assert generate_work(now=NOW) == {"created": 0, "missed": 0, "claimed": 0, "failed": 0}
    assert GenerationRun.objects.count() == 1


def test_run_outside_opening_hours_makes_nothing_again(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    assert generate_work(now=utc(2026, 3, 2, 22, 30))["created"] == 0
    assert generate_work(now=utc(2026, 3, 2, 23, 0))["created"] == 1  # midnight at the site
    assert nominal_dates() == days(2, 3)


def test_a_day_off_loses_no_date_and_misses_it_as_of_the_next_due(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    assert generate_work(now=utc(2026, 3, 4, 9, 0)) == {"created": 2, "missed": 2, "claimed": 1, "failed": 0}
    assert nominal_dates() == days(2, 3, 4)
    first, second, third = WorkOrder.objects.order_by("nominal_on")
    assert (first.status, first.closed_at) == (WorkStatus.MISSED, utc(2026, 3, 3, 8, 0))
    assert (second.status, second.closed_at) == (WorkStatus.MISSED, utc(2026, 3, 4, 8, 0))
    assert third.status == WorkStatus.DUE
    assert "March 3, 2026" in first.status_reason
    assert first.events.get().kind == "missed"


def test_running_minute_by_minute_or_once_gives_the_same(world: World, other_site: Callable[..., object]) -> None:
    make_procedure()
    make_procedure("weekly-check", frequency="weekly")
    world.contract(agreed(), agreed("weekly-check", "weekly"))
    for hour in range(0, 24 * 9, 3):
        generate_work(now=NOW + timedelta(hours=hour))
    often = list(WorkOrder.objects.order_by("nominal_on", "schedule").values_list("nominal_on", "status", "closed_at"))
    WorkOrderEvent.objects.all().delete()
    WorkOrder.objects.all().delete()
    Schedule.objects.update(next_nominal_on=date(2026, 3, 2), next_release_at=utc(2026, 2, 28, 23, 0))
    generate_work(now=NOW + timedelta(hours=24 * 9 - 3))
    once = list(WorkOrder.objects.order_by("nominal_on", "schedule").values_list("nominal_on", "status", "closed_at"))
    assert once == often


def test_five_unopened_jobs_do_not_stop_the_series(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=utc(2026, 3, 20, 9, 0))
    assert len(nominal_dates()) == 15
    assert WorkOrder.objects.filter(status=WorkStatus.MISSED).count() == 14


def test_more_dates_than_a_batch_takes_are_made_in_the_next_one(world: World) -> None:
    make_procedure()
    world.contract(agreed(nonworking_day="as_is"))
    assert generate_work(now=utc(2026, 11, 2, 9, 0))["created"] == 246
    assert len(set(nominal_dates())) == 246
    assert GenerationRun.objects.filter(created__gt=0).count() == 3


def test_several_schedules_in_small_batches(world: World, other_site: Callable[..., tuple[object, object]]) -> None:
    make_procedure()
    assets = [world.asset] + [other_site(world, "Europe/Amsterdam")[1] for _number in range(4)]
    world.contract(agreed(), assets=assets)
    assert generate_work(now=NOW, batch_size=2)["created"] == 5
    assert GenerationRun.objects.count() == 3


def test_old_contract_entered_today_brings_no_flood(world: World) -> None:
    make_procedure()
    world.contract(agreed(), from_on=date(2024, 1, 1), until_on=date(2026, 12, 31))
    generate_work(now=NOW)
    assert nominal_dates() == days(2)


def test_accumulating_work_stays_open_and_overdue(world: World) -> None:
    make_procedure("firmware", accumulates=True)
    world.contract(agreed("firmware", "quarterly"))
    generate_work(now=utc(2026, 9, 3, 12, 0))
    assert nominal_dates() == ["2026-03-02", "2026-06-02", "2026-09-02"]
    assert set(WorkOrder.objects.values_list("status", "lapses_at")) == {(WorkStatus.DUE, None)}


def test_begun_work_is_not_superseded(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    WorkOrder.objects.update(status=WorkStatus.IN_PROGRESS, started_at=NOW)
    WorkOrder.objects.get().targets.create(asset=world.asset)
    generate_work(now=utc(2026, 3, 4, 9, 0))
    assert list(WorkOrder.objects.order_by("nominal_on").values_list("status", flat=True)) == [
        WorkStatus.IN_PROGRESS,
        WorkStatus.MISSED,
        WorkStatus.DUE,
    ]


# -- dates, zones, clocks ---------------------------------------------------------------------


def test_months_from_the_31st_keep_their_anchor(world: World) -> None:
    make_procedure("logs", frequency="monthly", accumulates=True)
    world.contract(agreed("logs", "monthly"), anchor_on=date(2026, 1, 31))
    generate_work(now=utc(2026, 8, 31, 12, 0))
    assert nominal_dates() == [
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
    ]


def test_each_site_in_its_own_zone(world: World, other_site: Callable[..., tuple[object, object]]) -> None:
    make_procedure()
    tokyo, asset = other_site(world, "Asia/Tokyo")
    new_york, second = other_site(world, "America/New_York")
    world.contract(agreed(), assets=[world.asset, asset, second])
    generate_work(now=NOW)
    due = dict(WorkOrder.objects.values_list("site", "due_at"))
    assert due == {
        world.site.pk: utc(2026, 3, 2, 8, 0),
        tokyo.pk: utc(2026, 3, 2, 0, 0),
        new_york.pk: utc(2026, 3, 2, 14, 0),
    }
    generate_work(now=utc(2026, 3, 2, 15, 0))  # 3 March in Tokyo alone
    assert WorkOrder.objects.filter(nominal_on=date(2026, 3, 3)).get().site == tokyo


def test_daily_work_stays_at_nine_when_clocks_go_forward(world: World) -> None:
    make_procedure()
    world.contract(agreed(nonworking_day="as_is"))
    generate_work(now=utc(2026, 3, 30, 9, 0))
    due = dict(WorkOrder.objects.values_list("nominal_on", "due_at"))
    assert due[date(2026, 3, 28)] == utc(2026, 3, 28, 8, 0)
    assert due[date(2026, 3, 29)] == utc(2026, 3, 29, 7, 0)
    assert due[date(2026, 3, 30)] == utc(2026, 3, 30, 7, 0)


def test_daily_work_stays_at_nine_when_clocks_go_back(world: World) -> None:
    make_procedure()
    world.contract(agreed(nonworking_day="as_is"))
    generate_work(now=utc(2026, 10, 26, 9, 0))
    due = dict(WorkOrder.objects.values_list("nominal_on", "due_at"))
    assert due[date(2026, 10, 24)] == utc(2026, 10, 24, 7, 0)
    assert due[date(2026, 10, 25)] == utc(2026, 10, 25, 8, 0)
    assert len(due) == 239  # one for each day from 2 March to 26 October


def test_due_time_that_clocks_skip_moves_forward(world: World) -> None:
    make_procedure()
    world.contract(agreed(nonworking_day="as_is", due_time="02:30"))
    generate_work(now=utc(2026, 3, 29, 9, 0))
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 29)).due_at == utc(2026, 3, 29, 1, 0)


def test_weekends_and_holidays_bring_no_daily_work(customer_a: object, world: World) -> None:
    version = world.calendar
    version.holidays = ["2026-03-05"]
    version.save()
    make_procedure()
    world.contract(agreed())
    generate_work(now=utc(2026, 3, 10, 9, 0))
    assert nominal_dates() == days(2, 3, 4, 6, 9, 10)


def test_weekly_work_on_a_holiday_moves_to_the_next_working_day(world: World) -> None:
    world.calendar.holidays = ["2026-03-09"]
    world.calendar.save()
    make_procedure("weekly", frequency="weekly")
    world.contract(agreed("weekly", "weekly", nonworking_day="next"))
    generate_work(now=utc(2026, 3, 11, 9, 0))
    assert nominal_dates() == days(2, 9)
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 9)).due_at == utc(2026, 3, 10, 8, 0)


def test_a_new_holiday_skips_dates_ahead_and_moves_no_open_deadline(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    CalendarVersion.objects.create(
        calendar=world.calendar.calendar,
        number=2,
        timezone="Europe/Amsterdam",
        hours=world.calendar.hours,
        holidays=["2026-03-02", "2026-03-03"],
        created_at=utc(2026, 3, 2, 10, 0),
    )
    generate_work(now=utc(2026, 3, 4, 7, 0))
    assert nominal_dates() == days(2, 4)
    first = WorkOrder.objects.get(nominal_on=date(2026, 3, 2))
    assert (first.status, first.due_at) == (WorkStatus.DUE, utc(2026, 3, 2, 8, 0))
    generate_work(now=utc(2026, 3, 4, 8, 0))
    first.refresh_from_db()
    assert (first.status, first.closed_at) == (WorkStatus.MISSED, utc(2026, 3, 4, 8, 0))
    assert follow_sites(now=utc(2026, 3, 4, 8, 0)) == 1
    assert follow_sites(now=utc(2026, 3, 4, 8, 0)) == 0


def test_a_day_that_becomes_a_working_day_is_not_passed_over(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=utc(2026, 3, 6, 9, 0))  # Friday: the next date is Monday
    CalendarVersion.objects.create(
        calendar=world.calendar.calendar,
        number=2,
        timezone="Europe/Amsterdam",
        hours=world.calendar.hours,
        exceptions={"2026-03-07": [["09:00", "13:00"]]},
        created_at=utc(2026, 3, 6, 10, 0),
    )
    follow_sites(now=utc(2026, 3, 6, 10, 0))
    generate_work(now=utc(2026, 3, 9, 9, 0))
    assert nominal_dates() == days(2, 3, 4, 5, 6, 7, 9)
    friday = WorkOrder.objects.get(nominal_on=date(2026, 3, 6))
    assert friday.closed_at == utc(2026, 3, 7, 8, 0)


def test_site_in_another_zone_moves_untouched_work(world: World) -> None:
    make_procedure("weekly", frequency="weekly")
    world.contract(agreed("weekly", "weekly"))
    generate_work(now=utc(2026, 3, 8, 9, 0))
    world.site.timezone = "America/New_York"
    world.site.save()
    now = utc(2026, 3, 8, 10, 0)
    assert follow_sites(now=now) == 1
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 9)).due_at == utc(2026, 3, 9, 13, 0)
    schedule = Schedule.objects.get()
    assert (schedule.timezone, schedule.defined_at) == ("America/New_York", now)
    generate_work(now=utc(2026, 3, 17, 9, 0))
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 16)).due_at == utc(2026, 3, 16, 13, 0)


# -- contracts --------------------------------------------------------------------------------


def test_suspension_cancels_untouched_work_with_its_reason(world: World) -> None:
    make_procedure("weekly", frequency="weekly")
    contract = world.contract(agreed("weekly", "weekly"))
    generate_work(now=utc(2026, 3, 8, 12, 0))  # the one of 9 March is released a day before
    suspend_contract(
        contract=contract,
        from_on=date(2026, 3, 9),
        until_on=date(2026, 3, 29),
        reason="Renovation",
        by=None,
        now=utc(2026, 3, 8, 13, 0),
    )
    cancelled = WorkOrder.objects.get(nominal_on=date(2026, 3, 9))
    assert cancelled.status == WorkStatus.CANCELLED
    assert "Renovation" in cancelled.status_reason
    assert Schedule.objects.get().next_nominal_on == date(2026, 3, 30)
    # The one before is superseded by the next date that counts, not by the cancelled one.
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 2)).lapses_at == utc(2026, 3, 30, 7, 0)
    generate_work(now=utc(2026, 3, 31, 9, 0))
    assert nominal_dates(status=WorkStatus.DUE) == days(30)


def test_resumed_contract_reinstates_the_same_row(world: World) -> None:
    make_procedure("weekly", frequency="weekly")
    contract = world.contract(agreed("weekly", "weekly"))
    generate_work(now=utc(2026, 3, 8, 12, 0))
    suspended = {"from_on": date(2026, 3, 9), "until_on": None, "reason": "Renovation", "by": None}
    contract = suspend_contract(contract=contract, now=utc(2026, 3, 8, 13, 0), **suspended)
    cancelled = WorkOrder.objects.get(nominal_on=date(2026, 3, 9))
    assert Schedule.objects.get().next_release_at is None
    resume_contract(contract=contract, on=date(2026, 3, 9), by=None, now=utc(2026, 3, 8, 14, 0))
    row = WorkOrder.objects.get(nominal_on=date(2026, 3, 9))
    assert (row.pk, row.status, row.status_reason, row.closed_at) == (cancelled.pk, WorkStatus.DUE, "", None)
    assert list(row.events.values_list("kind", flat=True)) == ["out_of_bounds", "reinstated"]
    assert Schedule.objects.get().next_nominal_on == date(2026, 3, 16)
    generate_work(now=utc(2026, 3, 17, 9, 0))
    assert nominal_dates() == days(2, 9, 16)


def test_contract_resumed_early_works_again_from_that_day(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    generate_work(now=NOW)
    contract = suspend_contract(
        contract=contract,
        from_on=date(2026, 3, 3),
        until_on=date(2026, 3, 31),
        reason="Holidays",
        by=None,
        now=utc(2026, 3, 2, 10, 0),
    )
    generate_work(now=utc(2026, 3, 10, 9, 0))
    assert nominal_dates() == days(2)
    resume_contract(contract=contract, on=date(2026, 3, 11), by=None, now=utc(2026, 3, 10, 10, 0))
    generate_work(now=utc(2026, 3, 12, 9, 0))
    assert nominal_dates() == days(2, 11, 12)


def test_work_cancelled_by_a_person_stays_cancelled(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    generate_work(now=NOW)
    row = WorkOrder.objects.get()
    WorkOrder.objects.update(status=WorkStatus.CANCELLED, closed_at=NOW)
    WorkOrderEvent.objects.create(work_order=row, kind="cancelled", at=NOW)
    contract = suspend_contract(
        contract=contract, from_on=date(2026, 3, 2), until_on=None, reason="Test", by=None, now=NOW
    )
    resume_contract(contract=contract, on=date(2026, 3, 2), by=None, now=NOW)
    row.refresh_from_db()
    assert row.status == WorkStatus.CANCELLED
    generate_work(now=utc(2026, 3, 3, 9, 0))
    assert nominal_dates() == days(2, 3)


def test_terminated_contract_makes_no_more_work(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    generate_work(now=utc(2026, 3, 3, 9, 0))
    terminate_contract(contract=contract, ended_on=date(2026, 3, 4), reason="Moved away", by=None, now=NOW)
    generate_work(now=utc(2026, 3, 10, 9, 0))
    assert nominal_dates() == days(2, 3, 4)
    settle_contracts(now=utc(2026, 3, 10, 9, 0))
    schedule = Schedule.objects.get()
    assert (schedule.state, schedule.next_release_at) == (ScheduleState.ENDED, None)


def test_last_work_of_an_ended_contract_is_not_superseded(world: World) -> None:
    make_procedure()
    world.contract(agreed(), until_on=date(2026, 3, 4))
    generate_work(now=utc(2026, 3, 20, 9, 0))
    last = WorkOrder.objects.get(nominal_on=date(2026, 3, 4))
    assert (last.status, last.lapses_at) == (WorkStatus.DUE, None)


def test_renewal_keeps_the_anchor(world: World) -> None:
    make_procedure("logs", frequency="monthly", accumulates=True)
    contract = world.contract(agreed("logs", "monthly"), from_on=date(2026, 3, 2), until_on=date(2026, 5, 15))
    generate_work(now=utc(2026, 5, 10, 9, 0))
    assert Schedule.objects.get().next_nominal_on is None
    renew_contract(contract=contract, until_on=date(2026, 12, 31), by=None, now=utc(2026, 5, 11, 9, 0))
    generate_work(now=utc(2026, 7, 10, 9, 0))
    assert nominal_dates() == ["2026-03-02", "2026-04-02", "2026-05-02", "2026-06-02", "2026-07-02"]


def test_amended_plan_sets_other_dates_from_its_day(world: World) -> None:
    make_procedure()
    contract = world.contract(agreed())
    generate_work(now=NOW)
    weekly = builder.plan(now=NOW, procedures=[agreed("daily-check", "weekly", due_time="14:00")])
    amend_contract(contract=contract, from_on=date(2026, 3, 5), plan_version=weekly, by=None, now=NOW)
    generate_work(now=utc(2026, 3, 17, 15, 0))
    assert nominal_dates() == days(2, 3, 4, 9, 16)
    assert WorkOrder.objects.get(nominal_on=date(2026, 3, 9)).due_at == utc(2026, 3, 9, 13, 0)
    schedule = Schedule.objects.get()
    assert (schedule.frequency, schedule.next_nominal_on) == ("weekly", date(2026, 3, 23))


def test_procedure_dropped_by_an_amendment_cancels_what_is_ahead(world: World) -> None:
    make_procedure("weekly", frequency="weekly")
    contract = world.contract(agreed("weekly", "weekly"))
    generate_work(now=utc(2026, 3, 8, 12, 0))
    amend_contract(
        contract=contract,
        from_on=date(2026, 3, 9),
        plan_version=builder.plan(now=NOW),
        by=None,
        now=utc(2026, 3, 8, 13, 0),
    )
    row = WorkOrder.objects.get(nominal_on=date(2026, 3, 9))
    assert (row.status, row.status_reason) == (WorkStatus.CANCELLED, "The plan does not include this work any more.")
    assert Schedule.objects.get().next_nominal_on is None


def test_equipment_taken_off_the_list_ends_its_work(world: World, other_site: Callable[..., tuple]) -> None:
    make_procedure()
    _site, second = other_site(world, "Europe/Amsterdam")
    contract = world.contract(agreed(), assets=[world.asset, second])
    generate_work(now=NOW)
    amend_contract(contract=contract, from_on=date(2026, 3, 4), remove_assets=[second], by=None, now=NOW)
    generate_work(now=utc(2026, 3, 5, 9, 0))
    assert WorkOrder.objects.filter(site=second.site).count() == 2
    assert WorkOrder.objects.filter(site=world.site).count() == 4


def test_site_added_later_gets_its_schedule_without_a_flood(world: World, other_site: Callable[..., tuple]) -> None:
    make_procedure()
    contract = world.contract(agreed())
    site, asset = other_site(world, "Europe/Amsterdam")
    amend_contract(contract=contract, from_on=date(2026, 3, 3), add_assets=[asset], by=None, now=utc(2026, 3, 20, 9, 0))
    generate_work(now=utc(2026, 3, 20, 9, 0))
    assert nominal_dates(site=site) == days(20)


def test_only_kinds_that_the_procedure_applies_to(world: World) -> None:
    make_procedure(applies_to=["server"])
    world.contract(agreed())
    assert not Schedule.objects.exists()


def test_unknown_procedure_gets_its_schedule_once_it_is_loaded(world: World, leaves_faults: None) -> None:
    world.contract(agreed("comes-later"))
    assert not Schedule.objects.exists()


# -- floating ---------------------------------------------------------------------------------


def test_floating_schedule_has_one_open_row(world: World) -> None:
    make_procedure("floats", frequency="monthly")
    world.contract(agreed("floats", "monthly", cadence="floating"))
    assert generate_work(now=NOW)["created"] == 1
    assert generate_work(now=utc(2026, 9, 1, 9, 0))["created"] == 0
    assert nominal_dates() == ["2026-03-02"]
    assert Schedule.objects.get().next_release_at is None


# -- errors -----------------------------------------------------------------------------------


def test_schedule_that_fails_is_set_aside_and_the_rest_goes_on(world: World, leaves_faults: None) -> None:
    make_procedure("broken", published=False)
    make_procedure()
    world.contract(agreed("broken"), agreed())
    assert generate_work(now=NOW) == {"created": 1, "missed": 0, "claimed": 2, "failed": 1}
    aside = Schedule.objects.get(procedure__slug="broken")
    assert (aside.state, aside.error) == (ScheduleState.SET_ASIDE, "The procedure has no published version.")
    assert list(verify.faults()) == [f"Schedule {aside.pk} is set aside: {aside.error}"]


def test_schedule_set_aside_goes_on_where_it_stood_after_repair(world: World) -> None:
    make_procedure("broken", published=False)
    world.contract(agreed("broken"))
    generate_work(now=NOW)
    ProcedureVersion.objects.update(state=VersionState.PUBLISHED)
    later = utc(2026, 3, 4, 9, 0)
    retry_schedule(schedule=Schedule.objects.get(), by=None, now=later)
    assert generate_work(now=later)["created"] == 3
    assert nominal_dates() == days(2, 3, 4)


# -- cost -------------------------------------------------------------------------------------


def test_tick_with_nothing_due_asks_twice(world: World) -> None:
    make_procedure()
    world.contract(agreed())
    generate_work(now=NOW)
    with CaptureQueriesContext(connection) as queries:
        generate_work(now=NOW)
    assert len(queries) == 2


def test_batch_makes_the_same_number_of_queries_for_one_schedule_and_for_many(
    world: World, other_site: Callable[..., tuple]
) -> None:
    make_procedure()
    world.contract(agreed())
    with CaptureQueriesContext(connection) as one:
        generate_work(now=NOW)
    assets = [other_site(world, "Europe/Amsterdam")[1] for _number in range(5)]
    world.contract(agreed(), assets=assets)
    with CaptureQueriesContext(connection) as many:
        assert generate_work(now=NOW)["created"] == 5
    assert len(many) == len(one)
