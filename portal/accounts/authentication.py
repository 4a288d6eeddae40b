"""Who calls the API: a session, or a key whose hash we keep."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.accounts.models import ApiToken, User


def hash_key(key: str) -> str:
    """SHA-256 suffices: keys are 256 random bits, there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Write the header as: Authorization: Token KEY"))
        token = self._token(words[1].decode("latin-1"))
        return token.user, token

    def _token(self, key: str) -> ApiToken:
        token = ApiToken.objects.select_related("user").filter(key_sha256=hash_key(key)).first()
        if token is None or not token.is_valid():
            raise AuthenticationFailed(_("This key is not valid, or was revoked."))
        now = timezone.now()
        if not token.used_recently(now):
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class SignedIn(BasePermission):
    """Somebody is signed in; with a read-only key only to read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        read_only = isinstance(request.auth, ApiToken) and request.auth.read_only
        return request.method in SAFE_METHODS or not read_only


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token KEY"}
