"""The fixed cast, and the world that most tests start from."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from contracts.models import Customer
from portal.accounts.models import Organisation, User
from portal.demo import builder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, far from any change of the clocks


@pytest.fixture(autouse=True)
def organisation(request: pytest.FixtureRequest) -> Organisation | None:
    """The VAR, wherever a test uses the database: without it every page leads to the welcome page."""
    if not {"db", "transactional_db"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        return None
    request.getfixturevalue("transactional_db" if _transactional(request) else "db")
    return builder.organisation(now=NOW)


def _transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    wanted = bool(marker and marker.kwargs.get("transaction"))
    return wanted or bool({"transactional_db", "live_server"} & set(request.fixturenames))


@pytest.fixture(autouse=True)
def quick_settings(settings: LazySettings) -> None:
    """What is slow by design, or done once per process, tests would do a thousand times."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # looks a static file up when asked, instead of all for each Client


@pytest.fixture(autouse=True)
def own_cache(settings: LazySettings) -> None:
    """A database of Redis for each of pytest's workers: a test that clears the cache clears nobody else's counts."""
    if settings.REDIS_URL and "PYTEST_XDIST_WORKER" in os.environ:
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) % 8
        location = urlsplit(settings.REDIS_URL)._replace(path=f"/{8 + number}").geturl()
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": location}}


@pytest.fixture(autouse=True)
def unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ask faster than people; keys are used again from test to test, and the counts would add up."""
    monkeypatch.setitem(UserRateThrottle.THROTTLE_RATES, "user", None)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def manager(db: None) -> User:
    return builder.staff(now=NOW, role="manager", email="manager@var.example", name="Mona Manager")


@pytest.fixture
def dispatcher(db: None) -> User:
    return builder.staff(now=NOW, role="dispatcher", email="dispatcher@var.example", name="Dirk Dispatcher")


@pytest.fixture
def technician(db: None) -> User:
    return builder.staff(now=NOW, role="technician", email="technician@var.example", name="Tara Technician")


@pytest.fixture
def customer_a(db: None) -> Customer:
    return builder.customer(now=NOW, name="Alder Dental")


@pytest.fixture
def customer_b(db: None) -> Customer:
    return builder.customer(now=NOW, name="Birch Logistics")


@pytest.fixture
def customer(customer_a: Customer) -> User:
    """A person of customer A: its owner."""
    return builder.member(now=NOW, customer=customer_a, email="customer@alder.example", name="Carla Customer")


@pytest.fixture
def outsider(customer_b: Customer) -> User:
    """A person of customer B, who has no business with customer A."""
    return builder.member(now=NOW, customer=customer_b, email="outsider@birch.example", name="Otto Outsider")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def api_as() -> Callable[[User], APIClient]:
    def signed_in(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return signed_in
