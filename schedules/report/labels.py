"""The fixed words of a report, kept with it: page and file say the same for ever."""

from __future__ import annotations

from django.utils.translation import gettext as _


def labels() -> dict[str, str]:
    """In the language that is active now."""
    return {
        "report": _("Maintenance report"),
        "site": _("Site"),
        "customer": _("Customer"),
        "contract": _("Contract"),
        "technician": _("Technician"),
        "visit": _("Visit"),
        "zone": _("Times are those of"),
        "arrived": _("Arrived"),
        "finished": _("Finished"),
        "attention": _("What needs attention"),
        "nothing_wrong": _("Nothing. Everything that was checked is in order."),
        "found": _("Found"),
        "followed_up": _("We follow it up in"),
        "not_followed_up": _("No ticket was opened for it."),
        "readings": _("Readings"),
        "equipment": _("Equipment"),
        "reading": _("Reading"),
        "value": _("Now"),
        "last_value": _("Last time"),
        "limits": _("Limits"),
        "result": _("Result"),
        "work": _("What was done"),
        "step": _("Step"),
        "remark": _("Answer"),
        "whole_site": _("The whole site"),
        "photos": _("Photos"),
        "photo": _("Photo"),
        "photo_gone": _("This photo is no longer there."),
        "tickets": _("Tickets looked at"),
        "carried_over": _("Left for the next visit"),
        "why": _("Why"),
        "time_and_parts": _("Time and parts"),
        "what": _("What"),
        "amount": _("Amount"),
        "cost": _("Cost"),
        "next": _("What comes next"),
        "next_visits": _("Planned visits"),
        "next_work": _("Work that falls due"),
        "nothing_next": _("Nothing is planned yet."),
        "signatures": _("Signatures"),
        "signature_of": _("Signature of"),
        "logo_of": _("Logo of"),
        "corrections": _("Corrections"),
        "corrections_note": _("Added after the report was signed; what was signed stands above, unchanged."),
        "page": _("Page"),
        "of": _("of"),
        "phone": _("Phone"),
        "email": _("E-mail"),
    }
