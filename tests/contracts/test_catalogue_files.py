"""The shipped catalogue holds the known facts, and the reader names every defect."""

import shutil
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.catalogue_files import CATALOGUE_FOLDER, Catalogue, PlanSpec, TargetTimeSpec, read_catalogue
from contracts.enums import WorkKind
from contracts.worktime import WorkCalendar
from portal.datafiles import DataFileError


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def plan(catalogue: Catalogue, name: str) -> PlanSpec:
    return next(plan for plan in catalogue.plans if plan.name == name)


def test_response_point_shares_1000_minutes(catalogue: Catalogue) -> None:
    base_unit = catalogue.product("response-point")
    assert (base_unit.kind, base_unit.voicemail_capacity_minutes) == ("system", 1000)


@pytest.mark.parametrize("slug", ["office-communications-server-2007", "office-communications-server-2007-r2"])
def test_communications_server_lost_its_support(catalogue: Catalogue, slug: str) -> None:
    assert catalogue.product(slug).end_of_support_on == date(2018, 1, 9)


def test_response_group_service_has_its_ports_and_components(catalogue: Catalogue) -> None:
    service = catalogue.product("response-group-service")
    assert [(port.number, port.protocol) for port in service.ports] == [(5071, "sip"), (8404, "tcp")]
    named = " ".join(f"{component.name} {component.reason}" for component in service.components)
    for part in (
        "every front end",
        "US English",
        "snap-in",
        "RGSCOT.exe",
        "Web components server",
        "IIS",
        "Communicator 2007 R2",
        "KB 957465",
        "mutual TLS",
    ):
        assert part in named


def test_communications_server_describes_its_topologies(catalogue: Catalogue) -> None:
    notes = catalogue.product("office-communications-server-2007-r2").notes
    for topology in ("Standard Edition", "Enterprise consolidated", "Enterprise expanded"):
        assert topology in notes


def test_dedicated_instance_has_its_parts_and_levels(catalogue: Catalogue) -> None:
    parts = [product for product in catalogue.products if product.part_of == "dedicated-instance"]
    assert [(part.slug, part.optional) for part in parts] == [
        ("cucm", False),
        ("cucxn", False),
        ("imp", False),
        ("cer", False),
        ("expressway", False),
        ("sme", True),
    ]
    levels = {release.version: release.level for release in catalogue.product("dedicated-instance").releases}
    assert levels == {
        "15.0-SU1": "n",
        "15.0-SU2": "n",
        "14.0-SU3": "n-1",
        "14.0-SU4": "n-1",
        "12.5-SU7a": "n-2",
    }


def test_generic_system_has_server_gateway_and_phones(catalogue: Catalogue) -> None:
    kinds = {product.kind for product in catalogue.products if "asterisk-pbx" in (product.slug, product.part_of)}
    assert {"system", "gateway", "phone"} <= kinds
    assert catalogue.product("asterisk-pbx").vendor == ""


@pytest.mark.parametrize("name", ["Standard", "Response only"])
def test_responses_are_those_of_the_guide(catalogue: Catalogue, name: str) -> None:
    policy = next(policy for policy in catalogue.policies if policy.name == name)
    assert {target.severity: target.response for target in policy.targets} == {
        "S1": TargetTimeSpec(minutes=15, business_days=None, clock="around_the_clock"),
        "S2": TargetTimeSpec(minutes=30, business_days=None, clock="around_the_clock"),
        "S3": TargetTimeSpec(minutes=None, business_days=1, clock="calendar"),
        "S4": TargetTimeSpec(minutes=None, business_days=3, clock="calendar"),
    }
    assert set(policy.pause_on) == {"waiting_customer", "waiting_vendor", "monitoring"}
    assert policy.at_risk_share == Decimal("0.25")


def test_resolution_times_are_chosen_by_the_policy(catalogue: Catalogue) -> None:
    standard, response_only = catalogue.policies
    assert standard.is_default
    chosen = [target.resolution for target in standard.targets]
    assert [(time.minutes, time.business_days) for time in chosen if time] == [
        (240, None),
        (480, None),
        (None, 5),
        (None, 10),
    ]
    assert all(target.resolution is None for target in response_only.targets)


def test_plans_are_the_three_service_modes(catalogue: Catalogue) -> None:
    assert [(plan.name, plan.service_mode) for plan in catalogue.plans] == [
        ("Resident", "resident"),
        ("Periodic visits", "periodic"),
        ("On call", "on_call"),
    ]


@pytest.mark.parametrize("name", ["Resident", "Periodic visits", "On call"])
def test_firmware_labour_is_covered_and_software_versions_are_billed(catalogue: Catalogue, name: str) -> None:
    coverage = {entry.work_kind: entry for entry in plan(catalogue, name).coverage}
    assert coverage["firmware"].decision == "covered"
    assert coverage["software_upgrade"].decision == "billable"
    assert "one total of licence and labour" in coverage["software_upgrade"].clause
    assert set(coverage) == set(WorkKind.values)


def test_plans_decide_in_all_three_ways(catalogue: Catalogue) -> None:
    decisions = {entry.decision for plan in catalogue.plans for entry in plan.coverage}
    assert decisions == {"covered", "up_to", "billable"}


def test_periodic_plan_has_the_five_procedures(catalogue: Catalogue) -> None:
    procedures = plan(catalogue, "Periodic visits").procedures
    assert {entry.slug: entry.frequency for entry in procedures} == {
        "administration-check": "daily",
        "voicemail-usage": "weekly",
        "event-logs": "monthly",
        "firmware-review": "quarterly",
        "performance-review": "quarterly",
    }
    assert procedures[0].nonworking_day == "skip"
    assert procedures[0].due_time == time(10, 0)
    assert {entry.performer for entry in procedures} == {"var"}


def test_calendars_make_working_calendars(catalogue: Catalogue) -> None:
    by_name = {calendar.name: calendar for calendar in catalogue.calendars}
    week = by_name["Business week"]
    assert week.is_default
    assert week.hours == {name: [["09:00", "17:00"]] for name in ("mon", "tue", "wed", "thu", "fri")}
    always = by_name["Around the clock"]
    assert WorkCalendar.parse(always.timezone, always.hours).is_around_the_clock
    assert {calendar.country for calendar in catalogue.calendars} == {"", "NL", "US", "IR"}


def test_texts_fit_their_columns(catalogue: Catalogue) -> None:
    for product in catalogue.products:
        assert len(product.slug) <= 80
        assert len(product.name) <= 160
        assert all(len(release.version) <= 60 for release in product.releases)
    assert all(len(entry.clause) <= 300 for plan in catalogue.plans for entry in plan.coverage)


# The reader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE_FOLDER, tmp_path / "catalogue"))


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("vendors", "name: Cisco", "name: Microsoft", "vendors"),
        ("vendors", "name: Cisco", "name: Somebody", "products[dedicated-instance].vendor"),
        ("response-point", "1000 #", "lots #", "products[response-point].voicemail_capacity_minutes"),
        ("response-point", "kind: phone", "kind: toaster", "products[response-point-phone].kind"),
        ("response-point", "part_of: response-point", "part_of: later", "products[response-point-phone].part_of"),
        ("response-point", "slug: response-point-phone", "slug: response-point", "products"),
        (
            "communications-server",
            "2018-01-09",
            "'2018-01-09'",
            "products[office-communications-server-2007].end_of_support_on",
        ),
        ("communications-server", "5071", "70000", "products[response-group-service].ports[0].number"),
        ("dedicated-instance", '"15.0-SU2"', "15.0", "products[dedicated-instance].releases[0].version"),
        ("dedicated-instance", '"15.0-SU2"', '"15.0-SU1"', "products[dedicated-instance].releases"),
        ("dedicated-instance", "level: n}", "level: n+1}", "products[dedicated-instance].releases[0].level"),
        ("sla-policies", "severity: S1", "severity: S9", "sla_policies[Standard].targets[0].severity"),
        ("sla-policies", "severity: S1", "severity: S2", "sla_policies[Standard].targets"),
        ("sla-policies", "minutes: 15, ", "", "sla_policies[Standard].targets[0].response.minutes"),
        (
            "sla-policies",
            "business_days: 1, clock: calendar",
            "business_days: 1, clock: around_the_clock",
            "sla_policies[Standard].targets[2].response.clock",
        ),
        ("sla-policies", "at_risk_share: 0.25", "at_risk_share: 25", "sla_policies[Standard].at_risk_share"),
        ("sla-policies", "is_default: true", "is_default: false", "sla_policies"),
        ("sla-policies", "pause_on: [waiting_customer", "pause_on: [sleeping", "sla_policies[Standard].pause_on"),
        ("plans", "policy: Standard", "policy: Golden", "plans[Resident].policy"),
        ("plans", "work_kind: inspection", "work_kind: backup", "plans[Resident].coverage"),
        ("plans", "        amount: 1000\n", "", "plans[Resident].coverage[12].amount"),
        ("plans", 'due_time: "09:00"', "due_time: 17:00", "plans[Resident].procedures[administration-check].due_time"),
        (
            "plans",
            "nonworking_day: skip",
            "nonworking_day: next",
            "plans[Resident].procedures[administration-check].nonworking_day",
        ),
        ("plans", "slug: voicemail-usage", "slug: event-logs", "plans[Resident].procedures"),
        ("calendars", "timezone: UTC", "timezone: Mars/Olympus", "calendars[Business week].timezone"),
        ("calendars", '"17:00"', '"09:00"', "calendars[Business week].hours.mon.0"),
        ("calendars", "mon:", "monday:", "calendars[Business week].hours.monday"),
        ("calendars", 'country: "NL"', "country: NO", "calendars[Business week, Netherlands].country"),
        ("calendars", "timezone: UTC", "timezone: UTC\n    colour: red", "calendars[Business week].colour"),
    ],
)
def test_read_catalogue_names_the_defect(folder: Path, name: str, old: str, new: str, key: str) -> None:
    path = folder / f"{name}.yaml"
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        read_catalogue(folder)
    assert caught.value.key == key


def test_read_catalogue_refuses_an_unknown_list(folder: Path) -> None:
    (folder / "more.yaml").write_text("prodcuts: []\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"more\.yaml: prodcuts: is not a known key"):
        read_catalogue(folder)
