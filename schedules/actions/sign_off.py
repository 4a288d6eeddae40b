"""A visit is signed: gaps first, then everything at once - work, signatures, report, mail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.enums import Cadence
from contracts.models import PartUsed, TimeEntry
from portal.accounts.models import User
from portal.files.actions import store_image
from portal.web.errors import Conflict, DomainError
from schedules.actions.report import freeze_report
from schedules.actions.visit_work import fitting, give_back, given, lock_visit, require_status, write_event
from schedules.actions.work_order import CLOCK_SKEW, complete_work
from schedules.enums import ItemOutcome, Party, SignatureOutcome, VisitStatus, WorkStatus
from schedules.models import Schedule, Signature, Visit, VisitTicket, VisitWork, WorkOrder
from schedules.visit_gaps import Gap, gaps_of, has_answers, is_workable, pending_tickets, pending_work

NAME_LENGTH = 120


class VisitIncompleteError(Conflict):
    """Work or tickets are neither done nor carried over; `gaps` lists them."""

    code = "incomplete"

    def __init__(self, gaps: list[Gap]) -> None:
        named = ", ".join(gap.number for gap in gaps[:5])
        more = _(" and %(count)s more") % {"count": len(gaps) - 5} if len(gaps) > 5 else ""
        message = _("Still open: %(numbers)s%(more)s. Finish it, or say why it is carried over.")
        super().__init__(message % {"numbers": named, "more": more})
        self.gaps = gaps


@dataclass(frozen=True)
class Sign:
    """How one party ends the visit: a name and a drawn signature (`upload`), or why there is none (`reason`)."""

    outcome: str = SignatureOutcome.SIGNED
    name: str = ""
    reason: str = ""
    upload: UploadedFile[Any] | None = None
    client_uuid: uuid.UUID = field(default_factory=uuid.uuid4)


@transaction.atomic
def sign_off(
    *,
    visit: Visit,
    finished_at: datetime,
    carry_over: Mapping[int, str],
    technician: Sign,
    customer: Sign,
    carry_over_tickets: Mapping[int, str] | None = None,
    by: User | None,
    now: datetime,
) -> Visit:
    """Close the visit, all or nothing; sent again with the same signatures it is the same sign-off.

    `carry_over` has a reason for each work order (by key) that the next visit shall take, and
    `carry_over_tickets` for each ticket. Raises VisitIncompleteError with the gaps, Conflict where
    nothing was answered, DomainError at the field at fault.
    """
    row = lock_visit(visit)
    signs = {Party.TECHNICIAN: technician, Party.CUSTOMER: customer}
    if row.status == VisitStatus.SIGNED and _is_same(row, signs):
        return row
    require_status(row, VisitStatus.IN_PROGRESS)
    row.finished_at = _checked_finish(row, finished_at, now)
    for party, sign in signs.items():
        _check_sign(party, sign)
    _lock_items(row)
    settlement = _Settlement(row, carry_over, carry_over_tickets or {}, by, now)
    settlement.check()
    settlement.settle()
    for party, sign in signs.items():
        _store(row, party, sign, by=by, now=now)
    row.status, row.closed_at = VisitStatus.SIGNED, now
    row.save(update_fields=["status", "finished_at", "closed_at"])
    write_event(row, "signed", by=by, now=now)
    freeze_report(visit=row, now=now)
    return row


def _checked_finish(row: Visit, finished_at: datetime, now: datetime) -> datetime:
    assert row.started_at is not None
    if finished_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr="finished_at")
    if finished_at < row.started_at - CLOCK_SKEW:
        raise DomainError(_("The visit began later than that."), attr="finished_at")
    return max(finished_at, row.started_at)


def _lock_items(row: Visit) -> None:
    """Everything that is going to be closed, in the order that all others take: schedules, then work."""
    held = row.work.filter(outcome=ItemOutcome.PENDING).values("work_order")
    floating = Schedule.objects.filter(cadence=Cadence.FLOATING, work_orders__in=held).values("pk")
    schedules = Schedule.objects.filter(pk__in=floating).order_by("pk").select_for_update(no_key=True)
    list(schedules.values_list("pk", flat=True))
    rows = WorkOrder.objects.filter(pk__in=held).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


# -- what becomes of each item ------------------------------------------------------------------


class _Settlement:
    """The items of a visit that is being signed, and what was said about those that are not done."""

    def __init__(
        self, row: Visit, work: Mapping[int, str], tickets: Mapping[int, str], by: User | None, now: datetime
    ) -> None:
        self.row, self.by, self.now = row, by, now
        self.work_reasons = {key: given(reason, f"carry_over.{key}") for key, reason in work.items()}
        self.ticket_reasons = {key: given(reason, f"carry_over_tickets.{key}") for key, reason in tickets.items()}
        self.items = pending_work(row)
        self.tickets = pending_tickets(row)

    def check(self) -> None:
        self._check_named()
        gaps = [gap for gap in gaps_of(self.row, now=self.now) if not self._is_carried(gap)]
        if gaps:
            raise VisitIncompleteError(gaps)
        if not self._was_worked():
            raise Conflict(_("Nothing was answered in this visit, so there is nothing to sign."), code="no_answers")

    def settle(self) -> None:
        for item in self.items:
            self._settle(item)
        VisitWork.objects.bulk_update(self.items, ["outcome", "reason"])
        carried = [item.work_order_id for item in self.items if item.outcome == ItemOutcome.CARRIED_OVER]
        give_back(self.row, carried, by=self.by, now=self.now)
        for one in self.tickets:
            one.outcome = ItemOutcome.CARRIED_OVER if one.ticket.is_open else ItemOutcome.DONE
            one.reason = self.ticket_reasons[one.ticket_id] if one.ticket.is_open else ""
        VisitTicket.objects.bulk_update(self.tickets, ["outcome", "reason"])

    def _settle(self, item: VisitWork) -> None:
        work = item.work_order
        if work.status == WorkStatus.DONE:
            item.outcome = ItemOutcome.DONE
        elif not is_workable(work, self.now):  # missed, skipped or cancelled meanwhile
            item.outcome, item.reason = ItemOutcome.REMOVED, work.status_reason
        elif work.pk in self.work_reasons:
            item.outcome, item.reason = ItemOutcome.CARRIED_OVER, self.work_reasons[work.pk]
        else:
            assert self.row.finished_at is not None
            complete_work(work_order=work, finished_at=self.row.finished_at, by=self.by, now=self.now)
            item.outcome = ItemOutcome.DONE

    def _check_named(self) -> None:
        """Only items of the visit are carried over, and never what it begins with."""
        opening = {item.work_order_id: item.is_opening for item in self.items}
        for key in self.work_reasons:
            if key not in opening:
                raise DomainError(_("This work is not in the visit."), attr=f"carry_over.{key}")
            if opening[key]:
                message = _("Every visit begins with this; it cannot be carried over.")
                raise DomainError(message, attr=f"carry_over.{key}", code="opening")
        there = {item.ticket_id for item in self.tickets}
        for key in self.ticket_reasons:
            if key not in there:
                raise DomainError(_("This ticket is not in the visit."), attr=f"carry_over_tickets.{key}")

    def _was_worked(self) -> bool:
        """Something was answered in the visit, or, where the site has nothing to look at, time or a part entered."""
        assert self.row.started_at is not None
        if has_answers(self.row, since=self.row.started_at - CLOCK_SKEW):
            return True
        entries = (model.objects.filter(source=self.row.number) for model in (TimeEntry, PartUsed))
        return not self.items and any(rows.exists() for rows in entries)

    def _is_carried(self, gap: Gap) -> bool:
        if gap.work_order is not None:
            return gap.work_order.pk in self.work_reasons
        return gap.ticket is not None and gap.ticket.pk in self.ticket_reasons


# -- signatures -----------------------------------------------------------------------------------


def _is_same(row: Visit, signs: Mapping[Party, Sign]) -> bool:
    stored = dict(row.signatures.values_list("party", "client_uuid"))
    return stored == {party.value: sign.client_uuid for party, sign in signs.items()}


def _check_sign(party: Party, sign: Sign) -> None:
    if sign.outcome not in SignatureOutcome.values:
        raise DomainError(_("Choose signed, refused or absent."), attr=f"{party}.outcome", code="invalid_choice")
    fitting(sign.name, NAME_LENGTH, f"{party}.name")
    if sign.outcome != SignatureOutcome.SIGNED:
        given(sign.reason, f"{party}.reason")
        return
    if not sign.name.strip():
        raise DomainError(_("Say who signs."), attr=f"{party}.name", code="required")
    if sign.upload is None:
        raise DomainError(_("The signature is missing."), attr=f"{party}.image", code="required")


def _store(row: Visit, party: Party, sign: Sign, *, by: User | None, now: datetime) -> Signature:
    signed = sign.outcome == SignatureOutcome.SIGNED
    if Signature.objects.filter(client_uuid=sign.client_uuid).exists():
        message = _("Something else was stored under this id.")
        raise Conflict(message, attr=f"{party}.client_uuid", code="uuid_reused")
    image = store_image(upload=sign.upload, by=by, now=now, attr=f"{party}.image") if signed and sign.upload else None
    return Signature.objects.create(
        client_uuid=sign.client_uuid,
        visit=row,
        party=party,
        outcome=sign.outcome,
        name=sign.name.strip(),
        reason="" if signed else sign.reason.strip(),
        image=image,
        signed_at=now,
        by=by,
    )
