"""Business calendars, written as people write them: hours a day in one line, dates one a line."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.forms.fields import LinesField, read_lines
from contracts.models import CalendarVersion
from contracts.worktime import DAYS
from portal.accounts.forms import ZoneField
from portal.web.errors import DomainError

Intervals = list[list[str]]

_INTERVAL = re.compile(r"([0-2]?[0-9]:[0-5][0-9])\s*[-–—]\s*([0-2]?[0-9]:[0-5][0-9])")
_CLOSED = ("", "-", "–", "closed")


def read_hours(text: str) -> Intervals:
    """ "09:00-12:30, 13:30-17:00" as intervals; nothing, a dash or "closed" as none. Raises ValidationError."""
    if text.strip().lower() in (*_CLOSED, _("closed").lower()):
        return []
    return [_read_interval(part.strip()) for part in re.split(r"[,;]", text) if part.strip()]


def _read_interval(text: str) -> list[str]:
    found = _INTERVAL.fullmatch(text)
    if not found:
        message = _("“%(text)s” is no opening and closing. Write hours such as 09:00-12:30, 13:30-17:00.")
        raise ValidationError(message % {"text": text[:40]})
    opens, closes = (f"{int(wall.split(':')[0]):02}:{wall.split(':')[1]}" for wall in found.groups())
    for wall in (opens, closes):
        if wall > "24:00" or (wall == "24:00" and wall is opens):
            raise ValidationError(_("“%(time)s” is no time of day.") % {"time": wall})
    return [opens, closes]


def hours_as_text(intervals: Intervals) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in intervals)


def _read_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValidationError(_("Write a date that exists, such as 2026-12-25.")) from None


def _read_exception(line: str) -> tuple[str, Intervals]:
    day, _space, hours = line.partition(" ")
    if not hours.strip():
        raise ValidationError(_("Add the hours of that day, or “closed”."))
    return _read_date(day), read_hours(hours)


def _refuse_twice(days: list[str]) -> None:
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        raise ValidationError(_("%(dates)s: listed twice.") % {"dates": ", ".join(twice)})


class CalendarForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    timezone = ZoneField(label=gettext_lazy("Time zone"))
    is_default = forms.BooleanField(
        label=gettext_lazy("Default calendar"),
        required=False,
        help_text=gettext_lazy("It answers wherever no contract and no site names another one."),
    )
    country = forms.CharField(
        label=gettext_lazy("Country of the public holidays"),
        required=False,
        max_length=2,
        help_text=gettext_lazy(
            "Two letters such as NL. On saving, its holidays from last year to three years ahead join the list below."
        ),
    )
    subdivision = forms.CharField(
        label=gettext_lazy("Region"), required=False, max_length=10, help_text=gettext_lazy("Such as BY for Bavaria.")
    )
    holidays = LinesField(
        label=gettext_lazy("Holidays"),
        rows=8,
        max_length=40_000,
        help_text=gettext_lazy("One date a line, such as 2026-12-25. Closed all day."),
    )
    exceptions = LinesField(
        label=gettext_lazy("Exceptions"),
        rows=4,
        max_length=40_000,
        help_text=gettext_lazy(
            "One day a line: “2026-12-24 09:00-12:00” or “2026-12-31 closed”. They win over holidays and the week."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for index, day in enumerate(DAYS):
            self.fields[day] = forms.CharField(
                label=WEEKDAYS[index],
                required=False,
                max_length=120,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        for day in DAYS:
            self._read(day, read_hours)
        self._read("holidays", self._holidays)
        self._read("exceptions", self._exceptions)
        return self.cleaned_data

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        return country

    def clean_subdivision(self) -> str:
        subdivision: str = self.cleaned_data["subdivision"].upper()
        return subdivision

    def _read(self, name: str, read: Any) -> None:
        if name not in self.cleaned_data:
            return
        try:
            self.cleaned_data[name] = read(self.cleaned_data[name])
        except ValidationError as error:
            self.add_error(name, error)

    @staticmethod
    def _holidays(text: str) -> list[str]:
        days = read_lines(text, _read_date)
        _refuse_twice(days)
        return sorted(days)

    @staticmethod
    def _exceptions(text: str) -> dict[str, Intervals]:
        rows = read_lines(text, _read_exception)
        _refuse_twice([day for day, _hours in rows])
        return dict(rows)

    def values(self) -> dict[str, Any]:
        """The arguments of `save_calendar`."""
        hours = {day: self.cleaned_data[day] for day in DAYS if self.cleaned_data[day]}
        plain = {name: value for name, value in self.cleaned_data.items() if name not in DAYS}
        return {**plain, "hours": hours}

    def show(self, error: DomainError) -> None:
        """Put what the action refused at the field behind its dotted name; a faulty date is named.

        What is wrong with the week as a whole stands at its first day.
        """
        parts = (error.attr or "").split(".")
        name = (*parts[1:], DAYS[0])[0] if parts[0] == "hours" else parts[0]
        message = error.message
        if parts[0] == "exceptions" and len(parts) > 1:
            message = f"{parts[1]}: {message}"
        self.add_error(name if name in self.fields else None, message)


def initial_of(version: CalendarVersion) -> dict[str, Any]:
    """What the form shows of a version."""
    calendar = version.calendar
    exceptions = version.exceptions.items()
    return {
        "name": calendar.name,
        "timezone": version.timezone,
        "is_default": calendar.is_default,
        "country": calendar.country,
        "subdivision": calendar.subdivision,
        "holidays": "\n".join(version.holidays),
        "exceptions": "\n".join(f"{day} {hours_as_text(hours) or 'closed'}" for day, hours in exceptions),
        **{day: hours_as_text(version.hours.get(day, [])) for day in DAYS},
    }
