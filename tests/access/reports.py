"""The reports of visits, and what a guest opens by a link: the links, and a case for every address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.actions import create_guest_link
from contracts.enums import GuestPurpose
from portal.accounts.models import User
from schedules.models import Visit
from schedules.report.content import images_of
from tests.access.cases import CUSTOMERS_ROW, Case


def links_to(planned: Visit, signed: Visit, by: User, now: datetime) -> dict[str, Any]:
    """Tokens of links to both, and a picture of the report."""
    found: dict[str, Any] = {"report_image": min(images_of(signed.report))}
    wanted = {"visit_link": (planned, GuestPurpose.CONFIRM_VISIT), "report_link": (signed, GuestPurpose.READ_REPORT)}
    for name, (visit, purpose) in wanted.items():
        _link, found[name] = create_guest_link(
            customer=visit.site.customer,
            site=visit.site,
            purpose=purpose,
            subject=visit.number,
            name="Gerda",
            expires_at=now + timedelta(days=30),
            by=by,
            now=now,
        )
    return found


def _seen(route: str, *args: str, **values: Any) -> Case:
    return Case(f"schedules:{route}", args, verb="see_visit", row=CUSTOMERS_ROW, **values)


def _answered(verb: str, **values: Any) -> Case:
    return Case(f"schedules:visit_{verb}", ("visit",), verb="confirm_visit", row=CUSTOMERS_ROW, **values)


def _by_link(route: str, *args: str, **values: Any) -> Case:
    return Case(f"schedules:{route}", args, by_link=True, **values)


WISH = {"wish": "Tuesday after two"}

PAGES = [
    _answered("confirm", method="POST", ok=302),
    _answered("other_time"),
    _answered("other_time", method="POST", data=WISH, ok=302),
    _seen("visit_report", "visit_signed"),
    _seen("visit_report", "visit", ok=404, note="not signed"),
    _seen("visit_report_pdf", "visit_signed"),
    _seen("visit_report_image", "visit_signed", "report_image"),
    _seen("visit_report_image", "visit_signed", "photo", ok=404, note="of other work"),
    Case(
        "schedules:visit_report_correct",
        ("visit_signed",),
        method="POST",
        verb="correct_report",
        row=CUSTOMERS_ROW,
        data={"text": "It was two handsets"},
        ok=302,
    ),
    _by_link("guest_visit", "visit_link"),
    _by_link("guest_visit", "report_link", ok=404, note="of another purpose"),
    _by_link("guest_visit_confirm", "visit_link", method="POST", ok=302),
    _by_link("guest_visit_other_time", "visit_link", method="POST", data=WISH, ok=302),
    _by_link("guest_visit_other_time", "visit_link", method="POST", ok=200, note="without a wish"),
    _by_link("guest_report", "report_link"),
    _by_link("guest_report", "visit_link", ok=404, note="of another purpose"),
    _by_link("guest_report", "=nobody-made-this", ok=404, note="unknown"),
    _by_link("guest_report_pdf", "report_link"),
    _by_link("guest_report_image", "report_link", "report_image"),
    _by_link("guest_report_image", "report_link", "photo", ok=404, note="of other work"),
]
