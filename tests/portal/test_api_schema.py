"""The schema says all, without a warning, and its page shows it."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from portal.accounts.models import User

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_schema_is_valid_and_warns_of_nothing() -> None:
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert yaml.safe_load(out.getvalue())["openapi"].startswith("3.")


def test_every_post_takes_an_idempotency_key(operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        headers = {given["name"] for given in operation.get("parameters", []) if given["in"] == "header"}
        assert headers == ({"Idempotency-Key"} if name.startswith("post ") else set()), name


def test_every_operation_is_described_with_its_errors(operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        assert {"400", "401", "403", "429"} <= set(operation["responses"]), name
        assert "{" not in name or "404" in operation["responses"], name


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("get /api/v1/calendars/{id}/deadline/", {"start", "minutes", "business_days"}),
        ("get /api/v1/calendars/{id}/working-time/", {"start", "end"}),
        ("get /api/v1/assets/{id}/coverage/", {"work", "on"}),
        ("get /api/v1/severity/", {"impact", "affected", "urgency"}),
    ],
)
def test_calculator_names_its_parameters_and_answer(
    operations: dict[str, Any], name: str, parameters: set[str]
) -> None:
    operation = operations[name]
    assert {given["name"] for given in operation["parameters"] if given["in"] == "query"} == parameters
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]


def test_no_route_deletes(operations: dict[str, Any]) -> None:
    assert not [name for name in operations if name.startswith("delete ")]


@pytest.mark.django_db
def test_schema_is_for_who_is_signed_in(customer: User, api_as: Callable[[User], APIClient]) -> None:
    assert APIClient().get("/api/v1/schema/").status_code == 401
    answer = api_as(customer).get("/api/v1/schema/")
    assert answer.status_code == 200
    assert "/api/v1/contracts/{id}/amend/" in yaml.safe_load(answer.content)["paths"]


@pytest.mark.django_db
def test_page_of_the_schema_has_no_inline_script(customer: User, sign_in: Callable[[User], Client]) -> None:
    answer = sign_in(customer).get("/api/v1/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>" not in page
    assert "style=" not in page
    script = sign_in(customer).get("/api/v1/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")


@pytest.mark.django_db
def test_page_of_the_schema_leads_strangers_to_the_sign_in() -> None:
    answer = Client().get("/api/v1/docs/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/")
