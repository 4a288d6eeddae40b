"""Planning a visit: first the site, then when, who, and what it holds; moving one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.models import Site
from portal.accounts.access import person
from portal.accounts.models import User
from portal.web.access import require
from portal.web.errors import DomainError
from schedules.actions import plan_visit, reschedule_visit
from schedules.forms.visits import SiteStartForm, VisitMoveForm, VisitPlanForm, WhenForm
from schedules.models import Visit
from schedules.permissions import can_plan_visit
from schedules.site_needs import SiteNeeds, TechniciansDay, Ticks, load_needs, load_technicians_day
from schedules.views.visits import get_visit
from schedules.visit_times import local_day

MORNING = time(9, 0)
SHORTEST = timedelta(hours=1)
QUARTER = 15  # minutes


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_plan(request: HttpRequest) -> HttpResponse:
    """`?site=` says where; `?work_order=` and `?ticket=` what shall be in it. With `look` in what is sent
    nothing is planned: the page comes back with what is due at the new time."""
    user = person(request)
    require(can_plan_visit(user))
    if not request.GET.get("site"):
        return render(request, "schedules/visit_site.html", {"form": SiteStartForm(user=user)})
    site, now = _site(request, user), timezone.now()
    if request.method != "POST":
        return _plan_page(request, site, _fresh_form(request, site, user, now), now)
    form = VisitPlanForm(request.POST, site=site, user=user, initial=_proposal(site, now))
    if "look" in request.POST:
        form.is_valid()  # what is wrong is said when it is planned
        return _plan_page(request, site, form, now)
    visit = _planned(site, form, user, now) if form.is_valid() else None
    if visit is None:
        return _plan_page(request, site, form, now)
    messages.success(request, _("%(number)s is planned. The customer is asked to confirm it.") % {"number": visit})
    return redirect("schedules:visit_detail", visit.number)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time, or somebody else; the customer is asked to confirm anew."""
    visit, user, now = get_visit(request, pk), person(request), timezone.now()
    require(can_plan_visit(user))
    initial = {
        "technician": visit.technician_id,
        "starts_at": visit.planned_start_at,
        "ends_at": visit.planned_end_at,
    }
    sent = request.POST if request.method == "POST" else None
    form = VisitMoveForm(sent, site=visit.site, initial=initial)
    if form.is_valid() and "look" not in request.POST:
        try:
            reschedule_visit(visit=visit, **form.cleaned_data, by=user, now=now)
        except DomainError as error:
            form.show_refusal(error)
        else:
            messages.success(request, _("Moved. The customer is asked to confirm the new time."))
            return redirect("schedules:visit_detail", visit.number)
    context = {"form": form, "visit": visit, "site": visit.site, "now": now} | _day_of(form, visit, now)
    template = "schedules/_visit_day.html" if _is_look(request) else "schedules/visit_reschedule.html"
    return render(request, template, context)


def _planned(site: Site, form: VisitPlanForm, user: User, now: datetime) -> Visit | None:
    """The visit; None where the action refused it and the form says why."""
    try:
        return plan_visit(site=site, **form.cleaned_data, by=user, now=now)
    except DomainError as error:
        form.show_refusal(error)
        return None


def _plan_page(request: HttpRequest, site: Site, form: VisitPlanForm, now: datetime) -> HttpResponse:
    """The page, or with htmx the part of it that hangs on who and when."""
    context: dict[str, Any] = {"form": form, "site": site, "now": now} | _day_of(form, None, now)
    starts_at, ends_at = context["starts_at"], context["ends_at"]
    needs = load_needs(site, starts_at=starts_at, ticks=_ticks(request, site), now=now)
    planned = int((ends_at - starts_at).total_seconds()) // 60
    context |= {"needs": needs, "planned_minutes": planned, "is_short": needs.minutes > planned}
    if request.method != "POST":
        context |= _fitted(form, needs, starts_at)
    template = "schedules/_visit_needs.html" if _is_look(request) else "schedules/visit_plan.html"
    return render(request, template, context)


def _fitted(form: VisitPlanForm, needs: SiteNeeds, starts_at: datetime) -> dict[str, Any]:
    """A page that is shown for the first time proposes as long as the work is estimated to take."""
    minutes = max(-(-needs.minutes // QUARTER) * QUARTER, int(SHORTEST.total_seconds()) // 60)
    ends_at = starts_at + timedelta(minutes=minutes)
    form.initial["ends_at"] = _wall(ends_at, form.site)
    return {"ends_at": ends_at, "planned_minutes": minutes, "is_short": False}


def _fresh_form(request: HttpRequest, site: Site, user: User, now: datetime) -> VisitPlanForm:
    return VisitPlanForm(site=site, user=user, initial=_proposal(site, now) | _usual_technician(site))


def _usual_technician(site: Site) -> dict[str, Any]:
    """Who was there last, as a proposal."""
    last = Visit.objects.filter(site=site, technician__is_active=True).exclude(technician__staff_role="")
    return {"technician": last.values_list("technician", flat=True).first()}


def _proposal(site: Site, now: datetime) -> dict[str, Any]:
    """Tomorrow morning at the site."""
    zone = ZoneInfo(site.timezone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    starts_at = datetime.combine(tomorrow, MORNING, zone)
    return {"starts_at": starts_at, "ends_at": starts_at + SHORTEST}


def _day_of(form: WhenForm, moving: Visit | None, now: datetime) -> dict[str, Any]:
    """The time on the form as far as it makes sense, and what the technician does otherwise that day."""
    starts_at, ends_at = _span(form, now)
    who = _technician(form)
    day: TechniciansDay | None = None
    if who:
        day = load_technicians_day(who, starts_at=starts_at, ends_at=ends_at, site=form.site, moving=moving)
    return {"technician": who, "technicians_day": day, "starts_at": starts_at, "ends_at": ends_at}


def _span(form: WhenForm, now: datetime) -> tuple[datetime, datetime]:
    if form.is_bound:
        given = getattr(form, "cleaned_data", {})
        fallback = _proposal(form.site, now)
        starts_at = given.get("starts_at") or fallback["starts_at"]
        ends_at = given.get("ends_at") or starts_at + SHORTEST
    else:
        zone = ZoneInfo(form.site.timezone)
        starts_at, ends_at = (
            datetime.fromisoformat(form.initial[name]).replace(tzinfo=zone) for name in ("starts_at", "ends_at")
        )
    return starts_at, max(ends_at, starts_at)


def _technician(form: WhenForm) -> User | None:
    if form.is_bound:
        chosen: User | None = getattr(form, "cleaned_data", {}).get("technician")
        return chosen
    key = form.initial.get("technician")
    return User.objects.filter(pk=key).first() if key else None


def _wall(at: datetime, site: Site) -> str:
    return at.astimezone(ZoneInfo(site.timezone)).strftime("%Y-%m-%dT%H:%M")


def _ticks(request: HttpRequest, site: Site) -> Ticks:
    named = [f"WO-{request.GET.get('work_order', '')}", f"TK-{request.GET.get('ticket', '')}"]
    if request.method != "POST":
        return Ticks(named=named)
    sent = [f"WO-{key}" for key in request.POST.getlist("work_orders")]
    sent += [f"TK-{key}" for key in request.POST.getlist("tickets")]
    try:
        looked_at = parse_datetime(request.POST.get("looked_at", ""))
    except ValueError:
        looked_at = None
    is_known = looked_at is not None and looked_at.tzinfo is not None
    return Ticks(sent=sent, looked_at=local_day(site, looked_at) if looked_at and is_known else None, named=named)


def _is_look(request: HttpRequest) -> bool:
    return bool(request.htmx) and "look" in request.POST  # type: ignore[attr-defined]


def _site(request: HttpRequest, user: User) -> Site:
    """The site in the address; 404 where it is none that this person sees, or is archived."""
    key = request.GET.get("site", "")
    if not (key.isascii() and key.isdecimal() and len(key) <= 18):
        raise Http404
    sites = Site.objects.visible_to(user).current().filter(customer__archived_at=None)
    site: Site = get_object_or_404(sites.select_related("customer"), pk=int(key))
    return site
