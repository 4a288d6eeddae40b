from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.actions import create_guest_link, open_guest_link, revoke_guest_link, revoke_guest_links
from contracts.actions.guests import GuestLinkGoneError, GuestLinkUnknownError
from contracts.enums import GuestPurpose
from contracts.models import Customer, GuestLink
from portal.accounts.models import User
from portal.demo import builder
from portal.web.errors import DomainError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def link_for(customer: Customer, purpose: GuestPurpose = GuestPurpose.CONFIRM_VISIT, subject: str = "V-1") -> str:
    _link, token = create_guest_link(
        customer=customer,
        purpose=purpose,
        subject=subject,
        name="Gerda",
        email="gerda@alder.example",
        expires_at=LATER,
        by=None,
        now=NOW,
    )
    return token


def test_only_the_hash_of_a_token_is_kept(customer_a: Customer, dispatcher: User) -> None:
    link, token = create_guest_link(
        customer=customer_a, purpose=GuestPurpose.REPORT_FAULT, expires_at=LATER, by=dispatcher, now=NOW
    )
    assert len(token) >= 43
    stored = [str(value) for value in GuestLink.objects.filter(pk=link.pk).values_list().get()]
    assert not any(token in value for value in stored)
    assert link.created_by == dispatcher


def test_link_opens_for_its_purpose_until_it_expires(customer_a: Customer) -> None:
    token = link_for(customer_a)
    opened = open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=LATER - timedelta(seconds=1))
    assert (opened.customer, opened.subject, opened.name) == (customer_a, "V-1", "Gerda")
    assert opened.last_used_at == LATER - timedelta(seconds=1)
    with pytest.raises(GuestLinkGoneError):
        open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=LATER)


@pytest.mark.parametrize("purpose", [one for one in GuestPurpose if one != GuestPurpose.CONFIRM_VISIT])
def test_link_of_another_purpose_is_unknown(customer_a: Customer, purpose: GuestPurpose) -> None:
    token = link_for(customer_a)
    with pytest.raises(GuestLinkUnknownError):
        open_guest_link(token=token, purpose=purpose, now=NOW)


@pytest.mark.parametrize("token", ["", "x", "é" * 5000, "\x00", "' OR 1=1 --"])
def test_token_that_nobody_made_is_unknown(db: None, token: str) -> None:
    with pytest.raises(GuestLinkUnknownError):
        open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW)


def test_revoked_link_is_gone_and_keeps_its_first_instant(customer_a: Customer) -> None:
    token = link_for(customer_a)
    link = GuestLink.objects.get()
    revoke_guest_link(link=link, now=NOW)
    assert revoke_guest_link(link=link, now=LATER).revoked_at == NOW
    with pytest.raises(GuestLinkGoneError):
        open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW)


def test_links_about_one_row_are_revoked_together_and_no_others(customer_a: Customer, customer_b: Customer) -> None:
    mine = [link_for(customer_a), link_for(customer_a)]
    others = [link_for(customer_a, subject="V-2"), link_for(customer_b)]
    subject = {"customer": customer_a, "purpose": GuestPurpose.CONFIRM_VISIT, "subject": "V-1"}
    assert revoke_guest_links(**subject, now=NOW) == 2  # type: ignore[arg-type]
    assert revoke_guest_links(**subject, now=NOW) == 0  # type: ignore[arg-type]
    for token in mine:
        with pytest.raises(GuestLinkGoneError):
            open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW)
    for token in others:
        assert open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW)


def test_link_of_an_archived_customer_is_gone(customer_a: Customer) -> None:
    token = link_for(customer_a)
    Customer.objects.filter(pk=customer_a.pk).update(archived_at=NOW)
    with pytest.raises(GuestLinkGoneError):
        open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW)


def test_site_of_another_customer_and_an_end_behind_are_refused(customer_a: Customer, customer_b: Customer) -> None:
    site = builder.site(customer=customer_b, calendar=builder.calendar(now=NOW))
    values = {"customer": customer_a, "purpose": GuestPurpose.REPORT_FAULT, "by": None, "now": NOW}
    with pytest.raises(DomainError) as refused:
        create_guest_link(**values, site=site, expires_at=LATER)  # type: ignore[arg-type]
    assert refused.value.attr == "site"
    with pytest.raises(DomainError) as refused:
        create_guest_link(**values, expires_at=NOW)  # type: ignore[arg-type]
    assert refused.value.attr == "expires_at"
    assert not GuestLink.objects.exists()


def test_use_is_noted_once_a_minute(customer_a: Customer) -> None:
    token = link_for(customer_a)
    for seconds in (0, 59):
        link = open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=NOW + timedelta(seconds=seconds))
        assert link.last_used_at == NOW
    later = NOW + timedelta(seconds=60)
    assert open_guest_link(token=token, purpose=GuestPurpose.CONFIRM_VISIT, now=later).last_used_at == later
