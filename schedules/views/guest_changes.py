"""What somebody without an account does by a link: tell of a change."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.enums import GuestPurpose
from contracts.guest_access import guest_page
from contracts.models import GuestLink
from portal.web.errors import DomainError
from schedules.actions import record_change
from schedules.change_details import event_specs
from schedules.enums import ChangeSource
from schedules.forms.changes import GuestChangeForm
from schedules.models import ChangeEvent
from schedules.models.procedures import text_in_language
from schedules.views.changes import kinds_of


@guest_page(GuestPurpose.ANNOUNCE_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def guest_change(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    """First the kind, as a link; then the form of that kind; then, with `?told=1`, thanks."""
    kind = request.GET.get("kind")
    common = {"link": link, "token": token}
    if kind is None:
        told = request.GET.get("told") == "1"
        context = common | {"kinds": kinds_of(request), "told": told}
        return render(request, "schedules/guest_change_kinds.html", context)
    if kind not in event_specs():
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = GuestChangeForm(sent, kind=kind, link=link, now=timezone.now())
    event = _record(form, kind) if form.is_valid() else None
    if event is not None:
        _thank(request, event)
        return redirect(f"{reverse('schedules:guest_change', args=[token])}?told=1")
    names = {"heading": text_in_language(dict(form.spec.name)), "intro": text_in_language(dict(form.spec.summary))}
    return render(request, "schedules/guest_change.html", common | names | {"form": form})


def _record(form: GuestChangeForm, kind: str) -> ChangeEvent | None:
    """The event; None where the action refused it and the form says why. Sent twice it is one event."""
    data = form.cleaned_data
    try:
        return record_change(
            kind=kind,
            asset=data.get("asset"),
            site=data.get("site"),
            occurs_at=data["occurs_at"],
            details=form.details(),
            source=ChangeSource.CUSTOMER,
            guest_name=data["guest_name"],
            by=None,
            now=timezone.now(),
        )
    except DomainError as error:
        form.show_refusal(error)
        return None


def _thank(request: HttpRequest, event: ChangeEvent) -> None:
    if event.times_reported > 1:
        messages.info(request, _("We know of this change already: %(number)s.") % {"number": event.number})
    else:
        messages.success(request, _("Thank you. We know of it now: %(number)s.") % {"number": event.number})
