"""Who and what the demo is about: three customers in three zones, on the shipped catalogue and programme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from contracts.actions import activate_contract
from contracts.catalogue_rows import load_catalogue
from contracts.enums import CapacityMetric, CustomerRole, Region
from contracts.models import Asset, BusinessCalendar, Contact, Contract, Customer, Plan, Product, Site
from portal.accounts.enums import StaffRole
from portal.accounts.models import User
from portal.demo import builder
from portal.demo.accounts import PASSWORD
from schedules.actions import load_programme

VAR_NAME = "Northline Telecom"


@dataclass(frozen=True)
class SitePlan:
    """A site to be: its code (first part of its assets' tags), name, address, users."""

    code: str
    name: str
    address: str
    users: int


@dataclass(frozen=True)
class CustomerPlan:
    name: str
    email: str
    owner: str
    timezone: str
    region: str
    calendar: str
    product: str
    release: str
    plan: str
    term_days: int  # how long the contract runs from the demo's first day
    price: str
    currency: str
    sites: tuple[SitePlan, ...]


CUSTOMERS = (
    CustomerPlan(
        name="Van Dijk Tandartsen",
        email="info@vandijk.example",
        owner="Femke van Dijk",
        timezone="Europe/Amsterdam",
        region=Region.EMEA,
        calendar="Business week, Netherlands",
        product="response-point",
        release="",
        plan="Periodic visits",
        term_days=365,
        price="5400.00",
        currency="EUR",
        sites=(
            SitePlan("AMS", "Amsterdam Zuid", "Beethovenstraat 12, Amsterdam", 38),
            SitePlan("HLM", "Haarlem", "Grote Houtstraat 81, Haarlem", 22),
            SitePlan("UTR", "Utrecht Centrum", "Oudegracht 210, Utrecht", 31),
            SitePlan("AMF", "Amersfoort", "Langestraat 44, Amersfoort", 17),
            SitePlan("DEV", "Deventer", "Brink 5, Deventer", 12),
            SitePlan("GRN", "Groningen", "Herestraat 100, Groningen", 26),
        ),
    ),
    CustomerPlan(
        name="Harbor & Vale Logistics",
        email="facilities@harborvale.example",
        owner="Marcus Reed",
        timezone="America/New_York",
        region=Region.AMER,
        calendar="Business week, United States (Eastern)",
        product="asterisk-pbx",
        release="",
        plan="Resident",
        term_days=150,
        price="18900.00",
        currency="USD",
        sites=(
            SitePlan(
                "NWK", "Newark terminal and dispatch centre, building 4, second floor", "1 Port Street, Newark NJ", 140
            ),
            SitePlan("BOS", "Boston depot", "88 Seaport Boulevard, Boston MA", 64),
            SitePlan("PHL", "Philadelphia depot", "2100 Columbus Boulevard, Philadelphia PA", 58),
            SitePlan("BAL", "Baltimore depot", "900 Key Highway, Baltimore MD", 41),
            SitePlan("ALB", "Albany yard", "15 River Street, Albany NY", 19),
            SitePlan("HFD", "Hartford office", "300 Trumbull Street, Hartford CT", 27),
        ),
    ),
    CustomerPlan(
        name="Alborz Trading",
        email="office@alborz.example",
        owner="Shirin Karimi",
        timezone="Asia/Tehran",
        region=Region.EMEA,
        calendar="Business week, Iran",
        product="office-communications-server-2007-r2",
        release="",
        plan="Periodic visits",
        term_days=365,
        price="7200.00",
        currency="EUR",
        sites=(
            SitePlan("THR", "Tehran head office", "Valiasr Street 1412, Tehran", 90),
            SitePlan("KRJ", "Karaj warehouse", "Azadegan Boulevard 7, Karaj", 25),
            SitePlan("ISF", "Isfahan branch", "Chahar Bagh Street 60, Isfahan", 33),
            SitePlan("SHZ", "Shiraz branch", "Zand Boulevard 119, Shiraz", 29),
            SitePlan("TBZ", "Tabriz branch", "Imam Street 88, Tabriz", 24),
            SitePlan("MHD", "Mashhad branch", "Sajjad Boulevard 41, Mashhad", 35),
        ),
    ),
)


@dataclass
class World:
    """What the demo's days are played with."""

    manager: User
    dispatcher: User
    technicians: list[User]
    owners: dict[int, User] = field(default_factory=dict)  # by customer
    contracts: list[Contract] = field(default_factory=list)
    systems: list[Asset] = field(default_factory=list)  # one phone system per site


def build_world(*, first_day: date, now: datetime) -> World:
    """The VAR, its people, its customers and their contracts, as they stood on the demo's first day.

    `now` lies on that day: the contracts are activated at it.
    """
    builder.organisation(now=now, name=VAR_NAME)
    load_catalogue(now=now)
    load_programme(now=now)
    world = World(*_people(now))
    for plan in CUSTOMERS:
        _add_customer(world, plan, first_day, now)
    return world


def _people(now: datetime) -> tuple[User, User, list[User]]:
    def staff(role: str, email: str, name: str) -> User:
        return builder.user(now=now, email=email, name=name, role=role, password=PASSWORD, timezone="Europe/Amsterdam")

    manager = staff(StaffRole.MANAGER, "manager@demo.example", "Mirjam Bos")
    dispatcher = staff(StaffRole.DISPATCHER, "dispatcher@demo.example", "Daan Visser")
    technicians = [
        staff(StaffRole.TECHNICIAN, "technician@demo.example", "Tess Jansen"),
        staff(StaffRole.TECHNICIAN, "noor@demo.example", "Noor Haddad"),
        staff(StaffRole.TECHNICIAN, "luke@demo.example", "Luke Carver"),
    ]
    return manager, dispatcher, technicians


def _add_customer(world: World, plan: CustomerPlan, first_day: date, now: datetime) -> None:
    customer = builder.customer(now=now, name=plan.name, email=plan.email)
    # The first customer's owner is the account that everybody tries.
    email = "customer@demo.example" if not world.owners else plan.email
    world.owners[customer.pk] = builder.member(
        now=now,
        customer=customer,
        role=CustomerRole.OWNER,
        email=email,
        name=plan.owner,
        password=PASSWORD,
        timezone=plan.timezone,
    )
    systems, others = _equipment(customer, plan, first_day)
    world.systems += systems
    # One phone system's gateway is on no contract: the portal has to warn of it.
    world.contracts.append(_contract(world, customer, plan, [*systems, *others[1:]], first_day, now))


def _equipment(customer: Customer, plan: CustomerPlan, first_day: date) -> tuple[list[Asset], list[Asset]]:
    calendar = BusinessCalendar.objects.get(name=plan.calendar).current()
    systems: list[Asset] = []
    others: list[Asset] = []
    for site_plan in plan.sites:
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
        Contact.objects.create(customer=customer, site=site, name=f"Desk {site_plan.name}"[:120], phone="+00 000 0000")
        systems.append(_system(site, site_plan, plan, first_day))
        others += _others(site, site_plan, systems[-1])
    return systems, others


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
    world: World, customer: Customer, plan: CustomerPlan, assets: list[Asset], first_day: date, now: datetime
) -> Contract:
    calendar = BusinessCalendar.objects.get(name=plan.calendar).current()
    contract = builder.contract(
        customer=customer,
        plan_version=Plan.objects.get(name=plan.plan).current(),
        calendar_version=calendar,
        assets=assets,
        from_on=first_day,
        until_on=first_day + timedelta(days=plan.term_days - 1),
        now=now,
        by=world.manager,
        name=f"Maintenance {customer.name}",
        activate=False,
    )
    contract.terms.update(price=Decimal(plan.price), currency=plan.currency)
    return activate_contract(contract=contract, by=world.manager, now=now)
