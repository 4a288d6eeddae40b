"""What the pages about one contract start from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.bounds import ContractBounds
from contracts.models import Contract
from contracts.permissions import can_manage_contract
from contracts.views.frame import crumb, visible
from portal.web.access import require


def one_contract(request: HttpRequest, pk: int) -> Contract:
    return visible(request, Contract, pk, "customer")


def managed(request: HttpRequest, pk: int) -> Contract:
    """The contract, for somebody who may change it; 404 or 403 otherwise."""
    contract = one_contract(request, pk)
    require(can_manage_contract(request.user, contract))
    return contract


def detail_of(contract: Contract) -> str:
    return reverse("contracts:contract_detail", args=[contract.number])


def today_at(contract: Contract) -> date:
    """Today where the contract is served."""
    return ContractBounds.load(contract).local_date(timezone.now())


def around(contract: Contract) -> dict[str, Any]:
    """The frame of a form about the contract: where it stands, and where it leads back to."""
    return {
        "contract": contract,
        "cancel": detail_of(contract),
        "crumbs": [
            crumb(_("Contracts"), "contract_list"),
            crumb(contract.number, "contract_detail", contract.number),
        ],
    }
