"""What has changed on the rows of the register: a case for every address."""

from __future__ import annotations

from tests.access.cases import CUSTOMERS_ROW, Case

ROWS = ("customer", "site", "contact", "asset")

PAGES = [Case(f"contracts:{row}_history", (row,), row=CUSTOMERS_ROW) for row in ROWS]
API = [Case(f"api:{row}s-history", (row,), row=CUSTOMERS_ROW) for row in ROWS]
