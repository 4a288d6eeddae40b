from django.http import HttpRequest

from portal.accounts.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; only for views behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user
