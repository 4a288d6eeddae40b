"""Pages about who is there: the duty roster, absences, the hours of resident technicians."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts.actions import (
    add_absence,
    add_presence,
    add_shift,
    remove_absence,
    remove_presence,
    remove_shift,
)
from contracts.duty import Hours, holes
from contracts.forms.duty import AbsenceForm, PresenceForm, ShiftForm
from contracts.models import Absence, Contract, DutyShift, Presence
from contracts.permissions import can_manage_contract, can_plan_duty, can_record_absence, can_see_duty
from contracts.views.frame import Form, button, crumb, form_page, require_form, sent, visible
from portal.accounts.access import person, staff
from portal.web.access import require

AHEAD = timedelta(days=28)  # how far the roster has to be without holes
PAST_SHIFTS = 5


@login_required
@require_safe
def duty_roster(request: HttpRequest) -> HttpResponse:
    """Who is on duty now and next, where nobody is, and who is away."""
    require(can_see_duty(request.user))
    now = timezone.now()
    shifts = DutyShift.objects.visible_to(request.user).select_related("user")
    absences = Absence.objects.visible_to(request.user).filter(ends_at__gt=now).select_related("user")
    context = {
        "now": now,
        "on_duty": shifts.at(now).first(),
        "shifts": [(shift, shift.starts_at > now) for shift in shifts.filter(ends_at__gt=now)],
        "past": shifts.filter(ends_at__lte=now).order_by("-ends_at")[:PAST_SHIFTS],
        "holes": roster_holes(now),
        "absences": [(absence, can_record_absence(request.user, absence.user)) for absence in absences],
        "may_plan": can_plan_duty(request.user),
    }
    return render(request, "contracts/duty_roster.html", context)


def roster_holes(now: datetime) -> list[Hours]:
    """When nobody is on duty in the next four weeks; one query."""
    rows = DutyShift.objects.filter(ends_at__gt=now, starts_at__lt=now + AHEAD)
    return holes(rows.values_list("starts_at", "ends_at"), starts_at=now, ends_at=now + AHEAD)


@login_required
@require_form
def duty_shift_add(request: HttpRequest) -> HttpResponse:
    require(can_plan_duty(request.user))
    first = next(iter(roster_holes(timezone.now())), None)
    form = ShiftForm(sent(request), initial={"starts_at": first.starts_at if first else None})

    def act(valid: ShiftForm) -> str:
        add_shift(**valid.cleaned_data, now=timezone.now())
        return reverse("contracts:duty_roster")

    return _roster_form(request, form, act, _("Plan a shift"), _("The shift was planned."))


@login_required
@require_POST
def duty_shift_remove(request: HttpRequest, pk: int) -> HttpResponse:
    shift = get_object_or_404(DutyShift.objects.visible_to(request.user), pk=pk)
    require(can_plan_duty(request.user))
    return button(
        request,
        lambda: remove_shift(shift=shift, now=timezone.now()),
        done=_("The shift was taken out; look whether somebody has to take it."),
        back=reverse("contracts:duty_roster"),
    )


@login_required
@require_form
def absence_add(request: HttpRequest) -> HttpResponse:
    """Technicians note their own, dispatchers and managers anybody's."""
    me = person(request)
    require(can_record_absence(me, me))
    people = staff() if can_plan_duty(me) else staff().filter(pk=me.pk)
    form = AbsenceForm(sent(request), people=people, initial={"user": me})

    def act(valid: AbsenceForm) -> str:
        add_absence(**valid.cleaned_data, now=timezone.now())
        return reverse("contracts:duty_roster")

    return _roster_form(request, form, act, _("Note an absence"), _("The absence was noted."))


@login_required
@require_POST
def absence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    absence = get_object_or_404(Absence.objects.visible_to(request.user).select_related("user"), pk=pk)
    require(can_record_absence(request.user, absence.user))
    return button(
        request,
        lambda: remove_absence(absence=absence),
        done=_("The absence was taken back."),
        back=reverse("contracts:duty_roster"),
    )


def _roster_form(request: HttpRequest, form: Form, act: Callable[[Form], str], heading: str, done: str) -> HttpResponse:
    return form_page(
        request,
        form,
        act,
        done=done,
        heading=heading,
        cancel=reverse("contracts:duty_roster"),
        crumbs=[crumb(_("Duty roster"), "duty_roster")],
    )


# -- resident technicians -----------------------------------------------------------------------


@login_required
@require_form
def contract_presence(request: HttpRequest, pk: int) -> HttpResponse:
    """The hours of resident technicians under a contract, and a form for more."""
    contract = visible(request, Contract, pk, "customer")
    if request.method == "POST":
        require(can_manage_contract(request.user, contract))
    form = PresenceForm(sent(request), contract=contract, initial={"from_on": timezone.localdate()})
    here = reverse("contracts:contract_presence", args=[contract.number])

    def act(valid: PresenceForm) -> str:
        add_presence(contract=contract, **valid.cleaned_data)
        return here

    return form_page(
        request,
        form,
        act,
        done=_("The hours were added."),
        template="contracts/contract_presence.html",
        contract=contract,
        rows=[(row, WEEKDAYS[row.weekday]) for row in contract.presences.select_related("site", "user")],
        may_manage=can_manage_contract(request.user, contract),
        heading=_("Hours on site"),
        cancel=reverse("contracts:contract_detail", args=[contract.number]),
        crumbs=[crumb(_("Contracts"), "contract_list"), crumb(contract, "contract_detail", contract.number)],
    )


@login_required
@require_POST
def contract_presence_remove(request: HttpRequest, pk: int, presence_pk: int) -> HttpResponse:
    contract = visible(request, Contract, pk, "customer")
    require(can_manage_contract(request.user, contract))
    presence = get_object_or_404(Presence.objects.visible_to(request.user), pk=presence_pk, contract=contract)
    return button(
        request,
        lambda: remove_presence(presence=presence),
        done=_("The hours were taken back."),
        back=reverse("contracts:contract_presence", args=[contract.number]),
    )
