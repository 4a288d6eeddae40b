"""Every page of the register: who gets it, who does not, and by which method."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import Contact, Customer, Membership, Release
from contracts.urls import urlpatterns
from portal.accounts.models import User
from portal.demo import builder

SignIn = Callable[[User], Client]

# Page -> the arguments of its address, taken from the world below.
FORMS = {
    "customer_create": (),
    "customer_edit": ("customer",),
    "member_invite": ("customer",),
    "site_create": (),
    "site_edit": ("site",),
    "contact_create": (),
    "contact_edit": ("contact",),
    "asset_create": (),
    "asset_edit": ("asset",),
    "product_create": (),
    "product_edit": ("product",),
    "release_create": ("product",),
    "release_edit": ("release",),
    "calendar_create": (),
    "calendar_edit": ("calendar",),
    "sla_policy_create": (),
    "sla_policy_edit": ("policy",),
    "plan_create": (),
    "plan_edit": ("plan",),
    "contract_create": (),
    "contract_edit": ("contract",),
    "contract_activate": ("contract",),
    "contract_cover": ("contract",),
    "contract_uncover": ("contract", "cover"),
    "contract_add_terms": ("contract",),
    "contract_renew": ("contract",),
    "contract_amend": ("contract",),
    "contract_suspend": ("contract",),
    "contract_resume": ("contract",),
    "contract_terminate": ("contract",),
}
READS = {
    "customer_list": (),
    "customer_detail": ("customer",),
    "site_list": (),
    "site_detail": ("site",),
    "contact_list": (),
    "asset_list": (),
    "asset_detail": ("asset",),
    "product_list": (),
    "product_detail": ("product",),
    "calendar_list": (),
    "calendar_detail": ("calendar",),
    "sla_policy_list": (),
    "sla_policy_detail": ("policy",),
    "plan_list": (),
    "plan_detail": ("plan",),
    "contract_list": (),
    "contract_detail": ("contract",),
}
BUTTONS = {
    "customer_archive": ("customer",),
    "customer_restore": ("customer",),
    "member_change_role": ("member",),
    "member_remove": ("member",),
    "site_archive": ("site",),
    "site_restore": ("site",),
    "contact_archive": ("contact",),
    "contact_restore": ("contact",),
    "asset_set_capacity": ("asset",),
    "asset_archive": ("asset",),
    "asset_restore": ("asset",),
    "product_archive": ("product",),
    "product_restore": ("product",),
    "calendar_archive": ("calendar",),
    "calendar_restore": ("calendar",),
    "sla_policy_archive": ("policy",),
    "sla_policy_restore": ("policy",),
    "plan_archive": ("plan",),
    "plan_restore": ("plan",),
    "contract_remove_terms": ("contract", "terms"),
}
# What a customer's owner reads of its own.
OWNERS_READS = {
    "customer_list",
    "customer_detail",
    "site_list",
    "site_detail",
    "contact_list",
    "asset_list",
    "asset_detail",
    "contract_list",
    "contract_detail",
}
# What a customer's owner may change.
OWNERS_FORMS = {"member_invite", "contact_create", "contact_edit"}
# Forms about rows that only the VAR sees at all: not there for anybody else.
VAR_ROWS = {"product", "release", "calendar", "policy", "plan"}
# What a technician may change.
TECHNICIANS_FORMS = {"asset_edit"}
DISPATCHERS_FORMS = {
    "customer_create",
    "customer_edit",
    "member_invite",
    "site_create",
    "site_edit",
    "contact_create",
    "contact_edit",
    "asset_create",
    "asset_edit",
}


@pytest.fixture
def world(customer_a: Customer, customer: User, now: datetime) -> dict[str, Any]:
    """One row of everything, of customer A."""
    calendar = builder.calendar(now=now, holidays=["2026-12-25"], is_default=True)
    site = builder.site(customer=customer_a, calendar=calendar)
    product = builder.product()
    release = Release.objects.create(product=product, version="1.0")
    asset = builder.asset(site=site, product=product, installed_release=release)
    plan = builder.plan(now=now, procedures=[{"procedure_slug": "event-logs", "frequency": "monthly"}])
    contract = builder.contract(
        customer=customer_a,
        plan_version=plan,
        calendar_version=calendar,
        assets=[asset],
        from_on=date(2026, 1, 1),
        until_on=date(2026, 12, 31),
        now=now,
    )
    return {
        "customer": customer_a.pk,
        "member": Membership.objects.get(user=customer).pk,
        "site": site.pk,
        "contact": Contact.objects.create(customer=customer_a, site=site, name="Cora Contact").pk,
        "asset": asset.pk,
        "product": product.pk,
        "release": release.pk,
        "calendar": calendar.calendar_id,
        "policy": plan.policy_version.policy_id,
        "plan": plan.plan_id,
        "contract": contract.number,
        "cover": contract.covered_assets.get().pk,
        "terms": contract.terms.get().pk,
    }


def address(name: str, world: dict[str, Any]) -> str:
    arguments = {**FORMS, **READS, **BUTTONS}[name]
    return reverse(f"contracts:{name}", args=[world[argument] for argument in arguments])


def test_every_page_has_a_case() -> None:
    assert {pattern.name for pattern in urlpatterns} == {*FORMS, *READS, *BUTTONS}


@pytest.mark.parametrize("name", [*READS, *FORMS])
def test_page_is_shown_to_a_manager_in_15_queries(
    name: str, world: dict[str, Any], manager: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(manager)
    with django_assert_max_num_queries(15):
        response = client.get(address(name, world))
    assert response.status_code == 200
    assert b"<h1" in response.content


def test_pages_send_strangers_to_the_sign_in(world: dict[str, Any]) -> None:
    for name in [*READS, *FORMS]:
        response = Client().get(address(name, world))
        assert (response.status_code, "login" in response["Location"]) == (302, True)


@pytest.mark.parametrize("name", [name for name, arguments in {**READS, **FORMS}.items() if arguments])
def test_page_is_not_there_for_an_outsider(name: str, world: dict[str, Any], outsider: User, sign_in: SignIn) -> None:
    assert sign_in(outsider).get(address(name, world)).status_code == 404


@pytest.mark.parametrize("name", BUTTONS)
def test_button_is_not_there_for_an_outsider(name: str, world: dict[str, Any], outsider: User, sign_in: SignIn) -> None:
    assert sign_in(outsider).post(address(name, world)).status_code == 404


@pytest.mark.parametrize("name", [*READS, *FORMS])
def test_page_for_an_owner(name: str, world: dict[str, Any], customer: User, sign_in: SignIn) -> None:
    """The customer's owner reads its own register, edits contacts and invites; the rest is not allowed or not there."""
    arguments = {**FORMS, **READS}[name]
    hidden = bool(VAR_ROWS & set(arguments))
    expected = 200 if name in OWNERS_READS | OWNERS_FORMS else 404 if hidden else 403
    assert sign_in(customer).get(address(name, world)).status_code == expected


@pytest.mark.parametrize("name", FORMS)
def test_form_for_a_dispatcher(name: str, world: dict[str, Any], dispatcher: User, sign_in: SignIn) -> None:
    expected = 200 if name in DISPATCHERS_FORMS else 403
    assert sign_in(dispatcher).get(address(name, world)).status_code == expected


@pytest.mark.parametrize("name", FORMS)
def test_form_for_a_technician(name: str, world: dict[str, Any], technician: User, sign_in: SignIn) -> None:
    expected = 200 if name in TECHNICIANS_FORMS else 403
    assert sign_in(technician).get(address(name, world)).status_code == expected


@pytest.mark.parametrize("name", READS)
def test_page_for_a_technician(name: str, world: dict[str, Any], technician: User, sign_in: SignIn) -> None:
    assert sign_in(technician).get(address(name, world)).status_code == 200


@pytest.mark.parametrize("name", [name for name in BUTTONS if name != "asset_set_capacity"])
def test_button_is_not_allowed_to_a_technician(
    name: str, world: dict[str, Any], technician: User, sign_in: SignIn
) -> None:
    assert sign_in(technician).post(address(name, world)).status_code == 403


@pytest.mark.parametrize("name", READS)
def test_page_refuses_a_post(name: str, world: dict[str, Any], manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).post(address(name, world)).status_code == 405


@pytest.mark.parametrize("name", FORMS)
def test_form_refuses_a_delete(name: str, world: dict[str, Any], manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).delete(address(name, world)).status_code == 405


@pytest.mark.parametrize("name", BUTTONS)
def test_button_refuses_a_get(name: str, world: dict[str, Any], manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).get(address(name, world)).status_code == 405


@pytest.mark.parametrize(
    ("name", "arguments"), [("customer_detail", [10**17]), ("contract_detail", ["CT-999"]), ("site_detail", [10**30])]
)
def test_page_of_a_row_that_does_not_exist(name: str, arguments: list[Any], manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).get(reverse(f"contracts:{name}", args=arguments)).status_code == 404
