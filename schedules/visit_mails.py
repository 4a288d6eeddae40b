"""The mails about visits: who is told what, each in the reader's language, times always on the site's clock.

Called by the actions inside their transaction. Whoever did it is not told of it. Notes and reasons of ours
stay inside: customers read of neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from contracts.actions import create_guest_link
from contracts.enums import CustomerRole, GuestPurpose
from contracts.guest_access import guest_address
from contracts.models import Contact, Membership
from portal.accounts.enums import StaffRole
from portal.accounts.models import Organisation, User
from portal.files.models import File
from portal.outbox.actions import queue_message
from portal.outbox.models import Message
from schedules.enums import ItemOutcome
from schedules.models import Visit, VisitReport
from schedules.visit_words import day_in_words, time_in_words

REPORT_IS_READ_FOR: Final = timedelta(days=90)

# Each has a text of the same name in templates/schedules/mail/.
_SUBJECTS: Final = {
    "planned": gettext_lazy("Our visit on %(day)s: does it suit you?"),
    "rescheduled": gettext_lazy("Our visit moves to %(day)s: does it suit you?"),
    "confirmed": gettext_lazy("Agreed: our visit on %(day)s"),
    "cancelled": gettext_lazy("Cancelled: our visit on %(day)s"),
    "report": gettext_lazy("Report of our visit on %(day)s"),
    "report_corrected": gettext_lazy("Corrected report of our visit on %(day)s"),
    "staff_assigned": gettext_lazy("Your visit to %(site)s on %(day)s"),
    "staff_rescheduled": gettext_lazy("Your visit to %(site)s is now on %(day)s"),
    "staff_taken_over": gettext_lazy("No longer yours: the visit to %(site)s"),
    "staff_confirmed": gettext_lazy("Confirmed: %(site)s on %(day)s"),
    "staff_other_time": gettext_lazy("%(customer)s asks for another time"),
    "staff_cancelled": gettext_lazy("Cancelled: %(site)s on %(day)s"),
}


@dataclass(frozen=True)
class Reader:
    """Somebody who is told; where there is no account a guest link takes its place."""

    name: str
    email: str
    language: str
    user: User | None = None


def tell_planned(visit: Visit, *, by: User | None, now: datetime) -> None:
    """The customer: this is the date, is it good? The technician: this is yours."""
    _tell_customer(visit, "planned", by=by, now=now)
    _tell_staff(visit, [visit.technician], "staff_assigned", by=by, now=now)


def tell_rescheduled(visit: Visit, *, technician_before: User, by: User | None, now: datetime) -> None:
    """The customer: another date, is it good? The technicians: yours moved, or became somebody else's."""
    _tell_customer(visit, "rescheduled", by=by, now=now)
    if technician_before == visit.technician:
        _tell_staff(visit, [visit.technician], "staff_rescheduled", by=by, now=now)
    else:
        _tell_staff(visit, [visit.technician], "staff_assigned", by=by, now=now)
        _tell_staff(visit, [technician_before], "staff_taken_over", by=by, now=now)


def tell_confirmed(visit: Visit, *, by: User | None, guest_name: str = "", now: datetime) -> None:
    """Both sides: it is agreed."""
    who = guest_name or (str(by) if by else "")
    of_the_customer = "" if by is not None and by.is_var else who  # a dispatcher writes down what was said by phone
    _tell_customer(visit, "confirmed", by=by, now=now, who=of_the_customer)
    _tell_staff(visit, [visit.technician, *_planners(visit)], "staff_confirmed", by=by, now=now, who=who)


def tell_other_time(visit: Visit, *, wish: str, by: User | None, guest_name: str = "", now: datetime) -> None:
    """Who planned it, or else every dispatcher: the customer would like another time."""
    who = guest_name or (str(by) if by else "")
    _tell_staff(visit, _planners(visit), "staff_other_time", by=by, now=now, who=who, wish=wish)


def tell_cancelled(visit: Visit, *, by: User | None, now: datetime) -> None:
    """Both sides: it will not take place."""
    _tell_customer(visit, "cancelled", by=by, now=now)
    _tell_staff(visit, [visit.technician], "staff_cancelled", by=by, now=now)


def tell_report(report: VisitReport, *, file: File | None, corrections: int, now: datetime) -> None:
    """The customer: the report, as a file where there is one. Safe to repeat: each reader is told once."""
    _tell_customer(
        report.visit,
        "report_corrected" if corrections else "report",
        by=None,
        now=now,
        about=f"report:{report.pk}:{corrections}",
        file=file,
        summary=report.content["summary"]["sentence"],
    )


# -- who --------------------------------------------------------------------------------------


def readers_of(visit: Visit) -> list[Reader]:
    """The customer's owners and contacts with an account, then the contacts of the site or of the whole customer;
    where there is nobody the customer's own address. Each address once."""
    customer = visit.site.customer
    roles = [CustomerRole.OWNER, CustomerRole.CONTACT]
    members = Membership.objects.filter(customer=customer, role__in=roles)
    users = User.objects.filter(pk__in=members.values("user"), is_active=True)
    contacts = Contact.objects.current().filter(Q(site=None) | Q(site=visit.site_id), customer=customer)
    found: dict[str, Reader] = {}
    for user in users.order_by("pk"):
        found.setdefault(user.email.lower(), Reader(user.name, user.email, user.language, user))
    for one in contacts.exclude(email="").order_by("pk"):
        found.setdefault(one.email.lower(), Reader(one.name, one.email, customer.language))
    if not found and customer.email:
        return [Reader(customer.name, customer.email, customer.language)]
    return list(found.values())


def _planners(visit: Visit) -> list[User]:
    """Who planned it, while that person still plans; else every dispatcher and manager."""
    if visit.created_by is not None and visit.created_by.is_dispatcher:
        return [visit.created_by]
    roles = [StaffRole.DISPATCHER, StaffRole.MANAGER]
    return list(User.objects.filter(is_active=True, staff_role__in=roles))


# -- sending ----------------------------------------------------------------------------------


def _tell_customer(visit: Visit, stem: str, *, by: User | None, now: datetime, about: str = "", **values: Any) -> None:
    """One message to each of the customer's people, with the link that fits."""
    for reader in readers_of(visit):
        key = f"{about}:{reader.email.lower()}"[:200] if about else ""
        if (by is not None and reader.user == by) or (key and Message.objects.filter(dedupe_key=key).exists()):
            continue
        link = _link_for(reader, visit, stem, by=by, now=now)
        _send(visit, reader, stem, link=link, key=key, now=now, **values)


def _tell_staff(
    visit: Visit, people: Iterable[User], stem: str, *, by: User | None, now: datetime, **values: Any
) -> None:
    for person in dict.fromkeys(people):
        if person != by and person.is_active:
            reader = Reader(person.name, person.email, person.language, person)
            _send(visit, reader, stem, link=_address("visit_detail", visit), now=now, **values)


def _link_for(reader: Reader, visit: Visit, stem: str, *, by: User | None, now: datetime) -> str:
    """The page behind the sign-in for who has an account, a link of one's own for who has none."""
    is_report = stem.startswith("report")
    if reader.user is not None:
        return _address("visit_report" if is_report else "visit_detail", visit)
    if visit.planned_end_at <= now and not is_report:
        return ""
    _row, token = create_guest_link(
        customer=visit.site.customer,
        site=visit.site,
        purpose=GuestPurpose.READ_REPORT if is_report else GuestPurpose.CONFIRM_VISIT,
        subject=visit.number,
        name=reader.name,
        email=reader.email,
        expires_at=now + REPORT_IS_READ_FOR if is_report else visit.planned_end_at,
        by=by,
        now=now,
    )
    return guest_address("schedules:guest_report" if is_report else "schedules:guest_visit", token)


def _address(name: str, visit: Visit) -> str:
    return settings.PUBLIC_URL + reverse(f"schedules:{name}", args=[visit.number])


def _send(
    visit: Visit,
    reader: Reader,
    stem: str,
    *,
    link: str,
    now: datetime,
    key: str = "",
    file: File | None = None,
    **values: Any,
) -> None:
    with translation.override(reader.language):
        words = {"day": day_in_words(visit), "site": visit.site.name, "customer": visit.site.customer.name}
        context = {
            **words,
            **values,
            "reader": reader,
            "visit": visit,
            "time": time_in_words(visit),
            "address": ", ".join(visit.site.address.splitlines()),
            "work": _work_in_words(visit),
            "link": link,
            "has_file": file is not None,
            "organisation": Organisation.objects.first(),
        }
        queue_message(
            to=reader.email,
            recipient=reader.user,
            subject=f"[{visit.number}] " + str(_SUBJECTS[stem]) % words,
            text=_tidy(render_to_string(f"schedules/mail/{stem}.txt", context)),
            attachments=[file] if file else [],
            href=reverse("schedules:visit_detail", args=[visit.number]),
            dedupe_key=key,
            now=now,
        )


def _work_in_words(visit: Visit) -> list[str]:
    """What is planned in it, each kind once; tickets by their summary."""
    orders = visit.work.exclude(outcome=ItemOutcome.REMOVED).select_related("work_order__procedure_version__procedure")
    tickets = visit.ticket_items.exclude(outcome=ItemOutcome.REMOVED).select_related("ticket")
    names = [item.work_order.procedure_version.procedure.name for item in orders]
    names += [f"{item.ticket.number} {item.ticket.summary}" for item in tickets]
    return list(dict.fromkeys(names))


def _tidy(text: str) -> str:
    """Paragraphs apart by one empty line, whatever the templates' parts left between them."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"
