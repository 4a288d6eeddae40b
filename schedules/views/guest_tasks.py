"""What somebody without an account does by a link: one check of a customer, step by step."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts.enums import GuestPurpose
from contracts.guest_access import guest_page
from contracts.models import GuestLink
from portal.files.serving import serve
from portal.web.errors import DomainError
from schedules.actions import IncompleteError
from schedules.actions.guest_task import add_photo_as_guest, answer_as_guest, complete_as_guest
from schedules.models import AnswerPhoto, WorkOrder
from schedules.views.steps import Refused, card_of, closed_words, fragments, store_answer, store_photo
from schedules.work_page import StepCard, WorkPage, load_work_page

Store = Callable[[HttpRequest, StepCard, datetime, dict[str, Any]], Refused]


def _task(link: GuestLink) -> WorkOrder:
    rows = WorkOrder.objects.behind(link).select_related("site__customer", "asset", "procedure_version__procedure")
    order: WorkOrder = get_object_or_404(rows)
    return order


def _page(link: GuestLink, token: str, now: datetime, refused: Refused | None = None) -> WorkPage:
    return load_work_page(_task(link), AnonymousUser(), now=now, refused=refused, token=token)


def _show(request: HttpRequest, page: WorkPage, link: GuestLink) -> HttpResponse:
    context = {"page": page, "order": page.work_order, "link": link, "now": page.now}
    context["show_gaps"] = request.GET.get("missing") == "1"
    return render(request, "schedules/guest_task.html", context)


@guest_page(GuestPurpose.DO_TASK)
@require_safe
def guest_task(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    return _show(request, _page(link, token, timezone.now()), link)


@guest_page(GuestPurpose.DO_TASK)
@require_POST
def guest_task_answer(request: HttpRequest, link: GuestLink, token: str, key: str, target: int) -> HttpResponse:
    def store(request: HttpRequest, card: StepCard, now: datetime, who: dict[str, Any]) -> Refused:
        return store_answer(request, card, now, lambda **values: answer_as_guest(**who, now=now, **values))

    return _send(request, link, token, (key, target), store)


@guest_page(GuestPurpose.DO_TASK)
@require_POST
def guest_task_photo_add(request: HttpRequest, link: GuestLink, token: str, key: str, target: int) -> HttpResponse:
    def store(request: HttpRequest, card: StepCard, now: datetime, who: dict[str, Any]) -> Refused:
        return store_photo(
            request,
            card,
            now,
            add=lambda **values: add_photo_as_guest(**who, now=now, **values),
            answer=lambda **values: answer_as_guest(**who, now=now, **values),
        )

    return _send(request, link, token, (key, target), store)


def _send(request: HttpRequest, link: GuestLink, token: str, place: tuple[str, int], store: Store) -> HttpResponse:
    """Store what was sent to one step, then show what became of it."""
    order, now = _task(link), timezone.now()
    is_htmx: bool = request.htmx  # type: ignore[attr-defined]
    if not order.is_open:
        return _closed(request, order, token)
    before = _page(link, token, now)
    card = card_of(before, *place)
    refused = store(request, card, now, {"work_order": order, "guest_name": _name(link)})
    after = _page(link, token, now, refused)
    if is_htmx:
        return fragments(request, before, after, card_of(after, *place))
    if refused:
        return _show(request, after, link)
    return redirect(f"{reverse('schedules:guest_task', args=[token])}#{card.anchor}")


def _closed(request: HttpRequest, order: WorkOrder, token: str) -> HttpResponse:
    """With JavaScript the page stays, with what was typed."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(closed_words(order), status=409, content_type="text/plain")
    messages.error(request, _("Not saved. %(why)s") % {"why": closed_words(order)})
    return redirect("schedules:guest_task", token)


@guest_page(GuestPurpose.DO_TASK)
@require_POST
def guest_task_complete(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    """Finish; where something is missing the page comes back with the list of it."""
    address = reverse("schedules:guest_task", args=[token])
    try:
        complete_as_guest(work_order=_task(link), guest_name=_name(link), now=timezone.now())
    except IncompleteError:
        return redirect(f"{address}?missing=1#missing")
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Done. Thank you."))
    return redirect(address)


@guest_page(GuestPurpose.DO_TASK)
@require_safe
def guest_task_photo(request: HttpRequest, link: GuestLink, token: str, photo: uuid.UUID) -> FileResponse:
    rows = AnswerPhoto.objects.filter(target__work_order=_task(link)).select_related("file")
    return serve(get_object_or_404(rows, file__uuid=photo).file)


def _name(link: GuestLink) -> str:
    return link.name or _("A guest")
