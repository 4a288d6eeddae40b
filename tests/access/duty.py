"""The duty roster, absences, and hours on site: rows, and a case for every address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from contracts.models import Absence, Contract, DutyShift, Presence
from portal.accounts.models import User
from tests.access.cases import CUSTOMERS_ROW, VARS_ROW, Case

SPAN = {"starts_at": "2026-03-20T08:00", "ends_at": "2026-03-20T18:00"}
SPAN_IN_API = {"starts_at": "2026-03-20T08:00:00Z", "ends_at": "2026-03-20T18:00:00Z"}
HOURS = {"site": "@site", "weekday": 1, "starts": "09:00", "ends": "10:00", "from_on": "2026-03-01"}


def roster(people: dict[str, User], contract_pk: int, now: datetime) -> dict[str, Any]:
    """A shift and an absence ahead of dispatcher and colleague, and hours on site under that contract."""
    ahead = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2), "created_at": now}
    contract = Contract.objects.get(pk=contract_pk)
    presence = Presence.objects.create(
        contract=contract,
        site=contract.customer.sites.order_by("pk")[0],
        user=people["colleague"],
        weekday=0,
        starts=time(9),
        ends=time(12),
        from_on=date(2026, 1, 1),
    )
    return {
        "shift": DutyShift.objects.create(user=people["dispatcher"], **ahead).pk,
        "absence": Absence.objects.create(user=people["technician"], **ahead).pk,
        "presence": presence.pk,
    }


PAGES = [
    Case("contracts:duty_roster", verb="see_duty"),
    Case("contracts:duty_shift_add", verb="plan_duty"),
    Case("contracts:duty_shift_add", method="POST", verb="plan_duty", data={"user": "@colleague", **SPAN}, ok=302),
    Case("contracts:duty_shift_remove", ("shift",), method="POST", verb="plan_duty", row=VARS_ROW, ok=302),
    Case("contracts:absence_add", verb="record_absence"),
    Case(
        "contracts:absence_add",
        method="POST",
        verb="record_absence",
        data={"user": "@technician_user", **SPAN},
        ok=302,
    ),
    Case("contracts:absence_remove", ("absence",), method="POST", verb="record_absence", row=VARS_ROW, ok=302),
    Case("contracts:contract_presence", ("contract",), row=CUSTOMERS_ROW),
    Case(
        "contracts:contract_presence",
        ("contract",),
        method="POST",
        verb="manage_contract",
        row=CUSTOMERS_ROW,
        data={"user": "@colleague", **HOURS},
        ok=200,  # this contract has no resident technician
    ),
    Case(
        "contracts:contract_presence_remove",
        ("contract", "presence"),
        method="POST",
        verb="manage_contract",
        row=CUSTOMERS_ROW,
        ok=302,
    ),
]
API = [
    Case("api:duty-shifts-list", verb="see_duty"),
    Case(
        "api:duty-shifts-list",
        method="POST",
        verb="plan_duty",
        data={"user": "@colleague", **SPAN_IN_API},
        ok=201,
    ),
    Case("api:duty-shifts-detail", ("shift",), row=VARS_ROW),
    Case("api:duty-shifts-remove", ("shift",), method="POST", data={}, verb="plan_duty", row=VARS_ROW, ok=204),
    Case("api:absences-list", verb="see_duty"),
    Case(
        "api:absences-list",
        method="POST",
        verb="record_absence",
        data={"user": "@technician_user", **SPAN_IN_API},
        ok=201,
    ),
    Case("api:absences-detail", ("absence",), row=VARS_ROW),
    Case("api:absences-remove", ("absence",), method="POST", data={}, verb="record_absence", row=VARS_ROW, ok=204),
]
