"""A change, as a person reports it: the fields come from its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import Asset, BusinessCalendar, GuestLink, Site
from portal.accounts.models import User
from portal.accounts.zones import zone_names
from portal.web.errors import DomainError
from schedules.change_details import OURS, event_specs
from schedules.models.procedures import text_in_language
from schedules.programme_specs import ChoiceSpec, DetailSpec, EventSpec

LONG_TEXT = 300


class WallTimeField(forms.Field):
    """Day and time as the browser sends them, without a zone: the site's is added once the site is known."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise forms.ValidationError(_("Enter day and time, such as 2026-03-31 18:00."), code="invalid") from error
        return at.replace(tzinfo=None)


class SiteChoice(forms.ModelChoiceField[Site]):
    def label_from_instance(self, obj: Site) -> str:
        return f"{obj.customer.name} – {obj.name} ({obj.timezone})"


class AssetChoice(forms.ModelChoiceField[Asset]):
    def label_from_instance(self, obj: Asset) -> str:
        return f"{obj.tag} {obj.name} – {obj.site.customer.name}, {obj.site.name} ({obj.site.timezone})"


class ChangeEventForm(forms.Form):
    occurs_at = WallTimeField(
        label=gettext_lazy("When"),
        help_text=gettext_lazy("Local time at the site. It may lie ahead, or be past already."),
    )

    def __init__(
        self, data: Any = None, *, kind: str, reader: User | GuestLink, initial: dict[str, Any] | None = None
    ) -> None:
        """Offers the sites and assets that the person may see, or that a guest's link is about.

        Raises KeyError for an unknown kind.
        """
        super().__init__(data, initial=initial)
        self.spec: EventSpec = event_specs()[kind]
        self.fields = {self.spec.subject: _subject_field(self.spec.subject, reader), **self.fields}
        is_var = isinstance(reader, User) and reader.is_var
        for detail in self.spec.details:
            if is_var or detail.type not in OURS:
                self.fields[detail.name] = FIELDS[detail.type](detail)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        site = data.get("site") or getattr(data.get("asset"), "site", None)
        if site and data.get("occurs_at"):
            # A time that the clocks skip moves forward; of a double one the first counts.
            data["occurs_at"] = data["occurs_at"].replace(tzinfo=ZoneInfo(site.timezone)).astimezone(UTC)
        return data

    def details(self) -> dict[str, Any]:
        """What was filled in. An unticked box says nothing."""
        given = {spec.name: self.cleaned_data.get(spec.name) for spec in self.spec.details}
        return {name: value for name, value in given.items() if value not in (None, "", False)}

    def show_refusal(self, error: DomainError) -> None:
        """Put what the action refused at its field, or above the form."""
        name = (error.attr or "").removeprefix("details.")
        self.add_error(name if name in self.fields else None, error.message)


class GuestChangeForm(ChangeEventForm):
    """A change that somebody reports by a link."""

    def __init__(self, data: Any = None, *, kind: str, link: GuestLink, now: datetime) -> None:
        subject = event_specs()[kind].subject
        found = list(subjects(subject, link)[:2])
        only = found[0] if len(found) == 1 else None
        zone = (only.site if isinstance(only, Asset) else only).timezone if only else None
        start = {"guest_name": link.name, "occurs_at": local_minute(now, zone), subject: only.pk if only else None}
        super().__init__(data, kind=kind, reader=link, initial=start)
        self.fields["guest_name"] = forms.CharField(label=_("Your name"), max_length=120)


def local_minute(at: datetime, zone: str | None) -> str:
    """An instant as the field shows it: wall time in that zone, or in the reader's."""
    local = at.astimezone(ZoneInfo(zone)) if zone else timezone.localtime(at)
    return local.strftime("%Y-%m-%dT%H:%M")


def subjects(subject: str, reader: User | GuestLink) -> QuerySet[Any]:
    """The sites, or the assets, whose change this reader may report."""
    rows: Any = Asset.objects.select_related("site__customer") if subject == "asset" else Site.objects
    rows = rows.select_related("customer").current() if subject == "site" else rows.current()
    if isinstance(reader, User):
        return rows.visible_to(reader)  # type: ignore[no-any-return]
    site = "site__" if subject == "asset" else ""
    found = rows.filter(**{f"{site}customer": reader.customer_id, f"{site}archived_at": None})
    return found.filter(**{f"{site}pk": reader.site_id}) if reader.site_id else found  # type: ignore[no-any-return]


def _subject_field(subject: str, reader: User | GuestLink) -> forms.Field:
    if subject == "asset":
        return AssetChoice(subjects(subject, reader), label=_("Equipment"), empty_label=_("Choose …"))
    return SiteChoice(subjects(subject, reader), label=_("Site"), empty_label=_("Choose …"))


def _common(spec: DetailSpec) -> dict[str, Any]:
    return {
        "label": text_in_language(dict(spec.label)),
        "help_text": text_in_language(dict(spec.help)) if spec.help else "",
        "required": spec.required,
    }


def _integer(spec: DetailSpec) -> forms.Field:
    return forms.IntegerField(min_value=spec.minimum or 0, max_value=spec.maximum, **_common(spec))


def _number(spec: DetailSpec) -> forms.Field:
    return forms.FloatField(min_value=spec.minimum or 0, max_value=spec.maximum, **_common(spec))


def _boolean(spec: DetailSpec) -> forms.Field:
    return forms.BooleanField(**_common(spec))


def _text(spec: DetailSpec) -> forms.Field:
    long = (spec.maximum or 0) > LONG_TEXT
    widget = forms.Textarea({"rows": 3}) if long else forms.TextInput()
    return forms.CharField(max_length=spec.maximum, widget=widget, **_common(spec))


def _choice(spec: DetailSpec) -> forms.Field:
    return forms.ChoiceField(choices=[("", _("Choose …")), *map(_choice_pair, spec.choices)], **_common(spec))


def _choice_pair(choice: ChoiceSpec) -> tuple[str, str]:
    return choice.value, text_in_language(dict(choice.label))


def _timezone(spec: DetailSpec) -> forms.Field:
    names = [(name, name.replace("_", " ")) for name in zone_names()]
    return forms.ChoiceField(choices=[("", _("As before")), *names], **_common(spec))


def _calendar(spec: DetailSpec) -> forms.Field:
    names = [(calendar.pk, calendar.name) for calendar in BusinessCalendar.objects.current()]
    return forms.TypedChoiceField(choices=[("", _("As before")), *names], coerce=int, empty_value=None, **_common(spec))


def _short_text(spec: DetailSpec) -> forms.Field:
    return forms.CharField(max_length=60, **_common(spec))


FIELDS: dict[str, Callable[[DetailSpec], forms.Field]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "text": _text,
    "choice": _choice,
    "network": _short_text,
    "ip_address": _short_text,
    "timezone": _timezone,
    "calendar": _calendar,
}
