from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.accounts.models import Organisation


def organisation(request: HttpRequest) -> dict[str, object]:
    """The VAR's details, read only where a template shows them."""
    return {"organisation": SimpleLazyObject(lambda: Organisation.objects.first())}
