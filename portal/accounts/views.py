"""Pages of one's own account, the team and the organisation."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import actions
from portal.accounts.access import person
from portal.accounts.filters import TeamFilterSet
from portal.accounts.forms import (
    AcceptInvitationForm,
    ApiTokenForm,
    InvitationForm,
    OrganisationForm,
    ProfileForm,
    RoleForm,
)
from portal.accounts.invitations import invitation_link, invited_user
from portal.accounts.models import ApiToken, Organisation, User
from portal.accounts.permissions import can_edit_organisation, can_manage_team
from portal.files.serving import serve
from portal.web.access import require
from portal.web.errors import DomainError
from portal.web.forms import show_error
from portal.web.lists import Column, list_page, render_list
from portal.web.sheets import Field, Sheet

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TEAM_SORT = {"name": ("name",), "email": ("email",), "role": ("staff_role", "name"), "added": ("created_at",)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=person(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your account was saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "heading": _("Your account")})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_token_list(request: HttpRequest) -> HttpResponse:
    """One's keys. A new key is in the answer to the POST that made it, and nowhere else."""
    form = ApiTokenForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        _token, key = actions.create_api_token(user=person(request), now=timezone.now(), **form.cleaned_data)
        form = ApiTokenForm()
    tokens = ApiToken.objects.visible_to(request.user)
    return render(request, "accounts/api_token_list.html", {"form": form, "key": key, "tokens": tokens})


@login_required
@require_POST
def api_token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    actions.revoke_api_token(token=token, now=timezone.now())
    messages.success(request, _("“%(name)s” no longer works.") % {"name": token.name})
    return redirect("accounts:api_token_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    require(can_edit_organisation(request.user))
    row = get_object_or_404(Organisation)
    form = OrganisationForm(request.POST or None, request.FILES or None, instance=row)
    if request.method == "POST" and form.is_valid() and _save_organisation(request, form):
        messages.success(request, _("The organisation was saved."))
        return redirect("accounts:organisation")
    has_logo = Organisation.objects.exclude(logo=None).exists()
    context = {"form": form, "heading": _("Organisation"), "has_logo": has_logo}
    return render(request, "accounts/organisation.html", context)


def _save_organisation(request: HttpRequest, form: OrganisationForm) -> bool:
    """Whether it was saved; a logo that is no picture is told at its field, and nothing changes."""
    upload = form.cleaned_data["new_logo"]
    try:
        with transaction.atomic():
            row = form.save()
            if upload or form.cleaned_data.get("remove_logo"):
                actions.set_logo(organisation=row, upload=upload or None, by=person(request), now=timezone.now())
    except DomainError as error:
        form.add_error("new_logo", error.message)
        return False
    return True


@require_safe
def organisation_logo(request: HttpRequest) -> FileResponse:
    """For everybody: it stands on pages that need no account."""
    row = get_object_or_404(Organisation.objects.exclude(logo=None).select_related("logo"))
    assert row.logo is not None
    return serve(row.logo)


TEAM_SHEET = Sheet(
    "team",
    [
        Field(gettext_lazy("Name"), "name"),
        Field(gettext_lazy("E-mail"), "email"),
        Field(gettext_lazy("Role"), "get_staff_role_display"),
        Field(gettext_lazy("Active"), "is_active"),
        Field(gettext_lazy("Added"), "created_at"),
    ],
)


def _team() -> QuerySet[User]:
    """Everybody of the VAR, deactivated people too. Customers' people are found at their customer."""
    return User.objects.exclude(staff_role="")


@login_required
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    require(can_manage_team(request.user))
    listing = list_page(
        request,
        queryset=_team(),
        filterset=TeamFilterSet,
        columns=[
            Column(_("Name"), "name"),
            Column(_("E-mail"), "email"),
            Column(_("Role"), "role"),
            Column(_("State")),
            Column(_("Added"), "added"),
        ],
        sortable=TEAM_SORT,
        default="name",
        sheet=TEAM_SHEET,
    )
    return render_list(request, "accounts/team.html", listing)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_invite(request: HttpRequest) -> HttpResponse:
    require(can_manage_team(request.user))
    me = person(request)
    form = InvitationForm(request.POST or None, initial={"timezone": me.timezone, "language": me.language})
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite_user(**form.cleaned_data, by=me, now=timezone.now())
        except DomainError as error:
            show_error(form, error)
        else:
            return redirect("accounts:team_member", pk=invitation.user.pk)
    return render(
        request,
        "accounts/team_invite.html",
        {
            "form": form,
            "heading": _("Invite a colleague"),
            "submit": _("Invite"),
            "over": _("Team"),
            "over_href": reverse("accounts:team"),
            "cancel": reverse("accounts:team"),
        },
    )


@login_required
@require_safe
def team_member(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_manage_team(request.user))
    member = get_object_or_404(_team(), pk=pk)
    return _render_member(request, member, RoleForm(initial={"staff_role": member.staff_role}))


def _render_member(request: HttpRequest, member: User, form: RoleForm) -> HttpResponse:
    """The page of a colleague, with the link to hand over while the invitation is open."""
    link = invitation_link(member, now=timezone.now()) if member.is_invited else ""
    context = {"member": member, "form": form, "link": link, "mail_is_sent": bool(settings.EMAIL_URL)}
    return render(request, "accounts/team_member.html", context)


@login_required
@require_POST
def team_change_role(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_manage_team(request.user))
    member = get_object_or_404(_team(), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _render_member(request, member, form)
    try:
        actions.change_role(user=member, **form.cleaned_data, by=person(request), now=timezone.now())
    except DomainError as error:
        show_error(form, error)
        return _render_member(request, member, form)
    messages.success(request, _("The role was changed."))
    return redirect("accounts:team_member", pk=pk)


def _change_member(request: HttpRequest, pk: int, action: Callable[..., object], done: str) -> HttpResponse:
    """Carry out one action on a colleague and tell what came of it on their page."""
    require(can_manage_team(request.user))
    member = get_object_or_404(_team(), pk=pk)
    try:
        action(user=member, by=person(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("accounts:team_member", pk=pk)


@login_required
@require_POST
def team_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_member(request, pk, actions.deactivate_user, _("This person can no longer sign in."))


@login_required
@require_POST
def team_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_member(request, pk, actions.reactivate_user, _("This person can sign in again."))


@login_required
@require_POST
def team_resend_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_member(request, pk, actions.resend_invitation, _("A new invitation is on its way."))


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password and be signed in. The link is all that it takes."""
    user = invited_user(token, now=timezone.now())
    if user is None:
        return render(request, "accounts/invitation_invalid.html", status=410)
    form = AcceptInvitationForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.accept_invitation(user=user, now=timezone.now(), **form.cleaned_data)
        except DomainError:
            return render(request, "accounts/invitation_invalid.html", status=410)
        login(request, user, backend=BACKEND)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/accept_invitation.html", {"form": form, "invited": user})
