"""Details of change events: typed by kind, one message per field, nothing that breaks on hostile input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.enums import Region
from contracts.models import BusinessCalendar
from portal.demo import builder
from schedules.change_details import (
    NON_FIELD,
    DetailsError,
    details_of_ours,
    event_specs,
    is_significant,
    validate_details,
)
from schedules.enums import ChangeKind
from tests.conftest import NOW

VALID: dict[str, dict[str, object]] = {
    "user_change": {"added": 12, "removed": 0, "modified": 3, "significant": True},
    "server_change": {"server": "mail.example.com"},
    "provider_change": {
        "from_provider": "Old Telecom",
        "to_provider": "New Voice",
        "from_service": "pstn",
        "to_service": "ip",
    },
    "relocation": {
        "new_address": "Kade 1\nUtrecht",
        "new_timezone": "Europe/Amsterdam",
        "new_region": "EMEA",
        "new_access_notes": "Ring at the gate, park in bay 4",
    },
    "voicemail_storage": {"level": "full", "minutes_used": 998.5},
    "firmware_upgrade": {"equipment": "Base unit", "from_release": "1.0", "to_release": "1.1"},
    "subnet_change": {"new_subnet": "192.168.20.0/24", "lease_hours": 8},
    "ip_change": {"new_address": "192.168.20.5"},
}
SUBJECTS = {
    "user_change": "asset",
    "server_change": "site",
    "provider_change": "site",
    "relocation": "site",
    "voicemail_storage": "asset",
    "firmware_upgrade": "asset",
    "subnet_change": "site",
    "ip_change": "asset",
}


def errors_of(kind: str, details: object) -> dict[str, str]:
    with pytest.raises(DetailsError) as caught:
        validate_details(kind, details)
    return caught.value.errors


@pytest.mark.parametrize("kind", ChangeKind.values)
def test_validate_details_takes_every_field_of_its_kind(kind: str) -> None:
    found = validate_details(kind, VALID[kind])
    found.pop("risky", None)
    assert found == VALID[kind]
    assert set(VALID[kind]) == {detail.name for detail in event_specs()[kind].details} - {"new_calendar"}


@pytest.mark.django_db
def test_calendar_is_one_in_use() -> None:
    calendar = builder.calendar(now=NOW).calendar
    given = {"new_address": "Kade 1", "new_calendar": calendar.pk}
    assert validate_details("relocation", given)["new_calendar"] == calendar.pk
    for wrong in (True, "1", 1.5, -1, 0, 2**63, 2**200, calendar.pk + 1):
        assert set(errors_of("relocation", given | {"new_calendar": wrong})) == {"new_calendar"}
    BusinessCalendar.objects.update(archived_at=NOW)
    assert errors_of("relocation", given) == {"new_calendar": "There is no such calendar."}
    assert details_of_ours("relocation") == ["new_calendar"]


def test_each_kind_says_whether_it_takes_an_asset_or_a_site() -> None:
    assert {kind: event.subject for kind, event in event_specs().items()} == SUBJECTS


def test_only_what_makes_no_sense_without_is_required() -> None:
    required = {
        (kind, detail.name) for kind, event in event_specs().items() for detail in event.details if detail.required
    }
    assert required == {("relocation", "new_address"), ("voicemail_storage", "level")}
    assert errors_of("relocation", {}) == {"new_address": "This field is required."}
    assert errors_of("voicemail_storage", {"level": "  "}) == {"level": "This field is required."}


@pytest.mark.parametrize("kind", ["server_change", "provider_change", "firmware_upgrade", "subnet_change", "ip_change"])
def test_details_may_be_left_out_where_the_kind_says_enough(kind: str) -> None:
    assert validate_details(kind, {}) == {}


def test_empty_values_are_left_out() -> None:
    assert validate_details("user_change", {"added": 3, "removed": None, "modified": ""}) == {"added": 3}
    assert validate_details("server_change", {"server": "  mail  "}) == {"server": "mail"}


@pytest.mark.parametrize("details", [{}, {"added": 0}, {"added": 0, "significant": False}])
def test_user_change_without_any_change_is_refused(details: dict[str, object]) -> None:
    assert list(errors_of("user_change", details)) == [NON_FIELD]


@pytest.mark.parametrize(
    ("services", "risky"),
    [(("pstn", "ip"), True), (("ip", "pstn"), True), (("pstn", "pstn"), False), (("ip", "ip"), False)],
)
def test_provider_change_is_risky_to_or_from_ip_telephony(services: tuple[str, str], risky: bool) -> None:
    details = {"from_service": services[0], "to_service": services[1]}
    assert validate_details("provider_change", details)["risky"] is risky


def test_risk_is_worked_out_and_not_taken_from_outside() -> None:
    assert "risky" not in validate_details("provider_change", {"to_service": "ip"})
    assert list(errors_of("provider_change", {"risky": False})) == ["risky"]


@pytest.mark.parametrize(
    ("kind", "attr", "value"),
    [
        ("user_change", "added", -1),
        ("user_change", "added", 1.5),
        ("user_change", "added", "12"),
        ("user_change", "added", True),
        ("user_change", "added", 10**400),
        ("user_change", "significant", 1),
        ("user_change", "significant", "true"),
        ("server_change", "server", 7),
        ("server_change", "server", ["mail"]),
        ("server_change", "server", "x" * 201),
        ("server_change", "server", "mail\x00"),
        ("server_change", "server", "\ud800"),
        ("provider_change", "to_service", "IP"),
        ("provider_change", "to_service", {"ip": 1}),
        ("relocation", "new_timezone", "../../etc/passwd"),
        ("relocation", "new_timezone", "Mars/Olympus"),
        ("relocation", "new_region", "EU"),
        ("voicemail_storage", "level", "empty"),
        ("voicemail_storage", "minutes_used", float("nan")),
        ("voicemail_storage", "minutes_used", float("inf")),
        ("voicemail_storage", "minutes_used", 10**400),
        ("subnet_change", "new_subnet", "192.168.20.0"),
        ("subnet_change", "new_subnet", "192.168.20.7/24"),
        ("subnet_change", "new_subnet", "192.168.20.0/33"),
        ("subnet_change", "new_subnet", 3232240640),
        ("subnet_change", "new_subnet", "fe80::%eth0/64"),
        ("subnet_change", "lease_hours", -1),
        ("ip_change", "new_address", "192.168.20.256"),
        ("ip_change", "new_address", 3232240645),
        ("ip_change", "new_address", "fe80::1%eth0"),
        ("ip_change", "new_address", "192.168.20.0/24"),
    ],
)
def test_wrong_value_is_refused_at_its_field(kind: str, attr: str, value: object) -> None:
    assert list(errors_of(kind, VALID[kind] | {attr: value})) == [attr]


def test_subnet_with_bits_of_a_host_names_the_subnet_meant() -> None:
    assert "192.168.20.0/24" in errors_of("subnet_change", {"new_subnet": "192.168.20.7/24"})["new_subnet"]


def test_subnet_and_address_are_written_the_usual_way() -> None:
    found = validate_details("subnet_change", {"new_subnet": " 10.0.0.0/255.255.255.0 "})
    assert found == {"new_subnet": "10.0.0.0/24"}
    assert validate_details("ip_change", {"new_address": "2001:0DB8::0005"}) == {"new_address": "2001:db8::5"}


def test_all_wrong_fields_are_told_at_once() -> None:
    assert set(errors_of("user_change", {"added": -1, "removed": "x", "colour": 1})) == {
        "added",
        "removed",
        "colour",
    }


def test_strange_names_are_few_short_and_printable() -> None:
    errors = errors_of("ip_change", {f"{number}\ud800\x00{'x' * 500}": 1 for number in range(500)})
    assert len(errors) == 10
    for attr in errors:
        assert len(attr) <= 60
        attr.encode()


@pytest.mark.parametrize("details", [None, [], "x", 1, [["added", 1]]])
def test_details_that_are_no_object_are_refused(details: object) -> None:
    assert list(errors_of("user_change", details)) == [NON_FIELD]


def test_unknown_kind_is_refused() -> None:
    assert list(errors_of("moon_change", {})) == ["kind"]


def test_regions_are_those_of_a_site() -> None:
    region = next(detail for detail in event_specs()["relocation"].details if detail.name == "new_region")
    assert [choice.value for choice in region.choices] == list(Region.values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELD_NAMES = sorted({name for details in VALID.values() for name in details})


@given(
    kind=st.sampled_from(ChangeKind.values),
    details=st.dictionaries(st.sampled_from(FIELD_NAMES) | st.text(), JSON, max_size=6) | JSON,
)
def test_any_json_is_taken_or_refused_with_messages(kind: str, details: object) -> None:
    found: dict[str, object] = {}
    errors: dict[str, str] | None = None
    try:
        found.update(validate_details(kind, details))
    except DetailsError as error:
        errors = error.errors
    assert errors is None or (errors and all(attr and message for attr, message in errors.items()))
    assert all(isinstance(value, str | int | float) for value in found.values())


@pytest.mark.parametrize(
    ("counts", "total", "significant"),
    [
        ((10, 0, 0), 1000, True),
        ((9, 0, 0), 1000, False),
        ((3, 4, 3), 1000, True),
        ((4, 0, 0), 20, True),
        ((3, 0, 0), 20, False),
        ((1, 1, 1), 16, False),
        ((2, 1, 1), 16, True),
        ((9, 0, 0), 50, False),
        ((10, 0, 0), 51, True),
        ((9, 0, 0), None, False),
        ((10, 0, 0), None, True),
        ((1, 0, 0), 0, True),
        ((0, 0, 0), 0, False),
        ((0, 0, 0), 100, False),
    ],
)
def test_significant_from_ten_users_or_a_fifth(
    counts: tuple[int, int, int], total: int | None, significant: bool
) -> None:
    added, removed, modified = counts
    assert is_significant(added=added, removed=removed, modified=modified, total_users=total) is significant
