"""Small forms for what happens to a work order as a whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import staff
from portal.accounts.models import User


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea({"rows": 2}))


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = staff()
        field.widget.attrs["class"] = "form-select"
