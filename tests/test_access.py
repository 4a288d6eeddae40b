"""Every address of the portal, by every method that it takes, as every kind of person.

The cases stand in tests/access: what each person is to get follows from the permissions' tables and
from whose row the address names. A route without a case fails here by name, and so does a case
whose route is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.messages import ERROR, get_messages
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from contracts.models import Customer
from tests.access import duty, guests, history, reports
from tests.access.api import API
from tests.access.cases import CUSTOMERS, PEOPLE, Case
from tests.access.pages import PAGES
from tests.access.world import FOUND, INTERNAL, MARK, NOW, World, another_customer, build

pytestmark = pytest.mark.django_db
CASES = [*PAGES, *API, *duty.PAGES, *duty.API, *reports.PAGES, *guests.PAGES, *history.PAGES, *history.API]
LISTS = sorted({case.route for case in CASES if case.method == "GET" and case.route.endswith(("_list", "-list"))})
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST_QUERIES = 15
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OF_PACKAGES = ("account_", "admin:")  # pages of allauth and of Django itself
WRITES = re.compile(r"^(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
FRAME = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK)\b")
# That a session ends or begins, and that a link was used: all that somebody without permission may write.
BOOKKEEPING = ("django_session", "contracts_guestlink")


@dataclass(frozen=True)
class Try:
    """What came of one request."""

    response: HttpResponse
    queries: list[str]

    @property
    def text(self) -> str:
        body = b"".join(self.response) if self.response.streaming else self.response.content
        return body.decode(errors="replace") + str(self.response.headers)

    @property
    def asked(self) -> int:
        """How many queries it took, the frame of the transactions left out."""
        return sum(not FRAME.match(sql) for sql in self.queries)

    @property
    def written(self) -> list[str]:
        return [sql for sql in self.queries if WRITES.match(sql) and not any(name in sql for name in BOOKKEEPING)]

    @property
    def refusals(self) -> list[str]:
        """What a page told as an error although it was allowed."""
        request = getattr(self.response, "wsgi_request", None)
        return [str(one) for one in get_messages(request) if one.level >= ERROR] if request else []


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once, gone with the module's transaction; NOW holds as long."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world: World) -> dict[str, Client]:
    found = {"anonymous": Client(raise_request_exception=False)}
    for name in PEOPLE[:-1]:
        found[name] = Client(raise_request_exception=False)
        found[name].force_login(world.people[name], backend=BACKEND)
    return found


@pytest.fixture(autouse=True)
def _nobody_is_too_fast(settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()  # links that lead nowhere are counted by address


Ask = Callable[..., Try]


@pytest.fixture
def ask(world: World, clients: dict[str, Client]) -> Ask:
    """Sends one request as somebody and takes back what it did."""

    def send(who: str, case: Case, *, method: str | None = None, query: dict[str, Any] | None = None) -> Try:
        client = clients[who]
        session = client.cookies.get("sessionid")
        values = {**resolved(case.query, world), **(query or {})}
        address = f"{address_of(case, world)}?{urlencode(values)}" if values else address_of(case, world)
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            response = client.generic(method or case.method, address, *body_of(case, world))
            transaction.set_rollback(True)
        client.cookies.clear()
        if session is not None:
            client.cookies["sessionid"] = session.value
        return Try(response, [query["sql"] for query in captured.captured_queries])

    return send


def resolved(value: Any, world: World) -> Any:
    """The value with `@name` replaced by the world's key, and files made anew."""
    if isinstance(value, dict):
        return {name: resolved(part, world) for name, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, world) for part in value]
    if isinstance(value, str) and value.startswith("@"):
        return world.keys[value[1:]]
    return value() if callable(value) else value


def address_of(case: Case, world: World) -> str:
    if case.route == "api:nothing_here":
        return "/api/v1/nothing/here/"
    return reverse(case.route, args=[arg[1:] if arg.startswith("=") else world.keys[arg] for arg in case.args])


def body_of(case: Case, world: World) -> tuple[bytes, str]:
    """The body and its media type: JSON for the API, a form for pages and for files."""
    data = resolved(case.data, world)
    if case.is_api and not (isinstance(data, dict) and "photo" in data):
        return json.dumps(data).encode() if data is not None else b"", "application/json"
    return encode_multipart(BOUNDARY, data or {}), MULTIPART_CONTENT


# -- every route has a case -------------------------------------------------------------------


def routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The name of every route; of the admin its first page alone."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        elif pattern.namespace == "admin":
            yield "admin:index"
        else:
            yield from routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def test_every_route_has_a_case_and_every_case_a_route() -> None:
    known, tried = set(routes()), {case.route for case in CASES}
    assert {"without a case": known - tried, "gone": tried - known} == {"without a case": set(), "gone": set()}


@pytest.mark.parametrize("route", sorted({case.route for case in CASES if not case.route.startswith(OF_PACKAGES)}))
def test_methods_without_a_case_are_not_allowed(route: str, ask: Ask) -> None:
    cases = [case for case in CASES if case.route == route]
    others = set(METHODS) - {case.method for case in cases}
    found = {method: ask("manager", cases[0], method=method).response.status_code for method in others}
    assert found == dict.fromkeys(others, 405)


# -- who gets what ----------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everybody_gets_what_the_permissions_say(case: Case, ask: Ask) -> None:
    tries = {who: ask(who, case) for who in case.askers}
    found = {who: tried.response.status_code for who, tried in tries.items()}
    assert found == {who: case.expected(who) for who in case.askers}, faults(case, tries)
    for who, tried in tries.items():
        _check(case, who, tried)


def _check(case: Case, who: str, tried: Try) -> None:
    status = tried.response.status_code
    if status in (401, 403, 404, 405):
        assert tried.written == [], f"{who} was refused and wrote"
    elif case.method == "GET":
        assert tried.asked <= MOST_QUERIES, f"{tried.asked} queries for {who}"
    elif status == 302 and who != "anonymous":
        assert bool(tried.refusals) == case.refused, tried.refusals
    if not case.is_api:
        assert not re.search(r"<option[^>]*>\s*---", tried.text), "dashes where words are to say what no choice means"
    if who in ("outsider", "anonymous") and not case.by_link:
        assert not told(MARK, tried), f"{who} reads of customer A: {told(MARK, tried)}"
    if who in CUSTOMERS:
        assert not told(INTERNAL, tried), f"{who} reads what is internal: {told(INTERNAL, tried)}"
    if who == "anonymous" and status == 302 and not case.by_link:
        _check_sign_in(case, tried)


def faults(case: Case, tries: dict[str, Try]) -> list[str]:
    """What the answers that were not expected said, for the reader of the failure."""
    other = [tried for who, tried in tries.items() if tried.response.status_code != case.expected(who)]
    if case.is_api:
        return sorted({tried.text[:300] for tried in other})
    return sorted({fault for tried in other for fault in re.findall(r"invalid-feedback[^>]*>(.*?)<", tried.text, re.S)})


def told(word: str, tried: Try) -> str:
    """The words around the word, where it occurs."""
    found = re.search(rf".{{0,80}}{word}.{{0,80}}", tried.text, re.IGNORECASE)
    return found[0] if found else ""


def _check_sign_in(case: Case, tried: Try) -> None:
    leads_in = "/login/" in tried.response.headers["Location"]
    assert leads_in or case.route.startswith("account_"), tried.response.headers["Location"]


@pytest.mark.parametrize("who", CUSTOMERS)
def test_people_of_a_customer_read_of_it_in_every_list(who: str, ask: Ask) -> None:
    """The other half of what the outsider does not read: else an empty answer would prove anything."""
    for route in LISTS:
        case = listed(route)
        if case.expected(who) == 200:
            tried = ask(who, case)
            assert told(MARK, tried) or tried.response.json()["results"], route  # type: ignore[attr-defined]


# -- what an outsider learns ------------------------------------------------------------------

NOWHERE = 10**9  # a key that no row has


def listed(route: str) -> Case:
    return next(case for case in CASES if case.route == route and case.method == "GET")


def choices_of(tried: Try, world: World) -> dict[str, Any]:
    """For each filter of a list page that chooses among rows: a row of customer A."""
    listing = (tried.response.context or {}).get("listing")
    names = listing.filter.filters if hasattr(listing, "filter") else {}
    return {name: world.keys[name] for name in names if name in world.keys}


@pytest.mark.parametrize("route", [route for route in LISTS if not route.startswith("api:")])
def test_search_and_filters_of_a_page_find_nothing_of_another_customer(route: str, world: World, ask: Ask) -> None:
    shown = ask("outsider", listed(route))
    if shown.response.status_code == 403:
        return
    choices = choices_of(shown, world)
    for query in [{"q": FOUND, "shown": "all", "show": "all"}, *({name: key} for name, key in choices.items())]:
        tried = ask("outsider", listed(route), query=query)
        assert not told(MARK, tried), query


REFERENCES = {
    "customer": "customer",
    "site": "site",
    "asset": "asset",
    "parent": "asset",
    "contract": "contract_id",
    "schedule": "schedule",
    "change_event": "change_id",
    "assignee": "technician_user",
    "user": "owner_user",
    "technician": "technician_user",
    "vendor": "vendor",
    "product": "product",
    "part_of": "product",
    "calendar": "calendar_a",
    "installed_release": "release",
}


def filters_of(route: str) -> set[str]:
    """The filters of a list of the API that take the key of another row."""
    match = get_resolver().resolve(reverse(route))
    filterset = match.func.cls.filterset_class  # type: ignore[attr-defined]  # of the viewset
    return {name for name, one in filterset.base_filters.items() if hasattr(one, "target")}


@pytest.mark.parametrize("route", [route for route in LISTS if route.startswith("api:")])
def test_filters_of_the_api_do_not_tell_what_is_there(route: str, world: World, ask: Ask) -> None:
    """A key of customer A is answered word for word as one that nobody has."""
    case = listed(route)
    if case.expected("outsider") == 403:
        return
    for name in filters_of(route):
        there, nowhere = (ask("outsider", case, query={name: key}) for key in (world.keys[REFERENCES[name]], NOWHERE))
        assert there.response.status_code == nowhere.response.status_code == 400, name
        assert same_words(there, world.keys[REFERENCES[name]]) == same_words(nowhere, NOWHERE), name


def same_words(tried: Try, key: Any) -> str:
    return tried.response.content.decode().replace(str(key), "KEY")


NAMING = [
    ("api:contacts-list", "customer"),
    ("api:contacts-list", "site"),
    ("api:memberships-list", "customer"),
    ("api:tickets-list", "customer"),
    ("api:tickets-list", "site"),
    ("api:tickets-list", "asset"),
    ("api:change-events-list", "asset"),
    ("api:sla_explain", "calendar"),
    ("api:schedule_preview", "calendar"),
]


@pytest.mark.parametrize(("route", "field"), NAMING)
def test_bodies_that_name_rows_do_not_tell_what_is_there(route: str, field: str, world: World, ask: Ask) -> None:
    """The owner of customer B names a row of somebody else's in a body, and one that nobody has."""
    case = next(case for case in CASES if case.route == route and case.method == "POST")
    key = world.keys[REFERENCES[field]]
    own = {"customer": world.people["outsider"].memberships.get().customer_id} if "customer" in case.data else {}
    answers = []
    for given in (key, NOWHERE):
        data = (
            {name: value for name, value in case.data.items() if name not in ("site", "asset")} | own | {field: given}
        )
        tried = ask("outsider", Case(route, method="POST", data=data))
        assert tried.response.status_code == 400
        assert field in [error["attr"] for error in tried.response.json()["errors"]]  # type: ignore[attr-defined]
        answers.append(same_words(tried, given))
    assert answers[0] == answers[1]


def test_an_id_that_another_customer_gave_a_change_is_free(world: World, ask: Ask) -> None:
    mine = Customer.objects.get(name="Birch Logistics").sites.get()
    data = {
        "kind": "relocation",
        "site": mine.pk,
        "occurs_at": "2026-03-04T18:00:00Z",
        "details": {"new_address": "Elsewhere"},
        "external_id": f"{MARK} {FOUND}-relocation",
    }
    tried = ask("outsider", Case("api:change-events-list", method="POST", data=data))
    assert (tried.response.status_code, tried.response.json()["site"]) == (201, mine.pk)  # type: ignore[attr-defined]


# -- how many queries a list takes ------------------------------------------------------------


def test_lists_take_the_same_queries_however_much_they_show(world: World, ask: Ask) -> None:
    """One more customer with one of everything makes no page and no route ask more often."""
    before = {route: ask("manager", listed(route)).asked for route in LISTS}
    for name in ("Cedar", "Dogwood"):
        another_customer(name)
    assert {route: ask("manager", listed(route)).asked for route in LISTS} == before
