"""Visits of customer A in each state, at a branch of their own so that they take no other case's work."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from contracts.models import Asset, CalendarVersion, Customer, Product, Site
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import (
    cancel_visit,
    enter_part,
    enter_time,
    record_answer,
    record_change,
    sign_off,
    start_visit,
)
from schedules.checklist import checklist_of
from schedules.models import Visit, WorkOrder
from tests.access.reports import links_to
from tickets.actions import open_ticket
from tickets.models import Ticket

HOUR = timedelta(hours=1)


def visits_of(
    name: str,
    internal: str,
    people: Mapping[str, User],
    place: tuple[Customer, CalendarVersion, Product],
    now: datetime,
) -> dict[str, Any]:
    """The keys of the visits, and of what they hold or could hold."""
    customer, calendar, product = place
    site = builder.site(customer=customer, calendar=calendar, name=f"{name} branch", address=f"{name} street 2")
    asset = builder.asset(site=site, product=product, tag=f"{name.split()[0]}-branch", name=f"{name} branch box")
    tara, colleague = people["technician"], people["colleague"]
    common = {"site": site, "note": internal, "by": people["dispatcher"]}
    signed = _signed(builder.visit(technician=tara, now=now - 48 * HOUR, **common), at=now - 46 * HOUR)
    off = builder.visit(technician=tara, now=now - 24 * HOUR, **common)
    off = cancel_visit(visit=off, reason=internal, by=people["dispatcher"], now=now - 24 * HOUR)
    begun = _begun(builder.visit(technician=tara, now=now - 3 * HOUR, **common), at=now - HOUR)
    ready = _begun(builder.visit(technician=colleague, now=now - 3 * HOUR, **common), at=now - HOUR)
    _answer_all(ready, at=now)
    held_work, free_work = _work(site, asset, name, now)
    held_ticket, free_ticket = (_ticket(site, f"{name} {what}", now) for what in ("hum", "crackle"))
    common |= {"starts_at": now + 3 * HOUR, "work_orders": [held_work], "tickets": [held_ticket]}
    planned = builder.visit(technician=tara, now=now, **common)
    time = enter_time(source=planned, minutes=30, note=internal, by=tara, now=now)
    part = enter_part(source=planned, name=f"{name} handset", asset=asset, by=tara, now=now)
    return {
        "branch": site.pk,
        "visit": planned.number,
        "visit_id": planned.pk,
        "visit_begun": begun.number,
        "visit_ready": ready.number,
        "visit_signed": signed.number,
        "visit_cancelled": off.number,
        "held_work": held_work.pk,
        "held_work_number": held_work.number,
        "free_work": free_work.pk,
        "held_ticket": held_ticket.pk,
        "held_ticket_number": held_ticket.number,
        "free_ticket": free_ticket.pk,
        "time_entry": time.pk,
        "part_used": part.pk,
        **links_to(planned, signed, tara, now),
    }


def a_visit(site: Site, asset: Asset, name: str, now: datetime) -> Visit:
    """One of everything that lists of visits show, for another customer."""
    tech = builder.staff(now=now, role="technician", name=f"{name} visitor", email=f"visitor@{name.lower()}.example")
    visit = builder.visit(site=site, technician=tech, now=now)
    enter_time(source=visit, minutes=30, by=tech, now=now)
    enter_part(source=visit, name="Handset", asset=asset, by=tech, now=now)
    return visit


def drawn() -> str:
    """A signature as the API takes it."""
    upload = builder.sign().upload
    assert upload is not None
    return base64.b64encode(upload.read()).decode()


def _begun(visit: Visit, *, at: datetime) -> Visit:
    return start_visit(visit=visit, by=visit.technician, now=at)


def _signed(visit: Visit, *, at: datetime) -> Visit:
    visit = _begun(visit, at=at)
    _answer_all(visit, at=at)
    values = {"technician": builder.sign("Tara"), "customer": builder.sign("Carla"), "carry_over": {}}
    return sign_off(visit=visit, finished_at=at, by=visit.technician, now=at, **values)  # type: ignore[arg-type]


def _answer_all(visit: Visit, *, at: datetime) -> None:
    orders = WorkOrder.objects.select_related("site", "procedure_version__procedure").filter(visit_work__visit=visit)
    for order in orders:
        for item in checklist_of(order, now=at).steps:
            given: dict[str, Any] = {"outcome": "pass", "text": "//nas/1" if item.step.kind == "backup" else ""}
            asset_id = item.asset.pk if item.asset else None
            record_answer(work_order=order, step_key=item.key, asset_id=asset_id, by=visit.technician, now=at, **given)


def _work(site: Site, asset: Asset, name: str, now: datetime) -> list[WorkOrder]:
    """Two open work orders of the branch, due in some days."""
    later = now + timedelta(days=3)
    events = [
        record_change(kind="subnet_change", site=site, occurs_at=later, external_id=f"{name}-s", by=None, now=now),
        record_change(
            kind="ip_change",
            asset=asset,
            details={"new_address": "10.9.8.9"},
            occurs_at=later,
            external_id=f"{name}-i",
            by=None,
            now=now,
        ),
    ]
    return [WorkOrder.objects.filter(firing__event=event).order_by("pk")[0] for event in events]


def _ticket(site: Site, summary: str, now: datetime) -> Ticket:
    return open_ticket(
        customer=site.customer, site=site, summary=summary, impact="individual", urgency="low", by=None, now=now
    )
