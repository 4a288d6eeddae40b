"""Time zones that a person may choose."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@cache
def zone_names() -> tuple[str, ...]:
    """The IANA zones with a region in their name, and UTC; sorted."""
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(regions)))


def validate_timezone(value: str) -> None:
    if value not in zone_names():
        raise ValidationError(
            _("“%(zone)s” is not a time zone. Choose one such as Europe/Amsterdam."), params={"zone": value}
        )
