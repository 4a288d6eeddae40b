"""Pages and API of the duty roster."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from contracts.actions import add_absence, add_shift
from contracts.models import Absence, DutyShift
from portal.accounts.models import User
from tests.conftest import NOW

HOUR = timedelta(hours=1)
SignIn = Callable[[User], Client]
ApiAs = Callable[[User], APIClient]
ROSTER = reverse("contracts:duty_roster")


@pytest.fixture(autouse=True)
def frozen() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tonight(technician: User) -> DutyShift:
    return add_shift(user=technician, starts_at=NOW + 9 * HOUR, ends_at=NOW + 21 * HOUR, now=NOW)


def test_roster_names_shifts_and_holes(sign_in: SignIn, dispatcher: User, tonight: DutyShift) -> None:
    page = sign_in(dispatcher).get(ROSTER)
    assert page.context["on_duty"] is None
    assert [hole.starts_at for hole in page.context["holes"]] == [NOW, tonight.ends_at]
    assert "Nobody is on duty now" in page.content.decode()
    with time_machine.travel(tonight.starts_at, tick=False):
        page = sign_in(dispatcher).get(ROSTER)
    assert page.context["on_duty"] == tonight
    assert "Nobody is on duty now" not in page.content.decode()


def test_shift_is_planned_in_the_readers_zone(sign_in: SignIn, dispatcher: User, technician: User) -> None:
    User.objects.filter(pk=dispatcher.pk).update(timezone="Europe/Amsterdam")
    data = {"user": technician.pk, "starts_at": "2026-03-02T18:00", "ends_at": "2026-03-03T08:00"}
    response = sign_in(dispatcher).post(reverse("contracts:duty_shift_add"), data)
    assert response.headers["Location"] == ROSTER
    assert DutyShift.objects.get().starts_at == datetime.fromisoformat("2026-03-02T17:00+00:00")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_at": "2026-03-02T18:00"}, "ends_at"),
        ({"starts_at": "yesterday"}, "starts_at"),
        ({"user": "0"}, "user"),
        ({"starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T09:00"}, "starts_at"),  # the clock skips it
    ],
)
def test_fault_stands_at_its_field_and_what_was_typed_stays(
    sign_in: SignIn, dispatcher: User, technician: User, changed: dict[str, str], field: str
) -> None:
    User.objects.filter(pk=dispatcher.pk).update(timezone="Europe/Amsterdam")
    data = {"user": technician.pk, "starts_at": "2026-03-02T18:00", "ends_at": "2026-03-03T08:00", "phone": "0612"}
    page = sign_in(dispatcher).post(reverse("contracts:duty_shift_add"), data | changed)
    assert page.status_code == 200
    assert page.context["form"].errors[field]
    assert 'value="0612"' in page.content.decode()
    assert not DutyShift.objects.exists()


def test_technician_notes_own_absence_alone(sign_in: SignIn, technician: User, dispatcher: User) -> None:
    client = sign_in(technician)
    data = {"user": technician.pk, "starts_at": "2026-03-04T08:00", "ends_at": "2026-03-05T08:00", "reason": "Course"}
    assert client.post(reverse("contracts:absence_add"), data).status_code == 302
    page = client.post(reverse("contracts:absence_add"), data | {"user": dispatcher.pk})
    assert page.context["form"].errors["user"]
    assert Absence.objects.get().user == technician


def test_technician_takes_back_no_colleagues_absence(sign_in: SignIn, technician: User, dispatcher: User) -> None:
    row = add_absence(user=dispatcher, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, now=NOW)
    address = reverse("contracts:absence_remove", args=[row.pk])
    assert sign_in(technician).post(address).status_code == 403
    assert sign_in(dispatcher).post(address).status_code == 302
    assert not Absence.objects.exists()


def test_roster_has_the_same_queries_with_more_rows(
    sign_in: SignIn, dispatcher: User, technician: User, tonight: DutyShift, django_assert_max_num_queries: object
) -> None:
    client = sign_in(dispatcher)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(ROSTER)
    for day in range(1, 4):
        starts_at = tonight.starts_at + timedelta(days=day)
        add_shift(user=technician, starts_at=starts_at, ends_at=starts_at + HOUR, now=NOW)
        add_absence(user=technician, starts_at=starts_at + 2 * HOUR, ends_at=starts_at + 3 * HOUR, now=NOW)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        assert len(client.get(ROSTER).context["shifts"]) == 4


def test_api_plans_and_takes_back(api_as: ApiAs, dispatcher: User, technician: User) -> None:
    client = api_as(dispatcher)
    body = {"user": technician.pk, "starts_at": "2026-03-02T18:00:00Z", "ends_at": "2026-03-03T08:00:00Z"}
    made = client.post("/api/v1/duty-shifts/", body, format="json")
    assert (made.status_code, made.data["user"]) == (201, technician.pk)
    again = client.post("/api/v1/duty-shifts/", body, format="json")
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "overlap")
    found = client.get("/api/v1/duty-shifts/", {"ends_after": "2026-03-03T00:00:00Z"})
    assert found.data["count"] == 1
    assert client.post(f"{made.data['url']}remove/").status_code == 204
    assert not DutyShift.objects.exists()


def test_api_refuses_colleagues_absence_by_a_technician(api_as: ApiAs, dispatcher: User, technician: User) -> None:
    body = {"user": dispatcher.pk, "starts_at": "2026-03-02T18:00:00Z", "ends_at": "2026-03-03T08:00:00Z"}
    assert api_as(technician).post("/api/v1/absences/", body, format="json").status_code == 403
    assert not Absence.objects.exists()
