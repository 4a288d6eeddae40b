"""Plays the demo's days: the engine generates, people answer, tickets and changes come in between."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from contracts.actions import settle_contracts
from contracts.enums import Frequency
from portal.accounts.models import User
from portal.demo.answers import BEFORE_THE_CHANGE, Answering
from portal.demo.incidents import CHANGES, STORIES, Change, Move, Story, open_story, resolve, take
from portal.demo.world import World
from schedules.actions import assign_work, record_change
from schedules.enums import ChangeSource
from schedules.generation import generate_work
from schedules.models import WorkOrder
from tickets.actions import raise_alerts
from tickets.models import Ticket

TICK = timedelta(hours=4)
DELAYED = 0.06  # share of weekly and longer work
FORGOTTEN = 0.02  # share of daily and weekly checks that nobody does
LEFT_OPEN = timedelta(hours=5)  # what falls due this close to the end is still to be done


class History:
    """A queue of what happens when; each entry is a function of its instant. Repeatable from the seed."""

    def __init__(self, world: World, *, first: datetime, last: datetime, seed: int) -> None:
        self.world = world
        self.first = first
        self.last = last
        self.rng = Random(seed)  # noqa: S311 - a demo's dice, no secret
        self.answering = Answering(self.rng, first=first, last=last, on_ticket=self._repair)
        self._queue: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._order = count()
        self._known: set[int] = set()

    def at(self, when: datetime, happen: Callable[[datetime], object]) -> None:
        """Let it happen then; what would lie outside the demo's days does not happen."""
        if self.first <= when <= self.last:
            heapq.heappush(self._queue, (when, next(self._order), happen))

    def play(self) -> None:
        for story in STORIES:
            self.at(self.last - timedelta(days=story.days_ago), partial(self._ticket, story))
        for change in CHANGES:
            occurs_at = self.last - timedelta(days=change.days_ago)
            self.at(occurs_at - change.announced, partial(self._change, change, occurs_at))
        self.at(self.first, self._tick)
        while self._queue:
            now, _, happen = heapq.heappop(self._queue)
            happen(now)
        self._look(self.last)

    # -- what the portal does by itself -------------------------------------------------------

    def _tick(self, now: datetime) -> None:
        self._look(now)
        self.at(now + TICK, self._tick)

    def _look(self, now: datetime) -> None:
        generate_work(now=now)
        settle_contracts(now=now)
        raise_alerts(now=now)
        fresh = WorkOrder.objects.open().filter(due_at__lt=now + 2 * TICK).exclude(pk__in=self._known)
        for order in fresh.select_related("schedule", "site", "procedure_version__procedure", "contract"):
            self._known.add(order.pk)
            self._plan(order, now)

    # -- what people do -----------------------------------------------------------------------

    def _technician(self, order: WorkOrder) -> User:
        """Each customer has its own technician."""
        return self.world.technicians[order.site.customer_id % len(self.world.technicians)]

    def _plan(self, order: WorkOrder, now: datetime) -> None:
        assign_work(work_order=order, assignee=self._technician(order), by=self.world.dispatcher, now=now)
        if order.schedule is None:
            self._plan_change_work(order, now)
        elif not self._is_forgotten(order):
            wanted = order.due_at + timedelta(minutes=self.rng.randint(-75, 60)) + self._delay(order)
            when = max(wanted, now, order.window_opens_at)
            if when <= self.last - LEFT_OPEN:
                self.at(when, lambda at: self._do(order, at))
            elif wanted <= self.last and self.rng.random() < 0.3:
                self.at(when, lambda at: self.answering.steps(order, by=self._technician(order), at=at, at_most=1))

    def _is_forgotten(self, order: WorkOrder) -> bool:
        frequent = order.schedule is not None and order.schedule.frequency in {Frequency.DAILY, Frequency.WEEKLY}
        return frequent and self.rng.random() < FORGOTTEN

    def _delay(self, order: WorkOrder) -> timedelta:
        """Now and then weekly and longer work is done some days late."""
        daily = order.schedule is not None and order.schedule.frequency == Frequency.DAILY
        late = not daily and self.rng.random() < DELAYED
        return timedelta(days=self.rng.randint(3, 5)) if late else timedelta(0)

    def _plan_change_work(self, order: WorkOrder, now: datetime) -> None:
        """Before the change what belongs there, the rest some hours after it."""
        firing = order.firing
        if firing.follow_up_day:
            self.at(max(order.due_at, now), lambda at: self._do(order, at))
            return
        occurs_at = firing.event.occurs_at
        by = self._technician(order)
        if not order.before_impossible:
            early = max(now, occurs_at - timedelta(hours=2))
            self.at(early, lambda at: self.answering.steps(order, by=by, at=at, phases=BEFORE_THE_CHANGE))
        self.at(max(now, occurs_at) + timedelta(hours=3), lambda at: self._do(order, at))

    def _do(self, order: WorkOrder, at: datetime) -> None:
        order.refresh_from_db()
        if order.is_open:
            self.answering.whole(order, by=self._technician(order), at=at)

    # -- what happens to them -----------------------------------------------------------------

    def _repair(self, ticket: Ticket, at: datetime) -> None:
        """Who found the fault mends it within the day or two."""
        by = self.world.technicians[ticket.customer_id % len(self.world.technicians)]
        self._move(ticket, take, by, at + timedelta(minutes=20))
        self._move(ticket, resolve, by, at + timedelta(hours=self.rng.randint(2, 30)))

    def _move(self, ticket: Ticket, move: Move, by: User, when: datetime) -> None:
        self.at(when, lambda at: move(Ticket.objects.get(pk=ticket.pk), by, at))

    def _ticket(self, story: Story, now: datetime) -> None:
        ticket = open_story(self.world, story, now)
        by = self.world.technicians[ticket.customer_id % len(self.world.technicians)]
        for minutes, move in story.moves:
            self._move(ticket, move, by, now + timedelta(minutes=minutes))

    def _change(self, change: Change, occurs_at: datetime, now: datetime) -> None:
        system = self.world.systems[change.system]
        event = record_change(
            kind=change.kind,
            site=None if change.on_asset else system.site,
            asset=system if change.on_asset else None,
            occurs_at=occurs_at,
            details=change.details,
            source=ChangeSource.CUSTOMER,
            by=self.world.owners[system.site.customer_id],
            now=now,
        )
        for order in WorkOrder.objects.filter(firing__event=event, firing__follow_up_day=0).select_related("site"):
            self._known.add(order.pk)
            self._plan(order, now)
