"""Every change of state in the register and the contracts: one keyword-only function each.

Actions on a contract lock it, check, write, append a ContractEvent and send `contract_changed` at
their end. They return the row as it stands now; the instance that was passed in is out of date.
"""

from contracts.actions.covers import amend_contract, cover_asset, uncover_asset
from contracts.actions.lifecycle import (
    activate_contract,
    resume_contract,
    settle_contracts,
    suspend_contract,
    terminate_contract,
)
from contracts.actions.terms import add_terms, change_terms, remove_terms, renew_contract

__all__ = [
    "activate_contract",
    "add_terms",
    "amend_contract",
    "change_terms",
    "cover_asset",
    "remove_terms",
    "renew_contract",
    "resume_contract",
    "settle_contracts",
    "suspend_contract",
    "terminate_contract",
    "uncover_asset",
]
