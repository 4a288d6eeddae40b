"""What a case is, and what the permissions' tables say that each person gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import contracts.permissions
import portal.accounts.permissions
import portal.outbox.permissions
import schedules.permissions
import tickets.permissions

STAFF = ("manager", "dispatcher", "technician")
CUSTOMERS = ("owner", "contact", "viewer")  # people of customer A, by their role
PEOPLE = (*STAFF, *CUSTOMERS, "outsider", "anonymous")  # the outsider is the owner of customer B

TABLES = (
    contracts.permissions.ALLOWED,
    tickets.permissions.ALLOWED,
    schedules.permissions.ALLOWED,
    portal.accounts.permissions.ALLOWED,
    portal.outbox.permissions.ALLOWED,
)
ALLOWED = {verb: roles for table in TABLES for verb, roles in table.items()}

# Whose row the address names, that is: who finds it at all.
NOBODYS = ""  # it names none
CUSTOMERS_ROW = "customer"
VARS_ROW = "var"
OWNERS_ROW = "owner"  # the API key of customer A's owner


@dataclass(frozen=True)
class Case:
    """One request to a real address, and who gets what.

    `args` are names of the world; in `query` and `data`, `@name` stands for such a key. `verb` names a
    row of the permissions' tables; without one, whoever finds the row gets it. `answers` are for what
    neither decides.
    """

    route: str
    args: tuple[str, ...] = ()
    method: str = "GET"
    verb: str = ""
    row: str = NOBODYS
    ok: int = 200
    query: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None
    answers: Mapping[str, int] = field(default_factory=dict)
    askers: tuple[str, ...] = PEOPLE  # who asks; fewer where each answer takes seconds
    by_link: bool = False  # the token in the address is all that it takes
    refused: bool = False  # a page says why the state does not allow what the person may do
    note: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.method, self.route, *self.args, self.note) if part)

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api:")

    def expected(self, who: str) -> int:
        """The status that this person gets."""
        if who in self.answers:
            return self.answers[who]
        if self.by_link:
            return self.ok
        if who == "anonymous":
            return 401 if self.is_api else 302
        if not self._finds(who):
            return 404
        role = "owner" if who == "outsider" else who
        return self.ok if not self.verb or role in ALLOWED[self.verb] else 403

    def _finds(self, who: str) -> bool:
        if self.row == OWNERS_ROW:
            return who == "owner"
        finders = {NOBODYS: PEOPLE, CUSTOMERS_ROW: (*STAFF, *CUSTOMERS), VARS_ROW: STAFF}
        return who in finders[self.row]
