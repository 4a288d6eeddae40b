"""Tickets: opened, answered and solved by programs as on the pages."""

from __future__ import annotations

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.web.access import require
from portal.web.api import EmptySerializer, PortalViewSet
from portal.web.api_defaults import CursorPages
from tickets import actions, permissions
from tickets.api.clocks import ClocksSerializer
from tickets.api.rows import (
    AssignBody,
    CommentBody,
    EditBody,
    EventsQuery,
    ReopenBody,
    ResolveBody,
    SeverityBody,
    TicketEventSerializer,
    TicketFilter,
    TicketSerializer,
    WaitBody,
)
from tickets.derivation import clocks_of
from tickets.enums import TicketSource
from tickets.explain import to_json
from tickets.models import Ticket, TicketEvent


class EventPages(CursorPages):
    ordering = ("at", "id")


class TicketViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    queryset_model = Ticket
    number_prefix = "TK"
    serializer_class = TicketSerializer
    filterset_class = TicketFilter
    ordering_fields = ["id", "opened_at", "severity", "state", "response_due_at", "resolution_due_at"]
    ordering = ["-opened_at"]

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("contract", "policy_version", "calendar_version")

    def create(self, request: Request) -> Response:
        """Open a ticket. Opened by staff it is acknowledged at once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        require(permissions.can_open_ticket(request.user, values["customer"]))
        ticket = actions.open_ticket(source=TicketSource.API, by=self._by, now=self.now, **values)
        return self.answer(ticket, status=201)

    @extend_schema(request=EditBody)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct summary and description: staff until it is closed, who opened it as long as it is new."""
        ticket = self._allowed(permissions.can_edit_ticket)
        given = self._checked(EditBody, request.data)
        return self.answer(actions.edit_ticket(ticket=ticket, **given, by=self._by, now=self.now))

    # -- verbs ------------------------------------------------------------------------------------

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def acknowledge(self, request: Request, pk: str) -> Response:
        """A person of the VAR has seen it: the response clock stops."""
        ticket = self._allowed(permissions.can_acknowledge)
        self.body()
        return self.answer(actions.acknowledge(ticket=ticket, by=self._by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=AssignBody)
    def assign(self, request: Request, pk: str) -> Response:
        """Give it to a person of the VAR; technicians take tickets only for themselves."""
        ticket = self._allowed(permissions.can_take)
        assignee = self.body()["assignee"]
        require(assignee == request.user or permissions.can_assign(request.user, ticket))
        return self.answer(actions.assign(ticket=ticket, assignee=assignee, by=self._by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=WaitBody)
    def wait(self, request: Request, pk: str) -> Response:
        """Say what it waits for; the policy says whether the resolution clock pauses."""
        ticket = self._allowed(permissions.can_work_on_ticket)
        return self.answer(actions.wait(ticket=ticket, **self.body(), by=self._by, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def resume(self, request: Request, pk: str) -> Response:
        """What it waited for has come."""
        ticket = self._allowed(permissions.can_work_on_ticket)
        self.body()
        return self.answer(actions.resume(ticket=ticket, by=self._by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=SeverityBody)
    def severity(self, request: Request, pk: str) -> Response:
        """Judge impact and urgency anew; the deadlines are derived again from the opening."""
        ticket = self._allowed(permissions.can_change_severity)
        return self.answer(actions.change_severity(ticket=ticket, **self.body(), by=self._by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=ResolveBody)
    def resolve(self, request: Request, pk: str) -> Response:
        """It is solved, and how: both clocks stop."""
        ticket = self._allowed(permissions.can_work_on_ticket)
        return self.answer(actions.resolve(ticket=ticket, **self.body(), by=self._by, now=self.now))

    @action(detail=True, methods=["post"], serializer_class=ReopenBody)
    def reopen(self, request: Request, pk: str) -> Response:
        """It was not solved: the unspent time goes on. Customers have 14 days for this."""
        ticket = self._allowed(permissions.can_reopen)
        return self.answer(actions.reopen(ticket=ticket, **self.body(), by=self._by, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def close(self, request: Request, pk: str) -> Response:
        """Put a resolved ticket away for good."""
        ticket = self._allowed(permissions.can_work_on_ticket)
        self.body()
        return self.answer(actions.close(ticket=ticket, by=self._by, now=self.now))

    @extend_schema(responses={201: TicketEventSerializer})
    @action(detail=True, methods=["post"], serializer_class=CommentBody)
    def comments(self, request: Request, pk: str) -> Response:
        """Say something on it; answers the event. The first public one of the VAR acknowledges."""
        ticket = self._allowed(permissions.can_comment)
        given = self.body()
        require(given["is_public"] or permissions.can_write_internal(request.user, ticket))
        event = actions.comment(ticket=ticket, **given, by=self._by, now=self.now)
        return Response(TicketEventSerializer(event, context=self.get_serializer_context()).data, status=201)

    # -- what happened, and why ---------------------------------------------------------------------

    @extend_schema(filters=False, responses=TicketEventSerializer(many=True))
    @action(
        detail=True,
        serializer_class=TicketEventSerializer,
        pagination_class=EventPages,
        query_serializer_class=EventsQuery,
    )
    def events(self, request: Request, pk: str) -> Response:
        """Everything that happened to it, the oldest first; to customers what is public."""
        ticket = self.get_object()
        rows = TicketEvent.objects.visible_to(self._by).filter(ticket=ticket).select_related("by", "comment")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=ClocksSerializer)
    @action(detail=True)
    def ledger(self, request: Request, pk: str) -> Response:
        """Both clocks as of now, and every stretch of time they are made of: "why this deadline?"."""
        ticket = self.get_object()
        events = list(ticket.events.all())
        return Response(to_json(clocks_of(ticket, as_of=max(self.now, events[-1].at), events=events)))

    @property
    def _by(self) -> Any:
        """Who asks; signed in, or there would be no answer."""
        return self.request.user

    def _allowed(self, may: Any) -> Ticket:
        """The ticket of the address, where this person may do that with it."""
        ticket: Ticket = self.get_object()
        require(may(self.request.user, ticket))
        return ticket
