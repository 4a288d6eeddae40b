"""How a frozen report looks on a page."""

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def report_image(context: dict[str, Any], picture: dict[str, str]) -> str:
    """The address of a picture of the report, as this reader may fetch it."""
    return reverse(context["image_route"], args=[context["image_of"], picture["uuid"]])


@register.filter
def photos_of(target: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """The photos at the steps of one asset, each with its step."""
    return [(step, photo) for step in target["steps"] for photo in step["photos"]]
