"""A change is told, and a check is done, by a link without an account."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from contracts.actions import create_guest_link, revoke_guest_link
from contracts.enums import GuestPurpose
from contracts.models import Customer, GuestLink
from portal.accounts.models import User
from portal.demo import builder
from portal.outbox.models import Message
from schedules.actions import cancel_work, load_programme, record_answer
from schedules.enums import ChangeSource, WorkStatus
from schedules.generation import generate_work
from schedules.models import Answer, AnswerPhoto, ChangeEvent, WorkOrder
from tests.contracts.test_guest_links import address_in
from tests.schedules.conftest import NOW, World, agreed, make_procedure, make_world

SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_clock", "rules_hold")]


@pytest.fixture
def fixed_clock() -> Iterator[None]:
    cache.clear()  # links that lead nowhere are counted by address
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def link_to(customer: Customer, purpose: GuestPurpose, **values: Any) -> tuple[GuestLink, str]:
    given: dict[str, Any] = {"name": "Gerda", "expires_at": NOW + timedelta(days=2), "by": None, "now": NOW}
    link, token = create_guest_link(customer=customer, purpose=purpose, **given | values)
    return link, f"/g/{token}/{'task' if purpose == GuestPurpose.DO_TASK else 'change'}/"


# -- a change ---------------------------------------------------------------------------------


def moved(world: World, **values: Any) -> dict[str, Any]:
    given = {"occurs_at": "2026-03-20T18:00", "site": world.site.pk, "new_address": "Quay 2", "guest_name": "Gerda"}
    return given | values


@pytest.fixture
def change(world: World) -> str:
    load_programme(now=NOW)
    return link_to(world.customer, GuestPurpose.ANNOUNCE_CHANGE)[1]


def test_guest_tells_of_a_change_once(world: World, change: str, client: Client) -> None:
    kinds = client.get(change)
    assert "?kind=relocation" in kinds.content.decode()
    form = client.get(f"{change}?kind=relocation").context["form"]
    assert form["site"].value() == world.site.pk  # the only one
    for _ in range(2):
        assert client.post(f"{change}?kind=relocation", moved(world)).status_code == 302
    event = ChangeEvent.objects.get()
    assert (event.source, event.guest_name, event.reported_by) == (ChangeSource.CUSTOMER, "Gerda", None)
    assert event.times_reported == 2
    assert event.occurs_at.isoformat() == "2026-03-20T17:00:00+00:00"  # six at the site
    assert event.firings.filter(work_order__isnull=False).exists()


def test_change_of_another_customers_site_is_refused(
    world: World, change: str, client: Client, customer_b: Customer
) -> None:
    theirs = builder.site(customer=customer_b, calendar=world.calendar, name="Secret depot")
    assert "Secret depot" not in client.get(f"{change}?kind=relocation").content.decode()
    answer = client.post(f"{change}?kind=relocation", moved(world, site=theirs.pk))
    assert "site" in answer.context["form"].errors
    assert not ChangeEvent.objects.exists()


def test_link_to_one_site_offers_no_other(world: World, client: Client, other_site: Any) -> None:
    load_programme(now=NOW)
    other, _asset = other_site(world, "Asia/Tokyo")
    _link, address = link_to(world.customer, GuestPurpose.ANNOUNCE_CHANGE, site=world.site)
    assert "site" in client.post(f"{address}?kind=relocation", moved(world, site=other.pk)).context["form"].errors
    form = client.get(f"{address}?kind=ip_change").context["form"]
    assert list(form.fields["asset"].queryset) == [world.asset]


@pytest.mark.parametrize(
    ("kind", "values", "status"),
    [("nothing", {}, 404), ("relocation", {"occurs_at": "soon"}, 200), ("relocation", {"guest_name": ""}, 200)],
)
def test_bad_change_stores_nothing(
    world: World, change: str, client: Client, kind: str, values: dict[str, str], status: int
) -> None:
    assert client.post(f"{change}?kind={kind}", moved(world, **values)).status_code == status
    assert not ChangeEvent.objects.exists()


def test_calendars_stay_ours(change: str, client: Client) -> None:
    assert "calendar" not in "".join(client.get(f"{change}?kind=relocation").context["form"].fields)


# -- a check ----------------------------------------------------------------------------------


@pytest.fixture
def order(world: World) -> WorkOrder:
    make_procedure(customer_may=True, steps=[{"key": "look"}, {"key": "listen"}])
    world.contract(agreed(performer="customer"))
    generate_work(now=NOW)
    return WorkOrder.objects.get()


@pytest.fixture
def task(order: WorkOrder) -> str:
    return link_to(order.site.customer, GuestPurpose.DO_TASK, subject=order.number)[1]


def step(task: str, order: WorkOrder, key: str = "look") -> str:
    return f"{task}steps/{key}/{order.site.assets.get().pk}/"


def answered(**values: Any) -> dict[str, Any]:
    return {"outcome": "pass", "client_uuid": str(uuid.uuid4())} | values


def photo() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    return SimpleUploadedFile("x.jpg", content.getvalue(), content_type="image/jpeg")


def test_guest_does_a_check_and_the_name_is_kept(order: WorkOrder, task: str, client: Client) -> None:
    page = client.get(task)
    assert page.status_code == 200
    assert step(task, order) in page.content.decode()
    sent = answered()
    for _ in range(2):
        assert client.post(step(task, order), sent).status_code == 302
    assert client.post(f"{task}complete/").headers["Location"].endswith("?missing=1#missing")
    client.post(step(task, order, "listen"), answered())
    assert "Done" in client.post(f"{task}complete/", follow=True).content.decode()
    order.refresh_from_db()
    assert order.status == WorkStatus.DONE
    assert list(Answer.objects.values_list("by", "step__key")) == [(None, "look"), (None, "listen")]
    assert list(order.events.values_list("kind", "by", "data")) == [
        ("started", None, {"guest": "Gerda"}),
        ("completed", None, {"guest": "Gerda"}),
    ]
    assert "step-form" not in client.get(task).content.decode()
    assert client.post(step(task, order), answered(), headers={"HX-Request": "true"}).status_code == 409


def test_guest_who_joins_begun_work_gets_a_line_once(
    order: WorkOrder, task: str, client: Client, manager: User, sign_in: SignIn
) -> None:
    asset = order.site.assets.get()
    record_answer(work_order=order, step_key="look", asset_id=asset.pk, outcome="pass", by=manager, now=NOW)
    for outcome in ("pass", "na"):
        client.post(step(task, order, "listen"), answered(outcome=outcome))
    assert order.events.get(kind="started").by == manager
    assert [event.data for event in order.events.filter(kind="by_link")] == [{"guest": "Gerda"}]
    assert "Answered by a link" in sign_in(manager).get(f"/work-orders/{order.number}/").content.decode()


def test_failing_without_words_asks_for_them(order: WorkOrder, task: str, client: Client) -> None:
    answer = client.post(step(task, order), answered(outcome="fail"), headers={"HX-Request": "true"})
    assert "What is wrong?" in answer.content.decode()
    assert not Answer.objects.exists()
    client.post(step(task, order), answered(outcome="fail", note="It hums"))
    assert Answer.objects.get().note == "It hums"
    assert "/ticket/" not in client.get(task).content.decode()


def test_photo_is_added_and_shown_by_the_link_alone(order: WorkOrder, task: str, client: Client) -> None:
    sent = {"photo": photo(), "client_uuid": str(uuid.uuid4())}
    assert client.post(f"{step(task, order)}photos/", sent).status_code == 302
    name = AnswerPhoto.objects.get().file.uuid
    assert f"{task}photos/{name}/" in client.get(task).content.decode()
    assert client.get(f"{task}photos/{name}/").status_code == 200
    assert client.get(f"{task}photos/{uuid.uuid4()}/").status_code == 404
    bad = {"photo": SimpleUploadedFile("x.jpg", b"words"), "client_uuid": str(uuid.uuid4())}
    assert client.post(f"{step(task, order)}photos/", bad).status_code == 200
    assert AnswerPhoto.objects.count() == 1


def test_link_is_for_that_work_of_that_customer_alone(
    order: WorkOrder, task: str, client: Client, customer_b: Customer
) -> None:
    other = make_world(customer_b)
    other.contract(agreed(performer="customer"))
    generate_work(now=NOW)
    theirs = WorkOrder.objects.get(site=other.site)
    asset = theirs.site.assets.get()
    assert client.post(f"{task}steps/look/{asset.pk}/", answered()).status_code == 404
    for subject in (theirs.number, "WO-0", "V-1", "", "WO-x"):
        _link, strange = link_to(order.site.customer, GuestPurpose.DO_TASK, subject=subject)
        assert client.get(strange).status_code == 404
        assert client.post(f"{strange}complete/").status_code == 404
    assert not Answer.objects.exists()


def test_gone_links_and_work_taken_back_cannot_be_done(order: WorkOrder, task: str, client: Client) -> None:
    link, revoked = link_to(order.site.customer, GuestPurpose.DO_TASK, subject=order.number)
    revoke_guest_link(link=link, now=NOW)
    assert client.post(step(revoked, order), answered()).status_code == 410
    WorkOrder.objects.update(performer="var")
    assert client.get(task).status_code == 404
    assert client.post(step(task, order), answered()).status_code == 404
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert client.get(task).status_code == 410


def test_closed_work_says_so(order: WorkOrder, task: str, client: Client) -> None:
    cancel_work(work_order=order, reason="Not needed", by=None, now=NOW)
    assert "closed" in client.get(task).content.decode()
    assert client.post(step(task, order), answered()).status_code == 302
    assert client.post(f"{task}complete/").status_code == 302
    assert not Answer.objects.exists()


# -- sending one ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["manager", "dispatcher", "customer"])
def test_link_to_a_check_is_mailed_and_opens_it(
    who: str, request: pytest.FixtureRequest, order: WorkOrder, sign_in: SignIn
) -> None:
    client = sign_in(request.getfixturevalue(who))
    address = f"/work-orders/{order.number}/link/"
    assert address in client.get(f"/work-orders/{order.number}/").content.decode()
    shown = client.post(address, {"name": "Gerda", "email": "gerda@alder.example"})
    path = address_in(shown.content.decode())
    assert address_in(Message.objects.get().text) == path
    assert Client().get(path).status_code == 200
    link = GuestLink.objects.get()
    assert (link.subject, link.site) == (order.number, order.site)
    assert link.expires_at == order.window_closes_at + timedelta(days=7)


def test_our_own_work_is_not_handed_out(order: WorkOrder, manager: User, sign_in: SignIn) -> None:
    WorkOrder.objects.update(performer="var")
    client = sign_in(manager)
    assert "/link/" not in client.get(f"/work-orders/{order.number}/").content.decode()
    answer = client.post(f"/work-orders/{order.number}/link/", {"name": "Gerda"}, follow=True)
    assert "A link is for open work" in answer.content.decode()
    assert not GuestLink.objects.exists()
