"""What is planned ahead in the demo: renewals, the duty roster, absences, a resident's hours, a probe's readings."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from contracts.actions import add_absence, add_presence, add_shift, renew_contract
from contracts.models import Contract
from portal.demo.measures import figure
from portal.demo.timeline import Timeline
from portal.demo.world import World
from schedules.actions import Measured, record_readings
from schedules.enums import Metric

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
RENEWED_AHEAD = timedelta(days=20)
ROSTER_WEEKS = 5  # from the week of the last day on
HOLE = 2  # the week whose weekend nobody has taken yet
ZONE = ZoneInfo("Europe/Amsterdam")
PROBED = (Metric.CALL_QUALITY_MOS, Metric.NETWORK_UTILISATION)


class Agenda:
    def __init__(self, world: World, timeline: Timeline, rng: Random) -> None:
        self.world = world
        self.time = timeline
        self.rng = rng

    def plan(self) -> None:
        self._plan_renewals()
        self._plan_duty()
        self._plan_presence()
        weeks = (self.time.last - self.time.first) // WEEK
        for number in range(weeks):
            self.time.at(self.time.first + number * WEEK + timedelta(hours=3), self._probe)

    # -- contracts ----------------------------------------------------------------------------

    def _plan_renewals(self) -> None:
        for agreement, contract in self.world.contracts:
            if agreement.renewed:
                ends_on = contract.terms.get().until_on
                ends_at = datetime.combine(ends_on, time(9), ZONE)
                self.time.at(max(ends_at - RENEWED_AHEAD, self.time.first), partial(self._renew, contract))

    def _renew(self, contract: Contract, now: datetime) -> None:
        until_on = contract.terms.get().until_on + timedelta(days=365)
        renew_contract(contract=contract, until_on=until_on, by=self.world.manager, now=now)

    # -- people -------------------------------------------------------------------------------

    def _plan_duty(self) -> None:
        """A week each in turn, from Monday to Monday; in the week of the hole until Friday, with an absence in it."""
        this_week = _monday(self.time.last)
        monday, number = _monday(self.time.first), 0
        while monday < this_week + ROSTER_WEEKS * WEEK:
            ends = monday + (4 * DAY if monday == this_week + HOLE * WEEK else WEEK)
            person = self.world.technicians[number % len(self.world.technicians)]
            add_shift(user=person, starts_at=monday, ends_at=ends, phone="+31 20 555 0100", now=self.time.first)
            if monday == this_week + HOLE * WEEK:
                away = self.world.technicians[(number + 1) % len(self.world.technicians)]
                self.time.at(self.time.last - DAY, lambda at, who=away, day=monday: _be_away(who, day, at))  # type: ignore[misc]
            monday, number = monday + WEEK, number + 1

    def _plan_presence(self) -> None:
        site = self.world.systems["NWK"].site
        contract = next(row for agreement, row in self.world.contracts if "NWK" in agreement.codes)
        for weekday in range(5):
            add_presence(
                contract=contract,
                site=site,
                user=self.world.technician_of(site.customer_id),
                weekday=weekday,
                starts=time(8),
                ends=time(16),
                from_on=self.time.first.date(),
            )

    # -- figures ------------------------------------------------------------------------------

    def _probe(self, now: datetime) -> None:
        """Once a week a probe sends what it measured at each site."""
        passed = (now - self.time.first) / (self.time.last - self.time.first)
        readings = [
            Measured(
                asset,
                metric,
                figure(asset.tag, metric, users=asset.users_count, at=now, passed=passed, rng=self.rng),
                now,
            )
            for asset in self.world.systems.values()
            for metric in PROBED
        ]
        record_readings(readings=readings, now=now)


def _be_away(person: object, monday: datetime, now: datetime) -> None:
    add_absence(user=person, starts_at=monday + 2 * DAY, ends_at=monday + 5 * DAY, reason="Holiday", now=now)  # type: ignore[arg-type]


def _monday(at: datetime) -> datetime:
    """Eight in the morning of that week's Monday."""
    on = at.astimezone(ZONE).date()
    return datetime.combine(on - on.weekday() * DAY, time(8), ZONE)
