import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from contracts.models import Product
from portal.accounts.models import Organisation, User
from portal.dashboards.welcome import set_up
from portal.web.errors import Conflict
from schedules.models import Procedure

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANSWERS = {
    "organisation": "Southline",
    "timezone": "Europe/Amsterdam",
    "language": "nl",
    "name": "Mona",
    "email": "Mona@Southline.example",
    "password": "correct horse battery",
}
needs_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite lives in memory and has one connection"
)


@pytest.fixture
def nothing(organisation: Organisation) -> None:
    organisation.delete()


@pytest.mark.usefixtures("db", "nothing")
@pytest.mark.parametrize("path", ["/", "/team/", "/accounts/login/", "/admin/", "/no/such/page/"])
def test_every_page_of_an_empty_portal_leads_to_the_welcome_page(path: str) -> None:
    assert Client().get(path)["Location"] == "/welcome/"


@pytest.mark.usefixtures("db", "nothing")
def test_api_and_probes_of_an_empty_portal_answer_for_themselves() -> None:
    assert Client().get("/api/v1/severity/").status_code == 401
    assert Client().get("/healthz").status_code == 200


@pytest.mark.usefixtures("db", "nothing")
def test_welcome_sets_up_with_programme_and_catalogue_and_signs_in() -> None:
    client = Client()
    assert "Set up your portal" in client.get("/welcome/").content.decode()
    answer = client.post("/welcome/", ANSWERS | {"with_programme": "on", "with_catalogue": "on"})
    assert answer["Location"] == "/"
    manager = User.objects.get()
    assert (manager.email, manager.is_manager, manager.timezone) == (
        "mona@southline.example",
        True,
        "Europe/Amsterdam",
    )
    assert (Organisation.objects.get().pk, Organisation.objects.get().name) == (1, "Southline")
    assert Procedure.objects.exists()
    assert Product.objects.exists()
    assert "Mona" in client.get("/account/").content.decode()


@pytest.mark.usefixtures("db", "nothing")
def test_welcome_loads_only_what_is_ticked() -> None:
    Client().post("/welcome/", ANSWERS)
    assert not Procedure.objects.exists()
    assert not Product.objects.exists()


@pytest.mark.usefixtures("db", "nothing")
def test_welcome_with_bad_input_names_the_fields_and_sets_up_nothing() -> None:
    answer = Client().post("/welcome/", ANSWERS | {"email": "mona", "password": "12345", "timezone": "Mars/Olympus"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Southline" in text
    assert all(f'id="error_{number}_id_{name}"' in text for number, name in [(1, "email"), (1, "timezone")])
    assert "too short" in text
    assert not Organisation.objects.exists()
    assert not User.objects.exists()


@pytest.mark.usefixtures("db")
def test_welcome_is_closed_once_an_organisation_exists() -> None:
    assert Client().get("/welcome/")["Location"] == "/accounts/login/"
    assert Client().post("/welcome/", ANSWERS)["Location"] == "/accounts/login/"
    assert not User.objects.exists()
    with pytest.raises(Conflict):
        set_up(**ANSWERS, with_programme=False, with_catalogue=False, now=NOW)
    assert not User.objects.exists()


@pytest.mark.usefixtures("db")
def test_visitor_of_a_portal_that_is_set_up_costs_one_query_once(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    client = Client()
    client.get("/no/such/page/")
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        client.get("/account/")


@needs_connections
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("nothing")
def test_two_who_set_up_at_once_make_one_organisation_and_one_manager() -> None:
    start = threading.Barrier(2)

    def post(name: str) -> None:
        start.wait()
        Client().post("/welcome/", ANSWERS | {"email": f"{name}@southline.example"})
        connection.close()

    threads = [threading.Thread(target=post, args=(name,)) for name in ("mona", "nora")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Organisation.objects.count() == 1
    assert User.objects.count() == 1
