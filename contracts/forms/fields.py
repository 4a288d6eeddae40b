"""Inputs that several forms share: days, and short lists written one entry a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Choices
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Entry = TypeVar("Entry")

_PORT = re.compile(r"([0-9]{1,5})\s+([A-Za-z][A-Za-z/]{0,9})\s*:\s*(.+)")
_NAMED_PORT = gettext_lazy("Write a port as its number, protocol and purpose, such as “5071 TCP: SIP”.")


class DayInput(forms.DateInput):
    """The browser's own date picker; it takes and gives YYYY-MM-DD in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    widget = DayInput


def day_inputs(*names: str) -> dict[str, DayInput]:
    """The widgets of a ModelForm's date fields."""
    return {name: DayInput() for name in names}


def offer(form: forms.BaseForm, name: str, rows: Any, *, empty: str = "") -> None:
    """Let the field choose among these rows; `empty` says what it means to choose none, "" = that is no choice."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.empty_label = empty or None
    field.queryset = rows


def offer_kinds(form: forms.BaseForm, name: str, kinds: type[Choices], *, empty: str) -> None:
    """Let the field choose among these; `empty` says what it means to choose none, or that one is to be chosen."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", empty), *kinds.choices]


def lines_of(text: str) -> list[str]:
    """The lines that say something, trimmed."""
    return [line for raw in text.splitlines() if (line := raw.strip())]


def read_lines(text: str, read: Callable[[str], Entry]) -> list[Entry]:
    """Each line read; all faulty lines are named in one ValidationError."""
    entries, errors = [], []
    for line in lines_of(text):
        try:
            entries.append(read(line))
        except ValidationError as error:
            errors += [f"“{line[:80]}”: {message}" for message in error.messages]
    if errors:
        raise ValidationError(errors)
    return entries


class LinesField(forms.CharField):
    """A list, written one entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": kwargs.pop("rows", 4)})
        usual: dict[str, Any] = {"required": False, "max_length": 8000, "widget": widget}
        super().__init__(**usual | kwargs)


class ComponentsField(LinesField):
    """Required components: "name: why it is needed" on each line."""

    def clean(self, value: Any) -> list[dict[str, str]]:
        return read_lines(super().clean(value), self._read)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{row['name']}: {row['reason']}" if row["reason"] else row["name"] for row in value)

    @staticmethod
    def _read(line: str) -> dict[str, str]:
        name, _colon, reason = line.partition(": ")
        return {"name": name.strip(), "reason": reason.strip()}


class PortsField(LinesField):
    """Ports: "number protocol: purpose" on each line."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        return read_lines(super().clean(value), self._read)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{row['number']} {row['protocol']}: {row['purpose']}" for row in value)

    @staticmethod
    def _read(line: str) -> dict[str, Any]:
        found = _PORT.fullmatch(line)
        if not found:
            raise ValidationError(str(_NAMED_PORT))
        if not 1 <= int(found[1]) <= 65535:
            raise ValidationError(_("Ports have numbers from 1 to 65535."))
        return {"number": int(found[1]), "protocol": found[2].upper(), "purpose": found[3].strip()}


class DatalistInput(forms.TextInput):
    """Free text with suggestions that the browser offers while typing."""

    def __init__(self, suggestions: Callable[[], list[str]], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_list"
        options = format_html_join("", '<option value="{}"></option>', ((row,) for row in self.suggestions()))
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


def typed(form: forms.BaseForm) -> dict[str, Any]:
    """What stands in the form's fields as it was typed, to show it again without judging it."""
    return {name: form[name].value() for name in form.fields}
