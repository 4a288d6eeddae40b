"""The base of every API resource: strict bodies, instants with an offset, and POSTs that act once."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from portal.web import idempotency
from portal.web.api_defaults import ConflictError, UnprocessableError

IDEMPOTENCY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Repeat a request with the same key for 24 hours and it acts once.",
)


class StrictSerializer(serializers.Serializer[Any]):
    """A field that the resource does not know is an error, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                detail = exceptions.ErrorDetail(_("There is no such field."), code="unknown")
                raise exceptions.ValidationError({str(name): [detail] for name in unknown})
        return super().to_internal_value(data)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    pass


class InstantField(serializers.DateTimeField):
    """An ISO 8601 instant with an offset; a bare one, or a `+` that arrived as a space, is refused by name."""

    default_error_messages = {
        "naive": _("Give an offset: end the instant in Z, or in +02:00 written as %2B02:00 in an address."),
    }

    def to_internal_value(self, value: Any) -> Any:
        try:
            parsed = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            parsed = None
        if isinstance(value, str) and (parsed is None and " " in value.strip()[10:]):
            self.fail("naive")
        if parsed is not None and parsed.tzinfo is None:
            self.fail("naive")
        return super().to_internal_value(value)


class OnceOnly:
    """Mixin of a view: a POST with an Idempotency-Key is carried out once and answered the same ever after."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of APIView
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return
        if not 1 <= len(key) <= 255:
            raise exceptions.ValidationError({"Idempotency-Key": [_("Give 1 to 255 characters.")]})
        handler = getattr(self, "post", self.http_method_not_allowed)  # type: ignore[attr-defined]
        self.post = partial(self._once, handler, key)

    def _once(
        self, handler: Callable[..., Response], key: str, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        reply = self._claim(request, key)
        if reply.status is not None:
            return Response(reply.body, status=reply.status, headers={"Idempotency-Replayed": "true"})
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
                idempotency.keep(reply, status=response.status_code, body=plain(response.data))
        except Exception as exc:
            return self._failed(reply, exc)
        return response

    def _claim(self, request: Request, key: str) -> Any:
        try:
            return idempotency.claim(
                user_id=request.user.pk, route=request.path, key=key, body=body_of(request), now=timezone.now()
            )
        except idempotency.KeyReusedError:
            raise UnprocessableError(_("This Idempotency-Key was used with another body.")) from None
        except idempotency.StillRunningError:
            raise ConflictError(_("The first request with this key is still running."), code="still_running") from None

    def _failed(self, reply: Any, exc: Exception) -> Response:
        """Keep a refusal (4xx); give the claim back after a fault of ours."""
        try:
            response: Response = self.handle_exception(exc)  # type: ignore[attr-defined]
        except Exception:
            idempotency.release(reply)
            raise
        if response.status_code >= 500:
            idempotency.release(reply)
        else:
            idempotency.keep(reply, status=response.status_code, body=plain(response.data))
        return response


def body_of(request: Request) -> bytes:
    """The parsed body in one canonical form, so that white space and key order do not matter."""
    return json.dumps(request.data, sort_keys=True, cls=JSONEncoder).encode()


def plain(data: Any) -> Any:
    """Response data as JSON would carry it."""
    return json.loads(json.dumps(data, cls=JSONEncoder))


class PortalAPIView(OnceOnly, APIView):
    """Base of calculators and other routes without a queryset."""


class PortalViewSet(OnceOnly, viewsets.GenericViewSet[Any]):
    """Base of every resource. Rows are found by key, or by number (`WO-1042`) where `number_prefix` is set.

    `visible()` is the one door: what it leaves out is a 404.
    """

    number_prefix = ""

    def visible(self) -> models.QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> models.QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset_model._default_manager.none()
        return self.visible()

    queryset_model: type[models.Model]

    def get_object(self) -> Any:
        raw = str(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        bare = raw.removeprefix(f"{self.number_prefix}-") if self.number_prefix else raw
        if not (bare.isascii() and bare.isdigit() and len(bare) <= 18):
            raise Http404
        self.kwargs[self.lookup_url_kwarg or self.lookup_field] = bare
        return super().get_object()
