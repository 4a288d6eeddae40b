"""Contracts: drafted, amended, suspended, renewed, ended."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contracts import actions
from contracts.actions.drafts import CoverGiven, Header, TermsGiven
from contracts.api.resource import Resource
from contracts.models import (
    Asset,
    BusinessCalendar,
    Contract,
    ContractTerms,
    CoveredAsset,
    Customer,
    Plan,
    Suspension,
)
from contracts.permissions import can_manage_contract
from portal.web.access import require
from portal.web.api import (
    ApiFilterSet,
    DayField,
    EmptySerializer,
    RowUrl,
    StrictModelSerializer,
    StrictSerializer,
    VisibleKey,
    VisibleKeys,
)
from portal.web.filters import SearchFilter


def _price(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False, **kwargs)


def _currency() -> serializers.CharField:
    three_letters = RegexValidator(r"^[A-Z]{3}\Z", _("Give three capital letters such as EUR."))
    return serializers.CharField(required=False, validators=[three_letters])


# -- the parts of a contract ------------------------------------------------------------------


class TermsSerializer(StrictModelSerializer):
    """`plan` and `calendar` stand for their newest versions when written; the terms keep those."""

    plan = VisibleKey(Plan, source="plan_version.plan")
    plan_name = serializers.CharField(source="plan_version.plan.name", read_only=True)
    plan_version = serializers.IntegerField(source="plan_version.number", read_only=True)
    calendar = VisibleKey(BusinessCalendar, source="calendar_version.calendar")
    calendar_version = serializers.IntegerField(source="calendar_version.number", read_only=True)
    price = _price(allow_null=True)
    currency = _currency()

    class Meta:
        model = ContractTerms
        fields = [
            "id",
            "from_on",
            "until_on",
            "plan",
            "plan_name",
            "plan_version",
            "calendar",
            "calendar_version",
            "price",
            "currency",
        ]


class CoverSerializer(StrictModelSerializer):
    """An asset on the list; written as an object, or as the asset's id alone: from the first day of the terms."""

    asset = VisibleKey(Asset)
    tag = serializers.CharField(source="asset.tag", read_only=True)
    from_on = DayField(required=False)

    class Meta:
        model = CoveredAsset
        fields = ["id", "asset", "tag", "from_on", "until_on"]

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value({"asset": data} if isinstance(data, int | str) else data)


class SuspensionSerializer(StrictModelSerializer):
    class Meta:
        model = Suspension
        fields = ["id", "from_on", "until_on", "reason"]


class ContractSerializer(StrictModelSerializer):
    """Drafts are edited here; what is in force changes by its verbs."""

    url = RowUrl("contracts")
    customer = VisibleKey(Customer)
    terms = TermsSerializer(many=True, required=False, max_length=100)  # type: ignore[call-arg]  # of its list
    covered_assets = CoverSerializer(many=True, required=False, max_length=500)  # type: ignore[call-arg]  # of its list
    suspensions = SuspensionSerializer(many=True, read_only=True)

    class Meta:
        model = Contract
        fields = [
            "id",
            "url",
            "number",
            "customer",
            "name",
            "reference",
            "state",
            "work_from_on",
            "anchor_on",
            "ended_on",
            "activated_at",
            "created_at",
            "terms",
            "covered_assets",
            "suspensions",
        ]
        read_only_fields = ["state", "ended_on", "activated_at", "created_at"]


class ContractFilter(ApiFilterSet):
    q = SearchFilter("name", "reference", "customer__name")

    class Meta:
        model = Contract
        fields = ["customer", "state", "name", "reference", "ended_on", "work_from_on"]


# -- the bodies of the verbs ------------------------------------------------------------------


class NewTermsSerializer(StrictSerializer):
    """What new terms say otherwise; left out: as before."""

    plan = VisibleKey(Plan, required=False)
    calendar = VisibleKey(BusinessCalendar, required=False)
    price = _price()
    currency = _currency()


class AmendSerializer(NewTermsSerializer):
    from_on = DayField()
    add_assets = VisibleKeys(Asset, required=False)
    remove_assets = VisibleKeys(Asset, required=False)


class RenewSerializer(NewTermsSerializer):
    from_on = DayField(required=False, help_text="Left out: the day after the last terms.")
    until_on = DayField()


class SuspendSerializer(StrictSerializer):
    from_on = DayField()
    until_on = DayField(required=False, allow_null=True, default=None, help_text="Left out: until it is resumed.")
    reason = serializers.CharField(max_length=300)


class ResumeSerializer(StrictSerializer):
    on = DayField(help_text="The first day on which it holds again.")


class TerminateSerializer(StrictSerializer):
    ended_on = DayField(help_text="The last day it holds.")
    reason = serializers.CharField(max_length=300)


def _versions(given: dict[str, Any]) -> dict[str, Any]:
    """The same values, with plan and calendar as their newest versions."""
    values = dict(given)
    for name in ("plan", "calendar"):
        if name in values:
            values[f"{name}_version"] = values.pop(name).current()
    return values


def _terms(given: dict[str, Any]) -> TermsGiven:
    """Nested terms as the action takes them."""
    return {
        "from_on": given["from_on"],
        "until_on": given["until_on"],
        "plan_version": given["plan_version"]["plan"].current(),
        "calendar_version": given["calendar_version"]["calendar"].current(),
        "price": given.get("price"),
        "currency": given.get("currency", "EUR"),
    }


def _cover(given: dict[str, Any]) -> CoverGiven:
    return {"asset": given["asset"], "from_on": given.get("from_on"), "until_on": given.get("until_on")}


class ContractViewSet(Resource):
    queryset_model = Contract
    number_prefix = "CT"
    serializer_class = ContractSerializer
    filterset_class = ContractFilter
    ordering_fields = ["id", "name", "customer", "state", "created_at", "activated_at", "ended_on"]
    add_verb = "manage_contract"
    may = Resource.editable_by(can_manage_contract) | dict.fromkeys(
        ("activate", "amend", "suspend", "resume", "terminate", "renew"), can_manage_contract
    )

    def visible(self) -> models.QuerySet[Any]:
        terms = ContractTerms.objects.select_related("plan_version__plan", "calendar_version__calendar")
        covers = CoveredAsset.objects.select_related("asset")
        return (
            super()
            .visible()
            .select_related("customer")
            .prefetch_related(Prefetch("terms", terms), Prefetch("covered_assets", covers), "suspensions")
        )

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a draft, with its terms and its covered assets where they are known."""
        given = self._validated(None, request)
        require(can_manage_contract(request.user, given["customer"]))
        said = self._said(given, left_out=())
        return self.answer(actions.draft_contract(customer=given["customer"], **said), 201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a draft. Terms and covered assets that are given replace all there were."""
        contract = self.get_object()
        given = self._validated(contract, request, **kwargs)
        customer = given.get("customer", contract.customer)
        require(can_manage_contract(request.user, customer))
        said = self._said(given, left_out=None)
        return self.answer(actions.edit_draft(contract=contract, customer=customer, **said))

    def _validated(self, contract: Contract | None, request: Request, partial: bool = False, **_: Any) -> Any:
        serializer = self.get_serializer(contract, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def _said(self, given: dict[str, Any], *, left_out: Any) -> dict[str, Any]:
        """The body as the actions on drafts take it."""
        terms, covers = given.get("terms"), given.get("covered_assets")
        return {
            "header": {name: given[name] for name in Header.__annotations__ if name in given},
            "terms": left_out if terms is None else [_terms(row) for row in terms],
            "covers": left_out if covers is None else [_cover(row) for row in covers],
            "by": self.by,
            "now": self.now,
        }

    @action(detail=True, methods=["post"], serializer_class=EmptySerializer)
    def activate(self, request: Request, pk: str) -> Response:
        """Put a draft in force: from here on it claims its assets and makes work."""
        return self._change(actions.activate_contract)

    @action(detail=True, methods=["post"], serializer_class=AmendSerializer)
    def amend(self, request: Request, pk: str) -> Response:
        """From a day on: assets on or off the list, another plan, calendar or price; all or nothing."""
        return self._change(actions.amend_contract)

    @action(detail=True, methods=["post"], serializer_class=SuspendSerializer)
    def suspend(self, request: Request, pk: str) -> Response:
        """Let the contract rest on these days, both included."""
        return self._change(actions.suspend_contract)

    @action(detail=True, methods=["post"], serializer_class=ResumeSerializer)
    def resume(self, request: Request, pk: str) -> Response:
        """Let the contract go on."""
        return self._change(actions.resume_contract)

    @action(detail=True, methods=["post"], serializer_class=TerminateSerializer)
    def terminate(self, request: Request, pk: str) -> Response:
        """End the contract before its terms run out."""
        return self._change(actions.terminate_contract)

    @action(detail=True, methods=["post"], serializer_class=RenewSerializer)
    def renew(self, request: Request, pk: str) -> Response:
        """Agree on the next terms; what is left out goes on as before."""
        return self._change(actions.renew_contract)

    def _change(self, change: Any) -> Response:
        contract = self.get_object()
        given = _versions(self.body())
        return self.answer(change(contract=contract, **given, by=self.by, now=self.now))
