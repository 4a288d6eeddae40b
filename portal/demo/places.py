"""Whom the demo is about: four customers, their sites and what was agreed with them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.enums import Region


@dataclass(frozen=True)
class SitePlan:
    """A site to be: its code (first part of its assets' tags), name, address, users."""

    code: str
    name: str
    address: str
    users: int


@dataclass(frozen=True)
class Agreement:
    """A contract to be, on the sites of these codes; its first term ends so many days after the demo's last.

    `renewed` = its next terms begin the day after, agreed on before that.
    """

    name: str
    plan: str
    codes: tuple[str, ...]
    ends_after_days: int
    price: str
    renewed: bool = False


@dataclass(frozen=True)
class CustomerPlan:
    name: str
    email: str
    owner: str
    timezone: str
    region: str
    calendar: str
    product: str
    currency: str
    sites: tuple[SitePlan, ...]
    agreements: tuple[Agreement, ...]


OWN_CHECKS = "Periodic visits, daily checks by the customer"  # a plan of the demo, made from the shipped one

CUSTOMERS = (
    CustomerPlan(
        name="Van Dijk Tandartsen",
        email="info@vandijk.example",
        owner="Femke van Dijk",
        timezone="Europe/Amsterdam",
        region=Region.EMEA,
        calendar="Business week, Netherlands",
        product="response-point",
        currency="EUR",
        sites=(
            SitePlan("AMS", "Amsterdam Zuid", "Beethovenstraat 12, Amsterdam", 38),
            SitePlan("HLM", "Haarlem", "Grote Houtstraat 81, Haarlem", 22),
            SitePlan("UTR", "Utrecht Centrum", "Oudegracht 210, Utrecht", 31),
            SitePlan("GRN", "Groningen", "Herestraat 100, Groningen", 26),
        ),
        agreements=(
            Agreement(
                "Maintenance Van Dijk Tandartsen", "Periodic visits", ("AMS", "HLM", "GRN"), -110, "5400.00", True
            ),
            Agreement("Utrecht, with checks of its own", OWN_CHECKS, ("UTR",), 150, "1450.00"),
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
        currency="USD",
        sites=(
            SitePlan(
                "NWK", "Newark terminal and dispatch centre, building 4, second floor", "1 Port Street, Newark NJ", 140
            ),
            SitePlan("BOS", "Boston depot", "88 Seaport Boulevard, Boston MA", 64),
            SitePlan("PHL", "Philadelphia depot", "2100 Columbus Boulevard, Philadelphia PA", 58),
            SitePlan("BAL", "Baltimore depot", "900 Key Highway, Baltimore MD", 41),
            SitePlan("HFD", "Hartford office", "300 Trumbull Street, Hartford CT", 27),
        ),
        agreements=(
            Agreement("Maintenance Harbor & Vale", "Resident", ("NWK", "BOS", "PHL", "BAL", "HFD"), 45, "18900.00"),
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
        currency="EUR",
        sites=(
            SitePlan("THR", "Tehran head office", "Valiasr Street 1412, Tehran", 90),
            SitePlan("ISF", "Isfahan branch", "Chahar Bagh Street 60, Isfahan", 33),
            SitePlan("SHZ", "Shiraz branch", "Zand Boulevard 119, Shiraz", 29),
        ),
        agreements=(Agreement("Maintenance Alborz Trading", "Periodic visits", ("THR", "ISF", "SHZ"), 200, "7200.00"),),
    ),
    CustomerPlan(
        name="Lindeboom Makelaars",
        email="kantoor@lindeboom.example",
        owner="Joost Lindeboom",
        timezone="Europe/Amsterdam",
        region=Region.EMEA,
        calendar="Business week, Netherlands",
        product="response-point",
        currency="EUR",
        sites=(SitePlan("ZWO", "Zwolle", "Grote Markt 3, Zwolle", 14),),
        agreements=(Agreement("On call Lindeboom Makelaars", "On call", ("ZWO",), -190, "980.00"),),
    ),
)
