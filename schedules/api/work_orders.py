"""Work orders: lists, the checklist, answers, and what is done with the work as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.enums import Performer
from contracts.models import Asset, CoveredAsset, Customer
from portal.accounts.access import staff_for
from portal.accounts.models import User
from portal.files.serving import serve
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    EmptySerializer,
    InstantFilter,
    PortalViewSet,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
    VisibleKeyOrNoneFilter,
)
from portal.web.api_defaults import ConflictError
from portal.web.errors import Conflict, DomainError
from schedules.actions import (
    IncompleteError,
    add_photo,
    assign_work,
    cancel_work,
    complete_work,
    excuse_work,
    hand_over,
    open_ticket_from_answer,
    record_answer,
    reinstate_work,
    skip_work,
    start_work,
)
from schedules.api.fields import DeviceInstantField, ProcedureFilter
from schedules.api.steps import (
    AnswerEntrySerializer,
    ChecklistStepSerializer,
    MissingSerializer,
    PhotoEntrySerializer,
    outline,
)
from schedules.checklist import ORDER_TARGET, Checklist, ChecklistStep, Missing, checklist_of
from schedules.models import AnswerPhoto, ChangeEvent, Procedure, Target, WorkOrder, WorkOrderEvent
from schedules.permissions import (
    can_assign_work,
    can_cancel_work,
    can_excuse_work,
    can_hand_over_work,
    can_see_inside,
    can_skip_work,
    can_take_work,
    can_work,
)

INTERNAL = ("assignee", "assignee_name", "status_reason")
STEP = r"steps/(?P<key>[-\w]{1,60})/(?P<target>[0-9]{1,18})"
STEP_PARAMETERS = [
    OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH, description="The step's key."),
    OpenApiParameter(
        "target", OpenApiTypes.INT, OpenApiParameter.PATH, description="The asset's id; 0 for a step done once."
    ),
]
PHOTO_PARAMETERS = [OpenApiParameter("photo", OpenApiTypes.UUID, OpenApiParameter.PATH)]


class WorkOrderSerializer(StrictModelSerializer):
    """People of a customer do not get the assignee, nor the reason that the VAR wrote down."""

    url = RowUrl("work-orders")
    number = serializers.CharField(read_only=True)
    customer = serializers.IntegerField(source="site.customer_id", read_only=True)
    procedure = serializers.IntegerField(source="procedure_version.procedure_id", read_only=True)
    procedure_slug = serializers.CharField(source="procedure_version.procedure.slug", read_only=True)
    procedure_name = serializers.CharField(source="procedure_version.procedure.name", read_only=True)
    assignee_name = serializers.CharField(source="assignee.name", read_only=True, default=None, allow_null=True)
    change_event = serializers.IntegerField(source="firing.event_id", read_only=True, default=None, allow_null=True)
    follow_up_day = serializers.IntegerField(
        source="firing.follow_up_day",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="Days after the change; 0 = its checklist itself.",
    )
    on_time = serializers.SerializerMethodField(help_text="Of finished work; otherwise null.")

    class Meta:
        model = WorkOrder
        fields = [
            "id",
            "url",
            "number",
            "status",
            "status_reason",
            "customer",
            "site",
            "asset",
            "contract",
            "schedule",
            "change_event",
            "follow_up_day",
            "procedure",
            "procedure_slug",
            "procedure_name",
            "procedure_version",
            "nominal_on",
            "window_opens_at",
            "due_at",
            "window_closes_at",
            "lapses_at",
            "performer",
            "assignee",
            "assignee_name",
            "coverage_decision",
            "coverage_sentence",
            "before_impossible",
            "created_at",
            "started_at",
            "finished_at",
            "closed_at",
            "excused_at",
            "on_time",
        ]

    def get_on_time(self, work_order: WorkOrder) -> bool | None:
        return work_order.was_on_time if work_order.finished_at else None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row = super().to_representation(instance)
        if self.context["request"].user.is_var:
            return row
        return {name: value for name, value in row.items() if name not in INTERNAL}


class HistorySerializer(StrictModelSerializer):
    class Meta:
        model = WorkOrderEvent
        fields = ["kind", "at", "by", "data"]


class WorkOrderDetailSerializer(WorkOrderSerializer):
    """With its checklist as it stands. Who only watches gets of each step its title and what came of it."""

    steps = ChecklistStepSerializer(many=True, source="checklist.steps", read_only=True)
    missing = MissingSerializer(many=True, source="checklist.missing", read_only=True)
    history = HistorySerializer(many=True, source="events", read_only=True, help_text="For people of the VAR alone.")

    class Meta(WorkOrderSerializer.Meta):
        fields = [*WorkOrderSerializer.Meta.fields, "steps", "missing", "history"]


# -- filters ----------------------------------------------------------------------------------


class ConcernedAssetFilter(VisibleKeyFilter):
    """Work for that asset: its own, work that was begun on it, and work whose steps will apply to it."""

    def filter(self, qs: models.QuerySet[Any], value: int | None) -> models.QuerySet[Any]:
        if value is None:
            return qs
        super().filter(qs.none(), value)  # refuses what is not visible
        return concerning(qs, Asset.objects.select_related("product").get(pk=value))


def concerning(rows: models.QuerySet[Any], asset: Asset) -> models.QuerySet[Any]:
    """Work orders whose steps apply, or before the start would apply, to the asset."""
    begun = Target.objects.filter(work_order=OuterRef("pk"), asset=asset)
    kind = asset.product.kind
    procedures = Procedure.objects.values_list("pk", "applies_to")
    fitting = [pk for pk, kinds in procedures if not kinds or kind in kinds]
    covers = CoveredAsset.objects.filter(
        Q(until_on=None) | Q(until_on__gte=OuterRef("nominal_on")),
        contract=OuterRef("contract"),
        asset=asset,
        from_on__lte=OuterRef("nominal_on"),
    )
    ahead = Q(asset=None, started_at=None, site=asset.site_id, procedure_version__procedure__in=fitting)
    return rows.filter(Q(asset=asset) | Exists(begun) | (ahead & (Q(contract=None) | Exists(covers))))


class WorkOrderFilterSet(ApiFilterSet):
    customer = VisibleKeyFilter(Customer, field_name="site__customer")
    asset = ConcernedAssetFilter(Asset)
    procedure = ProcedureFilter(field_name="procedure_version__procedure")
    assignee = VisibleKeyOrNoneFilter(User, rows=staff_for)
    due_before = InstantFilter(field_name="due_at", lookup_expr="lt", label="Due earlier than this instant.")
    due_after = InstantFilter(field_name="due_at", lookup_expr="gte", label="Due at this instant or later.")
    change_event = VisibleKeyFilter(ChangeEvent, field_name="firing__event")

    class Meta:
        model = WorkOrder
        fields = ["status", "customer", "site", "asset", "contract", "schedule", "procedure", "assignee", "performer"]


# -- what is sent to the work as a whole --------------------------------------------------------


class CompleteSerializer(StrictSerializer):
    finished_at = DeviceInstantField(required=False, help_text="When, by the device; left out: now.")


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)


class AssignSerializer(StrictSerializer):
    assignee = VisibleKey(User, rows=staff_for, allow_null=True, help_text="null: nobody.")


class HandOverSerializer(StrictSerializer):
    performer = serializers.ChoiceField(choices=Performer.choices)


class WorkOrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = WorkOrder
    serializer_class = WorkOrderSerializer
    filterset_class = WorkOrderFilterSet
    ordering_fields = ["due_at", "id"]
    ordering = ["due_at", "id"]
    number_prefix = "WO"

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("site", "procedure_version__procedure", "assignee", "firing")

    @extend_schema(responses=WorkOrderDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The work order with its checklist: steps, answers, locks, and what is missing."""
        row = self.get_object()
        row.checklist = checklist_of(row, now=self.now)
        if can_see_inside(request.user, row):
            context = {**self.get_serializer_context(), "work_order": row}
            shown = dict(WorkOrderDetailSerializer(row, context=context).data)
            if not self._user().is_var:
                del shown["history"]
            return Response(shown)
        return Response({**self.get_serializer(row).data, "steps": outline(row.checklist)})

    # -- the work as a whole --------------------------------------------------------------------

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def start(self, request: Request, pk: str) -> Response:
        """Begin: fixes the version of the procedure and the assets that the steps apply to."""
        row = self._row(can_work)
        self.body()
        return self.answer(start_work(work_order=row, by=self._user(), now=self.now))

    @action(detail=True, methods=["post"], serializer_class=CompleteSerializer)
    def complete(self, request: Request, pk: str) -> Response:
        """Finish; a 409 that names each step still missing at `steps.{key}.{target}`."""
        row = self._row(can_work)
        finished_at = self.body().get("finished_at", self.now)
        try:
            done = complete_work(work_order=row, finished_at=finished_at, by=self._user(), now=self.now)
        except IncompleteError as error:
            raise _incomplete(error) from error
        return self.answer(done)

    @action(detail=True, methods=["post"], serializer_class=ReasonSerializer)
    def skip(self, request: Request, pk: str) -> Response:
        """Leave it out this time; it counts against compliance unless a manager excuses it."""
        return self._with_reason(can_skip_work, skip_work)

    @action(detail=True, methods=["post"], serializer_class=ReasonSerializer)
    def cancel(self, request: Request, pk: str) -> Response:
        """Call it off: it was not needed, and does not count."""
        return self._with_reason(can_cancel_work, cancel_work)

    @action(detail=True, methods=["post"], serializer_class=ReasonSerializer)
    def excuse(self, request: Request, pk: str) -> Response:
        """Missed or skipped work shall not count against compliance."""
        return self._with_reason(can_excuse_work, excuse_work)

    @action(detail=True, methods=["post"], url_path="hand-over", serializer_class=HandOverSerializer)
    def hand_over(self, request: Request, pk: str) -> Response:
        """Let the customer do what a change opened (`customer`), or take it back (`var`)."""
        row = self._row(can_hand_over_work)
        return self.answer(hand_over(work_order=row, **self.body(), by=self._user(), now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def reinstate(self, request: Request, pk: str) -> Response:
        """Take up again what was cancelled or skipped, while its date still holds."""
        row = self._row(can_cancel_work)
        self.body()
        return self.answer(reinstate_work(work_order=row, by=self._user(), now=self.now))

    @action(detail=True, methods=["post"], serializer_class=AssignSerializer)
    def assign(self, request: Request, pk: str) -> Response:
        """Give it to somebody of the VAR, or to nobody. Technicians take it themselves, or give their own back."""
        user = self._user()
        row = self.get_object()
        require(can_assign_work(user, row) or can_take_work(user, row))
        assignee = self.body()["assignee"]
        require(can_assign_work(user, row) or assignee in (None, user))
        return self.answer(assign_work(work_order=row, assignee=assignee, by=user, now=self.now))

    # -- its steps ------------------------------------------------------------------------------

    @extend_schema(request=AnswerEntrySerializer, responses=ChecklistStepSerializer, parameters=STEP_PARAMETERS)
    @action(detail=True, methods=["put"], url_path=STEP, url_name="step", serializer_class=AnswerEntrySerializer)
    def step(self, request: Request, pk: str, key: str, target: str) -> Response:
        """Answer a step; the first answer begins the work. An earlier answer is kept beside it."""
        row = self._row(can_work)
        given = {name: value for name, value in self.body().items() if value is not None}
        place: dict[str, Any] = {"step_key": key, "asset_id": int(target) or None}
        try:
            record_answer(work_order=row, **place, **given, by=self._user(), now=self.now)
        except DomainError as error:
            raise _as_route(error) from error
        return self._step(row, key, target)

    @extend_schema(
        request={"multipart/form-data": PhotoEntrySerializer},
        responses={201: ChecklistStepSerializer},
        parameters=STEP_PARAMETERS,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=f"{STEP}/photos",
        url_name="step-photos",
        serializer_class=PhotoEntrySerializer,
        parser_classes=[MultiPartParser],
    )
    def photos(self, request: Request, pk: str, key: str, target: str) -> Response:
        """Append a photo to a step; it begins the work, but answers nothing."""
        row = self._row(can_work)
        given = self.body()
        place = {"step_key": key, "asset_id": int(target) or None, "upload": given.pop("photo")}
        try:
            add_photo(work_order=row, **place, **given, by=self._user(), now=self.now)
        except DomainError as error:
            raise _as_route(error) from error
        return self._step(row, key, target, status=201)

    @extend_schema(
        request=None,
        responses={201: ChecklistStepSerializer, 200: ChecklistStepSerializer},
        parameters=STEP_PARAMETERS,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=f"{STEP}/ticket",
        url_name="step-ticket",
        serializer_class=EmptySerializer,
    )
    def ticket(self, request: Request, pk: str, key: str, target: str) -> Response:
        """Open the ticket that a failed step proposes; asked again it is the same one, and a 200."""
        row = self._row(can_work)
        self.body()
        answer = _find(checklist_of(row, now=self.now, with_previous=False), key, target).answer
        if answer is None:
            raise Conflict(_("This step has no answer yet."), code="no_answer")
        open_ticket_from_answer(answer=answer, by=self._user(), now=self.now)
        return self._step(row, key, target, status=201 if answer.ticket_id is None else 200)

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY}, parameters=PHOTO_PARAMETERS)
    @action(detail=True, url_path=r"photos/(?P<photo>[0-9a-f-]{36})", url_name="photo")
    def photo(self, request: Request, pk: str, photo: str) -> FileResponse:
        """A photo's bytes, JPEG or PNG."""
        row = self.get_object()
        if not can_see_inside(request.user, row):
            raise Http404
        try:
            wanted = uuid.UUID(photo)
        except ValueError:
            raise Http404 from None
        photos = AnswerPhoto.objects.filter(target__work_order=row).select_related("file")
        return serve(get_object_or_404(photos, file__uuid=wanted).file)

    # -- parts ----------------------------------------------------------------------------------

    def _user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def _row(self, may: Callable[[Any, WorkOrder], bool]) -> WorkOrder:
        """The row: a 404 where it is not visible, a 403 where this is not allowed."""
        row: WorkOrder = self.get_object()
        require(may(self.request.user, row))
        return row

    def _with_reason(self, may: Callable[[Any, WorkOrder], bool], act: Callable[..., WorkOrder]) -> Response:
        row = self._row(may)
        reason = self.body()["reason"]
        return self.answer(act(work_order=row, reason=reason, by=self._user(), now=self.now))

    def _step(self, row: WorkOrder, key: str, target: str, *, status: int = 200) -> Response:
        """The step as it is now."""
        row = self.visible().get(pk=row.pk)
        item = _find(checklist_of(row, now=self.now), key, target)
        context = {**self.get_serializer_context(), "work_order": row}
        return Response(ChecklistStepSerializer(item, context=context).data, status=status)


def _find(checklist: Checklist, key: str, target: str) -> ChecklistStep:
    item = checklist.find(key, int(target))
    if item is None:
        raise Http404
    return item


def _as_route(error: DomainError) -> Exception:
    """A step that does not exist is an address that does not exist."""
    return Http404() if error.code == "no_step" else error


def _incomplete(error: IncompleteError) -> ConflictError:
    """One error for each gap."""
    gaps = {
        f"steps.{gap.step.key}.{_target_of(gap)}": [ErrorDetail(str(gap), code=error.code)] for gap in error.missing
    }
    conflict = ConflictError()
    conflict.detail = gaps  # type: ignore[assignment]  # the handler lists what is nested
    return conflict


def _target_of(gap: Missing) -> int:
    return gap.asset.pk if gap.asset else ORDER_TARGET
