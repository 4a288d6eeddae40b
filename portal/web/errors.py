"""What an action raises when the rules forbid what was asked.

Pages show the message at its field or above the form; the API answers 400 or 409 (see `portal.web.api`).
"""


class DomainError(Exception):
    """The request cannot be carried out; nothing was changed.

    `message` is a sentence for the person who asked; `attr` the dotted name of the field at fault or None.
    """

    code = "invalid"

    def __init__(self, message: str, *, attr: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.attr = attr
        self.code = code or self.code


class Conflict(DomainError):
    """The input is fine but the state of the row forbids the action (API: 409)."""

    code = "conflict"
