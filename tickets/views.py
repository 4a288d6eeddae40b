"""The pages of tickets: list, new, one ticket; and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.forms.register import CustomerStartForm
from contracts.models import Asset, Customer, Site
from portal.accounts.access import person
from portal.accounts.models import User
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from portal.web.lists import Column, list_page, render_list
from tickets import actions
from tickets.enums import TicketSource
from tickets.filters import TicketFilterSet
from tickets.forms import (
    AssignForm,
    CommentForm,
    EditForm,
    NoFieldsForm,
    ReopenForm,
    ResolveForm,
    SeverityForm,
    TicketForm,
    WaitForm,
)
from tickets.models import Ticket
from tickets.permissions import (
    ALLOWED,
    can_acknowledge,
    can_assign,
    can_change_severity,
    can_comment,
    can_edit_ticket,
    can_open_ticket,
    can_reopen,
    can_take,
    can_work_on_ticket,
    can_write_internal,
)
from tickets.querysets import TicketQuerySet
from tickets.sheets import ticket_sheet
from tickets.ticket_page import load_ticket_page

SORT = {
    "number": ("pk",),
    "summary": ("summary",),
    "customer": ("customer__name", "site__name"),
    "severity": ("severity", "opened_at"),
    "promised": ("next_alert_at", "opened_at"),
    "state": ("state", "opened_at"),
    "assignee": ("assignee__name",),
    "opened": ("opened_at",),
}


def visible_tickets(user: User) -> TicketQuerySet:
    rows: TicketQuerySet = Ticket.objects.visible_to(user).select_related("customer", "site", "asset", "assignee")
    return rows


def get_ticket(request: HttpRequest, pk: int) -> Ticket:
    """The ticket, or 404 where this person may not see it."""
    rows = visible_tickets(person(request)).select_related(
        "contract", "policy_version__policy", "calendar_version__calendar", "opened_by"
    )
    ticket: Ticket = get_object_or_404(rows.prefetch_related("policy_version__targets"), pk=pk)
    return ticket


@login_required
@require_safe
def ticket_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    assigned = [Column(_("Assigned to"), "assignee")] if user.is_var else []
    listing = list_page(
        request,
        queryset=visible_tickets(user).with_zone(),
        filterset=TicketFilterSet,
        columns=[
            Column(_("Severity"), "severity"),
            Column(_("Ticket"), "summary"),
            Column(_("Customer"), "customer"),
            Column(_("Promised"), "promised"),
            *assigned,
            Column(_("State"), "state"),
            Column(_("Opened"), "opened"),
        ],
        sortable=SORT,
        default="severity",
        sheet=ticket_sheet(user),
    )
    may_open = can_open_ticket(user)
    return render_list(request, "tickets/ticket_list.html", listing, now=timezone.now(), may_open=may_open)


# -- a new one ------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_create(request: HttpRequest) -> HttpResponse:
    """`?asset=`, `?site=` or `?customer=` say what it is about; else who asks, where that is clear."""
    user = person(request)
    require(can_open_ticket(user))
    start = _start(request, user)
    if start is None:
        return _choose_customer(request, user)
    customer, initial = start
    require(can_open_ticket(user, customer))
    form = TicketForm(request.POST or None, customer=customer, user=user, initial=initial)
    if form.is_valid():
        try:
            ticket = _open(customer, user, form.cleaned_data, timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("%(ticket)s is open.") % {"ticket": ticket.number})
            return redirect(ticket)
    return render(request, "tickets/ticket_create.html", {"form": form, "customer": customer})


def _open(customer: Customer, user: User, values: dict[str, Any], now: datetime) -> Ticket:
    source = TicketSource.STAFF if user.is_var else TicketSource.PORTAL
    return actions.open_ticket(customer=customer, source=source, by=user, now=now, **values)


def _start(request: HttpRequest, user: User) -> tuple[Customer, dict[str, Any]] | None:
    """Whose ticket it is, and what the form starts with; None where the customer is still to be chosen."""
    asset = _named(request, "asset", Asset.objects.visible_to(user).current().select_related("site__customer"))
    if asset:
        return asset.site.customer, {"asset": asset, "site": asset.site}
    site = _named(request, "site", Site.objects.visible_to(user).current().select_related("customer"))
    if site:
        return site.customer, {"site": site}
    customers = _customers(user)
    customer = _named(request, "customer", Customer.objects.visible_to(user).current())
    if customer is None and len(customers[:2]) == 1:
        customer = customers[0]
    return (customer, {}) if customer else None


def _customers(user: User) -> QuerySet[Customer]:
    """Those for whom this person may open a ticket."""
    rows = Customer.objects.visible_to(user).current()
    if user.is_var:
        return rows
    mine = user.memberships.filter(role__in=ALLOWED["open_ticket"])
    return rows.filter(pk__in=mine.values("customer"))


def _named(request: HttpRequest, name: str, rows: QuerySet[Any]) -> Any:
    """The row whose key stands in the address as `?name=`; None where none does, 404 where it is not one of these."""
    key = request.GET.get(name, "")
    if not key:
        return None
    if not (key.isascii() and key.isdecimal() and len(key) <= 18):
        raise Http404
    return get_object_or_404(rows, pk=int(key))


def _choose_customer(request: HttpRequest, user: User) -> HttpResponse:
    form = CustomerStartForm(customers=_customers(user))
    return render(request, "tickets/ticket_choose_customer.html", {"form": form})


# -- one ticket -----------------------------------------------------------------------------------


@login_required
@require_safe
def ticket_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, get_ticket(request, pk))


def _detail(request: HttpRequest, ticket: Ticket, refused: dict[str, forms.Form] | None = None) -> HttpResponse:
    """The page; `refused` is the form that came back, with what was typed."""
    now = timezone.now()
    page = load_ticket_page(ticket, person(request), now)
    shown = {verb: _form(verb, initial=_initial(verb, ticket)) for verb in FORMS if verb in page.verbs}
    forms_shown = shown | (refused or {})
    stray = [error for form in (refused or {}).values() for error in form.non_field_errors()]
    context = {"page": page, "ticket": ticket, "forms": forms_shown, "stray": stray, "now": now}
    context["has_buttons"] = page.has_buttons or bool(set(refused or {}) - {"comment"})
    return render(request, "tickets/ticket_detail.html", context)


FORMS: dict[str, type[forms.Form]] = {
    "comment": CommentForm,
    "edit": EditForm,
    "assign": AssignForm,
    "wait": WaitForm,
    "severity": SeverityForm,
    "resolve": ResolveForm,
    "reopen": ReopenForm,
}


def _form(verb: str, **values: Any) -> forms.Form:
    """The verb's form; the ids of its fields are its own, as one page shows several forms."""
    return FORMS.get(verb, NoFieldsForm)(auto_id=f"{verb}_%s", **values)


def _initial(verb: str, ticket: Ticket) -> dict[str, Any]:
    if verb == "severity":
        return {"impact": ticket.impact, "urgency": ticket.urgency}
    if verb == "edit":
        return {"summary": ticket.summary, "description": ticket.description}
    return {"assignee": ticket.assignee_id} if verb == "assign" else {}


Act = Callable[[Ticket, User, Any, datetime], object]


def _do(
    request: HttpRequest, pk: int, verb: str, may: Callable[[User, Ticket], bool], act: Act, told: str
) -> HttpResponse:
    """Carry out what a form of the page asked for; where it is refused the page comes back with what was typed."""
    user, ticket = person(request), get_ticket(request, pk)
    require(may(user, ticket))
    form = _form(verb, data=request.POST)
    if form.is_valid():
        try:
            act(ticket, user, form, timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, told)
            return redirect(ticket)
    return _detail(request, get_ticket(request, pk), {verb: form})


@login_required
@require_POST
def ticket_comment(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: CommentForm, now: datetime) -> object:
        require(form.is_public() or can_write_internal(user, ticket))
        body = form.cleaned_data["body"]
        return actions.comment(ticket=ticket, body=body, is_public=form.is_public(), by=user, now=now)

    return _do(request, pk, "comment", can_comment, act, _("Saved."))


@login_required
@require_POST
def ticket_edit(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: EditForm, now: datetime) -> object:
        return actions.edit_ticket(ticket=ticket, **form.cleaned_data, by=user, now=now)

    return _do(request, pk, "edit", can_edit_ticket, act, _("The words were corrected."))


@login_required
@require_POST
def ticket_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: NoFieldsForm, now: datetime) -> object:
        return actions.acknowledge(ticket=ticket, by=user, now=now)

    return _do(request, pk, "acknowledge", can_acknowledge, act, _("Acknowledged."))


@login_required
@require_POST
def ticket_take(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: NoFieldsForm, now: datetime) -> object:
        return actions.assign(ticket=ticket, assignee=user, by=user, now=now)

    return _do(request, pk, "take", can_take, act, _("It is yours now."))


@login_required
@require_POST
def ticket_assign(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: AssignForm, now: datetime) -> object:
        return actions.assign(ticket=ticket, assignee=form.cleaned_data["assignee"], by=user, now=now)

    return _do(request, pk, "assign", can_assign, act, _("Assigned."))


@login_required
@require_POST
def ticket_wait(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: WaitForm, now: datetime) -> object:
        return actions.wait(ticket=ticket, **form.cleaned_data, by=user, now=now)

    return _do(request, pk, "wait", can_work_on_ticket, act, _("It waits."))


@login_required
@require_POST
def ticket_resume(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: NoFieldsForm, now: datetime) -> object:
        return actions.resume(ticket=ticket, by=user, now=now)

    return _do(request, pk, "resume", can_work_on_ticket, act, _("The work goes on."))


@login_required
@require_POST
def ticket_severity(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: SeverityForm, now: datetime) -> object:
        return actions.change_severity(ticket=ticket, **form.cleaned_data, by=user, now=now)

    return _do(request, pk, "severity", can_change_severity, act, _("The deadlines were derived again."))


@login_required
@require_POST
def ticket_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: ResolveForm, now: datetime) -> object:
        return actions.resolve(ticket=ticket, solution=form.cleaned_data["solution"], by=user, now=now)

    return _do(request, pk, "resolve", can_work_on_ticket, act, _("Resolved."))


@login_required
@require_POST
def ticket_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: ReopenForm, now: datetime) -> object:
        return actions.reopen(ticket=ticket, reason=form.cleaned_data["reason"], by=user, now=now)

    return _do(request, pk, "reopen", can_reopen, act, _("It is open again."))


@login_required
@require_POST
def ticket_close(request: HttpRequest, pk: int) -> HttpResponse:
    def act(ticket: Ticket, user: User, form: NoFieldsForm, now: datetime) -> object:
        return actions.close(ticket=ticket, by=user, now=now)

    return _do(request, pk, "close", can_work_on_ticket, act, _("Closed."))
