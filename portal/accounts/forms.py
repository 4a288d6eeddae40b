"""Forms of one's own account, the team and the organisation."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.translation import gettext_lazy as _

from portal.accounts.enums import StaffRole
from portal.accounts.models import ApiToken, Organisation, User
from portal.accounts.zones import zone_names


class ZoneField(forms.TypedChoiceField):
    """A time zone, chosen from all that exist."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"choices": lambda: [(name, name.replace("_", " ")) for name in zone_names()]} | kwargs)


class NewPasswordField(forms.CharField):
    """A password to be typed once; browsers offer to make and keep one."""

    def __init__(self) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(label=_("Password"), strip=False, max_length=200, widget=widget)


class ProfileForm(forms.ModelForm[User]):
    timezone = ZoneField(label=_("Time zone"), help_text=_("Times are shown in this zone."))

    class Meta:
        model = User
        fields = ["name", "phone", "language", "timezone"]


class ApiTokenForm(forms.ModelForm[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["name", "read_only"]
        help_texts = {
            "name": _("What the key is for, such as “monitoring”."),
            "read_only": _("The key can read but change nothing."),
        }


class OrganisationForm(forms.ModelForm[Organisation]):
    timezone = ZoneField(label=_("Time zone"))
    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("For the head of reports: PNG or JPEG, best wider than high and at least 600 pixels wide."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(label=_("Use no logo"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.logo_id is None:
            del self.fields["remove_logo"]

    class Meta:
        model = Organisation
        fields = ["name", "email", "phone", "address", "timezone", "language", "missed_tasks_told_after"]
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}


class InvitationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    staff_role = forms.ChoiceField(label=_("Role"), choices=StaffRole.choices, initial=StaffRole.TECHNICIAN)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    timezone = ZoneField(label=_("Time zone"))


class RoleForm(forms.Form):
    staff_role = forms.ChoiceField(label=_("Role"), choices=StaffRole.choices)


class AcceptInvitationForm(forms.Form):
    password = NewPasswordField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password
