"""Reads the catalogue that ships with the product: vendors, products, SLA policies, plans and calendars.

Every file of the folder may hold any of these lists; names and slugs are unique over all files.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from contracts.enums import (
    Cadence,
    Decision,
    Frequency,
    NonworkingDay,
    Performer,
    ProductKind,
    ReleaseLevel,
    ServiceMode,
    Severity,
    TargetClock,
    WorkKind,
)
from contracts.worktime import DAYS, CalendarError, WorkCalendar
from portal.datafiles import (
    DataFileError,
    Fields,
    day,
    flag,
    list_of,
    number,
    one_of,
    read_mapping,
    slug,
    text,
    wall_time,
    whole_number,
)

T = TypeVar("T")

CATALOGUE_FOLDER = Path(__file__).parent / "catalogue"
PAUSES = ("waiting_customer", "waiting_vendor", "monitoring")
PROTOCOLS = ("tcp", "udp", "tls", "sip")


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSpec:
    """A manufacturer or cloud operator; its support data is the VAR's own to fill in."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """A part that has to be there for the product to work, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSpec:
    """A port that must be open."""

    number: int
    protocol: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSpec:
    """One release and how far it is behind the newest; the date is None where it is not known."""

    version: str
    level: str
    released_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSpec:
    """What an asset can be; `vendor` and `part_of` are empty where there is none."""

    slug: str
    name: str
    vendor: str
    kind: str
    part_of: str
    optional: bool
    voicemail_capacity_minutes: int | None
    end_of_sale_on: date | None
    end_of_support_on: date | None
    keep_previous_release: bool
    components: tuple[ComponentSpec, ...]
    ports: tuple[PortSpec, ...]
    releases: tuple[ReleaseSpec, ...]
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTimeSpec:
    """A time to keep, in minutes or in business days, never both."""

    minutes: int | None
    business_days: int | None
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """What is promised for one severity; no resolution means that none is promised."""

    severity: str
    response: TargetTimeSpec
    resolution: TargetTimeSpec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A service level: one target for each severity; `at_risk_share` is the share of the target left, 0 to 1."""

    name: str
    is_default: bool
    pause_on: tuple[str, ...]
    at_risk_share: Decimal
    targets: tuple[TargetSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSpec:
    """What a kind of work costs the customer; the amount is in the currency of the contract's terms."""

    work_kind: str
    decision: str
    amount: Decimal | None
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProcedureSpec:
    """A procedure of the programme with its cadence; `due_time` is wall time at the site."""

    slug: str
    frequency: str
    interval: int
    due_time: time
    weekdays: tuple[str, ...]
    cadence: str
    nonworking_day: str
    performer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpec:
    """A kind of contract: service mode, service level, coverage and recurring work."""

    name: str
    policy: str
    service_mode: str
    coverage: tuple[CoverageSpec, ...]
    procedures: tuple[PlanProcedureSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSpec:
    """Opening hours of a week in the API's form; the holidays of the country are filled in by whoever stores it."""

    name: str
    is_default: bool
    timezone: str
    hours: dict[str, object]
    country: str
    subdivision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that ships. Products stand after the product that they are part of."""

    vendors: tuple[VendorSpec, ...]
    products: tuple[ProductSpec, ...]
    policies: tuple[PolicySpec, ...]
    plans: tuple[PlanSpec, ...]
    calendars: tuple[CalendarSpec, ...]

    def product(self, slug: str) -> ProductSpec:
        """The product of that slug. Raises KeyError."""
        return {product.slug: product for product in self.products}[slug]


def read_catalogue(folder: Path = CATALOGUE_FOLDER) -> Catalogue:
    """The whole catalogue, checked across its files. Raises DataFileError naming file and key."""
    sources = [read_mapping(path) for path in sorted(folder.glob("*.yaml"))]
    found = Catalogue(
        vendors=_all(sources, "vendors", _vendor),
        products=_all(sources, "products", _product),
        policies=_all(sources, "sla_policies", _policy),
        plans=_all(sources, "plans", _plan),
        calendars=_all(sources, "calendars", _calendar),
    )
    for source in sources:
        source.done()
    _check_catalogue(folder, found)
    return found


def _all(sources: Iterable[Fields], key: str, parse: Callable[[Fields], T]) -> tuple[T, ...]:
    return tuple(_whole(item, parse) for source in sources for item in source.children(key))


def _whole(source: Fields, parse: Callable[[Fields], T]) -> T:
    """The parsed mapping, once it is sure that no key of it was left unread."""
    parsed = parse(source)
    source.done()
    return parsed


def _vendor(source: Fields) -> VendorSpec:
    return VendorSpec(name=source.required("name", text))


def _product(source: Fields) -> ProductSpec:
    return ProductSpec(
        slug=source.required("slug", slug),
        name=source.required("name", text),
        vendor=source.optional("vendor", text, ""),
        kind=source.required("kind", one_of(ProductKind.values)),
        part_of=source.optional("part_of", slug, ""),
        optional=source.optional("optional", flag, False),
        voicemail_capacity_minutes=source.optional("voicemail_capacity_minutes", whole_number(1), None),
        end_of_sale_on=source.optional("end_of_sale_on", day, None),
        end_of_support_on=source.optional("end_of_support_on", day, None),
        keep_previous_release=source.optional("keep_previous_release", flag, True),
        components=tuple(_whole(item, _component) for item in source.children("components")),
        ports=tuple(_whole(item, _port) for item in source.children("ports")),
        releases=tuple(_whole(item, _release) for item in source.children("releases")),
        notes=source.optional("notes", text, ""),
    )


def _component(source: Fields) -> ComponentSpec:
    return ComponentSpec(name=source.required("name", text), reason=source.required("reason", text))


def _port(source: Fields) -> PortSpec:
    return PortSpec(
        number=source.required("number", whole_number(1, 65535)),
        protocol=source.required("protocol", one_of(PROTOCOLS)),
        purpose=source.required("purpose", text),
    )


def _release(source: Fields) -> ReleaseSpec:
    return ReleaseSpec(
        version=source.required("version", text),
        level=source.required("level", one_of(ReleaseLevel.values)),
        released_on=source.optional("released_on", day, None),
    )


def _policy(source: Fields) -> PolicySpec:
    policy = PolicySpec(
        name=source.required("name", text),
        is_default=source.optional("is_default", flag, False),
        pause_on=source.required("pause_on", list_of(one_of(PAUSES))),
        at_risk_share=source.required("at_risk_share", number),
        targets=tuple(_whole(item, _target) for item in source.children("targets")),
    )
    if [target.severity for target in policy.targets] != list(Severity.values):
        raise source.error("targets", "must be S1, S2, S3 and S4, each once and in this order")
    if not 0 < policy.at_risk_share < 1:
        raise source.error("at_risk_share", "must be a share between 0 and 1")
    return policy


def _target(source: Fields) -> TargetSpec:
    response = source.child("response")
    if response is None:
        raise source.error("response", "is missing")
    resolution = source.child("resolution")
    return TargetSpec(
        severity=source.required("severity", one_of(Severity.values)),
        response=_whole(response, _target_time),
        resolution=None if resolution is None else _whole(resolution, _target_time),
    )


def _target_time(source: Fields) -> TargetTimeSpec:
    target = TargetTimeSpec(
        minutes=source.optional("minutes", whole_number(1), None),
        business_days=source.optional("business_days", whole_number(1, 365), None),
        clock=source.required("clock", one_of(TargetClock.values)),
    )
    if (target.minutes is None) == (target.business_days is None):
        raise source.error("minutes", "or business_days is needed, one of them and not both")
    if target.business_days and target.clock != TargetClock.CALENDAR:
        raise source.error("clock", "must be calendar for business days")
    return target


def _plan(source: Fields) -> PlanSpec:
    return PlanSpec(
        name=source.required("name", text),
        policy=source.required("policy", text),
        service_mode=source.required("service_mode", one_of(ServiceMode.values)),
        coverage=_coverages(source),
        procedures=_plan_procedures(source),
    )


def _coverages(source: Fields) -> tuple[CoverageSpec, ...]:
    """Every kind of work once: what is left out would be billable without a sentence that says so."""
    found = tuple(_whole(item, _coverage) for item in source.children("coverage"))
    kinds = [coverage.work_kind for coverage in found]
    if sorted(kinds) != sorted(WorkKind.values):
        raise source.error("coverage", "must decide about each kind of work exactly once")
    return found


def _coverage(source: Fields) -> CoverageSpec:
    coverage = CoverageSpec(
        work_kind=source.required("work_kind", one_of(WorkKind.values)),
        decision=source.required("decision", one_of(Decision.values)),
        amount=source.optional("amount", number, None),
        clause=source.required("clause", text),
    )
    if (coverage.decision == Decision.UP_TO) != (coverage.amount is not None):
        raise source.error("amount", "is needed for up_to and for nothing else")
    if len(coverage.clause) > 300:
        raise source.error("clause", "must not be longer than 300 characters")
    return coverage


def _plan_procedures(source: Fields) -> tuple[PlanProcedureSpec, ...]:
    found = tuple(_whole(item, _plan_procedure) for item in source.children("procedures"))
    if len({procedure.slug for procedure in found}) != len(found):
        raise source.error("procedures", "has a procedure twice")
    return found


def _plan_procedure(source: Fields) -> PlanProcedureSpec:
    procedure = PlanProcedureSpec(
        slug=source.required("slug", slug),
        frequency=source.required("frequency", one_of(Frequency.values)),
        interval=source.optional("interval", whole_number(1, 100), 1),
        due_time=time.fromisoformat(source.required("due_time", wall_time)),
        weekdays=source.optional("weekdays", list_of(one_of(DAYS)), ()),
        cadence=source.optional("cadence", one_of(Cadence.values), Cadence.FIXED.value),
        nonworking_day=source.required("nonworking_day", one_of(NonworkingDay.values)),
        performer=source.required("performer", one_of(Performer.values)),
    )
    moved = procedure.nonworking_day in (NonworkingDay.NEXT, NonworkingDay.PREVIOUS)
    if procedure.frequency == Frequency.DAILY and procedure.interval < 7 and moved:
        raise source.error("nonworking_day", "would put several days' work on one; skip or keep the date")
    return procedure


def _calendar(source: Fields) -> CalendarSpec:
    calendar = CalendarSpec(
        name=source.required("name", text),
        is_default=source.optional("is_default", flag, False),
        timezone=source.required("timezone", text),
        hours=source.required("hours", _week),
        country=source.optional("country", _country, ""),
        subdivision=source.optional("subdivision", text, ""),
    )
    try:
        WorkCalendar.parse(calendar.timezone, calendar.hours)
    except CalendarError as error:
        raise source.error(error.attr, f"is wrong ({error.code})") from error
    return calendar


def _week(value: object) -> dict[str, object]:
    """The hours as they stand; what they mean is judged with the zone, by the calendar itself."""
    if not isinstance(value, dict) or not value:
        raise ValueError("must be a mapping of days to hours")
    return {text(key): hours for key, hours in value.items()}


def _country(value: object) -> str:
    """Two capital letters. In quotes, because YAML reads Norway's NO as false."""
    code = text(value)
    if len(code) != 2 or not code.isupper():
        raise ValueError("must be a country code of two capital letters")
    return code


def _check_catalogue(folder: Path, found: Catalogue) -> None:
    """What no single entry shows: names that are there twice, and names that nothing answers to."""
    vendors = _names(folder, "vendors", [vendor.name for vendor in found.vendors])
    policies = _names(folder, "sla_policies", [policy.name for policy in found.policies])
    _names(folder, "products", [product.slug for product in found.products])
    _names(folder, "plans", [plan.name for plan in found.plans])
    _names(folder, "calendars", [calendar.name for calendar in found.calendars])
    _check_products(folder, found.products, vendors)
    for plan in found.plans:
        if plan.policy not in policies:
            raise DataFileError(folder, f"plans[{plan.name}].policy", f"{plan.policy!r} is not in the catalogue")
    _check_one_default(folder, "sla_policies", [policy.is_default for policy in found.policies])
    _check_one_default(folder, "calendars", [calendar.is_default for calendar in found.calendars])


def _check_products(folder: Path, products: tuple[ProductSpec, ...], vendors: set[str]) -> None:
    earlier: set[str] = set()
    for product in products:
        where = f"products[{product.slug}]"
        if product.vendor and product.vendor not in vendors:
            raise DataFileError(folder, f"{where}.vendor", f"{product.vendor!r} is not in the catalogue")
        if product.part_of and product.part_of not in earlier:
            raise DataFileError(folder, f"{where}.part_of", "must name a product that stands before it")
        if len({release.version for release in product.releases}) != len(product.releases):
            raise DataFileError(folder, f"{where}.releases", "has a version twice")
        earlier.add(product.slug)


def _check_one_default(folder: Path, key: str, flags: list[bool]) -> None:
    if sum(flags) != 1:
        raise DataFileError(folder, key, "must have exactly one default")


def _names(folder: Path, key: str, names: list[str]) -> set[str]:
    for name in names:
        if names.count(name) > 1:
            raise DataFileError(folder, key, f"{name!r} is there twice")
    return set(names)
