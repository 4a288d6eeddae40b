"""The homes: one address, three first screens."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.models import Customer
from portal.accounts.models import User
from portal.dashboards.customer import load_customer_home
from portal.dashboards.manager import load_manager_home
from portal.dashboards.search import address_of, search
from portal.dashboards.technician import load_today
from portal.web.access import require

LONGEST_SEARCH = 100


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first screen of whoever is signed in."""
    user = _person(request)
    if user.is_dispatcher:
        return _manager_home(request, user)
    return today(request) if user.is_var else _customer_home(request, user)


@login_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """A technician's day; managers and dispatchers may look at it too. `?all=1` shows colleagues' work as well."""
    user = _person(request)
    require(user.is_var)
    now = timezone.now()
    day = load_today(user, everybodys=request.GET.get("all") == "1", now=now)
    return render(request, "dashboards/today.html", {"day": day, "now": now})


@login_required
@require_safe
def search_results(request: HttpRequest) -> HttpResponse:
    """`?q=`: a number or tag leads to its page, words show what has them."""
    user = _person(request)
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]
    address = address_of(user, text) if text else None
    if address:
        return redirect(address)
    return render(request, "dashboards/search_results.html", {"text": text, "groups": search(user, text)})


def _manager_home(request: HttpRequest, user: User) -> HttpResponse:
    now = timezone.now()
    return render(request, "dashboards/manager_home.html", {"home": load_manager_home(user, now=now), "now": now})


def _customer_home(request: HttpRequest, user: User) -> HttpResponse:
    """The home of one customer; somebody who belongs to several chooses with `?customer=`."""
    customers = list(Customer.objects.visible_to(user).current())
    customer = _chosen(customers, request.GET.get("customer"))
    if customer is None:
        return render(request, "dashboards/no_customer.html")
    now = timezone.now()
    home = load_customer_home(user, customer, now=now, today=timezone.localdate(now))
    others = [row for row in customers if row != customer]
    return render(request, "dashboards/customer_home.html", {"home": home, "now": now, "others": others})


def _chosen(customers: list[Customer], key: str | None) -> Customer | None:
    """The customer asked for, else the first; None where there is none at all."""
    if key is None:
        return customers[0] if customers else None
    for customer in customers:
        if str(customer.pk) == key:
            return customer
    raise Http404


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # login_required has seen to it
    return request.user
