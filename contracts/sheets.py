"""The lists of the register as files."""

from django.utils.translation import gettext_lazy as _

from portal.web.sheets import Field, Sheet

CUSTOMERS = Sheet(
    "customers",
    [
        Field(_("Customer"), "name"),
        Field(_("E-mail"), "email"),
        Field(_("Phone"), "phone"),
        Field(_("Sites"), "site_count"),
        Field(_("Running contracts"), "contract_count"),
        Field(_("Archived"), "archived_at"),
    ],
)
SITES = Sheet(
    "sites",
    [
        Field(_("Customer"), "customer.name"),
        Field(_("Site"), "name"),
        Field(_("Address"), "address"),
        Field(_("Time zone"), "timezone"),
        Field(_("Region"), "get_region_display"),
        Field(_("Calendar"), "calendar.name"),
        Field(_("Access"), "access_notes"),
        Field(_("DHCP lease time (hours)"), "dhcp_lease_hours"),
        Field(_("Assets"), "asset_count"),
        Field(_("Archived"), "archived_at"),
    ],
)
CONTACTS = Sheet(
    "contacts",
    [
        Field(_("Name"), "name"),
        Field(_("Function"), "function"),
        Field(_("Customer"), "customer.name"),
        Field(_("Site"), "site.name"),
        Field(_("E-mail"), "email"),
        Field(_("Phone"), "phone"),
    ],
)
ASSETS = Sheet(
    "assets",
    [
        Field(_("Tag"), "tag"),
        Field(_("Name"), "name"),
        Field(_("Product"), "product.name"),
        Field(_("Release"), "installed_release.version"),
        Field(_("Customer"), "site.customer.name"),
        Field(_("Site"), "site.name"),
        Field(_("Serial number"), "serial"),
        Field(_("In use since"), "deployed_on"),
        Field(_("Users"), "users_count"),
        Field(_("IP address"), "ip_address"),
        Field(_("End of support"), "product.end_of_support_on"),
        Field(_("Covered today"), "is_covered"),
        Field(_("Archived"), "archived_at"),
    ],
)
CONTRACTS = Sheet(
    "contracts",
    [
        Field(_("Number"), "number"),
        Field(_("Contract"), "name"),
        Field(_("Customer"), "customer.name"),
        Field(_("Customer's reference"), "reference"),
        Field(_("State"), "get_state_display"),
        Field(_("Work from"), "work_from_on"),
        Field(_("Last day"), "last_on"),
    ],
)
PRODUCTS = Sheet(
    "products",
    [
        Field(_("Product"), "name"),
        Field(_("Vendor"), "vendor.name"),
        Field(_("Kind"), "get_kind_display"),
        Field(_("Part of"), "part_of.name"),
        Field(_("End of sale"), "end_of_sale_on"),
        Field(_("End of support"), "end_of_support_on"),
        Field(_("Assets"), "asset_count"),
    ],
)
PLANS = Sheet(
    "plans",
    [
        Field(_("Plan"), "name"),
        Field(_("Service mode"), "mode"),
        Field(_("SLA policy"), "policy_name"),
        Field(_("Version"), "number"),
    ],
)
SLA_POLICIES = Sheet("sla-policies", [Field(_("Policy"), "name"), Field(_("Version"), "newest")])
CALENDARS = Sheet(
    "calendars",
    [
        Field(_("Calendar"), "name"),
        Field(_("Time zone"), "zone"),
        Field(_("Filled in until"), "holidays_until"),
        Field(_("Sites"), "site_count"),
    ],
)
