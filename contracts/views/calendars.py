"""Pages about business calendars."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.actions import save_calendar
from contracts.actions.versions import YEARS_AHEAD, YEARS_BACK
from contracts.bounds import organisation_zone
from contracts.filters import NamedFilterSet
from contracts.forms.calendars import CalendarForm, initial_of
from contracts.forms.fields import lines_of, typed
from contracts.holiday_dates import holiday_dates
from contracts.models import BusinessCalendar, CalendarVersion, Contract
from contracts.permissions import can_configure, can_see_configuration
from contracts.views.frame import (
    WIDE,
    archive_button,
    crumb,
    form_page,
    require_form,
    restore_button,
    sent,
    shown_version,
    visible,
)
from contracts.worktime import DAYS
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from portal.web.lists import Column, list_page, render_list

SORT = {"name": ("name",), "sites": ("site_count", "name")}
_NEXT_HOLIDAYS = 8
_NINE_TO_FIVE = dict.fromkeys(DAYS[:5], "09:00-17:00")


class CalendarFilterSet(NamedFilterSet):
    class Meta:
        model = BusinessCalendar
        fields: list[str] = []


def _calendar(request: HttpRequest, pk: int) -> BusinessCalendar:
    return visible(request, BusinessCalendar, pk)


@login_required
@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    require(can_see_configuration(request.user))
    newest = CalendarVersion.objects.filter(calendar=OuterRef("pk")).order_by("-number")
    rows = BusinessCalendar.objects.visible_to(request.user).annotate(
        site_count=Count("sites", filter=Q(sites__archived_at=None)),
        zone=Subquery(newest.values("timezone")[:1]),
        holidays_until=Subquery(newest.values("holidays_until")[:1]),
    )
    listing = list_page(
        request,
        queryset=rows,
        filterset=CalendarFilterSet,
        columns=[
            Column(_("Calendar"), "name"),
            Column(_("Time zone"), css=WIDE),
            Column(_("Public holidays"), css=WIDE),
            Column(_("Filled in until"), css=WIDE),
            Column(_("Sites"), "sites", css="text-end"),
        ],
        sortable=SORT,
        default="name",
        sheet=sheets.CALENDARS,
    )
    return render_list(request, "contracts/calendar_list.html", listing, may_edit=can_configure(request.user))


class Day(NamedTuple):
    """A row of the week as the page shows it."""

    label: str
    hours: list[list[str]]


@login_required
@require_safe
def calendar_detail(request: HttpRequest, pk: int) -> HttpResponse:
    calendar = _calendar(request, pk)
    version = shown_version(request, calendar)
    now = timezone.now()
    today = now.astimezone(ZoneInfo(version.timezone)).date()
    contracts = Contract.objects.visible_to(request.user).running().filter(terms__calendar_version__calendar=calendar)
    context = {
        "calendar": calendar,
        "version": version,
        "week": [Day(str(WEEKDAYS[index]), version.hours.get(day, [])) for index, day in enumerate(DAYS)],
        "holidays": _dates_from(version.holidays, today)[:_NEXT_HOLIDAYS],
        "exceptions": [(day, version.exceptions[day.isoformat()]) for day in _dates_from(version.exceptions, today)],
        "is_open": version.work_calendar().is_open(now),
        "versions": calendar.versions.select_related("created_by").order_by("-number"),
        "sites": calendar.sites.filter(archived_at=None).select_related("customer"),
        "contracts": contracts.select_related("customer").distinct(),
        "may_edit": can_configure(request.user),
    }
    return render(request, "contracts/calendar_detail.html", context)


def _dates_from(days: list[str] | dict[str, object], on: date) -> list[date]:
    """Those of the dates that are not over, in order."""
    return sorted(day for day in map(date.fromisoformat, days) if day >= on)


@login_required
@require_form
def calendar_create(request: HttpRequest) -> HttpResponse:
    require(can_configure(request.user))
    form = CalendarForm(sent(request), initial={"timezone": organisation_zone(), **_NINE_TO_FIVE})
    return _calendar_page(request, form, None, _("Add a calendar"), reverse("contracts:calendar_list"))


@login_required
@require_form
def calendar_edit(request: HttpRequest, pk: int) -> HttpResponse:
    calendar = _calendar(request, pk)
    require(can_configure(request.user))
    form = CalendarForm(sent(request), initial=initial_of(calendar.current()))
    cancel = reverse("contracts:calendar_detail", args=[pk])
    return _calendar_page(request, form, calendar, _("Edit %(name)s") % {"name": calendar}, cancel)


def _calendar_page(
    request: HttpRequest, form: CalendarForm, calendar: BusinessCalendar | None, heading: str, cancel: str
) -> HttpResponse:
    context = {"heading": heading, "cancel": cancel, "crumbs": [crumb(_("Calendars"), "calendar_list")], "days": DAYS}
    template = "contracts/calendar_form.html"
    if "fill" in request.POST:
        return render(request, template, {"form": _with_public_holidays(form), **context})

    def save(valid: CalendarForm) -> str:
        version = save_calendar(calendar=calendar, **valid.values(), by=person(request), now=timezone.now())
        return reverse("contracts:calendar_detail", args=[version.calendar_id])

    return form_page(
        request, form, save, done=_("The calendar was saved."), template=template, show=form.show, **context
    )


def _with_public_holidays(form: CalendarForm) -> CalendarForm:
    """The form as it was typed, with the country's public holidays in the list; nothing is saved."""
    values = typed(form)
    year = timezone.localdate().year
    country, subdivision = (str(values[name] or "").strip().upper() for name in ("country", "subdivision"))
    try:
        found = holiday_dates(country, subdivision, range(year - YEARS_BACK, year + YEARS_AHEAD + 1))
    except DomainError as error:
        show_error(form, error)
        return form
    dates = {*lines_of(str(values["holidays"] or "")), *(day.isoformat() for day in found)}
    return CalendarForm(initial={**values, "holidays": "\n".join(sorted(dates))})


@login_required
@require_POST
def calendar_archive(request: HttpRequest, pk: int) -> HttpResponse:
    calendar = _calendar(request, pk)
    require(can_configure(request.user))
    return archive_button(request, calendar, reverse("contracts:calendar_detail", args=[pk]))


@login_required
@require_POST
def calendar_restore(request: HttpRequest, pk: int) -> HttpResponse:
    calendar = _calendar(request, pk)
    require(can_configure(request.user))
    return restore_button(request, calendar, reverse("contracts:calendar_detail", args=[pk]))
