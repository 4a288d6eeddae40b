"""Stores the shipped catalogue as rows; what the VAR has changed since stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db import transaction

from contracts.actions import save_calendar, save_plan, save_policy
from contracts.catalogue_files import (
    CalendarSpec,
    Catalogue,
    ComponentSpec,
    PlanProcedureSpec,
    PlanSpec,
    PolicySpec,
    PortSpec,
    ProductSpec,
    ReleaseSpec,
    TargetSpec,
    read_catalogue,
)
from contracts.models import (
    BusinessCalendar,
    Plan,
    PlanCoverage,
    PlanProcedure,
    Product,
    Release,
    SlaPolicy,
    SlaTarget,
    Vendor,
)
from portal.datafiles import content_hash


class Named(Protocol):
    """A part of the catalogue that is found by its name."""

    @property
    def name(self) -> str: ...


Spec = TypeVar("Spec", bound=Named)

PLAIN_FIELDS = (
    "name",
    "kind",
    "optional",
    "voicemail_capacity_minutes",
    "end_of_sale_on",
    "end_of_support_on",
    "keep_previous_release",
    "notes",
)
"""The fields of a product that stand in the file as they stand in the row."""


@dataclass
class Outcome:
    """How many entries were stored, and which were left alone because they are the VAR's own by now."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


@transaction.atomic
def load_catalogue(*, now: datetime, catalogue: Catalogue | None = None) -> Outcome:
    """Store the catalogue, by default the shipped one; safe to repeat.

    A product follows the file until its row or its releases are edited; from then on it is kept.
    Vendors, calendars, service levels and plans are templates: made once, then the VAR's own.
    """
    found = catalogue or read_catalogue()
    outcome = Outcome()
    _make_once(outcome, Vendor, found.vendors, lambda spec: Vendor.objects.create(name=spec.name))
    for product in found.products:
        _store_product(outcome, product)
    _make_once(outcome, BusinessCalendar, found.calendars, lambda spec: _make_calendar(spec, now))
    _make_once(outcome, SlaPolicy, found.policies, lambda spec: _make_policy(spec, now))
    _make_once(outcome, Plan, found.plans, lambda spec: _make_plan(spec, now))
    return outcome


def _make_once(outcome: Outcome, model: Any, specs: Iterable[Spec], make: Callable[[Spec], object]) -> None:
    known = set(model.objects.values_list("name", flat=True))
    for spec in specs:
        if spec.name in known:
            outcome.unchanged += 1
        else:
            make(spec)
            outcome.created += 1


# -- products ---------------------------------------------------------------------------------


def _store_product(outcome: Outcome, spec: ProductSpec) -> None:
    row = Product.objects.filter(slug=spec.slug).first()
    if row is None:
        _write_product(Product(slug=spec.slug), spec)
        outcome.created += 1
    elif content_hash(_spec_of(row)) != row.catalogue_hash:
        outcome.kept.append(spec.slug)
    elif _says_the_same(row, spec):
        outcome.unchanged += 1
    else:
        _write_product(row, spec)
        outcome.updated += 1


def _write_product(row: Product, spec: ProductSpec) -> None:
    """A release that the file no longer has stays, since an asset may run it."""
    for name in PLAIN_FIELDS:
        setattr(row, name, getattr(spec, name))
    row.vendor = Vendor.objects.get(name=spec.vendor) if spec.vendor else None
    row.part_of = Product.objects.get(slug=spec.part_of) if spec.part_of else None
    row.components = [asdict(component) for component in spec.components]
    row.ports = [asdict(port) for port in spec.ports]
    row.save()
    for release in spec.releases:
        values = {"level": release.level, "released_on": release.released_on}
        Release.objects.update_or_create(product=row, version=release.version, defaults=values)
    # By this the next load tells an edited row.
    row.catalogue_hash = content_hash(_spec_of(row))
    row.save(update_fields=["catalogue_hash"])


@transaction.atomic
def note_release(*, product: Product, version: str) -> Release:
    """The release of that version, whatever its capitals; one that was seen on a device joins the catalogue.

    A product that follows the shipped file goes on following it.
    """
    row = Product.objects.select_for_update(no_key=True).select_related(None).get(pk=product.pk)
    known: Release | None = row.releases.filter(version__iexact=version).first()
    if known is not None:
        return known
    follows = content_hash(_spec_of(row)) == row.catalogue_hash
    release = Release.objects.create(product=row, version=version)
    if follows:
        row.catalogue_hash = content_hash(_spec_of(row))
        row.save(update_fields=["catalogue_hash"])
    return release


def _says_the_same(row: Product, spec: ProductSpec) -> bool:
    stored, versions = _spec_of(row), {release.version for release in spec.releases}
    shipped = tuple(release for release in stored.releases if release.version in versions)
    return replace(stored, releases=shipped) == replace(spec, releases=_in_order(spec.releases))


def _spec_of(row: Product) -> ProductSpec:
    """The row as the file would say it, its releases by version."""
    return ProductSpec(
        slug=row.slug,
        vendor=row.vendor.name if row.vendor else "",
        part_of=row.part_of.slug if row.part_of else "",
        components=tuple(ComponentSpec(**component) for component in row.components),
        ports=tuple(PortSpec(**port) for port in row.ports),
        releases=_in_order(
            ReleaseSpec(version=release.version, level=release.level, released_on=release.released_on)
            for release in row.releases.all()
        ),
        **{name: getattr(row, name) for name in PLAIN_FIELDS},
    )


def _in_order(releases: Iterable[ReleaseSpec]) -> tuple[ReleaseSpec, ...]:
    return tuple(sorted(releases, key=lambda release: release.version))


# -- templates --------------------------------------------------------------------------------


def _make_calendar(spec: CalendarSpec, now: datetime) -> None:
    save_calendar(
        calendar=None,
        name=spec.name,
        timezone=spec.timezone,
        hours=spec.hours,
        country=spec.country,
        subdivision=spec.subdivision,
        is_default=spec.is_default and not BusinessCalendar.objects.filter(is_default=True).exists(),
        by=None,
        now=now,
    )


def _make_policy(spec: PolicySpec, now: datetime) -> None:
    save_policy(
        policy=None,
        name=spec.name,
        targets=[_target(target) for target in spec.targets],
        pause_on=spec.pause_on,
        at_risk_share=spec.at_risk_share,
        is_default=spec.is_default and not SlaPolicy.objects.filter(is_default=True).exists(),
        now=now,
    )


def _target(spec: TargetSpec) -> SlaTarget:
    resolution = spec.resolution
    return SlaTarget(
        severity=spec.severity,
        response_minutes=spec.response.minutes,
        response_business_days=spec.response.business_days,
        response_clock=spec.response.clock,
        resolution_minutes=resolution.minutes if resolution else None,
        resolution_business_days=resolution.business_days if resolution else None,
        resolution_clock=resolution.clock if resolution else "",
    )


def _make_plan(spec: PlanSpec, now: datetime) -> None:
    save_plan(
        plan=None,
        name=spec.name,
        policy_version=SlaPolicy.objects.get(name=spec.policy).current(),
        service_mode=spec.service_mode,
        coverage=[PlanCoverage(**asdict(coverage)) for coverage in spec.coverage],
        procedures=[_procedure(procedure) for procedure in spec.procedures],
        now=now,
    )


def _procedure(spec: PlanProcedureSpec) -> PlanProcedure:
    values = asdict(spec)
    return PlanProcedure(procedure_slug=values.pop("slug"), weekdays=list(values.pop("weekdays")), **values)
