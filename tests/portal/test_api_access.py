"""Who gets in: keys, sessions, limits; and who sees which resource."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from contracts.models import Customer
from portal.accounts.authentication import hash_key
from portal.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db
KEY = "k" * 40


@pytest.fixture
def token(manager: User, now: datetime) -> ApiToken:
    return ApiToken.objects.create(user=manager, name="Sync", prefix=KEY[:8], key_sha256=hash_key(KEY), created_at=now)


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def fault(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["type"], body["errors"][0]["code"]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_stranger_is_asked_for_a_key(method: str) -> None:
    for address in ("/api/v1/", "/api/v1/customers/", "/api/v1/schema/", "/api/v1/nothing/"):
        answer = APIClient().generic(method.upper(), address)
        assert fault(answer) == (401, "client_error", "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token wrong", "Token \xe9", "token " + "x" * 5000])
def test_wrong_key_is_refused(token: ApiToken, header: str) -> None:
    answer = APIClient().get("/api/v1/customers/", HTTP_AUTHORIZATION=header)
    assert fault(answer) == (401, "client_error", "authentication_failed")


def test_key_signs_in_until_it_is_revoked(token: ApiToken, now: datetime) -> None:
    assert with_key(KEY).get("/api/v1/customers/").status_code == 200
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    assert with_key(KEY).get("/api/v1/customers/").status_code == 401


def test_key_of_somebody_who_left_is_refused(token: ApiToken, manager: User) -> None:
    manager.is_active = False
    manager.save(update_fields=["is_active"])
    assert with_key(KEY).get("/api/v1/customers/").status_code == 401


def test_read_only_key_stores_nothing(token: ApiToken, customer_a: Customer) -> None:
    token.read_only = True
    token.save(update_fields=["read_only"])
    api = with_key(KEY)
    assert api.get("/api/v1/customers/").status_code == 200
    assert fault(api.post("/api/v1/customers/", {"name": "New"})) == (403, "client_error", "permission_denied")
    assert api.patch(f"/api/v1/customers/{customer_a.pk}/", {"name": "New"}).status_code == 403
    assert not Customer.objects.filter(name="New").exists()


def test_session_needs_the_csrf_token_to_write(manager: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/v1/customers/").status_code == 200
    sent = {"data": {"name": "New"}, "content_type": "application/json"}
    assert fault(client.post("/api/v1/customers/", **sent)) == (403, "client_error", "permission_denied")
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert client.post("/api/v1/customers/", **sent, headers={"X-CSRFToken": token}).status_code == 201


def test_key_needs_no_csrf_token(token: ApiToken) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = {"data": {"name": "New"}, "content_type": "application/json"}
    answer = client.post("/api/v1/customers/", **sent, headers={"Authorization": f"Token {KEY}"})
    assert answer.status_code == 201


def test_too_many_requests_are_told_when_to_come_back(
    manager: User, api_as: Callable[[User], APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(UserRateThrottle.THROTTLE_RATES, "user", "2/hour")
    monkeypatch.setattr(UserRateThrottle, "scope", "user")
    monkeypatch.setattr(UserRateThrottle, "cache_format", f"test-{manager.email}-%(scope)s-%(ident)s")
    api = api_as(manager)
    answers = [api.get("/api/v1/customers/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert fault(answers[2]) == (429, "client_error", "throttled")
    assert int(answers[2].headers["Retry-After"]) > 0
