"""A site moves: its address, and what changes with it. The contract stays; its schedules follow the new zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import BusinessCalendar, Site
from contracts.models.history import signed
from portal.accounts.models import User
from portal.web.errors import Conflict

FACTS = ("address", "timezone", "region", "calendar_id", "access_notes")


class Moved(NamedTuple):
    """The facts that changed, as they were and as they are; fit for JSON."""

    before: dict[str, Any]
    after: dict[str, Any]


@transaction.atomic
def move_site(*, site: Site, facts: Mapping[str, Any], by: User | None, now: datetime) -> Moved:
    """Set those of `FACTS` that are named; safe to repeat. `site` itself is brought up to date.

    Raises Conflict where the calendar is gone.
    """
    row = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    changed = [name for name in FACTS if name in facts and facts[name] != getattr(row, name)]
    if "calendar_id" in changed and not BusinessCalendar.objects.filter(pk=facts["calendar_id"]).exists():
        raise Conflict(_("The calendar that was named for the new place is gone. Choose another one."))
    before = {name: getattr(row, name) for name in changed}
    for name in changed:
        setattr(row, name, facts[name])
    if changed:
        with signed(by=by, now=now):
            row.save(update_fields=[name.removesuffix("_id") for name in changed])
    site.refresh_from_db()
    return Moved(before, {name: getattr(row, name) for name in changed})
