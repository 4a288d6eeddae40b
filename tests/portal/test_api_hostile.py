"""Nothing that anybody can send makes the API fail: every route, method, field and parameter is tried."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from contracts.actions import add_absence, add_shift, record_part, record_time
from contracts.models import Asset, Contact, Release, Site, Vendor
from portal.accounts.models import User
from portal.demo import builder
from portal.web.api import NothingHere
from schedules.actions import load_programme, record_change, set_baseline
from schedules.checklist import checklist_of
from schedules.models import Backup, Reading, WorkOrder
from tickets.actions import open_ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WRITES = ("post", "put", "patch")
METHODS = ("get", *WRITES, "delete", "options", "head", "trace", "brew")
DIGITS = "9" * 10_000  # beyond what Python turns into a number

VALUES: list[Any] = [
    None,
    True,
    -1,
    2**63,
    10**400,
    1.5,
    "",
    "x" * 10_000,
    DIGITS,
    "99999999999999999999",
    "١",
    "NaN",
    "Infinity",
    "9999-99-99",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "2026-03-02T09:00:00 01:00",
    [],
    [None],
    [{}],
    [[]],
    {},
    {"": None},
    {"S1": {}},
]
SOME_VALUES: list[Any] = [None, True, -1, 2**63, 1.5, "", "x" * 300, DIGITS, "NaN", "9999-12-31"]
SOME_VALUES += [[None], [{}], {}, {"S1": {}}]
TEXTS = ["", "-1", "1", "9999-12-31T23:59:59-14:00"]
FAULTY_TEXTS = [DIGITS, "99999999999999999999", "a\x00b", "x" * 5000, "1e400", "NaN", "2026-03-02T09:00:00 01:00"]
# What no parser lets through, whatever the route.
UNREADABLE: list[bytes] = [
    b'{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"name": NaN, "asset": Infinity, "value": -Infinity}',
    b'{"name": ' + DIGITS.encode() + b"}",
    b'{"name": "a\\u0000b"}',
    b'{"name": "\\ud800"}',
]
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "no JSON": (b"{", "application/json"),
    "trailing": (b"{} {}", "application/json"),
    "number": (b"1", "application/json"),
    "overflow": (b'{"name": 1e999}', "application/json"),
    "surrogate": (b'{"name": "\xed\xa0\x80"}', "application/json"),
    "deepish": (b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}", "application/json"),
    "twice": (b'{"name": "a", "name": "b"}', "application/json"),
    "latin-1": (b'{"name": "\xe9"}', "application/json"),
    "NUL name": (b'{"a\\u0000": 1}', "application/json"),
    "BOM": (b"\xef\xbb\xbf{}", "application/json"),
    "form": (b"name=x", "application/x-www-form-urlencoded"),
    "parts": (b"--x--", "multipart/form-data; boundary=x"),
    "no type": (b"{}", ""),
    "strange type": (b"{}", "text/\xc3"),
    "charset": (b"{}", "application/json; charset=no-such"),
}
NAMES = ["0", "-1", "99999999999999999999", "x", "%00", "1.5", "CT-", "CT-1x", "%D9%A1", "..%2f", "1%20", "'"]

# Bodies that are accepted, to which one hostile value is added at a time; those of rows are what GET answers.
BASES: dict[str, dict[str, Any]] = {
    "amend": {"from_on": "2026-06-01"},
    "renew": {"until_on": "2027-12-31"},
    "suspend": {"from_on": "2026-06-01", "reason": "Moving"},
    "terminate": {"ended_on": "2026-06-30", "reason": "Sold"},
    "severity": {"impact": "large", "urgency": "high", "reason": "Worse"},
    "comments": {"body": "Hello"},
    "wait": {"reason": "waiting_customer"},
    "capacities": {"metric": "users", "value": 5, "from_on": "2026-06-01"},
    "preview": {"frequency": "monthly", "anchor_on": "2026-01-31", "due_time": "09:00", "timezone": "UTC"}
    | {"month_rule": {"kind": "nth_weekday", "nth": 1, "weekday": "mon"}, "weekdays": []},
    "explain": {"as_of": "2026-03-02T12:00:00Z", "calendar": 1, "severity": "S1", "pause_on": ["monitoring"]}
    | {"targets": {"S1": {"response": {"minutes": 15, "clock": "around_the_clock"}, "resolution": None}}}
    | {"events": [{"at": "2026-03-02T11:00:00Z", "kind": "opened", "severity": "S1"}]},
}
QUERIES: dict[str, dict[str, str]] = {
    "deadline": {"start": "2026-03-02T08:00:00Z"},
    "working-time": {"start": "2026-03-02T08:00:00Z", "end": "2026-03-03T08:00:00Z"},
    "severity": {"urgency": "high"},
    "coverage": {"work": "firmware"},
    "trend": {"metric": "users"},
}
UNIQUE = {"name", "tag", "slug", "version", "email"}
"""Fields of which no two rows have the same text."""


@pytest.fixture(scope="module", autouse=True)
def someone(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """The manager, in a world with one row of everything; each test starts from it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)
    row_of.cache_clear()
    real.cache_clear()


def make_world() -> User:
    builder.organisation(now=NOW)
    load_programme(now=NOW)
    customer = builder.customer(now=NOW)
    builder.member(customer=customer, now=NOW)
    calendar = builder.calendar(now=NOW, is_default=True)
    policy = builder.policy(now=NOW, is_default=True)
    vendor = Vendor.objects.create(name="Maker")
    product = builder.product(vendor=vendor)
    site = builder.site(customer=customer, calendar=calendar)
    asset = builder.asset(site=site, product=product)
    Release.objects.create(product=product, version="1")
    Contact.objects.create(customer=customer, site=site, name="Rita")
    asset.capacities.create(metric="users", value=5, from_on=date(2026, 1, 1))
    plan = builder.plan(
        now=NOW, policy_version=policy, procedures=[{"procedure_slug": "event-logs", "frequency": "monthly"}]
    )
    for year, activate in ((2026, True), (2027, False)):
        builder.contract(
            customer=customer,
            plan_version=plan,
            calendar_version=calendar,
            assets=[asset],
            from_on=date(year, 1, 1),
            until_on=date(year, 12, 31),
            now=NOW,
            activate=activate,
        )
    open_ticket(
        customer=customer,
        site=site,
        asset=asset,
        category="fault",
        summary="Dead",
        description="",
        impact="individual",
        urgency="low",
        source="api",
        by=None,
        now=NOW,
    )
    record_change(kind="subnet_change", site=site, occurs_at=NOW, details={}, source="api", by=None, now=NOW)
    make_evidence(asset)
    make_service(site, builder.staff(now=NOW, role="technician"))
    return builder.staff(now=NOW, role="manager")


def make_evidence(asset: Asset) -> None:
    at = NOW - timedelta(days=1)
    Reading.objects.create(asset=asset, metric="users", value=5, taken_at=at, source="api", recorded_at=NOW)
    Backup.objects.create(asset=asset, taken_at=at, size_bytes=5, location="//nas/pbx", recorded_at=NOW)
    set_baseline(asset=asset, metric="jitter_ms", value=9.0, reason="Measured", by=None, now=NOW)


def make_service(site: Site, technician: User) -> None:
    visit = builder.visit(site=site, technician=technician, now=NOW)
    record_time(site=site, source=visit.number, minutes=5, by=technician, now=NOW)
    record_part(site=site, source=visit.number, name="Handset", by=technician, now=NOW)
    ahead = {"user": technician, "now": NOW}
    add_shift(starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2), **ahead)
    add_absence(starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=4), **ahead)


@pytest.fixture
def api(db: None, someone: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(someone)
    return client


# -- what there is to try ---------------------------------------------------------------------


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


PATHS = sorted(schema()["paths"])


@cache
def row_of(template: str) -> str:
    """The key of a row of that resource, if the world has one: for its verbs the first, else the last."""
    view = resolve(re.sub(r"\{\w+\}", "1", template)).func
    model = getattr(getattr(view, "cls", None), "queryset_model", None)
    row = model._default_manager.order_by("-pk" if template.endswith("}/") else "pk").first() if model else None
    return str(row.pk) if row else "1"


@cache
def real(template: str) -> str:
    """The address with a row that is there, and a step of it; further names in it stay guesses."""
    if "{" not in template:
        return template
    address = re.sub(r"\{\w+\}", row_of(template), template, count=1)
    if "{key}" in address:
        step = checklist_of(WorkOrder.objects.get(pk=row_of(template)), now=NOW).steps[0]
        address = address.replace("{key}", step.key).replace("{target}", str(step.target_id))
    return re.sub(r"\{\w+\}", "1", address)


def operations(template: str, *methods: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, operation in schema()["paths"][template].items():
        if method in methods:
            yield method, operation


def writes(template: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The writing methods; a PUT only where no PATCH reads the same fields."""
    spared = {"put"} if "patch" in schema()["paths"][template] else set()
    return operations(template, *(method for method in WRITES if method not in spared))


def fields_of(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return properties(content.get("schema", {}))


def properties(part: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object in the schema, with those of the objects inside it."""
    if "$ref" in part:
        part = schema()["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    for wrapped in part.get("allOf", []) + part.get("oneOf", []):
        part = {**part, "properties": {**part.get("properties", {}), **properties(wrapped)}}
    found: dict[str, Any] = part.get("properties", {})
    return found


def inside(part: dict[str, Any], value: Any) -> Any:
    """The hostile value one level down, where the field is an object or a list of them."""
    if part.get("type") == "array":
        return [inside(part.get("items", {}), value)]
    fields = properties(part)
    return {name: inside(inner, value) for name, inner in fields.items()} if fields else value


def base_of(api: APIClient, template: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A body that would be accepted, where the world has such a row."""
    name = template.rstrip("/").rpartition("/")[2]
    if name in BASES:
        return BASES[name]
    row = found_at(api, template)
    given = {name: row[name] for name in fields if name in row}
    return given | {name: f"x{given[name]}" for name in UNIQUE & set(given) if given[name]}


def found_at(api: APIClient, template: str) -> dict[str, Any]:
    """The row that a GET shows there, of a list the first one."""
    answer = api.get(real(template)) if "get" in schema()["paths"][template] else None
    data = answer.json() if answer is not None and answer.status_code == 200 else {}
    found: dict[str, Any] = next(iter(data.get("results", [data])), {}) if isinstance(data, dict) else {}
    return found


def variants(base: Any, turn: int = 0) -> Iterator[Any]:
    """The nested body again and again, each time with another of its parts spoilt; the values take turns."""
    parts = list(base.items() if isinstance(base, dict) else enumerate(base) if isinstance(base, list) else ())
    for index, (name, part) in enumerate(parts):
        yield changed(base, name, SOME_VALUES[(turn + 5 * index) % len(SOME_VALUES)])
        for inner in variants(part, turn + index + 1):
            yield changed(base, name, inner)


def changed(base: Any, name: Any, value: Any) -> Any:
    copy = base.copy()
    copy[name] = value
    return copy


# -- trying it --------------------------------------------------------------------------------


def attempt(api: APIClient, method: str, address: str, **body: Any) -> int:
    """Send it, undo whatever it did, and look at the form of the answer."""
    with transaction.atomic():
        try:
            answer = api.generic(method.upper(), address, **body)
        except Exception as error:
            raise AssertionError(f"{method} {address} {str(body)[:300]}") from error
        transaction.set_rollback(True)
    where = f"{method} {address} {str(body)[:300]} -> {answer.status_code}"
    assert answer.status_code < 500, where
    if answer.status_code >= 400 and method != "head":
        fault = answer.json()
        assert set(fault) == {"type", "errors"}, where
        assert all(set(error) == {"code", "detail", "attr"} for error in fault["errors"]), where
    return answer.status_code


def sent(data: Any) -> dict[str, Any]:
    return {"data": json.dumps(data).encode("utf-8", "surrogatepass"), "content_type": "application/json"}


@pytest.mark.parametrize("body", BODIES)
def test_body_that_cannot_be_read_is_refused(api: APIClient, body: str) -> None:
    data, content_type = BODIES[body]
    for method, address in (("post", "/api/v1/customers/"), ("patch", real("/api/v1/customers/{id}/"))):
        attempt(api, method, address, data=data, content_type=content_type)


@pytest.mark.parametrize("template", PATHS)
def test_route_stands_whatever_is_sent(api: APIClient, template: str) -> None:
    """All of it in one test a route: the world stays as it is, and a failure names what was sent."""
    try_bodies_of_another_kind(api, template)
    try_values_in_all_fields(api, template)
    try_values_in_one_field(api, template)
    try_parameters(api, template)
    try_methods(api, template)
    try_names(api, template)


def try_bodies_of_another_kind(api: APIClient, template: str) -> None:
    for method, _operation in writes(template):
        for data in ([], "x", None, 1, {}, [{}], {"": None}):
            attempt(api, method, real(template), **sent(data))
        for raw in UNREADABLE:
            assert attempt(api, method, real(template), data=raw, content_type="application/json") >= 400


def try_values_in_all_fields(api: APIClient, template: str) -> None:
    """Each field has each value once; the fields of one body have different ones."""
    for method, operation in writes(template):
        fields = fields_of(operation)
        for turn in range(len(VALUES) if fields else 0):
            values = {name: VALUES[(turn + index) % len(VALUES)] for index, name in enumerate(fields)}
            deeper = {name: inside(part, values[name]) for name, part in fields.items()}
            for data in [values] if deeper == values else [values, deeper]:
                attempt(api, method, real(template), **sent(data))


def try_values_in_one_field(api: APIClient, template: str) -> None:
    """The others are right or left out, so that what looks at several fields has its turn too."""
    for method, operation in writes(template):
        fields = fields_of(operation)
        base = base_of(api, template, fields)
        others = {} if method == "patch" else base
        for index, (name, part) in enumerate(fields.items() if len(fields) > 1 else ()):
            for value in spoilt(template, method, part, base.get(name), index):
                attempt(api, method, real(template), **sent({**others, name: value}))


def spoilt(template: str, method: str, part: dict[str, Any], held: Any, index: int) -> Iterator[Any]:
    """The values for a field that holds this: all and inside of it where it is nested, else some in turn.

    Few where a PATCH of the row has the same field.
    """
    if method == "post" and "patch" in schema()["paths"].get(f"{template}{{id}}/", {}):
        yield from in_turn(index, 3)
    elif part.get("type") not in ("array", "object") and not properties(part):
        yield from in_turn(index, 7)
    else:
        yield from SOME_VALUES
        yield from (inside(part, value) for value in SOME_VALUES)
        yield from variants(held, index)


def in_turn(index: int, many: int) -> list[Any]:
    return [SOME_VALUES[(index * 5 + step) % len(SOME_VALUES)] for step in range(many)]


def try_parameters(api: APIClient, template: str) -> None:
    for method, operation in operations(template, "get"):
        found = {given["name"]: given["schema"] for given in operation.get("parameters", []) if given["in"] == "query"}
        base = QUERIES.get(template.rstrip("/").rpartition("/")[2], {})
        for name, kind in found.items():
            free = base or (kind.get("type") == "string" and not {"format", "enum"} & set(kind))
            for text in [*TEXTS, *FAULTY_TEXTS] if free else TEXTS:
                attempt(api, method, f"{real(template)}?{urlencode({**base, name: text})}")
        for text in [*FAULTY_TEXTS, "1"] if found else ():
            attempt(api, method, f"{real(template)}?{urlencode(dict.fromkeys(found, text))}")


def try_methods(api: APIClient, template: str) -> None:
    known = {*schema()["paths"][template], "head"}
    is_there = getattr(resolve(real(template)).func, "cls", None) is not NothingHere
    for method in METHODS:
        status = attempt(api, method, real(template), data=b"{}", content_type="application/json")
        assert status == 405 or method in known or not is_there, method


def try_names(api: APIClient, template: str) -> None:
    methods = list(schema()["paths"][template])
    for index, name in enumerate(NAMES if "{" in template else ()):
        address = re.sub(r"\{\w+\}", name, template)
        attempt(api, methods[index % len(methods)], address, data=b"{}", content_type="application/json")


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "é", "a\x00b", "k"])
def test_keys_of_repeats_may_be_anything(api: APIClient, key: str) -> None:
    for address in ("/api/v1/customers/", f"/api/v1/contracts/{'9' * 300}/activate/"):
        attempt(api, "post", address, data=b"{}", content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)


@pytest.mark.parametrize("address", ["nothing/", "customers/1/nothing/", "customers//", "%00/", "nothing", "schema/x/"])
def test_unknown_address_is_not_found_in_the_standard_form(api: APIClient, address: str) -> None:
    for method in METHODS:
        attempt(api, method, f"/api/v1/{address}")
    assert api.get(f"/api/v1/{address}", follow=True).status_code == 404
    assert api.post(f"/api/v1/{address}").status_code == 404


def test_missing_slash_is_mended_where_that_is_safe(api: APIClient) -> None:
    answer = api.get("/api/v1/customers?ordering=name")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/customers/?ordering=name")
    assert api.post("/api/v1/customers", {"name": "New"}).status_code == 404


def test_body_that_is_too_large_is_413(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api.post("/api/v1/customers/", {"name": "x" * 1000})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_large")


def test_wrong_content_type_is_415_and_no_json_400(api: APIClient) -> None:
    assert api.post("/api/v1/customers/", b"name=x", content_type="text/plain").status_code == 415
    assert api.post("/api/v1/customers/", b"{", content_type="application/json").status_code == 400


def test_character_nul_is_refused_at_its_field(api: APIClient) -> None:
    answer = api.post("/api/v1/products/", {"slug": "x", "components": [{"name": "a\x00b"}]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "components.0.name"
