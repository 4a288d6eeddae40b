"""Time and parts are recorded with what the contract says about them on that day, and taken back.

Whether what they were used for is still open is known to the app above, which asks first.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contracts.entitlement import entitlement_of
from contracts.enums import TimeKind, WorkKind
from contracts.models import Asset, PartUsed, Site, TimeEntry
from portal.accounts.models import User
from portal.web.errors import Conflict, DomainError

CLOCK_SKEW = timedelta(minutes=10)  # how far a device's clock may be ahead of ours
MOST_MINUTES = 24 * 60
MOST_PARTS = 10_000
NOTE_LENGTH = 300

# What a contract decides about; work and travel are part of whatever they were spent on.
_WORK_KINDS = {TimeKind.TRAINING: WorkKind.TRAINING, TimeKind.ADVICE: WorkKind.ADVICE}

_Row = TypeVar("_Row", TimeEntry, PartUsed)


@transaction.atomic
def record_time(
    *,
    site: Site,
    source: str,
    source_label: str = "",
    minutes: int,
    kind: str = TimeKind.LABOUR,
    work_kind: str = WorkKind.TROUBLESHOOTING,
    asset: Asset | None = None,
    note: str = "",
    used_at: datetime | None = None,
    client_uuid: uuid.UUID | None = None,
    by: User | None,
    now: datetime,
) -> TimeEntry:
    """Minutes spent; `used_at` is when they began, None = they end now.

    `work_kind` is what they were spent on, for work and travel. The same `client_uuid` with the same
    content returns the stored row, with other content it is a Conflict.
    """
    if kind not in TimeKind.values:
        raise DomainError(_("Choose the kind of time."), attr="kind", code="invalid_choice")
    if not 1 <= minutes <= MOST_MINUTES:
        raise DomainError(_("Give 1 to %(most)s minutes.") % {"most": MOST_MINUTES}, attr="minutes")
    values = {"kind": kind, "minutes": minutes, "source": source, "asset": asset, "note": _short(note)}
    decided_by = _WORK_KINDS.get(TimeKind(kind), WorkKind(work_kind))
    used_at = used_at or now - timedelta(minutes=minutes)
    return _record(TimeEntry, site, values, decided_by, source_label, used_at, client_uuid, by, now)


@transaction.atomic
def record_part(
    *,
    site: Site,
    source: str,
    source_label: str = "",
    name: str,
    quantity: int = 1,
    part_number: str = "",
    serial_number: str = "",
    asset: Asset | None = None,
    note: str = "",
    used_at: datetime | None = None,
    client_uuid: uuid.UUID | None = None,
    by: User | None,
    now: datetime,
) -> PartUsed:
    """A part built in or handed over; repeats as with `record_time`."""
    if not name.strip():
        raise DomainError(_("Name the part."), attr="name", code="required")
    if not 1 <= quantity <= MOST_PARTS:
        raise DomainError(_("Give a number from 1 to %(most)s.") % {"most": MOST_PARTS}, attr="quantity")
    values = {
        "name": _fitting(name, 160, "name"),
        "part_number": _fitting(part_number, 80, "part_number"),
        "serial_number": _fitting(serial_number, 80, "serial_number"),
        "quantity": quantity,
        "source": source,
        "asset": asset,
        "note": _short(note),
    }
    return _record(PartUsed, site, values, WorkKind.PARTS, source_label, used_at or now, client_uuid, by, now)


def remove_service(*, row: TimeEntry | PartUsed) -> None:
    """Take back what was entered by mistake. Gone already is as good."""
    type(row)._default_manager.filter(pk=row.pk).delete()


def _record(
    model: type[_Row],
    site: Site,
    values: dict[str, Any],
    work_kind: WorkKind,
    source_label: str,
    used_at: datetime,
    client_uuid: uuid.UUID | None,
    by: User | None,
    now: datetime,
) -> _Row:
    client_uuid = client_uuid or uuid.uuid4()
    known = _stored(model, client_uuid, values)
    if known is not None:
        return known
    asset: Asset | None = values["asset"]
    if asset is not None and asset.site_id != site.pk:
        raise DomainError(_("This equipment stands at another site."), attr="asset")
    if used_at > now + CLOCK_SKEW:
        raise DomainError(_("This lies in the future."), attr="used_at")
    on = used_at.astimezone(ZoneInfo(site.timezone)).date()
    entitled = entitlement_of(site=site, asset=asset, work_kind=work_kind, on=on)
    row = model(
        client_uuid=client_uuid,
        site=site,
        contract=entitled.contract,
        source_label=source_label[:160],
        coverage_decision=entitled.decision.decision,
        coverage_sentence=entitled.decision.reason[:400],
        used_at=used_at,
        recorded_at=now,
        by=by,
        **values,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the same was sent twice at once
        known = _stored(model, client_uuid, values)
        if known is None:
            raise
        return known
    return row


def _stored(model: type[_Row], client_uuid: uuid.UUID, values: dict[str, Any]) -> _Row | None:
    """The row of that id. Raises Conflict where it says something else."""
    known = model._default_manager.filter(client_uuid=client_uuid).first()
    if known is not None and any(getattr(known, name) != value for name, value in values.items()):
        raise Conflict(_("Something else was stored under this id."), attr="client_uuid", code="uuid_reused")
    return known


def _short(note: str) -> str:
    return _fitting(note, NOTE_LENGTH, "note")


def _fitting(text: str, length: int, attr: str) -> str:
    text = text.strip()
    if len(text) > length:
        raise DomainError(_("At most %(length)s characters fit.") % {"length": length}, attr=attr)
    return text
