"""Amounts of money for people."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def money(amount: Decimal, currency: str) -> str:
    """For example "EUR 1,200.00", written as in the reader's language; currency "" = that of whichever contract."""
    figure = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    if not currency:
        return _("%(amount)s in the contract's currency") % {"amount": figure}
    return f"{currency} {figure}"
