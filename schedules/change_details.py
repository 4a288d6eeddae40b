"""What a change event says about itself: typed fields for each kind, as `programme/rules.yaml` lists them."""

import re
from collections.abc import Callable
from functools import cache

from django.utils.translation import gettext as _

from contracts.addresses import read_address, read_subnet
from contracts.models import BusinessCalendar
from portal.accounts.zones import zone_names
from schedules.enums import ChangeKind
from schedules.programme_files import read_events
from schedules.programme_specs import DetailSpec, EventSpec

MANY_USERS = 10
MANY_USERS_SHARE = 5  # one in five, that is 20 %
NON_FIELD = "non_field_errors"
MOST_KEYS = 2**63
# Types of details that only our own staff can give: a customer sees no calendars.
OURS = frozenset({"calendar"})

# What a database or a page cannot hold or show: control characters except tab and line ends, and half characters.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Value = str | int | float | bool
Details = dict[str, Value]


class DetailsError(ValueError):
    """Details that do not fit their kind. `errors` has one message per field, or under `non_field_errors`."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{attr}: {message}" for attr, message in errors.items()))
        self.errors = errors


@cache
def event_specs() -> dict[str, EventSpec]:
    """The shipped change events by kind. Raises DataFileError where their file is wrong."""
    return {event.kind: event for event in read_events()}


def validate_details(kind: str, details: object) -> Details:
    """The details with normal values, without those left empty; whatever came in. Raises DetailsError.

    For a change of provider `risky` is added where both kinds of service are known: it goes to or from IP telephony.
    """
    event = event_specs().get(kind)
    if event is None:
        raise DetailsError({"kind": _("There is no such kind of change.")})
    if not isinstance(details, dict):
        raise DetailsError({NON_FIELD: _("Details must be an object with fields.")})
    return _with_conclusions(kind, _typed(event, details))


def details_of_ours(kind: str) -> list[str]:
    """The fields of that kind which only our own staff can give."""
    return [detail.name for detail in event_specs()[kind].details if detail.type in OURS]


def is_significant(*, added: int, removed: int, modified: int, total_users: int | None) -> bool:
    """Whether so many users changed within seven days that the change needs its checklist.

    Reached at 10 users or at 20 % of all, whichever is less (Response Point maintenance guidance).
    A total of None is an unknown one: then only the number counts. No user at all is never significant.
    """
    changed = added + removed + modified
    if changed <= 0:
        return False
    return changed >= MANY_USERS or (total_users is not None and changed * MANY_USERS_SHARE >= total_users)


def _typed(event: EventSpec, details: dict[object, object]) -> Details:
    found: Details = {}
    errors = _unknown_fields(event, details)
    for spec in event.details:
        given = details.get(spec.name)
        if given is None or (isinstance(given, str) and not given.strip()):
            if spec.required:
                errors[spec.name] = _("This field is required.")
            continue
        try:
            found[spec.name] = PARSERS[spec.type](spec, given)
        except ValueError as error:
            errors[spec.name] = str(error)
    if errors:
        raise DetailsError(errors)
    return found


def _unknown_fields(event: EventSpec, details: dict[object, object]) -> dict[str, str]:
    """One message for each strange field; only the first few, with harmless names."""
    known = {spec.name for spec in event.details}
    strange = [key for key in details if key not in known][:10]
    return {_harmless(key): _("This kind of change has no such field.") for key in strange}


def _harmless(key: object) -> str:
    return UNPRINTABLE.sub("?", str(key))[:60] or NON_FIELD


def _with_conclusions(kind: str, details: Details) -> Details:
    if kind == ChangeKind.USER_CHANGE and not any(details.values()):
        raise DetailsError({NON_FIELD: _("Say how many users change, or that the change is significant.")})
    services = [details.get("from_service"), details.get("to_service")]
    if kind == ChangeKind.PROVIDER_CHANGE and all(services):
        return {**details, "risky": services[0] != services[1]}
    return details


def _integer(spec: DetailSpec, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(_("A whole number is needed."))
    _check_bounds(spec, value)
    return value


def _number(spec: DetailSpec, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("A number is needed."))
    _check_bounds(spec, value)
    return value


def _check_bounds(spec: DetailSpec, value: float) -> None:
    """Refuses infinity and NaN as well, which lie between nothing."""
    minimum = spec.minimum or 0
    maximum = spec.maximum or 0
    if not minimum <= value <= maximum:
        raise ValueError(
            _("It must lie between %(minimum)s and %(maximum)s.") % {"minimum": minimum, "maximum": maximum}
        )


def _boolean(spec: DetailSpec, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("Only yes or no is possible (true, false)."))
    return value


def _text(spec: DetailSpec, value: object) -> str:
    found = _string(value).strip()
    limit = spec.maximum or 0
    if len(found) > limit:
        raise ValueError(_("At most %(limit)s characters are possible.") % {"limit": limit})
    return found


def _choice(spec: DetailSpec, value: object) -> str:
    values = [choice.value for choice in spec.choices]
    if not isinstance(value, str) or value not in values:
        raise ValueError(_("Choose one of: %(values)s.") % {"values": ", ".join(values)})
    return value


def _network(spec: DetailSpec, value: object) -> str:
    return read_subnet(_string(value))


def _address(spec: DetailSpec, value: object) -> str:
    return read_address(_string(value))


def _timezone(spec: DetailSpec, value: object) -> str:
    if not isinstance(value, str) or value not in zone_names():
        raise ValueError(_("A time zone such as Europe/Amsterdam is needed."))
    return value


def _calendar(spec: DetailSpec, value: object) -> int:
    """The key of a calendar in use."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MOST_KEYS:
        raise ValueError(_("The number of a calendar is needed."))
    if not BusinessCalendar.objects.current().filter(pk=value).exists():
        raise ValueError(_("There is no such calendar."))
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_("A text is needed."))
    if UNPRINTABLE.search(value):
        raise ValueError(_("The text has characters that cannot be stored."))
    return value


PARSERS: dict[str, Callable[[DetailSpec, object], Value]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "text": _text,
    "choice": _choice,
    "network": _network,
    "ip_address": _address,
    "timezone": _timezone,
    "calendar": _calendar,
}
