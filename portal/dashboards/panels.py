"""What the pages of an asset, a site, a customer and a contract show of work, visits, tickets and readings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.enums import Performer
from contracts.models import Asset, Contract, Customer, Site
from contracts.panels import Line, Panel, show_with
from portal.accounts.models import User
from portal.web.templatetags.web import in_zone, instant, percent
from schedules.compliance import pm_compliance
from schedules.enums import OPEN_STATUSES, Metric, WorkStatus
from schedules.models import Backup, ChangeEvent, Reading, Target, Visit, WorkOrder
from schedules.trend import Point, Trend, trend_of
from tickets.models import Ticket

LINES = 5  # of one panel
READINGS = 200  # the newest, over all metrics of an asset
PERIOD = timedelta(days=90)  # of compliance and attainment
FILLS_WITHIN = timedelta(days=365)  # what is full later needs no warning yet


def show_panels() -> None:
    """Hand the panels down to the register's pages; safe to repeat."""
    show_with(Asset, asset_panels)
    show_with(Site, site_panels)
    show_with(Customer, customer_panels)
    show_with(Contract, contract_panels)


def asset_panels(asset: Asset, user: User, now: datetime) -> list[Panel]:
    """Five queries. Open work is the site's: what it applies to is fixed only when it begins."""
    work = WorkOrder.objects.visible_to(user)
    done = work.filter(pk__in=Target.objects.filter(asset=asset).values("work_order"))
    return [
        _tickets(user, asset=asset),
        _readings(asset, user, now),
        _backups(asset, user, now),
        *_work(work.filter(Q(asset=asset) | Q(asset=None), site=asset.site_id), done, now),
        _changes(ChangeEvent.objects.visible_to(user).filter(Q(asset=asset) | Q(asset=None, site=asset.site_id))),
    ]


def site_panels(site: Site, user: User, now: datetime) -> list[Panel]:
    """Four queries."""
    work = WorkOrder.objects.visible_to(user).filter(site=site)
    return [
        _visits(Visit.objects.visible_to(user).filter(site=site), site=site.pk),
        _tickets(user, site=site),
        *_work(work, work, now, site=site.pk),
        _changes(ChangeEvent.objects.visible_to(user).filter(site=site), site=site.pk),
    ]


def customer_panels(customer: Customer, user: User, now: datetime) -> list[Panel]:
    """Four queries."""
    work = WorkOrder.objects.visible_to(user).filter(site__customer=customer)
    return [
        _tickets(user, customer=customer),
        _visits(Visit.objects.visible_to(user).filter(site__customer=customer), customer=customer.pk),
        *_work(work, work, now, customer=customer.pk),
        _on_time(work, now),
    ]


def contract_panels(contract: Contract, user: User, now: datetime) -> list[Panel]:
    """Two queries."""
    work = WorkOrder.objects.visible_to(user).filter(contract=contract)
    return [_on_time(work, now), *_work(work, work, now)]


# -- tickets, visits, changes ---------------------------------------------------------------------


def _tickets(user: User, **where: Any) -> Panel:
    """The open ones first, then the newest."""
    rows = Ticket.objects.visible_to(user).filter(**where).order_by("-opened_at")[:LINES]
    lines = [
        Line(
            row.summary,
            f"{row.number} · {row.severity} · {instant(row.opened_at)}",
            row.get_absolute_url(),
            row.state,
            row.get_state_display(),
        )
        for row in rows
    ]
    query = {"show": "all"} | {name: row.pk for name, row in where.items() if name == "customer"}
    more = f"{reverse('tickets:ticket_list')}?{urlencode(query)}" if "asset" not in where else ""
    return Panel(_("Tickets"), "ticket", lines, _("No fault was ever reported here."), more)


def _visits(rows: QuerySet[Visit], **query: int) -> Panel:
    found = rows.select_related("site", "technician").order_by("-planned_start_at")[:LINES]
    lines = [
        Line(
            in_zone(row.planned_start_at, row.site.timezone),
            f"{row.number} · {row.site.name} · {row.technician.name}",
            reverse("schedules:visit_detail", args=[row.number]),
            row.status,
            row.get_status_display(),
        )
        for row in found
    ]
    more = f"{reverse('schedules:visit_list')}?{urlencode(query)}"
    return Panel(_("Visits"), "calendar-event", lines, _("Nobody was there yet."), more)


def _changes(rows: QuerySet[ChangeEvent], **query: int) -> Panel:
    found = rows.select_related("site").order_by("-occurs_at")[:LINES]
    lines = [
        Line(
            str(row.get_kind_display()),
            f"{row.number} · {in_zone(row.occurs_at, row.site.timezone)}",
            reverse("schedules:change_event_detail", args=[row.number]),
        )
        for row in found
    ]
    more = f"{reverse('schedules:change_event_list')}?{urlencode(query)}" if query else ""
    return Panel(_("Changes"), "replace", lines, _("No change was reported."), more)


# -- work -----------------------------------------------------------------------------------------


def _work(rows: QuerySet[WorkOrder], done: QuerySet[WorkOrder], now: datetime, **query: int) -> list[Panel]:
    """What is open of `rows`, and what was done lately of `done`; one query."""
    is_open, is_done = Q(status__in=OPEN_STATUSES), Q(status=WorkStatus.DONE)
    first = rows.filter(is_open).order_by("due_at").values("pk")[:LINES]
    last = done.filter(is_done).order_by("-due_at").values("pk")[:LINES]
    named = WorkOrder.objects.filter(Q(pk__in=first) | Q(pk__in=last)).order_by("due_at")
    found = list(named.select_related("site", "procedure_version__procedure"))
    ahead = [_work_line(row, "overdue" if row.due_at < now else row.status) for row in found if row.is_open]
    behind = [_work_line(row, row.status) for row in reversed(found) if not row.is_open]
    return [
        Panel(_("To be done"), "checklist", ahead, _("Nothing is open."), _work_list(query)),
        Panel(_("Done lately"), "circle-check", behind, _("Nothing yet."), _work_list({"show": "done", **query})),
    ]


def _work_line(row: WorkOrder, look: str) -> Line:
    words = _("Overdue") if look == "overdue" else str(row.get_status_display())
    return Line(
        row.procedure_version.procedure.name,
        f"{row.number} · {row.site.name} · {in_zone(row.finished_at or row.due_at, row.site.timezone)}",
        reverse("schedules:work_order_detail", args=[row.number]),
        look,
        words,
    )


def _work_list(query: dict[str, Any]) -> str:
    return f"{reverse('schedules:work_order_list')}?{urlencode(query)}" if set(query) - {"show"} else ""


def _on_time(rows: QuerySet[WorkOrder], now: datetime) -> Panel:
    figures = pm_compliance(rows, from_at=now - PERIOD, until_at=now, now=now)
    lines = []
    for performer, words in ((Performer.VAR, _("Our work")), (Performer.CUSTOMER, _("The customer's checks"))):
        figure = figures[performer]
        if figure.counted:
            counted = ngettext("%(n)d due", "%(n)d due", figure.counted) % {"n": figure.counted}
            missed = _("%(n)d missed or late") % {"n": figure.counted - figure.on_time}
            lines.append(Line(f"{words}: {percent(figure.share)}", f"{counted} · {missed}"))
    return Panel(_("Done on time, last 90 days"), "percentage", lines, _("Nothing was due yet."))


# -- readings and backups -------------------------------------------------------------------------


def _readings(asset: Asset, user: User, now: datetime) -> Panel:
    newest = list(Reading.objects.visible_to(user).filter(asset=asset).order_by("-taken_at")[:READINGS])
    full_at = _capacities(asset, now.date())
    lines = []
    for metric in Metric:
        points = [Point(row.taken_at, row.value) for row in newest if row.metric == metric]
        trend = trend_of(points)
        if trend:
            lines.append(_reading_line(metric, trend, full_at.get(metric.value), now))
    return Panel(_("Readings"), "chart-line", lines, _("Nothing was measured yet."))


def _capacities(asset: Asset, on: date) -> dict[str, int]:
    """What it holds on that day by metric, as `Asset.capacity` decides; no query where `capacities` is prefetched."""
    shipped = asset.product.voicemail_capacity_minutes
    found = {Metric.VOICEMAIL_MINUTES.value: shipped} if shipped else {}
    own = sorted(asset.capacities.all(), key=lambda row: row.from_on)
    return found | {row.metric: row.value for row in own if row.from_on <= on}


def _reading_line(metric: Metric, trend: Trend, capacity: int | None, now: datetime) -> Line:
    value = _figure(trend.last.value)
    title = f"{metric.label}: {value}"
    if capacity:
        title = _("%(metric)s: %(value)s of %(capacity)s") % {
            "metric": metric.label,
            "value": value,
            "capacity": _figure(capacity),
        }
    full = trend.reaches(capacity) if capacity else None
    warned = full is not None and full <= now + FILLS_WITHIN
    notes = [instant(trend.last.at), _slope_words(trend)]
    if warned and full is not None:
        notes.append(_("full about %(day)s") % {"day": date_format(timezone.localtime(full), "j M Y")})
    return Line(
        title, " · ".join(note for note in notes if note), state="warn" if warned else "", state_words=_("Filling")
    )


def _figure(value: float) -> str:
    """Two decimals at most, and none where there is nothing behind the point."""
    short = round(value, 2)
    return str(number_format(int(short) if short == int(short) else short, force_grouping=True))


def _slope_words(trend: Trend) -> str:
    """Where the figures head, per week: a day's part is too small to read."""
    if trend.slope_per_day is None or trend.count < 3:
        return ""
    week = round(trend.slope_per_day * 7, 2)
    if not week:
        return _("steady")
    return _("%(sign)s%(value)s a week") % {"sign": "+" if week > 0 else "−", "value": _figure(abs(week))}


def _backups(asset: Asset, user: User, now: datetime) -> Panel:
    rows = Backup.objects.visible_to(user).filter(asset=asset).order_by("-taken_at")[:LINES]
    lines = [
        Line(
            str(instant(row.taken_at)),
            row.location if user.is_var else "",
            state="pass" if row.verified_at else "untouched",
            state_words=_("Verified") if row.verified_at else _("Not verified"),
        )
        for row in rows
    ]
    return Panel(
        _("Backups"), "database-export", lines, _("No backup is known. Without one everything is typed in again.")
    )
