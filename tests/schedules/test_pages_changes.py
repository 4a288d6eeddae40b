"""Changes are reported on a page, shown with what they opened and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.enums import CustomerRole
from contracts.models import Customer
from portal.accounts.models import User
from portal.demo import builder
from schedules.actions import load_programme, record_change
from schedules.change_details import event_specs
from schedules.enums import ChangeSource
from schedules.models import ChangeEvent, WorkOrder
from tests.schedules.conftest import NOW, World

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
KINDS = list(event_specs())


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def programme(world: World) -> World:
    load_programme(now=NOW)
    return world


def new(kind: str) -> str:
    return f"/changes/new/?kind={kind}"


def subnet(world: World, **values: str) -> dict[str, str]:
    return {"site": str(world.site.pk), "occurs_at": "2026-03-03T18:00", "new_subnet": "192.168.20.0/24"} | values


def recorded(world: World, **values: object) -> ChangeEvent:
    given = {"kind": "subnet_change", "site": world.site, "occurs_at": NOW, "by": None, "now": NOW}
    return record_change(**given | values)  # type: ignore[arg-type]


def test_kinds_are_offered_in_plain_words(sign_in: SignIn, customer: User) -> None:
    page = sign_in(customer).get("/changes/new/?site=1").content.decode()
    assert page.count('class="card card-link change-kind"') == 8
    assert "?site=1&amp;kind=subnet_change" in page


@pytest.mark.parametrize("kind", KINDS)
def test_form_of_every_kind_can_be_opened(sign_in: SignIn, technician: User, world: World, kind: str) -> None:
    page = sign_in(technician).get(new(kind)).content.decode()
    for detail in event_specs()[kind].details:
        assert f'name="{detail.name}"' in page
    assert "Local time at the site" in page


@pytest.mark.parametrize("kind", KINDS)
def test_empty_form_says_what_is_needed(sign_in: SignIn, technician: User, world: World, kind: str) -> None:
    response = sign_in(technician).post(new(kind), {})
    assert response.status_code == 200
    assert "This field is required." in response.content.decode()
    assert not ChangeEvent.objects.exists()


def test_report_opens_its_checklist_and_says_why(sign_in: SignIn, technician: User, programme: World) -> None:
    page = sign_in(technician).post(new("subnet_change"), subnet(programme), follow=True).content.decode()
    event = ChangeEvent.objects.get()
    assert event.occurs_at == datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # 18:00 in Amsterdam
    assert (event.source, event.reported_by) == (ChangeSource.PAGE, technician)
    assert f"/work-orders/{WorkOrder.objects.get().number}/" in page
    assert "Phones keep an address of the old subnet" in page
    assert "192.168.20.0/24" in page


def test_report_in_the_hour_that_the_clocks_skip_moves_forward(
    sign_in: SignIn, technician: User, programme: World
) -> None:
    form = subnet(programme, occurs_at="2026-03-29T02:30")
    sign_in(technician).post(new("subnet_change"), form)
    assert ChangeEvent.objects.get().occurs_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_customer_reports_a_change(sign_in: SignIn, customer: User, programme: World) -> None:
    sign_in(customer).post(new("subnet_change"), subnet(programme))
    assert ChangeEvent.objects.get().source == ChangeSource.CUSTOMER


@pytest.mark.parametrize("who", ["customer", "technician"])
def test_reporting_a_change_has_one_name(
    request: pytest.FixtureRequest, sign_in: SignIn, programme: World, who: str
) -> None:
    client = sign_in(request.getfixturevalue(who))
    assert "Report a change" in client.get("/changes/").content.decode()
    assert "<title>Report a change ·" in client.get("/changes/new/").content.decode()
    assert "Report the change" in client.get(new("subnet_change")).content.decode()


def test_told_twice_leads_to_the_one_event(sign_in: SignIn, technician: User, programme: World) -> None:
    client = sign_in(technician)
    client.post(new("subnet_change"), subnet(programme))
    page = client.post(new("subnet_change"), subnet(programme), follow=True).content.decode()
    assert ChangeEvent.objects.count() == 1
    assert "was reported before" in page
    assert "2 times; it counts once" in page


def test_change_that_is_not_significant_says_why_nothing_opened(
    sign_in: SignIn, technician: User, programme: World
) -> None:
    form = {"asset": str(programme.asset.pk), "occurs_at": "2026-03-02T09:00", "added": "2"}
    page = sign_in(technician).post(new("user_change"), form, follow=True).content.decode()
    assert "Not opened" in page
    assert "2 users in 7 days: below 10" in page


def test_significant_box_opens_the_checklist(sign_in: SignIn, technician: User, programme: World) -> None:
    form = {"asset": str(programme.asset.pk), "occurs_at": "2026-03-02T09:00", "significant": "on"}
    page = sign_in(technician).post(new("user_change"), form, follow=True).content.decode()
    assert WorkOrder.objects.count() == 7  # the checklist, and two follow-ups on three days
    assert page.index("Change many users") < page.index("day 1") < page.index("day 3") < page.index("day 7")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"new_subnet": "192.168.20.7/24"}, "192.168.20.0/24"),
        ({"occurs_at": "soon"}, "Enter day and time"),
        ({"occurs_at": "1999-01-01T00:00"}, "a year ago"),
        ({"lease_hours": "9999"}, "8760"),
        ({"site": "999999"}, "Select a valid choice"),
    ],
)
def test_bad_input_keeps_what_was_typed(
    sign_in: SignIn, technician: User, programme: World, values: dict[str, str], error: str
) -> None:
    response = sign_in(technician).post(new("subnet_change"), subnet(programme, **{"lease_hours": "8"} | values))
    page = response.content.decode()
    assert response.status_code == 200
    assert error in page
    assert values.get("new_subnet", "192.168.20.0/24") in page
    assert not ChangeEvent.objects.exists()


def test_outsider_cannot_choose_the_site(sign_in: SignIn, outsider: User, programme: World) -> None:
    page = sign_in(outsider).post(new("subnet_change"), subnet(programme)).content.decode()
    assert "Select a valid choice" in page
    assert not ChangeEvent.objects.exists()


def test_viewer_may_not_report(sign_in: SignIn, customer_a: Customer, programme: World) -> None:
    viewer = builder.member(now=NOW, customer=customer_a, role=CustomerRole.VIEWER)
    client = sign_in(viewer)
    assert client.get("/changes/new/").status_code == 403
    assert client.post(new("subnet_change"), subnet(programme)).status_code == 403
    assert client.get("/changes/").status_code == 200


def test_viewer_elsewhere_may_not_report_for_this_site(
    sign_in: SignIn, outsider: User, customer_a: Customer, programme: World
) -> None:
    customer_a.memberships.create(user=outsider, role=CustomerRole.VIEWER, created_at=NOW)
    assert sign_in(outsider).post(new("subnet_change"), subnet(programme)).status_code == 403


def test_unknown_kind_and_method(sign_in: SignIn, technician: User) -> None:
    assert sign_in(technician).get(new("earthquake")).status_code == 404
    assert sign_in(technician).delete(new("subnet_change")).status_code == 405


def test_single_site_is_chosen_and_its_time_filled_in(sign_in: SignIn, customer: User, world: World) -> None:
    page = sign_in(customer).get(new("subnet_change")).content.decode()
    assert f'<option value="{world.site.pk}" selected>' in page
    assert 'value="2026-03-02T10:00"' in page  # 09:00 UTC, in Amsterdam


def test_detail_is_the_customers_own(
    sign_in: SignIn, customer: User, outsider: User, manager: User, programme: World
) -> None:
    address = f"/changes/{recorded(programme).number}/"
    assert sign_in(customer).get(address).status_code == 200
    assert sign_in(manager).get(address).status_code == 200
    assert sign_in(outsider).get(address).status_code == 404
    assert sign_in(manager).post(address).status_code == 405
    assert sign_in(manager).get("/changes/CE-0/").status_code == 404


def test_list_filters_and_scopes(sign_in: SignIn, customer: User, outsider: User, programme: World) -> None:
    event = recorded(programme)
    address = f"/changes/{event.number}/"
    client = sign_in(customer)
    assert address in client.get("/changes/").content.decode()
    assert address in client.get("/changes/?kind=subnet_change&from_on=2026-03-02").content.decode()
    assert address not in client.get("/changes/?kind=relocation").content.decode()
    assert address not in client.get("/changes/?until_on=2026-03-01").content.decode()
    assert "1 of 1 open" in client.get("/changes/").content.decode()
    assert address not in sign_in(outsider).get("/changes/").content.decode()


def test_list_and_detail_ask_as_much_for_three(sign_in: SignIn, manager: User, programme: World) -> None:
    client = sign_in(manager)
    small = recorded(programme)
    addresses = ["/changes/", f"/changes/{small.number}/"]
    with_one = [_queries(client, address) for address in addresses]
    big = recorded(
        programme,
        kind="user_change",
        site=None,
        asset=programme.asset,
        details={"significant": True},
        occurs_at=NOW + timedelta(days=1),
    )
    recorded(programme, occurs_at=NOW + timedelta(days=2))
    with_more = [_queries(client, address) for address in ["/changes/", f"/changes/{big.number}/"]]
    assert with_one == with_more
    assert max(with_one) <= 15


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
