"""What people type when a visit is planned, moved, changed, and when time and parts are recorded in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.enums import TimeKind
from contracts.models import Asset, Site
from portal.accounts.access import staff
from portal.accounts.models import User
from portal.web.errors import DomainError
from schedules.forms.answers import SentOnce
from schedules.forms.changes import SiteChoice, WallTimeField, local_minute
from schedules.models import Visit, WorkOrder
from tickets.models import Ticket

YEARS = (1970, 2200)  # within which days can be reckoned with, whatever the zone


def dress(form: forms.BaseForm) -> None:
    """Bootstrap's classes, and fields big enough for a thumb."""
    for field in form.fields.values():
        if not isinstance(field.widget, forms.HiddenInput | forms.RadioSelect):
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.setdefault("class", "form-select" if select else "form-control")


class SiteStartForm(forms.Form):
    """For which site a visit is planned."""

    site = SiteChoice(Site.objects.none(), label=gettext_lazy("Site"), empty_label=gettext_lazy("Choose …"))

    def __init__(self, *, user: User) -> None:
        super().__init__()
        field = self.fields["site"]
        assert isinstance(field, SiteChoice)
        sites = Site.objects.visible_to(user).current().filter(customer__archived_at=None)
        field.queryset = sites.select_related("customer").order_by("customer__name", "name")
        dress(self)


class WhenForm(forms.Form):
    """Who comes, and from when until when on the site's clock."""

    technician = forms.ModelChoiceField(
        label=gettext_lazy("Technician"), queryset=User.objects.none(), empty_label=gettext_lazy("Choose …")
    )
    starts_at = WallTimeField(label=gettext_lazy("From"))
    ends_at = WallTimeField(label=gettext_lazy("Until"))

    def __init__(self, data: Any = None, *, site: Site, initial: dict[str, Any]) -> None:
        """`initial` has instants; the fields show them on the site's clock."""
        shown = {name: local_minute(value, site.timezone) for name, value in initial.items() if _is_instant(value)}
        super().__init__(data, initial=initial | shown)
        self.site = site
        field = self.fields["technician"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = staff()
        dress(self)

    def clean_starts_at(self) -> datetime:
        return self._there(self.cleaned_data["starts_at"])

    def clean_ends_at(self) -> datetime:
        return self._there(self.cleaned_data["ends_at"])

    def _there(self, wall: datetime) -> datetime:
        """A time that the clocks skip moves forward; of a double one the first counts."""
        if not YEARS[0] <= wall.year <= YEARS[1]:
            raise forms.ValidationError(_("Enter day and time, such as 2026-03-31 18:00."), code="invalid")
        return wall.replace(tzinfo=ZoneInfo(self.site.timezone)).astimezone(UTC)

    def show_refusal(self, error: DomainError) -> None:
        """Put what the action refused at its field, or above the form."""
        self.add_error(error.attr if error.attr in self.fields else None, error.message)


class VisitPlanForm(WhenForm):
    work_orders = forms.ModelMultipleChoiceField(queryset=WorkOrder.objects.none(), required=False)
    tickets = forms.ModelMultipleChoiceField(queryset=Ticket.objects.none(), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note for the technician"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("The customer does not see it."),
    )

    def __init__(self, data: Any = None, *, site: Site, user: User, initial: dict[str, Any]) -> None:
        super().__init__(data, site=site, initial=initial)
        work, tickets = self.fields["work_orders"], self.fields["tickets"]
        assert isinstance(work, forms.ModelMultipleChoiceField)
        assert isinstance(tickets, forms.ModelMultipleChoiceField)
        work.queryset = WorkOrder.objects.visible_to(user).filter(site=site)
        tickets.queryset = Ticket.objects.visible_to(user).filter(customer=site.customer_id)


class VisitMoveForm(WhenForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("The customer does not see it."),
    )


class AddForm(forms.Form):
    """Open work and tickets of the site that shall join a visit."""

    work_orders = forms.ModelMultipleChoiceField(queryset=WorkOrder.objects.none(), required=False)
    tickets = forms.ModelMultipleChoiceField(queryset=Ticket.objects.none(), required=False)

    def __init__(self, data: Any = None, *, visit: Visit, user: User) -> None:
        super().__init__(data)
        work, tickets = self.fields["work_orders"], self.fields["tickets"]
        assert isinstance(work, forms.ModelMultipleChoiceField)
        assert isinstance(tickets, forms.ModelMultipleChoiceField)
        work.queryset = WorkOrder.objects.visible_to(user).filter(site=visit.site_id)
        tickets.queryset = Ticket.objects.visible_to(user).filter(customer=visit.site.customer_id)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["work_orders"] and not data["tickets"]:
            raise forms.ValidationError(_("Tick what shall be added."), code="required")
        return data

    @property
    def ticked(self) -> set[str]:
        """The numbers of what was ticked on the page that came back."""
        data = getattr(self, "cleaned_data", {})
        return {row.number for name in self.fields for row in data.get(name, ())}


class TimeForm(SentOnce):
    """Minutes spent in a visit."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=24 * 60, widget=forms.TextInput({"inputmode": "numeric"})
    )
    kind = forms.ChoiceField(label=gettext_lazy("What kind"), choices=TimeKind.choices, initial=TimeKind.LABOUR)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="time-%s", initial=SentOnce.fresh_id())
        dress(self)

    def content(self) -> dict[str, Any]:
        """What `enter_time` takes."""
        return {name: self.cleaned_data[name] for name in ("client_uuid", "minutes", "kind", "note")}


class SiteAssetChoice(forms.ModelChoiceField[Asset]):
    def label_from_instance(self, obj: Asset) -> str:
        return f"{obj.tag} {obj.name}"


class PartForm(SentOnce):
    """A part that was built in or handed over."""

    name = forms.CharField(label=gettext_lazy("Part"), max_length=160)
    quantity = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=10_000, initial=1, widget=forms.TextInput()
    )
    asset = SiteAssetChoice(
        label=gettext_lazy("For which equipment"),
        queryset=Asset.objects.none(),
        required=False,
        empty_label=gettext_lazy("None of it"),
    )
    part_number = forms.CharField(label=gettext_lazy("Part number"), required=False, max_length=80)
    serial_number = forms.CharField(label=gettext_lazy("Serial number"), required=False, max_length=80)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, data: Any = None, *, site: Site) -> None:
        super().__init__(data, auto_id="part-%s", initial=SentOnce.fresh_id())
        field = self.fields["asset"]
        assert isinstance(field, SiteAssetChoice)
        field.queryset = Asset.objects.current().filter(site=site).order_by("tag")
        self.fields["quantity"].widget.attrs["inputmode"] = "numeric"
        dress(self)

    def content(self) -> dict[str, Any]:
        """What `enter_part` takes."""
        names = ("client_uuid", "name", "quantity", "asset", "part_number", "serial_number", "note")
        return {name: self.cleaned_data[name] for name in names}


def _is_instant(value: Any) -> bool:
    return isinstance(value, datetime)
