"""Amounts of money for people."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format


def money(amount: Decimal, currency: str) -> str:
    """For example "EUR 1,200.00", written as in the reader's language; without a currency the figure alone."""
    figure = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"{currency} {figure}".strip()
