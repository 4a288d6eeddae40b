"""A case for every page and every method that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.enums import WorkKind
from tests.access.cases import CUSTOMERS, CUSTOMERS_ROW, OWNERS_ROW, PEOPLE, VARS_ROW, Case
from tests.access.world import picture

EVERYBODY: dict[str, int] = dict.fromkeys(PEOPLE, 200)
ONLY_THE_VAR: dict[str, int] = dict.fromkeys((*CUSTOMERS, "outsider"), 403)
ONLY_FOR_STRANGERS: dict[str, int] = dict.fromkeys(PEOPLE, 302) | {"anonymous": 200}


def page(route: str, *args: str, **values: Any) -> Case:
    return Case(route, args, **values)


def post(route: str, *args: str, **values: Any) -> Case:
    """A verb that leads back to a page."""
    return Case(route, args, method="POST", **{"ok": 302} | values)


def form(route: str, *args: str, data: Any, answers: Any = None, **values: Any) -> Iterator[Case]:
    """A page with a form: shown, and sent with what it takes."""
    yield page(route, *args, **values, answers=answers or {})
    sent = {who: 302 if status == 200 else status for who, status in (answers or {}).items()}
    yield post(route, *args, **values, data=data, answers=sent)


def forms(*rows: Iterator[Case]) -> list[Case]:
    return [case for row in rows for case in row]


DASHBOARDS = [
    page("dashboards:home"),
    page("dashboards:today", answers=ONLY_THE_VAR),
    page("dashboards:search_results"),
    page("welcome", answers=dict.fromkeys(PEOPLE, 302)),  # the portal is set up
    post("welcome", answers=dict.fromkeys(PEOPLE, 302)),
    page("admin:index", answers=dict.fromkeys(PEOPLE, 302) | {"manager": 200}),
]

# -- the register -----------------------------------------------------------------------------

SITE = {"name": "Quay", "timezone": "Europe/Amsterdam", "region": "EMEA", "calendar": "@calendar_a"}
ASSET = {"tag": "NEW-1", "name": "New"}
CUSTOMER = {"name": "New customer", "language": "en"}
NO_CUSTOMER = dict.fromkeys(("outsider",), 404)  # customer A in the address is not there for customer B

REGISTER = [
    page("contracts:customer_list"),
    page("contracts:customer_detail", "customer", row=CUSTOMERS_ROW),
    *form("contracts:customer_create", verb="add_customer", data=CUSTOMER),
    *form("contracts:customer_edit", "customer", verb="edit_customer", row=CUSTOMERS_ROW, data=CUSTOMER),
    post(
        "contracts:customer_archive",
        "customer",
        verb="archive_register",
        row=CUSTOMERS_ROW,
        refused=True,  # it is still under contract
    ),
    post("contracts:customer_restore", "customer", verb="archive_register", row=CUSTOMERS_ROW),
    page("contracts:member_invite", "customer", verb="manage_members", row=CUSTOMERS_ROW),
    post(
        "contracts:member_invite",
        "customer",
        verb="manage_members",
        row=CUSTOMERS_ROW,
        data={"name": "New", "email": "new@a.example", "role": "viewer"},
        ok=200,
    ),
    post(
        "contracts:member_change_role",
        "member",
        verb="manage_members",
        row=CUSTOMERS_ROW,
        data={"role": "viewer"},
    ),
    post("contracts:member_remove", "member", verb="manage_members", row=CUSTOMERS_ROW),
    page("contracts:site_list"),
    page("contracts:site_detail", "site", row=CUSTOMERS_ROW),
    page("contracts:site_create", verb="edit_site"),
    *form(
        "contracts:site_create",
        verb="edit_site",
        query={"customer": "@customer"},
        data=SITE,
        answers=NO_CUSTOMER,
    ),
    *form("contracts:site_edit", "site", verb="edit_site", row=CUSTOMERS_ROW, data=SITE),
    post("contracts:site_archive", "empty_site", verb="archive_register", row=CUSTOMERS_ROW),
    post("contracts:site_restore", "empty_site", verb="archive_register", row=CUSTOMERS_ROW),
    page("contracts:contact_list"),
    page("contracts:contact_create", verb="edit_contact"),
    *form(
        "contracts:contact_create",
        verb="edit_contact",
        query={"customer": "@customer"},
        data={"name": "New", "site": "@site"},
        answers=NO_CUSTOMER,
    ),
    post(
        "contracts:contact_create",
        verb="edit_contact",
        data={"name": "New", "site": "@site"},
        ok=200,
        answers={"owner": 302},
        note="for one's own customer",
    ),
    *form("contracts:contact_edit", "contact", verb="edit_contact", row=CUSTOMERS_ROW, data={"name": "New"}),
    post("contracts:contact_archive", "contact", verb="edit_contact", row=CUSTOMERS_ROW),
    post("contracts:contact_restore", "contact", verb="edit_contact", row=CUSTOMERS_ROW),
    page("contracts:asset_list"),
    page("contracts:asset_detail", "asset", row=CUSTOMERS_ROW),
    page("contracts:asset_create", verb="add_asset"),
    *form(
        "contracts:asset_create",
        verb="add_asset",
        query={"site": "@site", "product": "@product"},
        data=ASSET,
        answers=NO_CUSTOMER,
    ),
    *form(
        "contracts:asset_edit",
        "asset",
        verb="edit_asset",
        row=CUSTOMERS_ROW,
        data=ASSET | {"site": "@site", "product": "@product"},
    ),
    post(
        "contracts:asset_set_capacity",
        "asset",
        verb="edit_asset",
        row=CUSTOMERS_ROW,
        data={"metric": "users", "value": 20, "from_on": "2026-03-02"},
    ),
    post("contracts:asset_archive", "spare_asset", verb="archive_register", row=CUSTOMERS_ROW),
    post("contracts:asset_restore", "spare_asset", verb="archive_register", row=CUSTOMERS_ROW),
]

# -- the configuration ------------------------------------------------------------------------

HOURS = {"name": "New hours", "timezone": "UTC", "mon": "09:00-17:00"}
POLICY = {
    "name": "New policy",
    "at_risk_percent": 25,
    **{f"S{n}_response_amount": 10 * n for n in range(1, 5)},
    **{f"S{n}_{part}_unit": "minutes" for n in range(1, 5) for part in ("response", "resolution")},
    **{f"S{n}_{part}_clock": "calendar" for n in range(1, 5) for part in ("response", "resolution")},
}
PLAN = {
    "name": "New plan",
    "policy": "@policy",
    "service_mode": "on_call",
    "procedures-TOTAL_FORMS": 0,
    "procedures-INITIAL_FORMS": 0,
    **{f"{kind}_decision": "billable" for kind in WorkKind.values},
}
PRODUCT = {"name": "New product", "kind": "system"}


def configuration(name: str, key: str, data: Any) -> list[Case]:
    """The pages of a header that managers set up and the VAR reads."""
    route = f"contracts:{name}"
    return [
        page(f"{route}_list", verb="see_configuration"),
        page(f"{route}_detail", key, verb="see_configuration", row=VARS_ROW),
        *form(f"{route}_create", verb="configure", data=data),
        *form(f"{route}_edit", key, verb="configure", row=VARS_ROW, data=data),
        post(f"{route}_archive", key, verb="configure", row=VARS_ROW),
        post(f"{route}_restore", key, verb="configure", row=VARS_ROW),
    ]


CONFIGURATION = [
    *configuration("product", "spare_product", PRODUCT),
    *form("contracts:release_create", "product", verb="configure", row=VARS_ROW, data={"version": "2.0"}),
    *form("contracts:release_edit", "release", verb="configure", row=VARS_ROW, data={"version": "2.0"}),
    *configuration("calendar", "calendar", HOURS),
    *configuration("sla_policy", "policy", POLICY),
    *configuration("plan", "plan", PLAN),
    page("contracts:plan_detail", "plan_a", verb="see_configuration", row=VARS_ROW),
    page("contracts:calendar_detail", "calendar_a", verb="see_configuration", row=VARS_ROW),
    page("contracts:sla_policy_detail", "policy_a", verb="see_configuration", row=VARS_ROW),
]

# -- contracts --------------------------------------------------------------------------------

TERMS = {
    "plan": "@plan_a",
    "calendar": "@calendar_a",
    "from_on": "2027-01-01",
    "until_on": "2027-12-31",
    "currency": "EUR",
}
MANAGED: dict[str, Any] = {"verb": "manage_contract", "row": CUSTOMERS_ROW}
DRAFTED: dict[str, Any] = {"verb": "manage_contract", "row": VARS_ROW}  # customers see no drafts

CONTRACTS = [
    page("contracts:contract_list"),
    page("contracts:contract_detail", "contract", row=CUSTOMERS_ROW),
    page("contracts:contract_detail", "draft", row=VARS_ROW),
    page("contracts:contract_create", verb="manage_contract"),
    *form(
        "contracts:contract_create",
        verb="manage_contract",
        query={"customer": "@customer"},
        data=TERMS | {"name": "New", "assets": ["@spare_asset"]},
        answers=NO_CUSTOMER,
    ),
    *form("contracts:contract_edit", "contract", **MANAGED, data={"name": "New"}),
    *form("contracts:contract_edit", "draft", **DRAFTED, data={"name": "New", "assets": ["@spare_asset"]}),
    *form("contracts:contract_activate", "draft", **DRAFTED, data={}),
    *form(
        "contracts:contract_cover",
        "contract",
        **MANAGED,
        data={"asset": "@spare_asset", "from_on": "2026-03-02"},
    ),
    *form("contracts:contract_uncover", "contract", "cover", **MANAGED, data={"until_on": "2026-05-01"}),
    *form("contracts:contract_add_terms", "contract", **MANAGED, data=TERMS),
    post("contracts:contract_remove_terms", "draft", "terms", **DRAFTED),
    *form("contracts:contract_renew", "contract", **MANAGED, data=TERMS),
    *form("contracts:contract_amend", "contract", **MANAGED, data={"from_on": "2026-05-01", "price": "9"}),
    *form("contracts:contract_suspend", "contract", **MANAGED, data={"from_on": "2026-05-01", "reason": "Rebuilding"}),
    *form("contracts:contract_resume", "resting", **MANAGED, data={"on": "2026-03-03"}),
    *form(
        "contracts:contract_terminate",
        "contract",
        **MANAGED,
        data={"ended_on": "2026-05-01", "reason": "Closing"},
    ),
]

# -- tickets ----------------------------------------------------------------------------------

TICKET = {"summary": "No sound", "urgency": "high", "impact": "localised", "category": "fault", "site": "@site"}


def ticket(verb: str, allowed: str, key: str = "ticket", **values: Any) -> Case:
    return post(f"tickets:ticket_{verb}", key, verb=allowed, row=CUSTOMERS_ROW, **values)


TICKETS = [
    page("tickets:ticket_list"),
    page("tickets:ticket_list", query={"show": "all"}, note="all"),
    page("tickets:ticket_detail", "ticket", row=CUSTOMERS_ROW),
    page("tickets:ticket_detail", "solved", row=CUSTOMERS_ROW),
    page("tickets:ticket_create", verb="open_ticket"),
    *form(
        "tickets:ticket_create", verb="open_ticket", query={"customer": "@customer"}, data=TICKET, answers=NO_CUSTOMER
    ),
    page("tickets:ticket_create", verb="open_ticket", query={"site": "@site"}, answers=NO_CUSTOMER),
    page("tickets:ticket_create", verb="open_ticket", query={"asset": "@asset"}, answers=NO_CUSTOMER),
    post(
        "tickets:ticket_create",
        verb="open_ticket",
        data=TICKET,
        ok=200,
        answers={"owner": 302, "contact": 302},
        note="for one's own customer",
    ),
    ticket("edit", "edit_ticket", data={"summary": "No sound"}, answers={"contact": 403}, note="the owner's"),
    ticket("acknowledge", "acknowledge"),
    ticket("take", "take"),
    ticket("assign", "assign", data={"assignee": "@technician_user"}),
    ticket("comment", "comment", data={"body": "Hello"}),
    ticket("comment", "write_internal", data={"body": "Hello", "visibility": "internal"}, note="internal"),
    ticket("wait", "work_on_ticket", data={"reason": "monitoring"}),
    ticket("resume", "work_on_ticket", "waiting"),
    ticket("severity", "change_severity", data={"impact": "large", "urgency": "high", "reason": "Worse"}),
    ticket("resolve", "work_on_ticket", data={"solution": "Restarted"}),
    ticket("reopen", "reopen", "solved", data={"reason": "Again"}),
    ticket("close", "work_on_ticket", "solved"),
]

# -- work, changes, schedules -----------------------------------------------------------------

STEP = ("begun", "=lines-in-service", "asset")
FAILED = ("begun", "=devices-connected", "asset")
THEIRS = ("theirs_begun", "=no-mailbox-full", "asset")
UUID = {"client_uuid": "7c7c6e3a-5f5b-4d0a-9a55-0b7f6a1f6c01"}
# Work that is ours: the customer's people see it, and leave it to us.
NOT_CUSTOMERS: dict[str, int] = dict.fromkeys(CUSTOMERS, 403)


def work(verb: str, allowed: str, key: str, **values: Any) -> Case:
    return post(f"schedules:work_order_{verb}", key, verb=allowed, row=CUSTOMERS_ROW, **values)


def step(name: str, args: tuple[str, ...], **values: Any) -> Case:
    return post(f"schedules:step_{name}", *args, verb="work", row=CUSTOMERS_ROW, **values)


WORK = [
    page("schedules:work_order_list"),
    page("schedules:work_order_list", query={"show": "all"}, note="all"),
    *(
        page("schedules:work_order_detail", key, row=CUSTOMERS_ROW)
        for key in ("due", "done", "begun", "skipped", "missed", "cancelled", "theirs", "theirs_begun")
    ),
    work("start", "work", "due", answers=NOT_CUSTOMERS),
    work("start", "work", "theirs"),
    work("complete", "work", "ready", answers=NOT_CUSTOMERS),
    work("complete", "work", "theirs_begun"),  # back to the page, which says what is missing
    work("take", "take_work", "due"),
    work("assign", "assign_work", "due", data={"assignee": "@technician_user"}),
    work("skip", "skip_work", "due", data={"reason": "Closed"}),
    work("hand_over", "hand_over_work", "opened", data={"performer": "customer"}),
    work("cancel", "cancel_work", "due", data={"reason": "Closed"}),
    work("reinstate", "cancel_work", "cancelled"),
    work("excuse", "excuse_work", "missed", data={"reason": "Flood"}),
    # Who may not see inside does not find the photo.
    page("schedules:work_order_photo", "begun", "photo", row=VARS_ROW),
    step("answer", STEP, data=UUID | {"outcome": "pass"}, answers=NOT_CUSTOMERS),
    step("answer", THEIRS, data=UUID | {"outcome": "pass"}),
    step("photo", STEP, data=UUID | {"photo": picture}, answers=NOT_CUSTOMERS),
    step("photo", THEIRS, data=UUID | {"photo": picture}),
    step("ticket", FAILED, answers=NOT_CUSTOMERS),
    *form(
        "schedules:step_part",
        *STEP,
        verb="record_service",
        row=CUSTOMERS_ROW,
        data=UUID | {"name": "Memory", "quantity": "1"},
    ),
    step("ticket", THEIRS, refused=True),  # it passed: there is nothing to open
]

CHANGE = {"asset": "@asset", "occurs_at": "2026-03-04T18:00", "new_address": "10.0.0.9"}
# The outsider's own form comes back: customer A's equipment is not among its choices.
CHOICE_REFUSED = {"outsider": 200}

BASELINE = {"metric": "jitter_ms", "value": "9", "reason": "Measured anew"}

CHANGES = [
    *form("schedules:baseline_set", "asset", verb="set_baseline", row=CUSTOMERS_ROW, data=BASELINE),
    page("schedules:change_event_list"),
    page("schedules:change_event_detail", "change", row=CUSTOMERS_ROW),
    page("schedules:change_event_create", verb="report_change"),
    *(
        page("schedules:change_event_create", verb="report_change", query={"kind": kind, subject: f"@{subject}"})
        for kind, subject in (("ip_change", "asset"), ("relocation", "site"))
    ),
    post(
        "schedules:change_event_create",
        verb="report_change",
        query={"kind": "ip_change"},
        data=CHANGE,
        answers=CHOICE_REFUSED,
    ),
]

SCHEDULES = [
    page("schedules:schedule_list"),
    page("schedules:schedule_detail", "schedule", row=CUSTOMERS_ROW),
    page("schedules:schedule_detail", "aside", row=CUSTOMERS_ROW),
    post("schedules:schedule_retry", "aside", verb="edit_programme", row=CUSTOMERS_ROW),
    page("schedules:generation_run_list", verb="see_programme"),
]

# -- visits -----------------------------------------------------------------------------------

WHEN = {"technician": "@dispatcher_user", "starts_at": "2026-03-04T09:00", "ends_at": "2026-03-04T11:00"}
SIGN_OFF = {
    **UUID,
    "technician_outcome": "refused",
    "technician_reason": "No pen",
    "customer_outcome": "absent",
    "customer_reason": "Nobody was there",
}


def visit(verb: str, allowed: str, key: str = "visit", *args: str, **values: Any) -> Case:
    return post(f"schedules:visit_{verb}", key, *args, verb=allowed, row=CUSTOMERS_ROW, **values)


def visit_form(verb: str, allowed: str, key: str = "visit", *args: str, **values: Any) -> Iterator[Case]:
    """A verb of a visit that asks something on a page of its own first."""
    yield from form(f"schedules:visit_{verb}", key, *args, verb=allowed, row=CUSTOMERS_ROW, **values)


VISITS = [
    page("schedules:visit_list"),
    page("schedules:visit_list", query={"status": "all"}, note="all"),
    page("schedules:visit_plan", verb="plan_visit"),
    *form(
        "schedules:visit_plan",
        verb="plan_visit",
        query={"site": "@branch"},
        data=WHEN | {"work_orders": ["@free_work"], "tickets": ["@free_ticket"]},
    ),
    *(
        page("schedules:visit_detail", key, verb="see_visit", row=CUSTOMERS_ROW)
        for key in ("visit", "visit_begun", "visit_ready", "visit_signed", "visit_cancelled")
    ),
    visit("start", "do_visit"),
    *visit_form("reschedule", "plan_visit", data=WHEN),
    *visit_form("cancel", "plan_visit", data={"reason": "Flood"}),
    *visit_form("add", "do_visit", data={"work_orders": ["@free_work"], "tickets": ["@free_ticket"]}),
    *visit_form("remove_work", "do_visit", "visit", "held_work_number", data={"reason": "No time"}),
    *visit_form("remove_ticket", "do_visit", "visit", "held_ticket_number", data={"reason": "No time"}),
    visit("time", "record_service", data=UUID | {"minutes": 15, "kind": "labour"}),
    visit("time_remove", "record_service", "visit", "time_entry"),
    visit("part", "record_service", data=UUID | {"name": "Handset", "quantity": 1}),
    visit("part_remove", "record_service", "visit", "part_used"),
    *visit_form("sign_off", "do_visit", "visit_ready", data=SIGN_OFF),
    visit("sign_off", "do_visit", "visit_begun", data=SIGN_OFF, ok=200, note="with gaps"),
]

# -- people, keys, mail -----------------------------------------------------------------------

PERSON = {"name": "New", "language": "en", "timezone": "UTC"}
STAFF_ONLY: dict[str, int] = dict.fromkeys(("dispatcher", "technician", *CUSTOMERS, "outsider"), 403)

# The owner of customer A is invited to act for another one.
INVITED = dict.fromkeys(PEOPLE, 404) | {"anonymous": 302}

ACCOUNTS = [
    page("contracts:membership_accept", "membership_invitation", answers=INVITED | {"owner": 200}),
    post("contracts:membership_accept", "membership_invitation", answers=INVITED | {"owner": 302}),
    *form("accounts:profile", data=PERSON),
    page("accounts:api_token_list"),
    post("accounts:api_token_list", data={"name": "Monitoring"}, ok=200),
    post("accounts:api_token_revoke", "token", row=OWNERS_ROW),
    *form("accounts:organisation", verb="edit_organisation", data=PERSON | {"missed_tasks_told_after": 3}),
    page("accounts:organisation_logo", answers=EVERYBODY),
    page("accounts:team", verb="manage_team"),
    *form(
        "accounts:team_invite",
        verb="manage_team",
        data=PERSON | {"email": "new@var.example", "staff_role": "technician"},
    ),
    page("accounts:team_member", "colleague", verb="manage_team"),
    post("accounts:team_change_role", "colleague", verb="manage_team", data={"staff_role": "dispatcher"}),
    post("accounts:team_deactivate", "colleague", verb="manage_team"),
    post("accounts:team_reactivate", "colleague", verb="manage_team"),
    post("accounts:team_resend_invitation", "colleague", verb="manage_team"),
    page("accounts:accept_invitation", "invitation", answers=EVERYBODY),
    post("accounts:accept_invitation", "invitation", data={"password": "short"}, answers=EVERYBODY),
    page("outbox:notification_list"),
    post("outbox:notification_read_all"),
    post("outbox:notification_open", "notification", row=OWNERS_ROW),
    page("outbox:message_list", verb="read_outbox"),
    page("outbox:message_detail", "message", verb="read_outbox"),
    page("outbox:message_attachment", "message", "attachment", verb="read_outbox"),
    post("outbox:message_retry", "message", verb="read_outbox", refused=True),  # there is no mail server
]

SIGN_IN = [
    page("account_login", answers=ONLY_FOR_STRANGERS),
    post("account_login", data={"login": "x@a.example", "password": "wrong"}, answers=ONLY_FOR_STRANGERS),
    page("account_logout"),
    post("account_logout"),
    page("account_inactive", answers=EVERYBODY),
    page("account_change_password", ok=302),  # nobody here has chosen a password yet
    post("account_change_password", ok=302),
    page("account_set_password"),
    post("account_set_password", data={"password1": "short", "password2": "short"}, ok=200),
    page("account_reset_password", answers=EVERYBODY),
    post("account_reset_password", data={"email": "x@a.example"}, answers=dict.fromkeys(PEOPLE, 302)),
    page("account_reset_password_done", answers=EVERYBODY),
    page("account_reset_password_from_key", "=1", "=wrong-key", answers=EVERYBODY),
    post("account_reset_password_from_key", "=1", "=wrong-key", answers=EVERYBODY),
    page("account_reset_password_from_key_done", answers=EVERYBODY),
]

PAGES = [
    *DASHBOARDS,
    *REGISTER,
    *CONFIGURATION,
    *CONTRACTS,
    *TICKETS,
    *WORK,
    *CHANGES,
    *SCHEDULES,
    *VISITS,
    *ACCOUNTS,
    *SIGN_IN,
]
