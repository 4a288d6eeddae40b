"""How a visit is signed off: why what is open is carried over, and how each party ends it.

Nothing that was typed, drawn or uploaded is lost where something else is refused: pictures come back in the page.
"""

from __future__ import annotations

import base64
import binascii
import io
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files.actions import check_size
from portal.files.contents import SUFFIXES, Picture, safe_picture
from portal.web.errors import DomainError
from schedules.actions import Sign
from schedules.enums import Party, SignatureOutcome
from schedules.forms.answers import SentOnce
from schedules.forms.visits import dress
from schedules.visit_page import TicketItem, VisitPage, WorkItem

DATA_URL: Final = "data:image/"
MOST_DRAWN: Final = 2_000_000  # characters of one picture in the page; a drawn signature has some ten thousand
LONGEST_SIDE: Final = 1000

OUTCOMES: Final = {
    Party.TECHNICIAN: [
        (SignatureOutcome.SIGNED, gettext_lazy("I sign now")),
        (SignatureOutcome.REFUSED, gettext_lazy("I do not sign")),
    ],
    Party.CUSTOMER: [
        (SignatureOutcome.SIGNED, gettext_lazy("Signs now")),
        (SignatureOutcome.REFUSED, gettext_lazy("Refuses to sign")),
        (SignatureOutcome.ABSENT, gettext_lazy("Nobody is there to sign")),
    ],
}


class SignOffForm(SentOnce):
    """`page` says which items are open: each has a field for why it is carried over."""

    def __init__(self, data: Any = None, files: Any = None, *, page: VisitPage, name: str) -> None:
        super().__init__(data, files, auto_id="sign-%s", initial=SentOnce.fresh_id() | {"technician_name": name})
        self.open_items: list[WorkItem | TicketItem] = [item for item in page.gaps if not item.is_opening]
        self.kept: dict[str, str] = {}  # an uploaded picture, as the page keeps it
        for item in self.open_items:
            self.fields[_carry_field(item)] = forms.CharField(
                label=_("Why is it carried over?"),
                max_length=300,
                widget=forms.TextInput({"list": "reasons", "autocomplete": "off"}),
                error_messages={"required": _("Finish it, or say why it is carried over.")},
            )
        for party in Party:
            self.fields |= _party_fields(party)
        dress(self)

    @property
    def carries(self) -> list[tuple[WorkItem | TicketItem, forms.BoundField]]:
        """Each open item with the field that asks why."""
        return [(item, self[_carry_field(item)]) for item in self.open_items]

    @property
    def parties(self) -> list[dict[str, Any]]:
        """Each party with its fields, as the page shows them."""
        return [self._shown(party) for party in Party]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of its field, and whose field it is; no id for what is wrong as a whole."""
        found = [("", str(error)) for error in self.non_field_errors()]
        for name in self.errors:
            if name != NON_FIELD_ERRORS:
                about, field = self._about(name), self[name]
                words = " ".join(str(error) for error in field.errors)
                found.append(("" if field.is_hidden else field.auto_id, f"{about}: {words}" if about else words))
        return found

    def _about(self, name: str) -> str:
        for item in self.open_items:
            if name == _carry_field(item):
                return item.name
        return next((str(party.label) for party in Party if name.startswith(f"{party}_")), "")

    def _shown(self, party: Party) -> dict[str, Any]:
        names = ("outcome", "name", "drawn", "upload", "reason")
        fields = {name: self[f"{party}_{name}"] for name in names}
        kept = self.kept.get(party, "")
        return {"party": party.value, "label": party.label, "kept": kept, "image": kept or _drawn(fields), **fields}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for party in Party:
            self._clean_party(party, data)
        return data

    def _clean_party(self, party: Party, data: dict[str, Any]) -> None:
        picture = self._picture(party, data)
        data[f"{party}_picture"] = picture
        if data.get(f"{party}_outcome") != SignatureOutcome.SIGNED:
            self._require(f"{party}_reason", _("Say why there is no signature."), data)
            return
        self._require(f"{party}_name", _("Say who signs."), data)
        if picture is None and not self.errors.get(f"{party}_upload"):
            self.add_error(f"{party}_upload", _("The signature is missing."))

    def _require(self, name: str, message: str, data: Mapping[str, Any]) -> None:
        if not data.get(name) and name not in self.errors:
            self.add_error(name, message)

    def _picture(self, party: Party, data: Mapping[str, Any]) -> Picture | None:
        """What was uploaded, else what was drawn, drawn anew so that it is safe to show."""
        upload, drawn = data.get(f"{party}_upload"), data.get(f"{party}_drawn", "")
        try:
            if upload:
                check_size(upload, "upload")
                picture = safe_picture(_bytes_of(upload), attr="upload", longest_side=LONGEST_SIDE)
                self._keep(party, picture)
                return picture
            return _decoded(drawn) if drawn else None
        except DomainError as error:
            self.add_error(f"{party}_upload", error.message)
            return None

    def _keep(self, party: Party, picture: Picture) -> None:
        text = base64.b64encode(picture.data).decode()
        if len(text) < MOST_DRAWN:
            self.kept[party] = f"data:{picture.content_type};base64,{text}"

    def sign(self, party: Party) -> Sign:
        """What `sign_off` takes; the same form sent again is the same signature."""
        data = self.cleaned_data
        signed = data[f"{party}_outcome"] == SignatureOutcome.SIGNED
        return Sign(
            outcome=data[f"{party}_outcome"],
            name=data[f"{party}_name"],
            reason="" if signed else data[f"{party}_reason"],
            upload=_upload(party, data[f"{party}_picture"]) if signed else None,
            client_uuid=uuid.uuid5(data["client_uuid"], party),
        )

    def reasons(self, kind: type[WorkItem | TicketItem]) -> dict[int, str]:
        """Why each open work order or ticket is carried over, by its key."""
        items = [item for item in self.open_items if isinstance(item, kind)]
        return {item.key: self.cleaned_data[_carry_field(item)] for item in items}

    def show_refusal(self, error: DomainError) -> None:
        """Put what the action refused at its field, or above the form."""
        name = (error.attr or "").replace("carry_over_tickets.", "carry_ticket_").replace("carry_over.", "carry_work_")
        name = name.replace(".image", ".upload").replace(".", "_")
        self.add_error(name if name in self.fields else None, error.message)


def _carry_field(item: WorkItem | TicketItem) -> str:
    return f"carry_{'work' if isinstance(item, WorkItem) else 'ticket'}_{item.key}"


def _party_fields(party: Party) -> dict[str, forms.Field]:
    return {
        f"{party}_outcome": forms.ChoiceField(
            choices=OUTCOMES[party], initial=SignatureOutcome.SIGNED, widget=forms.RadioSelect
        ),
        f"{party}_name": forms.CharField(label=_("Name"), max_length=120, required=False),
        f"{party}_drawn": forms.CharField(required=False, widget=forms.HiddenInput, max_length=MOST_DRAWN),
        f"{party}_upload": forms.FileField(
            label=_("A picture of the signature"),
            required=False,
            widget=forms.FileInput({"accept": "image/*"}),
        ),
        f"{party}_reason": forms.CharField(
            label=_("Why is there no signature?"),
            max_length=300,
            required=False,
            widget=forms.Textarea({"rows": 2}),
        ),
    }


def _drawn(fields: Mapping[str, forms.BoundField]) -> str:
    """The drawing that came back with the page."""
    value = str(fields["drawn"].value() or "")
    return value if value.startswith(DATA_URL) and len(value) <= MOST_DRAWN else ""


def _decoded(drawn: str) -> Picture:
    """The picture in a `data:` address. Raises DomainError for what is none."""
    head, _comma, body = drawn.partition(",")
    if not (head.startswith(DATA_URL) and head.endswith(";base64")):
        raise DomainError(_("This is not a drawn signature."), attr="drawn")
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise DomainError(_("This is not a drawn signature."), attr="drawn") from None
    return safe_picture(io.BytesIO(content), attr="drawn", longest_side=LONGEST_SIDE)


def _bytes_of(upload: UploadedFile[Any]) -> Any:
    upload.seek(0)
    return upload.file


def _upload(party: Party, picture: Picture) -> UploadedFile[Any]:
    return SimpleUploadedFile(f"{party}{SUFFIXES[picture.content_type]}", picture.data, picture.content_type)
