"""The demo's visits: planned, confirmed, done and signed through the year; one today, one that waits for a yes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from contracts.enums import TimeKind
from contracts.models import Site
from portal.accounts.models import User
from portal.demo import builder
from portal.demo.answers import Answering
from portal.demo.timeline import Timeline
from portal.demo.world import World
from schedules.actions import Sign, confirm_visit, enter_part, enter_time, plan_visit, sign_off, start_visit
from schedules.enums import ItemOutcome, SignatureOutcome
from schedules.models import Visit, WorkOrder
from tickets.actions import resolve
from tickets.models import Ticket

DAY = timedelta(days=1)
EVERY = timedelta(days=58)
PLANNED_AHEAD = timedelta(days=12)
LASTS = timedelta(hours=3)
ARRIVES = time(9, 10)
STEP = timedelta(minutes=14)  # from one work order to the next
PARTS = ("Handset cord", "Power supply for a desk phone", "Headset", "Patch cable, 2 m")
WITHOUT_VISITS = {"ZWO"}  # on call only
TODAY, NEXT_WEEK = "HLM", "GRN"
WITHOUT_SIGNATURE = {
    SignatureOutcome.REFUSED: "Wants to read the report first.",
    SignatureOutcome.ABSENT: "Had left for another appointment.",
}


class Visiting:
    def __init__(self, world: World, timeline: Timeline, answering: Answering) -> None:
        self.world = world
        self.time = timeline
        self.answering = answering
        self._taken: set[tuple[int, date]] = set()
        self._number = 0

    def plan(self) -> None:
        """Each site every other month, the sites one after the other."""
        codes = [code for code in self.world.systems if code not in WITHOUT_VISITS]
        for place, code in enumerate(codes):
            wanted = self.time.first + PLANNED_AHEAD + DAY + place * (EVERY / len(codes))
            while wanted < self.time.last - 2 * DAY:
                self._plan_at(self.world.systems[code].site, wanted)
                wanted += EVERY
        self._plan_today()
        self._plan_next_week()

    def _plan_at(self, site: Site, wanted: datetime) -> None:
        starts_at = self._free_morning(site, wanted)
        if starts_at + LASTS < self.time.last - DAY and not self._falls_out(starts_at):
            self.time.at(starts_at - PLANNED_AHEAD, partial(self._arrange, site, starts_at))

    def _falls_out(self, starts_at: datetime) -> bool:
        """Nobody plans it, or goes there, while the portal is off."""
        return any(self.time.off_from <= at < self.time.on_again for at in (starts_at, starts_at - PLANNED_AHEAD))

    def _free_morning(self, site: Site, wanted: datetime) -> datetime:
        """On a working day there on which the technician has no other visit."""
        on, calendar = wanted.date(), self.world.hours[site.pk]
        technician = self.world.technician_of(site.customer_id)
        while not calendar.is_working_day(on) or (technician.pk, on) in self._taken:
            on += DAY
        self._taken.add((technician.pk, on))
        return datetime.combine(on, ARRIVES, ZoneInfo(site.timezone))

    # -- one that is done ---------------------------------------------------------------------

    def _arrange(self, site: Site, starts_at: datetime, now: datetime) -> None:
        technician = self.world.technician_of(site.customer_id)
        visit = self._make(site, technician, starts_at, now)
        self._number += 1
        if self._number % 4:
            self.time.at(now + 3 * DAY, partial(self._confirm, visit))
        self.time.at(starts_at, partial(self._arrive, visit, self._number))

    def _make(self, site: Site, technician: User, starts_at: datetime, now: datetime) -> Visit:
        return plan_visit(
            site=site,
            technician=technician,
            starts_at=starts_at,
            ends_at=starts_at + LASTS,
            tickets=Ticket.objects.open().filter(site=site, visit_items=None)[:2],
            by=self.world.dispatcher,
            now=now,
        )

    def _confirm(self, visit: Visit, now: datetime) -> None:
        confirm_visit(visit=visit, by=self.world.owners[visit.site.customer_id], now=now)

    def _arrive(self, visit: Visit, number: int, now: datetime) -> None:
        start_visit(visit=visit, by=visit.technician, now=now)
        items = visit.work.filter(outcome=ItemOutcome.PENDING).order_by("-is_opening", "position")
        related = ("work_order__site", "work_order__schedule", "work_order__procedure_version__procedure")
        for place, item in enumerate(items.select_related(*related), start=1):
            if item.is_opening or (number + place) % 5:  # the rest is carried over
                self.time.at(now + place * STEP, partial(self._work, item.work_order, visit.technician))
        self.time.at(now + LASTS, partial(self._leave, visit, number))

    def _work(self, order: WorkOrder, by: User, now: datetime) -> None:
        order.refresh_from_db(fields=["status", "started_at"])
        if order.is_open:
            self.answering.whole(order, by=by, at=now)

    def _leave(self, visit: Visit, number: int, now: datetime) -> None:
        self._enter_services(visit, number, now)
        tickets = list(Ticket.objects.open().filter(visit_items__visit=visit, visit_items__outcome=ItemOutcome.PENDING))
        for ticket in tickets[::2]:
            resolve(ticket=ticket, solution="Repaired on site and tried together.", by=visit.technician, now=now)
        pending = visit.work.filter(outcome=ItemOutcome.PENDING, is_opening=False)
        left = WorkOrder.objects.open().filter(pk__in=pending.values("work_order"))
        sign_off(
            visit=visit,
            finished_at=now,
            carry_over={order.pk: "The room was locked; done at the next visit." for order in left},
            carry_over_tickets={ticket.pk: "Waits for a part that is ordered." for ticket in tickets[1::2]},
            technician=builder.sign(visit.technician.name),
            customer=self._customer_sign(visit, number),
            by=visit.technician,
            now=now,
        )

    def _customer_sign(self, visit: Visit, number: int) -> Sign:
        for every, outcome in ((11, SignatureOutcome.REFUSED), (7, SignatureOutcome.ABSENT)):
            if number % every == 0:
                return Sign(outcome=outcome, reason=WITHOUT_SIGNATURE[outcome])
        return builder.sign(self.world.owners[visit.site.customer_id].name)

    def _enter_services(self, visit: Visit, number: int, now: datetime) -> None:
        common: dict[str, Any] = {"source": visit, "by": visit.technician, "now": now}
        enter_time(minutes=100 + 5 * (number % 9), **common)
        enter_time(minutes=25 + 10 * (number % 4), kind=TimeKind.TRAVEL, **common)
        if number % 3 == 0:
            enter_part(name=PARTS[number % len(PARTS)], quantity=1 + number % 2, **common)

    # -- those that lie ahead -----------------------------------------------------------------

    def _plan_today(self) -> None:
        """For the technician whose account everybody tries, at an hour that lies ahead if the day has one."""
        site, technician = self.world.systems[TODAY].site, self.world.technicians[0]
        local = self.time.last.astimezone(ZoneInfo(site.timezone))
        hour = min(max(local.hour + 1, 14), 21)
        starts_at = local.replace(hour=hour, minute=0, second=0)
        made_at = max(self.time.last - 3 * DAY, self.time.first)
        self.time.at(made_at, lambda at: self._confirm(self._make(site, technician, starts_at, at), at))

    def _plan_next_week(self) -> None:
        site, technician = self.world.systems[NEXT_WEEK].site, self.world.technicians[2]
        starts_at = self._free_morning(site, self.time.last + 7 * DAY)
        made_at = max(self.time.last - DAY, self.time.first)
        self.time.at(made_at, lambda at: self._make(site, technician, starts_at, at))
