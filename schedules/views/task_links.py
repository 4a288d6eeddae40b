"""A customer's check is handed to somebody without an account, by a link."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from contracts.actions import hand_out_guest_link
from contracts.enums import GuestPurpose
from contracts.forms.guests import GuestForm
from contracts.permissions import can_manage_guest_links
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.models import WorkOrder
from schedules.permissions import is_for_the_customer
from schedules.views.work_orders import get_work_order

LONGER = timedelta(days=7)  # than the work's own time: who comes late is told so


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def work_order_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The link is in the answer to the POST that made it, and nowhere else."""
    order, now = get_work_order(request, pk), timezone.now()
    require(can_manage_guest_links(request.user, order.site.customer))
    back = reverse("schedules:work_order_detail", args=[order.number])
    if not (order.is_open and is_for_the_customer(order)):
        messages.error(request, _("A link is for open work that the customer does."))
        return redirect(back)
    form = GuestForm(request.POST if request.method == "POST" else None)
    shown = _made(request, form, order, now) if form.is_valid() else None
    if shown:
        return shown
    context = {
        "form": form,
        "heading": _("Send a link"),
        "intro": _("Whoever opens it needs no account and can do this one check."),
        "submit": _("Make the link"),
        "over": str(order),
        "over_href": back,
        "cancel": back,
    }
    return render(request, "web/form.html", context)


def _made(request: HttpRequest, form: GuestForm, order: WorkOrder, now: datetime) -> HttpResponse | None:
    try:
        link, address = hand_out_guest_link(
            customer=order.site.customer,
            purpose=GuestPurpose.DO_TASK,
            subject=order.number,
            about=order.procedure_version.procedure.name,
            site=order.site,
            expires_at=max(order.window_closes_at, now) + LONGER,
            by=person(request),
            now=now,
            **form.cleaned_data,
        )
    except DomainError as error:
        show_error(form, error)
        return None
    back = reverse("schedules:work_order_detail", args=[order.number])
    return render(request, "contracts/guest_link_made.html", {"link": link, "address": address, "back": back})
