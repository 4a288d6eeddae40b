"""A case for every route of the API and every method that it takes."""

from __future__ import annotations

from typing import Any

from tests.access.cases import CUSTOMERS, CUSTOMERS_ROW, PEOPLE, VARS_ROW, Case
from tests.access.visits import drawn
from tests.access.world import picture

# What a body names and the asker does not see "does not exist": a fault of the body.
NOT_THERE = {"outsider": 400}
NOT_CUSTOMERS: dict[str, int] = dict.fromkeys(CUSTOMERS, 403)


def get(route: str, *args: str, **values: Any) -> Case:
    return Case(f"api:{route}", args, **values)


def send(method: str, route: str, *args: str, data: Any = None, **values: Any) -> Case:
    return Case(f"api:{route}", args, method=method, data={} if data is None else data, **values)


def post(route: str, *args: str, **values: Any) -> Case:
    return send("POST", route, *args, **values)


def edited(route: str, key: str, verb: str, data: Any, row: str = CUSTOMERS_ROW) -> list[Case]:
    """A row that is shown, replaced and mended."""
    return [
        get(f"{route}-detail", key, row=row),
        send("PUT", f"{route}-detail", key, verb=verb, row=row, data=data),
        send("PATCH", f"{route}-detail", key, verb=verb, row=row, data={}),
    ]


def archived(route: str, key: str, verb: str, row: str = CUSTOMERS_ROW) -> list[Case]:
    return [post(f"{route}-{way}", key, verb=verb, row=row) for way in ("archive", "restore")]


ANYTHING = [
    get("api-root"),
    get("schema", askers=("manager", "outsider", "anonymous")),
    get("docs", answers={"anonymous": 302}),  # a page for people
    get("docs", query={"script": "1"}, answers={"anonymous": 302}),
    get("severity", query={"impact": "large", "urgency": "high"}),
    post(
        "schedule_preview",
        data={"frequency": "daily", "anchor_on": "2026-03-02", "due_time": "09:00", "timezone": "UTC"},
    ),
    post(
        "sla_explain",
        data={
            "as_of": "2026-03-02T12:00:00Z",
            "calendar": "@calendar",
            "severity": "S1",
            "targets": {"S1": {"response": {"minutes": 15, "clock": "around_the_clock"}, "resolution": None}},
            "pause_on": [],
            "events": [{"at": "2026-03-02T11:00:00Z", "kind": "opened"}],
        },
        answers=dict.fromkeys((*CUSTOMERS, "outsider"), 400),  # calendars are the VAR's: this one does not exist
    ),
]
for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    ANYTHING.append(
        Case(
            "api:nothing_here",
            ("=nothing/here/",),
            method=method,
            answers=dict.fromkeys(PEOPLE, 404) | {"anonymous": 401},
        )
    )

# -- the register -----------------------------------------------------------------------------

CUSTOMER = {"name": "New customer"}
SITE = {"customer": "@customer", "name": "Quay", "timezone": "Europe/Amsterdam", "calendar": "@calendar_a"}
CONTACT = {"customer": "@customer", "site": "@site", "name": "New"}
ASSET = {"site": "@site", "product": "@product", "tag": "NEW-1", "name": "New"}
MEMBER = {"customer": "@customer", "email": "new@a.example", "name": "New", "role": "viewer"}

REGISTER = [
    get("customers-list"),
    post("customers-list", verb="add_customer", data=CUSTOMER, ok=201),
    *edited("customers", "customer", "edit_customer", CUSTOMER),
    post("customers-archive", "customer", verb="archive_register", row=CUSTOMERS_ROW, ok=409),  # under contract
    post("customers-restore", "customer", verb="archive_register", row=CUSTOMERS_ROW),
    get("memberships-list"),
    post("memberships-list", verb="manage_members", data=MEMBER, ok=201, answers=NOT_THERE),
    *edited("memberships", "member", "manage_members", {"role": "viewer"}),
    post("memberships-remove", "member", verb="manage_members", row=CUSTOMERS_ROW, ok=204),
    get("sites-list"),
    post("sites-list", verb="edit_site", data=SITE, ok=201),
    *edited("sites", "site", "edit_site", SITE),
    *archived("sites", "empty_site", "archive_register"),
    get("contacts-list"),
    post("contacts-list", verb="edit_contact", data=CONTACT, ok=201, answers=NOT_THERE),
    *edited("contacts", "contact", "edit_contact", CONTACT),
    *archived("contacts", "contact", "edit_contact"),
    get("assets-list"),
    post("assets-list", verb="add_asset", data=ASSET, ok=201),
    *edited("assets", "asset", "edit_asset", ASSET),
    *archived("assets", "spare_asset", "archive_register"),
    post(
        "assets-capacities",
        "asset",
        verb="edit_asset",
        row=CUSTOMERS_ROW,
        data={"metric": "users", "value": 20, "from_on": "2026-03-02"},
    ),
    get("assets-coverage", "asset", row=CUSTOMERS_ROW, query={"work": "parts"}),
    get("asset_trend", "asset", row=CUSTOMERS_ROW, query={"metric": "voicemail_minutes"}),
]

# -- the configuration ------------------------------------------------------------------------

CLOCK = {"response": {"minutes": 15, "clock": "around_the_clock"}, "resolution": None}
HOURS = {"name": "New hours", "timezone": "UTC", "hours": {"mon": [["09:00", "17:00"]]}}
POLICY = {"name": "New policy", "targets": {f"S{n}": CLOCK for n in range(1, 5)}}
PLAN = {"name": "New plan", "policy": "@policy", "service_mode": "on_call", "coverage": [], "procedures": []}
PRODUCT = {"slug": "new", "name": "New", "kind": "system"}


def configuration(route: str, key: str, data: Any) -> list[Case]:
    return [
        get(f"{route}-list", verb="see_configuration"),
        post(f"{route}-list", verb="configure", data=data, ok=201),
        *edited(route, key, "configure", data, row=VARS_ROW),
    ]


CONFIGURATION = [
    *configuration("vendors", "vendor", {"name": "New"}),
    *configuration("products", "spare_product", PRODUCT),
    *configuration("releases", "release", {"product": "@product", "version": "2.0"}),
    *configuration("calendars", "calendar", HOURS),
    *configuration("sla-policies", "policy", POLICY),
    *configuration("plans", "plan", PLAN),
    *(
        case
        for route, key in (
            ("products", "spare_product"),
            ("calendars", "calendar"),
            ("sla-policies", "policy"),
            ("plans", "plan"),
        )
        for case in archived(route, key, "configure", row=VARS_ROW)
    ),
    get("plans-detail", "plan_a", row=VARS_ROW),
    get("calendars-detail", "calendar_a", row=VARS_ROW),
    get("calendars-deadline", "calendar", row=VARS_ROW, query={"start": "2026-03-02T09:00:00Z", "minutes": "30"}),
    get(
        "calendars-working-time",
        "calendar",
        row=VARS_ROW,
        query={"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"},
    ),
    get("procedures-list", verb="see_programme"),
    get("procedures-detail", "procedure", row=VARS_ROW),
]

# -- contracts --------------------------------------------------------------------------------

TERMS = {"plan": "@plan_a", "calendar": "@calendar_a", "from_on": "2026-04-01", "until_on": "2027-03-31"}
CONTRACT = {"customer": "@customer", "name": "New", "terms": [TERMS], "covered_assets": ["@spare_asset"]}


def contract(verb: str, key: str, data: Any, row: str = CUSTOMERS_ROW) -> Case:
    return post(f"contracts-{verb}", key, verb="manage_contract", row=row, data=data)


CONTRACTS = [
    get("contracts-list"),
    post("contracts-list", verb="manage_contract", data=CONTRACT, ok=201),
    get("contracts-detail", "contract", row=CUSTOMERS_ROW),
    *edited("contracts", "draft", "manage_contract", CONTRACT, row=VARS_ROW),
    contract("activate", "draft", {}, row=VARS_ROW),
    contract("amend", "contract", {"from_on": "2026-05-01", "add_assets": ["@spare_asset"]}),
    contract("suspend", "contract", {"from_on": "2026-05-01", "reason": "Rebuilding"}),
    contract("resume", "resting", {"on": "2026-03-03"}),
    contract("terminate", "contract", {"ended_on": "2026-05-01", "reason": "Closing"}),
    contract("renew", "contract", {"until_on": "2027-12-31"}),
]

# -- tickets ----------------------------------------------------------------------------------

TICKET = {"customer": "@customer", "site": "@site", "summary": "No sound", "impact": "localised", "urgency": "high"}


def ticket(verb: str, allowed: str, key: str = "ticket", **values: Any) -> Case:
    return post(f"tickets-{verb}", key, verb=allowed, row=CUSTOMERS_ROW, **values)


TICKETS = [
    get("tickets-list"),
    post("tickets-list", verb="open_ticket", data=TICKET, ok=201, answers=NOT_THERE),
    get("tickets-detail", "ticket", row=CUSTOMERS_ROW),
    send(
        "PATCH",
        "tickets-detail",
        "ticket",
        verb="edit_ticket",
        row=CUSTOMERS_ROW,
        data={"summary": "No sound"},
        answers={"contact": 403},
        note="the owner's",
    ),
    get("tickets-events", "ticket", row=CUSTOMERS_ROW),
    get("tickets-ledger", "ticket", row=CUSTOMERS_ROW),
    ticket("acknowledge", "acknowledge"),
    ticket("assign", "assign", data={"assignee": "@dispatcher_user"}),
    ticket("assign", "take", data={"assignee": "@technician_user"}, note="a technician to itself"),
    ticket("comments", "comment", data={"body": "Hello"}, ok=201),
    ticket("comments", "write_internal", data={"body": "Hello", "is_public": False}, ok=201, note="internal"),
    ticket("wait", "work_on_ticket", data={"reason": "monitoring"}),
    ticket("resume", "work_on_ticket", "waiting"),
    ticket("severity", "change_severity", data={"impact": "large", "urgency": "high", "reason": "Worse"}),
    ticket("resolve", "work_on_ticket", data={"solution": "Restarted"}),
    ticket("reopen", "reopen", "solved", data={"reason": "Again"}),
    ticket("close", "work_on_ticket", "solved"),
]

# -- work, changes, figures -------------------------------------------------------------------

STEP = ("begun", "=lines-in-service", "asset")
FAILED = ("begun", "=devices-connected", "asset")
THEIRS = ("theirs_begun", "=no-mailbox-full", "asset")


def work(verb: str, allowed: str, key: str, **values: Any) -> Case:
    return post(f"work-orders-{verb}", key, verb=allowed, row=CUSTOMERS_ROW, **values)


def step(method: str, name: str, args: tuple[str, ...], **values: Any) -> Case:
    return send(method, f"work-orders-{name}", *args, verb="work", row=CUSTOMERS_ROW, **values)


WORK = [
    get("work-orders-list"),
    *(
        get("work-orders-detail", key, row=CUSTOMERS_ROW)
        for key in ("due", "done", "begun", "skipped", "missed", "cancelled", "theirs", "theirs_begun")
    ),
    work("start", "work", "due", answers=NOT_CUSTOMERS),
    work("start", "work", "theirs"),
    work("complete", "work", "ready", answers=NOT_CUSTOMERS),
    work("complete", "work", "theirs_begun", ok=409),  # two readings are missing
    work("assign", "assign_work", "due", data={"assignee": "@dispatcher_user"}),
    work("assign", "take_work", "due", data={"assignee": "@technician_user"}, note="a technician to itself"),
    work("skip", "skip_work", "due", data={"reason": "Closed"}),
    work("hand-over", "hand_over_work", "opened", data={"performer": "customer"}),
    work("cancel", "cancel_work", "due", data={"reason": "Closed"}),
    work("reinstate", "cancel_work", "cancelled"),
    work("excuse", "excuse_work", "missed", data={"reason": "Flood"}),
    # Who may not see inside does not find the photo.
    get("work-orders-photo", "begun", "photo", row=VARS_ROW),
    step("PUT", "step", STEP, data={"outcome": "pass"}, answers=NOT_CUSTOMERS),
    step("PUT", "step", THEIRS, data={"outcome": "pass"}),
    step("POST", "step-photos", STEP, data={"photo": picture}, ok=201, answers=NOT_CUSTOMERS),
    step("POST", "step-photos", THEIRS, data={"photo": picture}, ok=201),
    step("POST", "step-ticket", FAILED, ok=201, answers=NOT_CUSTOMERS),
    step("POST", "step-ticket", THEIRS, ok=409),  # it passed: there is nothing to open
]

CHANGE = {
    "kind": "ip_change",
    "asset": "@asset",
    "occurs_at": "2026-03-04T18:00:00Z",
    "details": {"new_address": "10.0.0.9"},
}
READING = {"asset": "@asset", "metric": "users", "value": 11, "taken_at": "2026-03-02T10:00:00Z"}
BACKUP = {"asset": "@asset", "taken_at": "2026-03-02T10:00:00Z", "location": "//nas/1"}
BASELINE = {"asset": "@asset", "metric": "jitter_ms", "value": 9, "reason": "Measured anew"}

FIGURES = [
    get("schedules-list"),
    get("schedules-detail", "schedule", row=CUSTOMERS_ROW),
    get("schedules-occurrences", "schedule", row=CUSTOMERS_ROW),
    post("schedules-retry", "aside", verb="edit_programme", row=CUSTOMERS_ROW),
    get("change-events-list"),
    post("change-events-list", verb="report_change", data=CHANGE, ok=201, answers=NOT_THERE),
    get("change-events-detail", "change", row=CUSTOMERS_ROW),
    get("readings-list"),
    post("readings-list", verb="record_evidence", data=READING, ok=201),
    get("readings-detail", "reading", row=CUSTOMERS_ROW),
    get("backups-list"),
    post("backups-list", verb="record_evidence", data=BACKUP, ok=201),
    get("backups-detail", "backup", row=CUSTOMERS_ROW),
    get("baselines-list"),
    post("baselines-list", verb="set_baseline", data=BASELINE, ok=201),
    get("baselines-detail", "baseline", row=CUSTOMERS_ROW),
]

# -- visits -----------------------------------------------------------------------------------

PLAN_VISIT = {
    "site": "@branch",
    "technician": "@dispatcher_user",
    "starts_at": "2026-03-04T09:00:00Z",
    "ends_at": "2026-03-04T11:00:00Z",
    "work_orders": ["@free_work"],
    "tickets": ["@free_ticket"],
}
MOVE_VISIT = {"starts_at": "2026-03-05T09:00:00Z", "ends_at": "2026-03-05T11:00:00Z", "reason": "As asked"}
SIGN_OFF = {
    "technician": {"name": "Tara", "image": drawn},
    "customer": {"outcome": "absent", "reason": "Nobody was there"},
}


def visit(verb: str, allowed: str, key: str = "visit", **values: Any) -> Case:
    return post(f"visits-{verb}", key, verb=allowed, row=CUSTOMERS_ROW, **values)


def service(route: str, key: str, data: Any) -> list[Case]:
    return [
        get(f"{route}-list"),
        post(f"{route}-list", verb="record_service", data={"visit": "@visit_id", **data}, ok=201),
        get(f"{route}-detail", key, row=CUSTOMERS_ROW),
        post(f"{route}-remove", key, verb="record_service", row=CUSTOMERS_ROW, ok=204),
    ]


VISITS = [
    get("visits-list"),
    post("visits-list", verb="plan_visit", data=PLAN_VISIT, ok=201),
    *(
        get("visits-detail", key, verb="see_visit", row=CUSTOMERS_ROW)
        for key in ("visit", "visit_begun", "visit_ready", "visit_signed", "visit_cancelled")
    ),
    visit("confirm", "confirm_visit"),
    visit("other-time", "confirm_visit", data={"wish": "Tuesday after two"}),
    visit("reschedule", "plan_visit", data=MOVE_VISIT),
    visit("cancel", "plan_visit", data={"reason": "Flood"}),
    visit("start", "do_visit"),
    visit("items", "do_visit", data={"work_order": "@free_work"}),
    visit("items", "do_visit", data={"ticket": "@free_ticket"}, note="a ticket"),
    visit("remove-item", "do_visit", data={"work_order": "@held_work", "reason": "No time"}),
    visit("remove-item", "do_visit", data={"ticket": "@held_ticket", "reason": "No time"}, note="a ticket"),
    visit("sign-off", "do_visit", "visit_ready", data=SIGN_OFF),
    visit("sign-off", "do_visit", "visit_begun", data=SIGN_OFF, ok=409, note="with gaps"),
    *(
        get(f"visits-{what}", key, row=CUSTOMERS_ROW, verb="see_visit", ok=ok)
        for what in ("report", "report-pdf")
        for key, ok in (("visit_signed", 200), ("visit", 404))
    ),
    visit("corrections", "correct_report", "visit_signed", data={"text": "It was two handsets"}, ok=201),
    *service("time-entries", "time_entry", {"minutes": 15}),
    *service("parts-used", "part_used", {"name": "Handset"}),
]

API = [*ANYTHING, *REGISTER, *CONFIGURATION, *CONTRACTS, *TICKETS, *WORK, *FIGURES, *VISITS]
