"""The app's API: `routes` are (prefix, viewset), `paths` are single addresses; portal.api_urls joins them."""

from typing import Any

routes: list[tuple[str, Any]] = []
paths: list[Any] = []
