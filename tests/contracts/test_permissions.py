"""Every verb by every role, against the table; another customer's person never."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from contracts import permissions
from contracts.models import Asset, Contact, Contract, Customer
from contracts.permissions import ALLOWED
from portal.accounts.models import User
from portal.demo import builder

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STAFF = ("manager", "dispatcher", "technician")
OF_CUSTOMER = ("owner", "contact", "viewer")

SEEN = "see_register"  # no question: `visible_to` answers it

OWN = "person"  # about whoever asks
# What each question is asked about; "" = about nothing in particular.
OBJECT = {
    "see_register": "asset",
    "see_notes": "",
    "see_configuration": "",
    "configure": "",
    "manage_contract": "contract",
    "add_customer": "",
    "edit_customer": "customer",
    "edit_site": "site",
    "edit_contact": "contact",
    "add_asset": "site",
    "edit_asset": "asset",
    "archive_register": "site",
    "manage_members": "customer",
    "manage_guest_links": "customer",
    "see_duty": "",
    "plan_duty": "",
    "record_absence": OWN,
}


@pytest.fixture
def rows(customer_a: Customer) -> dict[str, Model]:
    site = builder.site(customer=customer_a, calendar=builder.calendar(now=NOW))
    return {
        "customer": customer_a,
        "site": site,
        "asset": builder.asset(site=site, product=builder.product()),
        "contact": Contact.objects.create(customer=customer_a, name="Reception"),
        "contract": Contract.objects.create(customer=customer_a, name="Draft", created_at=NOW),
    }


def ask(verb: str, user: Any, rows: dict[str, Model]) -> bool:
    if verb == SEEN:
        return Asset.objects.visible_to(user).filter(pk=rows["asset"].pk).exists()
    question: Callable[..., bool] = getattr(permissions, f"can_{verb}")
    about = OBJECT[verb]
    return question(user, user if about == OWN else rows[about]) if about else question(user)


def test_every_verb_is_asked_about() -> None:
    questions = {name.removeprefix("can_") for name in vars(permissions) if name.startswith("can_")}
    assert questions | {SEEN} == set(ALLOWED) == set(OBJECT)


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("verb", ALLOWED)
def test_people_of_the_var(verb: str, role: str, rows: dict[str, Model]) -> None:
    assert ask(verb, builder.staff(now=NOW, role=role), rows) == (role in ALLOWED[verb])


@pytest.mark.parametrize("role", OF_CUSTOMER)
@pytest.mark.parametrize("verb", ALLOWED)
def test_people_of_the_customer(verb: str, role: str, rows: dict[str, Model], customer_a: Customer) -> None:
    person = builder.member(now=NOW, customer=customer_a, role=role)
    assert ask(verb, person, rows) == (role in ALLOWED[verb])


@pytest.mark.parametrize("verb", ALLOWED)
def test_nobody_else(verb: str, rows: dict[str, Model], outsider: User, manager: User) -> None:
    assert not ask(verb, outsider, rows)
    assert not ask(verb, AnonymousUser(), rows)
    manager.is_active = False
    assert not ask(verb, manager, rows)


@pytest.mark.parametrize(
    ("verb", "roles"),
    [
        ("configure", {"manager"}),
        ("manage_contract", {"manager"}),
        ("edit_customer", {"manager", "dispatcher"}),
        ("edit_asset", {"manager", "dispatcher", "technician"}),
        ("manage_members", {"manager", "dispatcher", "owner"}),
        ("edit_contact", {"manager", "dispatcher", "owner"}),
    ],
)
def test_table_says_what_was_decided(verb: str, roles: set[str]) -> None:
    assert ALLOWED[verb] == roles
