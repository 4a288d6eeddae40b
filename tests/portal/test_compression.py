"""What travels compressed."""

import gzip

import pytest
from django.test import Client

from contracts.models import Customer
from portal.accounts.models import User

pytestmark = pytest.mark.django_db


def test_page_is_compressed_for_a_browser_that_can(client: Client) -> None:
    plain = client.get("/accounts/login/")
    packed = client.get("/accounts/login/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 2


def test_answer_of_the_api_is_not_compressed(client: Client, manager: User, customer_a: Customer) -> None:
    client.force_login(manager)
    answer = client.get("/api/v1/customers/", headers={"accept-encoding": "gzip"})
    assert len(answer.content) > 200  # what is shorter is never compressed
    assert "Content-Encoding" not in answer.headers
