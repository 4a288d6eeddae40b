"""The duty roster and absences."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts import actions
from contracts.api.resource import Readable
from contracts.models import Absence, DutyShift
from contracts.permissions import can_plan_duty, can_record_absence, can_see_duty
from portal.accounts.access import staff_for
from portal.accounts.models import User
from portal.web.access import require
from portal.web.api import ApiFilterSet, EmptySerializer, InstantFilter, RowUrl, StrictModelSerializer, VisibleKey


class DutyShiftSerializer(StrictModelSerializer):
    url = RowUrl("duty-shifts")
    user = VisibleKey(User, rows=staff_for)

    class Meta:
        model = DutyShift
        fields = ["id", "url", "user", "starts_at", "ends_at", "phone", "created_at"]
        read_only_fields = ["created_at"]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "starts_at": {"validators": []}
        }  # two of one beginning overlap: the action says so


class DutyShiftFilter(ApiFilterSet):
    starts_before = InstantFilter("starts_at", lookup_expr="lt")
    ends_after = InstantFilter("ends_at", lookup_expr="gt")

    class Meta:
        model = DutyShift
        fields: list[str] = []


class _Roster(Readable):
    """Planned and taken back; a change is both."""

    ordering_fields = ["id", "starts_at", "ends_at"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "create"):
            require(can_see_duty(request.user))

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("user")

    def create(self, request: Request) -> Response:
        given = self.body()
        return self.answer(self.add(given), 201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def remove(self, request: Request, pk: str) -> Response:
        """Take it back."""
        row = self.get_object()
        self.body()
        self.take_back(row)
        return Response(status=204)

    def add(self, given: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def take_back(self, row: Any) -> None:
        raise NotImplementedError


class DutyShiftViewSet(_Roster):
    """Who answers urgent calls when. Removing a shift that has begun is a 409."""

    queryset_model = DutyShift
    serializer_class = DutyShiftSerializer
    filterset_class = DutyShiftFilter
    may = {"remove": lambda user, shift: can_plan_duty(user)}

    def add(self, given: dict[str, Any]) -> models.Model:
        require(can_plan_duty(self.request.user))
        return actions.add_shift(**given, now=self.now)

    def take_back(self, row: Any) -> None:
        actions.remove_shift(shift=row, now=self.now)


class AbsenceSerializer(StrictModelSerializer):
    url = RowUrl("absences")
    user = VisibleKey(User, rows=staff_for)

    class Meta:
        model = Absence
        fields = ["id", "url", "user", "starts_at", "ends_at", "reason", "created_at"]
        read_only_fields = ["created_at"]


class AbsenceFilter(ApiFilterSet):
    starts_before = InstantFilter("starts_at", lookup_expr="lt")
    ends_after = InstantFilter("ends_at", lookup_expr="gt")

    class Meta:
        model = Absence
        fields: list[str] = []


class AbsenceViewSet(_Roster):
    """When people of the VAR are away; technicians note their own."""

    queryset_model = Absence
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    may = {"remove": lambda user, absence: can_record_absence(user, absence.user)}

    def add(self, given: dict[str, Any]) -> models.Model:
        require(can_record_absence(self.request.user, given["user"]))
        return actions.add_absence(**given, now=self.now)

    def take_back(self, row: Any) -> None:
        actions.remove_absence(absence=row)
