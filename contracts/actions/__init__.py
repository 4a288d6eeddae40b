"""Every change of state in the register and the contracts: one keyword-only function each.

Actions on a contract lock it, check, write, append a ContractEvent and send `contract_changed` at
their end. They return the row as it stands now; the instance that was passed in is out of date.
"""

from contracts.actions.covers import amend_contract, cover_asset, uncover_asset
from contracts.actions.drafts import draft_contract, edit_draft
from contracts.actions.duty import (
    add_absence,
    add_presence,
    add_shift,
    remove_absence,
    remove_presence,
    remove_shift,
)
from contracts.actions.guests import (
    create_guest_link,
    hand_out_guest_link,
    open_guest_link,
    revoke_guest_link,
    revoke_guest_links,
)
from contracts.actions.lifecycle import (
    activate_contract,
    resume_contract,
    settle_contracts,
    suspend_contract,
    terminate_contract,
)
from contracts.actions.members import accept_membership, change_member_role, invite_member, remove_member
from contracts.actions.move import Moved, move_site
from contracts.actions.register import archive, restore
from contracts.actions.services import record_part, record_time, remove_service
from contracts.actions.terms import add_terms, change_terms, remove_terms, renew_contract
from contracts.actions.versions import save_calendar, save_plan, save_policy

__all__ = [
    "Moved",
    "accept_membership",
    "activate_contract",
    "add_absence",
    "add_presence",
    "add_shift",
    "add_terms",
    "amend_contract",
    "archive",
    "change_member_role",
    "change_terms",
    "cover_asset",
    "create_guest_link",
    "draft_contract",
    "edit_draft",
    "hand_out_guest_link",
    "invite_member",
    "move_site",
    "open_guest_link",
    "record_part",
    "record_time",
    "remove_absence",
    "remove_member",
    "remove_presence",
    "remove_service",
    "remove_shift",
    "remove_terms",
    "renew_contract",
    "restore",
    "resume_contract",
    "revoke_guest_link",
    "revoke_guest_links",
    "save_calendar",
    "save_plan",
    "save_policy",
    "settle_contracts",
    "suspend_contract",
    "terminate_contract",
    "uncover_asset",
]
