"""Visits: planned, agreed on, done and signed by programs as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Prefetch
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from portal.files.serving import serve
from portal.web.access import require
from portal.web.api import EmptySerializer, PortalViewSet
from portal.web.api_defaults import ConflictError
from schedules import actions
from schedules.actions import VisitIncompleteError
from schedules.api.visit_rows import (
    CorrectionBody,
    ItemBody,
    OtherTimeBody,
    PlanBody,
    ReasonBody,
    RemoveItemBody,
    ReportSerializer,
    RescheduleBody,
    SignOffBody,
    StartBody,
    VisitDetailSerializer,
    VisitFilterSet,
    VisitSerializer,
)
from schedules.enums import VisitStatus
from schedules.models import Visit, VisitReport, VisitWork
from schedules.permissions import can_confirm_visit, can_correct_report, can_do_visit, can_plan_visit
from schedules.report.delivery import report_file
from schedules.report.pdf import ReportPdfError
from schedules.visit_gaps import gaps_of


class UnmadeError(APIException):
    status_code = 503
    default_code = "unmade"
    default_detail = gettext_lazy("The file cannot be made right now. Try again in some minutes.")


class VisitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Visit
    number_prefix = "V"
    serializer_class = VisitSerializer
    filterset_class = VisitFilterSet
    ordering_fields = ["id", "planned_start_at", "status"]
    ordering = ["-planned_start_at", "-id"]

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("site", "technician")

    @extend_schema(request=PlanBody, responses={201: VisitSerializer})
    def create(self, request: Request) -> Response:
        """Plan a visit; the customer is asked to confirm it by mail."""
        require(can_plan_visit(request.user))
        values = self._checked(PlanBody, request.data)
        return self.answer(actions.plan_visit(**values, by=self.by, now=self.now), status=201)

    @extend_schema(responses=VisitDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The visit with its work, tickets and signatures, and what sign-off would still ask for."""
        return self._detail(self.get_object())

    # -- agreeing on the time -------------------------------------------------------------------

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def confirm(self, request: Request, pk: str) -> Response:
        """The customer agrees to the time."""
        row = self._row(can_confirm_visit)
        self.body()
        return self.answer(actions.confirm_visit(visit=row, by=self.by, now=self.now))

    @action(detail=True, methods=["post"], url_path="other-time", serializer_class=OtherTimeBody)
    def other_time(self, request: Request, pk: str) -> Response:
        """The customer cannot then, and says what would suit."""
        row = self._row(can_confirm_visit)
        return self.answer(actions.ask_other_time(visit=row, **self.body(), by=self.by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=RescheduleBody)
    def reschedule(self, request: Request, pk: str) -> Response:
        """Move it, or give it to somebody else; the customer is asked to confirm anew."""
        row = self._row(_may_plan)
        return self.answer(actions.reschedule_visit(visit=row, **self.body(), by=self.by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=ReasonBody)
    def cancel(self, request: Request, pk: str) -> Response:
        """Call it off; what it held can be planned again. Not once something was answered in it."""
        row = self._row(_may_plan)
        return self.answer(actions.cancel_visit(visit=row, **self.body(), by=self.by, now=self.now))

    # -- doing it -------------------------------------------------------------------------------

    @extend_schema(responses=VisitDetailSerializer)
    @action(detail=True, methods=["post"], serializer_class=StartBody)
    def start(self, request: Request, pk: str) -> Response:
        """Arrive: in come the day's review, a backup of each base unit, and the due work of the site."""
        row = self._row(_may_do)
        return self._detail(actions.start_visit(visit=row, **self.body(), by=self.by, now=self.now))

    @extend_schema(responses=VisitDetailSerializer)
    @action(detail=True, methods=["post"], serializer_class=ItemBody)
    def items(self, request: Request, pk: str) -> Response:
        """Let a work order or a ticket of the site join."""
        row = self._row(_may_do)
        given = self.body()
        add: Callable[..., object] = actions.add_work if "work_order" in given else actions.add_ticket
        add(visit=row, **given, by=self.by, now=self.now)
        return self._detail(row)

    @extend_schema(responses=VisitDetailSerializer)
    @action(detail=True, methods=["post"], url_path="items/remove", serializer_class=RemoveItemBody)
    def remove_item(self, request: Request, pk: str) -> Response:
        """Take a work order or a ticket out again; what every visit begins with stays."""
        row = self._row(_may_do)
        given = self.body()
        remove: Callable[..., object] = actions.remove_work if "work_order" in given else actions.remove_ticket
        remove(visit=row, **given, by=self.by, now=self.now)
        return self._detail(row)

    @extend_schema(responses=VisitDetailSerializer)
    @action(detail=True, methods=["post"], url_path="sign-off", serializer_class=SignOffBody)
    def sign_off(self, request: Request, pk: str) -> Response:
        """Close it, all or nothing; a 409 names each gap at `work.{number}` or `tickets.{number}`."""
        row = self._row(_may_do)
        given = {"finished_at": self.now, "carry_over": {}, **self.body()}
        try:
            return self._detail(actions.sign_off(visit=row, **given, by=self.by, now=self.now))
        except VisitIncompleteError as error:
            raise _incomplete(error) from error

    # -- its report -----------------------------------------------------------------------------

    @extend_schema(responses=ReportSerializer)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """What was frozen when the visit was signed, in the customer's language, and what was added since."""
        return Response(ReportSerializer(self._report()).data)

    @extend_schema(responses={201: ReportSerializer})
    @action(detail=True, methods=["post"], serializer_class=CorrectionBody)
    def corrections(self, request: Request, pk: str) -> Response:
        """Add what has to be said afterwards; whoever got the report gets it anew."""
        report = self._report()
        require(can_correct_report(request.user))
        actions.correct_report(report=report, **self.body(), by=self.by, now=self.now)
        return Response(ReportSerializer(self._report()).data, status=201)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def report_pdf(self, request: Request, pk: str) -> FileResponse:
        """The report as a file, with every correction so far."""
        try:
            return serve(report_file(report=self._report(), now=self.now))
        except ReportPdfError as error:
            raise UnmadeError from error

    def _report(self) -> VisitReport:
        """The report of the visit; a 404 while it is not signed."""
        rows = VisitReport.objects.visible_to(self.request.user)
        related = rows.select_related("visit__site__customer").prefetch_related("corrections__by")
        report: VisitReport = get_object_or_404(related, visit=self.get_object())
        return report

    # -- parts ----------------------------------------------------------------------------------

    def _row(self, may: Callable[[Any, Visit], bool]) -> Visit:
        """The row: a 404 where it is not visible, a 403 where this is not allowed."""
        row: Visit = self.get_object()
        require(may(self.request.user, row))
        return row

    def _detail(self, row: Visit) -> Response:
        """The visit as it stands now."""
        work = VisitWork.objects.select_related("work_order__procedure_version__procedure")
        shown = self.visible().prefetch_related(
            Prefetch("work", queryset=work), "ticket_items__ticket", "signatures", "events"
        )
        visit: Any = shown.get(pk=row.pk)
        is_asked = visit.status == VisitStatus.IN_PROGRESS and self.by.is_var
        visit.gaps = gaps_of(visit, now=self.now) if is_asked else []
        return Response(VisitDetailSerializer(visit, context=self.get_serializer_context()).data)


def _may_plan(user: Any, _visit: Visit) -> bool:
    return can_plan_visit(user)


def _may_do(user: Any, _visit: Visit) -> bool:
    return can_do_visit(user)


def _incomplete(error: VisitIncompleteError) -> ConflictError:
    """One error for each gap."""
    conflict = ConflictError()
    conflict.detail = {  # the handler lists what is nested
        f"{'work' if gap.work_order else 'tickets'}.{gap.number}": [ErrorDetail(error.message, code=error.code)]
        for gap in error.gaps
    }
    return conflict
