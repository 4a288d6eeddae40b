"""How tickets show in templates."""

from datetime import datetime

from django import template

from tickets.models import Ticket
from tickets.promise import Promise, promise_of
from tickets.ticket_page import duration_words

register = template.Library()


@register.simple_tag
def promise(ticket: Ticket, now: datetime) -> Promise:
    """The clock that counts next, as `{% promise row now as promised %}`."""
    return promise_of(ticket, now)


@register.filter
def hours(seconds: float) -> str:
    """Seconds of a clock's own time as hours and minutes; never days, as a working day has its own length."""
    return duration_words(seconds)
