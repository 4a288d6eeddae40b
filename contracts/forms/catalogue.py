"""Products and their releases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.enums import ProductKind, ReleaseLevel
from contracts.forms.fields import ComponentsField, DatalistInput, PortsField, day_inputs, offer, offer_kinds
from contracts.models import Product, Release, Vendor


def _vendors() -> list[str]:
    return list(Vendor.objects.values_list("name", flat=True))


class ProductForm(forms.ModelForm[Product]):
    vendor_name = forms.CharField(
        label=gettext_lazy("Vendor"),
        max_length=120,
        required=False,
        widget=DatalistInput(_vendors),
        help_text=gettext_lazy("A name that is not known yet is added to the vendors."),
    )
    components = ComponentsField(
        label=gettext_lazy("Required components"),
        help_text=gettext_lazy("One a line, with what it is needed for: “Web server: the configuration tool”."),
    )
    ports = PortsField(label=gettext_lazy("Ports"), help_text=gettext_lazy("One a line: “5071 TCP: SIP listening”."))

    class Meta:
        model = Product
        fields = [
            "name",
            "kind",
            "part_of",
            "optional",
            "voicemail_capacity_minutes",
            "end_of_sale_on",
            "end_of_support_on",
            "keep_previous_release",
            "components",
            "ports",
            "notes",
        ]
        widgets = {"notes": forms.Textarea(attrs={"rows": 4}), **day_inputs("end_of_sale_on", "end_of_support_on")}
        labels = {"part_of": gettext_lazy("Part of")}
        help_texts = {"end_of_support_on": gettext_lazy("The first day without the vendor's support.")}

    field_order = ["name", "vendor_name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor_name"].initial = self.instance.vendor.name if self.instance.vendor else ""
        offer_kinds(self, "kind", ProductKind, empty=_("Choose a kind"))
        whole = Product.objects.current().exclude(pk__in=self._itself_and_below())
        offer(self, "part_of", whole, empty=_("Nothing: it stands alone"))

    def _itself_and_below(self) -> set[int]:
        if not self.instance.pk:
            return set()
        found, level = {self.instance.pk}, {self.instance.pk}
        while level := set(Product.objects.filter(part_of__in=level).values_list("pk", flat=True)) - found:
            found |= level
        return found

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Product.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another product has this name."))
        return name

    def save(self, commit: bool = True) -> Product:
        name = self.cleaned_data["vendor_name"]
        self.instance.vendor = Vendor.objects.get_or_create(name=name)[0] if name else None
        self.instance.slug = self.instance.slug or _free_slug(self.instance.name)
        return super().save(commit)


def _free_slug(name: str) -> str:
    """A key for the product that no other has, made from its name."""
    stem = slugify(name)[:70] or "product"
    taken = set(Product.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(len(taken) + 1) if (slug := f"{stem}-{n + 1}" if n else stem) not in taken)


class ReleaseForm(forms.ModelForm[Release]):
    """A release of `instance.product`."""

    class Meta:
        model = Release
        fields = ["version", "level", "released_on", "fixes"]
        widgets = {"fixes": forms.Textarea(attrs={"rows": 4}), **day_inputs("released_on")}
        help_texts = {"level": gettext_lazy("How far it is behind the newest, as the vendor counts.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_kinds(self, "level", ReleaseLevel, empty=_("Not known"))

    def clean_version(self) -> str:
        version: str = self.cleaned_data["version"]
        others = Release.objects.filter(product=self.instance.product_id, version=version).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("This product already has this release."))
        return version
