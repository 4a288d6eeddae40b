"""A visit as it was when it was signed, as plain values: frozen then, read by the page and by the file.

Everything is said in the customer's language and on the site's clock, since neither may change afterwards.
It holds what the customer reads and nothing else: no notes for the technician, no place where a backup lies,
of the remarks at steps only those that say what is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from contracts.models import PartUsed, TimeEntry
from portal.accounts.models import Organisation
from portal.files.models import File
from portal.web.instants import place_of
from schedules.enums import ItemOutcome, Outcome
from schedules.models import Signature, Visit, VisitReport
from schedules.report.labels import labels
from schedules.report.upcoming import upcoming
from schedules.report.work import readings_in, troubles_in, work_in
from schedules.visit_words import CLOCK, DAY

FORMAT = 1
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they would reach beyond their text
Content = dict[str, Any]


def build_report(visit: Visit, *, now: datetime) -> Content:
    """What is stored once and never changed: only values that JSON knows. A dozen queries, and eight a checklist."""
    row = Visit.objects.select_related("site__customer", "technician").get(pk=visit.pk)
    with translation.override(row.site.customer.language):
        content: Content = _clean(_content(row, now))
        return content


def _content(visit: Visit, now: datetime) -> Content:
    zone = ZoneInfo(visit.site.timezone)
    work = work_in(visit, now=now)
    troubles, carried = troubles_in(work), _carried_over(visit)
    return {
        "format": FORMAT,
        "language": visit.site.customer.language,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "labels": labels(),
        "number": visit.number,
        "title": _("Maintenance report %(number)s") % {"number": visit.number},
        "day": date_format((visit.started_at or visit.planned_start_at).astimezone(zone), DAY),
        "var": _var(),
        "customer": {"name": visit.site.customer.name},
        "site": {"name": visit.site.name, "address": visit.site.address, "timezone": visit.site.timezone},
        "place": place_of(visit.site.timezone),
        "contracts": sorted({one["contract"] for one in work if one["contract"]}),
        "technician": {"name": visit.technician.name},
        "times": {
            "arrived": _instant(visit.started_at, zone),
            "finished": _instant(visit.finished_at, zone),
            "signed": _instant(now, zone),
        },
        "summary": _summary(work, troubles, carried),
        "troubles": troubles,
        "readings": readings_in(work),
        "work": work,
        "tickets": _tickets(visit),
        "carried_over": carried,
        "time": _time(visit, zone),
        "parts": _parts(visit),
        "next": upcoming(visit, now=now),
        "signatures": [_signature(one, zone) for one in _signatures(visit)],
    }


def _var() -> Content:
    var = Organisation.objects.select_related("logo").first() or Organisation()
    details = {"name": var.name, "address": var.address, "phone": var.phone, "email": var.email}
    return details | {"logo": _image(var.logo)}


def _image(file: File | None) -> Content | None:
    return {"uuid": str(file.uuid), "sha256": file.sha256} if file else None


def _instant(at: datetime | None, zone: ZoneInfo) -> Content | None:
    if at is None:
        return None
    local = at.astimezone(zone)
    return {"at": at.isoformat(), "day": date_format(local, DAY), "clock": date_format(local, CLOCK)}


def _signatures(visit: Visit) -> Iterable[Signature]:
    """The technician's first."""
    return sorted(visit.signatures.select_related("image"), key=lambda one: one.party != "technician")


def _signature(row: Signature, zone: ZoneInfo) -> Content:
    return {
        "party": row.party,
        "party_words": row.get_party_display(),
        "outcome": row.outcome,
        "outcome_words": row.get_outcome_display(),
        "name": row.name,
        "reason": row.reason,
        "image": _image(row.image),
        "signed": _instant(row.signed_at, zone),
    }


# -- what came of it --------------------------------------------------------------------------


def _summary(work: list[Content], troubles: list[Content], carried: list[Content]) -> Content:
    answered = sum(1 for one in work for target in one["targets"] for step in target["steps"] if step["outcome"])
    failed = sum(trouble["outcome"] == Outcome.FAIL for trouble in troubles)
    watched, left = len(troubles) - failed, len(carried)
    parts = [
        ngettext("%(n)d point was checked", "%(n)d points were checked", answered) % {"n": answered},
        ngettext("%(n)d failed", "%(n)d failed", failed) % {"n": failed} if failed else "",
        ngettext("%(n)d needs watching", "%(n)d need watching", watched) % {"n": watched} if watched else "",
        "" if troubles else _("all are in order"),
    ]
    sentence = ", ".join(part for part in parts if part) + "."
    if left:
        later = ngettext("%(n)d job is left for the next visit.", "%(n)d jobs are left for the next visit.", left)
        sentence = f"{sentence} {later % {'n': left}}"
    return {"answered": answered, "failed": failed, "watched": watched, "carried_over": left, "sentence": sentence}


def _carried_over(visit: Visit) -> list[Content]:
    """Work and tickets that the next visit takes, and why."""
    orders = visit.work.filter(outcome=ItemOutcome.CARRIED_OVER)
    orders = orders.select_related("work_order__procedure_version__procedure")
    tickets = visit.ticket_items.filter(outcome=ItemOutcome.CARRIED_OVER).select_related("ticket")
    found = [(one.work_order.number, one.work_order.procedure_version.procedure.name, one.reason) for one in orders]
    found += [(one.ticket.number, one.ticket.summary, one.reason) for one in tickets]
    return [{"number": number, "name": name, "reason": reason} for number, name, reason in found]


def _tickets(visit: Visit) -> list[Content]:
    rows = visit.ticket_items.exclude(outcome=ItemOutcome.REMOVED).select_related("ticket")
    return [
        {
            "number": one.ticket.number,
            "summary": one.ticket.summary,
            "state": one.ticket.state,
            "state_words": one.ticket.get_state_display(),
        }
        for one in rows
    ]


# -- what it took -----------------------------------------------------------------------------


def _time(visit: Visit, zone: ZoneInfo) -> list[Content]:
    rows = TimeEntry.objects.filter(source=visit.number).select_related("by")
    return [
        {
            "kind": one.get_kind_display(),
            "amount": _minutes(one.minutes),
            "minutes": one.minutes,
            "who": str(one.by or ""),
            "on": date_format(one.used_at.astimezone(zone), "j M"),
        }
        | _cost(one)
        for one in rows
    ]


def _parts(visit: Visit) -> list[Content]:
    rows = PartUsed.objects.filter(source=visit.number).select_related("asset")
    return [
        {
            "name": one.name,
            "amount": str(one.quantity),
            "quantity": one.quantity,
            "part_number": one.part_number,
            "serial_number": one.serial_number,
            "asset": one.asset.tag if one.asset else "",
        }
        | _cost(one)
        for one in rows
    ]


def _cost(row: TimeEntry | PartUsed) -> Content:
    return {
        "decision": row.coverage_decision,
        "decision_words": row.get_coverage_decision_display(),
        "coverage": row.coverage_sentence,
    }


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": hours} if hours else "", _("%(n)d min") % {"n": rest} if rest or not hours else ""]
    return " ".join(part for part in parts if part)


# -- safe to keep -----------------------------------------------------------------------------


def _clean(value: Any) -> Any:
    """The same without characters that no text has: PostgreSQL refuses NUL, files show the others as boxes."""
    if isinstance(value, dict):
        return {name: _clean(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return "".join(char for char in value if _is_text(char)) if isinstance(value, str) else value


def _is_text(char: str) -> bool:
    """Neither control, unassigned nor private, and nothing that turns the direction of what follows."""
    return char == "\n" or (char not in TURNING and unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co"))


def images_of(report: VisitReport) -> set[str]:
    """The UUID of every picture that the report shows."""
    content = report.content
    pictures = [content["var"]["logo"], *(one["image"] for one in content["signatures"])]
    steps = (step for one in content["work"] for target in one["targets"] for step in target["steps"])
    pictures += [photo for step in steps for photo in step["photos"]]
    return {picture["uuid"] for picture in pictures if picture}
