"""Nothing that anybody can send makes the API fail: every route, method, field and parameter is tried."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from contracts.models import Contact, Release, Vendor
from portal.accounts.models import User
from portal.demo import builder
from portal.web.api import NothingHere
from schedules.actions import load_programme, record_change
from tickets.actions import open_ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WRITES = ("post", "put", "patch")
METHODS = ("get", *WRITES, "delete", "options", "head", "trace", "brew")

VALUES: list[Any] = [
    None,
    True,
    -1,
    2**63,
    10**400,
    1.5,
    "",
    "x" * 10_000,
    "99999999999999999999",
    "a\x00b",
    "\ud800",
    "١",
    "NaN",
    "9999-99-99",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "2026-03-02T09:00:00 01:00",
    [],
    [None],
    [{}],
    {},
    {"": None},
]
SOME_VALUES: list[Any] = [None, 2**63, 1.5, "", "x" * 300, "99999999999999999999", "NaN", "9999-12-31", [None], {}]
TEXTS = ["", "-1", "1", "99999999999999999999", "a\x00b", "x" * 5000, "1e400", "9999-12-31T23:59:59-14:00"]
TEXTS += ["2026-03-02T09:00:00 01:00"]
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "no JSON": (b"{", "application/json"),
    "trailing": (b"{} {}", "application/json"),
    "list": (b"[]", "application/json"),
    "text": (b'"x"', "application/json"),
    "null": (b"null", "application/json"),
    "number": (b"1", "application/json"),
    "NaN": (b'{"name": NaN}', "application/json"),
    "overflow": (b'{"name": 1e999}', "application/json"),
    "digits": (b'{"name": ' + b"9" * 5000 + b"}", "application/json"),
    "deep": (b'{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json"),
    "deepish": (b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}", "application/json"),
    "twice": (b'{"name": "a", "name": "b"}', "application/json"),
    "latin-1": (b'{"name": "\xe9"}', "application/json"),
    "NUL": (b'{"name": "\\u0000"}', "application/json"),
    "NUL name": (b'{"a\\u0000": 1}', "application/json"),
    "BOM": (b"\xef\xbb\xbf{}", "application/json"),
    "form": (b"name=x", "application/x-www-form-urlencoded"),
    "parts": (b"--x--", "multipart/form-data; boundary=x"),
    "no type": (b"{}", ""),
    "strange type": (b"{}", "text/\xc3"),
    "charset": (b"{}", "application/json; charset=no-such"),
}
NAMES = ["0", "-1", "99999999999999999999", "x", "%00", "1.5", "CT-", "CT-1x", "%D9%A1", "..%2f", "1%20", "'"]


@pytest.fixture(scope="module", autouse=True)
def someone(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """The manager, in a world with one row of everything; each test starts from it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


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
    builder.contract(
        customer=customer,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=NOW,
    )
    open_ticket(
        customer=customer,
        site=site,
        asset=asset,
        category="faults",
        summary="Dead",
        description="",
        impact="individual",
        urgency="low",
        source="api",
        by=None,
        now=NOW,
    )
    record_change(kind="subnet_change", site=site, occurs_at=NOW, details={}, source="api", by=None, now=NOW)
    return builder.staff(now=NOW, role="manager")


@pytest.fixture
def api(db: None, someone: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(someone)
    return client


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


PATHS = sorted(schema()["paths"])


def row_of(template: str) -> str:
    """The key of a row of that resource, if the world has one."""
    view = resolve(re.sub(r"\{\w+\}", "1", template)).func
    model = getattr(getattr(view, "cls", None), "queryset_model", None)
    row = model._default_manager.order_by("pk").first() if model else None
    return str(row.pk) if row else "1"


def real(template: str) -> str:
    """The address with a row that is there; further names in it stay guesses."""
    if "{" not in template:
        return template
    return re.sub(r"\{\w+\}", "1", re.sub(r"\{\w+\}", row_of(template), template, count=1))


def attempt(api: APIClient, method: str, address: str, **body: Any) -> None:
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


def sent(data: Any) -> dict[str, Any]:
    return {"data": json.dumps(data).encode("utf-8", "surrogatepass"), "content_type": "application/json"}


def operations(template: str, *methods: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, operation in schema()["paths"][template].items():
        if method in methods:
            yield method, operation


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


@pytest.mark.parametrize("body", BODIES)
def test_body_that_cannot_be_read_is_refused(api: APIClient, body: str) -> None:
    data, content_type = BODIES[body]
    for method, address in (("post", "/api/v1/customers/"), ("patch", real("/api/v1/customers/{id}/"))):
        attempt(api, method, address, data=data, content_type=content_type)


@pytest.mark.parametrize("template", PATHS)
def test_route_stands_a_body_of_another_kind(api: APIClient, template: str) -> None:
    for method, _operation in operations(template, *WRITES):
        for data in ([], "x", None, 1, {}, [[]], {"": None}):
            attempt(api, method, real(template), **sent(data))


@pytest.mark.parametrize("template", PATHS)
def test_route_stands_every_value_in_every_field(api: APIClient, template: str) -> None:
    for method, operation in operations(template, *WRITES):
        fields = fields_of(operation)
        for value in VALUES if fields else ():
            outside = dict.fromkeys(fields, value)
            deeper = {name: inside(part, value) for name, part in fields.items()}
            for data in [outside] if deeper == outside else [outside, deeper]:
                attempt(api, method, real(template), **sent(data))


@pytest.mark.parametrize("template", [path for path in PATHS if "patch" in schema()["paths"][path]])
def test_row_stands_every_value_in_one_field(api: APIClient, template: str) -> None:
    for method, operation in operations(template, "patch"):
        for name, part in fields_of(operation).items():
            for value in SOME_VALUES:
                attempt(api, method, real(template), **sent({name: inside(part, value)}))


@pytest.mark.parametrize("template", PATHS)
def test_route_stands_every_parameter(api: APIClient, template: str) -> None:
    for method, operation in operations(template, "get"):
        names = [given["name"] for given in operation.get("parameters", []) if given["in"] == "query"]
        for name in names:
            for text in TEXTS:
                attempt(api, method, f"{real(template)}?{urlencode({name: text})}")
        attempt(api, method, f"{real(template)}?{urlencode(dict.fromkeys(names, '1'))}")


@pytest.mark.parametrize("template", PATHS)
def test_route_stands_every_method(api: APIClient, template: str) -> None:
    known = {*schema()["paths"][template], "head"}
    is_there = getattr(resolve(real(template)).func, "cls", None) is not NothingHere
    for method in METHODS:
        attempt(api, method, real(template), data=b"{}", content_type="application/json")
        if is_there and method not in known:
            assert api.generic(method.upper(), real(template)).status_code == 405, method


@pytest.mark.parametrize("template", [path for path in PATHS if "{" in path])
def test_route_stands_every_name(api: APIClient, template: str) -> None:
    for name in NAMES:
        for method in schema()["paths"][template]:
            address = re.sub(r"\{\w+\}", name, template)
            attempt(api, method, address, data=b"{}", content_type="application/json")


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
