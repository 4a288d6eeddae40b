"""Plays the demo's days: the engine generates, people answer, tickets and changes come in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random

from contracts.actions import settle_contracts
from contracts.enums import Frequency, Performer
from portal.accounts.models import User
from portal.demo.agenda import Agenda
from portal.demo.answers import BEFORE_THE_CHANGE, Answering
from portal.demo.changes import CHANGES, Change, report
from portal.demo.incidents import (
    ROUTINE,
    ROUTINE_EVERY_DAYS,
    STORIES,
    Move,
    Story,
    open_story,
    resolve,
    take,
)
from portal.demo.timeline import Timeline
from portal.demo.visits import Visiting
from portal.demo.world import World
from schedules.actions import assign_work, tell_missed_tasks
from schedules.generation import generate_work
from schedules.models import WorkOrder
from tickets.actions import raise_alerts
from tickets.models import Ticket

# When work is generated, by UTC: after midnight in New York, before work begins in Amsterdam and Tehran.
TICK = timedelta(hours=5, minutes=10)
ALERTS = timedelta(hours=14)
DAY = timedelta(days=1)
DELAYED = 0.06  # share of weekly and longer work
FORGOTTEN = 0.015  # share of daily and weekly checks that nobody does
LEFT_OPEN = timedelta(hours=5)  # what falls due this close to the end is still to be done
HANDED_OUT = timedelta(days=3)  # daily checks are given to somebody by name only lately; whoever looks does them
NEGLECTED = 3  # daily checks that the customer has missed in a row at the end


class History:
    """Repeatable from the seed."""

    def __init__(self, world: World, *, first: datetime, last: datetime, seed: int) -> None:
        self.world = world
        self.last = last
        self.rng = Random(seed)  # noqa: S311 - a demo's dice, no secret
        self.time = Timeline(first=first, last=last)
        self.answering = Answering(self.rng, first=first, last=last, on_ticket=self._repair)
        self.visiting = Visiting(world, self.time, self.answering)

    def play(self) -> None:
        Agenda(self.world, self.time, self.rng).plan()
        self.visiting.plan()
        self._plan_incidents()
        self.time.at(self.time.first, self._tick)
        midnight = self.time.first.replace(hour=0, minute=0, second=0)
        for number in range((self.last - midnight).days + 1):
            self.time.at(midnight + number * DAY + TICK, self._tick)
            self.time.at(midnight + number * DAY + ALERTS, self._alert)
        self.time.run()
        self._tick(self.last)
        self._alert(self.last)

    def _plan_incidents(self) -> None:
        for story in STORIES:
            self.time.at(self.last - timedelta(days=story.days_ago), partial(self._ticket, story))
        for number in range(1, (self.last - self.time.first).days // ROUTINE_EVERY_DAYS):
            self._plan_routine(self.last - number * ROUTINE_EVERY_DAYS * DAY)
        for change in CHANGES:
            site = self.world.systems[change.code].site
            occurs_at = self.world.worked_last(site, self.last - timedelta(days=change.days_ago))
            told_at = occurs_at - change.announced
            ahead = told_at < occurs_at
            self.time.at(
                self.world.working(site, told_at) if ahead else told_at, partial(self._change, change, occurs_at)
            )

    def _plan_routine(self, when: datetime) -> None:
        code = self.rng.choice([code for code in self.world.systems if code != "ZWO"])  # its contract has ended
        when = self.world.working(self.world.systems[code].site, when)
        self.time.at(when, partial(self._ticket, Story(0, code, *self.rng.choice(ROUTINE))))

    # -- what the portal does by itself -------------------------------------------------------

    def _tick(self, now: datetime) -> None:
        generate_work(now=now)
        settle_contracts(now=now)
        fresh = WorkOrder.objects.open().filter(created_at=now, schedule__isnull=False)
        for order in fresh.select_related("schedule", "site", "procedure_version__procedure", "contract"):
            self._plan(order, now)

    def _alert(self, now: datetime) -> None:
        raise_alerts(now=now)
        tell_missed_tasks(now=now)

    # -- what people do -----------------------------------------------------------------------

    def _plan(self, order: WorkOrder, now: datetime) -> None:
        assert order.schedule is not None
        if order.performer == Performer.CUSTOMER:
            if not self._is_neglected(order):
                self._plan_answers(order, self.world.owners[order.site.customer_id], now)
            return
        technician = self.world.technician_of(order.site.customer_id)
        if order.schedule.frequency != Frequency.DAILY or order.due_at > self.last - HANDED_OUT:
            assign_work(work_order=order, assignee=technician, by=self.world.dispatcher, now=now)
        if not self._is_forgotten(order):
            self._plan_answers(order, technician, now)

    def _plan_answers(self, order: WorkOrder, by: User, now: datetime) -> None:
        wanted = order.due_at + timedelta(minutes=self.rng.randint(-60, 60)) + self._delay(order)
        when = self.world.working(order.site, max(wanted, now, order.window_opens_at))
        if when <= self.last - LEFT_OPEN:
            self.time.at(when, partial(self._do, order, by))
        elif wanted <= self.last and self.rng.random() < 0.3:
            self.time.at(when, lambda at: self.answering.steps(order, by=by, at=at, at_most=1))

    def _is_forgotten(self, order: WorkOrder) -> bool:
        frequent = order.schedule is not None and order.schedule.frequency in {Frequency.DAILY, Frequency.WEEKLY}
        return frequent and self.rng.random() < FORGOTTEN

    def _is_neglected(self, order: WorkOrder) -> bool:
        """The customer's last checks before the newest one that fell due: missed, one after the other."""
        calendar, due_at, found = self.world.hours[order.site.pk], order.due_at, 0
        while due_at <= self.last and found <= NEGLECTED:
            due_at += DAY
            found += calendar.is_open(due_at)
        return found <= NEGLECTED

    def _delay(self, order: WorkOrder) -> timedelta:
        """Now and then weekly and longer work is done some days late."""
        daily = order.schedule is not None and order.schedule.frequency == Frequency.DAILY
        late = not daily and self.rng.random() < DELAYED
        return timedelta(days=self.rng.randint(3, 5)) if late else timedelta(0)

    def _do(self, order: WorkOrder, by: User, at: datetime) -> None:
        order.refresh_from_db(fields=["status", "started_at"])
        if order.is_open:
            self.answering.whole(order, by=by, at=at)

    # -- changes ------------------------------------------------------------------------------

    def _change(self, change: Change, occurs_at: datetime, now: datetime) -> None:
        event = report(self.world, change, occurs_at, now)
        rows = WorkOrder.objects.filter(firing__event=event).select_related("site", "schedule", "contract", "firing")
        for order in rows.select_related("procedure_version__procedure", "firing__event"):
            technician = self.world.technician_of(order.site.customer_id)
            assign_work(work_order=order, assignee=technician, by=self.world.dispatcher, now=now)
            if not change.left_open:
                self._plan_change_work(order, technician, now)

    def _plan_change_work(self, order: WorkOrder, by: User, now: datetime) -> None:
        """In office hours: before the change what belongs there, the rest some hours after it, or a day."""
        occurs_at = order.firing.event.occurs_at
        if order.firing.follow_up_day:
            when = max(order.due_at - timedelta(hours=4), now)
        else:
            self._plan_before(order, by, now)
            when = max(now, occurs_at) + timedelta(hours=3)
        self.time.at(self.world.working(order.site, when), partial(self._do, order, by))

    def _plan_before(self, order: WorkOrder, by: User, now: datetime) -> None:
        early = max(now, order.firing.event.occurs_at - timedelta(hours=2))
        if not order.before_impossible and early < self.last - DAY:
            self.time.at(early, lambda at: self.answering.steps(order, by=by, at=at, phases=BEFORE_THE_CHANGE))

    # -- tickets ------------------------------------------------------------------------------

    def _repair(self, ticket: Ticket, at: datetime) -> None:
        """Who found the fault mends it within the day or two."""
        by = self.world.technician_of(ticket.customer_id)
        self._move(ticket, take, by, at + timedelta(minutes=20))
        assert ticket.site is not None
        mended = self.world.working(ticket.site, at + timedelta(hours=self.rng.randint(2, 30)))
        self._move(ticket, resolve, by, mended)

    def _move(self, ticket: Ticket, move: Move, by: User, when: datetime) -> None:
        self.time.at(when, lambda at: move(Ticket.objects.get(pk=ticket.pk), by, at))

    def _ticket(self, story: Story, now: datetime) -> None:
        ticket = open_story(self.world, story, now)
        by = self.world.technician_of(ticket.customer_id)
        for minutes, move in story.moves:
            self._move(ticket, move, by, now + timedelta(minutes=minutes))
        for minutes in (31, 245):  # the clocks of urgent ones
            self.time.at(now + timedelta(minutes=minutes), lambda at: raise_alerts(now=at))
