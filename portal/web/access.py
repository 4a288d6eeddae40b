"""One way to say no: what is visible but not allowed is a 403."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


def require(allowed: bool) -> None:
    """Raise PermissionDenied (403 on pages and in the API) unless allowed."""
    if not allowed:
        raise PermissionDenied(_("Your role does not allow this."))
