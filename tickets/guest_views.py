"""What somebody without an account does by a link: report a fault."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.enums import GuestPurpose
from contracts.guest_access import guest_page
from contracts.models import GuestLink
from portal.web.errors import DomainError
from portal.web.forms import show_error
from tickets.actions import open_ticket_as_guest
from tickets.forms import GuestFaultForm
from tickets.models import Ticket
from tickets.promise import promise_of


@guest_page(GuestPurpose.REPORT_FAULT)
@require_http_methods(["GET", "HEAD", "POST"])
def guest_fault(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    """The form; once it is sent, `?told=1` shows thanks in its place."""
    form = GuestFaultForm(request.POST if request.method == "POST" else None, link=link)
    if form.is_valid():
        try:
            ticket = open_ticket_as_guest(customer=link.customer, now=timezone.now(), **form.content())
        except DomainError as error:
            show_error(form, error)
        else:
            _thank(request, ticket)
            return redirect(f"{reverse('tickets:guest_fault', args=[token])}?told=1")
    context: dict[str, Any] = {"form": form, "link": link, "token": token}
    return render(request, "tickets/guest_fault.html", context | {"told": _is_told(request)})


def _thank(request: HttpRequest, ticket: Ticket) -> None:
    told = _("Thank you. %(ticket)s is open, and we know of it.") % {"ticket": ticket.number}
    promise = promise_of(ticket, timezone.now())
    messages.success(request, f"{told} {promise.words}." if promise.is_open else told)


def _is_told(request: HttpRequest) -> bool:
    return request.method != "POST" and request.GET.get("told") == "1"
