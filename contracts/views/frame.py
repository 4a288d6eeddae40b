"""What the register's pages have in common: a form that acts, a button that acts, archived rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.actions import archive, restore
from contracts.models import BusinessCalendar, Customer, Plan, SlaPolicy
from contracts.models.history import signed
from portal.accounts.access import person
from portal.web.errors import DomainError
from portal.web.forms import show_error

Form = TypeVar("Form", bound=forms.BaseForm)
Row = TypeVar("Row", bound=Model)
Text = str | Promise

# The class of columns that a phone leaves out; what matters of them stands in the first column there.
WIDE = "d-none d-md-table-cell"

require_form = require_http_methods(["GET", "HEAD", "POST"])


class Crumb(NamedTuple):
    """A step of the way to a page."""

    label: Text
    href: str


def crumb(label: object, url_name: str, *args: object) -> Crumb:
    return Crumb(str(label), reverse(f"contracts:{url_name}", args=args))


def visible(request: HttpRequest, model: type[Row], pk: int, *related: str) -> Row:
    """The row, with these related ones; 404 where there is none that this person sees."""
    manager: Any = model._default_manager
    row: Row = get_object_or_404(manager.visible_to(request.user).select_related(*related), pk=pk)
    return row


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, be it empty; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest,
    form: Form,
    act: Callable[[Form], str],
    *,
    done: Text,
    template: str = "contracts/form.html",
    show: Callable[[DomainError], None] | None = None,
    **context: Any,
) -> HttpResponse:
    """Show the form; when what was posted is valid, act and go to the address that `act` returns.

    What the action refuses is shown by `show`, by default at the field it names; what was typed stays.
    """
    if request.method == "POST" and form.is_valid():
        try:
            href = act(form)
        except DomainError as error:
            show(error) if show else show_error(form, error)
        else:
            messages.success(request, str(done))
            return redirect(href)
    return render(request, template, {"form": form, **context})


def saved(request: HttpRequest, form: forms.ModelForm[Row]) -> Row:
    """The row that the form stores, in the name of whoever sent it."""
    with signed(by=person(request), now=timezone.now()):
        return form.save()


def button(request: HttpRequest, act: Callable[[], object], *, done: Text, back: str) -> HttpResponse:
    """Carry out what a button asked for, tell what came of it, and go back."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, str(done))
    return redirect(back)


def archive_button(request: HttpRequest, row: Any, back: str) -> HttpResponse:
    done = _("%(name)s was archived.") % {"name": row}
    return button(request, lambda: archive(row=row, by=person(request), now=timezone.now()), done=done, back=back)


def restore_button(request: HttpRequest, row: Any, back: str) -> HttpResponse:
    done = _("%(name)s is in use again.") % {"name": row}
    return button(request, lambda: restore(row=row, by=person(request), now=timezone.now()), done=done, back=back)


def chosen(request: HttpRequest, name: str, rows: QuerySet[Any]) -> Any:
    """The row whose key stands in the address as `?name=`; None without, 404 where it is not one of these."""
    key = request.GET.get(name, "")
    if not key:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Http404
    return get_object_or_404(rows, pk=int(key))


def chosen_customer(request: HttpRequest) -> Customer | None:
    """The customer in the address; for a customer's person who belongs to one alone, that one."""
    rows = Customer.objects.visible_to(request.user).current()
    customer: Customer | None = chosen(request, "customer", rows)
    if customer is None and not getattr(request.user, "is_var", False):
        mine = list(rows[:2])
        return mine[0] if len(mine) == 1 else None
    return customer


def shown_version(request: HttpRequest, header: BusinessCalendar | SlaPolicy | Plan) -> Any:
    """The version asked for by `?version=`, else the newest. 404 where there is no such version."""
    versions = header.versions.all()
    number = request.GET.get("version", "")
    if not number:
        return get_object_or_404(versions.order_by("-number")[:1])
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    return get_object_or_404(versions, number=int(number))
