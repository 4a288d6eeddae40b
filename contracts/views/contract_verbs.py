"""Pages of what can happen to a contract: each a form that says what will come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contracts import actions
from contracts.forms.contracts import (
    AmendForm,
    CoverForm,
    RenewForm,
    ResumeForm,
    SuspendForm,
    TerminateForm,
    TermsForm,
    UncoverForm,
    VerbForm,
    initial_terms,
)
from contracts.models import Contract, ContractTerms, CoveredAsset
from contracts.views.contract_facts import contract_facts
from contracts.views.contract_frame import around, detail_of, managed, today_at
from contracts.views.frame import button, form_page, require_form, sent
from contracts.views.plans import recurring_work
from portal.accounts.access import person


def _do(
    request: HttpRequest, contract: Contract, form: VerbForm, action: Callable[..., object], **context: Any
) -> HttpResponse:
    """Show the form; when it is sent, carry out the action with what the form takes."""

    def act(valid: VerbForm) -> str:
        action(contract=contract, **valid.arguments(), by=person(request), now=timezone.now())
        return detail_of(contract)

    return form_page(request, form, act, **around(contract) | context)


@login_required
@require_form
def contract_activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what will happen, and does it on POST."""
    contract = managed(request, pk)
    facts = contract_facts(contract, timezone.now())
    first = facts["terms"][0].plan_version if facts["terms"] else None
    return _do(
        request,
        contract,
        VerbForm(sent(request)),
        actions.activate_contract,
        heading=_("Activate %(number)s") % {"number": contract.number},
        done=_("%(number)s is in force.") % {"number": contract.number},
        submit=_("Activate it"),
        template="contracts/contract_activate.html",
        procedures=recurring_work(first) if first else [],
        **{name: value for name, value in facts.items() if name != "contract"},
    )


@login_required
@require_form
def contract_cover(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        CoverForm(sent(request), contract=contract, initial={"from_on": today_at(contract)}),
        actions.cover_asset,
        heading=_("Cover an asset under %(number)s") % {"number": contract.number},
        done=_("The asset is on the list."),
        submit=_("Cover it"),
    )


@login_required
@require_form
def contract_uncover(request: HttpRequest, pk: int, cover_pk: int) -> HttpResponse:
    contract = managed(request, pk)
    cover = get_object_or_404(CoveredAsset.objects.select_related("asset", "contract"), contract=contract, pk=cover_pk)

    def uncover(*, contract: Contract, **values: Any) -> object:
        return actions.uncover_asset(cover=cover, **values)

    return _do(
        request,
        contract,
        UncoverForm(sent(request), initial={"until_on": today_at(contract)}),
        uncover,
        heading=_("Take %(asset)s off %(number)s") % {"asset": cover.asset.tag, "number": contract.number},
        done=_("The list was changed."),
        submit=_("Take it off"),
        intro=_(
            "Work on it after that day is billable, and planned work for it is cancelled. A day before "
            "its first covered day takes it off as if it had never been listed."
        ),
        danger=True,
    )


# -- terms ------------------------------------------------------------------------------------


@login_required
@require_form
def contract_add_terms(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        TermsForm(sent(request), initial=_next_terms(contract)),
        actions.add_terms,
        heading=_("Add terms to %(number)s") % {"number": contract.number},
        done=_("The terms were added."),
        submit=_("Add them"),
    )


def _next_terms(contract: Contract) -> dict[str, Any]:
    """The present terms as a start for the next; the days are left to be filled in."""
    last = contract.terms.select_related("plan_version", "calendar_version").last()
    return {name: value for name, value in initial_terms(last).items() if name not in _DAYS} if last else {}


_DAYS = ("from_on", "until_on")


@login_required
@require_POST
def contract_remove_terms(request: HttpRequest, pk: int, terms_pk: int) -> HttpResponse:
    contract = managed(request, pk)
    terms = get_object_or_404(ContractTerms.objects.select_related("contract"), contract=contract, pk=terms_pk)
    return button(
        request,
        lambda: actions.remove_terms(terms=terms, by=person(request), now=timezone.now()),
        done=_("The terms were removed."),
        back=detail_of(contract),
    )


@login_required
@require_form
def contract_renew(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        RenewForm(sent(request), initial=_next_terms(contract)),
        actions.renew_contract,
        heading=_("Renew %(number)s") % {"number": contract.number},
        done=_("The contract was renewed."),
        submit=_("Renew it"),
        intro=_("The next terms. The dates of recurring work go on as they are."),
    )


@login_required
@require_form
def contract_amend(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        AmendForm(sent(request), initial={"from_on": today_at(contract)}),
        actions.change_terms,
        heading=_("Change the terms of %(number)s") % {"number": contract.number},
        done=_("The terms were changed."),
        submit=_("Change them"),
        intro=_("The terms are split at that day; what was agreed for the days before stays."),
    )


# -- rest and end -----------------------------------------------------------------------------


@login_required
@require_form
def contract_suspend(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        SuspendForm(sent(request), initial={"from_on": today_at(contract)}),
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
    contract = managed(request, pk)
    return _do(
        request,
        contract,
        ResumeForm(sent(request), initial={"on": today_at(contract)}),
        actions.resume_contract,
        heading=_("Resume %(number)s") % {"number": contract.number},
        done=_("The contract goes on."),
        submit=_("Resume it"),
        intro=_("The suspension that holds on that day ends the day before."),
    )


@login_required
@require_form
def contract_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    contract = managed(request, pk)
    return _do(
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
