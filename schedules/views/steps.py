"""A step is answered, photographed, made a ticket. Each sends back its card, or without JavaScript the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.entitlement import entitlement_of
from contracts.enums import Decision, WorkKind
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from schedules.actions import add_photo, enter_part, open_ticket_from_answer, record_answer
from schedules.enums import Outcome, StepKind
from schedules.forms import AnswerForm, PhotoForm
from schedules.forms.answers import StepPartForm
from schedules.models import WorkOrder
from schedules.permissions import can_record_service, can_work
from schedules.views.work_orders import get_work_order, show_work
from schedules.work_page import StepCard, WorkPage, load_work_page

AT_ONCE_LATER = timedelta(milliseconds=1)
SAME_AGAIN = "uuid_reused"  # the same form with the same content: it was stored before

Refused = dict[str, Any]


@login_required
@require_POST
def step_answer(request: HttpRequest, pk: int, key: str, target: int) -> HttpResponse:
    return _send(request, pk, key, target, _record)


@login_required
@require_POST
def step_photo(request: HttpRequest, pk: int, key: str, target: int) -> HttpResponse:
    return _send(request, pk, key, target, _add_photo)


@login_required
@require_POST
def step_ticket(request: HttpRequest, pk: int, key: str, target: int) -> HttpResponse:
    """Open the ticket that the step proposes; asked again it is the same one."""
    work_order = get_work_order(request, pk)
    user, now = person(request), timezone.now()
    require(can_work(user, work_order))
    card = card_of(load_work_page(work_order, user, now=now), key, target)
    if card.answer is None:
        messages.error(request, _("This step has no answer yet."))
        return _back(work_order, card.anchor)
    try:
        ticket = open_ticket_from_answer(answer=card.answer, by=user, now=now)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(number)s is open.") % {"number": ticket.number})
    return _back(work_order, card.anchor)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_part(request: HttpRequest, pk: int, key: str, target: int) -> HttpResponse:
    """Record the part that belongs to the answer; the page says what the contract says about it."""
    work_order = get_work_order(request, pk)
    user, now = person(request), timezone.now()
    require(can_record_service(user))
    card = card_of(load_work_page(work_order, user, now=now), key, target)
    form = StepPartForm(request.POST if request.method == "POST" else None, prefix_id=card.anchor)
    if form.is_valid():
        try:
            part = enter_part(source=work_order, asset=card.item.asset, by=user, now=now, **form.content())
        except DomainError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Recorded. %(coverage)s") % {"coverage": part.coverage_sentence})
            return _back(work_order, card.anchor)
    return render(request, "web/form.html", _part_page(work_order, card, form, now))


def _part_page(work_order: WorkOrder, card: StepCard, form: StepPartForm, now: datetime) -> dict[str, Any]:
    on = now.astimezone(ZoneInfo(work_order.site.timezone)).date()
    entitled = entitlement_of(site=work_order.site, asset=card.item.asset, work_kind=WorkKind.PARTS, on=on)
    back = _address(work_order, card.anchor)
    return {
        "form": form,
        "heading": _("Record the part"),
        "intro": f"{Decision(entitled.decision.decision).label}: {entitled.decision.reason}",
        "submit": _("Record it"),
        "over": str(work_order),
        "over_href": back,
        "cancel": back,
    }


def _send(
    request: HttpRequest,
    pk: int,
    key: str,
    target: int,
    store: Callable[[HttpRequest, WorkOrder, StepCard, datetime], Refused],
) -> HttpResponse:
    """Store what was sent to one step, then show what became of it."""
    work_order = get_work_order(request, pk)
    user, now = person(request), timezone.now()
    require(can_work(user, work_order))
    if not work_order.is_open:
        return _closed(request, work_order)
    before = load_work_page(work_order, user, now=now)
    card = card_of(before, key, target)
    refused = store(request, work_order, card, now)
    if not request.htmx:  # type: ignore[attr-defined]
        return show_work(request, work_order, refused=refused) if refused else _back(work_order, card.anchor)
    work_order = get_work_order(request, pk)
    after = load_work_page(work_order, user, now=now, refused=refused)
    return fragments(request, before, after, card_of(after, key, target))


def closed_words(work_order: WorkOrder) -> str:
    """That somebody closed the work meanwhile."""
    values = {"number": work_order.number, "status": work_order.get_status_display()}
    return _("%(number)s is closed: %(status)s.") % values


def _closed(request: HttpRequest, work_order: WorkOrder) -> HttpResponse:
    """With JavaScript the page stays, with what was typed."""
    told = closed_words(work_order)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(told, status=409, content_type="text/plain")
    messages.error(request, _("Not saved. %(why)s") % {"why": told})
    return redirect("schedules:work_order_detail", work_order.number)


def fragments(request: HttpRequest, before: WorkPage, after: WorkPage, card: StepCard) -> HttpResponse:
    """The card, the progress, and the cards whose lock was opened or closed by it."""
    old, new = before.looks(), after.looks()
    others = [other for other in after.cards if new[other.anchor] != old.get(other.anchor) and other is not card]
    context = {
        "page": after,
        "order": after.work_order,
        "card": card,
        "others": others,
        "just_begun": before.work_order.started_at is None and after.work_order.started_at is not None,
        "now": after.now,
    }
    return render(request, "schedules/_step_saved.html", context)


def card_of(page: WorkPage, key: str, target: int) -> StepCard:
    card = page.card(key, target)
    if card is None:
        raise Http404
    return card


def _back(work_order: WorkOrder, anchor: str) -> HttpResponseRedirect:
    return redirect(_address(work_order, anchor))


def _address(work_order: WorkOrder, anchor: str) -> str:
    return f"{reverse('schedules:work_order_detail', args=[work_order.number])}#{anchor}"


def _record(request: HttpRequest, work_order: WorkOrder, card: StepCard, now: datetime) -> Refused:
    who: dict[str, Any] = {"work_order": work_order, "by": person(request), "now": now}
    return store_answer(request, card, now, lambda **values: record_answer(**who, **values))


def store_answer(request: HttpRequest, card: StepCard, now: datetime, record: Callable[..., object]) -> Refused:
    """Store the answer. What came back says what was refused and keeps what was typed; empty = stored."""
    form = AnswerForm(request.POST, item=card.item, prefix_id=card.anchor)
    refused: Refused = {"anchor": card.anchor, "form": form}
    if not form.is_valid():
        return refused | {"is_failing": form.data.get("outcome") == Outcome.FAIL}
    content = form.content()
    if _asks_for_reason(content, card):
        return refused | {"is_failing": True}
    place = {"step_key": card.step.key, "asset_id": card.item.target_id or None}
    try:
        record(**place, client_uuid=form.sent_id(), made_at=_made_at(form, card, now), **content)
    except DomainError as error:
        if error.code == SAME_AGAIN:
            return {}
        _show(error, form, refused, card)
        return refused
    return {}


def _asks_for_reason(content: dict[str, Any], card: StepCard) -> bool:
    """The bare "Fail" button: what is wrong is still to be said."""
    is_bare = content["outcome"] == Outcome.FAIL and not content["note"].strip()
    return is_bare and card.step.kind != StepKind.READING


def _made_at(form: AnswerForm, card: StepCard, now: datetime) -> datetime:
    """The device's instant; but a correction counts, even where its device's clock is behind the first one's."""
    made_at = form.device_time(now)
    return max(made_at, card.answer.made_at + AT_ONCE_LATER) if card.answer else made_at


def _show(error: DomainError, form: AnswerForm, refused: Refused, card: StepCard) -> None:
    attr = "size" if error.attr == "value" and card.step.kind == StepKind.BACKUP else error.attr
    if attr in {"value", "size", "text", "note", "sha256"}:
        form.add_error(attr, error.message)
    else:
        refused["refusal"] = error.message
    refused["is_failing"] = form.cleaned_data.get("outcome") == Outcome.FAIL


def _add_photo(request: HttpRequest, work_order: WorkOrder, card: StepCard, now: datetime) -> Refused:
    who: dict[str, Any] = {"work_order": work_order, "by": person(request), "now": now}
    return store_photo(
        request,
        card,
        now,
        add=lambda **values: add_photo(**who, **values),
        answer=lambda **values: record_answer(**who, **values),
    )


def store_photo(
    request: HttpRequest,
    card: StepCard,
    now: datetime,
    *,
    add: Callable[..., object],
    answer: Callable[..., object],
) -> Refused:
    """Append the photo; where the step is the photo itself, it is answered by it."""
    form = PhotoForm(request.POST, request.FILES, auto_id=f"{card.anchor}-photo-%s")
    refused: Refused = {"anchor": card.anchor, "photo_form": form}
    if not form.is_valid():
        return refused
    place = {"step_key": card.step.key, "asset_id": card.item.target_id or None, "made_at": form.device_time(now)}
    try:
        add(upload=form.cleaned_data["photo"], client_uuid=form.cleaned_data["client_uuid"], **place)
        if card.step.kind == StepKind.PHOTO and card.answer is None:
            answer(outcome=Outcome.PASS, **place)
    except DomainError as error:
        form.add_error("photo", error.message)
        return refused
    return {}
