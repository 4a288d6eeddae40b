"""Calendars, service levels and plans: a header, and a new version whenever the definition differs.

Versions are never edited: whatever points at one keeps what was agreed. Terms, and with them new
tickets, take a newer version by a renewal or an amendment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from contracts.cadence import check_agreed
from contracts.enums import Decision, Severity, TargetClock
from contracts.holiday_dates import holiday_dates
from contracts.models import (
    BusinessCalendar,
    CalendarVersion,
    Plan,
    PlanCoverage,
    PlanProcedure,
    PlanVersion,
    SlaPolicy,
    SlaPolicyVersion,
    SlaTarget,
)
from contracts.rule import RuleError
from contracts.worktime import CalendarError, WorkCalendar
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

Header = TypeVar("Header", BusinessCalendar, SlaPolicy, Plan)

# Public holidays are filled in from last year, for history entered late, to the longest usual term ahead.
YEARS_BACK, YEARS_AHEAD = 1, 3
PAUSES = ("waiting_customer", "waiting_vendor", "monitoring")


# -- calendars --------------------------------------------------------------------------------


@transaction.atomic
def save_calendar(
    *,
    calendar: BusinessCalendar | None,
    name: str,
    timezone: str,
    hours: object,
    holidays: object = (),
    exceptions: object = None,
    country: str = "",
    subdivision: str = "",
    is_default: bool = False,
    by: User | None,
    now: datetime,
) -> CalendarVersion:
    """Make (calendar None) or change a calendar; returns its current version, a new one where the hours differ.

    With a country its public holidays of last year to three years ahead are added to `holidays`; one
    on which people work is an exception with hours. Raises DomainError at the dotted field.
    """
    header = _header(calendar or BusinessCalendar(), name)
    filled, until = _with_public_holidays(holidays, country, subdivision, now)
    definition = _definition(timezone, hours, filled, exceptions)
    header.country, header.subdivision = country, subdivision
    _take_default(header, is_default)
    header.save()
    current = header.versions.order_by("number").last()
    if current and _stored(current) == definition:
        return current
    return CalendarVersion.objects.create(
        calendar=header,
        number=current.number + 1 if current else 1,
        holidays_until=until,
        created_at=now,
        created_by=by,
        **definition,
    )


def _definition(timezone: str, hours: object, holidays: object, exceptions: object) -> dict[str, Any]:
    try:
        calendar = WorkCalendar.parse(timezone, hours, holidays, {} if exceptions is None else exceptions)
    except CalendarError as error:
        raise DomainError(str(error.message), attr=error.attr, code=error.code) from error
    if not calendar.opens_weekly:
        # Exceptions alone run out, and from then on no ticket could get its deadlines.
        message = _("Give hours on at least one day of the week, or no deadline could ever be met.")
        raise DomainError(message, attr="hours", code="never_open")
    return calendar.to_definition()


def _stored(version: CalendarVersion) -> dict[str, Any]:
    return version.work_calendar().to_definition()


def _with_public_holidays(
    holidays: object, country: str, subdivision: str, now: datetime
) -> tuple[object, date | None]:
    """The dates with those of the country, and the last day for which those are filled in."""
    if not country:
        if subdivision:
            raise DomainError(_("A region needs its country."), attr="country", code="required")
        return holidays, None
    years = range(now.year - YEARS_BACK, now.year + YEARS_AHEAD + 1)
    public = [day.isoformat() for day in holiday_dates(country, subdivision, years)]
    if not isinstance(holidays, list | tuple):
        return holidays, None  # no list of dates: the calendar's own check says so
    given = [str(day) for day in holidays]
    # What was given keeps its place, so that a fault is named at its index.
    return [*given, *(day for day in public if day not in given)], date(years[-1], 12, 31)


# -- service levels ---------------------------------------------------------------------------


@transaction.atomic
def save_policy(
    *,
    policy: SlaPolicy | None,
    name: str,
    targets: Sequence[SlaTarget],
    pause_on: Iterable[str] = PAUSES,
    at_risk_share: Decimal = Decimal("0.25"),
    is_default: bool = False,
    now: datetime,
) -> SlaPolicyVersion:
    """Make (policy None) or change a service level; returns its current version, a new one where it differs.

    `targets` are unsaved rows, one per severity. Raises DomainError at the dotted field.
    """
    header = _header(policy or SlaPolicy(), name)
    pauses = sorted(set(pause_on))
    _check_policy(pauses, at_risk_share, targets)
    _take_default(header, is_default)
    header.save()
    current = header.versions.order_by("number").last()
    values = {"pause_on": pauses, "at_risk_share": at_risk_share}
    if current and _policy_of(current) == {**values, "targets": _rows(targets)}:
        return current
    number = current.number + 1 if current else 1
    version = SlaPolicyVersion.objects.create(policy=header, number=number, created_at=now, **values)
    _attach(version, targets)
    return version


def _policy_of(version: SlaPolicyVersion) -> dict[str, object]:
    return {
        "pause_on": sorted(version.pause_on),
        "at_risk_share": version.at_risk_share,
        "targets": _rows(version.targets.all()),
    }


def _check_policy(pauses: list[str], at_risk_share: Decimal, targets: Sequence[SlaTarget]) -> None:
    if unknown := set(pauses) - set(PAUSES):
        message = _("“%(value)s” does not pause a clock.") % {"value": min(unknown)}
        raise DomainError(message, attr="pause_on", code="invalid_choice")
    if not 0 < at_risk_share < 1:
        raise DomainError(_("Give a share between 0 and 1."), attr="at_risk_share")
    if sorted(target.severity for target in targets) != sorted(Severity.values):
        raise DomainError(_("Each severity from S1 to S4 needs one target."), attr="targets")
    for index, target in enumerate(targets):
        _check_target(target, f"targets.{index}")


def _check_target(target: SlaTarget, where: str) -> None:
    _clean(target, where)
    if (target.response_minutes is None) == (target.response_business_days is None):
        raise DomainError(_("Give a response in minutes or in business days."), attr=f"{where}.response_minutes")
    if target.resolution_minutes is not None and target.resolution_business_days is not None:
        raise DomainError(_("Give a resolution in one unit."), attr=f"{where}.resolution_minutes")
    resolves = target.resolution_minutes is not None or target.resolution_business_days is not None
    if resolves and not target.resolution_clock:
        raise DomainError(_("Say on which clock the resolution runs."), attr=f"{where}.resolution_clock")
    on_days = {"response": target.response_business_days, "resolution": target.resolution_business_days}
    for name, days in on_days.items():
        if days is not None and getattr(target, f"{name}_clock") != TargetClock.CALENDAR:
            raise DomainError(_("Business days run in the contract's calendar."), attr=f"{where}.{name}_clock")


# -- plans ------------------------------------------------------------------------------------


@transaction.atomic
def save_plan(
    *,
    plan: Plan | None,
    name: str,
    policy_version: SlaPolicyVersion,
    service_mode: str,
    coverage: Sequence[PlanCoverage],
    procedures: Sequence[PlanProcedure],
    now: datetime,
) -> PlanVersion:
    """Make (plan None) or change a plan; returns its current version, a new one where it differs.

    `coverage` and `procedures` are unsaved rows. Raises DomainError at the dotted field.
    """
    header = _header(plan or Plan(), name)
    _check_plan(coverage, procedures)
    header.save()
    current = header.versions.order_by("number").last()
    values = {"policy_version": policy_version, "service_mode": service_mode}
    if current and _plan_of(current) == {**values, "coverage": _rows(coverage), "procedures": _rows(procedures)}:
        return current
    number = current.number + 1 if current else 1
    version = PlanVersion(plan=header, number=number, created_at=now, **values)
    _clean(version, "")
    version.save()
    _attach(version, coverage)
    _attach(version, procedures)
    return version


def _plan_of(version: PlanVersion) -> dict[str, object]:
    return {
        "policy_version": version.policy_version,
        "service_mode": version.service_mode,
        "coverage": _rows(version.coverage.all()),
        "procedures": _rows(version.procedures.all()),
    }


def _check_plan(coverage: Sequence[PlanCoverage], procedures: Sequence[PlanProcedure]) -> None:
    for index, row in enumerate(coverage):
        _check_coverage(row, f"coverage.{index}")
    _refuse_repeats([row.work_kind for row in coverage], "coverage.{}.work_kind")
    for index, procedure in enumerate(procedures):
        _check_procedure(procedure, f"procedures.{index}")
    _refuse_repeats([row.procedure_slug for row in procedures], "procedures.{}.procedure_slug")


def _check_coverage(row: PlanCoverage, where: str) -> None:
    _clean(row, where)
    if (row.decision == Decision.UP_TO) != (row.amount is not None):
        message = _("“Covered up to an amount” needs the amount; the other decisions have none.")
        raise DomainError(message, attr=f"{where}.amount")


def _check_procedure(row: PlanProcedure, where: str) -> None:
    _clean(row, where)
    try:
        check_agreed(row)
    except RuleError as error:
        raise DomainError(str(error.message), attr=f"{where}.{error.attr}", code=error.code) from error


# -- what the three have in common ------------------------------------------------------------


def _header(header: Header, name: str) -> Header:
    """The header, locked where it is stored, with its new name; not saved yet."""
    model = type(header)
    if header.pk:
        header = model._default_manager.select_for_update().get(pk=header.pk)
    header.name = name.strip()
    if not header.name:
        raise DomainError(_("Give it a name."), attr="name", code="required")
    if model._default_manager.exclude(pk=header.pk).filter(name=header.name).exists():
        raise DomainError(_("This name is taken."), attr="name", code="unique")
    if header.archived_at:
        raise Conflict(_("%(name)s is archived.") % {"name": header.name}, code="archived")
    return header


def _take_default(header: BusinessCalendar | SlaPolicy, is_default: bool) -> None:
    """There is one default, and always one: the first row becomes it, and it is only handed over."""
    others = type(header)._default_manager.exclude(pk=header.pk).filter(is_default=True)
    if header.is_default and not is_default:
        raise DomainError(_("Make another one the default instead."), attr="is_default")
    if is_default:
        others.update(is_default=False)
    header.is_default = is_default or not others.exists()


def _attach(version: models.Model, rows: Sequence[models.Model]) -> None:
    """Store the rows under the version."""
    for row in rows:
        row.pk = None
        row.version = version  # type: ignore[attr-defined]  # each of the three kinds of row has one
        row.save(force_insert=True)


def _rows(rows: Iterable[models.Model]) -> list[tuple[tuple[str, object], ...]]:
    """The rows as values that compare, without their keys, in an order of their own."""
    return sorted((_row(row) for row in rows), key=repr)


def _row(row: models.Model) -> tuple[tuple[str, object], ...]:
    fields = (field for field in row._meta.concrete_fields if field.name not in {"id", "version"})
    return tuple((field.name, field.to_python(getattr(row, field.attname))) for field in fields)


def _clean(row: models.Model, where: str) -> None:
    """The field checks of an unsaved row, raised as DomainError at its first faulty field."""
    try:
        row.clean_fields(exclude={"version", "plan", "policy"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(messages[0], attr=f"{where}.{field}".lstrip(".")) from error


def _refuse_repeats(values: list[str], attr: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise DomainError(_("“%(value)s” is there twice.") % {"value": value}, attr=attr.format(index))
