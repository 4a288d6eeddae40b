"""Links for people without an account: handed out on the customer's page, taken back there."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from contracts.actions import hand_out_guest_link, revoke_guest_link
from contracts.forms.guests import GuestLinkForm
from contracts.models import Customer, GuestLink
from contracts.permissions import can_manage_guest_links
from contracts.views.frame import Crumb, button, crumb, require_form, sent, visible
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error


@login_required
@never_cache
@require_form
def guest_link_create(request: HttpRequest, pk: int) -> HttpResponse:
    """The link is in the answer to the POST that made it, and nowhere else."""
    customer, now = visible(request, Customer, pk), timezone.now()
    require(can_manage_guest_links(request.user, customer))
    form = GuestLinkForm(sent(request), customer=customer, today=timezone.localdate(now))
    back = crumb(customer, "customer_detail", pk)
    if form.is_valid():
        shown = _made(request, form, customer, now, back)
        if shown:
            return shown
    context = {
        "form": form,
        "heading": _("Make a link"),
        "intro": _("Whoever opens it needs no account and can do this one thing for %(name)s.") % {"name": customer},
        "submit": _("Make the link"),
        "crumbs": [crumb(_("Customers"), "customer_list"), back],
        "cancel": back.href,
    }
    return render(request, "contracts/form.html", context)


def _made(
    request: HttpRequest, form: GuestLinkForm, customer: Customer, now: datetime, back: Crumb
) -> HttpResponse | None:
    """The page that shows the new link; None where it was refused and the form says why."""
    try:
        link, address = hand_out_guest_link(customer=customer, by=person(request), now=now, **form.content())
    except DomainError as error:
        show_error(form, error)
        return None
    context = {"link": link, "address": address, "back": back.href}
    return render(request, "contracts/guest_link_made.html", context)


@login_required
@require_POST
def guest_link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    link = visible(request, GuestLink, pk, "customer")
    require(can_manage_guest_links(request.user, link.customer))
    back = f"{reverse('contracts:customer_detail', args=[link.customer_id])}#links"
    done = _("The link for %(name)s no longer works.") % {"name": link.name or _("a guest")}
    return button(request, lambda: revoke_guest_link(link=link, now=timezone.now()), done=done, back=back)
