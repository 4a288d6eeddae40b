"""The managers' editor as a whole: what it lists, and who comes in."""

from collections.abc import Callable

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from portal.accounts.models import Organisation, User

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def test_editor_lists_what_managers_edit_and_nothing_of_packages(manager: User, sign_in: SignIn) -> None:
    apps = sign_in(manager).get("/admin/").context["app_list"]

    assert {model["object_name"] for app in apps for model in app["models"]} == {
        "BusinessCalendar",
        "CalendarVersion",
        "Plan",
        "PlanVersion",
        "Procedure",
        "ProcedureVersion",
        "Product",
        "ReactiveRule",
        "SlaPolicy",
        "SlaPolicyVersion",
        "Vendor",
    }


def test_editor_speaks_of_things_as_the_pages_do(manager: User, sign_in: SignIn) -> None:
    apps = sign_in(manager).get("/admin/").context["app_list"]

    assert {app["name"]: [str(model["name"]) for model in app["models"]] for app in apps} == {
        "Catalogue and terms": [
            "Calendars",
            "Plans",
            "Products",
            "SLA policies",
            "Vendors",
            "Versions of SLA policies",
            "Versions of calendars",
            "Versions of plans",
        ],
        "Programme": ["Procedures", "Rules for changes", "Versions of procedures"],
    }


def test_editor_bears_the_portals_name_and_icon(manager: User, sign_in: SignIn) -> None:
    organisation = Organisation.objects.get()

    page = sign_in(manager).get("/admin/").content.decode()

    assert f"<title>Programme editor · {organisation.name}</title>" in page
    assert "Django" not in page
    assert 'rel="icon" href="/static/favicon.svg"' in page
    assert finders.find("favicon.svg")


def test_editor_leads_strangers_to_the_portals_sign_in(client: Client) -> None:
    answer = client.get("/admin/contracts/plan/", follow=True)

    assert answer.redirect_chain[-1] == ("/accounts/login/?next=/admin/contracts/plan/", 302)
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).headers["Location"] == (
        "/accounts/login/?next=/admin/"
    )


def test_editor_refuses_who_is_no_manager(technician: User, sign_in: SignIn) -> None:
    assert sign_in(technician).get("/admin/", follow=True).status_code == 403


def test_editor_lets_a_manager_past_its_own_sign_in(manager: User, sign_in: SignIn) -> None:
    assert sign_in(manager).get("/admin/login/", follow=True).redirect_chain[-1] == ("/admin/", 302)
