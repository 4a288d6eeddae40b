"""The first start: an empty database leads to one form, which closes for ever once the VAR has a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from contracts.catalogue_rows import load_catalogue
from portal.accounts.enums import StaffRole
from portal.accounts.forms import NewPasswordField, ZoneField
from portal.accounts.models import Organisation, User
from portal.accounts.views import BACKEND
from portal.web.errors import Conflict
from schedules.actions import load_programme

# Programs are told 401 by the API itself; static files come before.
OPEN_PATHS = ("/welcome/", "/api/")


class WelcomeForm(forms.Form):
    organisation = forms.CharField(label=gettext_lazy("Name of your company"), max_length=120)
    timezone = ZoneField(label=gettext_lazy("Time zone"))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("Your e-mail address"), max_length=254)
    password = NewPasswordField()
    with_programme = forms.BooleanField(
        label=gettext_lazy("Load the maintenance programme"),
        help_text=gettext_lazy("Checklists for recurring maintenance and for changes; you can adapt them later."),
        initial=True,
        required=False,
    )
    with_catalogue = forms.BooleanField(
        label=gettext_lazy("Load the catalogue"),
        help_text=gettext_lazy("Common phone systems with their releases, responsibilities, plans and targets."),
        initial=True,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        person = User(name=values.get("name", ""), email=values.get("email", ""))
        try:
            validate_password(values.get("password", ""), person)
        except ValidationError as error:
            if "password" in values:
                self.add_error("password", error)
        return values


def is_set_up() -> bool:
    return Organisation.objects.exists()


@transaction.atomic
def set_up(
    *,
    organisation: str,
    timezone: str,
    language: str,
    name: str,
    email: str,
    password: str,
    with_programme: bool,
    with_catalogue: bool,
    now: datetime,
) -> User:
    """Make the VAR, its first manager and what is to be loaded: all of it or nothing.

    Raises Conflict for the second of two people who do this at once.
    """
    try:
        with transaction.atomic():
            Organisation.objects.create(pk=1, name=organisation, timezone=timezone, language=language, created_at=now)
    except IntegrityError:
        raise Conflict(_("Somebody else has just set the portal up. Sign in, or ask for an invitation.")) from None
    manager = User(
        name=name,
        email=email.lower(),
        timezone=timezone,
        language=language,
        staff_role=StaffRole.MANAGER,
        created_at=now,
    )
    manager.set_password(password)
    manager.save(force_insert=True)
    if with_catalogue:
        load_catalogue(now=now)
    if with_programme:
        load_programme(now=now)
    return manager


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    if is_set_up():
        return redirect("account_login")
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            manager = set_up(**form.cleaned_data, now=timezone.now())
        except Conflict as error:
            messages.error(request, error.message)
            return redirect("account_login")
        login(request, manager, backend=BACKEND)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "dashboards/welcome.html", {"form": form})


class FirstRunMiddleware:
    """Leads visitors to the welcome page until the portal is set up; asks the database only until then.

    Whoever is signed in has an account, so somebody has set it up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.done = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.done and not request.path.startswith(OPEN_PATHS) and not request.user.is_authenticated:
            self.done = is_set_up()
            if not self.done:
                return redirect("welcome")
        return self.get_response(request)
