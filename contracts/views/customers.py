"""Pages about customers and their people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from contracts import sheets
from contracts.actions import accept_membership, change_member_role, invite_member, remove_member
from contracts.enums import ContractState, CustomerRole
from contracts.field_history import newest
from contracts.filters import CustomerFilterSet
from contracts.forms.register import CustomerForm, MemberForm, MemberRoleForm
from contracts.guest_links import PAGES
from contracts.invitations import invited_membership
from contracts.models import Contact, Contract, Customer, GuestLink, Membership, Site
from contracts.panels import panels_of
from contracts.permissions import (
    can_add_customer,
    can_archive_register,
    can_edit_customer,
    can_manage_members,
    verbs_at,
)
from contracts.views.frame import (
    WIDE,
    archive_button,
    button,
    crumb,
    form_page,
    require_form,
    restore_button,
    saved,
    sent,
    visible,
)
from portal.accounts.access import person
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from portal.web.lists import Column, list_page, render_list

_IN_FORCE = Q(contracts__state__in=[ContractState.ACTIVE, ContractState.SUSPENDED])
MOST_LINKS = 100  # on the customer's page
SORT = {"name": ("name",), "sites": ("site_count", "name"), "contracts": ("contract_count", "name")}


def _visible(request: HttpRequest, pk: int) -> Customer:
    return visible(request, Customer, pk)


@login_required
@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    rows = Customer.objects.visible_to(request.user).annotate(
        site_count=Count("sites", filter=Q(sites__archived_at=None), distinct=True),
        contract_count=Count("contracts", filter=_IN_FORCE, distinct=True),
    )
    listing = list_page(
        request,
        queryset=rows,
        filterset=CustomerFilterSet,
        columns=[
            Column(_("Customer"), "name"),
            Column(_("Sites"), "sites", css=f"text-end {WIDE}"),
            Column(_("Running contracts"), "contracts", css="text-end"),
            Column(_("E-mail"), css=WIDE),
            Column(_("Phone"), css=WIDE),
        ],
        sortable=SORT,
        default="name",
        sheet=sheets.CUSTOMERS,
    )
    return render_list(request, "contracts/customer_list.html", listing, may_add=can_add_customer(request.user))


@login_required
@require_safe
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _visible(request, pk)
    may = _permissions(request, customer)
    return render(
        request,
        "contracts/customer_detail.html",
        {
            "customer": customer,
            "sites": Site.objects.current()
            .filter(customer=customer)
            .annotate(asset_count=Count("assets", filter=Q(assets__archived_at=None))),
            "contacts": Contact.objects.current().filter(customer=customer).select_related("site"),
            "contracts": Contract.objects.visible_to(request.user).filter(customer=customer).with_last_day(),
            "members": Membership.everyone.visible_to(request.user).filter(customer=customer).select_related("user"),
            "roles": CustomerRole.choices,
            "guest_links": _guest_links(request, customer) if may["guest_links"] else [],
            "may": may,
            "history": newest(customer, person(request)),
            "panels": panels_of(customer, person(request), timezone.now()),
        },
    )


def _guest_links(request: HttpRequest, customer: Customer) -> QuerySet[GuestLink]:
    """Those handed out on purpose that still hold, the newest first."""
    rows: QuerySet[GuestLink] = GuestLink.objects.visible_to(request.user).holding(timezone.now())
    return rows.filter(customer=customer, purpose__in=PAGES).select_related("site")[:MOST_LINKS]


def _permissions(request: HttpRequest, customer: Customer) -> dict[str, bool]:
    verbs = verbs_at(request.user, customer)
    is_current = customer.archived_at is None
    return {
        "see_notes": "see_notes" in verbs,
        "edit": "edit_customer" in verbs,
        "archive": "archive_register" in verbs,
        "add_site": "edit_site" in verbs and is_current,
        "add_asset": "add_asset" in verbs and is_current,
        "edit_contact": "edit_contact" in verbs and is_current,
        "members": "manage_members" in verbs,
        "guest_links": "manage_guest_links" in verbs,
        "add_contract": "manage_contract" in verbs and is_current,
    }


@login_required
@require_form
def customer_create(request: HttpRequest) -> HttpResponse:
    require(can_add_customer(request.user))
    form = CustomerForm(sent(request), instance=Customer(created_at=timezone.now()))
    return _customer_page(request, form, heading=_("Add a customer"), cancel=reverse("contracts:customer_list"))


@login_required
@require_form
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _visible(request, pk)
    require(can_edit_customer(request.user, customer))
    heading = _("Edit %(name)s") % {"name": customer}
    way = crumb(customer, "customer_detail", pk)
    form = CustomerForm(sent(request), instance=Customer.objects.get(pk=pk))
    return _customer_page(request, form, heading=heading, cancel=way.href, extra=[way])


def _customer_page(
    request: HttpRequest, form: CustomerForm, *, heading: str, cancel: str, extra: list[Any] | None = None
) -> HttpResponse:
    return form_page(
        request,
        form,
        lambda valid: reverse("contracts:customer_detail", args=[saved(request, valid).pk]),
        done=_("The customer was saved."),
        heading=heading,
        cancel=cancel,
        crumbs=[crumb(_("Customers"), "customer_list"), *(extra or [])],
    )


@login_required
@require_POST
def customer_archive(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _visible(request, pk)
    require(can_archive_register(request.user, customer))
    return archive_button(request, customer, reverse("contracts:customer_detail", args=[pk]))


@login_required
@require_POST
def customer_restore(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _visible(request, pk)
    require(can_archive_register(request.user, customer))
    return restore_button(request, customer, reverse("contracts:customer_detail", args=[pk]))


# -- people -----------------------------------------------------------------------------------


@login_required
@never_cache
@require_form
def member_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite a person. The link is in the answer to the POST that made it, to be copied."""
    customer = _visible(request, pk)
    require(can_manage_members(request.user, customer))
    form = MemberForm(sent(request))
    membership = invitation = None
    if request.method == "POST" and form.is_valid():
        try:
            membership, invitation = invite_member(
                customer=customer, **form.cleaned_data, by=person(request), now=timezone.now()
            )
        except DomainError as error:
            show_error(form, error)
        else:
            form = MemberForm()
    context = {
        "form": form,
        "invitation": invitation,
        "membership": membership,
        "mail_is_sent": bool(settings.EMAIL_URL),
        "customer": customer,
        "heading": _("Invite a person of %(name)s") % {"name": customer},
        "submit": _("Invite"),
        "cancel": reverse("contracts:customer_detail", args=[pk]),
        "crumbs": [crumb(_("Customers"), "customer_list"), crumb(customer, "customer_detail", pk)],
    }
    return render(request, "contracts/member_invite.html", context)


@login_required
@never_cache
@require_form
def membership_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Agree to act for a customer: it takes the link and the account that it was made for."""
    user = person(request)
    membership = invited_membership(token, user, now=timezone.now())
    if membership is None:
        return render(request, "contracts/membership_invalid.html", status=404)
    if request.method == "POST":
        done = _("You act for %(name)s now.") % {"name": membership.customer}
        home = f"{reverse('dashboards:home')}?customer={membership.customer_id}"
        return button(request, lambda: accept_membership(membership=membership, by=user), done=done, back=home)
    return render(request, "contracts/membership_accept.html", {"membership": membership})


def _member(request: HttpRequest, pk: int) -> Membership:
    rows = Membership.everyone.visible_to(request.user).select_related("user", "customer")
    member: Membership = get_object_or_404(rows, pk=pk)
    return member


@login_required
@require_POST
def member_change_role(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    require(can_manage_members(request.user, member))
    form = MemberRoleForm(request.POST)

    def change() -> None:
        if not form.is_valid():
            raise DomainError(_("Choose one of the roles."), attr="role")
        change_member_role(membership=member, role=form.cleaned_data["role"], by=person(request))

    back = reverse("contracts:customer_detail", args=[member.customer_id])
    return button(request, change, done=_("The role of %(name)s was changed.") % {"name": member.name}, back=back)


@login_required
@require_POST
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    require(can_manage_members(request.user, member))
    back = reverse("contracts:customer_detail", args=[member.customer_id])
    if member.user_id == request.user.pk:
        back = reverse("dashboards:home")
    done = _("%(name)s no longer acts for %(customer)s.") % {"name": member.name, "customer": member.customer}
    return button(request, lambda: remove_member(membership=member, by=person(request)), done=done, back=back)
