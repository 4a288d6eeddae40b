"""Amounts as people read them."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from contracts.money import money


@pytest.mark.parametrize(
    ("language", "amount", "words"),
    [
        ("en", "1200", "EUR 1,200.00"),
        ("en", "9999999999.99", "EUR 9,999,999,999.99"),
        ("en", "0.5", "EUR 0.50"),
        ("nl", "18900.00", "EUR 18.900,00"),
    ],
)
def test_amount_is_grouped_as_in_the_readers_language(language: str, amount: str, words: str) -> None:
    with translation.override(language):
        assert money(Decimal(amount), "EUR") == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (Decimal("1200"), "USD", "USD\N{NO-BREAK SPACE}1,200.00"),
        (None, "USD", ""),
        (Decimal(0), "USD", "USD\N{NO-BREAK SPACE}0.00"),
    ],
)
def test_filter_shows_amounts_and_leaves_out_what_is_not_known(
    amount: Decimal | None, currency: str, words: str
) -> None:
    template = Template("{% load money %}{{ amount|money:currency }}")
    assert template.render(Context({"amount": amount, "currency": currency})) == words
