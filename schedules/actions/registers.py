"""What an answer means beyond itself: readings, backups, releases, capacities and the site follow what counts.

A corrected answer stays as evidence, but what it put into a register leaves it again; so does what
was answered at a step that another choice has made superfluous.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from contracts.catalogue_rows import note_release
from contracts.enums import CapacityMetric
from contracts.models import Asset, AssetCapacity, Release
from contracts.models.history import signed
from portal.accounts.models import User
from schedules.actions.relocation import apply_move, undo_move
from schedules.checklist import Checklist, ChecklistStep
from schedules.enums import Outcome, ReadingSource, Records, StepKind
from schedules.models import Answer, Backup, CapacityEntry, Reading, WorkOrder

STANDS = (Outcome.PASS, Outcome.WARN)


@dataclass
class Registers:
    """Kept in step with the answers of one work order, inside the transaction that stores them."""

    work_order: WorkOrder
    by: User | None
    now: datetime
    moved_limits: bool = False  # a capacity changed, and with it what other steps are judged by

    def turn(self, item: ChecklistStep, checklist: Checklist) -> None:
        """Another choice made the step superfluous, or asked for again."""
        if item.answer is None:
            return
        if item.is_asked:
            self.enter(item, checklist)
        else:
            self.withdraw(item, checklist)

    def enter(self, item: ChecklistStep, checklist: Checklist) -> None:
        """What the answer that counts says."""
        answer = item.answer
        if answer is None or answer.outcome == Outcome.NOT_APPLICABLE:
            return
        if item.asset is not None:
            self._enter_of_asset(answer, item, item.asset, checklist)
        elif item.step.records == Records.SITE_MOVE and answer.outcome in STANDS and checklist.event:
            apply_move(event=checklist.event, work_order=self.work_order, at=answer.made_at, by=self.by, now=self.now)
        elif item.step.records == Records.LEASE_HOURS:
            self._know_lease(answer)

    def withdraw(self, item: ChecklistStep, checklist: Checklist, *, follows: Answer | None = None) -> None:
        """What the answers so far put into the registers; `follows` is the answer that takes their place."""
        assert item.answer is not None
        place = {"answer__target": item.answer.target_id, "answer__step": item.step.pk}
        Reading.objects.filter(**place).delete()
        Backup.objects.filter(**place).delete()
        for entry in CapacityEntry.objects.filter(**place).select_related("answer", "capacity").order_by("-pk"):
            self._put_back(entry)
        if item.step.records == Records.BACKUP_VERIFIED and item.asset is not None:
            self._backups_taken(item.asset).update(verified_at=None)
        stays = follows is not None and follows.outcome in STANDS
        if item.step.records == Records.SITE_MOVE and checklist.event and not stays:
            undo_move(event=checklist.event, work_order=self.work_order, by=self.by, now=self.now)

    # -- parts --------------------------------------------------------------------------------

    def _enter_of_asset(self, answer: Answer, item: ChecklistStep, asset: Asset, checklist: Checklist) -> None:
        step = item.step
        if step.metric and answer.value is not None:
            self._enter_reading(answer, asset, step.metric)
        if step.records == Records.VOICEMAIL_CAPACITY and answer.value is not None:
            self._enter_capacity(answer, asset, int(answer.value))
        elif step.records == Records.BACKUP_VERIFIED and answer.outcome in STANDS:
            self._backups_taken(asset).filter(taken_at__lte=answer.made_at).update(verified_at=answer.made_at)
        elif step.kind == StepKind.BACKUP and answer.outcome != Outcome.FAIL:
            self._enter_backup(answer, asset)
        elif step.kind == StepKind.VERSION and answer.outcome != Outcome.FAIL:
            self._install(answer.text, asset, _fixes(checklist, item))

    def _enter_reading(self, answer: Answer, asset: Asset, metric: str) -> None:
        Reading.objects.create(
            asset=asset,
            metric=metric,
            value=answer.value or 0.0,
            taken_at=answer.made_at,
            source=ReadingSource.STEP,
            answer=answer,
            recorded_at=self.now,
        )

    def _backups_taken(self, asset: Asset) -> QuerySet[Backup]:
        """Those that this work entered for the asset."""
        return Backup.objects.filter(asset=asset, answer__target__work_order=self.work_order)

    def _enter_backup(self, answer: Answer, asset: Asset) -> None:
        Backup.objects.create(
            asset=asset,
            taken_at=answer.made_at,
            size_bytes=None if answer.value is None else int(answer.value),
            sha256=answer.sha256,
            location=answer.text,
            answer=answer,
            recorded_at=self.now,
        )

    def _enter_capacity(self, answer: Answer, asset: Asset, minutes: int) -> None:
        """From the answer's day on, at the site; what stood there for that very day is remembered."""
        Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        on = answer.made_at.astimezone(ZoneInfo(self.work_order.site.timezone)).date()
        key: dict[str, Any] = {"asset": asset, "metric": CapacityMetric.VOICEMAIL_MINUTES, "from_on": on}
        stood = AssetCapacity.objects.filter(**key).first()
        row, _created = AssetCapacity.objects.update_or_create(**key, defaults={"value": minutes})
        CapacityEntry.objects.create(
            answer=answer, capacity=row, replaced_value=stood.value if stood else None, recorded_at=self.now
        )
        self.moved_limits = True

    def _put_back(self, entry: CapacityEntry) -> None:
        """The figure from before; one that somebody has changed since stays."""
        capacity = entry.capacity
        entry.delete()
        self.moved_limits = True
        if capacity.value != int(entry.answer.value or 0):
            return
        if entry.replaced_value is None:
            capacity.delete()
        else:
            capacity.value = entry.replaced_value
            capacity.save(update_fields=["value"])

    def _install(self, version: str, asset: Asset, fixes: str) -> None:
        """The release on the asset. One that the catalogue does not know joins it, where our own staff saw it."""
        release = self._release(version, asset)
        if release is None:
            return
        if fixes and not release.fixes:
            release.fixes = fixes
            release.save(update_fields=["fixes"])
        if release.pk != asset.installed_release_id:
            asset.installed_release = release
            with signed(by=self.by, now=self.now):
                asset.save(update_fields=["installed_release"])

    def _release(self, version: str, asset: Asset) -> Release | None:
        is_ours = self.by is not None and self.by.is_var
        if is_ours and any(sign.isdigit() for sign in version):
            return note_release(product=asset.product, version=version)
        return Release.objects.filter(product=asset.product_id, version__iexact=version).first()

    def _know_lease(self, answer: Answer) -> None:
        """The site's own figure from now on, where it had none; our staff's word alone."""
        site = self.work_order.site
        if answer.value is None or self.by is None or not self.by.is_var or site.dhcp_lease_hours is not None:
            return
        site.dhcp_lease_hours = math.ceil(answer.value)
        with signed(by=self.by, now=self.now):
            site.save(update_fields=["dhcp_lease_hours"])


def _fixes(checklist: Checklist, installed: ChecklistStep) -> str:
    """What was noted about the release before it was installed."""
    for item in checklist.asked:
        if item.step.records == Records.RELEASE_FIXES and item.target_id == installed.target_id and item.answer:
            return item.answer.text
    return ""
