"""What the pages of plans say in words."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.demo import builder

SignIn = Callable[[User], Client]


def test_plan_shows_amounts_grouped_in_the_currency_of_contracts(now: datetime, manager: User, sign_in: SignIn) -> None:
    version = builder.plan(now=now)
    version.coverage.create(work_kind="parts", decision="up_to", amount=Decimal("1500"), clause="Some parts.")
    shown = sign_in(manager).get(reverse("contracts:plan_detail", args=[version.plan_id])).content.decode()
    assert "Up to 1,500.00 in the contract&#x27;s currency" in shown
