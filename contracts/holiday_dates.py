"""Public holidays as dates, copied into calendar versions: the library changes its dates between releases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import holidays
from django.utils.translation import gettext as _

from portal.web.errors import DomainError


def holiday_dates(country: str, subdivision: str, years: Iterable[int]) -> list[date]:
    """The public holidays of the country (two letters) and, unless empty, its subdivision; in order.

    Raises DomainError at `country` or `subdivision` for a code that is not known.
    """
    supported = holidays.list_supported_countries(include_aliases=False)
    if country not in supported:
        message = _("No public holidays are known for “%(code)s”. Use two letters such as NL.") % {"code": country}
        raise DomainError(message, attr="country", code="unknown_country")
    if subdivision and subdivision not in supported[country]:
        message = _("“%(code)s” is not a region of %(country)s. Known are: %(known)s.")
        values = {"code": subdivision, "country": country, "known": ", ".join(supported[country]) or _("none")}
        raise DomainError(message % values, attr="subdivision", code="unknown_subdivision")
    return sorted(holidays.country_holidays(country, subdiv=subdivision or None, years=list(years)))
