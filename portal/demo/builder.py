"""Makes the rows that the demo and the tests live on, through the same actions that people use.

Every function takes what matters and fills in the rest; `now` and dates are the caller's.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from contracts.actions import activate_contract
from contracts.enums import CustomerRole, Decision, Performer, ProductKind, ServiceMode, TargetClock, WorkKind
from contracts.models import (
    Asset,
    BusinessCalendar,
    CalendarVersion,
    Contract,
    ContractTerms,
    CoveredAsset,
    Customer,
    Membership,
    Plan,
    PlanVersion,
    Product,
    Site,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
)
from portal.accounts.enums import StaffRole
from portal.accounts.models import Organisation, User
from schedules.actions import Sign, plan_visit
from schedules.models import Visit

_numbers = count(1)

NINE_TO_FIVE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
# First response per severity: minutes or business days, and the clock they run on (requirements, section 5).
RESPONSES: dict[str, dict[str, Any]] = {
    "S1": {"response_minutes": 15, "response_clock": TargetClock.AROUND_THE_CLOCK},
    "S2": {"response_minutes": 30, "response_clock": TargetClock.AROUND_THE_CLOCK},
    "S3": {"response_business_days": 1, "response_clock": TargetClock.CALENDAR},
    "S4": {"response_business_days": 3, "response_clock": TargetClock.CALENDAR},
}
# The builder's own choice of resolution targets; S4 has none.
RESOLUTIONS: dict[str, dict[str, Any]] = {
    "S1": {"resolution_minutes": 240, "resolution_clock": TargetClock.AROUND_THE_CLOCK},
    "S2": {"resolution_minutes": 480, "resolution_clock": TargetClock.AROUND_THE_CLOCK},
    "S3": {"resolution_business_days": 5, "resolution_clock": TargetClock.CALENDAR},
    "S4": {},
}


def organisation(*, now: datetime, name: str = "Test Telecom", timezone: str = "Europe/Amsterdam") -> Organisation:
    return Organisation.objects.get_or_create(pk=1, defaults={"name": name, "timezone": timezone, "created_at": now})[0]


def user(*, now: datetime, email: str, name: str, role: str = "", password: str = "", timezone: str = "UTC") -> User:
    """A person who can sign in; `role` is a staff role of the VAR or empty."""
    person = User(email=email, name=name, staff_role=role, timezone=timezone, created_at=now)
    if password:
        person.set_password(password)
    else:
        person.set_unusable_password()
    person.save()
    return person


def staff(*, now: datetime, role: str = StaffRole.TECHNICIAN, **values: Any) -> User:
    number = next(_numbers)
    return user(
        now=now, role=role, **{"email": f"{role}{number}@var.example", "name": f"{role.title()} {number}"} | values
    )


def member(*, customer: Customer, now: datetime, role: str = CustomerRole.OWNER, **values: Any) -> User:
    """A person of that customer."""
    number = next(_numbers)
    person = user(now=now, **{"email": f"person{number}@customer.example", "name": f"Person {number}"} | values)
    Membership.objects.create(user=person, customer=customer, role=role, created_at=now)
    return person


def calendar(
    *,
    now: datetime,
    name: str = "",
    timezone: str = "Europe/Amsterdam",
    hours: dict[str, Any] | None = None,
    holidays: Iterable[str] = (),
    is_default: bool = False,
    country: str = "",
) -> CalendarVersion:
    """A calendar with its first version; 9 to 5, Monday to Friday, unless hours are given."""
    header = BusinessCalendar.objects.create(
        name=name or f"Calendar {next(_numbers)}", is_default=is_default, country=country
    )
    return CalendarVersion.objects.create(
        calendar=header,
        number=1,
        timezone=timezone,
        hours=hours or NINE_TO_FIVE,
        holidays=list(holidays),
        created_at=now,
    )


def customer(*, now: datetime, name: str = "", **values: Any) -> Customer:
    return Customer.objects.create(name=name or f"Customer {next(_numbers)}", created_at=now, **values)


def site(*, customer: Customer, calendar: CalendarVersion, name: str = "", **values: Any) -> Site:
    """A site in the calendar's zone unless another is given."""
    return Site.objects.create(
        customer=customer,
        name=name or f"Site {next(_numbers)}",
        calendar=calendar.calendar,
        **{"timezone": calendar.timezone} | values,
    )


def product(*, slug: str = "test-pbx", kind: str = ProductKind.SYSTEM, **values: Any) -> Product:
    return Product.objects.get_or_create(slug=slug, defaults={"name": slug, "kind": kind} | values)[0]


def asset(*, site: Site, product: Product, tag: str = "", name: str = "Phone system", **values: Any) -> Asset:
    return Asset.objects.create(site=site, product=product, tag=tag or f"PBX-{next(_numbers)}", name=name, **values)


def policy(*, now: datetime, name: str = "", is_default: bool = False) -> SlaPolicyVersion:
    """A policy with the four response targets of the trade and the builder's resolution targets."""
    header = SlaPolicy.objects.create(name=name or f"Policy {next(_numbers)}", is_default=is_default)
    version = SlaPolicyVersion.objects.create(
        policy=header,
        number=1,
        pause_on=["waiting_customer", "waiting_vendor", "monitoring"],
        at_risk_share=Decimal("0.25"),
        created_at=now,
    )
    SlaTarget.objects.bulk_create(
        SlaTarget(version=version, severity=severity, **RESPONSES[severity], **RESOLUTIONS[severity])
        for severity in RESPONSES
    )
    return version


def plan(
    *,
    now: datetime,
    name: str = "",
    procedures: Iterable[dict[str, Any]] = (),
    policy_version: SlaPolicyVersion | None = None,
    covered: Iterable[str] = (
        WorkKind.INSPECTION,
        WorkKind.BACKUP,
        WorkKind.VOICEMAIL,
        WorkKind.EVENT_LOGS,
        WorkKind.FIRMWARE,
        WorkKind.PERFORMANCE,
        WorkKind.TROUBLESHOOTING,
        WorkKind.CHANGE,
    ),
) -> PlanVersion:
    """A plan; `procedures` are the fields of PlanProcedure, at least procedure_slug and frequency."""
    header = Plan.objects.create(name=name or f"Plan {next(_numbers)}")
    version = PlanVersion.objects.create(
        plan=header,
        number=1,
        policy_version=policy_version or policy(now=now),
        service_mode=ServiceMode.PERIODIC,
        created_at=now,
    )
    for kind in covered:
        version.coverage.create(
            work_kind=kind, decision=Decision.COVERED, clause=f"{WorkKind(kind).label} is part of the plan."
        )
    for procedure in procedures:
        version.procedures.create(**{"performer": Performer.VAR} | procedure)
    return version


def contract(
    *,
    customer: Customer,
    plan_version: PlanVersion,
    calendar_version: CalendarVersion,
    assets: Iterable[Asset],
    from_on: date,
    until_on: date,
    now: datetime,
    by: User | None = None,
    activate: bool = True,
    **values: Any,
) -> Contract:
    """A contract over these assets for one term; activated at `now` unless told otherwise."""
    row = Contract.objects.create(customer=customer, created_at=now, **{"name": "Maintenance"} | values)
    ContractTerms.objects.create(
        contract=row, from_on=from_on, until_on=until_on, plan_version=plan_version, calendar_version=calendar_version
    )
    for covered in assets:
        CoveredAsset.objects.create(contract=row, asset=covered, from_on=from_on)
    return activate_contract(contract=row, by=by, now=now) if activate else row


def visit(
    *,
    site: Site,
    technician: User,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    by: User | None = None,
    **values: Any,
) -> Visit:
    """A planned visit; in an hour, for two hours, unless told otherwise. `values` are those of `plan_visit`."""
    starts_at = starts_at or now + timedelta(hours=1)
    return plan_visit(
        site=site,
        technician=technician,
        starts_at=starts_at,
        ends_at=ends_at or starts_at + timedelta(hours=2),
        by=by,
        now=now,
        **values,
    )


def sign(name: str = "Sam Signer") -> Sign:
    """A signature as somebody draws it on a screen: a few strokes on white."""
    content = io.BytesIO()
    picture = Image.new("RGB", (320, 120), "white")
    ImageDraw.Draw(picture).line([(20, 90), (90, 30), (140, 95), (230, 25), (300, 80)], fill="black", width=4)
    picture.save(content, "PNG")
    upload = SimpleUploadedFile("signature.png", content.getvalue(), content_type="image/png")
    return Sign(name=name, upload=upload)
