"""Makes the demo's people, sites and contracts, as they stood on its first day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from contracts.actions import activate_contract
from contracts.catalogue_rows import load_catalogue
from contracts.enums import CapacityMetric, CustomerRole, Performer
from contracts.models import Asset, BusinessCalendar, Contact, Contract, Customer, Plan, Product, Site
from contracts.models.history import signed
from contracts.worktime import WorkCalendar
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.demo import builder
from portal.demo.accounts import PASSWORD
from portal.demo.places import CUSTOMERS, OWN_CHECKS, Agreement, CustomerPlan, SitePlan
from schedules.actions import load_programme

VAR_NAME = "Northline Telecom"
DAY = timedelta(days=1)
# One phone system's gateway is on no contract: the portal has to warn of it.
NOT_LISTED = "AMS-GW-1"


@dataclass
class World:
    """What the demo's days are played with."""

    manager: User
    dispatcher: User
    technicians: list[User]
    owners: dict[int, User] = field(default_factory=dict)  # by customer
    contracts: list[tuple[Agreement, Contract]] = field(default_factory=list)
    systems: dict[str, Asset] = field(default_factory=dict)  # one phone system per site, by the site's code
    hours: dict[int, WorkCalendar] = field(default_factory=dict)  # when people work, by site

    def technician_of(self, customer_id: int) -> User:
        """Each customer has its own technician."""
        return self.technicians[list(self.owners).index(customer_id) % len(self.technicians)]

    def working(self, site: Site, at: datetime) -> datetime:
        """That instant, or when the site opens next."""
        hours = self.hours[site.pk]
        return at if hours.is_open(at) else hours.next_opening(at)

    def worked_last(self, site: Site, at: datetime) -> datetime:
        """That instant, or one in the last hour of the site's working day before it."""
        while not self.hours[site.pk].is_open(at):
            at -= timedelta(hours=1)
        return at


def build_world(*, first: datetime, last: datetime) -> World:
    """The VAR, its people, its customers and their contracts; `first` is when the contracts are activated."""
    builder.organisation(now=first, name=VAR_NAME)
    load_catalogue(now=first)
    load_programme(now=first)
    _let_customers_check(first)
    password = make_password(PASSWORD)  # once: it takes its time, and all have the same
    world = World(*_people(password, first))
    for plan in CUSTOMERS:
        with signed(by=world.dispatcher, now=first):
            _add_customer(world, plan, password, first, last)
    return world


def _let_customers_check(now: datetime) -> None:
    """A plan like the shipped one, but the daily check is the customer's own."""
    shipped = Plan.objects.get(name="Periodic visits").current()
    names = ("procedure_slug", "frequency", "due_time", "weekdays", "nonworking_day", "performer")
    procedures = [{name: getattr(row, name) for name in names} for row in shipped.procedures.all()]
    for row in procedures:
        if row["procedure_slug"] == "administration-check":
            row["performer"] = Performer.CUSTOMER
    version = builder.plan(
        now=now, name=OWN_CHECKS, procedures=procedures, policy_version=shipped.policy_version, covered=()
    )
    for coverage in shipped.coverage.all():
        coverage.pk, coverage.version = None, version
        coverage.save(force_insert=True)


def _people(password: str, now: datetime) -> tuple[User, User, list[User]]:
    def staff(role: str, email: str, name: str) -> User:
        person = builder.user(now=now, email=email, name=name, role=role, timezone="Europe/Amsterdam")
        return _let_in(person, password)

    manager = staff(StaffRole.MANAGER, "manager@demo.example", "Mirjam Bos")
    dispatcher = staff(StaffRole.DISPATCHER, "dispatcher@demo.example", "Daan Visser")
    technicians = [
        staff(StaffRole.TECHNICIAN, "technician@demo.example", "Tess Jansen"),
        staff(StaffRole.TECHNICIAN, "luke@demo.example", "Luke Carver"),
        staff(StaffRole.TECHNICIAN, "noor@demo.example", "Noor Haddad"),
    ]
    return manager, dispatcher, technicians


def _let_in(person: User, password: str) -> User:
    person.password = password
    person.save(update_fields=["password"])
    return person


def _add_customer(world: World, plan: CustomerPlan, password: str, first: datetime, last: datetime) -> None:
    customer = builder.customer(now=first, name=plan.name, email=plan.email)
    # The first customer's owner is the account that everybody tries.
    email = "customer@demo.example" if not world.owners else plan.email
    owner = builder.member(
        now=first, customer=customer, role=CustomerRole.OWNER, email=email, name=plan.owner, timezone=plan.timezone
    )
    world.owners[customer.pk] = _let_in(owner, password)
    listed = {site_plan.code: _add_site(world, customer, plan, site_plan, first.date()) for site_plan in plan.sites}
    for agreement in plan.agreements:
        assets = [asset for code in agreement.codes for asset in listed[code]]
        world.contracts.append((agreement, _contract(world, customer, plan, agreement, assets, first, last)))


def _add_site(
    world: World, customer: Customer, plan: CustomerPlan, site_plan: SitePlan, first_day: date
) -> list[Asset]:
    """Returns what is listed in a contract."""
    calendar = BusinessCalendar.objects.get(name=plan.calendar).current()
    site = builder.site(
        customer=customer,
        calendar=calendar,
        name=site_plan.name,
        address=site_plan.address,
        timezone=plan.timezone,
        region=plan.region,
        dhcp_lease_hours=24,
        access_notes="Ask for the key of the server room at the desk.",
    )
    world.hours[site.pk] = calendar.work_calendar()
    Contact.objects.create(customer=customer, site=site, name=f"Desk {site_plan.name}"[:120], phone="+00 000 0000")
    system = _system(site, site_plan, plan, first_day)
    world.systems[site_plan.code] = system
    return [system, *(asset for asset in _others(site, site_plan, system) if asset.tag != NOT_LISTED)]


def _system(site: Site, site_plan: SitePlan, plan: CustomerPlan, first_day: date) -> Asset:
    product = Product.objects.get(slug=plan.product)
    asset = builder.asset(
        site=site,
        product=product,
        tag=f"{site_plan.code}-PBX-1",
        name=f"{product.name}",
        serial=f"{site_plan.code}{len(site_plan.name):04d}",
        deployed_on=first_day - timedelta(days=900),
        users_count=site_plan.users,
        installed_release=product.releases.order_by("level").first(),
    )
    asset.capacities.create(
        metric=CapacityMetric.VOICEMAIL_MINUTES, value=1000, from_on=first_day - timedelta(days=900)
    )
    return asset


def _others(site: Site, site_plan: SitePlan, system: Asset) -> Iterator[Asset]:
    gateway = Product.objects.get(slug="asterisk-gateway")
    yield builder.asset(
        site=site, product=gateway, parent=system, tag=f"{site_plan.code}-GW-1", name="Gateway to the outside lines"
    )


def _contract(
    world: World,
    customer: Customer,
    plan: CustomerPlan,
    agreement: Agreement,
    assets: list[Asset],
    first: datetime,
    last: datetime,
) -> Contract:
    """Its first term, also in a demo of few days, is two days long at least."""
    until_on = max(last.date() + agreement.ends_after_days * DAY, first.date() + DAY)
    contract = builder.contract(
        customer=customer,
        plan_version=Plan.objects.get(name=agreement.plan).current(),
        calendar_version=BusinessCalendar.objects.get(name=plan.calendar).current(),
        assets=assets,
        from_on=first.date(),
        until_on=until_on,
        now=first,
        by=world.manager,
        name=agreement.name,
        activate=False,
    )
    contract.terms.update(price=Decimal(agreement.price), currency=plan.currency)
    return activate_contract(contract=contract, by=world.manager, now=first)
