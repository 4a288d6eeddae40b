"""The base of every API resource. Start here; fields and filters live beside it and are imported from here.

A resource, in short:

    class SiteSerializer(StrictModelSerializer):
        url = RowUrl("sites")                  # every row has `id` and `url`; the name is the route's prefix
        customer = VisibleKey(Customer)        # never a bare foreign key: looked up by `visible_to(user)`
        assets = VisibleKeys(Asset)            # a list of ids, one query

    class SiteFilter(ApiFilterSet):            # `?customer=7` is looked up by `visible_to(user)` too
        class Meta:
            model = Site
            fields = ["customer", "region"]

    class SiteViewSet(mixins.ListModelMixin, ..., PortalViewSet):
        queryset_model = Site                  # rows start at `Site.objects.visible_to(user)`
        ordering_fields = ["id", "name"]       # what `?ordering=` may name
        ordering = ["name"]

- Verbs: `@action(detail=True, methods=["post"], serializer_class=...)`, then `self.body()` is the checked body
  and `return self.answer(row)` the row as it stands now. The schema takes it so; else say `extend_schema(responses=)`.
- Query parameters of anything but a list: `query_serializer_class=...` (on the view or in `@action`), then
  `self.query()`. All others are refused, and the schema shows them without being told.
- `self.now` is the instant of the request, `self.by` who asks: hand both to actions.
- Actions raise DomainError (400 at its `attr`) and Conflict (409); `require(can_...)` answers 403.
- POSTs take Idempotency-Key without being told. Instants are `InstantField`, dates `DayField`; model
  serializers use both by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import Http404, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import exceptions, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from portal.web import idempotency
from portal.web.api_defaults import ConflictError, UnprocessableError, refuse_repeated, refuse_unknown
from portal.web.api_fields import (
    DayField,
    EmptySerializer,
    InstantField,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeys,
)
from portal.web.api_filters import (
    ApiFilterSet,
    ArchivedFilter,
    DayFilter,
    FlagFilter,
    InstantFilter,
    VisibleKeyFilter,
    VisibleKeyOrNoneFilter,
)

__all__ = [
    "ApiFilterSet",
    "ArchivedFilter",
    "DayField",
    "DayFilter",
    "EmptySerializer",
    "FlagFilter",
    "InstantField",
    "InstantFilter",
    "NothingHere",
    "PortalAPIView",
    "PortalViewSet",
    "RowUrl",
    "SchemaView",
    "StrictModelSerializer",
    "StrictSerializer",
    "VisibleKey",
    "VisibleKeyFilter",
    "VisibleKeyOrNoneFilter",
    "VisibleKeys",
]

MAX_ROUTE = 200  # of StoredReply; no route of ours comes near


class OnceOnly:
    """Mixin of a view: a POST with an Idempotency-Key is carried out once and answered the same ever after."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of APIView
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return
        if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
            raise exceptions.ValidationError({"Idempotency-Key": [_("Give 1 to 255 plain characters.")]})
        handler: Any = getattr(self, "post", self.http_method_not_allowed)  # type: ignore[attr-defined]
        self.post = partial(self._once, handler, key)

    def _once(
        self, handler: Callable[..., Response], key: str, request: Request, /, *args: Any, **kwargs: Any
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
        assert request.user.pk is not None  # `initial` let nobody through unsigned
        if len(request.path) > MAX_ROUTE:
            raise Http404
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
    data = request.data
    if isinstance(data, Mapping):
        data = {name: _content(value) for name, value in data.items()}
    return json.dumps(data, sort_keys=True, cls=JSONEncoder).encode()


def _content(value: Any) -> Any:
    """An uploaded file by its content; it is read from its start again afterwards."""
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def plain(data: Any) -> Any:
    """Response data as JSON would carry it."""
    return json.loads(json.dumps(data, cls=JSONEncoder))


class StrictQuery:
    """Mixin of a view: its query parameters are those of `query_serializer_class`, for a list those of its filters."""

    query_serializer_class: type[StrictSerializer] | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now: datetime = timezone.now()
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of APIView
        if not self._takes_any_query():
            known = self.query_serializer_class._declared_fields if self.query_serializer_class else ()
            refuse_unknown(request, set(known))
            refuse_repeated(request)

    def _takes_any_query(self) -> bool:
        """A list's parameters are checked by its filters."""
        return getattr(self, "action", None) == "list"

    @property
    def by(self) -> Any:
        """Who asks: the User who is handed to actions. Never anonymous, or `initial` had raised."""
        return self.request.user  # type: ignore[attr-defined]  # of APIView

    def query(self) -> dict[str, Any]:
        """The checked query parameters."""
        assert self.query_serializer_class is not None
        request: Request = self.request  # type: ignore[attr-defined]  # of APIView
        return self._checked(self.query_serializer_class, request.query_params.dict())

    def _checked(self, serializer_class: type[Any], data: Any) -> dict[str, Any]:
        context = {"request": self.request, "view": self}  # type: ignore[attr-defined]  # of APIView
        serializer = serializer_class(data=data, context=context)
        serializer.is_valid(raise_exception=True)
        checked: dict[str, Any] = serializer.validated_data
        return checked


class PortalAPIView(StrictQuery, OnceOnly, APIView):
    """Base of calculators and other routes without a queryset.

    The body, where there is one, is that of `serializer_class`.
    """

    serializer_class: type[Any] = EmptySerializer

    def body(self) -> dict[str, Any]:
        """The checked body."""
        return self._checked(self.serializer_class, self.request.data)


@extend_schema(exclude=True)
class NothingHere(PortalAPIView):
    """Every address of the API that no route knows: a 404 in the standard form; a missing slash is mended."""

    def _takes_any_query(self) -> bool:
        return True

    def get(self, request: Request) -> HttpResponseBase:
        whole = f"{request.path_info}/"
        if not request.path_info.endswith("/") and resolve(whole).func.__name__ != type(self).__name__:
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        raise NotFound(_("There is nothing at this address."))

    def _nothing(self, request: Request) -> Response:
        raise NotFound(_("There is nothing at this address. Addresses end in a slash."))

    post = put = patch = delete = _nothing  # type: ignore[assignment]  # OnceOnly binds `post` anew per request


class SchemaView(SpectacularAPIView):
    """The schema, as YAML or JSON; its refusals in the standard form as everywhere."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(response, "exception", False):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
        return super().finalize_response(request, response, *args, **kwargs)


class PortalViewSet(StrictQuery, OnceOnly, viewsets.GenericViewSet[Any]):
    """Base of every resource. Rows are found by key, or by number (`WO-1042`) where `number_prefix` is set.

    `visible()` is the one door: what it leaves out is a 404.
    """

    queryset_model: type[models.Model]
    number_prefix = ""
    # DRF would let people sort by anything in the answer.
    ordering_fields: Any = ["id"]

    def visible(self) -> models.QuerySet[Any]:
        """The rows that whoever asks may see; override to load what the serializer shows."""
        rows: models.QuerySet[Any] = self.queryset_model._default_manager.visible_to(  # type: ignore[attr-defined]
            self.request.user
        )
        return rows

    def get_queryset(self) -> models.QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset_model._default_manager.none()
        return self.visible()

    def get_object(self) -> Any:
        raw = str(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        bare = raw.removeprefix(f"{self.number_prefix}-") if self.number_prefix else raw
        if not (bare.isascii() and bare.isdigit() and len(bare) <= 18):
            raise Http404
        self.kwargs[self.lookup_url_kwarg or self.lookup_field] = bare
        return super().get_object()

    def body(self) -> dict[str, Any]:
        """The checked body of a verb, by the serializer of the action."""
        return self._checked(self.get_serializer_class(), self.request.data)

    def answer(self, row: models.Model, status: int = 200) -> Response:
        """The row as it stands now, in the resource's own form, whatever the verb's serializer."""
        serializer_class: Any = type(self).serializer_class
        shown = self.visible().get(pk=row.pk)
        return Response(serializer_class(shown, context=self.get_serializer_context()).data, status=status)
