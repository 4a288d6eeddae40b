"""What stands before every page that a guest opens by a link: the token, its purpose, and who tries too often."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache

from contracts.actions.guests import GuestLinkGoneError, GuestLinkUnknownError, open_guest_link
from contracts.bounds import organisation_zone
from contracts.enums import GuestPurpose
from contracts.models import GuestLink

MOST_FAILURES = 20  # from one address
FAILURES_COUNT_FOR = 10 * 60  # seconds after the first

Rest = ParamSpec("Rest")
GuestView = Callable[Concatenate[HttpRequest, GuestLink, str, Rest], HttpResponseBase]


def guest_page(purpose: GuestPurpose) -> Callable[[GuestView[Rest]], Callable[..., HttpResponseBase]]:
    """A view that takes `request, link, token` and the rest of its address, which begins with the token.

    404 for what is no such link, 410 for one that no longer holds, 429 for who guesses. The page speaks the
    customer's language and shows the link's site's time, or ours where it is for all sites.
    """

    def decorate(view: GuestView[Rest]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _failures(request) >= MOST_FAILURES:
                return _told(request, "contracts/guest_too_often.html", 429)
            try:
                link = open_guest_link(token=token, purpose=purpose, now=timezone.now())
            except GuestLinkGoneError:
                return _told(request, "contracts/guest_gone.html", 410)
            except GuestLinkUnknownError:
                _count_failure(request)
                raise Http404 from None
            return _for_guest(view, request, link, token, *args, **kwargs)

        return page

    return decorate


def _for_guest(
    view: GuestView[Rest], request: HttpRequest, link: GuestLink, token: str, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    zone = ZoneInfo(link.site.timezone if link.site else organisation_zone())
    with timezone.override(zone), translation.override(link.customer.language):
        response = view(request, link, token, *args, **kwargs)
    response["X-Robots-Tag"] = "noindex"
    return response


def _told(request: HttpRequest, template: str, status: int) -> HttpResponse:
    response = render(request, template, status=status)
    if status == 429:
        response["Retry-After"] = str(FAILURES_COUNT_FOR)
    return response


def guest_address(url_name: str, token: str, *args: str) -> str:
    """The whole address to put into a mail."""
    return settings.PUBLIC_URL + reverse(url_name, args=[token, *args])


# -- who guesses ------------------------------------------------------------------------------


def _key(request: HttpRequest) -> str:
    """By the address that sign-in limits count too: behind a trusted proxy the visitor's."""
    return f"guest-failures:{get_adapter(request).get_client_ip(request)}"


def _failures(request: HttpRequest) -> int:
    return int(cache.get(_key(request), 0))


def _count_failure(request: HttpRequest) -> None:
    if not cache.add(_key(request), 1, FAILURES_COUNT_FOR):
        try:
            cache.incr(_key(request))
        except ValueError:  # it ran out this very moment
            cache.set(_key(request), 1, FAILURES_COUNT_FOR)
