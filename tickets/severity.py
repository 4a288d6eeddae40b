"""Severity of a ticket from impact and urgency; after the vendor's responsibilities guide."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

IMPACTS: Final = ("widespread", "large", "localised", "individual")

# One row per urgency, its columns in the order of IMPACTS.
MATRIX: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "critical": ("S1", "S1", "S2", "S3"),
    "high": ("S1", "S2", "S2", "S3"),
    "medium": ("S2", "S3", "S3", "S3"),
    "low": ("S4", "S4", "S4", "S4"),
}
URGENCIES: Final = tuple(MATRIX)


class SeverityError(ValueError):
    """A value the matrix does not know. `attr` names it; `message` is a sentence for its sender."""

    def __init__(self, attr: str, message: str | Promise, code: str) -> None:
        super().__init__(attr, code)
        self.attr = attr
        self.message = message
        self.code = code


def severity(impact: str, urgency: str) -> str:
    """S1 (worst) to S4. Raises SeverityError for a word that is not in the matrix."""
    if impact not in IMPACTS:
        raise SeverityError("impact", _("This is none of the impacts."), "invalid_choice")
    if urgency not in URGENCIES:
        raise SeverityError("urgency", _("This is none of the urgencies."), "invalid_choice")
    return MATRIX[urgency][IMPACTS.index(impact)]


def impact_of(affected: float) -> str:
    """The impact of a share (0 to 1) of the customer's environment. Raises SeverityError outside of it."""
    if not 0 <= affected <= 1:  # also true of NaN
        raise SeverityError("affected", _("The share affected lies between 0 and 1."), "out_of_range")
    if affected > 0.75:
        return "widespread"
    if affected > 0.5:
        return "large"
    return "localised" if affected >= 0.25 else "individual"
