"""What has changed on a row of the register, for those resources that keep a field history."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.resource import Archivable
from contracts.enums import HistoryKind
from contracts.field_history import copies_of, entries
from portal.web.api import InstantField, StrictSerializer
from portal.web.api_defaults import CursorPages


class CopyPages(CursorPages):
    ordering = ("-history_id", "-id")  # the second decides nothing: it is the same row's


class HistoryQuery(StrictSerializer):
    cursor = serializers.CharField(required=False, help_text="Where the page begins; see next and previous.")
    page_size = serializers.IntegerField(required=False)


class ChangeSerializer(StrictSerializer):
    field = serializers.CharField(help_text="As the resource names it.")
    label = serializers.CharField(help_text="The same for people.")  # type: ignore[assignment]  # hides an attribute
    before = serializers.JSONField(help_text="As the resource shows it; of linked rows their id.")
    after = serializers.JSONField()
    before_words = serializers.CharField(help_text="The value for people; empty where there was none.")
    after_words = serializers.CharField()


class EntrySerializer(StrictSerializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=HistoryKind.choices)
    at = InstantField()
    by = serializers.IntegerField(source="by.pk", default=None, help_text="Null: the portal itself.")
    by_name = serializers.CharField(source="by.name", default=None)
    changes = ChangeSerializer(many=True)


class Remembered(Archivable):
    """Archivable rows whose fields keep a history."""

    @extend_schema(responses=EntrySerializer(many=True))
    @action(
        detail=True,
        serializer_class=EntrySerializer,
        pagination_class=CopyPages,
        query_serializer_class=HistoryQuery,
    )
    def history(self, request: Request, pk: str) -> Response:
        """What changed, when and by whom, the newest first; internal notes for the VAR alone."""
        row: Any = self.get_object()
        page = self.paginate_queryset(copies_of(row, self.by)) or []
        return self.get_paginated_response(self.get_serializer(entries(row, page, self.by), many=True).data)
