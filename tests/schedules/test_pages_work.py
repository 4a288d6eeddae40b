"""The list of work, the page on which it is done, and what is done with a work order as a whole."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from contracts.enums import Performer
from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import complete_work, record_answer, skip_work
from schedules.enums import Outcome, StepKind, WorkStatus
from schedules.generation import generate_work
from schedules.models import Answer, AnswerPhoto, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, make_procedure
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
STEPS: list[dict[str, Any]] = [
    {"key": "look", "ticket": {"category": "fault", "impact": "localised", "urgency": "high"}},
    {"key": "load", "kind": StepKind.READING, "unit": "%", "maximum": 100, "warn_above": 60, "fail_above": 80},
]


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def work_order(world: World) -> WorkOrder:
    make_procedure(steps=STEPS)
    world.contract(agreed())
    generate_work(now=NOW)
    return WorkOrder.objects.get()


def page_of(row: WorkOrder, verb: str = "") -> str:
    return f"/work-orders/{row.number}/{verb}"


def step_of(row: WorkOrder, world: World, key: str = "look", verb: str = "") -> str:
    return f"/work-orders/{row.number}/steps/{key}/{world.asset.pk}/{verb}"


def sent(**values: str) -> dict[str, str]:
    return {"client_uuid": str(uuid.uuid4())} | values


def answer(row: WorkOrder, world: World, by: User, **values: Any) -> Answer:
    return record_answer(work_order=row, asset_id=world.asset.pk, by=by, now=NOW, **values)


def finish(row: WorkOrder, world: World, by: User) -> None:
    answer(row, world, by, step_key="look", outcome=Outcome.PASS, note="internal words")
    answer(row, world, by, step_key="load", value=42)
    complete_work(work_order=row, finished_at=NOW, by=by, now=NOW)


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    return SimpleUploadedFile("rack.jpg", content.getvalue(), content_type="image/jpeg")


# -- the list ---------------------------------------------------------------------------------


def test_list_shows_open_work_in_the_sites_zone(sign_in: SignIn, technician: User, work_order: WorkOrder) -> None:
    page = sign_in(technician).get("/work-orders/").content.decode()
    assert page_of(work_order) in page
    assert "Mon 2 Mar 2026, 09:00" in page
    assert "Overdue" in page


def test_list_leaves_out_what_is_done(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    finish(work_order, world, technician)
    client = sign_in(technician)
    assert page_of(work_order) not in client.get("/work-orders/").content.decode()
    assert page_of(work_order) in client.get("/work-orders/?show=done").content.decode()
    assert page_of(work_order) not in client.get("/work-orders/?show=missed").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("assignee=me", False),
        ("assignee=none", True),
        ("assignee=nobody", False),  # no such word
        ("show=unassigned", True),
        ("show=overdue", True),
        ("due_from=2026-03-02&due_to=2026-03-02", True),
        ("due_from=2026-03-03", False),
        ("due_to=2026-03-01", False),
        ("q=daily-check", True),
        ("q=nothing", False),
        ("ordering=-site", True),
    ],
)
def test_list_filters(sign_in: SignIn, technician: User, work_order: WorkOrder, query: str, found: bool) -> None:
    page = sign_in(technician).get(f"/work-orders/?{query}").content.decode()
    assert (page_of(work_order) in page) is found


def test_list_finds_a_number(sign_in: SignIn, technician: User, work_order: WorkOrder) -> None:
    page = sign_in(technician).get(f"/work-orders/?q={work_order.number.lower()}").content.decode()
    assert page_of(work_order) in page


def test_list_names_a_filter_value_that_does_not_fit(sign_in: SignIn, technician: User, work_order: WorkOrder) -> None:
    response = sign_in(technician).get("/work-orders/?due_from=soon")
    assert response.status_code == 200
    assert page_of(work_order) not in response.content.decode()


def test_list_hides_other_customers_work(
    sign_in: SignIn, customer: User, outsider: User, work_order: WorkOrder
) -> None:
    assert page_of(work_order) in sign_in(customer).get("/work-orders/").content.decode()
    assert page_of(work_order) not in sign_in(outsider).get("/work-orders/?show=all").content.decode()


def test_list_refuses_to_be_posted_to(sign_in: SignIn, technician: User) -> None:
    assert sign_in(technician).post("/work-orders/").status_code == 405


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_list_asks_as_much_for_three_rows(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client = sign_in(technician)
    with_one = queries_of(client, "/work-orders/?show=all")
    generate_work(now=NOW + timedelta(days=2))
    assert WorkOrder.objects.count() == 3
    assert queries_of(client, "/work-orders/?show=all") == with_one <= 15


# -- the page ---------------------------------------------------------------------------------


def test_page_shows_steps_progress_and_no_outsider(
    sign_in: SignIn, technician: User, outsider: User, work_order: WorkOrder, world: World
) -> None:
    page = sign_in(technician).get(page_of(work_order)).content.decode()
    assert f'id="step-look-{world.asset.pk}"' in page
    assert f'id="step-load-{world.asset.pk}"' in page
    assert "0 of 2" in page
    assert "Attention over 60 %, failed over 80 %" in page
    assert sign_in(outsider).get(page_of(work_order)).status_code == 404
    assert sign_in(technician).post(page_of(work_order)).status_code == 405
    assert sign_in(technician).get("/work-orders/WO-0/").status_code == 404
    assert sign_in(technician).get("/work-orders/WO-999999999999999999999/").status_code == 404


@pytest.mark.parametrize("begun", [False, True])
def test_page_asks_as_much_for_three_assets(
    sign_in: SignIn, manager: User, world: World, begun: bool, customer_b: Customer
) -> None:
    make_procedure(steps=STEPS)
    world.contract(agreed())
    site = builder.site(customer=customer_b, calendar=world.calendar)
    three = [builder.asset(site=site, product=world.product) for _ in range(3)]
    plan = builder.plan(now=NOW, procedures=[agreed()])
    term = {"from_on": NOW.date(), "until_on": NOW.date() + timedelta(days=365)}
    builder.contract(
        customer=customer_b, plan_version=plan, calendar_version=world.calendar, assets=three, now=NOW, **term
    )
    generate_work(now=NOW)
    counts = []
    for assets in ([world.asset], three):
        row = WorkOrder.objects.get(site=assets[0].site)
        for asset in assets if begun else []:
            record_answer(work_order=row, step_key="look", asset_id=asset.pk, outcome=Outcome.PASS, by=manager, now=NOW)
        counts.append(queries_of(sign_in(manager), page_of(row)))
    assert counts[0] == counts[1] <= 15


def test_customer_sees_what_was_done_and_nothing_internal(
    sign_in: SignIn, customer: User, technician: User, work_order: WorkOrder, world: World
) -> None:
    finish(work_order, world, technician)
    page = sign_in(customer).get(page_of(work_order)).content.decode()
    assert "42 %" in page
    assert "Pass" in page
    assert "internal words" not in page
    assert technician.name not in page
    assert "<textarea" not in page


def test_customer_answers_what_is_his_to_do(
    sign_in: SignIn, customer: User, work_order: WorkOrder, world: World
) -> None:
    WorkOrder.objects.update(performer=Performer.CUSTOMER)
    work_order.procedure_version.procedure.customer_may = True
    work_order.procedure_version.procedure.save()
    client = sign_in(customer)
    assert "Pass" in client.get(page_of(work_order)).content.decode()
    assert client.post(step_of(work_order, world), sent(outcome="pass")).status_code == 302
    assert Answer.objects.get().by == customer


# -- answers ----------------------------------------------------------------------------------


def test_pass_is_saved_without_javascript(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    response = sign_in(technician).post(step_of(work_order, world), sent(outcome="pass"))
    assert response.status_code == 302
    assert response.headers["Location"] == f"{page_of(work_order)}#step-look-{world.asset.pk}"
    stored = Answer.objects.get()
    assert (stored.outcome, stored.by, stored.made_at) == (Outcome.PASS, technician, NOW)
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.IN_PROGRESS


def test_pass_with_htmx_answers_with_the_card_and_the_progress(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    response = sign_in(technician).post(
        step_of(work_order, world), sent(outcome="pass"), headers={"hx-request": "true"}
    )
    fragment = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in fragment
    assert f'id="step-look-{world.asset.pk}"' in fragment
    assert 'hx-swap-oob="innerHTML:#work-progress"' in fragment
    assert "1 of 2" in fragment
    assert f'id="step-load-{world.asset.pk}"' not in fragment


def test_form_sent_twice_is_one_answer(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    client, form = sign_in(technician), sent(outcome="pass")
    for made_at in ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z"):
        assert client.post(step_of(work_order, world), form | {"made_at": made_at}).status_code == 302
    assert Answer.objects.count() == 1


def test_other_answer_from_the_same_form_is_a_correction(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client, form = sign_in(technician), sent()
    client.post(step_of(work_order, world), form | {"outcome": "pass"})
    client.post(step_of(work_order, world), form | {"outcome": "na"})
    page = client.get(page_of(work_order)).content.decode()
    assert [row.outcome for row in Answer.objects.order_by("made_at")] == ["pass", "na"]
    assert "1 earlier answer" in page


def test_correction_counts_although_its_device_is_slow(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client = sign_in(technician)
    client.post(step_of(work_order, world), sent(outcome="pass", made_at="2026-03-02T09:00:00Z"))
    client.post(step_of(work_order, world), sent(outcome="na", made_at="2026-03-02T08:58:00Z"))
    assert Answer.objects.latest("made_at").outcome == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "made_at", ["", "yesterday", "2026-03-02T07:00:00Z", "2026-03-02T09:00:00", "2027-01-01T00:00Z"]
)
def test_clock_that_is_far_off_is_not_believed(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World, made_at: str
) -> None:
    sign_in(technician).post(step_of(work_order, world), sent(outcome="pass", made_at=made_at))
    assert Answer.objects.get().made_at == NOW


def test_fail_asks_for_the_reason_first(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    client = sign_in(technician)
    page = client.post(step_of(work_order, world), sent(outcome="fail"))
    assert page.status_code == 200
    assert "What is wrong? (required)" in page.content.decode()
    assert not Answer.objects.exists()
    client.post(step_of(work_order, world), sent(outcome="fail", note="Two phones are grey."))
    assert Answer.objects.get().note == "Two phones are grey."


def test_reading_accepts_a_comma_and_is_judged(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client = sign_in(technician)
    client.post(step_of(work_order, world, "load"), sent(value="61,5"))
    stored = Answer.objects.get()
    assert (stored.value, stored.outcome) == (61.5, Outcome.WARN)
    page = client.get(page_of(work_order)).content.decode()
    assert 'value="61.5"' in page
    assert "Attention" in page


@pytest.mark.parametrize("value", ["", "many", "101", "nan", "1e999", "-"])
def test_reading_that_cannot_be_keeps_what_was_typed(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World, value: str
) -> None:
    response = sign_in(technician).post(step_of(work_order, world, "load"), sent(value=value, note="kept note"))
    page = response.content.decode()
    assert response.status_code == 200
    assert not Answer.objects.exists()
    assert 'class="step-error"' in page
    assert f'value="{value}"' in page or not value
    assert "kept note" in page


@pytest.mark.parametrize(
    "data", [{}, {"outcome": "pass", "client_uuid": "x"}, {"outcome": "great", "client_uuid": str(uuid.uuid4())}]
)
def test_bad_answer_is_refused_on_the_page(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World, data: dict[str, str]
) -> None:
    assert sign_in(technician).post(step_of(work_order, world), data).status_code == 200
    assert not Answer.objects.exists()


def test_answer_refuses_strangers_methods_and_unknown_steps(
    sign_in: SignIn, customer: User, outsider: User, technician: User, work_order: WorkOrder, world: World
) -> None:
    form = sent(outcome="pass")
    assert sign_in(outsider).post(step_of(work_order, world), form).status_code == 404
    assert sign_in(customer).post(step_of(work_order, world), form).status_code == 403
    assert sign_in(technician).get(step_of(work_order, world)).status_code == 405
    assert sign_in(technician).post(step_of(work_order, world, "nothing"), form).status_code == 404
    assert Client().post(step_of(work_order, world), form).status_code == 302
    assert not Answer.objects.exists()


def test_answer_to_closed_work_says_so(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    skip_work(work_order=work_order, reason="closed", by=technician, now=NOW)
    client, form = sign_in(technician), sent(outcome="pass")
    page = client.post(step_of(work_order, world), form, follow=True).content.decode()
    assert "Not saved. WO-" in page
    assert client.post(step_of(work_order, world), form, headers={"hx-request": "true"}).status_code == 409
    assert not Answer.objects.exists()


def test_step_unlocks_with_the_answer_that_it_waits_for(sign_in: SignIn, technician: User, world: World) -> None:
    make_procedure(steps=[{"key": "backup", "kind": StepKind.BACKUP}, {"key": "upgrade", "locked_until": "backup"}])
    world.contract(agreed())
    generate_work(now=NOW)
    row, client = WorkOrder.objects.get(), sign_in(technician)
    assert "Locked until “backup” has passed." in client.get(page_of(row)).content.decode()
    form = sent(text="nas/backups/1", size="12.5")
    response = client.post(step_of(row, world, "backup"), form, headers={"hx-request": "true"})
    fragment = response.content.decode()
    stored = Answer.objects.get()
    assert (stored.text, stored.value) == ("nas/backups/1", 12_500_000)
    assert re.search(rf'id="step-upgrade-{world.asset.pk}"[^>]*hx-swap-oob="true"', fragment)
    assert "Locked until" not in fragment


# -- photos and tickets -----------------------------------------------------------------------


def test_photo_is_stored_and_served_to_the_var_alone(
    sign_in: SignIn, technician: User, customer: User, outsider: User, work_order: WorkOrder, world: World
) -> None:
    client = sign_in(technician)
    form: dict[str, Any] = sent() | {"photo": picture()}
    assert client.post(step_of(work_order, world, verb="photos/"), form).status_code == 302
    address = page_of(work_order, f"photos/{AnswerPhoto.objects.get().file.uuid}/")
    assert address in client.get(page_of(work_order)).content.decode()
    response = client.get(address)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")  # a JPEG
    assert sign_in(customer).get(address).status_code == 404
    assert sign_in(outsider).get(address).status_code == 404


def test_photo_step_is_answered_by_its_photo(sign_in: SignIn, technician: User, world: World) -> None:
    make_procedure(steps=[{"key": "rack", "kind": StepKind.PHOTO}])
    world.contract(agreed())
    generate_work(now=NOW)
    row = WorkOrder.objects.get()
    form: dict[str, Any] = sent() | {"photo": picture()}
    sign_in(technician).post(step_of(row, world, "rack", "photos/"), form)
    assert Answer.objects.get().outcome == Outcome.PASS


def test_photo_that_is_none_is_refused(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    form: dict[str, Any] = sent() | {"photo": SimpleUploadedFile("rack.jpg", b"no picture")}
    response = sign_in(technician).post(step_of(work_order, world, verb="photos/"), form)
    assert response.status_code == 200
    assert 'class="step-error"' in response.content.decode()
    assert not AnswerPhoto.objects.exists()


def test_missing_photo_is_counted(sign_in: SignIn, technician: User, world: World) -> None:
    make_procedure(steps=[{"key": "rack", "photo_required": True}])
    world.contract(agreed())
    generate_work(now=NOW)
    row = WorkOrder.objects.get()
    answer(row, world, technician, step_key="rack", outcome=Outcome.PASS)
    page = sign_in(technician).get(page_of(row)).content.decode()
    assert "1 needs a photo" in page
    assert "Photo missing" in page


def test_failed_step_opens_its_ticket_once(
    sign_in: SignIn, technician: User, customer: User, work_order: WorkOrder, world: World
) -> None:
    answer(work_order, world, technician, step_key="look", outcome=Outcome.FAIL, note="Grey phones.")
    client, address = sign_in(technician), step_of(work_order, world, verb="ticket/")
    assert "Open a ticket" in client.get(page_of(work_order)).content.decode()
    assert sign_in(customer).post(address).status_code == 403
    assert client.get(address).status_code == 405
    for _ in range(2):
        assert client.post(address).status_code == 302
    ticket = Ticket.objects.get()
    assert ticket.severity == "S2"
    assert ticket.number in client.get(page_of(work_order)).content.decode()


def test_ticket_needs_a_failed_step(sign_in: SignIn, technician: User, work_order: WorkOrder, world: World) -> None:
    client = sign_in(technician)
    client.post(step_of(work_order, world, verb="ticket/"))
    answer(work_order, world, technician, step_key="look", outcome=Outcome.PASS)
    client.post(step_of(work_order, world, verb="ticket/"))
    assert not Ticket.objects.exists()


# -- the whole --------------------------------------------------------------------------------


def test_completing_lists_what_is_missing_and_links_it(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client = sign_in(technician)
    answer(work_order, world, technician, step_key="look", outcome=Outcome.PASS)
    response = client.post(page_of(work_order, "complete/"), follow=True)
    page = response.content.decode()
    assert "1 thing is still missing" in page
    assert f'href="#step-load-{world.asset.pk}"' in page
    answer(work_order, world, technician, step_key="load", value=42)
    client.post(page_of(work_order, "complete/"))
    work_order.refresh_from_db()
    assert (work_order.status, work_order.finished_at) == (WorkStatus.DONE, NOW)


def test_list_of_gaps_goes_with_the_last_one(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    client, htmx = sign_in(technician), {"hx-request": "true"}
    emptied = '<div hx-swap-oob="innerHTML:#work-gaps"></div>'
    first = client.post(step_of(work_order, world), sent(outcome="pass"), headers=htmx)
    assert emptied not in first.content.decode()
    last = client.post(step_of(work_order, world, "load"), sent(value="42"), headers=htmx)
    assert emptied in last.content.decode()


def test_finished_work_shows_its_answers_and_asks_nothing(
    sign_in: SignIn, technician: User, work_order: WorkOrder, world: World
) -> None:
    finish(work_order, world, technician)
    page = sign_in(technician).get(page_of(work_order)).content.decode()
    assert "42 %" in page
    assert "internal words" in page
    assert technician.name in page
    assert "data-answer" not in page
    assert "Complete this work" not in page


def test_start_begins_the_work(sign_in: SignIn, technician: User, work_order: WorkOrder) -> None:
    sign_in(technician).post(page_of(work_order, "start/"))
    work_order.refresh_from_db()
    assert (work_order.status, work_order.started_at) == (WorkStatus.IN_PROGRESS, NOW)


def test_technician_takes_and_gives_back(
    sign_in: SignIn, technician: User, dispatcher: User, work_order: WorkOrder
) -> None:
    client = sign_in(technician)
    client.post(page_of(work_order, "take/"))
    work_order.refresh_from_db()
    assert work_order.assignee == technician
    assert sign_in(dispatcher).post(page_of(work_order, "take/")).status_code == 403
    client.post(page_of(work_order, "take/"))
    work_order.refresh_from_db()
    assert work_order.assignee is None


def test_dispatcher_assigns(
    sign_in: SignIn, technician: User, dispatcher: User, customer: User, work_order: WorkOrder
) -> None:
    client = sign_in(dispatcher)
    client.post(page_of(work_order, "assign/"), {"assignee": technician.pk})
    work_order.refresh_from_db()
    assert work_order.assignee == technician
    assert "Assigned: Tara Technician" in client.get(page_of(work_order)).content.decode()
    refused = client.post(page_of(work_order, "assign/"), {"assignee": customer.pk})
    assert refused.status_code == 200
    assert "Select a valid choice" in refused.content.decode()


@pytest.mark.parametrize(("verb", "status"), [("skip", WorkStatus.SKIPPED), ("cancel", WorkStatus.CANCELLED)])
def test_skip_and_cancel_need_a_reason(
    sign_in: SignIn, dispatcher: User, work_order: WorkOrder, verb: str, status: str
) -> None:
    client = sign_in(dispatcher)
    page = client.post(page_of(work_order, f"{verb}/"), {"reason": " "})
    assert page.status_code == 200
    assert "required" in page.content.decode()
    client.post(page_of(work_order, f"{verb}/"), {"reason": "Office closed"})
    work_order.refresh_from_db()
    assert (work_order.status, work_order.status_reason) == (status, "Office closed")
    client.post(page_of(work_order, "reinstate/"))
    work_order.refresh_from_db()
    assert work_order.status == WorkStatus.DUE


def test_manager_excuses_skipped_work(sign_in: SignIn, manager: User, work_order: WorkOrder) -> None:
    skip_work(work_order=work_order, reason="Office closed", by=manager, now=NOW)
    sign_in(manager).post(page_of(work_order, "excuse/"), {"reason": "Agreed with them"})
    work_order.refresh_from_db()
    assert work_order.excused_at == NOW


def test_refused_state_is_told_on_the_page(sign_in: SignIn, dispatcher: User, work_order: WorkOrder) -> None:
    skip_work(work_order=work_order, reason="Office closed", by=dispatcher, now=NOW)
    client = sign_in(dispatcher)
    again = client.post(page_of(work_order, "skip/"), {"reason": "Office closed"})
    assert "not possible any more" in again.content.decode()
    assert "not possible any more" in client.post(page_of(work_order, "start/"), follow=True).content.decode()


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [
        ("start", "manager dispatcher technician"),
        ("complete", "manager dispatcher technician"),
        ("take", "manager dispatcher technician"),
        ("skip", "manager dispatcher technician"),
        ("assign", "manager dispatcher"),
        ("cancel", "manager dispatcher"),
        ("reinstate", "manager dispatcher"),
        ("excuse", "manager"),
    ],
)
@pytest.mark.parametrize("role", ["manager", "dispatcher", "technician", "customer", "outsider"])
def test_verb_is_for_its_roles(
    request: pytest.FixtureRequest, sign_in: SignIn, work_order: WorkOrder, verb: str, allowed: str, role: str
) -> None:
    client = sign_in(request.getfixturevalue(role))
    refused = 404 if role == "outsider" else 403
    status = client.post(page_of(work_order, f"{verb}/")).status_code
    assert status in (200, 302) if role in allowed.split() else status == refused
    assert client.get(page_of(work_order, f"{verb}/")).status_code == 405
