"""Customers and their people, sites, contacts, assets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.addresses import read_subnet, validate_subnet
from contracts.asset_rules import NO_WHOLE, OTHER_PRODUCTS_RELEASE, check_move, releases_of, wholes_of
from contracts.enums import CapacityMetric, CustomerRole
from contracts.forms.fields import DayField, day_inputs, offer
from contracts.models import Asset, AssetCapacity, BusinessCalendar, Contact, Customer, Product, Site
from contracts.models.assets import MOST_MINUTES
from portal.accounts.forms import ZoneField
from portal.web.errors import DomainError

_NOT_LISTED = gettext_lazy("Choose one from the list.")
_INTERNAL = gettext_lazy("Only people of our own company see them.")


class CustomerForm(forms.ModelForm[Customer]):
    class Meta:
        model = Customer
        fields = ["name", "email", "phone", "language", "notes"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "language": gettext_lazy("Its people are written to in this language."),
            "notes": _INTERNAL,
        }
        error_messages = {"name": {"unique": gettext_lazy("Another customer has this name.")}}


class MemberForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=CustomerRole.choices,
        initial=CustomerRole.CONTACT,
        help_text=gettext_lazy(
            "Owners invite people and keep the contacts, contacts report faults and changes, viewers only read."
        ),
    )


class MemberRoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=CustomerRole.choices)


class SiteForm(forms.ModelForm[Site]):
    """A site of `instance.customer`."""

    timezone = ZoneField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Work is due by the clock on this site's wall.")
    )

    class Meta:
        model = Site
        fields = ["name", "address", "timezone", "region", "calendar", "access_notes", "dhcp_lease_hours"]
        widgets = {"address": forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = BusinessCalendar.objects.filter(pk=self.instance.calendar_id)
        offer(self, "calendar", BusinessCalendar.objects.current() | stored, empty=_("Choose a calendar"))
        self.fields["dhcp_lease_hours"].widget.attrs["inputmode"] = "numeric"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Site.objects.filter(customer=self.instance.customer_id, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("This customer already has a site of this name."))
        return name


class ContactForm(forms.ModelForm[Contact]):
    """A contact of `instance.customer`."""

    class Meta:
        model = Contact
        fields = ["name", "function", "email", "phone", "site"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.current().filter(customer=self.instance.customer_id)
        offer(self, "site", sites, empty=_("The whole customer"))


# -- assets -----------------------------------------------------------------------------------


class AssetForm(forms.ModelForm[Asset]):
    """An asset of `instance.product` at `instance.site`, both set; for a new one they were chosen before.

    Releases are those of the product, and an asset is part of another one at its own site.
    """

    class Meta:
        model = Asset
        fields = [
            "tag",
            "name",
            "site",
            "product",
            "installed_release",
            "parent",
            "serial",
            "deployed_on",
            "users_count",
            "ip_address",
            "subnet",
            "vendor_contract_number",
            "vendor_contract_until_on",
            "notes",
        ]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            **day_inputs("deployed_on", "vendor_contract_until_on"),
        }
        help_texts = {"subnet": gettext_lazy("Such as 192.168.10.0/24."), "notes": _INTERNAL}
        error_messages = {
            "installed_release": {"invalid_choice": OTHER_PRODUCTS_RELEASE},
            "parent": {"invalid_choice": NO_WHOLE},
            "site": {"invalid_choice": _NOT_LISTED},
            "product": {"invalid_choice": _NOT_LISTED},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site, product = self.instance.site, self.instance.product
        if self.instance.pk:
            offer(self, "site", Site.objects.current().filter(customer=site.customer_id) | self._same(site))
            offer(self, "product", Product.objects.current() | self._same(product))
        else:
            del self.fields["site"], self.fields["product"]
        releases = releases_of(self._chosen("product", product.pk))
        offer(self, "installed_release", releases, empty=_("Not known"))
        wholes = wholes_of(self.instance if self.instance.pk else None, self._chosen("site", site.pk))
        offer(self, "parent", wholes, empty=_("Nothing: it stands alone"))
        for name in ("users_count", "subnet", "ip_address"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @staticmethod
    def _same(row: Site | Product) -> Any:
        """The row that is chosen now, which stays on offer when it has been archived since."""
        return type(row)._default_manager.filter(pk=row.pk)

    def _chosen(self, name: str, stored: int) -> int:
        """The key that was sent for this field, else the stored one."""
        sent = str(self.data.get(self.add_prefix(name), "")) if self.is_bound and name in self.fields else ""
        return int(sent) if sent.isdecimal() and len(sent) < 19 else stored

    def clean_subnet(self) -> str:
        subnet: str = self.cleaned_data["subnet"]
        if not subnet:
            return subnet
        validate_subnet(subnet)
        return read_subnet(subnet)

    def clean_site(self) -> Site:
        site: Site = self.cleaned_data["site"]
        try:
            check_move(self.instance, site)
        except DomainError as error:
            raise ValidationError(error.message) from error
        return site


class SiteChoice(forms.ModelChoiceField[Site]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.customer} – {obj}"


class AssetStartForm(forms.Form):
    """What a new asset is and where: decides what the form after it offers."""

    site = SiteChoice(label=gettext_lazy("Site"), queryset=Site.objects.none())
    product = forms.ModelChoiceField(label=gettext_lazy("Product"), queryset=Product.objects.none())

    def __init__(self, *args: Any, sites: Any, products: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", sites, empty=_("Choose a site"))
        offer(self, "product", products, empty=_("Choose a product"))


class CustomerStartForm(forms.Form):
    """For whom something new is."""

    customer = forms.ModelChoiceField(label=gettext_lazy("Customer"), queryset=Customer.objects.none())

    def __init__(self, *args: Any, customers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "customer", customers, empty=_("Choose a customer"))


class CapacityForm(forms.ModelForm[AssetCapacity]):
    """A figure of `instance.asset` that holds from a day on."""

    metric = forms.ChoiceField(label=gettext_lazy("What"), choices=CapacityMetric.choices)
    value = forms.IntegerField(label=gettext_lazy("Figure"), min_value=0, max_value=MOST_MINUTES)
    from_on = DayField(label=gettext_lazy("From"))

    class Meta:
        model = AssetCapacity
        fields = ["metric", "value", "from_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        key = {name: values.get(name) for name in ("metric", "from_on")}
        if all(key.values()) and AssetCapacity.objects.filter(asset=self.instance.asset_id, **key).exists():
            self.add_error("from_on", _("There is already a figure from this day on."))
        return values
