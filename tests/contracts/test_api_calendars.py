"""calendars/ and its two calculators."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from contracts.models import BusinessCalendar, CalendarVersion
from portal.accounts.models import User
from portal.demo import builder

pytestmark = pytest.mark.django_db
ApiAs = Callable[[User], APIClient]
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
AMSTERDAM = {"name": "Office", "timezone": "Europe/Amsterdam", "hours": WEEK}


@pytest.fixture
def api(manager: User, api_as: ApiAs) -> APIClient:
    return api_as(manager)


@pytest.fixture
def calendar(now: datetime) -> CalendarVersion:
    builder.calendar(now=now, name="Default", is_default=True)
    return builder.calendar(now=now, name="Nine to five")


def address(version: CalendarVersion, verb: str = "") -> str:
    return f"/api/v1/calendars/{version.calendar_id}/{verb}"


def test_calendar_is_made_with_its_first_version(api: APIClient) -> None:
    sent = {
        **AMSTERDAM,
        "holidays": ["2026-12-25"],
        "exceptions": {"2026-12-24": [["09:00", "12:00"]]},
        "country": "",
        "subdivision": "",
    }
    answer = api.post("/api/v1/calendars/", sent)
    assert answer.status_code == 201
    row = answer.json()
    assert {name: row[name] for name in sent} == sent
    assert (row["version"], row["is_default"]) == (1, True)  # the first one is the default
    assert row["url"].endswith(f"/api/v1/calendars/{row['id']}/")
    assert api.get(row["url"]).json() == row


def test_calendar_of_all_hours_is_around_the_clock(api: APIClient) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    sent = {**AMSTERDAM, "hours": {day: [["00:00", "24:00"]] for day in days}}
    row = api.post("/api/v1/calendars/", sent).json()
    due = api.get(f"{row['url']}deadline/?start=2026-03-28T23:00:00Z&minutes=1440").json()
    assert due == {"due_at": "2026-03-29T23:00:00Z"}


def test_calendar_with_a_country_gets_its_holidays(api: APIClient) -> None:
    row = api.post("/api/v1/calendars/", {**AMSTERDAM, "country": "NL"}).json()
    assert f"{row['holidays_until'][:4]}-12-25" in row["holidays"]


def test_put_of_other_hours_makes_a_version(api: APIClient, calendar: CalendarVersion) -> None:
    answer = api.put(address(calendar), {**AMSTERDAM, "name": "Nine to five", "holidays": ["2026-04-27"]})
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    assert calendar.calendar.versions.count() == 2
    calendar.refresh_from_db()
    assert calendar.holidays == []  # what pointed at it keeps it


def test_put_of_what_was_read_changes_nothing(api: APIClient, calendar: CalendarVersion) -> None:
    row = api.get(address(calendar)).json()
    answer = api.put(address(calendar), row)
    assert answer.status_code == 200
    assert answer.json() == row


def test_patch_keeps_the_rest(api: APIClient, calendar: CalendarVersion) -> None:
    answer = api.patch(address(calendar), {"holidays": ["2026-04-27"]}).json()
    assert (answer["name"], answer["hours"], answer["holidays"]) == ("Nine to five", WEEK, ["2026-04-27"])
    assert answer["version"] == 2


def test_patch_of_the_name_alone_makes_no_version(api: APIClient, calendar: CalendarVersion) -> None:
    answer = api.patch(address(calendar), {"name": "Office hours"}).json()
    assert (answer["name"], answer["version"]) == ("Office hours", 1)


def test_patch_of_the_country_takes_the_old_ones_holidays_away(api: APIClient) -> None:
    row = api.post("/api/v1/calendars/", {**AMSTERDAM, "country": "NL", "holidays": ["2026-06-19"]}).json()
    kings_day, national_day = "2026-04-27", "2026-07-21"
    assert kings_day in row["holidays"]
    moved = api.patch(row["url"], {"country": "BE"}).json()
    assert national_day in moved["holidays"]
    assert kings_day not in moved["holidays"]
    assert "2026-06-19" in moved["holidays"]  # our own day stays


@pytest.mark.parametrize(
    ("changed", "attr"),
    [
        ({"hours": {"mon": [["09:00", "25:00"]]}}, "hours.mon.0"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}}, "hours.mon.1"),
        ({"hours": {"monday": []}}, "hours.monday"),
        ({"hours": []}, "hours"),
        ({"hours": None}, "hours"),
        ({"hours": {"mon": {"09:00": "17:00"}}}, "hours.mon"),
        ({"hours": {}}, "hours"),
        ({"hours": {"mon": [], "tue": []}}, "hours"),
        ({"hours": {}, "exceptions": {"2026-12-24": []}}, "hours"),
        ({"hours": {}, "exceptions": {"2026-12-24": [["09:00", "12:00"]]}}, "hours"),  # and then never again
        ({"holidays": ["2026-12-25", "2026-02-30"]}, "holidays.1"),
        ({"holidays": ["9999-99-99"]}, "holidays.0"),
        ({"holidays": "2026-12-25"}, "holidays"),
        ({"holidays": [None]}, "holidays.0"),
        ({"holidays": [["2026-12-25"]], "country": "NL"}, "holidays.0"),
        ({"exceptions": {"2026-12-24": [["12:00"]]}}, "exceptions.2026-12-24.0"),
        ({"exceptions": {"Christmas": []}}, "exceptions.Christmas"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"timezone": 5}, "timezone"),
        ({"country": "XX"}, "country"),
        ({"country": "NLD"}, "country"),
        ({"subdivision": "BY"}, "country"),
        ({"country": "DE", "subdivision": "ZZ"}, "subdivision"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"is_default": "perhaps"}, "is_default"),
        ({"colour": "red"}, "colour"),
        ({"version": 7}, "version"),
        ({"id": 7}, "id"),
    ],
)
def test_bad_calendar_is_refused_at_its_field(api: APIClient, changed: dict[str, Any], attr: str) -> None:
    answer = api.post("/api/v1/calendars/", AMSTERDAM | changed)
    assert answer.status_code == 400
    assert answer.json()["type"] == "validation_error"
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert not BusinessCalendar.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch"])
def test_calendar_cannot_be_closed_for_good(api: APIClient, calendar: CalendarVersion, method: str) -> None:
    answer = getattr(api, method)(address(calendar), {**AMSTERDAM, "hours": {}})
    assert answer.status_code == 400
    assert [(error["attr"], error["code"]) for error in answer.json()["errors"]] == [("hours", "never_open")]
    assert calendar.calendar.versions.count() == 1


def test_calendar_of_a_taken_name_is_refused(api: APIClient, calendar: CalendarVersion) -> None:
    answer = api.post("/api/v1/calendars/", {**AMSTERDAM, "name": "Nine to five"})
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "name")


def test_calendar_in_use_is_not_archived(api: APIClient, calendar: CalendarVersion, now: datetime) -> None:
    site = builder.site(customer=builder.customer(now=now), calendar=calendar)
    assert api.post(address(calendar, "archive/")).status_code == 409
    site.archived_at = now
    site.save(update_fields=["archived_at"])
    assert api.post(address(calendar, "archive/")).json()["archived_at"]
    assert api.patch(address(calendar), {"name": "Other"}).status_code == 409
    assert api.post(address(calendar, "restore/")).json()["archived_at"] is None


# -- deadline ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "due_at"),
    [
        ("start=2026-03-02T08:00:00Z&minutes=60", "2026-03-02T09:00:00Z"),
        ("start=2026-03-02T09:00:00%2B01:00&minutes=0.5", "2026-03-02T08:00:30Z"),
        ("start=2026-03-06T15:30:00Z&minutes=60", "2026-03-09T08:30:00Z"),  # over the weekend
        ("start=2026-03-27T15:30:00Z&minutes=60", "2026-03-30T07:30:00Z"),  # and into summer time
        ("start=2026-03-01T12:00:00Z&minutes=0", "2026-03-02T08:00:00Z"),
        ("start=2026-03-02T10:00:00Z&business_days=1", "2026-03-03T10:00:00Z"),
        ("start=2026-03-06T10:00:00Z&business_days=3", "2026-03-11T10:00:00Z"),
    ],
)
def test_deadline(api: APIClient, calendar: CalendarVersion, query: str, due_at: str) -> None:
    answer = api.get(f"{address(calendar, 'deadline/')}?{query}")
    assert (answer.status_code, answer.json()) == (200, {"due_at": due_at})


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("minutes=5", "start"),
        ("start=2026-03-02T08:00:00Z", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=5&business_days=1", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=-1", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=nan", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=inf", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=1e400", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=1e15", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=", "minutes"),
        ("start=2026-03-02T08:00:00Z&minutes=5&minutes=6", "minutes"),
        ("start=2026-03-02T08:00:00Z&business_days=-1", "business_days"),
        ("start=2026-03-02T08:00:00Z&business_days=1.5", "business_days"),
        ("start=2026-03-02T08:00:00Z&business_days=99999999999999999999", "business_days"),
        ("start=9999-99-99T08:00:00Z&minutes=5", "start"),
        ("start=0001-01-01T00:00:00Z&minutes=5", "start"),
        ("start=9999-12-31T23:59:59Z&minutes=5", "start"),
        ("start=%00&minutes=5", "start"),
        ("start=2026-03-02T08:00:00Z&minutes=5&hours=1", "hours"),
    ],
)
def test_deadline_of_nonsense_is_refused(api: APIClient, calendar: CalendarVersion, query: str, attr: str) -> None:
    answer = api.get(f"{address(calendar, 'deadline/')}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == attr


@pytest.mark.parametrize("start", ["2026-03-02T09:00:00+01:00", "2026-03-02T09:00:00"])
def test_deadline_from_a_bare_instant_says_how_to_write_it(
    api: APIClient, calendar: CalendarVersion, start: str
) -> None:
    answer = api.get(f"{address(calendar, 'deadline/')}?start={start}&minutes=5")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["attr"]) == (400, "start")
    assert "%2B" in error["detail"]
    assert "Z" in error["detail"]


@pytest.mark.parametrize("query", ["minutes=1", "business_days=1", "minutes=0"])
def test_deadline_of_a_calendar_that_never_opens_is_refused(api: APIClient, now: datetime, query: str) -> None:
    closed = builder.calendar(now=now, hours={"mon": []})
    answer = api.get(f"{address(closed, 'deadline/')}?start=2026-03-02T08:00:00Z&{query}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["attr"]) == (400, "never_open", query.partition("=")[0])


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("start=2026-03-02T08:00:00Z&minutes=52000000", "minutes"),
        ("start=2026-03-02T08:00:00Z&business_days=36525", "business_days"),
        ("start=2999-12-31T23:59:59Z&minutes=52000000", "minutes"),
        ("start=2999-12-31T23:59:59Z&business_days=36525", "business_days"),
    ],
)
def test_deadline_beyond_a_hundred_years_is_refused_at_its_field(
    api: APIClient, calendar: CalendarVersion, query: str, attr: str
) -> None:
    answer = api.get(f"{address(calendar, 'deadline/')}?{query}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["attr"]) == (400, "never_open", attr)


# -- working time -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z", 480),
        ("2026-03-06T16:00:00Z", "2026-03-09T08:00:00Z", 0),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:30Z", 0.5),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", 0),
    ],
)
def test_working_time(api: APIClient, calendar: CalendarVersion, start: str, end: str, minutes: float) -> None:
    answer = api.get(f"{address(calendar, 'working-time/')}?start={start}&end={end}")
    assert (answer.status_code, answer.json()) == (200, {"minutes": minutes})


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("start=2026-03-02T08:00:00Z", "end"),
        ("start=2026-03-02T08:00:00Z&end=2026-03-02T07:59:59Z", "end"),
        ("start=1900-01-01T00:00:00Z&end=2999-01-01T00:00:00Z", "end"),
        ("start=2026-03-02T08:00:00 01:00&end=2026-03-02T08:00:00Z", "start"),
    ],
)
def test_working_time_of_nonsense_is_refused(api: APIClient, calendar: CalendarVersion, query: str, attr: str) -> None:
    answer = api.get(f"{address(calendar, 'working-time/')}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)


def test_instants_are_in_utc_whatever_the_readers_zone(
    manager: User, calendar: CalendarVersion, sign_in: Callable[[User], Any]
) -> None:
    manager.timezone = "Asia/Tehran"
    manager.save(update_fields=["timezone"])
    answer = sign_in(manager).get(f"{address(calendar, 'deadline/')}?start=2026-03-02T08:00:00Z&minutes=5")
    assert answer.json() == {"due_at": "2026-03-02T08:05:00Z"}


# -- who may ----------------------------------------------------------------------------------


def test_calendars_are_for_the_var(
    technician: User, dispatcher: User, customer: User, calendar: CalendarVersion, api_as: ApiAs
) -> None:
    for person in (technician, dispatcher):
        api = api_as(person)
        assert api.get("/api/v1/calendars/").status_code == 200
        assert api.get(f"{address(calendar, 'deadline/')}?start=2026-03-02T08:00:00Z&minutes=5").status_code == 200
        assert api.post("/api/v1/calendars/", AMSTERDAM).status_code == 403
        assert api.patch(address(calendar), {"name": "Mine"}).status_code == 403
        assert api.post(address(calendar, "archive/")).status_code == 403
    api = api_as(customer)
    assert api.get("/api/v1/calendars/").status_code == 403
    assert api.get(address(calendar)).status_code == 404
    assert api.get(address(calendar, "deadline/")).status_code == 404
    assert api.post("/api/v1/calendars/", AMSTERDAM).status_code == 403
