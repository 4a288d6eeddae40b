"""Pages about contracts: what was agreed, what is covered, and everything that can happen to one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contracts import actions, sheets
from contracts.actions.drafts import covers_of, new_covers
from contracts.bounds import ContractBounds
from contracts.enums import ContractState
from contracts.filters import ContractFilterSet
from contracts.forms.contracts import (
    AmendForm,
    CoverForm,
    DraftForm,
    HeaderForm,
    RenewForm,
    ResumeForm,
    SuspendForm,
    TerminateForm,
    TermsForm,
    UncoverForm,
    initial_terms,
)
from contracts.models import BusinessCalendar, Contract, ContractTerms, CoveredAsset
from contracts.permissions import can_manage_contract
from contracts.views.contract_facts import contract_facts
from contracts.views.frame import (
    WIDE,
    button,
    chosen_customer,
    crumb,
    form_page,
    require_form,
    sent,
    visible,
)
from contracts.views.plans import recurring_work
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


def _contract(request: HttpRequest, pk: int) -> Contract:
    return visible(request, Contract, pk, "customer")


def _managed(request: HttpRequest, pk: int) -> Contract:
    """The contract, for somebody who may change it; 404 or 403 otherwise."""
    contract = _contract(request, pk)
    require(can_manage_contract(request.user, contract))
    return contract


def _detail(contract: Contract) -> str:
    return reverse("contracts:contract_detail", args=[contract.number])


def _today(contract: Contract) -> date:
    """Today where the contract is served."""
    return ContractBounds.load(contract).local_date(timezone.now())


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
    contract = _contract(request, pk)
    context = contract_facts(contract, timezone.now())
    context["may_manage"] = can_manage_contract(request.user, contract)
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
        return _detail(contract)

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
    contract = _managed(request, pk)
    if contract.state == ContractState.DRAFT:
        return _edit_draft(request, contract)

    def save(valid: HeaderForm) -> str:
        valid.save()
        return _detail(contract)

    form = HeaderForm(sent(request), instance=_contract(request, pk))
    return _contract_page(
        request,
        contract,
        form,
        save,
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
        return _detail(contract)

    return _contract_page(
        request,
        contract,
        form,
        save,
        show=form.show,
        heading=_("Edit the draft %(number)s") % {"number": contract.number},
        done=_("The draft was saved."),
        submit=_("Save the draft"),
    )


def _contract_page(
    request: HttpRequest, contract: Contract, form: Any, act: Any, *, heading: str, done: str, **context: Any
) -> HttpResponse:
    """A form that does one thing to a contract."""
    return form_page(
        request,
        form,
        act,
        done=done,
        heading=heading,
        contract=contract,
        cancel=_detail(contract),
        crumbs=[
            crumb(_("Contracts"), "contract_list"),
            crumb(contract.number, "contract_detail", contract.number),
        ],
        **context,
    )


def _verb_page(
    request: HttpRequest, contract: Contract, form: forms.Form, verb: Any, *, heading: str, done: str, **context: Any
) -> HttpResponse:
    """A form whose fields are the arguments of an action on the contract."""

    def act(valid: forms.Form) -> str:
        verb(contract=contract, **valid.cleaned_data, by=person(request), now=timezone.now())
        return _detail(contract)

    return _contract_page(request, contract, form, act, heading=heading, done=done, **context)


@login_required
@require_form
def contract_activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what will happen, and does it on POST."""
    contract = _managed(request, pk)
    facts = contract_facts(contract, timezone.now())
    first = facts["terms"][0].plan_version if facts["terms"] else None
    return _verb_page(
        request,
        contract,
        forms.Form(sent(request)),
        actions.activate_contract,
        heading=_("Activate %(number)s") % {"number": contract.number},
        done=_("%(number)s is in force.") % {"number": contract.number},
        submit=_("Activate it"),
        template="contracts/contract_activate.html",
        procedures=recurring_work(first) if first else [],
        **{name: value for name, value in facts.items() if name != "contract"},
    )


# -- what can happen to it --------------------------------------------------------------------


@login_required
@require_form
def contract_cover(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    form = CoverForm(sent(request), contract=contract, initial={"from_on": _today(contract)})
    return _verb_page(
        request,
        contract,
        form,
        actions.cover_asset,
        heading=_("Cover an asset under %(number)s") % {"number": contract.number},
        done=_("The asset is on the list."),
        submit=_("Cover it"),
    )


@login_required
@require_form
def contract_uncover(request: HttpRequest, pk: int, cover_pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    cover = get_object_or_404(CoveredAsset.objects.select_related("asset", "contract"), contract=contract, pk=cover_pk)

    def act(valid: UncoverForm) -> str:
        actions.uncover_asset(cover=cover, **valid.cleaned_data, by=person(request), now=timezone.now())
        return _detail(contract)

    return _contract_page(
        request,
        contract,
        UncoverForm(sent(request), initial={"until_on": _today(contract)}),
        act,
        heading=_("Take %(asset)s off %(number)s") % {"asset": cover.asset.tag, "number": contract.number},
        done=_("The list was changed."),
        submit=_("Take it off"),
        intro=_(
            "Work on it after that day is billable, and planned work for it is cancelled. A day before "
            "its first covered day takes it off as if it had never been listed."
        ),
        danger=True,
    )


@login_required
@require_form
def contract_add_terms(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)

    def act(valid: TermsForm) -> str:
        actions.add_terms(contract=contract, **valid.terms(), by=person(request), now=timezone.now())
        return _detail(contract)

    return _contract_page(
        request,
        contract,
        TermsForm(sent(request), initial=_next_terms(contract)),
        act,
        heading=_("Add terms to %(number)s") % {"number": contract.number},
        done=_("The terms were added."),
        submit=_("Add them"),
    )


def _last_terms(contract: Contract) -> ContractTerms | None:
    return contract.terms.select_related("plan_version", "calendar_version").last()


def _next_terms(contract: Contract) -> dict[str, Any]:
    """The present terms as a start for the next; the days are left to be filled in."""
    last = _last_terms(contract)
    return {name: value for name, value in initial_terms(last).items() if name not in _DAYS} if last else {}


_DAYS = ("from_on", "until_on")


@login_required
@require_POST
def contract_remove_terms(request: HttpRequest, pk: int, terms_pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    terms = get_object_or_404(ContractTerms.objects.select_related("contract"), contract=contract, pk=terms_pk)
    return button(
        request,
        lambda: actions.remove_terms(terms=terms, by=person(request), now=timezone.now()),
        done=_("The terms were removed."),
        back=_detail(contract),
    )


@login_required
@require_form
def contract_renew(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)

    def act(valid: RenewForm) -> str:
        actions.renew_contract(contract=contract, **valid.terms(), by=person(request), now=timezone.now())
        return _detail(contract)

    return _contract_page(
        request,
        contract,
        RenewForm(sent(request), initial=_next_terms(contract)),
        act,
        heading=_("Renew %(number)s") % {"number": contract.number},
        done=_("The contract was renewed."),
        submit=_("Renew it"),
        intro=_("The next terms. The dates of recurring work go on as they are."),
    )


@login_required
@require_form
def contract_amend(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)

    def act(valid: AmendForm) -> str:
        actions.change_terms(contract=contract, **valid.change(), by=person(request), now=timezone.now())
        return _detail(contract)

    return _contract_page(
        request,
        contract,
        AmendForm(sent(request), initial={"from_on": _today(contract)}),
        act,
        heading=_("Change the terms of %(number)s") % {"number": contract.number},
        done=_("The terms were changed."),
        submit=_("Change them"),
        intro=_("The terms are split at that day; what was agreed for the days before stays."),
    )


@login_required
@require_form
def contract_suspend(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    return _verb_page(
        request,
        contract,
        SuspendForm(sent(request), initial={"from_on": _today(contract)}),
        actions.suspend_contract,
        heading=_("Suspend %(number)s") % {"number": contract.number},
        done=_("The suspension was entered."),
        submit=_("Suspend it"),
        intro=_("On these days no recurring work is made and other work is billable."),
        danger=True,
    )


@login_required
@require_form
def contract_resume(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    return _verb_page(
        request,
        contract,
        ResumeForm(sent(request), initial={"on": _today(contract)}),
        actions.resume_contract,
        heading=_("Resume %(number)s") % {"number": contract.number},
        done=_("The contract goes on."),
        submit=_("Resume it"),
        intro=_("The suspension that holds on that day ends the day before."),
    )


@login_required
@require_form
def contract_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _managed(request, pk)
    return _verb_page(
        request,
        contract,
        TerminateForm(sent(request)),
        actions.terminate_contract,
        heading=_("Terminate %(number)s") % {"number": contract.number},
        done=_("The end of the contract was entered."),
        submit=_("Terminate it"),
        intro=_(
            "After its last day nothing is covered, and planned work is cancelled. A terminated contract cannot "
            "be renewed; the next agreement is a new contract."
        ),
        danger=True,
    )
