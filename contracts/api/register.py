"""Customers, their people, sites and contacts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts import actions
from contracts.api.history import Remembered
from contracts.api.resource import NotesForTheVar, Resource
from contracts.enums import CustomerRole
from contracts.models import BusinessCalendar, Contact, Customer, Membership, Site
from contracts.permissions import (
    can_archive_register,
    can_edit_contact,
    can_edit_customer,
    can_edit_site,
    can_manage_members,
)
from portal.accounts.models import User
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    ArchivedFilter,
    EmptySerializer,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeyFilter,
)
from portal.web.filters import SearchFilter

MEMBER_STATES = [(state, state) for state in ("active", "invited", "inactive")]  # of User.state

# -- customers --------------------------------------------------------------------------------


class CustomerSerializer(NotesForTheVar):
    url = RowUrl("customers")

    class Meta:
        model = Customer
        fields = ["id", "url", "name", "email", "phone", "language", "notes", "created_at", "archived_at"]
        read_only_fields = ["created_at", "archived_at"]


class CustomerFilter(ApiFilterSet):
    q = SearchFilter("name", "email")
    archived = ArchivedFilter()

    class Meta:
        model = Customer
        fields = ["name", "language"]


class CustomerViewSet(Remembered):
    queryset_model = Customer
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    ordering_fields = ["id", "name", "created_at"]
    add_verb = "add_customer"
    may = Resource.editable_by(can_edit_customer, can_archive_register)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(created_at=self.now)


# -- what belongs to a customer ---------------------------------------------------------------


class OfCustomerSerializer(StrictModelSerializer):
    """A row that stays with its customer."""

    def validate_customer(self, customer: Customer) -> Customer:
        if self.instance is not None and self.instance.customer_id != customer.pk:
            raise serializers.ValidationError(_("It stays with its customer."), code="fixed")
        return customer


class SiteSerializer(OfCustomerSerializer):
    url = RowUrl("sites")
    customer = VisibleKey(Customer)
    calendar = VisibleKey(BusinessCalendar)

    class Meta:
        model = Site
        fields = [
            "id",
            "url",
            "customer",
            "name",
            "address",
            "timezone",
            "region",
            "calendar",
            "access_notes",
            "dhcp_lease_hours",
            "archived_at",
        ]
        read_only_fields = ["archived_at"]


class SiteFilter(ApiFilterSet):
    q = SearchFilter("name", "address", "customer__name")
    archived = ArchivedFilter()

    class Meta:
        model = Site
        fields = ["customer", "name", "region", "timezone", "calendar"]


class SiteViewSet(Remembered):
    queryset_model = Site
    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    ordering_fields = ["id", "name", "customer"]
    add_verb = "edit_site"
    may = Resource.editable_by(can_edit_site, can_archive_register)

    def perform_create(self, serializer: Any) -> None:
        require(can_edit_site(self.request.user, serializer.validated_data["customer"]))
        serializer.save()


class ContactSerializer(OfCustomerSerializer):
    url = RowUrl("contacts")
    customer = VisibleKey(Customer)
    site = VisibleKey(Site, required=False, allow_null=True)

    class Meta:
        model = Contact
        fields = ["id", "url", "customer", "site", "name", "function", "email", "phone", "archived_at"]
        read_only_fields = ["archived_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        customer = attrs.get("customer") or getattr(self.instance, "customer", None)
        site = attrs.get("site")
        if site and site.customer != customer:
            raise serializers.ValidationError({"site": [_("This site belongs to another customer.")]})
        return attrs


class ContactFilter(ApiFilterSet):
    q = SearchFilter("name", "function", "email", "phone")
    archived = ArchivedFilter()

    class Meta:
        model = Contact
        fields = ["customer", "site", "name", "email"]


class ContactViewSet(Remembered):
    queryset_model = Contact
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    ordering_fields = ["id", "name", "customer"]
    add_verb = "edit_contact"
    may = Resource.editable_by(can_edit_contact, can_edit_contact)

    def visible(self) -> models.QuerySet[Any]:
        return super().visible().select_related("customer")

    def perform_create(self, serializer: Any) -> None:
        require(can_edit_contact(self.request.user, serializer.validated_data["customer"]))
        serializer.save()


# -- people -----------------------------------------------------------------------------------


class MembershipSerializer(StrictModelSerializer):
    """A person who may act for a customer. Only the role can be changed."""

    url = RowUrl("memberships")
    name = serializers.CharField(read_only=True, help_text="The address, until an invited person has agreed.")
    email = serializers.EmailField(source="user.email", read_only=True)
    state = serializers.ChoiceField(choices=MEMBER_STATES, read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "url", "customer", "user", "name", "email", "state", "role", "created_at"]
        read_only_fields = ["customer", "user", "created_at"]


class InviteSerializer(StrictSerializer):
    customer = VisibleKey(Customer)
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120)
    role = serializers.ChoiceField(choices=CustomerRole.choices)


class InvitedSerializer(MembershipSerializer):
    """With the link by which the person chooses a password or, with an account already, agrees."""

    invitation_link = serializers.CharField(read_only=True)

    class Meta(MembershipSerializer.Meta):
        fields = [*MembershipSerializer.Meta.fields, "invitation_link"]


def people_for(user: Any) -> models.QuerySet[User]:
    """Whom somebody may ask for: the people of the customers they see."""
    return User.objects.filter(memberships__in=Membership.objects.visible_to(user))


class MembershipFilter(ApiFilterSet):
    q = SearchFilter("user__name", "user__email")
    user = VisibleKeyFilter(User, rows=people_for)

    class Meta:
        model = Membership
        fields = ["customer", "user", "role"]


class MembershipViewSet(Resource):
    queryset_model = Membership
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    ordering_fields = ["id", "customer", "role", "created_at"]
    add_verb = "manage_members"
    may = Resource.editable_by(can_manage_members) | {"remove": can_manage_members}

    def visible(self) -> models.QuerySet[Any]:
        return Membership.everyone.visible_to(self.by).select_related("user")

    @extend_schema(request=InviteSerializer, responses={201: InvitedSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite a person to act for the customer; who has an account already has to agree first. Safe to repeat."""
        given = self._checked(InviteSerializer, request.data)
        require(can_manage_members(request.user, given["customer"]))
        membership, invitation = actions.invite_member(**given, by=self.by, now=self.now)
        shown = InvitedSerializer(membership, context=self.get_serializer_context()).data
        return Response({**shown, "invitation_link": invitation.link}, status=201)

    def perform_update(self, serializer: Any) -> None:
        role = serializer.validated_data.get("role", serializer.instance.role)
        serializer.instance = actions.change_member_role(membership=serializer.instance, role=role, by=self.by)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def remove(self, request: Request, pk: str) -> Response:
        """End the membership; the account stays."""
        membership = self.get_object()
        self.body()
        actions.remove_member(membership=membership, by=self.by)
        return Response(status=204)
