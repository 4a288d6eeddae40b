"""What the page and the API show and take of the reactive checklists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from contracts.enums import Decision, WorkKind
from contracts.models import Asset, AssetCapacity, PartUsed, PlanCoverage, Release
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import load_programme
from schedules.enums import Phase
from schedules.generation import generate_work
from schedules.models import Answer, Backup, ChangeEvent, WorkOrder
from tests.schedules.conftest import NOW, World, agreed, utc
from tests.schedules.walk import Walk, change

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ApiAs = Callable[[User], APIClient]
DIGEST = "0123456789abcdef" * 4
UUID = "7c7c6e3a-5f5b-4d0a-9a55-0b7f6a1f6c01"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def storage(world: World, technician: User) -> Walk:
    """Up to the decision."""
    walk = Walk(change(world, "voicemail_storage", on_asset=True, details={"level": "full"}), technician)
    walk.through(Phase.BEFORE)
    return walk


def page_of(walk: Walk) -> str:
    return f"/work-orders/{walk.order.number}/"


def step(walk: Walk, key: str, *, api: bool = False) -> str:
    item = walk.step(key)
    base = f"/api/v1/work-orders/{walk.order.number}/" if api else page_of(walk)
    return f"{base}steps/{key}/{item.target_id}/"


def faults(answer: Any) -> tuple[int, list[str | None]]:
    return answer.status_code, [error["attr"] for error in answer.json()["errors"]]


def shown(page: str, walk: Walk, key: str) -> bool:
    """Whether the card of the step is there and not hidden."""
    start = page.index(f'id="step-{key}-{walk.step(key).target_id}"')
    return "hidden" not in page[start : page.index(">", start)]


# -- steps behind a choice --------------------------------------------------------------------


def test_page_shows_what_was_chosen_alone(storage: Walk, technician: User, sign_in: SignIn) -> None:
    client = sign_in(technician)
    page = client.get(page_of(storage)).content.decode()
    assert not shown(page, storage, "new-capacity")
    assert "3 of 7" in page
    client.post(step(storage, "decision"), {"client_uuid": UUID, "text": "more-memory"})
    page = client.get(page_of(storage)).content.decode()
    assert shown(page, storage, "new-capacity")
    assert not shown(page, storage, "test-message")
    assert "4 of 8" in page


def test_choice_on_the_phone_brings_its_cards_along(storage: Walk, technician: User, sign_in: SignIn) -> None:
    sent = {"client_uuid": UUID, "text": "voicemail-to-email"}
    answer = sign_in(technician).post(step(storage, "decision"), sent, **HTMX).content.decode()
    for key in ("mail-settings-reviewed", "test-message", "mail-delivery-proved"):
        assert shown(answer, storage, key)
        assert 'hx-swap-oob="true"' in answer[answer.index(f'id="step-{key}-') :][:200]
    assert f'id="step-new-capacity-{storage.step("new-capacity").target_id}"' not in answer  # it stays as it was


def test_api_says_which_steps_are_asked(storage: Walk, technician: User, api_as: ApiAs) -> None:
    api, url = api_as(technician), f"/api/v1/work-orders/{storage.order.number}/"
    steps = {row["key"]: row for row in api.get(url).json()["steps"]}
    assert steps["decision"]["asked"] is True
    capacity = steps["new-capacity"]
    assert (capacity["asked"], capacity["records"]) == (False, "voicemail_capacity")
    assert capacity["only_if"] == {"step": "decision", "value": ["more-memory"]}
    assert "More memory for the system" in capacity["locked_reason"]
    refused = api.put(step(storage, "new-capacity", api=True), {"value": 2000}, format="json")
    assert refused.status_code == 409
    api.put(step(storage, "decision", api=True), {"text": "more-memory"}, format="json")
    body = api.get(url).json()
    assert {row["key"]: row["asked"] for row in body["steps"]}["new-capacity"] is True
    assert "new-capacity" in {row["key"] for row in body["missing"]}
    assert api.put(step(storage, "new-capacity", api=True), {"value": 2000}, format="json").status_code == 200
    assert AssetCapacity.objects.get().value == 2000
    assert api.get("/api/v1/procedures/?slug=voicemail-storage").json()["count"] == 1


def test_who_only_watches_sees_what_was_asked(storage: Walk, customer: User, api_as: ApiAs, sign_in: SignIn) -> None:
    storage.answer("decision", text="more-memory")
    steps = api_as(customer).get(f"/api/v1/work-orders/{storage.order.number}/").json()["steps"]
    keys = [row["key"] for row in steps]
    assert "new-capacity" in keys
    assert "test-message" not in keys
    page = sign_in(customer).get(page_of(storage)).content.decode()
    assert "record the new capacity" in page
    assert "Send a test message" not in page


def test_checklist_page_stays_within_its_queries(storage: Walk, technician: User, sign_in: SignIn) -> None:
    storage.answer("decision", text="more-memory")
    storage.answer("new-capacity", value=2000.0)
    client = sign_in(technician)
    client.get(page_of(storage))
    with CaptureQueriesContext(connection) as captured:
        client.get(page_of(storage))
    assert len(captured) <= 16, "\n".join(query["sql"][:120] for query in captured)


# -- proof ------------------------------------------------------------------------------------


def test_proof_is_asked_for_in_words(storage: Walk, technician: User, sign_in: SignIn, api_as: ApiAs) -> None:
    storage.answer("decision", text="voicemail-to-email")
    storage.answer("mail-settings-reviewed")
    storage.answer("test-message", note="")
    client = sign_in(technician)
    page = client.get(page_of(storage)).content.decode()
    assert "Proof missing" in page
    assert "Prove it: add a photo, or write in the note" in page
    assert "a photo or a note is missing as proof" in client.get(f"{page_of(storage)}?missing=1").content.decode()
    complete = api_as(technician).post(f"/api/v1/work-orders/{storage.order.number}/complete/", {}, format="json")
    assert f"steps.test-message.{storage.step('test-message').target_id}" in faults(complete)[1]
    missing = api_as(technician).get(f"/api/v1/work-orders/{storage.order.number}/").json()["missing"]
    assert {row["what"] for row in missing if row["key"] == "test-message"} == {"proof"}


# -- the part ---------------------------------------------------------------------------------


def with_memory(world: World, technician: User, decision: str) -> Walk:
    contract = world.contract()
    terms = contract.terms.get()
    PlanCoverage.objects.update_or_create(
        version=terms.plan_version, work_kind=WorkKind.PARTS, defaults={"decision": decision}
    )
    walk = Walk(change(world, "voicemail_storage", on_asset=True, details={"level": "full"}), technician)
    walk.through(Phase.BEFORE)
    walk.answer("decision", text="more-memory")
    walk.answer("new-capacity", value=2000.0)
    return walk


@pytest.mark.parametrize(("decision", "word"), [(Decision.COVERED, "Covered"), (Decision.BILLABLE, "Billable")])
def test_part_is_suggested_with_who_pays_for_it(
    world: World, technician: User, sign_in: SignIn, decision: str, word: str
) -> None:
    walk = with_memory(world, technician, decision)
    client = sign_in(technician)
    assert "Record the part, see who pays" in client.get(page_of(walk)).content.decode()
    assert f"{word}: " in client.get(f"{step(walk, 'new-capacity')}part/").content.decode()
    sent = {"client_uuid": UUID, "name": "Memory card 2 GB", "quantity": "1", "part_number": "MC-2"}
    page = client.post(f"{step(walk, 'new-capacity')}part/", sent, follow=True).content.decode()
    row = PartUsed.objects.get()
    assert (row.asset, row.source, row.coverage_decision) == (world.asset, walk.order.number, decision)
    assert row.source_label == "Make room for voicemail"
    assert "1 × Memory card 2 GB" in page
    client.post(f"{step(walk, 'new-capacity')}part/", sent)
    assert PartUsed.objects.count() == 1


def test_part_without_a_name_comes_back_with_what_was_typed(world: World, technician: User, sign_in: SignIn) -> None:
    walk = with_memory(world, technician, Decision.COVERED)
    sent = {"client_uuid": UUID, "name": "", "quantity": "0", "part_number": "MC-2"}
    page = sign_in(technician).post(f"{step(walk, 'new-capacity')}part/", sent).content.decode()
    assert "This field is required." in page
    assert 'value="MC-2"' in page
    assert not PartUsed.objects.exists()


def test_part_of_work_that_a_visit_holds_is_the_visits(world: World, technician: User, api_as: ApiAs) -> None:
    walk = with_memory(world, technician, Decision.COVERED)
    visit = builder.visit(site=world.site, technician=technician, work_orders=[walk.order], now=NOW)
    sent = {"work_order": walk.order.pk, "name": "Memory card", "asset": world.asset.pk}
    answer = api_as(technician).post("/api/v1/parts-used/", sent, format="json")
    assert (answer.status_code, answer.json()["source"]) == (201, visit.number)
    two = sent | {"visit": visit.pk}
    assert faults(api_as(technician).post("/api/v1/parts-used/", two, format="json")) == (400, ["visit"])


# -- backups ----------------------------------------------------------------------------------


@pytest.fixture
def server(world: World, technician: User) -> Walk:
    walk = Walk(change(world, "server_change", on_asset=False, occurs_at=NOW + timedelta(days=1)), technician)
    walk.answer("mail-settings-noted")
    return walk


def test_digest_lands_in_the_register(server: Walk, technician: User, api_as: ApiAs) -> None:
    url = step(server, "backup-before", api=True)
    api = api_as(technician)
    for wrong in ("xyz", DIGEST[:-1], f"{DIGEST}0", DIGEST.replace("0", "g")):
        assert faults(api.put(url, {"text": "nas", "sha256": wrong}, format="json")) == (400, ["sha256"])
    assert not Backup.objects.exists()
    answer = api.put(url, {"text": "nas", "value": 1000, "sha256": DIGEST.upper()}, format="json")
    assert answer.json()["answer"]["sha256"] == DIGEST
    backup = Backup.objects.get()
    assert (backup.sha256, backup.size_bytes, backup.location) == (DIGEST, 1000, "nas")
    corrected = DIGEST.replace("f", "e")
    api.put(url, {"text": "nas", "sha256": corrected}, format="json")
    assert Backup.objects.get().sha256 == corrected


def test_same_answer_with_another_digest_is_another_answer(server: Walk, technician: User, api_as: ApiAs) -> None:
    url, sent = step(server, "backup-before", api=True), {"text": "nas", "client_uuid": UUID, "sha256": DIGEST}
    api = api_as(technician)
    assert api.put(url, sent, format="json").status_code == 200
    assert api.put(url, sent | {"sha256": DIGEST.upper()}, format="json").status_code == 200
    assert api.put(url, sent | {"sha256": ""}, format="json").status_code == 409
    assert Answer.objects.filter(step__key="backup-before").count() == 1


def test_page_takes_the_digest_and_names_what_is_wrong(server: Walk, technician: User, sign_in: SignIn) -> None:
    client, url = sign_in(technician), step(server, "backup-before")
    sent = {"client_uuid": UUID, "text": "nas", "size": "2,5", "sha256": "half of it"}
    page = client.post(url, sent).content.decode()
    assert "Give 64 hexadecimal digits." in page
    assert 'value="half of it"' in page
    client.post(url, sent | {"sha256": f" {DIGEST} "})
    assert Backup.objects.get().sha256 == DIGEST


def test_digest_is_kept_by_backups_alone(server: Walk, technician: User, api_as: ApiAs) -> None:
    api_as(technician).put(
        step(server, "mail-settings-noted", api=True), {"text": "none", "sha256": DIGEST}, format="json"
    )
    assert set(Answer.objects.values_list("sha256", flat=True)) == {""}


# -- the change -------------------------------------------------------------------------------


def test_risk_is_told_on_the_event_and_on_its_checklist(world: World, technician: User, sign_in: SignIn) -> None:
    details = {"from_service": "pstn", "to_service": "ip", "to_provider": "New Voice"}
    event = change(world, "provider_change", on_asset=False, details=details)
    client = sign_in(technician)
    for url in (f"/changes/{event.number}/", page_of(Walk(event, technician))):
        page = client.get(url).content.decode()
        assert "From telephone lines to IP telephony, the risky case" in page
        assert "New Voice" in page
    other = change(world, "provider_change", on_asset=False, details={"to_provider": "Another"})
    assert "risky case" not in client.get(f"/changes/{other.number}/").content.decode()


def test_reported_afterwards_is_said_on_page_and_api(
    world: World, technician: User, sign_in: SignIn, api_as: ApiAs
) -> None:
    event = change(world, "server_change", on_asset=False, occurs_at=NOW - timedelta(hours=2))
    page = sign_in(technician).get(page_of(Walk(event, technician))).content.decode()
    assert "no backup from before it was possible" in page
    (why,) = api_as(technician).get(f"/api/v1/change-events/{event.pk}/").json()["why"]
    assert "no backup from before was possible" in why["reason"]


def test_move_is_reported_with_its_calendar_and_shown_with_what_it_did(
    world: World, technician: User, sign_in: SignIn, api_as: ApiAs
) -> None:
    load_programme(now=NOW)
    calendar = builder.calendar(now=NOW, name="New York hours", timezone="America/New_York").calendar
    client = sign_in(technician)
    assert "New York hours" in client.get("/changes/new/?kind=relocation").content.decode()
    form = {
        "site": world.site.pk,
        "occurs_at": "2026-03-02T10:00",
        "new_address": "40 Broadway",
        "new_timezone": "America/New_York",
        "new_region": "AMER",
        "new_calendar": calendar.pk,
        "new_access_notes": "Ask at the desk",
    }
    page = client.post("/changes/new/?kind=relocation", form, follow=True).content.decode()
    assert "New York hours" in page
    assert "until then the old address holds" in page
    event = ChangeEvent.objects.get()
    walk = Walk(event, technician)
    walk.through(Phase.BEFORE, Phase.CHANGE)
    page = client.get(f"/changes/{event.number}/").content.decode()
    assert "The move was confirmed, and the record followed" in page
    for words in ("40 Broadway", "America/New_York", "Americas", "Ask at the desk"):
        assert words in page[page.index('id="moved"') :]
    body = api_as(technician).get(f"/api/v1/change-events/{event.pk}/").json()
    assert body["applied"]["after"]["calendar_id"] == calendar.pk
    assert body["applied_at"]
    assert "The site moved: its record follows" in client.get(page_of(walk)).content.decode()


def test_customer_is_offered_no_calendar(world: World, customer: User, sign_in: SignIn, api_as: ApiAs) -> None:
    load_programme(now=NOW)
    calendar = builder.calendar(now=NOW).calendar_id
    page = sign_in(customer).get("/changes/new/?kind=relocation").content.decode()
    assert "new_access_notes" in page
    assert "new_calendar" not in page
    sent = {
        "kind": "relocation",
        "site": world.site.pk,
        "occurs_at": "2026-03-09T10:00:00Z",
        "details": {"new_address": "Quay 1", "new_calendar": calendar},
    }
    refused = api_as(customer).post("/api/v1/change-events/", sent, format="json")
    assert faults(refused) == (400, ["details.new_calendar"])
    sent["details"] = {"new_address": "Quay 1"}
    assert api_as(customer).post("/api/v1/change-events/", sent, format="json").status_code == 201


@pytest.mark.parametrize("calendar", ["1", True, 1.5, 0, -1, 2**63, 10**30, [], {}, 999999])
def test_hostile_calendar_is_named(world: World, technician: User, api_as: ApiAs, calendar: Any) -> None:
    load_programme(now=NOW)
    sent = {
        "kind": "relocation",
        "site": world.site.pk,
        "occurs_at": "2026-03-09T10:00:00Z",
        "details": {"new_address": "Quay 1", "new_calendar": calendar},
    }
    refused = api_as(technician).post("/api/v1/change-events/", sent, format="json")
    assert faults(refused) == (400, ["details.new_calendar"])


# -- firmware, leases, logs -------------------------------------------------------------------


def test_releases_are_offered_and_the_catalogue_says_what_they_repair(
    world: World, technician: User, sign_in: SignIn
) -> None:
    Release.objects.create(product=world.product, version="2.1", fixes="Ends the echo")
    details = {"to_release": "2.1"}
    walk = Walk(
        change(world, "firmware_upgrade", on_asset=True, occurs_at=NOW + timedelta(days=1), details=details), technician
    )
    client = sign_in(technician)
    assert "Ends the echo" in client.get(page_of(walk)).content.decode()
    walk.through(Phase.BEFORE)
    page = client.get(page_of(walk)).content.decode()
    assert '<option value="2.1"></option>' in page
    assert f'list="step-upgrade-{world.asset.pk}-releases"' in page


def test_wait_is_shown_with_its_end(world: World, technician: User, sign_in: SignIn, api_as: ApiAs) -> None:
    world.site.dhcp_lease_hours = 24
    world.site.save()
    walk = Walk(change(world, "subnet_change", on_asset=False), technician)
    walk.answer("phones-before", value=20.0)
    walk.answer("method", text="wait-for-leases")
    walk.answer("scope-ready")
    page = sign_in(technician).get(page_of(walk)).content.decode()
    assert "Wait until all leases have run out, 24 hours after the change." in page
    steps = api_as(technician).get(f"/api/v1/work-orders/{walk.order.number}/").json()["steps"]
    waiting = next(row for row in steps if row["key"] == "leases-run-out")
    assert waiting["unlocks_at"] == "2026-03-03T09:00:00Z"


def test_phones_that_are_missing_fail_and_offer_a_ticket(world: World, technician: User, sign_in: SignIn) -> None:
    Asset.objects.update(users_count=12)
    walk = Walk(change(world, "subnet_change", on_asset=False), technician)
    walk.answer("phones-before", value=20.0)
    walk.through(Phase.CHANGE)
    client, url = sign_in(technician), step(walk, "phones-back")
    assert "Expected <strong>20 phones</strong>" in client.get(page_of(walk)).content.decode()
    answer = client.post(url, {"client_uuid": UUID, "value": "18"}, **HTMX).content.decode()
    assert "Failed under 20 phones" in answer
    assert "Open a ticket" in answer


def test_log_entries_are_counted_beside_the_last_time(world: World, technician: User, sign_in: SignIn) -> None:
    load_programme(now=NOW)
    world.contract(agreed("event-logs", "monthly"))
    generate_work(now=NOW)
    first = WorkOrder.objects.get()
    client = sign_in(technician)

    def send(order: WorkOrder, key: str, value: str) -> str:
        url = f"/work-orders/{order.number}/steps/{key}/{world.asset.pk}/"
        return client.post(url, {"client_uuid": UUID, "value": value}, **HTMX).content.decode()

    send(first, "errors-counted", "3")
    assert "Open a ticket" in send(first, "entries-needing-action", "2")
    assert "Open a ticket" not in send(first, "entries-needing-action", "0")
    later = utc(2026, 4, 2, 9, 0)
    with time_machine.travel(later, tick=False):
        generate_work(now=later)
        second = WorkOrder.objects.latest("nominal_on")
        client.force_login(technician, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert "Last time <strong>3 entries</strong>" in client.get(f"/work-orders/{second.number}/").content.decode()
        send(second, "errors-counted", "7")
        assert "4 entries more than last time" in client.get(f"/work-orders/{second.number}/").content.decode()
