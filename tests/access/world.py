"""Customer A with one of everything, customer B with its owner, and the VAR: what every address is tried on."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from contracts.actions import add_terms, draft_contract, suspend_contract
from contracts.actions.drafts import Header, new_covers
from contracts.invitations import make_token as membership_token
from contracts.models import (
    Asset,
    CalendarVersion,
    Contact,
    Contract,
    Customer,
    Membership,
    PlanVersion,
    Product,
    Release,
    Vendor,
)
from portal.accounts.actions import create_api_token
from portal.accounts.invitations import make_token
from portal.accounts.models import User
from portal.demo import builder
from portal.files.actions import store_image
from portal.outbox.actions import queue_message
from schedules.actions import (
    Measured,
    add_photo,
    assign_work,
    cancel_work,
    complete_work,
    load_programme,
    record_answer,
    record_change,
    record_readings,
    set_baseline,
    skip_work,
)
from schedules.enums import ScheduleState
from schedules.generation import generate_work
from schedules.models import Backup, ChangeEvent, Procedure, Schedule, WorkOrder
from tests.access.duty import roster
from tests.access.guests import links_of
from tests.access.visits import a_visit, visits_of
from tickets import actions as ticket_actions
from tickets.models import Ticket

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
BEGIN = date(2026, 2, 18)  # the Wednesday on which the contracts' work begins
MARK = "Zephyrine"  # in every name and text of customer A, and nowhere else
FOUND = "Quill"  # beside it, to search for
INTERNAL = "Umbrage"  # in what people of customer A are not to read about themselves
A = f"{MARK} {FOUND}"


@dataclass(frozen=True)
class World:
    people: Mapping[str, User]
    keys: Mapping[str, Any]  # what `@name` stands for in a case: a key, or a number such as WO-12


@dataclass(frozen=True)
class Terms:
    """What contracts of a customer stand on."""

    calendar: CalendarVersion
    plan: PlanVersion


def build() -> World:
    """Everything, as of NOW. Ask once; tries are rolled back."""
    our_own = builder.organisation(now=NOW)
    our_own.logo = store_image(upload=picture("logo"), by=None, now=NOW)
    our_own.save(update_fields=["logo"])
    load_programme(now=NOW - timedelta(days=30))
    builder.calendar(now=NOW, name="Usual hours", is_default=True)
    builder.policy(now=NOW, name="Usual policy", is_default=True)
    people = _staff()
    catalogue = _catalogue()
    keys = {**_configuration(), **catalogue, "colleague": people["colleague"].pk}
    keys |= _customer_a(people, Product.objects.get(pk=catalogue["product"]))
    people["outsider"] = another_customer("Birch")
    keys |= _invited(people, keys["customer"])
    keys |= {f"{name}_user": person.pk for name, person in people.items()} | _of_the_portal(people)
    keys |= roster(people, int(keys["contract"].removeprefix("CT-")), NOW)
    keys |= links_of(Customer.objects.get(pk=keys["customer"]), keys["theirs"], people["owner"], NOW)
    return World(people, keys)


def _invited(people: dict[str, User], customer: int) -> dict[str, Any]:
    """The outsider may act for customer A as soon as he agrees, and A's owner for a third: neither has yet."""
    rows = Membership.everyone
    rows.create(user=people["outsider"], customer_id=customer, role="owner", is_pending=True, created_at=NOW)
    third = builder.customer(now=NOW, name="Cedar")
    asked = rows.create(user=people["owner"], customer=third, role="owner", is_pending=True, created_at=NOW)
    return {"membership_invitation": membership_token(asked, now=NOW)}


def _staff() -> dict[str, User]:
    roles = {"manager": "manager", "dispatcher": "dispatcher", "technician": "technician", "colleague": "technician"}
    return {
        name: builder.staff(now=NOW, role=role, email=f"{name}@var.example", name=name.title())
        for name, role in roles.items()
    }


def _of_the_portal(people: dict[str, User]) -> dict[str, Any]:
    file = store_image(upload=picture(), by=None, now=NOW)
    message = queue_message(to=f"x@{MARK}.example", subject=f"About {A}", text=f"Dear {A}", attachments=[file], now=NOW)
    assert message is not None
    token, _key = create_api_token(user=people["owner"], name=f"{A} key", read_only=False, now=NOW)
    link = make_token(people["colleague"], now=NOW)
    attachment = message.attachments.get().pk
    told = queue_message(
        to=f"y@{MARK}.example", recipient=people["owner"], subject=f"{A} news", text=f"Dear {A}", href="/", now=NOW
    )
    assert told is not None
    return {
        "notification": told.pk,
        "message": message.pk,
        "attachment": attachment,
        "token": token.pk,
        "invitation": link,
    }


def _catalogue() -> dict[str, int]:
    vendor = Vendor.objects.create(name="Vendor")
    product = builder.product(slug="box", name="Box", vendor=vendor, voicemail_capacity_minutes=1000)
    spare = builder.product(slug="spare", name="Spare")
    release = Release.objects.create(product=product, version="1.0")
    return {"vendor": vendor.pk, "product": product.pk, "spare_product": spare.pk, "release": release.pk}


def _configuration() -> dict[str, int]:
    """What nothing else needs, so that it can be archived."""
    policy = builder.policy(now=NOW, name="Spare policy")
    plan = builder.plan(now=NOW, name="Spare plan")
    return {
        "calendar": builder.calendar(now=NOW, name="Spare hours").calendar_id,
        "policy": policy.policy_id,
        "plan": plan.plan_id,
        "procedure": Procedure.objects.get(slug="administration-check").pk,
    }


# -- customer A -------------------------------------------------------------------------------


def _customer_a(people: dict[str, User], product: Product) -> dict[str, Any]:
    customer = builder.customer(now=NOW, name=A, email=f"info@{MARK}.example", notes=INTERNAL)
    members = {role: _member(customer, role) for role in ("owner", "contact", "viewer")}
    people |= members
    _member(customer, "owner", name=f"{A} second owner")
    place = _place(customer, product)
    register = place["register"] | {"customer": customer.pk, "member": members["contact"].memberships.get().pk}
    contracts = _contracts(customer, place)
    work = _work(people, place["asset"])
    visits = visits_of(A, INTERNAL, people, (customer, place["terms"].calendar, product), NOW)
    found = register | contracts | work | visits | _changes(people, place["asset"])
    return found | _tickets(customer, people, place["asset"])


def _member(customer: Customer, role: str, name: str = "") -> User:
    name = name or f"{A} {role}"
    return builder.member(
        now=NOW, customer=customer, role=role, name=name, email=f"{name.replace(' ', '.').lower()}@a.example"
    )


def _place(customer: Customer, product: Product) -> dict[str, Any]:
    calendar = builder.calendar(now=NOW, name=f"{A} hours")
    site = builder.site(customer=customer, calendar=calendar, name=f"{A} office", address=f"{A} street 1")
    empty = builder.site(customer=customer, calendar=calendar, name=f"{A} empty site")
    assets = {
        name: builder.asset(
            site=site, product=product, tag=f"{MARK}-{name}", name=f"{A} {name}", users_count=10, notes=INTERNAL
        )
        for name in ("asset", "spare_asset", "resting_asset")
    }
    contact = Contact.objects.create(customer=customer, site=site, name=f"{A} contact", email=f"c@{MARK}.example")
    keys = {name: asset.pk for name, asset in assets.items()}
    register = {"site": site.pk, "empty_site": empty.pk, "contact": contact.pk, **keys}
    return {"register": register, "terms": _terms(calendar, A), **assets}


def _terms(calendar: CalendarVersion, name: str) -> Terms:
    """A plan whose procedures are done by us, by the customer, and once a month."""
    policy = builder.policy(now=NOW, name=f"{name} policy")
    daily = {"frequency": "daily", "nonworking_day": "skip"}
    procedures = [
        {"procedure_slug": "administration-check", **daily},
        {"procedure_slug": "voicemail-usage", **daily, "performer": "customer"},
        {"procedure_slug": "event-logs", "frequency": "monthly"},
    ]
    plan = builder.plan(now=NOW, name=f"{name} plan", policy_version=policy, procedures=procedures)
    return Terms(calendar, plan)


def _contract(customer: Customer, terms: Terms, asset: Asset, name: str) -> Contract:
    return builder.contract(
        customer=customer,
        plan_version=terms.plan,
        calendar_version=terms.calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        name=name,
        reference=f"{name} reference",
        work_from_on=BEGIN,
        now=datetime(2026, 2, 18, 6, 0, tzinfo=UTC),
    )


def _contracts(customer: Customer, place: dict[str, Any]) -> dict[str, Any]:
    """One in force, one at rest, one that is only drafted (with terms that can be taken away again)."""
    terms: Terms = place["terms"]
    active = _contract(customer, terms, place["asset"], f"{A} contract")
    resting = _contract(customer, terms, place["resting_asset"], f"{A} rest")
    suspend_contract(contract=resting, from_on=BEGIN, until_on=None, reason=f"{A} rests", by=None, now=NOW)
    draft = draft_contract(
        customer=customer,
        header=Header(name=f"{A} draft", reference="", work_from_on=None),
        terms=[_agreed(terms, 2026)],
        covers=new_covers([place["spare_asset"]]),
        by=None,
        now=NOW,
    )
    add_terms(contract=draft, **_agreed(terms, 2027), by=None, now=NOW)
    last = draft.terms.last()
    assert last is not None
    return {
        "contract": active.number,
        "contract_id": active.pk,
        "cover": active.covered_assets.get().pk,
        "resting": resting.number,
        "draft": draft.number,
        "terms": last.pk,
        "plan_a": terms.plan.plan_id,
        "calendar_a": terms.calendar.calendar_id,
        "policy_a": terms.plan.policy_version.policy_id,
    }


def _agreed(terms: Terms, year: int) -> dict[str, Any]:
    return {
        "from_on": date(year, 4, 1),
        "until_on": date(year + 1, 3, 31),
        "plan_version": terms.plan,
        "calendar_version": terms.calendar,
    }


# -- its work ---------------------------------------------------------------------------------


def _days() -> Iterator[date]:
    """The working days from BEGIN until today."""
    day = BEGIN
    while day <= NOW.date():
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def _work(people: dict[str, User], asset: Asset) -> dict[str, Any]:
    """Work of each status: our own by its day, the customer's as `theirs` and `theirs_begun`."""
    tara, owner = people["technician"], people["owner"]
    found: dict[str, Any] = {}
    for day in _days():
        at = datetime(day.year, day.month, day.day, 11, 0, tzinfo=UTC)
        generate_work(now=at)
        ours, theirs = (_order(slug, day) for slug in ("administration-check", "voicemail-usage"))
        found |= _happens(day, ours, asset, tara, at)
        if day == date(2026, 2, 20):
            _answer(theirs, asset, owner, at, "no-mailbox-full", "pass")
            found["theirs_begun"] = theirs.number
    found |= {"due": ours.number, "theirs": theirs.number, "schedule": ours.schedule_id}
    aside = Schedule.objects.get(contract=ours.contract, procedure__slug="event-logs")
    Schedule.objects.filter(pk=aside.pk).update(state=ScheduleState.SET_ASIDE, error=INTERNAL)
    return found | {"aside": aside.pk} | _registers(asset)


def _order(slug: str, day: date) -> WorkOrder:
    return WorkOrder.objects.get(
        procedure_version__procedure__slug=slug, nominal_on=day, contract__name=f"{A} contract"
    )


STEPS = ("devices-connected", "lines-in-service", "no-fault-shown")


def _happens(day: date, order: WorkOrder, asset: Asset, by: User, at: datetime) -> dict[str, Any]:
    """What becomes of our work of that day; of the other days nothing, so they are missed."""
    if day == date(2026, 2, 18):
        _answer_all(order, asset, by, at)
        complete_work(work_order=order, finished_at=at, by=by, now=at)
        return {"done": order.number}
    if day == date(2026, 2, 19):
        skip_work(work_order=order, reason=INTERNAL, by=by, now=at)
        return {"skipped": order.number}
    if day == date(2026, 2, 20):
        _answer_all(order, asset, by, at)
        return {"ready": order.number}
    if day == date(2026, 2, 23):
        return {"begun": order.number, "photo": _begin(order, asset, by, at)}
    if day == date(2026, 2, 24):
        assign_work(work_order=order, assignee=by, by=by, now=at)
    return {"missed": order.number} if day == date(2026, 2, 25) else {}


def _answer(order: WorkOrder, asset: Asset, by: User, at: datetime, step: str, outcome: str) -> None:
    note = f"{A} {INTERNAL}" if by.is_var else A
    record_answer(work_order=order, step_key=step, asset_id=asset.pk, outcome=outcome, note=note, by=by, now=at)


def _answer_all(order: WorkOrder, asset: Asset, by: User, at: datetime) -> None:
    for step in STEPS:
        _answer(order, asset, by, at, step, "pass")


def picture(name: str = MARK) -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    return SimpleUploadedFile(f"{name}.jpg", content.getvalue(), content_type="image/jpeg")


def _begin(order: WorkOrder, asset: Asset, by: User, at: datetime) -> str:
    """A failed step with a photo; returns the photo's UUID."""
    _answer(order, asset, by, at, STEPS[0], "fail")
    photo = add_photo(work_order=order, step_key=STEPS[0], asset_id=asset.pk, upload=picture(), by=by, now=at)
    return str(photo.file.uuid)


def _registers(asset: Asset) -> dict[str, int]:
    measured = [Measured(asset, "voicemail_minutes", 100.0 + day, NOW - timedelta(days=9 - day)) for day in range(3)]
    readings = record_readings(readings=measured, now=NOW)
    backup = Backup.objects.create(asset=asset, taken_at=NOW, location=f"//nas/{INTERNAL}", recorded_at=NOW)
    baseline = set_baseline(asset=asset, metric="jitter_ms", value=9.0, reason=INTERNAL, by=None, now=NOW)
    return {"reading": readings[0].pk, "backup": backup.pk, "baseline": baseline.pk}


def _changes(people: dict[str, User], asset: Asset) -> dict[str, Any]:
    """Two changes; the work of one of them was called off."""
    called_off = _change("ip_change", people["owner"], asset=asset, details={"new_address": "10.9.8.7"})
    event = _change("relocation", people["owner"], site=asset.site, details={"new_address": f"{A} quay 2"})
    mail = _change("server_change", people["owner"], site=asset.site, details={"server": f"{A} mail"})
    firing = called_off.firings.filter(work_order__isnull=False).first()
    assert firing is not None
    assert firing.work_order is not None
    order = cancel_work(work_order=firing.work_order, reason=INTERNAL, by=None, now=NOW)
    opened = mail.firings.get().work_order.number
    return {"change": event.number, "change_id": event.pk, "cancelled": order.number, "opened": opened}


def _change(kind: str, by: User, **values: Any) -> ChangeEvent:
    return record_change(
        kind=kind, occurs_at=NOW + timedelta(days=3), external_id=f"{A}-{kind}", by=by, now=NOW, **values
    )


def _tickets(customer: Customer, people: dict[str, User], asset: Asset) -> dict[str, Any]:
    new, waiting, solved = (_ticket(customer, people["owner"], asset, what) for what in ("new", "waiting", "solved"))
    tara = people["technician"]
    ticket_actions.comment(ticket=new, body=f"{A} {INTERNAL}", is_public=False, by=tara, now=NOW)
    ticket_actions.comment(ticket=new, body=f"{A} asks", by=people["owner"], now=NOW)
    ticket_actions.wait(ticket=waiting, reason="waiting_customer", note=f"{A} should look", by=tara, now=NOW)
    ticket_actions.resolve(ticket=solved, solution=f"{A} is fine", by=tara, now=NOW)
    return {"ticket": new.number, "waiting": waiting.number, "solved": solved.number}


def _ticket(customer: Customer, by: User, asset: Asset, what: str) -> Ticket:
    return ticket_actions.open_ticket(
        customer=customer,
        asset=asset,
        summary=f"{A} {what}",
        description=f"{A} cannot call",
        impact="individual",
        urgency="medium",
        by=by,
        now=NOW - timedelta(hours=1),
    )


# -- other customers --------------------------------------------------------------------------


def another_customer(name: str) -> User:
    """A customer with one of everything that lists show, and what set-up shows; returns its owner."""
    customer = builder.customer(now=NOW, name=f"{name} Logistics")
    owner = builder.member(now=NOW, customer=customer, name=f"{name} owner", email=f"owner@{name.lower()}.example")
    product = builder.product(slug="box")
    calendar = builder.calendar(now=NOW, name=f"{name} hours")
    site = builder.site(customer=customer, calendar=calendar, name=f"{name} depot")
    asset = builder.asset(site=site, product=product, tag=f"{name}-PBX", name=f"{name} box", users_count=10)
    _contract(customer, _terms(calendar, name), asset, f"{name} contract")
    generate_work(now=NOW)
    Contact.objects.create(customer=customer, site=site, name=f"{name} contact")
    record_readings(readings=[Measured(asset, "voicemail_minutes", 10.0, NOW)], now=NOW)
    Backup.objects.create(asset=asset, taken_at=NOW, location="//nas/other", recorded_at=NOW)
    record_change(kind="subnet_change", site=site, occurs_at=NOW, details={}, by=owner, now=NOW)
    ticket_actions.open_ticket(
        customer=customer, asset=asset, summary=f"{name} new", impact="large", urgency="high", by=owner, now=NOW
    )
    a_visit(site, asset, name, NOW)
    _more_set_up(name)
    return owner


def _more_set_up(name: str) -> None:
    vendor = Vendor.objects.create(name=f"{name} maker")
    product = builder.product(slug=f"{name.lower()}-box", name=f"{name} box", vendor=vendor)
    Release.objects.create(product=product, version="1.0")
    builder.staff(now=NOW, role="technician", name=f"{name} colleague", email=f"{name.lower()}@var.example")
    queue_message(to=f"owner@{name.lower()}.example", subject=name, text=name, now=NOW)
