"""IP addresses and subnets, from what people write to one way of writing them. Pure."""

from ipaddress import ip_address, ip_network

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def read_address(text: str) -> str:
    """Raises ValueError with a sentence for its sender."""
    found = _without_zone_index(text)
    try:
        return str(ip_address(found))
    except ValueError as error:
        raise ValueError(_("An IP address such as 192.168.20.5 is needed.")) from error


def read_subnet(text: str) -> str:
    """The subnet with its prefix length. Raises ValueError with a sentence for its sender.

    Bits of a host are refused, because the slip may be in the prefix.
    """
    found = _without_zone_index(text)
    try:
        network = ip_network(found, strict=False)
    except ValueError as error:
        raise ValueError(_("A subnet such as 192.168.20.0/24 is needed.")) from error
    if "/" not in found or ip_address(found.split("/")[0]) != network.network_address:
        raise ValueError(_("Name the subnet by its first address: %(network)s.") % {"network": network})
    return str(network)


def validate_subnet(text: str) -> None:
    try:
        read_subnet(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _without_zone_index(text: str) -> str:
    """Refuses a zone index (fe80::1%eth0), which has a meaning on one machine alone."""
    if "%" in text:
        raise ValueError(_("Leave out the part of the address from the percent sign on."))
    return text.strip()
