"""What the resources of the register and the configuration have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models
from django.db.models import OuterRef, Prefetch, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts import actions
from contracts.models.history import signed
from contracts.permissions import can_see_configuration, can_see_notes, is_allowed_somewhere
from portal.web.access import require
from portal.web.api import EmptySerializer, InstantField, PortalViewSet, StrictModelSerializer, StrictSerializer

May = Callable[[Any, Any], bool]
"""The user and the row -> whether that is allowed."""


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Rows to look at. `may` says who may do what with a row, by the name of the action."""

    may: Mapping[str, May] = {}

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        super().check_object_permissions(request, obj)
        allowed = self.may.get(str(self.action))
        require(allowed is None or allowed(request.user, obj))


class Resource(mixins.CreateModelMixin, mixins.UpdateModelMixin, Readable):
    """Rows to look at and to edit; nothing is deleted."""

    add_verb: str  # of contracts.permissions.ALLOWED

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "create":
            require(is_allowed_somewhere(self.add_verb, request.user))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with signed(by=self.by, now=self.now):
            return super().create(request, *args, **kwargs)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with signed(by=self.by, now=self.now):
            return super().update(request, *args, **kwargs)

    @classmethod
    def editable_by(cls, edit: May, archive: May | None = None) -> dict[str, May]:
        """`may` for rows that are edited and archived so."""
        verbs = {"update": edit, "partial_update": edit}
        return verbs | ({"archive": archive, "restore": archive} if archive else {})


class Archivable(Resource):
    """Rows that are archived and restored instead of deleted."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def archive(self, request: Request, pk: str) -> Response:
        """Take the row out of daily use; a 409 while something still needs it."""
        row = self.get_object()
        self.body()
        return self.answer(actions.archive(row=row, by=self.by, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def restore(self, request: Request, pk: str) -> Response:
        """Bring the row back."""
        row = self.get_object()
        self.body()
        return self.answer(actions.restore(row=row, by=self.by, now=self.now))


class SetUp(Resource):
    """What managers set up and the VAR reads."""

    add_verb = "configure"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            require(can_see_configuration(request.user))


class Configuration(SetUp, Archivable):
    """Products, calendars, service levels, plans: set up, and archived when they are not wanted any more."""


class NotesForTheVar(StrictModelSerializer):
    """A row whose `notes` are internal: others get it without them."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if not can_see_notes(self.context["request"].user):
            del row["notes"]
        return row


class VersionedSerializer(StrictSerializer):
    """A header and its newest version as one row; the version's fields have the source `shown.<name>`."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    version = serializers.IntegerField(source="shown.number", read_only=True)
    archived_at = InstantField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        instance.shown = instance.newest[0]
        return super().to_representation(instance)


class Versioned(Configuration):
    """Headers whose newest version is shown and written with them: `store` makes the version."""

    version_model: type[models.Model]
    header_name: str  # of the version's key to its header

    def visible(self) -> models.QuerySet[Any]:
        mine = {self.header_name: OuterRef(self.header_name)}
        versions: models.QuerySet[Any] = self.version_model._default_manager.all()
        newest = versions.filter(**mine).order_by("-number").values("number")[:1]
        rows = self.whole(versions.filter(number=Subquery(newest)))
        return super().visible().prefetch_related(Prefetch("versions", queryset=rows, to_attr="newest"))

    def whole(self, versions: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The versions with what the serializer shows of them."""
        return versions

    def store(self, header: Any, given: dict[str, Any]) -> int:
        """Make (header None) or change the row from the checked body; returns its key."""
        raise NotImplementedError

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self._stored(None, serializer.validated_data, 201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        header = self.get_object()
        serializer = self.get_serializer(header, data=request.data, partial=kwargs.get("partial", False))
        serializer.is_valid(raise_exception=True)
        return self._stored(header, serializer.validated_data, 200)

    def _stored(self, header: Any, given: dict[str, Any], status: int) -> Response:
        key = self.store(header, given)
        return self.answer(self.queryset_model._default_manager.get(pk=key), status)
