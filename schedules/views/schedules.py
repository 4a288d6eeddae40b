"""Pages about what recurs: schedules, their dates, and the runs that make work of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from contracts.rule import RuleError
from contracts.worktime import CalendarError
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.lists import PAGE_SIZE, Column, list_page, render_list
from schedules import sheets
from schedules.actions import retry_schedule
from schedules.agreements import Agreements
from schedules.enums import ScheduleState
from schedules.filters import ScheduleFilterSet
from schedules.models import GenerationRun, Schedule
from schedules.permissions import can_edit_programme, can_see_programme
from schedules.series import Planned

FORECAST_DATES = 10
LAST_OUTCOMES = 10
SORT = {
    "next": ("next_nominal_on",),
    "contract": ("contract",),
    "site": ("site__customer__name", "site__name"),
    "procedure": ("procedure__slug",),
    "state": ("state",),
}


class Forecast(NamedTuple):
    """The dates that lie ahead as far as terms reach; `problem` says why there are none."""

    dates: list[Planned]
    problem: str


@login_required
@require_safe
def schedule_list(request: HttpRequest) -> HttpResponse:
    listing = list_page(
        request,
        queryset=Schedule.objects.visible_to(person(request)).select_related("contract", "site__customer", "procedure"),
        filterset=ScheduleFilterSet,
        columns=[
            Column(_("Work"), "procedure"),
            Column(_("Site"), "site"),
            Column(_("Contract"), "contract"),
            Column(_("How often")),
            Column(_("Next date"), "next"),
            Column(_("State"), "state"),
        ],
        sortable=SORT,
        default="site",
        sheet=sheets.SCHEDULES,
    )
    return render_list(
        request, "schedules/schedule_list.html", listing, can_see_programme=can_see_programme(person(request))
    )


@login_required
@require_safe
def schedule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = _schedule(request, pk)
    now = timezone.now()
    last = schedule.work_orders.select_related("site", "assignee").order_by("-nominal_on")[:LAST_OUTCOMES]
    context = {
        "schedule": schedule,
        "now": now,
        "forecast": _forecast(schedule, now),
        "last": last,
        "can_retry": can_edit_programme(person(request)) and schedule.state == ScheduleState.SET_ASIDE,
    }
    return render(request, "schedules/schedule_detail.html", context)


@login_required
@require_POST
def schedule_retry(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = _schedule(request, pk)
    user = person(request)
    require(can_edit_programme(user))
    try:
        retry_schedule(schedule=schedule, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The schedule runs again."))
    return redirect("schedules:schedule_detail", pk)


@login_required
@require_safe
def generation_run_list(request: HttpRequest) -> HttpResponse:
    """The latest batches of the generator: where one looks when work is missing."""
    user = person(request)
    require(can_see_programme(user))
    runs = Paginator(GenerationRun.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    schedules = Schedule.objects.visible_to(user)
    waiting = schedules.due(timezone.now()).count()
    set_aside = schedules.filter(state=ScheduleState.SET_ASIDE).count()
    listing = {"page": runs, "querystring": ""}
    return render(
        request,
        "schedules/generation_run_list.html",
        {"listing": listing, "waiting": waiting, "set_aside": set_aside},
    )


def _schedule(request: HttpRequest, pk: int) -> Schedule:
    rows = Schedule.objects.visible_to(person(request))
    related = rows.select_related("contract", "site__customer", "procedure")
    schedule: Schedule = get_object_or_404(related, pk=pk)
    return schedule


def _forecast(schedule: Schedule, now: datetime) -> Forecast:
    """The next dates that are not work orders yet. A plan that makes no sense any more tells its fault."""
    if schedule.state == ScheduleState.ENDED:
        return Forecast([], _("This schedule has ended with its contract."))
    try:
        dates = list(islice(_dates_ahead(schedule, now), FORECAST_DATES))
    except (RuleError, CalendarError) as error:
        return Forecast([], str(error))
    return Forecast(dates, "" if dates else str(NOTHING_AHEAD))


def _dates_ahead(schedule: Schedule, now: datetime) -> Iterator[Planned]:
    if schedule.next_nominal_on is None:
        return iter(())
    series = Agreements([schedule.contract]).series_of(schedule)
    return series.planned(max(schedule.next_nominal_on, _today(schedule, now)))


def _today(schedule: Schedule, now: datetime) -> date:
    return now.astimezone(ZoneInfo(schedule.timezone)).date()


NOTHING_AHEAD = gettext_lazy("Nothing lies ahead: no terms, or no covered equipment, on later days.")
