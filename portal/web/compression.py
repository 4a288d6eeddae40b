"""Pages travel compressed: their icons are drawn in the page and repeat, so a tenth of the bytes remains."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Compresses HTML and nothing else: photos gain nothing, and the API's strong ETags would turn weak.

    Django masks the CSRF token and varies the length, so that the size of a page tells nothing (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        return super().process_response(request, response) if is_page else response
