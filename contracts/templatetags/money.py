"""Amounts of money on pages."""

from decimal import Decimal

from django import template

from contracts import money as words

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """The amount with its currency, kept on one line; empty for none."""
    return "" if amount is None else words.money(amount, currency).replace(" ", "\N{NO-BREAK SPACE}")
