"""A change is recorded once, the rules it meets open their checklists, and each says why."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from contracts.coverage import CoverageDecision
from contracts.entitlement import cover_of, coverage_of, coverage_under, coverage_without_asset, terms_for_ticket
from contracts.models import Asset, Contract, Site
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError
from schedules.change_details import (
    NON_FIELD,
    DetailsError,
    details_of_ours,
    event_specs,
    is_significant,
    validate_details,
)
from schedules.checklist import lease_hours_known
from schedules.enums import ChangeKind, ChangeSource, Phase, RuleCondition, StepKind, VersionState, WaitFor
from schedules.models import (
    ChangeEvent,
    Firing,
    Procedure,
    ProcedureVersion,
    ReactiveRule,
    Step,
    WorkOrder,
    WorkOrderEvent,
)
from schedules.recurrence import Window

SUMMED_OVER = timedelta(days=7)
EARLIEST = timedelta(days=366)  # a change longer ago, or farther ahead, is a slip of the keyboard
LATEST = timedelta(days=731)
ONE_DAY = timedelta(days=1)
JUST_NOW = timedelta(minutes=5)  # a form says the minute in which it was opened: that is no report afterwards
FOLLOW_UP_DUE = time(17)  # wall time at the site


@transaction.atomic
def record_change(
    *,
    kind: str,
    site: Site | None = None,
    asset: Asset | None = None,
    occurs_at: datetime,
    details: object = None,
    external_id: str = "",
    source: str = ChangeSource.PAGE,
    significant: bool | None = None,
    guest_name: str = "",
    by: User | None,
    now: datetime,
) -> ChangeEvent:
    """Record a change and open the checklists of its rules; told again, it is the same event.

    Two reports are the same change when the customer's sender gave them the same `external_id`, or
    without one when kind, subject, local day and details agree. `significant` is a person's word and
    only ever adds to what the figures say. The event's `firings` hold the work orders and the reasons.
    Raises DomainError at the field at fault, Conflict for an `external_id` of another kind.
    """
    site = _subject_site(kind, site, asset)
    subject = _Subject(kind, site, asset)
    typed = _typed(kind, {} if details is None else details)
    _refuse_what_is_ours(kind, typed, source)
    _check_occurs_at(occurs_at, now)
    fingerprint = subject.fingerprint(occurs_at, typed, external_id.strip())
    known = _told_again(fingerprint, kind)
    if known is not None:
        return known
    event = ChangeEvent(
        kind=kind,
        site=site,
        asset=asset,
        occurs_at=occurs_at,
        details=typed,
        external_id=external_id.strip(),
        fingerprint=fingerprint,
        source=source,
        reported_at=now,
        reported_by=by,
        guest_name=guest_name.strip(),
    )
    subject.hold()
    verdict = _judge(event, significant)
    event.significant = verdict.significant
    try:
        with transaction.atomic():
            event.save()
    except IntegrityError:  # the same report arrived twice at once
        return _told_again(fingerprint, kind) or _raise_gone()
    for rule in ReactiveRule.objects.filter(kind=kind, is_active=True).select_related("procedure"):
        _fire(rule, event, verdict, by, now)
    return event


# -- what was told ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Subject:
    kind: str
    site: Site
    asset: Asset | None

    def hold(self) -> None:
        """Lock the site until the transaction ends: two changes at once are summed one after the other."""
        Site.objects.select_for_update(no_key=True).get(pk=self.site.pk)

    def fingerprint(self, occurs_at: datetime, details: dict[str, Any], external_id: str) -> str:
        """64 hex digits that two reports of one change share."""
        parts: list[object] = [self.site.customer_id, external_id]
        if not external_id:
            on = occurs_at.astimezone(ZoneInfo(self.site.timezone)).date().isoformat()
            parts = [self.kind, self.site.pk, self.asset.pk if self.asset else None, on, details]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _subject_site(kind: str, site: Site | None, asset: Asset | None) -> Site:
    """The site concerned, after a look whether the kind names an asset or a site."""
    spec = event_specs().get(kind)
    if spec is None:
        raise DomainError(_("There is no such kind of change."), attr="kind", code="invalid_choice")
    if spec.subject == "asset":
        if asset is None:
            raise DomainError(_("Say which equipment changes."), attr="asset", code="required")
        if site is not None and site.pk != asset.site_id:
            raise DomainError(_("This equipment stands at another site."), attr="site")
        return asset.site
    if asset is not None:
        raise DomainError(_("This change concerns a whole site, no single equipment."), attr="asset")
    if site is None:
        raise DomainError(_("Say which site changes."), attr="site", code="required")
    return site


def _typed(kind: str, details: object) -> dict[str, Any]:
    try:
        return dict(validate_details(kind, details))
    except DetailsError as error:
        attr, message = next(iter(error.errors.items()))
        raise DomainError(message, attr="details" if attr == NON_FIELD else f"details.{attr}") from error


def _refuse_what_is_ours(kind: str, details: dict[str, Any], source: str) -> None:
    for name in details_of_ours(kind):
        if name in details and source == ChangeSource.CUSTOMER:
            raise DomainError(_("Our own staff decides on this."), attr=f"details.{name}")


def _check_occurs_at(occurs_at: datetime, now: datetime) -> None:
    if not now - EARLIEST <= occurs_at <= now + LATEST:
        raise DomainError(_("Give a day from a year ago to two years ahead."), attr="occurs_at")


def _told_again(fingerprint: str, kind: str) -> ChangeEvent | None:
    """The event that was recorded before, told one time more."""
    known: ChangeEvent | None = ChangeEvent.objects.select_for_update().filter(fingerprint=fingerprint).first()
    if known is None:
        return None
    if known.kind != kind:
        raise Conflict(_("Another change was reported under this id."), attr="external_id", code="id_reused")
    ChangeEvent.objects.filter(pk=known.pk).update(times_reported=F("times_reported") + 1)
    known.refresh_from_db()
    return known


def _raise_gone() -> ChangeEvent:
    raise Conflict(_("This change is being recorded right now. Try again."), code="running")


# -- whether it is significant ----------------------------------------------------------------


@dataclass(frozen=True)
class _Verdict:
    significant: bool
    reason: str  # empty where nothing was counted


def _judge(event: ChangeEvent, said: bool | None) -> _Verdict:
    if event.kind != ChangeKind.USER_CHANGE:
        return _Verdict(said is not False, "")
    if said or event.details.get("significant"):
        return _Verdict(True, _("Reported as significant."))
    counts = _users_changed(event)
    total = event.asset.users_count if event.asset else None
    changed = sum(counts.values())
    verdict = is_significant(**counts, total_users=total)
    values = {"changed": changed, "total": total, "limit": _limit(total)}
    if total is None:
        named = _("%(changed)s users in 7 days") % values
    else:
        named = _("%(changed)s of %(total)s users in 7 days") % values
    told = _("%(named)s: %(limit)s or more") if verdict else _("%(named)s: below %(limit)s")
    return _Verdict(verdict, told % {"named": named, "limit": values["limit"]})


def _limit(total: int | None) -> int:
    """The least number of users that is significant (10, or 20 % of all, whichever is less)."""
    return 10 if total is None else max(1, min(10, -(-total // 5)))


def _users_changed(event: ChangeEvent) -> dict[str, int]:
    """Users added, removed and modified in the seven days up to the event.

    Counted from the last event that was significant: that one's checklist covers what came before.
    """
    earlier = ChangeEvent.objects.filter(
        kind=event.kind, asset=event.asset, occurs_at__gt=event.occurs_at - SUMMED_OVER, occurs_at__lte=event.occurs_at
    )
    counted = [event.details]
    for row in earlier.order_by("-occurs_at", "-pk"):
        if row.significant:
            break
        counted.append(row.details)
    return {name: sum(int(details.get(name, 0)) for details in counted) for name in ("added", "removed", "modified")}


# -- what it opens ----------------------------------------------------------------------------


def _fire(rule: ReactiveRule, event: ChangeEvent, verdict: _Verdict, by: User | None, now: datetime) -> None:
    """Open the rule's checklist and follow-ups, or write down why it opens none."""
    if rule.condition == RuleCondition.SIGNIFICANT and not verdict.significant:
        reason = verdict.reason or _("Reported as not significant.")
        _write_firing(rule, event, rule.procedure, 0, None, reason)
        return
    reason = " ".join(part for part in (f"{verdict.reason}." if verdict.reason else "", rule.reason) if part)
    _open(rule, event, rule.procedure, 0, reason, by, now)
    for follow_up in rule.follow_ups:
        for procedure in Procedure.objects.filter(slug=follow_up["procedure"]):
            for day in follow_up["days"]:
                told = _("Day %(day)s after the change. %(reason)s") % {"day": day, "reason": reason}
                _open(rule, event, procedure, day, told, by, now)


def _open(
    rule: ReactiveRule,
    event: ChangeEvent,
    procedure: Procedure,
    day: int,
    reason: str,
    by: User | None,
    now: datetime,
) -> None:
    version = procedure.versions.filter(state=VersionState.PUBLISHED).first()
    if version is None:
        _write_firing(rule, event, procedure, day, None, _("Nothing opened: the procedure is not published."))
        return
    window = follow_up_window(event, day) if day else checklist_window(event, version, now)
    if window.closes_at <= now:
        _write_firing(rule, event, procedure, day, None, _("Nothing opened: reported after this day had passed."))
        return
    row = _work_order(event, version, window, now)
    if row.before_impossible and version.steps.filter(phase=Phase.BEFORE, kind=StepKind.BACKUP).exists():
        reason = _("%(reason)s Reported only afterwards: no backup from before was possible.") % {"reason": reason}
    WorkOrderEvent.objects.create(work_order=row, kind="opened", at=now, by=by, data={"change": event.pk})
    _write_firing(rule, event, procedure, day, row, reason)


def checklist_window(event: ChangeEvent, version: ProcedureVersion, now: datetime) -> Window:
    """From now, or from when its first step may be done, to a day after it is due.

    Due is a day after the change; where leases may have to run out first, a day after those.
    """
    steps = list(version.steps.all())
    due_at = max(event.occurs_at + _longest_wait(steps, event), now) + ONE_DAY
    wait = timedelta(minutes=min((step.wait_minutes or 0 for step in steps), default=0))
    opens_at = event.occurs_at + wait if wait else now
    return Window(min(opens_at, due_at), due_at, due_at + ONE_DAY)


def _longest_wait(steps: list[Step], event: ChangeEvent) -> timedelta:
    """For leases of a known time, if a step waits for them."""
    if not any(step.wait_for == WaitFor.DHCP_LEASE for step in steps):
        return timedelta(0)
    return timedelta(hours=lease_hours_known(event.site, event) or 0)


def follow_up_window(event: ChangeEvent, day: int) -> Window:
    """The whole local day so many days after the change, due at five, and the day after it."""
    zone = ZoneInfo(event.site.timezone)
    on = event.occurs_at.astimezone(zone).date() + timedelta(days=day)
    days = ((on, time(0)), (on, FOLLOW_UP_DUE), (on + 2 * ONE_DAY, time(0)))
    return Window(*(datetime.combine(*day, zone).astimezone(UTC) for day in days))


def _work_order(event: ChangeEvent, version: ProcedureVersion, window: Window, now: datetime) -> WorkOrder:
    procedure = version.procedure
    contract, coverage = _coverage(event, procedure.work_kind, now)
    return WorkOrder.objects.create(
        procedure_version=version,
        site=event.site,
        asset=event.asset,
        contract=contract,
        performer=procedure.performer,
        window_opens_at=window.opens_at,
        due_at=window.due_at,
        window_closes_at=window.closes_at,
        before_impossible=event.occurs_at < now - JUST_NOW and not event_specs()[event.kind].finding,
        coverage_decision=coverage.decision,
        coverage_sentence=coverage.reason[:400],
        created_at=now,
    )


def _coverage(event: ChangeEvent, work_kind: str, now: datetime) -> tuple[Contract | None, CoverageDecision]:
    """The contract that answers for the work on the day of the change, and what it says about it."""
    on = event.occurs_at.astimezone(ZoneInfo(event.site.timezone)).date()
    if event.asset is None:
        return _coverage_of_site(event.site, work_kind, on)
    cover = cover_of(event.asset, on)
    if cover is None:
        return None, coverage_of(asset=event.asset, work_kind=work_kind, on=on)
    return cover.contract, coverage_under(cover=cover, work_kind=work_kind)


def _coverage_of_site(site: Site, work_kind: str, on: date) -> tuple[Contract | None, CoverageDecision]:
    decision = coverage_without_asset(customer=site.customer, site=site, work_kind=work_kind, on=on)
    if decision.contract_number is None:
        return None, decision
    return terms_for_ticket(customer=site.customer, site=site, asset=None, on=on).contract, decision


def _write_firing(
    rule: ReactiveRule,
    event: ChangeEvent,
    procedure: Procedure,
    day: int,
    work_order: WorkOrder | None,
    reason: str,
) -> None:
    Firing.objects.create(
        event=event,
        rule=rule,
        procedure=procedure,
        follow_up_day=day,
        work_order=work_order,
        reason=reason[:400],
    )
