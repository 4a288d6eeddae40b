"""What each person is told in the portal."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.outbox.actions import queue_message
from portal.outbox.models import Message
from tests.conftest import NOW

SignIn = Callable[[User], Client]
LIST = reverse("outbox:notification_list")


def told(user: User | None, subject: str = "A ticket is yours", href: str = "/tickets/TK-1/") -> Message:
    message = queue_message(to="x@var.example", recipient=user, subject=subject, text="...", href=href, now=NOW)
    assert message is not None
    return message


def test_bell_counts_what_is_new(sign_in: SignIn, technician: User) -> None:
    told(technician)
    told(technician)
    page = sign_in(technician).get(LIST).content.decode()
    assert "2 new notifications" in page
    assert page.count("A ticket is yours") == 2


def test_nobody_sees_anothers(sign_in: SignIn, technician: User, manager: User, customer: User) -> None:
    message = told(technician)
    for other in (manager, customer):
        client = sign_in(other)
        assert "A ticket is yours" not in client.get(LIST).content.decode()
        assert client.post(reverse("outbox:notification_open", args=[message.pk])).status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_mail_that_leads_nowhere_in_the_portal_is_no_notification(sign_in: SignIn, technician: User) -> None:
    told(technician, "Set your password", href="")
    told(None, "For a contact without an account")
    page = sign_in(technician).get(LIST)
    assert not page.context["page"].object_list
    assert "Nothing to tell" in page.content.decode()


def test_opening_one_reads_it_and_leads_there(sign_in: SignIn, technician: User) -> None:
    message = told(technician)
    client, address = sign_in(technician), reverse("outbox:notification_open", args=[message.pk])
    assert client.post(address).headers["Location"] == "/tickets/TK-1/"
    message.refresh_from_db()
    first = message.read_at
    assert first is not None
    client.post(address)
    message.refresh_from_db()
    assert message.read_at == first
    assert "0 new notifications" in client.get(LIST).content.decode()


def test_all_are_read_at_once_but_only_ones_own(sign_in: SignIn, technician: User, manager: User) -> None:
    told(technician)
    others = told(manager)
    assert sign_in(technician).post(reverse("outbox:notification_read_all")).headers["Location"] == LIST
    others.refresh_from_db()
    assert others.read_at is None
    assert not Message.objects.notifications_of(technician).unread().exists()


def test_newest_stand_first_on_pages(sign_in: SignIn, technician: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.outbox.views.SHOWN", 1)
    old = told(technician, "Old")
    Message.objects.filter(pk=old.pk).update(created_at=NOW - timedelta(days=1))
    told(technician, "New")
    client = sign_in(technician)
    assert [row.subject for row in client.get(LIST).context["page"].object_list] == ["New"]
    assert [row.subject for row in client.get(LIST, {"page": "2"}).context["page"].object_list] == ["Old"]


def test_counting_and_listing_takes_the_same_queries(
    sign_in: SignIn, technician: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    client = sign_in(technician)
    told(technician)
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        client.get(LIST)
    for _n in range(3):
        told(technician)
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        client.get(LIST)
