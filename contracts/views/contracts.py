"""Pages about contracts: what was agreed, what is covered, and their drafts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contracts import actions, sheets
from contracts.actions.drafts import covers_of, new_covers
from contracts.enums import ContractState
from contracts.filters import ContractFilterSet
from contracts.forms.contracts import DraftForm, HeaderForm, initial_terms
from contracts.models import BusinessCalendar, Contract
from contracts.panels import panels_of
from contracts.permissions import can_manage_contract
from contracts.views.contract_facts import contract_facts
from contracts.views.contract_frame import around, detail_of, managed, one_contract
from contracts.views.frame import WIDE, chosen_customer, crumb, form_page, require_form, sent
from contracts.views.sites import customer_start
from portal.accounts.access import person
from portal.web.access import require
from portal.web.lists import Column, list_page, render_list

SORT = {
    "number": ("pk",),
    "name": ("name",),
    "customer": ("customer__name", "name"),
    "state": ("state", "last_on"),
    "ends": ("last_on",),
}


@login_required
@require_safe
def contract_list(request: HttpRequest) -> HttpResponse:
    rows = Contract.objects.visible_to(request.user).select_related("customer").with_last_day()
    listing = list_page(
        request,
        queryset=rows,
        filterset=ContractFilterSet,
        columns=[
            Column(_("Number"), "number", css=WIDE),
            Column(_("Contract"), "name"),
            Column(_("Customer"), "customer", css=WIDE),
            Column(_("State"), "state"),
            Column(_("Last day"), "ends", css=WIDE),
        ],
        sortable=SORT,
        default="-number",
        sheet=sheets.CONTRACTS,
    )
    return render_list(request, "contracts/contract_list.html", listing, may_add=can_manage_contract(request.user))


@login_required
@require_safe
def contract_detail(request: HttpRequest, pk: int) -> HttpResponse:
    contract = one_contract(request, pk)
    context = contract_facts(contract, timezone.now())
    context["may_manage"] = can_manage_contract(request.user, contract)
    context["panels"] = panels_of(contract, person(request), timezone.now())
    return render(request, "contracts/contract_detail.html", context)


# -- the draft --------------------------------------------------------------------------------


@login_required
@require_form
def contract_create(request: HttpRequest) -> HttpResponse:
    customer = chosen_customer(request)
    require(can_manage_contract(request.user, customer))
    way = crumb(_("Contracts"), "contract_list")
    if customer is None:
        return customer_start(request, _("Draft a contract"), way)
    calendar = BusinessCalendar.objects.current().filter(is_default=True).first()
    form = DraftForm(sent(request), customer=customer, initial={"calendar": calendar})

    def save(valid: DraftForm) -> str:
        contract = actions.draft_contract(
            customer=customer,
            header=valid.header(),
            terms=[valid.terms()],
            covers=new_covers(valid.cleaned_data["assets"]),
            by=person(request),
            now=timezone.now(),
        )
        return detail_of(contract)

    return form_page(
        request,
        form,
        save,
        show=form.show,
        done=_("The draft was saved. Nothing is in force until you activate it."),
        heading=_("Draft a contract for %(name)s") % {"name": customer},
        cancel=reverse("contracts:customer_detail", args=[customer.pk]),
        crumbs=[way, crumb(customer, "customer_detail", customer.pk)],
        submit=_("Save the draft"),
    )


@login_required
@require_form
def contract_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft can be reworked as a whole; later only its name and reference."""
    contract = managed(request, pk)
    if contract.state == ContractState.DRAFT:
        return _edit_draft(request, contract)

    def save(valid: HeaderForm) -> str:
        valid.save()
        return detail_of(contract)

    form = HeaderForm(sent(request), instance=one_contract(request, pk))
    return form_page(
        request,
        form,
        save,
        **around(contract),
        heading=_("Rename %(number)s") % {"number": contract.number},
        done=_("The contract was saved."),
        submit=_("Save"),
    )


def _edit_draft(request: HttpRequest, contract: Contract) -> HttpResponse:
    terms = list(contract.terms.select_related("plan_version", "calendar_version"))
    initial = {name: getattr(contract, name) for name in ("name", "reference", "work_from_on")}
    initial["assets"] = list(contract.covered_assets.values_list("asset", flat=True))
    if len(terms) == 1:
        initial |= initial_terms(terms[0])
    form = DraftForm(sent(request), customer=contract.customer, with_terms=len(terms) < 2, initial=initial)

    def save(valid: DraftForm) -> str:
        actions.edit_draft(
            contract=contract,
            header=valid.header(),
            terms=valid.all_terms(),
            covers=covers_of(contract, valid.cleaned_data["assets"]),
            by=person(request),
            now=timezone.now(),
        )
        return detail_of(contract)

    return form_page(
        request,
        form,
        save,
        **around(contract),
        show=form.show,
        heading=_("Edit the draft %(number)s") % {"number": contract.number},
        done=_("The draft was saved."),
        submit=_("Save the draft"),
    )
