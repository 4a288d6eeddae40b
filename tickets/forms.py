"""What people type on the pages of tickets."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.models import Asset, Customer, GuestLink, Site
from portal.accounts.access import staff
from portal.accounts.models import User
from tickets.enums import WAITING_STATES, Category, Impact, TicketState, Urgency

TEXT_LENGTH = 10_000


class _Text(forms.CharField):
    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(max_length=TEXT_LENGTH, widget=forms.Textarea({"rows": rows}), **kwargs)


class _AssetField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.tag} {obj.name} – {obj.site.name}"


def _impact(initial: str | None = None) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How many are affected?"), choices=Impact.choices, widget=forms.RadioSelect, initial=initial
    )


def _urgency(initial: str | None = None) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How bad is it?"), choices=Urgency.choices, widget=forms.RadioSelect, initial=initial
    )


class TicketForm(forms.Form):
    """A new ticket of one customer; the choices are what this person may see of it."""

    summary = forms.CharField(label=_("What is wrong, in a few words?"), max_length=200)
    urgency = _urgency(Urgency.MEDIUM)
    impact = _impact(Impact.INDIVIDUAL)
    asset = _AssetField(
        label=_("Equipment"),
        queryset=Asset.objects.none(),
        required=False,
        empty_label=_("I do not know, or all of it"),
    )
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("Where the equipment is, or all")
    )
    description = _Text(
        label=_("Anything else we should know"),
        required=False,
        rows=4,
        help_text=_("When it began, what you tried, whom we can call."),
    )
    category = forms.ChoiceField(label=_("Kind"), choices=Category.choices, initial=Category.FAULT)

    def __init__(self, *args: Any, customer: Customer, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assets = Asset.objects.visible_to(user).current().filter(site__customer=customer, site__archived_at=None)
        sites = Site.objects.visible_to(user).current().filter(customer=customer)
        self._offer("asset", assets.select_related("site"))
        self._offer("site", sites)

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class GuestFaultForm(forms.Form):
    """A fault that somebody reports by a link: of its customer, and of its site where it names one."""

    summary = forms.CharField(label=_("What is wrong, in a few words?"), max_length=200)
    urgency = _urgency(Urgency.MEDIUM)
    impact = _impact(Impact.INDIVIDUAL)
    site = forms.ModelChoiceField(
        label=_("Where?"), queryset=Site.objects.none(), required=False, empty_label=_("I do not know, or everywhere")
    )
    description = _Text(
        label=_("Anything else we should know"),
        required=False,
        rows=4,
        help_text=_("When it began, what you tried, whom we can call."),
    )
    guest_name = forms.CharField(label=_("Your name"), max_length=120)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput)  # sent twice with the same content it is one ticket

    def __init__(self, data: Any = None, *, link: GuestLink) -> None:
        super().__init__(data, initial={"guest_name": link.name, "client_uuid": uuid.uuid4()})
        self.link = link
        if link.site:
            del self.fields["site"]
            return
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Site.objects.current().filter(customer=link.customer)

    def content(self) -> dict[str, Any]:
        """What `open_ticket_as_guest` takes."""
        data: dict[str, Any] = {"site": self.link.site} | self.cleaned_data
        said = json.dumps([str(value) for name, value in sorted(data.items()) if name != "client_uuid"])
        return data | {"client_uuid": uuid.uuid5(data["client_uuid"], said)}


class NoFieldsForm(forms.Form):
    """Of a verb that is one button."""


class CommentForm(forms.Form):
    body = _Text(label=_("Your comment"))
    visibility = forms.ChoiceField(
        choices=[("public", _("The customer sees it")), ("internal", _("Internal"))], required=False
    )

    def is_public(self) -> bool:
        return bool(self.cleaned_data["visibility"] != "internal")


class EditForm(forms.Form):
    summary = forms.CharField(label=_("What is wrong, in a few words?"), max_length=200)
    description = _Text(label=_("Anything else we should know"), required=False, rows=4)


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = staff()


class WaitForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Wait for what?"),
        choices=[(state.value, state.label) for state in TicketState if state in WAITING_STATES],
        widget=forms.RadioSelect,
        initial=TicketState.WAITING_CUSTOMER,
    )
    note = _Text(label=_("What is needed"), required=False, rows=2, help_text=_("The customer reads this."))


class SeverityForm(forms.Form):
    urgency = _urgency()
    impact = _impact()
    reason = _Text(label=_("Why"), rows=2, help_text=_("The customer reads this."))


class ResolveForm(forms.Form):
    solution = _Text(label=_("How was it solved?"), help_text=_("The customer reads this."))


class ReopenForm(forms.Form):
    reason = _Text(label=_("What is still wrong?"))
