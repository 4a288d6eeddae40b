"""How the OpenAPI schema is made: what every route has is said once, here."""

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

IDEMPOTENCY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Repeat a request with the same key and body within 24 hours, and it acts once.",
)
WRITES = {"POST", "PUT", "PATCH"}


class ErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="A word for programs.")
    detail = serializers.CharField(help_text="A sentence for people.")
    attr = serializers.CharField(allow_null=True, help_text="The field or parameter at fault, such as hours.mon.0.")


class ErrorResponseSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(
        choices=[(name, name) for name in ("validation_error", "client_error", "server_error")]
    )
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # hides a property that forms alone use


def _error(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorResponseSerializer, description=description)


class PortalSchema(AutoSchema):
    """Adds the Idempotency-Key of POSTs, the parameters of `query_serializer_class`, and the errors."""

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.method == "POST":
            parameters.append(IDEMPOTENCY_HEADER)
        query = getattr(self.view, "query_serializer_class", None)
        if query is not None:
            parameters.append(query)
        return parameters

    def get_description(self) -> str:  # type: ignore[override]  # as in the spectacular base
        """What the action says of itself, else the view, else the row; never what their base classes say."""
        view: Any = self.view
        action = getattr(view, getattr(view, "action", None) or self.method.lower(), None)
        own = (vars(type(view)), vars(getattr(type(view), "serializer_class", object)))
        texts = (getattr(action, "__doc__", None), *(names.get("__doc__") for names in own))
        return inspect.cleandoc(next((text for text in texts if text), ""))

    def get_response_serializers(self) -> Any:
        """A verb answers with the row, as `PortalViewSet.answer` does."""
        if self.method == "POST" and getattr(self.view, "action", "create") != "create":
            own: Any = type(self.view)
            return own.serializer_class
        return super().get_response_serializers()

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        responses: dict[str, Any] = super()._get_response_bodies(direction=direction)
        respond: Any = self._get_response_for_code
        return {**{code: respond(error, code) for code, error in self._errors().items()}, **responses}

    def _errors(self) -> dict[str, OpenApiResponse]:
        errors = {
            "400": _error("The input is wrong, or names something unknown."),
            "401": _error("Nobody is signed in."),
            "403": _error("The role does not allow this."),
            "429": _error("Too many requests; see Retry-After."),
        }
        if "{" in self.path:
            errors["404"] = _error("It is not there, or not yours.")
        if self.method in WRITES:
            errors["409"] = _error("The state of the row forbids this.")
        if self.method == "POST":
            errors["422"] = _error("The Idempotency-Key was used with another body.")
        return errors
