"""The duty roster, absences, and the hours of resident technicians are planned and taken back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.enums import ServiceMode
from contracts.models import Absence, Contract, DutyShift, Presence, Site
from portal.accounts.models import Organisation, User
from portal.web.errors import Conflict, DomainError

LONGEST_SHIFT = timedelta(days=31)
LONGEST_ABSENCE = timedelta(days=366)
FARTHEST = timedelta(days=731)


@transaction.atomic
def add_shift(*, user: User, starts_at: datetime, ends_at: datetime, phone: str = "", now: datetime) -> DutyShift:
    """Put a person on duty from an instant until an instant (half-open).

    Raises DomainError at the field at fault, Conflict where somebody else is on duty then, or this
    person is absent.
    """
    _require_staff(user)
    _require_span(starts_at, ends_at, now, longest=LONGEST_SHIFT)
    _hold_roster()
    other = DutyShift.objects.select_related("user").filter(starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    if other is not None:
        raise Conflict(_("%(person)s is on duty then.") % {"person": other.user}, attr="starts_at", code="overlap")
    if Absence.objects.sharing(starts_at, ends_at).filter(user=user).exists():
        raise Conflict(_("%(person)s is absent then.") % {"person": user}, attr="user", code="absent")
    return DutyShift.objects.create(
        user=user, starts_at=starts_at, ends_at=ends_at, phone=phone.strip() or user.phone, created_at=now
    )


@transaction.atomic
def remove_shift(*, shift: DutyShift, now: datetime) -> None:
    """Take a shift out of the roster. What has begun stays: it tells who was on duty."""
    if shift.starts_at <= now:
        raise Conflict(_("This shift has begun; it stays in the roster."), code="begun")
    DutyShift.objects.filter(pk=shift.pk).delete()


@transaction.atomic
def add_absence(*, user: User, starts_at: datetime, ends_at: datetime, reason: str = "", now: datetime) -> Absence:
    """Note that a person is away. Raises Conflict where that person is on duty then."""
    _require_staff(user)
    _require_span(starts_at, ends_at, now, longest=LONGEST_ABSENCE)
    _hold_roster()
    if DutyShift.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise Conflict(
            _("%(person)s is on duty then; give that shift to somebody else first.") % {"person": user},
            attr="starts_at",
            code="on_duty",
        )
    return Absence.objects.create(
        user=user, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:160], created_at=now
    )


@transaction.atomic
def remove_absence(*, absence: Absence) -> None:
    """The person is there after all. Safe to repeat."""
    Absence.objects.filter(pk=absence.pk).delete()


@transaction.atomic
def add_presence(
    *,
    contract: Contract,
    site: Site,
    user: User,
    weekday: int,
    starts: time,
    ends: time,
    from_on: date,
    until_on: date | None = None,
) -> Presence:
    """A resident technician is at that site on that weekday (0 is Monday), by the site's clock."""
    _require_staff(user)
    contract = Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    if site.customer_id != contract.customer_id:
        raise DomainError(_("This is not one of the customer's sites."), attr="site")
    if not contract.terms.filter(plan_version__service_mode=ServiceMode.RESIDENT).exists():
        raise Conflict(_("This contract has no resident technician."), code="service_mode")
    _require_hours(weekday, starts, ends, from_on, until_on)
    if _is_elsewhere(user, weekday, starts, ends, from_on, until_on):
        raise Conflict(_("%(person)s has other hours then.") % {"person": user}, attr="starts", code="overlap")
    return Presence.objects.create(
        contract=contract,
        site=site,
        user=user,
        weekday=weekday,
        starts=starts,
        ends=ends,
        from_on=from_on,
        until_on=until_on,
    )


@transaction.atomic
def remove_presence(*, presence: Presence) -> None:
    """Take these hours back. Safe to repeat."""
    Presence.objects.filter(pk=presence.pk).delete()


def _hold_roster() -> None:
    """One roster, one planner at a time: shifts and absences are looked at together."""
    Organisation.objects.select_for_update(no_key=True).first()


def _require_staff(user: User) -> None:
    if not user.is_active or not user.is_var:
        raise DomainError(_("Choose an active person of our own staff."), attr="user")


def _require_span(starts_at: datetime, ends_at: datetime, now: datetime, *, longest: timedelta) -> None:
    if ends_at <= starts_at:
        raise DomainError(_("The end lies before the beginning."), attr="ends_at")
    if ends_at <= now:
        raise DomainError(_("This lies in the past."), attr="ends_at")
    if ends_at - starts_at > longest:
        raise DomainError(_("At most %(days)s days.") % {"days": longest.days}, attr="ends_at")
    if starts_at > now + FARTHEST:
        raise DomainError(_("Plan at most two years ahead."), attr="starts_at")


def _require_hours(weekday: int, starts: time, ends: time, from_on: date, until_on: date | None) -> None:
    if not 0 <= weekday <= 6:
        raise DomainError(_("Choose a weekday."), attr="weekday")
    if ends <= starts:
        raise DomainError(_("The end lies before the beginning."), attr="ends")
    if until_on is not None and until_on < from_on:
        raise DomainError(_("The last day lies before the first."), attr="until_on")


def _is_elsewhere(user: User, weekday: int, starts: time, ends: time, from_on: date, until_on: date | None) -> bool:
    """Whether that person has hours on that weekday that share time with these, at whatever site."""
    rows = Presence.objects.filter(user=user, weekday=weekday, starts__lt=ends, ends__gt=starts)
    rows = rows.exclude(until_on__lt=from_on)
    return (rows.filter(from_on__lte=until_on) if until_on else rows).exists()
