"""The outbox: what was sent, what waits, what was given up, and what would have been sent."""

import django_filters
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.files.serving import serve
from portal.outbox import actions
from portal.outbox.enums import MessageState
from portal.outbox.models import Message
from portal.outbox.permissions import can_read_outbox
from portal.web.access import require
from portal.web.errors import Conflict
from portal.web.filters import ListFilterSet, SearchFilter
from portal.web.lists import Column, list_page, render_list
from portal.web.sheets import Field, Sheet

SHOWN = 50  # notifications on a page
SORT = {"created": ("created_at",), "to": ("to",), "subject": ("subject",), "state": ("state", "-created_at")}


class MessageFilterSet(ListFilterSet):
    q = SearchFilter("to", "subject")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=MessageState.choices, empty_label=gettext_lazy("All")
    )

    class Meta:
        model = Message
        fields: list[str] = []


SHEET = Sheet(
    "outbox",
    [
        Field(gettext_lazy("Subject"), "subject"),
        Field(gettext_lazy("To"), "to"),
        Field(gettext_lazy("State"), "get_state_display"),
        Field(gettext_lazy("Written"), "created_at"),
        Field(gettext_lazy("Sent"), "sent_at"),
        Field(gettext_lazy("Fault"), "last_error"),
    ],
)


@login_required
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    require(can_read_outbox(request.user))
    columns = [
        Column(_("Subject"), "subject"),
        Column(_("To"), "to"),
        Column(_("State"), "state"),
        Column(_("Written"), "created"),
    ]
    listing = list_page(
        request,
        queryset=Message.objects.visible_to(request.user).defer("text"),
        filterset=MessageFilterSet,
        columns=columns,
        sortable=SORT,
        default="-created",
        sheet=SHEET,
    )
    return render_list(request, "outbox/message_list.html", listing, mail_is_sent=bool(settings.EMAIL_URL))


@login_required
@require_safe
def message_detail(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_read_outbox(request.user))
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    can_retry = bool(settings.EMAIL_URL) and message.state in {MessageState.FAILED, MessageState.SHOWN}
    context = {"message": message, "can_retry": can_retry, "attachments": message.attachments.select_related("file")}
    return render(request, "outbox/message_detail.html", context)


@login_required
@require_safe
def message_attachment(request: HttpRequest, pk: int, attachment: int) -> FileResponse:
    require(can_read_outbox(request.user))
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    return serve(get_object_or_404(message.attachments.select_related("file"), pk=attachment).file)


@login_required
@require_POST
def message_retry(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_read_outbox(request.user))
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    try:
        actions.retry_message(message=message, now=timezone.now())
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The message will be sent now."))
    return redirect("outbox:message_detail", pk=pk)


# -- what each person is told in the portal -------------------------------------------------------


@login_required
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    rows = Message.objects.notifications_of(request.user).defer("text")
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    return render(request, "outbox/notification_list.html", {"page": page})


@login_required
@require_POST
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that it was read, and go where it leads."""
    message = get_object_or_404(Message.objects.notifications_of(request.user), pk=pk)
    return redirect(actions.read_notification(message=message, now=timezone.now()).href)


@login_required
@require_POST
def notification_read_all(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    actions.read_all_notifications(user=request.user, now=timezone.now())
    messages.success(request, _("All were marked as read."))
    return redirect("outbox:notification_list")
