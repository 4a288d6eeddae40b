"""Pages about changes: what was reported, which rules it met, what they opened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.models import Asset, Site
from portal.accounts.access import person
from portal.accounts.models import User
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.lists import Column, list_page, render_list
from schedules import sheets
from schedules.actions import record_change
from schedules.change_details import event_specs
from schedules.change_facts import facts_of, moved_facts, risk_of
from schedules.enums import OPEN_STATUSES, ChangeKind, ChangeSource
from schedules.filters import ChangeEventFilterSet
from schedules.forms import ChangeEventForm
from schedules.forms.changes import local_minute
from schedules.models import ChangeEvent
from schedules.models.procedures import text_in_language
from schedules.permissions import can_report_change, may_report_changes

SORT = {
    "when": ("occurs_at",),
    "kind": ("kind",),
    "site": ("site__customer__name", "site__name"),
    "reported": ("reported_at",),
}
ICONS = {
    ChangeKind.USER_CHANGE: "users",
    ChangeKind.SERVER_CHANGE: "mail",
    ChangeKind.PROVIDER_CHANGE: "plug",
    ChangeKind.RELOCATION: "truck",
    ChangeKind.VOICEMAIL_STORAGE: "database",
    ChangeKind.FIRMWARE_UPGRADE: "versions",
    ChangeKind.SUBNET_CHANGE: "network",
    ChangeKind.IP_CHANGE: "router",
}


@login_required
@require_safe
def change_event_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    made = Q(firings__work_order__isnull=False)
    listing = list_page(
        request,
        queryset=ChangeEvent.objects.visible_to(user)
        .select_related("site__customer", "asset")
        .annotate(
            work_count=Count("firings", filter=made),
            open_count=Count("firings", filter=made & Q(firings__work_order__status__in=OPEN_STATUSES)),
        ),
        filterset=ChangeEventFilterSet,
        columns=[
            Column(_("Change"), "kind"),
            Column(_("Site"), "site"),
            Column(_("When"), "when"),
            Column(_("Reported"), "reported"),
            Column(_("Work")),
        ],
        sortable=SORT,
        default="-when",
        sheet=sheets.CHANGES,
    )
    return render_list(request, "schedules/change_event_list.html", listing, may_report=may_report_changes(user))


@login_required
@require_safe
def change_event_detail(request: HttpRequest, pk: int) -> HttpResponse:
    rows = ChangeEvent.objects.visible_to(person(request)).select_related("site__customer", "asset", "reported_by")
    event = get_object_or_404(rows, pk=pk)
    firings = event.firings.select_related(
        "work_order__site", "work_order__assignee", "work_order__procedure_version__procedure", "procedure"
    )
    ordered = sorted(firings, key=lambda firing: (firing.work_order is None, firing.follow_up_day, firing.pk))
    context = {
        "event": event,
        "facts": facts_of(event),
        "risk": risk_of(event),
        "moved": moved_facts(event),
        "firings": ordered,
        "now": timezone.now(),
    }
    return render(request, "schedules/change_event_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_event_create(request: HttpRequest) -> HttpResponse:
    """First the kind, as a link; then the form of that kind."""
    user = person(request)
    require(may_report_changes(user))
    kind = request.GET.get("kind")
    if kind is None:
        return render(request, "schedules/change_kinds.html", {"kinds": kinds_of(request)})
    if kind not in event_specs():
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = ChangeEventForm(sent, kind=kind, reader=user, initial=_initial(request, user, kind))
    if form.is_valid():
        event = _record(form, kind, user)
        if event is not None:
            return _told(request, event)
    return render(request, "schedules/change_event_create.html", _page(form, kind))


def _record(form: ChangeEventForm, kind: str, user: User) -> ChangeEvent | None:
    """The event; None where the action refused it and the form says why."""
    data = form.cleaned_data
    asset: Asset | None = data.get("asset")
    site: Site | None = data.get("site")
    customer = asset.site.customer if asset else data["site"].customer
    require(can_report_change(user, customer))
    try:
        return record_change(
            kind=kind,
            asset=asset,
            site=site,
            occurs_at=data["occurs_at"],
            details=form.details(),
            source=ChangeSource.PAGE if user.is_var else ChangeSource.CUSTOMER,
            by=user,
            now=timezone.now(),
        )
    except DomainError as error:
        form.show_refusal(error)
        return None


def _told(request: HttpRequest, event: ChangeEvent) -> HttpResponse:
    """On to the event, which says what it opened; or that it was known before."""
    opened = event.firings.filter(work_order__isnull=False).count()
    if event.times_reported > 1:
        messages.info(request, _("This change was reported before: here it is. Nothing was opened twice."))
    elif opened:
        messages.success(request, _("Thank you. The change is recorded; below is the work it opened."))
    else:
        messages.success(request, _("Thank you. The change is recorded; it opened no work, see why below."))
    return redirect("schedules:change_event_detail", event.number)


def kinds_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The kinds as cards; where a link came with a site or an asset, it goes on with it."""
    return [
        {
            "kind": kind,
            "icon": ICONS[ChangeKind(kind)],
            "name": text_in_language(dict(spec.name)),
            "summary": text_in_language(dict(spec.summary)),
            "href": _href(request, kind),
        }
        for kind, spec in event_specs().items()
    ]


def _href(request: HttpRequest, kind: str) -> str:
    query = request.GET.copy()
    query["kind"] = kind
    return f"?{query.urlencode()}"


def _page(form: ChangeEventForm, kind: str) -> dict[str, Any]:
    return {
        "form": form,
        "heading": text_in_language(dict(form.spec.name)),
        "intro": text_in_language(dict(form.spec.summary)),
        "submit": _("Report the change"),
        "over": _("Another kind of change"),
        "over_href": reverse("schedules:change_event_create"),
        "cancel": reverse("schedules:change_event_list"),
        "kind": kind,
    }


def _initial(request: HttpRequest, user: User, kind: str) -> dict[str, Any]:
    """Now, at the site or asset that the link names; else at the only one there is."""
    subject = event_specs()[kind].subject
    rows: Any = Asset.objects.select_related("site") if subject == "asset" else Site.objects
    found = list(_named(rows.visible_to(user).current(), request.GET.get(subject, ""))[:2])
    only = found[0] if len(found) == 1 else None
    zone = (only.site if isinstance(only, Asset) else only).timezone if only else None
    return {"occurs_at": local_minute(timezone.now(), zone), subject: only.pk if only else None}


def _named(rows: Any, pk: str) -> Any:
    return rows.filter(pk=int(pk)) if pk.isdecimal() and len(pk) < 19 else rows
