"""What a report freezes, and what it leaves out."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from contracts.models import Customer
from portal.accounts.models import Organisation, User
from portal.demo import builder
from schedules.models import Answer, Visit, VisitReport
from schedules.report.content import images_of
from tests.schedules.conftest import NOW, World
from tests.schedules.reports import report_with_everything, sign_with_everything, visit_with_everything
from tests.schedules.visits import ARRIVED, answer_visit, make_due, signed, started

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_report_says_who_where_when_and_what(world: World, technician: User) -> None:
    content = report_with_everything(world, technician).content
    assert (content["var"]["name"], content["var"]["phone"]) == ("Southline Telecom", "+31 20 555 01 00")
    assert content["var"]["logo"]["uuid"]
    assert (content["customer"]["name"], content["site"]["name"]) == ("Alder Dental", "Head office")
    assert content["technician"]["name"] == "Tara Technician"
    assert (content["times"]["arrived"]["clock"], content["times"]["finished"]["clock"]) == ("11:00", "13:00")
    assert (content["place"], content["day"]) == ("Amsterdam", "Monday 2 March 2026")
    assert content["summary"]["sentence"] == (
        "6 points were checked, 1 failed, 1 needs watching. 1 job is left for the next visit."
    )


def test_readings_stand_beside_the_last_ones_with_unit_and_limits(world: World, technician: User) -> None:
    [row] = report_with_everything(world, technician).content["readings"]
    assert (row["tag"], row["value"], row["previous"], row["previous_on"]) == (
        world.asset.tag,
        "870 min",
        "640 min",
        "23 Feb 2026",
    )
    assert row["limits"] == "Attention over 800 min, failed over 950 min"
    assert (row["outcome"], row["outcome_words"]) == ("warn", "Attention")


def test_failures_come_first_with_their_reason_and_ticket(world: World, technician: User) -> None:
    failed, watched = report_with_everything(world, technician).content["troubles"]
    assert (failed["outcome"], failed["note"]) == ("fail", "Box 12 is full since Friday.")
    assert failed["ticket"]["summary"] == "No sound"
    assert (watched["outcome"], watched["ticket"]) == ("warn", None)


def test_carried_over_work_has_its_reason_and_what_was_used_its_cost(world: World, technician: User) -> None:
    content = report_with_everything(world, technician).content
    [left] = content["carried_over"]
    assert (left["name"], left["reason"]) == ("firmware", "The vendor's release is held back until April.")
    [time] = content["time"]
    assert (time["amount"], time["decision"], time["who"]) == ("1 h 35 min", "covered", "Tara Technician")
    [part] = content["parts"]
    assert (part["name"], part["decision"], part["asset"]) == ("Power supply", "billable", world.asset.tag)
    assert "billable" in part["coverage"]


def test_signatures_say_who_signed_and_why_somebody_did_not(world: World, technician: User) -> None:
    ours, theirs = report_with_everything(world, technician).content["signatures"]
    assert (ours["party"], ours["name"], bool(ours["image"])) == ("technician", "Tara Technician", True)
    assert (theirs["outcome"], theirs["image"], theirs["reason"]) == ("absent", None, "Everybody was at lunch.")


def test_next_dates_and_planned_visits_of_the_site(world: World, technician: User, manager: User) -> None:
    visit = visit_with_everything(world, technician)
    later = builder.visit(site=world.site, technician=manager, now=NOW, starts_at=NOW + timedelta(days=8))
    content = sign_with_everything(visit).content
    assert [one["number"] for one in content["next"]["visits"]] == [later.number]
    assert "Tuesday 10 March 2026, 10:00 to 12:00 (Amsterdam time)" in content["next"]["visits"][0]["time"]
    assert {row["name"]: row["on"] for row in content["next"]["work"]} == {
        "administration-check": "2026-03-03",
        "voicemail": "2026-03-09",
        "firmware": "2026-03-09",
    }


def test_report_leaves_out_what_is_not_for_the_customer(world: World, technician: User) -> None:
    visit = visit_with_everything(world, technician)
    Visit.objects.filter(pk=visit.pk).update(note="Umbrage: they pay late")
    Answer.objects.filter(outcome="pass").update(note="Umbrage: a mess")
    text = json.dumps(sign_with_everything(visit).content)
    assert "Umbrage" not in text
    assert "//nas/1" not in text  # where the backup lies
    assert "Box 12 is full" in text


def test_report_speaks_the_customers_language_and_knows_its_direction(
    world: World, technician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Customer.objects.filter(pk=world.customer.pk).update(language="fa")
    content = report_with_everything(world, technician).content
    assert (content["language"], content["direction"]) == ("fa", "rtl")
    assert "مارس" in content["day"]


def test_report_stays_what_it_was_when_everything_changes(world: World, technician: User) -> None:
    report = report_with_everything(world, technician)
    Organisation.objects.update(name="Other")
    Customer.objects.update(name="Renamed")
    Answer.objects.update(note="changed")
    again = VisitReport.objects.get(pk=report.pk)
    assert again.content == report.content
    assert again.content["customer"]["name"] == "Alder Dental"


def test_report_holds_only_values_that_json_and_postgresql_know(world: World, technician: User) -> None:
    visit = visit_with_everything(world, technician, words="\u202eevil\u2066 \ue000\x07bell\nnext line")
    content = sign_with_everything(visit).content
    assert json.loads(json.dumps(content)) == content
    assert content["troubles"][0]["note"] == "evil bell\nnext line"


def test_images_of_a_report_are_its_logo_photos_and_signatures(world: World, technician: User) -> None:
    report = report_with_everything(world, technician)
    assert len(images_of(report)) == 3


def test_visit_without_trouble_says_so(world: World, technician: User) -> None:
    make_due(world, "voicemail")
    visit = started(world, technician, at=ARRIVED)
    answer_visit(visit)
    content = VisitReport.objects.get(visit=signed(visit)).content
    assert content["troubles"] == content["carried_over"] == []
    assert content["summary"]["sentence"].endswith("all are in order.")
