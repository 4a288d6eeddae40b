"""The answer that carries a file. Who may have it is for the caller to ask first."""

from django.http import FileResponse, Http404

from portal.files.contents import PICTURES
from portal.files.models import File


def serve(file: File) -> FileResponse:
    """Pictures open in the page, all else is a download; neither is ever read as a page or kept by a proxy.

    Raises Http404 where the bytes are gone.
    """
    try:
        content = file.content.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content,
        as_attachment=file.content_type not in PICTURES,
        filename=file.name,
        content_type=file.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
